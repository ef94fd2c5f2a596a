#!/usr/bin/python3
"""Plants one breach of each kind in a small tree and checks that the layer check reports it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).parents[3] / "deploy/dev.d/include_layers.py"
SOUND = {
    "config/value.hpp": "namespace millrace::config {\nclass value {\n};\n}\n",
    "runtime/task/task.hpp": '#include "config/value.hpp"\n#include <string>\n',
    "actors/node/messages.hpp": '#include "runtime/task/task.hpp"\nnamespace millrace {\nstruct drain {\n};\n}\n',
    "tests/unit/task_test.cpp": '#include "actors/node/messages.hpp"\n',
}


class IncludeLayers(unittest.TestCase):
    def check(self, planted):
        """The exit status and the output for the sound tree with these files added."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**SOUND, **planted}.items():
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            run = subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True)
            return run.returncode, run.stdout

    def condemned(self, planted, reason):
        status, output = self.check(planted)
        self.assertEqual(status, 1, output)
        self.assertIn(reason, output)
        self.assertIn(": 1 breaches", output)

    def test_a_sound_tree_passes(self):
        status, output = self.check({})
        self.assertEqual(status, 0, output)
        self.assertRegex(output, r"^4 files in \d+ folders: 0 breaches$")

    def test_an_include_of_a_later_folder_is_a_breach(self):
        self.condemned({"runtime/payload/p.hpp": '#include "runtime/task/task.hpp"\n'},
                       'runtime/payload/p.hpp:1: must not include "runtime/task/task.hpp", a later folder')

    def test_a_forward_declaration_of_a_later_type_is_a_breach(self):
        self.condemned({"runtime/task/t.hpp": "namespace millrace {\nstruct drain;\n}\n"},
                       "runtime/task/t.hpp:2: must not declare drain of actors/node/messages.hpp")

    def test_an_include_of_no_file_is_a_breach(self):
        self.condemned({"runtime/task/t.hpp": '#include "task.hpp"\n'}, '"task.hpp" is no file of ours')

    def test_a_library_outside_its_folder_is_a_breach(self):
        self.condemned({"runtime/task/t.hpp": "#include <pqxx/pqxx>\n"}, "pqxx stays in connectors/postgres")

    def test_a_folder_with_more_than_30_sources_is_a_breach(self):
        self.condemned({f"runtime/flow/f{i}.hpp": "" for i in range(31)}, "runtime/flow: 31 sources")

    def test_a_name_that_occurs_twice_in_a_top_folder_is_a_breach(self):
        self.condemned({"runtime/flow/task.hpp": ""}, "runtime: task occurs in runtime/flow and runtime/task")

    def test_each_connector_may_have_a_client(self):
        self.assertEqual(self.check({"connectors/http/client.hpp": "", "connectors/smtp/client.hpp": ""})[0], 0)

    def test_a_folder_without_a_place_is_a_breach(self):
        self.condemned({"runtime/new/n.hpp": ""}, "runtime/new/n.hpp:1: its folder is not in FOLDERS")


if __name__ == "__main__":
    unittest.main()
