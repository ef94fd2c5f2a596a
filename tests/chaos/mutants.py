#!/usr/bin/python3
"""Builds the defects of mutants_list.py one by one in a scratch tree, and runs the phase that must condemn each, in its
published short form. Run it as `deploy/dev reliability --mutants`. It resumes: a mutant is judged once for each state of the
product and of the phases. A first run without a defect must hold; its load serves all others.
"""
import argparse
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import report
from basics import ROOT, say
from mutants_list import MUTANTS

TREE = ROOT / ".build/mutants"
STATE = TREE / "verdicts.json"
SEED = "1"
SHARE = 0.95
PHASE_LIMIT_SECONDS = 600
WAIT_SECONDS = 45  # for the end of all tasks; a mutant that loses one would cost the whole patience of its phase
JUDGED_WITH = ("actors", "config", "connectors", "monitoring", "runtime", "tests/chaos", ":!tests/chaos/*mutants*",
               ":!tests/chaos/report*.py", ":!*.md")
LOAD = {"--producer": "chaos/load/chaos_producer", "--fault-proxy": "chaos/proxy/fault_proxy"}


def quiet(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options)


def copy_tree():
    """Copies the files of the working tree that git tracks. Files that did not change keep their time, so builds are quick."""
    TREE.mkdir(parents=True, exist_ok=True)
    names = quiet("git", "-C", ROOT, "ls-files", "-z").stdout.split("\0")
    for name in filter(None, names):
        source, target = ROOT / name, TREE / "tree" / name
        if source.is_file() and (not target.exists() or target.read_bytes() != source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


def build():
    environment = {**os.environ, "CCACHE_BASEDIR": str(TREE / "tree"), "CCACHE_NOHASHDIR": "true"}
    tree, out = TREE / "tree", TREE / "tree/.build/dev"
    if not (out / "build.ninja").exists():
        quiet("cmake", "--preset", "dev", cwd=tree, env=environment)
    return quiet("ninja", "-C", out, "millrace", "chaos_producer", "fault_proxy", env=environment)


def keep_load():
    """Copies the programs of the load, so that no defect gets into them."""
    for name in LOAD.values():
        shutil.copy2(TREE / "tree/.build/dev/tests" / name, TREE / Path(name).name)


def run_phase(phase, servers):
    """Whether the phase holds, in its short form."""
    load = [text for option, name in LOAD.items() for text in (option, TREE / Path(name).name)]
    try:
        done = quiet("/usr/bin/python3", ROOT / "tests/chaos/reliability.py", "--millrace",
                     TREE / "tree/.build/dev/runtime/millrace", *load, "--servers", servers, "--short", "--only", phase,
                     "--seed", SEED, "--wait", str(WAIT_SECONDS), timeout=PHASE_LIMIT_SECONDS)
        (TREE / f"{phase}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        return done.returncode == 0, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return False, f"the phase did not end within {PHASE_LIMIT_SECONDS} s"


BREACH = re.compile(r"(no +[\d,.]+ +\(to reach.*|\[ *\d+s\] +(I\d+|again) .*: \d+ of \d+.*)")


def breaches(output):
    """The lines that name a missed figure or a breached invariant. A phase that only ends with an error condemns nothing."""
    return [line.strip()[:200] for line in output.splitlines() if BREACH.match(line.strip())]


def error(output):
    return next((line.strip()[-200:] for line in output.splitlines() if "DOES NOT HOLD" in line), output[-200:])


@functools.cache
def sources():
    """A digest of the product and of the phases."""
    listed = quiet("git", "-C", ROOT, "ls-files", "-z", "--", *JUDGED_WITH).stdout.split("\0")
    names = sorted(name for name in listed if name and (ROOT / name).is_file())
    return hashlib.sha256(b"".join(name.encode() + (ROOT / name).read_bytes() for name in names)).hexdigest()


def digest(mutant):
    """Of the mutant and of all that it is judged with."""
    return hashlib.sha256(f"{mutant}{sources()}".encode()).hexdigest()[:16]


def judge(mutant, servers):
    good = {TREE / "tree" / edit.file: (TREE / "tree" / edit.file).read_text(encoding="utf-8") for edit in mutant.edits()}
    for edit in mutant.edits():
        target = TREE / "tree" / edit.file
        text = target.read_text(encoding="utf-8")
        if text.count(edit.old) != 1:
            raise SystemExit(f"{mutant.name}: its text occurs {text.count(edit.old)} times in {edit.file}")
        target.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    began = time.monotonic()
    try:
        built = build()
        if built.returncode != 0:
            raise SystemExit(f"{mutant.name} does not build:\n{built.stdout[-2000:]}")
        _, output = run_phase(mutant.phase, servers)
    finally:
        for target, text in good.items():
            target.write_text(text, encoding="utf-8")
    found = breaches(output)
    return {"mutant": mutant.name, "phase": mutant.phase, "file": mutant.file, "seconds": round(time.monotonic() - began),
            "condemned": bool(found), "why": found[0] if found else error(output), "digest": digest(mutant)}


def as_phase(judged):
    """The verdicts as a phase of the published page."""
    condemned = sum(verdict["condemned"] for verdict in judged)
    survives = {mutant.name: mutant.survives or "no phase condemns it yet" for mutant in MUTANTS}
    rows = [{**{key: verdict[key] for key in ("mutant", "file", "phase", "seconds", "condemned")},
             "reason": "" if verdict["condemned"] else survives[verdict["mutant"]]} for verdict in judged]
    return {"holds": condemned >= SHARE * len(judged), "findings": [], "verdicts": rows,
            "figures": {"mutants": len(judged), "mutants_condemned": condemned,
                        "mutants_condemned_percent": round(100 * condemned / len(judged), 1)},
            "seconds": sum(verdict["seconds"] for verdict in judged), "seed": int(SEED),
            "program": report.versions(TREE / "tree/.build/dev/runtime/millrace")["millrace"]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--servers", required=True, help="folder with the servers' pid files and logs")
    arguments.add_argument("--only", action="append", default=[], help="judge only this mutant; repeatable")
    arguments.add_argument("--publish", action="store_true", help="write the verdicts to docs/reliability.json and its page")
    given = arguments.parse_args()
    unknown = set(given.only) - {mutant.name for mutant in MUTANTS}
    if unknown:
        raise SystemExit(f"unknown mutants: {', '.join(sorted(unknown))}")
    copy_tree()
    verdicts = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    wanted = [mutant for mutant in MUTANTS if not given.only or mutant.name in given.only]
    todo = [mutant for mutant in wanted if verdicts.get(mutant.name, {}).get("digest") != digest(mutant)]
    if todo:
        say("control: the program without a defect")
        if (built := build()).returncode != 0:
            raise SystemExit(f"the tree does not build:\n{built.stdout[-2000:]}")
        keep_load()
        for phase in sorted({mutant.phase for mutant in todo}):
            held, output = run_phase(phase, given.servers)
            if not held:
                raise SystemExit(f"{phase} fails without a defect: {(breaches(output) or [error(output)])[0]}; see {TREE / phase}.log")
    for number, mutant in enumerate(todo, 1):
        verdict = judge(mutant, given.servers)
        verdicts[mutant.name] = verdict
        STATE.write_text(json.dumps(verdicts, indent=2) + "\n", encoding="utf-8")
        say(f"{number}/{len(todo)} {mutant.name} -> {mutant.phase} -> {verdict['seconds']} s ->"
            f" {'condemned' if verdict['condemned'] else 'SURVIVED'}: {verdict['why']}")
    phase = as_phase([verdicts[mutant.name] for mutant in wanted])
    print(report.mutants_table(phase))
    print("\n{mutants_condemned} of {mutants} mutants condemned ({mutants_condemned_percent} %)".format(**phase["figures"]))
    if given.publish:
        report.publish_phase("mutants", phase)
    sys.exit(not phase["holds"])


if __name__ == "__main__":
    main()
