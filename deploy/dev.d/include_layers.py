#!/usr/bin/python3
"""Checks the order of the folders, and which folder may know which library.

A file may include files of its own folder and of folders listed before it in FOLDERS, and may declare (`class x;`) only types
that are defined there. A folder holds at most 30 sources. A source's name occurs once within a top-level folder.

usage: include_layers.py [ROOT]     prints FILE:LINE: REASON for every breach; exits 1 if there is one
"""
import collections
import pathlib
import re
import sys

# From the bottom up. An entry covers the folder itself and its subfolders that are not listed.
FOLDERS = """
config/text config
monitoring/log monitoring/metrics monitoring/http_server monitoring/endpoint
connectors/resilience connectors/amqp connectors/http connectors/smtp connectors/process
connectors/postgres/session connectors/postgres/cluster connectors/postgres/audit connectors/postgres/task
connectors/postgres/dead_letter connectors/postgres/migrations connectors/postgres/verify
runtime/payload runtime/task runtime/supervision runtime/tracing runtime/crash runtime/schedule runtime/flow
actors/delivery actors/handlers actors/node actors/storage actors/broker actors/pipeline actors/outbox actors/operations
actors/background actors/isolation
runtime/program/api runtime/program/service runtime/program/terminal runtime/program/top runtime/program/doctor
runtime/program/cli runtime/program
tests
""".split()
LARGEST_FOLDER = 30
# Each connector has its own.
SHARED_NAMES = {"client", "session", "frame", "options", "breaking_client"}

# Library header -> where it may appear. Tests may include any of them, but not what no one may.
LIBRARIES = [
    (r"caf/", r"(runtime|actors)/", "only runtime and actors know CAF"),
    (r"uv\.h$", r"(connectors/|runtime/supervision/event_loop\.cpp$)", "uv.h stays in connectors and the event loop"),
    (r"pqxx/", r"(connectors/postgres|actors/handlers)/", "pqxx stays in connectors/postgres and transactional handlers"),
    (r"libpq-fe\.h$", r"connectors/postgres/", "libpq stays in connectors/postgres"),
    (r"curl/", r"connectors/(http|smtp)/", "libcurl stays in connectors/http and connectors/smtp"),
    (r"(prometheus/|microhttpd|gnutls)", r"monitoring/", "prometheus and the HTTP server stay in monitoring"),
    (r"yaml-cpp/", r"config/", "YAML stays in config"),
    (r"date/", r"runtime/schedule/time_zone\.cpp$", "time zones are runtime/schedule/time_zone"),
    (r"CLI/", r"runtime/program/(main\.cpp$|cli/)", "the command line stays in runtime/program"),
    (r"(amqp|rabbitmq-c/.*)\.h$", r"$.", "we have our own AMQP client; see docs/adr"),
]
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
DECLARATION = re.compile(r"(?:class|struct|enum class|enum) (\w+)(?: : [\w:]+)?;")  # at the start of a line: not a member
DEFINITION = re.compile(r"(?:class|struct|enum class|enum) (\w+)(?: final)?(?: : [^;{]*)?(?: \{|$)")
NAMESPACE = re.compile(r"namespace ([\w:]+) \{")


def place(name):
    """The position in FOLDERS of the folder that the file `name` belongs to, or None."""
    for folder in sorted(FOLDERS, key=len, reverse=True):
        if name.startswith(folder + "/"):
            return FOLDERS.index(folder)
    return None


class Tree:
    def __init__(self, root):
        self.root = root
        tops = dict.fromkeys(folder.split("/")[0] for folder in FOLDERS)
        paths = sorted(p for top in tops for p in (root / top).rglob("*") if p.suffix in (".hpp", ".cpp"))
        self.lines = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8").splitlines() for p in paths}
        self.defined = collections.defaultdict(set)  # (namespace, type) -> files; a type of ours that a file declares
        for name, number, namespace, line in self.walk():
            if found := DEFINITION.match(line):
                self.defined[namespace, found[1]].add(name)

    def walk(self):
        for name, lines in self.lines.items():
            namespace = ""
            for number, line in enumerate(lines, 1):
                if found := NAMESPACE.match(line):
                    namespace = found[1]
                yield name, number, namespace, line

    def breaches(self):
        for name in self.lines:
            if place(name) is None:
                yield f"{name}:1: its folder is not in FOLDERS ({pathlib.Path(__file__).name})"
        for name, number, namespace, line in self.walk():
            for reason in self.reasons(name, namespace, line):
                yield f"{name}:{number}: {reason}"
        yield from self.crowds()
        yield from self.name_twins()

    def reasons(self, name, namespace, line):
        if found := DECLARATION.match(line):
            homes = self.defined[namespace, found[1]]
            if homes and min(place(home) or 0 for home in homes) > place(name):
                yield f"must not declare {found[1]} of {min(homes)}, a later folder"
        if not (found := INCLUDE.match(line)):
            return
        quote, header = found.groups()
        test = name.startswith("tests/")
        if quote == '"':
            if header not in self.lines:
                if not (self.root / header).is_file():
                    yield f'"{header}" is no file of ours; name it from the root of the repository'
            elif place(header) > place(name):
                yield f'must not include "{header}", a later folder'
            return
        for pattern, where, reason in LIBRARIES:
            if re.match(pattern, header) and not re.match(where, name) and (not test or where == r"$."):
                yield f"<{header}>: {reason}"

    def crowds(self):
        sizes = collections.Counter(str(pathlib.PurePosixPath(name).parent) for name in self.lines)
        for folder, size in sorted(sizes.items()):
            if size > LARGEST_FOLDER:
                yield f"{folder}: {size} sources; a folder holds at most {LARGEST_FOLDER}"

    def name_twins(self):
        homes = collections.defaultdict(set)
        for path in map(pathlib.PurePosixPath, self.lines):
            if path.parts[0] != "tests" and not (path.parts[0] == "connectors" and path.stem in SHARED_NAMES):
                homes[path.parts[0], path.stem].add(path.parent.as_posix())
        for (top, stem), folders in sorted(homes.items()):
            if len(folders) > 1:
                yield f"{top}: {stem} occurs in {' and '.join(sorted(folders))}; give each file its own name"


def main():
    if "--help" in sys.argv:
        print(__doc__)
        return 0
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    tree = Tree(root)
    if not tree.lines:
        sys.exit(f"no sources below {root}")
    found = list(tree.breaches())
    for breach in found:
        print(breach)
    print(f"{len(tree.lines)} files in {len(FOLDERS)} folders: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
