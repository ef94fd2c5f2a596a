#!/usr/bin/python3
"""Fails if a mutant of mutants_list.py no longer applies to the source, so that the list cannot rot."""
import unittest

from basics import ROOT
from mutants_list import CHOSEN, GENERATED, MUTANTS


class Mutants(unittest.TestCase):
    def test_each_text_occurs_once_and_changes(self):
        for mutant in MUTANTS:
            for edit in mutant.edits():
                source = (ROOT / edit.file).read_text(encoding="utf-8")
                self.assertEqual(source.count(edit.old), 1, f"{mutant.name}: {edit.old!r} in {edit.file}")
                self.assertNotEqual(edit.old, edit.new, mutant.name)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(CHOSEN), 12)
        self.assertGreaterEqual(len(GENERATED), 18)
        self.assertEqual(len({mutant.name for mutant in MUTANTS}), len(MUTANTS))


if __name__ == "__main__":
    unittest.main()
