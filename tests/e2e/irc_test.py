#!/usr/bin/env python3
"""IRC against real servers: Debian's ngircd and InspIRCd, with people on them by python3-irc."""

import contextlib
import json
import unittest

from gateway import SCALE, Gateway, wait_until
from irc_servers import Inspircd, Ngircd
from wire import Connection

CONSUMERS = """
echo: { plugin: echo }
journal: { plugin: journal, config: { path: journal } }
teller: { plugin: forward, may_send: ["irc:*"], config: { to: "irc:{room}" } }
reporter: { plugin: reporter, may_send: ["irc:*"] }
"""
ROUTES = """
- { name: all, match: { adapter: irc }, to: journal, continue: true }
- { name: irc, match: { adapter: irc, event: [message, action] }, to: echo }
- { name: say, match: { adapter: web, path: "/say/{room}" }, to: teller }
- { name: ask, match: { adapter: web, path: /ask }, to: reporter }
"""
FAST = "pace: { burst: 1000, interval: 1ms }, reconnect: { initial: 50ms, max: 200ms }"


def irc(port, more=FAST, scheme="irc"):
    return (f"irc: {{ type: irc, server: '{scheme}://127.0.0.1:{port}', network: testnet, join: ['#ops', '#two'], "
            f"{more} }}\nweb: {{ type: websocket, listen: '127.0.0.1:0' }}")


class Talk:
    """What each server has to bear. A class for each has SERVER."""

    SERVER = None

    def setUp(self):
        self.server = self.enterContext(self.SERVER())

    def start(self, more=FAST):
        self.gateway = self.enterContext(Gateway(irc(self.server.port, more), CONSUMERS, ROUTES))
        self.wait_room("#ops")
        return self.gateway

    def person(self, nick, *rooms):
        return self.enterContext(self.server.person(nick, *rooms))

    def wait_room(self, room, times=1):
        wait_until(lambda: self.gateway.log().count(f"irc: in {room}\n") >= times, f"in {room}")

    def events(self, kind="MESSAGE", **what):
        """Of the journal, those of which these are attributes."""
        return [each for each in self.gateway.journal() if each["kind"] == kind and each.get("adapter") == "irc" and
                all(each.get("attributes", {}).get(key) == value for key, value in what.items())]

    def wait_events(self, count, kind="MESSAGE", **what):
        return wait_until(lambda: (found := self.events(kind, **what)) and len(found) >= count and found,
                          f"{count} of {kind} {what}")

    def test_durable_replies_leave_after_a_kill(self):
        slow = "pace: { burst: 1, interval: 300ms }, reconnect: { initial: 50ms, max: 200ms }, state: irc.state"
        self.gateway = self.enterContext(Gateway(
            irc(self.server.port, slow), CONSUMERS,
            "- { name: all, match: { adapter: irc, event: message }, to: echo, delivery: durable }"))
        self.wait_room("#ops")
        ada = self.person("ada", "#ops")
        for number in range(10):
            ada.say("#ops", f"n{number}")
        ada.hears("n1", "#ops")
        wait_until(lambda: self.gateway.status()["spool"]["messages"] > 1, "replies wait")
        self.gateway.kill()
        self.gateway.start()
        heard = 1
        while heard < 9:
            text = ada.wait(lambda e: e.type == "pubmsg" and e.source.nick.startswith("millrace")).arguments[0]
            self.assertIn(int(text[1:]) - heard, (0, 1) if heard == 1 else (1,), "but for the last again, in order")
            heard = int(text[1:])

    def test_rooms_and_persons_are_answered(self):
        self.start()
        ada = self.person("ada", "#ops", "#two")
        for room in ("#ops", "#two"):
            ada.say(room, f"to {room}")
            ada.hears(f"to {room}", room)
        ada.say("millrace", "only us")
        ada.hears("only us")
        ada.connection.action("#ops", "waves")
        ada.hears("waves", "#ops")
        event, = self.wait_events(1, room="#ops", event="message")
        self.assertEqual((event["text"], event["attributes"]["author"], event["attributes"]["direct"],
                          event["attributes"]["network"]), ("to #ops", "ada", "false", "testnet"))
        self.assertEqual(event["chat"]["author"]["id"], "ada")
        self.assertEqual(self.wait_events(1, room="ada", direct="true")[0]["text"], "only us")
        self.assertEqual(self.wait_events(1, event="action")[0]["chat"]["message"]["kind"], "ACTION")
        self.assertEqual(self.gateway.adapter("irc")["degraded"], "")

    def test_what_the_network_can_do_is_in_status_and_in_every_event(self):
        self.start()
        can = wait_until(lambda: (found := self.gateway.adapter("irc")["gauges"]) and "confirms" in found and found,
                         "it is in status")
        self.assertEqual((can["can_edit"], can["can_send_files"], can["can_set_topic"], can["confirms"]), (0, 1, 1, 1))
        self.assertEqual(can["has_message_ids"], int(self.SERVER is Inspircd))
        ada = self.person("ada", "#ops")
        ada.say("#ops", "hello")
        for event in self.wait_events(1, "CONNECT", room="#ops") + self.wait_events(1, event="message"):
            known = event["chat"]["capabilities"]
            self.assertEqual((known.get("message_ids", False), known["files"]),
                             (self.SERVER is Inspircd, "LINK"), event)

    def test_who_comes_and_goes_is_told(self):
        self.start()
        ada = self.person("ada", "#ops")
        ada.connection.topic("#ops", "the topic")
        ada.connection.nick("ida")
        ada.sees("nick", "ada")
        ada.connection.part("#ops", "bye")
        wait_until(lambda: self.events(event="part"), "a part")
        kinds = [each["attributes"]["event"] for each in self.wait_events(4, room="#ops")]
        self.assertEqual(kinds, ["join", "topic", "nick", "part"])
        ada.join("#ops")
        ada.connection.quit("gone")
        self.wait_events(1, event="quit")

    def test_long_lines_are_cut_between_characters_and_none_is_lost(self):
        """500 bytes as a line may have, and a text of 3,000 that becomes several."""
        self.start()
        ada = self.person("ada", "#ops")
        room = 510 - len(":ada!~ada@127.0.0.1 PRIVMSG #ops :")
        for text in ("é" * (room // 2 - 20), "🌊" * (room // 4 - 10), "word " * 80):
            ada.say("#ops", text.strip())
            heard = ""
            while len(heard.replace(" ", "")) < len(text.replace(" ", "")):
                part = ada.wait(lambda event: event.type == "pubmsg" and event.source.nick == "millrace").arguments[0]
                self.assertNotIn("\N{REPLACEMENT CHARACTER}", part)
                heard += (" " if heard and text.startswith("word") else "") + part
            self.assertEqual(heard, text.strip())
        text = "".join(chr(0x400 + i % 200) for i in range(1500))
        with Connection(self.gateway.port(), "/say/%23ops") as web:
            web.text(text)
            heard = ""
            while len(heard) < len(text):
                heard += ada.wait(lambda e: e.type == "pubmsg" and e.source.nick == "millrace").arguments[0]
        self.assertEqual(heard, text)

    def test_nothing_is_lost_and_all_stays_in_order(self):
        self.start()
        ada, bob = self.person("ada", "#ops"), self.person("bob", "#two")
        for i in range(150):
            ada.say("#ops", f"a {i}")
            bob.say("#two", f"b {i}")
            if i % 10 == 0:
                ada.turn(), bob.turn()
        for i in range(150):
            ada.hears(f"a {i}", "#ops")
            bob.hears(f"b {i}", "#two")
        self.assertEqual([each["text"] for each in self.wait_events(150, room="#ops", event="message")],
                         [f"a {i}" for i in range(150)])
        self.gateway.check_counts()

    def test_a_nick_in_use_is_had_back(self):
        squatter = self.person("millrace", "#ops")
        self.start(FAST + ", alternatives: [gateway]")
        self.gateway.wait_line("as gateway;")
        squatter.say("#ops", "hello")
        squatter.hears("hello", "#ops", who="gateway")
        squatter.connection.quit("free")
        ada = self.person("ada", "#ops")
        wait_until(lambda: (ada.say("#ops", "who"), ada.turn(), any(
            event.type == "pubmsg" and event.source.nick == "millrace" for event in ada.events))[2], "the nick is back")

    def test_a_kick_ends_the_room_and_it_is_entered_again_with_a_gap(self):
        ada = self.person("ada", "#ops")
        self.start()
        ada.sees("join")
        ada.connection.kick("#ops", "millrace", "out")
        ended, = self.wait_events(1, "DISCONNECT")
        self.assertEqual(ended["attributes"]["room"], "#ops")
        self.gateway.wait_line("no more in #ops, thrown out by ada: out")
        ada.sees("join", deadline_s=30)
        gap, = self.wait_events(1, "GAP")
        self.assertEqual(gap["attributes"]["room"], "#ops")
        ada.say("#ops", "again")
        ada.hears("again", "#ops")

    def test_a_server_that_is_killed_is_found_again(self):
        self.start()
        with self.server.person("ada", "#ops") as ada:
            ada.say("#ops", "before")
            ada.hears("before", "#ops")
            ada.say("millrace", "before")
            ada.hears("before")
            self.server.kill()
        wait_until(lambda: self.gateway.adapter("irc")["degraded"], "it is said to be away")
        web = self.enterContext(Connection(self.gateway.port(), "/say/%23ops"))
        web.text("meanwhile")
        self.server.start()
        ada = self.person("bob", "#ops")
        self.wait_room("#ops", 2)
        ada.say("#ops", "after")
        ada.hears("after", "#ops")
        wait_until(lambda: not self.gateway.adapter("irc")["degraded"], "nothing is wrong any more")
        self.assertEqual({each["attributes"]["room"] for each in self.wait_events(3, "GAP")}, {"#ops", "#two", "ada"})
        self.assertEqual(self.events("DISCONNECT"), [])
        self.assertEqual([e["text"] for e in self.wait_events(2, room="#ops", event="message")], ["before", "after"])

    def test_senders_hear_what_became_of_it(self):
        self.start()
        ada = self.person("ada")
        with Connection(self.gateway.port(), "/ask") as web:
            for text, outcome in (("irc:ada hello", "SENT"), ("irc:nobody hello", "REJECTED"),
                                  ("irc:#ops hello", "SENT"), ("irc:a,b hello", "REJECTED")):
                web.text(text)
                receipt = json.loads(web.message())["receipt"]
                self.assertEqual(receipt["outcome"], outcome, (text, receipt))
        ada.hears("hello")

    def test_a_send_in_the_first_moment_is_taken(self):
        gateway = self.enterContext(Gateway(irc(self.server.port), CONSUMERS, ROUTES))
        ada = self.person("ada")
        with Connection(gateway.port(), "/ask") as web:
            web.text("irc:ada early")
            self.assertEqual(json.loads(web.message())["receipt"]["outcome"], "SENT")
        ada.hears("early")

    def test_a_room_that_does_not_let_it_in_is_said_and_tried_again(self):
        ada = self.person("ada", "#two")
        ada.connection.mode("#two", "+i")
        ada.turn()
        self.start()
        wait_until(lambda: "#two does not let the gateway in" in self.gateway.adapter("irc")["degraded"], "it is said")
        ada.connection.invite("millrace", "#two")
        ada.sees("join")
        wait_until(lambda: not self.gateway.adapter("irc")["degraded"], "it is in")


class NgircdTest(Talk, unittest.TestCase):
    SERVER = Ngircd


class InspircdTest(Talk, unittest.TestCase):
    SERVER = Inspircd

    def test_history_that_the_server_sends_unasked_is_told_once(self):
        """`chanhistory`: who joins gets what was said before."""
        ada = self.person("ada", "#ops")
        ada.connection.mode("#ops", "+H 50:1h")
        ada.say("#ops", "before its time")
        ada.turn()
        self.start(FAST + ", state: irc.state")
        ada.sees("join")
        ada.say("#ops", "heard")
        self.wait_events(1, room="#ops", event="message")
        ada.connection.kick("#ops", "millrace", "out")
        ada.sees("kick", "ada")
        ada.say("#ops", "missed")
        ada.sees("join", deadline_s=30)
        ada.say("#ops", "after")
        texts = [(each["text"], each["chat"].get("is_replayed", False))
                 for each in self.wait_events(3, room="#ops", event="message")]
        self.assertEqual(texts, [("heard", False), ("missed", True), ("after", False)])

    def test_messages_have_ids_times_and_hops(self):
        self.start()
        ada = self.person("ada", "#ops")
        ada.say("#ops", "hello")
        ada.hears("hello", "#ops")
        event, = self.wait_events(1, event="message")
        self.assertTrue(event["chat"]["message_id"] and int(event["chat"]["sent_at_us"]) > 0, event)
        self.assertEqual(len(self.events(event="message")), 1, "its own words are not routed")


if __name__ == "__main__":
    unittest.main()
