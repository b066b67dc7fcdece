#!/usr/bin/env python3
"""`millrace tail` and what else state_dir/admin.sock serves: live events, filters, who is too slow, ends, rights."""
import contextlib
import json
import re
import signal
import socket
import stat
import subprocess
import unittest

from gateway import BINARY, DEADLINE_S, wait_until
from program import CommandLineTest, Running, millrace
from wire import TEXT, Connection, frame


class Tail:
    """`millrace tail`, until the block is left: it shows what comes from then on."""

    def __init__(self, config, *arguments):
        self.process = subprocess.Popen([BINARY, "tail", "-c", config, *arguments], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        assert (line := self.process.stderr.readline()) == "millrace: tail of edge; Ctrl-C ends it\n", line
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self):
        return self.process.stdout.readline()

    def event(self):
        return json.loads(self.line())

    def end(self):
        """What it still prints, what it says, its exit code."""
        out, said = self.process.communicate(timeout=DEADLINE_S)
        return out, said, self.process.returncode


class TailTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.change("to: audit }", "to: [ audit, echo ] }")
        self.gateway = self.enterContext(Running(self.config))

    def talk(self, path, *texts):
        """Opens a connection, says that, and leaves."""
        with Connection(self.gateway.port("listening on"), path) as connection:
            for text in texts:
                connection.text(text)
            connection.leave()

    def tail(self, *arguments):
        return Tail(self.config, *arguments)

    def socket(self):
        return self.folder / "state" / "admin.sock"


class WhatItShows(TailTest):
    def test_each_event_for_each_consumer_as_text(self):
        with self.tail("--scope", "*-*") as tail:
            self.talk("/audit", 'say "\x1b[1m\u009b"')
            lines = [tail.line() for _ in range(6)]
        shown = [re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\w+) +web:\w+-\w+ audit -> (\w+) (.*)\n", line)
                 for line in lines]
        self.assertTrue(all(shown), lines)
        self.assertEqual([match[2] for match in shown], ["audit", "echo"] * 3)
        self.assertEqual([match[1] for match in shown[::2]], ["CONNECT", "MESSAGE", "DISCONNECT"])
        self.assertIn(' path="/audit"', " " + shown[0][3])
        self.assertEqual([match[3] for match in shown[2::2]], [r'"say \"\u001b[1m\u009b\""', "PEER"])

    def test_what_it_prints_as_json_explain_reads(self):
        with self.tail("--format", "json", "--kind", "MESSAGE", "-n", "1", "--consumer", "echo") as tail:
            self.talk("/audit", "one", "two")
            out, said, code = tail.end()
        self.assertEqual((said, code), ("", 0))
        event = json.loads(out)
        self.assertEqual([event[key] for key in ("consumer", "kind", "adapter", "route", "order", "text")],
                         ["echo", "MESSAGE", "web", "audit", "1", "one"])
        for more in ([], ["--running"]):
            answer = subprocess.run([BINARY, "explain", "-c", self.config, "--event", "-", *more], input=out, text=True,
                                    capture_output=True, timeout=DEADLINE_S, check=False)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertTrue(answer.stdout.endswith("\n\ngoes to audit by route audit\ngoes to echo by route audit\n"))

    def test_filters(self):
        self.talk("/echo", "before")
        for arguments, expected in (
                (["--route", "echo", "--kind", "MESSAGE"], [("echo", "echo", "MESSAGE")]),
                (["--consumer", "audit", "--kind", "CONNECT,DISCONNECT"],
                 [("audit", "audit", "CONNECT"), ("audit", "audit", "DISCONNECT")]),
                (["--adapter", "web", "--kind", "MESSAGE"],
                 [("echo", "echo", "MESSAGE"), ("audit", "audit", "MESSAGE"), ("audit", "echo", "MESSAGE")])):
            with self.subTest(arguments), self.tail("--format", "json", "-n", str(len(expected)), *arguments) as tail:
                self.talk("/echo", "hello")
                self.talk("/audit", "hello")
                events = map(json.loads, tail.end()[0].splitlines())
                shown = [(event["route"], event["consumer"], event["kind"]) for event in events]
                self.assertCountEqual(shown, expected)

    def test_one_filters_and_another_does_not(self):
        with self.tail("--route", "audit") as first, self.tail("--route", "echo", "--format", "json") as second:
            self.talk("/echo")
            self.talk("/audit")
            self.assertIn(" audit -> ", first.line())
            self.assertEqual(second.event()["kind"], "CONNECT")

    def test_who_is_too_slow_is_told_how_much_it_has_missed(self):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as slow:
            slow.settimeout(DEADLINE_S)
            slow.connect(str(self.socket()))
            slow.sendall(b'{"do":"tail","kinds":["MESSAGE"],"route":"echo"}\n')
            lines = slow.makefile()
            self.assertEqual(json.loads(next(lines)), {"tail": "edge"})
            with Connection(self.gateway.port("listening on"), "/echo") as connection:
                for _ in range(30):  # Each goes there and back: nobody waits for who does not read.
                    connection.send(frame(TEXT, "x" * 1000) * 500)
                    for _ in range(500):
                        connection.message()
                connection.leave()
            shown = skipped = 0
            while shown + skipped < 15000:
                line = json.loads(next(lines))
                shown, skipped = shown + ("kind" in line), skipped + line.get("skipped", 0)
            self.assertEqual(shown + skipped, 15000)
            self.assertGreater(skipped, 0)


class HowItEnds(TailTest):
    def test_ctrl_c(self):
        with self.tail() as tail:
            tail.process.send_signal(signal.SIGINT)
            self.assertEqual(tail.end()[2], -signal.SIGINT)
        self.talk("/echo", "the gateway does not mind")

    def test_the_end_of_the_gateway(self):
        with self.tail("--format", "json", "--kind", "DISCONNECT") as tail:
            with self.gateway.connect("/echo"):
                self.assertEqual(self.gateway.stop(), 0)
                out, said, code = tail.end()
        self.assertEqual(json.loads(out)["reason"], "DRAIN")
        self.assertEqual((said, code), ("millrace: the gateway has stopped\n", 69))
        self.assertFalse(self.socket().exists())

    def test_the_death_of_the_gateway(self):
        with self.tail() as tail:
            self.gateway.process.kill()
            self.assertEqual(tail.end(), ("", "millrace: the gateway has gone\n", 69))
        self.assertTrue(self.socket().exists())
        answer = millrace("tail", "-c", self.config)
        self.assertEqual((answer.returncode, answer.stdout), (69, ""))
        self.assertIn("no gateway that you may ask", answer.stderr)
        with Running(self.config), self.tail():
            pass

    def test_what_there_is_not_ends_with_64(self):
        for arguments, word in ((["--adapter", "wbe"], "no adapter called 'wbe'"), (["--route", "x"], "no route"),
                                (["--consumer", "web"], "no consumer"), (["--kind", "CHAT"], 'no kind "CHAT"'),
                                (["--scope", "**"], "scope: "), (["-n", "0"], "-n"), (["--format", "xml"], "--format")):
            with self.subTest(arguments):
                answer = millrace("tail", "-c", self.config, *arguments)
                self.assertEqual((answer.returncode, answer.stdout), (64, ""))
                self.assertIn(word, answer.stderr)


class TheSocket(TailTest):
    def ask(self, line):
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.settimeout(DEADLINE_S)
            peer.connect(str(self.socket()))
            peer.sendall(line)
            return json.loads(peer.makefile().read())

    def test_is_for_its_user_alone(self):
        mode = self.socket().stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_what_is_no_request_gets_an_error(self):
        for line in (b"\n", b"{\n", b"[]\n", b"{}\n", b'{"do":1}\n', b'{"do":"fly"}\n', b'{"do":"explain"}\n',
                     b'{"do":"explain","event":{}}\n', b'{"do":"explain","event":"[]"}\n', b'{"do":"tail","to":"x"}\n',
                     b'{"do":"tail","kinds":"MESSAGE"}\n', b'{"do":"tail","kinds":[1]}\n', b'{"do":"tail","route":1}\n',
                     b"GET /livez HTTP/1.1\r\n\r\n"):
            with self.subTest(line):
                self.assertEqual(list(self.ask(line)), ["error"])

    def test_the_admin_address_does_not_serve_it(self):
        for path in ("/v1/tail", "/v1/explain", "/tail"):
            self.assertEqual(self.gateway.get(path)[0], 404)

    def test_who_leaves_is_forgotten(self):
        def files():
            return len(list(self.proc("fd").iterdir()))
        before = files()
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(self.tail())
            self.assertGreaterEqual(files(), before + 3)
        wait_until(lambda: files() == before, "the connections are closed")

    def proc(self, name):
        return type(self.folder)("/proc") / str(self.gateway.process.pid) / name

    def test_a_second_gateway_is_told_of_the_first(self):
        answer = millrace("run", "-c", self.config)
        self.assertEqual(answer.returncode, 69)
        self.assertIn("a gateway already runs with this state_dir", answer.stderr)
        with self.tail():
            pass


class WhereItIs(CommandLineTest):
    def test_a_folder_that_others_may_write_to_is_refused(self):
        for mode in (0o720, 0o702):
            with self.subTest(oct(mode)):
                state = self.folder / "state"
                state.mkdir(exist_ok=True)
                state.chmod(mode)
                answer = millrace("run", "-c", self.config)
                self.assertEqual(answer.returncode, 69)
                self.assertIn("writable by nobody else", answer.stderr)
                self.assertFalse((state / "admin.sock").exists())

    def test_a_folder_with_a_long_name(self):
        self.change("state_dir: state", f"state_dir: {'deep/' * 50}state")
        with Running(self.config), Tail(self.config):
            pass


if __name__ == "__main__":
    unittest.main()
