#!/usr/bin/env python3
"""Secrets in every form, in the hands of a consumer that says them wherever it can: nobody else ever does."""

import json
import os
import socket
import subprocess
import unittest

import wire
from gateway import BINARY, BUILD, DEADLINE_S, wait_until
from program import CommandLineTest, Running, millrace

CANARIES = {form: f"canary-{form}-7f3a" for form in ("env", "file", "credential", "plain", "token")}
SECRETS = "{ env: CANARY }, { file: canary.pw }, { credential: canary }, { plain: canary-plain-7f3a }"
CONFIG = f"""\
version: 1
gateway:
  name: edge
  state_dir: state
  plugins_dir: {BUILD}/tests/consumers
  log: {{ level: debug, format: LOG }}
  admin: {{ listen: "127.0.0.1:PORT", token: [ {{ file: token.pw }}, {{ plain: old }} ] }}
  drain: 2s
adapters:
  web: {{ type: websocket, listen: "127.0.0.1:0" }}
consumers:
  leaky: {{ plugin: leaky, config: {{ secrets: [ {SECRETS} ], at: WHERE }} }}
routes:
  - {{ name: leaky, match: {{ adapter: web, path: /leaky }}, to: leaky, retry: {{ attempts: 2, initial: 1ms }} }}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class CanaryTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        for name, form in (("canary.pw", "file"), ("canary", "credential"), ("token.pw", "token")):
            (self.folder / name).write_text(CANARIES[form] + "\n")
            (self.folder / name).chmod(0o600)
        os.environ.update(CANARY=CANARIES["env"], CREDENTIALS_DIRECTORY=str(self.folder))
        self.port = free_port()
        self.use()

    def use(self, where="nothing", log="text"):
        self.write(CONFIG.replace("WHERE", where).replace("LOG", log).replace("PORT", str(self.port)))

    def assert_silent(self, said, *expected):
        for canary in CANARIES.values():
            self.assertNotIn(canary, said)
        for text in expected:
            self.assertIn(text, said)

    def ask(self, path, *headers):
        """Of the admin address -> what it answers, the status line first."""
        with socket.create_connection(("127.0.0.1", self.port), DEADLINE_S) as peer:
            peer.sendall("\r\n".join((f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers,
                                      "", "")).encode())
            return b"".join(iter(lambda: peer.recv(1 << 16), b"")).decode()

    def let_it_speak(self, gateway):
        """Has the consumer say its secrets in all that a handler can say; returns what peers saw of it."""
        port = gateway.port("listening on")
        with wire.Connection(port, "/leaky") as peer:
            for text in ("how many", "retry", "throw", "reject", "how many"):
                peer.text(text)
            seen = peer.message() + peer.message()
            peer.leave()
        with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as refused:
            refused.sendall(wire.request("/leaky?refuse"))
            seen += b"".join(iter(lambda: refused.recv(1 << 16), b""))
        return seen.decode()

    def test_no_log_page_or_command_has_them(self):
        for log in ("text", "json"):
            with self.subTest(log):
                self.use(log=log)
                with Running(self.config) as gateway:
                    tails = [subprocess.Popen([BINARY, "tail", "-c", self.config, "--format", form],
                                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                             for form in ("text", "json")]
                    for tail in tails:
                        self.assertIn("tail of edge", tail.stderr.readline())
                    seen = self.let_it_speak(gateway)
                    self.assert_silent(seen, "44", "not with <***> <***> <***> <***>")
                    bearer = f"Authorization: Bearer {CANARIES['token']}"
                    wait_until(lambda: '"dead":3' in self.ask("/v1/status", bearer), "three dead letters")
                    for path in ("/metrics", "/v1/status", "/livez", "/nothing"):
                        self.assert_silent(self.ask(path, bearer))
                        self.assert_silent(self.ask(path), "401")
                    for options in ((), ("--json",)):
                        answer = millrace("status", "-c", self.config, *options)
                        self.assertEqual(answer.returncode, 0, answer.stderr)
                        self.assert_silent(answer.stdout + answer.stderr, "leaky")
                    self.assertEqual(gateway.stop(), 0)
                for tail in tails:
                    self.assert_silent("".join(tail.communicate(timeout=DEADLINE_S)), "reject")
                self.assert_silent(gateway.log, "has <***> <***> <***> <***>", "again with <***>",
                                   "thrown with <***>", "rejected with <***>")

    def test_no_command_has_them(self):
        event = self.folder / "event.json"
        event.write_text(json.dumps({"kind": "MESSAGE", "adapter": "web", "scope": "1", "text": "x",
                                     "attributes": {"path": "/leaky"}}))
        for command in (("check",), ("explain", "--event", event), ("plugins",), ("plugins", "--format", "json")):
            answer = millrace(*command[:1], "-c", self.config, *command[1:])
            self.assertEqual(answer.returncode, 0, (command, answer.stderr))
            self.assert_silent(answer.stdout + answer.stderr)

    def test_no_error_has_them(self):
        self.use(where="settings")
        for command in ("check", "run"):
            answer = millrace(command, "-c", self.config)
            self.assertEqual(answer.returncode, 78)
            self.assert_silent(answer.stdout + answer.stderr, "these are none: <***> <***> <***> <***>")
        self.use(where="start")
        answer = millrace("run", "-c", self.config)
        self.assertEqual(answer.returncode, 69)
        self.assert_silent(answer.stdout + answer.stderr, "cannot log in with <***> <***> <***> <***>")
        self.write(self.config.read_text().replace("{ env: CANARY }", CANARIES["env"]))
        answer = millrace("check", "-c", self.config)
        self.assertEqual(answer.returncode, 78)
        self.assert_silent(answer.stdout + answer.stderr, "error[bare-secret]")

    def test_a_token_can_be_replaced_while_it_runs(self):
        with Running(self.config) as gateway:
            def status(token):
                return self.ask("/livez", *([f"Authorization: Bearer {token}"] if token else [])).split()[1]
            for token, code in ((CANARIES["token"], "200"), ("old", "200"), ("other", "401"), ("", "401")):
                self.assertEqual(status(token), code, token)
            (self.folder / "token.pw").write_text("canary-token-7f3a-new\n")
            self.assertEqual(status("canary-token-7f3a-new"), "200")
            self.assertEqual(status(CANARIES["token"]), "401")
            self.assertEqual(status("old"), "200")
            self.assertEqual(millrace("status", "-c", self.config).returncode, 0)
            (self.folder / "token.pw").unlink()
            self.assertEqual(status("old"), "401")
            self.assertEqual(gateway.stop(), 0)
        self.assert_silent(gateway.log, "nobody may ask: 'token': ")


if __name__ == "__main__":
    unittest.main()
