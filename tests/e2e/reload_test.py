#!/usr/bin/env python3
"""What changes while the gateway runs: the configuration (SIGHUP, `millrace reload`, the watched file), the plugins."""

import hashlib
import pathlib
import signal
import subprocess
import tempfile
import unittest

import wire
from editions import EDITION, aborting
from gateway import BINARY, DEADLINE_S, SCALE, Gateway, wait_until

WEB = "web: { type: websocket, listen: '127.0.0.1:0' }"
ECHO = "- { name: echo, match: { adapter: web, path: /echo }, to: echo }"


class ReloadCase(unittest.TestCase):
    def start(self, adapters=WEB, consumers="echo: { plugin: echo }", routes=ECHO, **options):
        self.gateway = Gateway(adapters, consumers, routes, **options)
        self.gateway.__enter__()
        self.addCleanup(self.leave)
        return self.gateway

    def leave(self):
        wait_until(lambda: all(each["open"] == 0 for each in self.gateway.check_counts()), "all is handled")
        self.gateway.__exit__(None)

    def connect(self, path="/echo", port=None):
        connection = wire.Connection(port or self.gateway.port(), path)
        self.addCleanup(connection.socket.close)
        return connection

    def change(self, *pairs):
        text = self.gateway.config.read_text()
        for old, new in pairs:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.gateway.config.write_text(text)

    def reload(self, exit_code=0):
        done = subprocess.run([BINARY, "reload", "-c", self.gateway.config], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, exit_code, done)
        return (done.stdout or done.stderr).replace(str(self.gateway.config), "gateway.yaml").splitlines()

    def echoes(self, connection, text="hello"):
        connection.text(text)
        self.assertEqual(connection.message().decode(), text)

    def answer_to(self, path):
        connection = wire.Connection(self.gateway.port())
        connection.send(wire.request(path))
        with connection:
            return connection.response()[0]


class ReloadTest(ReloadCase):
    def test_routes_and_consumers_come_and_go(self):
        self.start()
        stays = self.connect()
        self.assertIn("404", self.answer_to("/say"))
        self.change(("echo: { plugin: echo }", "echo: { plugin: echo }\n  say: { plugin: commands }"),
                    (ECHO, ECHO + "\n  - { name: say, match: { adapter: web, path: /say }, to: say }"))
        self.assertEqual(self.reload(), ["consumer say: added", "route say: added"])
        speaks = self.connect("/say")
        speaks.text("say hello")
        self.assertEqual(speaks.message(), b"hello")
        self.echoes(stays)
        self.change(("\n  say: { plugin: commands }", ""),
                    ("\n  - { name: say, match: { adapter: web, path: /say }, to: say }", ""))
        self.assertEqual(self.reload(), ["consumer say: removed", "route say: removed"])
        self.assertIn("404", self.answer_to("/say"))
        speaks.text("say still here")  # a conversation finishes where it began
        self.assertEqual(speaks.message(), b"still here")
        self.assertEqual(self.gateway.consumer("say")["retiring"], 1)
        speaks.leave()
        wait_until(lambda: "say" not in [each["name"] for each in self.gateway.status()["consumers"]], "it has retired")
        self.echoes(stays)
        self.assertEqual(self.reload(), ["nothing has changed"])
        self.assertEqual(self.gateway.status()["reloads"], 3)

    def test_an_adapter_is_replaced_under_its_connections(self):
        self.start()
        port = self.gateway.port()
        stays = self.connect()
        self.change(("listen: '127.0.0.1:0'", "listen: '127.0.0.1:0', max_message: 1KiB"))
        self.assertEqual(self.reload(), ["adapter web: changed"])
        self.assertEqual(self.gateway.port(index=1), port)
        self.echoes(stays, "x" * 2000)
        narrow = self.connect()
        narrow.text("x" * 2000)
        self.assertEqual(narrow.closing()[0], 1009)
        self.assertEqual(self.gateway.adapter()["retiring"], 1)
        stays.leave()
        wait_until(lambda: self.gateway.adapter()["retiring"] == 0, "the old one has ended")
        self.echoes(self.connect())

    def test_adapters_come_and_go(self):
        self.start()
        self.change((WEB, WEB + "\n  more: { type: websocket, listen: '127.0.0.1:0' }"), ("adapter: web, ", ""))
        self.assertEqual(self.reload(), ["adapter more: added", "route echo: changed"])
        stays, goes = self.connect(), self.connect(port=self.gateway.port("more"))
        self.echoes(goes)
        self.change(("\n  more: { type: websocket, listen: '127.0.0.1:0' }", ""))
        self.assertEqual(self.reload(), ["adapter more: removed"])
        self.assertEqual(goes.closing()[0], 1001)
        goes.send(wire.close_frame(1001))
        self.echoes(stays)
        wait_until(lambda: len(self.gateway.status()["adapters"]) == 2, "it has ended")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(port=self.gateway.port("more"))

    def test_what_is_wrong_changes_nothing(self):
        self.start()
        stays = self.connect()
        good = self.gateway.config.read_text()
        taken = wire.Connection(self.gateway.port())  # its port is taken, by the gateway itself
        self.addCleanup(taken.socket.close)
        cases = [
            (("plugin: echo", "plugin: ecko"), "gateway.yaml:6:19: error[unknown-plugin] no consumer plugin 'ecko'"),
            (("to: echo", "to: eco"), "gateway.yaml:8:61: error[unknown-consumer]"),
            (("version: 1", "version: ["), "gateway.yaml:"),
            (("listen: '127.0.0.1:0'", "listen: 'nowhere'"), "gateway.yaml:4:"),
            (("name: test", "name: other"), "gateway.yaml: error[needs-restart] 'gateway.name' changes only"),
            (("state_dir: state", "state_dir: elsewhere"), "gateway.yaml: error[needs-restart] 'gateway.state_dir'"),
            ((WEB, WEB + f"\n  more: {{ type: websocket, listen: '127.0.0.1:{self.gateway.port()}' }}"),
             "gateway.yaml:5:3: error[cannot-start] adapter more cannot get what it needs: cannot listen on"),
        ]
        for number, (change, said) in enumerate(cases, 1):
            self.change(change)
            with self.subTest(said=said):
                if "state_dir" not in change[0]:
                    lines = self.reload(78)
                    self.assertTrue(any(line.startswith(said) for line in lines), lines)
                else:  # nobody to ask in the other folder
                    self.gateway.process.send_signal(signal.SIGHUP)
                    wait_until(lambda n=number: self.gateway.status()["reloads_failed"] == n, "it is refused")
                status = self.gateway.status()
                self.assertEqual((status["reloads"], status["reloads_failed"]), (0, number))
                self.assertIn(said.split(" ", 1)[-1][:20], status["last_refusal"])
                self.echoes(stays)
                self.echoes(self.connect())
            self.gateway.config.write_text(good)
        self.assertEqual(self.reload(), ["nothing has changed"])
        self.assertEqual(self.gateway.status()["last_refusal"], "")
        self.assertEqual((self.gateway.folder / "state" / "config.good.yaml").read_text(), good)

    def test_sighup_and_the_watched_file(self):
        self.start(gateway="drain: 5s, watch_config: true")
        second = "\n  - { name: again, match: { adapter: web, path: /again }, to: echo }"
        self.change((ECHO, ECHO + second))
        self.gateway.wait_line("route again: added")
        self.echoes(self.connect("/again"))
        self.change((second, ""), ("watch_config: true", "watch_config: false"))
        self.gateway.wait_line("route again: removed")
        self.change((ECHO, ECHO + second.replace("again", "third")))
        self.gateway.process.send_signal(signal.SIGHUP)
        self.gateway.wait_line("route third: added")
        self.echoes(self.connect("/third"))

    def test_the_log_changes_with_it(self):
        self.start()
        self.change(("drain: 5s", "drain: 5s, log: { format: json }"))
        self.reload()
        self.gateway.process.send_signal(signal.SIGHUP)
        self.gateway.wait_line('^{.*nothing has changed')


class SwapTest(ReloadCase):
    """Plugins that change while they serve."""

    def setUp(self):
        self.plugins = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-plugins-")))
        self.drop(EDITION.read_bytes())

    def drop(self, content, mode=0o644):
        """Puts the plugin there as an installer does, under another name first."""
        part = self.plugins / "edition.part"
        part.write_bytes(content)
        part.chmod(mode)
        part.rename(self.plugins / "edition.so")
        return hashlib.sha256(content).hexdigest()

    def start_edition(self, to="edition"):
        return self.start(consumers="edition: { plugin: edition }", plugins_dir=self.plugins,
                          routes=f"- {{ name: edition, match: {{ adapter: web, path: '/{{key}}' }}, to: '{to}' }}")

    def ask(self, connection, text="?"):
        connection.text(text)
        file, count, text_back = connection.message().decode().split(" ", 2)
        self.assertEqual(text_back, text)
        return pathlib.Path(file).stem, int(count)

    def serves(self, digest):
        """Whether a new connection is served by that file."""
        connection = self.connect("/other")
        try:
            return self.ask(connection)[0] == digest
        finally:
            connection.leave()

    def test_connections_finish_on_the_old_one(self):
        first = hashlib.sha256(EDITION.read_bytes()).hexdigest()
        self.start_edition()
        old = self.connect("/one")
        self.assertEqual(self.ask(old), (first, 1))
        second = self.drop(EDITION.read_bytes() + b"2")
        wait_until(lambda: self.serves(second), "the new one serves")
        self.assertEqual(self.ask(old), (first, 2))
        wait_until(lambda: self.gateway.consumer("edition")["generation"] == 2, "all loops have it")
        self.assertEqual(self.gateway.consumer("edition")["retiring"], 1)
        old.leave()
        wait_until(lambda: self.gateway.consumer("edition")["retiring"] == 0, "nobody is left on the old one")

    def test_channels_pass_on_with_their_state(self):
        self.start_edition(to="edition:{key}")
        connection = self.connect("/one")
        first, count = self.ask(connection)
        self.assertEqual(count, 1)
        second = self.drop(EDITION.read_bytes() + b"2")
        self.gateway.wait_line("consumer edition: changed")
        self.assertEqual(self.ask(connection), (second, 2))
        self.assertEqual(self.gateway.consumer("edition")["retiring"], 0)
        third = self.drop(EDITION.read_bytes() + b"3")
        wait_until(lambda: self.gateway.consumer("edition")["generation"] == 3, "swapped")
        self.assertEqual(self.ask(connection), (third, 3))
        self.assertNotEqual(first, second)

    def test_bad_files_leave_the_last_good_one(self):
        good = hashlib.sha256(EDITION.read_bytes()).hexdigest()
        self.start_edition()
        content = EDITION.read_bytes()
        cases = [("truncated", content[:len(content) // 2], 0o644, None), ("empty", b"", 0o644, None),
                 ("no ELF", b"#!/bin/sh\n", 0o644, None),
                 ("another ABI", content.replace(b'"abi":"0.8"', b'"abi":"0.1"'), 0o644, "plugin ABI 0.1"),
                 ("no entry", content.replace(b"millrace_plugin_v1", b"millrace_plugin_v0"), 0o644, "plugin_v0"),
                 ("ends the process as it is loaded", aborting("edition"), 0o644, "no licence"),
                 ("others may write", content, 0o666, "write")]
        for number, (name, broken, mode, said) in enumerate(cases, 1):
            with self.subTest(name):
                self.drop(broken, mode)
                wait_until(lambda n=number: self.gateway.status()["reloads_failed"] >= n, "refused")
                refusal = self.gateway.status()["last_refusal"]
                self.assertIn("edition", refusal)
                self.assertIn(said or "", refusal)
                self.assertTrue(self.serves(good))
        better = self.drop(content + b"better")
        wait_until(lambda: self.serves(better), "the good one serves")
        self.assertEqual(self.gateway.status()["last_refusal"], "")

    def test_a_new_plugin_serves_within_two_seconds(self):
        self.start(consumers="echo: { plugin: echo }", plugins_dir=self.plugins)
        (self.plugins / "edition.so").unlink()
        self.change(("echo: { plugin: echo }", "echo: { plugin: echo }\n  edition: { plugin: edition }"),
                    (ECHO, ECHO + "\n  - { name: edition, match: { adapter: web, path: /edition }, to: edition }"))
        self.reload(78)
        digest = self.drop(EDITION.read_bytes())
        wait_until(lambda: "101" in self.answer_to("/edition"), "it serves its route", 2 * SCALE)
        self.assertEqual(self.ask(self.connect("/edition"))[0], digest)


if __name__ == "__main__":
    unittest.main()
