#!/usr/bin/env python3
"""What the program says of plugins, and what becomes of their secrets."""
import json
import unittest

import wire
from gateway import BUILD
from program import CONFIG, CommandLineTest, Running, millrace


class Secrets(CommandLineTest):
    """Of the consumer `keeper`, which says whether it hears its password."""

    def setUp(self):
        super().setUp()
        self.secret = self.folder / "keeper.pw"
        self.secret.write_text("hunter2\n")
        self.secret.chmod(0o600)
        self.use("password: { file: keeper.pw }")

    def use(self, settings):
        self.write(CONFIG.replace("state_dir: state", f"state_dir: state, plugins_dir: {BUILD}/tests/consumers")
                   .replace("plugin: echo", f"plugin: keeper, config: {{ {settings} }}"))

    def test_reach_the_plugin_and_no_log(self):
        self.assertEqual(millrace("check", "-c", self.config).stdout, f"{self.config}: ok\n")
        with Running(self.config) as gateway:
            with wire.Connection(gateway.port("listening on"), "/echo") as peer:
                for text, answer in (("hunter2", b"right"), ("hunter2\n", b"wrong")):
                    peer.text(text)
                    self.assertEqual(peer.message(), answer)
            self.assertNotIn("hunter2", gateway.get("/v1/status")[1])
            self.assertEqual(gateway.stop(), 0)
        self.assertNotIn("hunter2", gateway.log)

    def test_that_cannot_be_read_are_placed(self):
        self.secret.unlink()
        for command in ("check", "run"):
            answer = millrace(command, "-c", self.config)
            self.assertEqual(answer.returncode, 78)
            self.assertIn(f"{self.config}:6:55: error[no-secret] 'password': {self.secret} cannot be read: "
                          "No such file or directory\n", answer.stdout + answer.stderr)

    def test_status_does_not_need_them(self):
        self.secret.unlink()
        self.assertEqual(millrace("status", "-c", self.config).returncode, 69)

    def test_in_the_file_itself_are_refused_without_a_word(self):
        self.use("password: hunter2")
        answer = millrace("check", "-c", self.config)
        self.assertEqual(answer.returncode, 78)
        self.assertIn(":6:47: error[bare-secret] ", answer.stdout)
        self.assertNotIn("hunter2", answer.stdout + answer.stderr)

    def test_are_masked_in_what_the_plugin_says(self):
        self.use("password: { file: keeper.pw }, tell: true")
        answer = millrace("check", "-c", self.config)
        self.assertEqual(answer.returncode, 78)
        self.assertIn("error[bad-setting] password: `***` is too short\n", answer.stdout)

    def test_that_everybody_can_read_are_a_warning(self):
        self.secret.chmod(0o644)
        answer = millrace("check", "-c", self.config)
        self.assertEqual(answer.returncode, 0)
        self.assertIn(f"{self.config}:6:55: warning[open-secret] 'password': ", answer.stdout)
        with Running(self.config) as gateway:
            self.assertEqual(gateway.stop(), 0)
        self.assertIn("warning[open-secret]", gateway.log)


class ListOfPlugins(CommandLineTest):
    def test_has_what_is_built_in(self):
        answer = millrace("plugins")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        for line in ("id        websocket", "id        audit", "key       none",
                     "scope     the connection, also over restarts (connection)", "retry     local",
                     "key       path (path, required): the file",
                     "key       threads (integer, from 1 to 64, default: one per core): I/O threads",
                     "key       idle_timeout (duration, from 100ms to 1d, default 5m): without a byte from the peer"):
            self.assertIn(line + "\n", answer.stdout)

    def test_has_those_of_plugins_dir_and_warns_of_others(self):
        (self.folder / "plugins").mkdir(mode=0o755)
        (self.folder / "plugins" / "junk.so").write_text("junk")
        (self.folder / "plugins" / "keeper.so").write_bytes((BUILD / "tests/consumers/keeper.so").read_bytes())
        (self.folder / "plugins" / "keeper.so").chmod(0o644)
        self.change("state_dir: state", "state_dir: state, plugins_dir: plugins")
        answer = millrace("plugins", "-c", self.config)
        self.assertEqual(answer.returncode, 0)
        self.assertIn("key       password (secret, required): the secret\n", answer.stdout)
        self.assertIn("plugins/junk.so: warning[plugin-refused] ", answer.stderr)

    def test_for_programs(self):
        answer = millrace("plugins", "--format", "json")
        plugins = {plugin["id"]: plugin for plugin in json.loads(answer.stdout)}
        web = plugins["websocket"]
        self.assertEqual((web["kind"], web["reply"], web["retry"], web["scope"]["lifetime"]),
                         ("adapter", "connection", "local", "connection"))
        self.assertIn({"key": "path", "type": "path", "constant": True}, web["match"])
        self.assertIn({"key": "max_header", "type": "size", "required": False, "default": "8KiB", "min": 512,
                       "max": 65536, "about": "of the upgrade request"}, web["config"])
        self.assertEqual(plugins["echo"]["config"], [])


class Inspect(CommandLineTest):
    def test_shows_the_manifest(self):
        answer = millrace("plugins", "inspect", BUILD / "lib/millrace/adapters/websocket.so")
        self.assertEqual(answer.returncode, 0, answer.stdout)
        for line in ("kind      adapter", "id        websocket", "protocol  websocket", "match     path (path)"):
            self.assertIn(line + "\n", answer.stdout)
        self.assertTrue(answer.stdout.endswith("\nexports   millrace_plugin_v1\n"), answer.stdout)

    def test_says_what_is_wrong(self):
        copy = self.folder / "echo.so"
        copy.write_bytes((BUILD / "lib/millrace/consumers/echo.so").read_bytes().replace(b'"abi":"0', b'"abi":"9'))
        copy.chmod(0o666)
        answer = millrace("plugins", "inspect", copy)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("problem   others may write to", answer.stdout)
        self.assertRegex(answer.stdout, r"problem   it is built for ABI 9\.\d+, this gateway has 0\.\d+\n")

    def test_what_is_no_plugin(self):
        for file in (self.config, "/bin/sh", "/", "/nowhere.so"):
            with self.subTest(file):
                answer = millrace("plugins", "inspect", file)
                self.assertEqual((answer.returncode, answer.stdout), (1, ""))
                self.assertTrue(answer.stderr.startswith(f"{file}: "), answer.stderr)


if __name__ == "__main__":
    unittest.main()
