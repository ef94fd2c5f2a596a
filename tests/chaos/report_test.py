#!/usr/bin/python3
"""Fails if the published page of reliability is older than the program, its schema, or the figures that are promised.

usage: report_test.py MILLRACE
"""
import copy
import json
import subprocess
import sys
import unittest

import report
from basics import ROOT

REPAIR = "run `deploy/dev reliability`, and commit docs/reliability.json and docs/reliability.md"
PROGRAM = sys.argv.pop()
PUBLISHED = json.loads((ROOT / "docs/reliability.json").read_text(encoding="utf-8"))


def version():
    return subprocess.run([PROGRAM, "version"], capture_output=True, text=True, check=True).stdout


class PublishedPage(unittest.TestCase):
    def test_it_is_as_new_as_the_program(self):
        self.assertEqual(report.stale(PUBLISHED, version()), [], REPAIR)

    def test_it_says_what_its_figures_say(self):
        written = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
        self.assertEqual(written, report.page(PUBLISHED), "run tests/chaos/report.py docs/reliability.json > docs/reliability.md")

    def test_older_figures_are_stale(self):
        self.assertIn("phase chaos was measured at schema", report.stale(PUBLISHED, "millrace 9.9.9, schema 999999")[0])
        without = copy.deepcopy(PUBLISHED)
        del without["phases"]["chaos"]
        self.assertIn("phase chaos was not measured", report.stale(without, version()))
        del (without := copy.deepcopy(PUBLISHED))["phases"]["chaos"]["figures"]["confirmed_tasks_lost"]
        self.assertIn("figure confirmed_tasks_lost of phase chaos was not measured", report.stale(without, version()))


if __name__ == "__main__":
    unittest.main()
