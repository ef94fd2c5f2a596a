#!/usr/bin/python3
"""Checks who includes whom: the layers of the design, and which folder may know which library.

usage: include_layers.py [ROOT]     prints FILE:LINE: REASON for every breach; exits 1 if there is one
"""
import pathlib
import re
import sys

# Folder -> project folders it may include. The program (main and its commands) is the only code that sees everything.
LAYERS = {
    "config": {"config"},
    "monitoring": {"monitoring", "config"},
    "connectors": {"connectors", "monitoring", "config"},
    "runtime": {"runtime", "monitoring", "config"},
    "actors": {"actors", "runtime", "connectors", "monitoring", "config"},
    "tests": {"tests", "actors", "runtime", "connectors", "monitoring", "config"},
}
PROGRAM = re.compile(r"runtime/(main\.cpp|command/)")

# Library header -> where it may appear. Tests may include any of them, but not what no one may.
LIBRARIES = [
    (r"caf/", r"(runtime|actors)/", "only runtime and actors know CAF"),
    (r"uv\.h$", r"(connectors/|runtime/event_loop\.cpp$)", "uv.h stays in connectors and the event loop"),
    (r"pqxx/", r"(connectors/postgres|actors/handlers)/", "pqxx stays in connectors/postgres and transactional handlers"),
    (r"libpq-fe\.h$", r"connectors/postgres/", "libpq stays in connectors/postgres"),
    (r"curl/", r"connectors/(http|smtp)/", "libcurl stays in connectors/http and connectors/smtp"),
    (r"(prometheus/|microhttpd|gnutls)", r"monitoring/", "prometheus and the HTTP server stay in monitoring"),
    (r"yaml-cpp/", r"config/", "YAML stays in config"),
    (r"date/", r"runtime/time_zone\.cpp$", "time zones are runtime/time_zone"),
    (r"CLI/", PROGRAM.pattern, "the command line stays in the program"),
    (r"(amqp|rabbitmq-c/.*)\.h$", r"$.", "we have our own AMQP client; see docs/adr"),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def breaches(root, path):
    name = path.relative_to(root).as_posix()
    folder = name.split("/", 1)[0]
    allowed = LAYERS["actors"] if PROGRAM.match(name) else LAYERS[folder]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, header = found.groups()
        target = header.split("/", 1)[0]
        if quote == '"' and folder == "tests" and (path.parent / header).is_file():
            continue  # a helper beside the test
        if quote == '"' and not (root / header).is_file():
            yield f"{name}:{number}: \"{header}\" is no file of ours; name it from the root of the repository"
        elif quote == '"' and target not in allowed:
            yield f"{name}:{number}: {folder} must not include {target} (\"{header}\")"
        for pattern, where, reason in LIBRARIES:
            if quote == "<" and re.match(pattern, header) and not re.match(where, name):
                if folder != "tests" or where == r"$.":
                    yield f"{name}:{number}: <{header}>: {reason}"


def main():
    if "--help" in sys.argv:
        print(__doc__)
        return 0
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    sources = sorted(p for folder in LAYERS for p in (root / folder).rglob("*") if p.suffix in (".hpp", ".cpp"))
    if not sources:
        sys.exit(f"no sources below {root}")
    found = [breach for path in sources for breach in breaches(root, path)]
    print("\n".join(found) if found else f"{len(sources)} files keep the layers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
