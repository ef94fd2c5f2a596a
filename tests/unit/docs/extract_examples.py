#!/usr/bin/python3
"""Writes each C++ block of the documentation into a file, so that a test program compiles it.

A block names its file after the language: ```cpp actors/handlers/close_month.hpp. Blocks that quote a file of the repository
are left out, as tests/unit/docs/examples_test.cpp compares those. Compiler errors point to the page, by a #line directive.

usage: extract_examples.py ROOT OUT PAGE...
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"^```cpp +(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def extract(root, out, page):
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        name, code = found.groups()
        if (root / name).is_file():
            continue
        line = text.count("\n", 0, found.start(2)) + 1
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f'#line {line} "{page}"\n{code}', encoding="utf-8")


def main():
    root, out, *pages = map(pathlib.Path, sys.argv[1:])
    for page in pages:
        extract(root, out, page)


if __name__ == "__main__":
    main()
