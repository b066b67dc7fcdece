#!/usr/bin/env python3
"""Two networks of IRC and pages as one room, by the consumer `bridge`."""

import json
import unittest

from gateway import Gateway, wait_until
from irc_servers import Inspircd, Ngircd
from irc_test import FAST
from staller import Staller
from wire import Connection

CONSUMERS = """
bridge:
  plugin: bridge
  may_send: ["home:#ops", "work:#operators"]
  config: { rooms: [{ name: ops, chats: ["home:#ops", "work:#operators"] }] }
"""
ROUTES = """
- { name: chats, match: { adapter: [home, work], direct: "false", event: [message, action] }, to: bridge }
- { name: rest, match: { adapter: [home, work] }, drop: true }
- { name: pages, match: { adapter: web, path: "/rooms/{room}/{name}" }, to: bridge }
"""


class BridgeTest(unittest.TestCase):
    def setUp(self):
        self.home, self.work = self.enterContext(Ngircd()), self.enterContext(Inspircd())
        self.way_to_work = self.enterContext(Staller(self.work.port))
        adapters = "".join(
            f"{name}: {{ type: irc, server: 'irc://127.0.0.1:{port}', network: {name}, join: '{room}', {FAST} }}\n"
            for name, port, room in (("home", self.home.port, "#ops"), ("work", self.way_to_work.port, "#operators")))
        self.gateway = self.enterContext(
            Gateway(adapters + "web: { type: websocket, listen: '127.0.0.1:0' }", CONSUMERS, ROUTES))
        for room in ("home: in #ops\n", "work: in #operators\n"):
            wait_until(lambda it=room: it in self.gateway.log(), room)
        self.ada = self.enterContext(self.home.person("ada", "#ops"))
        self.eve = self.enterContext(self.work.person("eve", "#operators"))
        self.page = self.enterContext(Connection(self.gateway.port(), "/rooms/ops/Bob"))

    def said(self):
        frame = json.loads(self.page.message())
        return frame["name"], frame["text"]

    def test_all_hear_all_once(self):
        for i in range(50):
            self.ada.say("#ops", f"a {i}")
            self.eve.say("#operators", f"e {i}")
            self.page.text(f"p {i}")
        for i in range(50):
            self.eve.hears(f"<ada> a {i}", "#operators")
            self.ada.hears(f"<eve> e {i}", "#ops")
        heard = [self.said() for _ in range(100)]
        self.assertEqual([text for name, text in heard if name == "ada"], [f"a {i}" for i in range(50)])
        self.assertEqual([text for name, text in heard if name == "eve"], [f"e {i}" for i in range(50)])
        self.ada.say("#ops", "the last")
        self.eve.hears("<ada> the last", "#operators")
        self.assertEqual(self.said(), ("ada", "the last"), "nothing has gone round")
        self.gateway.check_counts()

    def test_one_that_is_away_delays_nobody_and_catches_up(self):
        self.work.kill()
        wait_until(lambda: self.gateway.adapter("work")["degraded"], "it is away")
        for i in range(20):
            self.ada.say("#ops", f"a {i}")
        self.assertEqual([self.said()[1] for _ in range(20)], [f"a {i}" for i in range(20)])
        self.way_to_work.stall()
        self.work.start()
        fay = self.enterContext(self.work.person("fay", "#operators"))
        self.way_to_work.go_on()
        heard = [fay.wait(lambda e: e.type == "pubmsg" and e.source.nick == "millrace").arguments[0]
                 for _ in range(20)]
        self.assertEqual(heard, [f"<ada> a {i}" for i in range(20)])


if __name__ == "__main__":
    unittest.main()
