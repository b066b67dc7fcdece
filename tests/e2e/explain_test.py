#!/usr/bin/env python3
"""`millrace explain`: which routes take an event and why, its exit codes, what it reads."""
import json
import subprocess
import unittest

from gateway import BINARY, DEADLINE_S
from program import CommandLineTest, millrace

EVENT = {"consumer": "echo", "kind": "MESSAGE", "adapter": "web", "scope": "1f-3", "attributes": {"path": "/audit"},
         "text": "hello"}
EXPLAINED = """\
MESSAGE of web:1f-3
route echo: false
    adapter: web  true     it is "web"
    path: /echo   false    it is "/audit"
route audit: true
    adapter: web  true     it is "web"
    path: /audit  true     it is "/audit"

goes to audit by route audit
"""


class Explain(CommandLineTest):
    def explain(self, event):
        (self.folder / "event.json").write_text(event if isinstance(event, str) else json.dumps(event))
        return millrace("explain", "-c", self.config, "--event", "event.json", cwd=self.folder)

    def test_each_route_and_each_predicate(self):
        answer = self.explain(EVENT)
        self.assertEqual((answer.returncode, answer.stderr, answer.stdout), (0, "", EXPLAINED))
        self.assertFalse((self.folder / "state").exists())

    def test_it_reads_standard_input(self):
        answer = subprocess.run([BINARY, "explain", "-c", self.config, "--event", "-"], input=json.dumps(EVENT),
                                capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        self.assertEqual((answer.returncode, answer.stderr, answer.stdout), (0, "", EXPLAINED))

    def test_what_is_no_event_ends_with_65(self):
        for event, word in (("", "not one JSON value"), ("{} {}", "not one JSON value"),
                            ({"adaptor": "web"}, "adaptor"), ({**EVENT, "kind": "CHAT"}, "CHAT"),
                            ({**EVENT, "adapter": "wbe"}, "'wbe'")):
            with self.subTest(event):
                answer = self.explain(event)
                self.assertEqual((answer.returncode, answer.stdout), (65, ""))
                self.assertIn(word, answer.stderr)

    def test_a_wrong_configuration_ends_with_78(self):
        self.change("to: echo", "to: ehco")
        answer = self.explain(EVENT)
        self.assertEqual((answer.returncode, answer.stdout), (78, ""))
        self.assertIn("error[unknown-consumer]", answer.stderr)

    def test_no_file_ends_with_69(self):
        answer = millrace("explain", "-c", self.config, "--event", self.folder / "none.json")
        self.assertEqual((answer.returncode, answer.stdout), (69, ""))
        self.assertIn("cannot read", answer.stderr)


if __name__ == "__main__":
    unittest.main()
