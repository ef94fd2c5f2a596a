#!/usr/bin/python3
"""Fails if a mutant of mutants_list.py no longer applies to the source, so that the list cannot rot."""
import unittest

from basics import ROOT
from mutants_list import CHOSEN, GENERATED, MUTANTS


class Mutants(unittest.TestCase):
    def test_each_text_occurs_once_and_changes(self):
        for mutant in MUTANTS:
            source = (ROOT / mutant.file).read_text(encoding="utf-8")
            self.assertEqual(source.count(mutant.old), 1, f"{mutant.name}: {mutant.old!r} in {mutant.file}")
            self.assertNotEqual(mutant.old, mutant.new, mutant.name)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(CHOSEN), 12)
        self.assertGreaterEqual(len(GENERATED), 18)
        self.assertEqual(len({mutant.name for mutant in MUTANTS}), len(MUTANTS))


if __name__ == "__main__":
    unittest.main()
