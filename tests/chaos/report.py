"""The published page of a reliability run."""
import os
import platform
import subprocess


def _line(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()[:1]


def versions(millrace):
    rabbitmq = _line("dpkg-query", "-W", "-f", "${Version}", "rabbitmq-server")
    postgres = _line("dpkg-query", "-W", "-f", "${Version}", "postgresql-15")
    return {"millrace": "".join(_line(millrace, "version")), "rabbitmq": "".join(rabbitmq), "postgresql": "".join(postgres),
            "kernel": platform.release(), "processors": os.cpu_count()}


def page(result):
    lines = [
        "# Reliability: the figures",
        "",
        "Written by `deploy/dev reliability`; the raw figures are in [reliability.json](reliability.json). Every phase runs on",
        "real servers and ends with `millrace verify`, which compares the broker and the database with the producer's journal",
        "of confirmed ids and the receivers' journals of what they accepted. What the invariants mean stands in",
        "[invariants.md](invariants.md).",
        "",
        f"Seed {result['seed']}, {result['kind']} run. " + ", ".join(f"{k} {v}" for k, v in result["versions"].items()) + ".",
        "",
    ]
    for name, phase in result["phases"].items():
        lines += [f"## {name.replace('_', ' ').capitalize()}", "",
                  f"{'Holds' if phase['holds'] else '**Does not hold**'}, {phase['seconds']} s.", ""]
        if "error" in phase:
            lines += [f"The phase broke: `{phase['error']}`", ""]
        lines += ["| figure | |", "| --- | ---: |"]
        lines += [f"| {figure.replace('_', ' ')} | {value} |" for figure, value in phase["figures"].items()]
        lines += ["", "| invariant | breaches | of |", "| --- | ---: | ---: |"]
        lines += [f"| {f['invariant']} {f['what']} | {f['breaches']} | {f['of']} |" for f in phase["findings"]]
        lines.append("")
    lines += [
        "E-mails and webhooks are sent at least once: one repeats, under the same `Message-ID` or `webhook-id`, if the process",
        "dies between the receiver's answer and our commit. So each kill of a node may repeat what it had under way.",
        "",
    ]
    return "\n".join(lines)
