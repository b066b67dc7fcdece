#!/usr/bin/env python3
"""A scripted server of IRC that breaks rules, floods, refuses, and vanishes."""

import json
import socket
import threading
import unittest

from gateway import SCALE, Gateway, wait_until
from wire import Connection

CONSUMERS = """
journal: { plugin: journal, config: { path: journal } }
gate: { plugin: gate, workers: 1, mailbox: { messages: 8 }, config: { path: open } }
reporter: { plugin: reporter, may_send: ["irc:*"] }
"""
ROUTES = """
- { name: gate, match: { adapter: irc, room: "#slow" }, to: [gate, journal] }
- { name: all, match: { adapter: irc }, to: journal }
- { name: ask, match: { adapter: web, path: /ask }, to: reporter }
"""


class Server:
    """Takes one connection at a time. What the gateway says comes line by line."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20 * SCALE)
        self.port = self.listener.getsockname()[1]
        self.line = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()
        self.listener.close()

    def cut(self):
        if self.line:
            self.lines.close()
            self.line.close()
        self.line = None

    def accept(self):
        self.cut()
        self.line, _ = self.listener.accept()
        self.line.settimeout(20 * SCALE)
        self.lines = self.line.makefile("rb")

    def read(self, begin):
        """The next line that begins so."""
        while (line := self.lines.readline()):
            if line.startswith(begin.encode()):
                return line.decode().rstrip("\r\n")
        raise AssertionError(f"the gateway has closed, and not said {begin!r}")

    def send(self, *lines):
        self.line.sendall(b"".join((each if isinstance(each, bytes) else each.encode()) + b"\r\n" for each in lines))

    def let_in(self, rooms=("#ops",), support=""):
        self.accept()
        self.read("CAP LS")
        self.send("CAP * LS :")
        self.read("CAP END")
        self.send(":s 001 millrace :hi millrace!m@h", f":s 005 millrace CHANTYPES=# {support} :are supported",
                  ":s 422 millrace :no motd")
        for room in rooms:
            self.send(f":millrace!m@h JOIN {room}")

    def round_trip(self):
        """All that was sent has been taken."""
        self.send("PING :there")
        self.read("PONG there")


class HostileTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())

    def start(self, more="", pace="{ burst: 100, interval: 10ms }"):
        self.gateway = self.enterContext(Gateway(
            f"irc: {{ type: irc, server: 'irc://127.0.0.1:{self.server.port}', network: t, "
            f"reconnect: {{ initial: 10ms, max: 20ms }}, pace: {pace}, {more} }}\n"
            "web: { type: websocket, listen: '127.0.0.1:0' }", CONSUMERS, ROUTES))

    def gauge(self, name):
        return self.gateway.gauge("irc", name) or 0

    def texts(self, room="#ops"):
        return [each["text"] for each in self.gateway.journal()
                if each["kind"] == "MESSAGE" and each["attributes"].get("room") == room]

    def wait_texts(self, expected, room="#ops"):
        wait_until(lambda: len(self.texts(room)) >= len(expected), f"{len(expected)} texts")
        self.assertEqual(self.texts(room), expected)

    def test_bad_lines_are_passed_over(self):
        self.start()
        self.server.let_in()
        bad = [
            b":a!b@c PRIVMSG #ops :\0", b"\r", b":", b"@", b"@a=b", b":a", b"@;;;= :a PRIVMSG", b":a!b@c PRIVMSG",
            b":a!b@c PRIVMSG #ops", b":a!b@c 12 x", b":a!b@c PRIVMSG #other :stray", b":!@ PRIVMSG #ops :who",
            b":a!b@c PRIVMSG #ops :" + b"x" * 1_000_000, b"@k=" + b"v" * 20_000 + b" :a!b@c PRIVMSG #ops :tags",
            b":a!b@c PRIVMSG #ops :\1", b":a!b@c PRIVMSG #ops :\1\1", b":a!b@c PRIVMSG millrace :\1PING",
            b"BATCH +x", b"BATCH -y", b"BATCH", b":a!b@c KICK", b":a!b@c JOIN", b":s 353", b":s 005", b"MODE #ops +o",
        ]
        self.server.send(*bad)
        self.server.send(b":a!b@c PRIVMSG #ops :caf\xe9", ":a!b@c PRIVMSG #ops :still there")
        self.wait_texts(["café", "still there"])
        wait_until(lambda: self.gauge("malformed") > 5, "they are counted")

    def test_endless_batches_cost_nothing(self):
        self.start()
        self.server.let_in()
        self.server.round_trip()
        before = self.gateway.rss_kib()
        for i in range(2_000):
            self.server.send(f"BATCH +{i} netsplit a.b c.d",
                             *[f"@batch={i} :n{i}x{j}!u@h QUIT :a.b c.d" for j in range(20)])
        self.server.round_trip()
        self.assertLess(self.gateway.rss_kib() - before, 20_000 * SCALE)

    def test_answers_that_nobody_reads_end_the_connection(self):
        self.start()
        self.server.let_in()
        self.server.round_trip()
        before = self.gateway.rss_kib()
        with self.assertRaises(OSError, msg="it is not for ever that the gateway is asked"):
            for _ in range(5_000):
                self.server.line.sendall((b"PING :" + b"x" * 400 + b"\r\n") * 100)
        self.gateway.wait_line("the server does not read what it is told; it is tried again")
        self.assertLess(self.gateway.rss_kib() - before, 20_000 * SCALE)

    def test_crowds_are_bounded(self):
        self.start("max_persons: 50")
        self.server.let_in()
        self.server.send(*[f":p{i}!u@h PRIVMSG millrace :hello {i}" for i in range(2_000)])
        self.server.round_trip()
        wait_until(lambda: self.gateway.scopes("irc") <= 52, "no more are open")
        wait_until(lambda: self.gauge("evicted") + self.gauge("lost") >= 1_900, "most are evicted, or not heard")

    def test_a_room_that_it_was_put_into_ends_with_the_connection(self):
        self.start("join: '#ops'")
        self.server.let_in(["#ops", "#forced"])
        wait_until(lambda: self.gateway.scopes("irc") == 3, "both rooms are open, beside all addresses")
        self.server.cut()
        wait_until(lambda: self.gateway.scopes("irc") == 2, "one is left")
        ended, = [each for each in self.gateway.journal() if each["kind"] == "DISCONNECT"]
        self.assertEqual(ended["attributes"]["room"], "#forced")

    def test_ctcp_is_answered_seldom(self):
        self.start()
        self.server.let_in()
        self.server.send(*[":a!b@c PRIVMSG millrace :\1VERSION\1"] * 50, "PING :end")
        answers = 0
        while (line := self.server.lines.readline()) and not line.startswith(b"PONG end"):
            answers += line.startswith(b"NOTICE a")
        self.assertLessEqual(answers, 3)
        wait_until(lambda: self.gauge("ctcp_unanswered") == 47, "the rest is counted")

    def test_one_slow_room_delays_no_other_and_says_what_it_has_lost(self):
        self.start("backlog: { messages: 20 }")
        self.server.let_in(["#ops", "#slow"])
        self.server.send(*[f":a!b@c PRIVMSG #slow :{i}" for i in range(200)], ":a!b@c PRIVMSG #ops :at once")
        self.wait_texts(["at once"])
        wait_until(lambda: self.gauge("lost") > 100, "the rest is lost")
        (self.gateway.folder / "open").touch()
        wait_until(lambda: [each for each in self.gateway.journal() if each["kind"] == "GAP"], "a GAP says so")
        wait_until(lambda: self.gateway.consumer("gate")["open"] == 0, "the gate is open")
        texts = self.texts("#slow")
        self.assertEqual(texts, [str(i) for i in range(len(texts))], "what has come is in order")
        self.gateway.check_counts()

    def test_much_at_once_is_not_lost_where_consumers_have_room(self):
        self.start("backlog: { messages: 20 }")
        self.server.let_in()
        self.server.send(":a!b@c PRIVMSG #ops :0")
        self.wait_texts(["0"])
        self.server.send(*[f":a!b@c PRIVMSG #ops :{i}" for i in range(1, 900)])
        self.wait_texts([str(i) for i in range(900)])

    def test_what_is_for_good_ends_it(self):
        for said, why in (("ERROR :Closing link: K-Lined", "K-Lined"), (":s 465 * :You are banned", "You are banned"),
                          (":s 464 * :Password incorrect", "the server's password is wrong: Password incorrect")):
            with self.subTest(said):
                self.start()
                self.server.accept()
                self.server.read("CAP LS")
                self.server.send(said)
                self.gateway.wait_line("it is not tried again before the adapter is started or configured anew")
                wait_until(lambda: why in self.gateway.adapter("irc")["degraded"], "the trouble is told")
                self.server.listener.settimeout(0.3)
                with self.assertRaises(TimeoutError):
                    self.server.listener.accept()
                self.server.listener.settimeout(20 * SCALE)

    def test_what_is_not_is_tried_again(self):
        self.start("connect_timeout: 300ms")
        for way in ("cut", "silence", "error"):
            self.server.accept()
            self.server.read("CAP LS")
            if way == "error":
                self.server.send("ERROR :Closing link: server is full, come back")
            elif way == "silence":
                self.assertEqual(self.server.lines.read().count(b"USER"), 1)
        self.server.let_in()
        self.server.send(":a!b@c PRIVMSG #ops :there")
        self.wait_texts(["there"])

    def test_a_silent_server_is_asked_and_then_left(self):
        self.start("ping: 100ms, lost_after: 400ms")
        self.server.let_in()
        self.server.read("PING")
        self.gateway.wait_line("the server is silent; it is tried again")
        self.server.let_in()

    def test_what_is_under_way_as_it_breaks_is_lost_and_what_waits_is_said_later(self):
        self.start(pace="{ burst: 1, interval: 300ms }")
        self.server.let_in()
        self.server.round_trip()
        with Connection(self.gateway.port(), "/ask") as web:
            for i in range(2):
                web.text(f"irc:ada text {i}")
            self.server.read("PRIVMSG ada :text 0")
            self.server.cut()
            self.server.let_in()
            self.server.read("PRIVMSG ada :text 1")
            token = self.server.read("PING").split()[1]
            self.server.send(f":s PONG s {token}")
            outcomes = [json.loads(web.message())["receipt"]["outcome"] for _ in range(2)]
        self.assertEqual(outcomes, ["LOST", "SENT"])

    def test_an_end_says_goodbye_and_what_waits_first(self):
        self.start(pace="{ burst: 1, interval: 100ms }")
        self.server.let_in()
        self.server.round_trip()
        with Connection(self.gateway.port(), "/ask") as web:
            for i in range(3):
                web.text(f"irc:ada text {i}")
            self.server.read("PRIVMSG ada :text 0")
            answer = threading.Thread(target=self.answer_pings)
            answer.start()
            self.gateway.terminate()
            answer.join()
        self.assertEqual(self.heard, ["PRIVMSG ada :text 1", "PRIVMSG ada :text 2", "QUIT Millrace"])

    def answer_pings(self):
        self.heard = []
        while line := self.server.lines.readline().decode().rstrip("\r\n"):
            if line.startswith("PING"):
                self.server.send(f":s PONG s {line.split()[1]}")
            elif not line.startswith("JOIN"):
                self.heard.append(line)


if __name__ == "__main__":
    unittest.main()
