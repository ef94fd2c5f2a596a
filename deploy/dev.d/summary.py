#!/usr/bin/python3
"""Counts test cases after a ctest run.

usage: summary.py [--failed] CTEST.xml FOLDER

CTEST.xml is ctest's JUnit report; FOLDER holds NAME.cases.xml, the report of each Boost.Test program. Prints
"PASSED FAILED", or with --failed one line for each failure. A program that failed without a failed case (it was killed, a
sanitizer reported at exit, it timed out) counts as one more failure; a program without a report counts as a single case.
"""
import pathlib
import sys
import xml.etree.ElementTree as xml


def cases_of(path):
    """(name, ok) of each case that ran in one program; empty without a complete report."""
    try:
        tree = xml.parse(path)
    except (OSError, xml.ParseError):
        return []
    return list(cases_below(tree.getroot(), ""))


def cases_below(unit, path):
    for child in unit:
        name = f"{path}{child.get('name', '')}"
        if child.tag == "TestSuite":
            yield from cases_below(child, name + "/")
        elif child.tag == "TestCase" and child.get("result") != "skipped":
            yield name, child.get("result") in ("passed", "warning")


def results(report, folder):
    for program in xml.parse(report).iter("testcase"):
        name, ok = program.get("name"), program.get("status") == "run"
        cases = cases_of(pathlib.Path(folder) / f"{name}.cases.xml")
        yield from ((f"{name}: {case}", fine) for case, fine in cases)
        if not ok and all(fine for _, fine in cases):
            yield f"{name}: the program itself ({program.get('status')})", False
        elif ok and not cases:
            yield name, True


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(arguments) != 2:
        sys.exit(__doc__)
    try:
        found = list(results(*arguments))
    except (OSError, xml.ParseError) as problem:
        found = [(f"no report of the tests: {problem}", False)]
    failed = [name for name, ok in found if not ok]
    if "--failed" in sys.argv:
        print("\n".join(failed))
    else:
        print(len(found) - len(failed), len(failed))


if __name__ == "__main__":
    main()
