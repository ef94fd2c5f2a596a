#!/usr/bin/python3
"""Measures Millrace, and with --peers also other programs with the same tasks, on servers that tests/bench/run starts."""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chaos"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import cases
import drains
import machine
import page
import report as reliability
import tables
from scene import checked
from servers import Servers
from sinks import Sinks

EXAMPLES = """examples:
  tests/bench/run                                  all cases, 3 rounds (about half an hour); prints the table
  tests/bench/run --peers                          also the C loop, Go and Celery, alternating with Millrace
  tests/bench/run --quick                          small counts, one round (about 3 minutes): a smoke test
  tests/bench/run --only inbox latency --rounds 5  some cases, more rounds
  tests/bench/run --only soak                      the long run, which is not among the default cases
  tests/bench/run --json raw.json --page page.md   also writes the figures of every round, and a page

cases:
""" + "\n".join(f"  {name:<10}{case.words}" for name, case in cases.CASES.items())


class Bench:
    """The context of every measurement: programs, sizes, servers, sinks and a folder that `close` removes."""

    def __init__(self, tools, sizes, servers):
        self.tools, self.sizes, self.servers = tools, sizes, servers
        self.folder = Path(tempfile.mkdtemp(prefix="millrace-bench."))
        try:
            self.sinks = Sinks(tools["smtp_sink"], self.folder / "nginx")
        except BaseException:
            shutil.rmtree(self.folder)
            raise

    def new_folder(self, name):
        return Path(tempfile.mkdtemp(prefix=name + ".", dir=self.folder))

    def close(self):
        self.sinks.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def say(line):
    print(f"[{time.monotonic() - BEGAN:5.0f}s] {line}", file=sys.stderr, flush=True)


BEGAN = time.monotonic()


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", allow_abbrev=False, description=__doc__, epilog=EXAMPLES,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small counts and one round: a smoke test, no valid figures")
    parser.add_argument("--peers", action="store_true", help="measure the peers too; installs their packages")
    parser.add_argument("--only", nargs="+", metavar="CASE", default=[], choices=cases.CASES,
                        help="run only these cases, listed below")
    parser.add_argument("--rounds", type=int, metavar="N",
                        help="number of rounds, of which the medians are shown (default: 3, or 1 with --quick)")
    parser.add_argument("--json", metavar="FILE", help="write the figures of every round, machine, versions and settings")
    parser.add_argument("--page", metavar="FILE", help="write the results as a Markdown page")
    parser.add_argument("--build", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--servers", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.rounds is not None and parsed.rounds < 1:
        parser.error("--rounds must be 1 or more")
    for file in (parsed.json, parsed.page):  # fail now, not after half an hour
        if file and not Path(file).absolute().parent.is_dir():
            parser.error(f"no such folder: {Path(file).absolute().parent}")
    if parsed.build is None or (parsed.servers is None and not parsed.check):
        parser.error("start it with tests/bench/run, which provides the servers and programs")
    return parsed


def warm_up(bench):
    """A new PostgreSQL creates its first WAL files and recycles them later. The first measurement must not include that."""
    drains.filled("warm_up", "inbox")(bench)
    say("warmed up")


def server_settings():
    names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
    shown = checked(["psql", "-qAtX", *(part for name in names for part in ("-c", f"show {name}")),
                     os.environ["MILLRACE_TEST_DATABASE_URL"]])
    return dict(zip(names, shown.splitlines()))


def run_rounds(bench, result, write):
    """Adds one dictionary of figures per round to the result, and the failures. A failure affects only its own measurement.
    The result is written after each measurement, so that an interrupted run keeps its figures."""
    names, with_peers, rounds = (result["settings"][key] for key in ("cases", "peers", "rounds"))
    for turn in range(rounds):
        figures = {}
        result["rounds"].append(figures)
        for name, measure in cases.measurements(names, with_peers, turn):
            try:
                figures[name] = measure(bench)
                shown = ", ".join(f"{key} {tables.text(value)}" for key, value in figures[name].items()
                                  if isinstance(value, (int, float)))
                say(f"round {turn + 1} of {rounds}, {name}: {shown}")
            except Exception as error:  # pylint: disable=broad-exception-caught
                result["failures"].append({"round": turn + 1, "measurement": name,
                                           "error": f"{type(error).__name__}: {error}"})
                say(f"round {turn + 1} of {rounds}, {name} FAILED: {error}")
            write(result)


def writer(json, markdown):
    def write(result):
        result["seconds"] = round(time.monotonic() - BEGAN)
        for file, content in ((json, tables.as_json), (markdown, page.page)):
            if file:
                Path(file).write_text(content(result), encoding="utf-8")
    return write


def main():
    given = arguments()
    if given.check:
        return 0
    build = given.build
    tools = {"millrace": build / "runtime/millrace", "bench_node": build / "tests/bench/bench_node",
             "feed": build / "tests/bench/bench_feed", "smtp_sink": build / "tests/bench/bench_smtp_sink",
             "limit": build / "tests/bench/peers/limit", "go_peer": build / "tests/bench/peers/go_peer"}
    sizes, names = cases.QUICK if given.quick else cases.FULL, cases.chosen(given.only)
    rounds = given.rounds or (1 if given.quick else 3)
    versions = {"processor": machine.processor(), **reliability.versions(tools["millrace"]), "commit": machine.commit()}
    versions["millrace"] = versions["millrace"].removeprefix("millrace ")
    if given.peers:
        versions |= {name: machine.package_version(package) for name, package in (
            ("go", "golang-go"), ("celery", "python3-celery"), ("librabbitmq", "librabbitmq-dev"))}
    for stop in (signal.SIGTERM, signal.SIGHUP):  # so that the finally block stops nodes and sinks
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    result = {"kind": "quick" if given.quick else "full", "machine": versions,
              "settings": {"cases": names, "peers": given.peers, "rounds": rounds, "sizes": sizes,
                           "postgresql": server_settings()}, "rounds": [], "failures": []}
    bench = Bench(tools, sizes, Servers(given.servers))
    try:
        warm_up(bench)
        run_rounds(bench, result, writer(given.json, given.page))
    finally:
        bench.close()
        if result["rounds"]:
            print(tables.terminal(result))
    return 1 if result["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
