#!/usr/bin/env python3
"""What an author gets: installs Millrace into a folder of its own, and builds tests/install/lines from there, outside
of this tree. Its unit tests and conformance suites pass, the installed gateway serves its plugins, and the adapter with
each seeded mistake fails the suite by the name of the test that is there for it."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from gateway import BUILD, Gateway  # noqa: E402

# The numbers of lines/fault.hpp, and who is to catch them.
FAULTS = {
    1: "Outcomes.AreToldOnce",
    2: "Outcomes.AreToldAfterTheConsumers",
    3: "Outcomes.AreEachToldForTheirMessage",
    4: "Answers.AreAccountedForExactly",
    5: "Answers.AreNotAccountedForBeforeTheyHaveLeft",
    6: "Life.SaysNothingAfterStop",
    7: "Overload.SubmitsNothingUntilResume",
    8: "Overload.LosesNothing",
    9: "Overload.KeepsTheOrder",
    10: "Scopes.HaveKeysOfTheirOwn",
    11: "Ends.ByLoss",
    12: "Question.IsAnsweredBeforeAnythingIsSubmitted",
    13: "Drain.TakesNoNewMessage",
    14: "Answers.HaveAnOutcomeWhereItIsAskedFor",
    15: "Outcomes.AreToldWhereNobodyGetsTheMessage",
}

ADAPTERS = 'line: { type: lines, listen: "127.0.0.1:0", confirm: true }'
CONSUMERS = 'shout: { plugin: shout, config: { mark: "!" } }'
ROUTES = "- { name: all, match: { adapter: line }, to: shout, delivery: acked }"


def run(*command, env=None):
    """Runs it to its end; what it prints is the error where it fails."""
    done = subprocess.run([str(word) for word in command], text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-8000:]}")
    return done.stdout


class InstallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix, cls.build = cls.folder / "prefix", cls.folder / "build"
        shutil.copytree(HERE / "lines", cls.folder / "lines")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cache = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run("cmake", "-S", cls.folder / "lines", "-B", cls.build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
            "-DCMAKE_CXX_FLAGS_DEBUG=-O0", f"-DCMAKE_PREFIX_PATH={cls.prefix}", *cache)
        run("cmake", "--build", cls.build, "--parallel", os.cpu_count(),
            env={"CCACHE_BASEDIR": str(cls.folder), "CCACHE_NOHASHDIR": "1"})

    def gateway(self):
        plugins = self.folder / "plugins"
        if not plugins.exists():
            plugins.mkdir()
            for name in ("lines.so", "shout.so"):
                shutil.copy(self.build / name, plugins)
        return Gateway(ADAPTERS, CONSUMERS, ROUTES, binary=self.prefix / "bin" / "millrace", plugins_dir=plugins)

    def test_unit_tests_and_suites_pass(self):
        listed = run("ctest", "--test-dir", self.build, "--output-on-failure", "--no-tests=error")
        for name in ("codec", "shout", "lines_conformance", "shout_conformance"):
            self.assertRegex(listed, rf"{name} \.+ +Passed")

    def test_the_gateway_serves_them(self):
        with self.gateway() as gateway, socket.create_connection(("127.0.0.1", gateway.port("line")), 10) as line:
            line.sendall("hello\nagain\n".encode())
            heard = line.makefile("rb")
            lines = sorted(heard.readline() for _ in range(4))
            self.assertEqual(lines, [b"\x06\n", b"\x06\n", b"AGAIN! (2)\n", b"HELLO! (1)\n"])
            line.shutdown(socket.SHUT_WR)
            self.assertEqual(heard.read(), b"")

    def test_a_misspelt_key_is_placed(self):
        gateway = self.gateway()
        self.addCleanup(shutil.rmtree, gateway.folder)
        text = gateway.config.read_text().replace("confirm:", "confrim:")
        gateway.config.write_text(text)
        number, line = next((n, line) for n, line in enumerate(text.splitlines(), 1) if "confrim" in line)
        done = subprocess.run([self.prefix / "bin" / "millrace", "check", "--config", gateway.config], text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 78, done.stdout + done.stderr)
        place = f":{number}:{line.index('confrim') + 1}: "
        self.assertIn(place + "error[unknown-key] unknown key 'confrim' in adapter 'line'; did you mean 'confirm'?",
                      done.stdout + done.stderr)

    def test_each_mistake_fails_by_name(self):
        suite = self.build / "lines_conformance"
        for number, name in FAULTS.items():
            with self.subTest(fault=number):
                done = subprocess.run([suite, self.build / f"lines_fault_{number}.so"], text=True, errors="replace",
                                      capture_output=True, timeout=120, check=False,
                                      env={**os.environ, "MILLRACE_PATIENCE_MS": "2000"})
                failed = set(re.findall(r"^\[  FAILED  \] (\w+\.\w+)$", done.stdout, re.M))
                self.assertEqual(done.returncode, 1, done.stdout[-4000:] + done.stderr)
                self.assertIn(name, failed)
                print(f"fault {number}: {name}, and {len(failed) - 1} more")


if __name__ == "__main__":
    unittest.main(verbosity=2)
