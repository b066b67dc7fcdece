#!/usr/bin/env python3
"""IRC, Slack, Telegram and pages as one room, by the consumer `bridge`: messages, edits, deletions, answers, files."""

import json
import unittest

from bridge_networks import Irc, Slack, Telegram
from gateway import Gateway, wait_until
from wire import Connection

ROUTES = """
- { name: chats, match: { adapter: [home, work, phone], direct: "false" }, to: bridge }
- { name: pages, match: { adapter: web, path: "/rooms/{room}/{name}" }, to: bridge }
"""


class BridgeChatsTest(unittest.TestCase):
    def setUp(self):
        self.irc, self.slack, self.telegram = self.networks = [
            self.enterContext(kind(name)) for kind, name in ((Irc, "home"), (Slack, "work"), (Telegram, "phone"))]
        adapters = "\n".join(each.adapter() for each in self.networks)
        rooms = json.dumps([each.address for each in self.networks])
        self.gateway = self.enterContext(Gateway(
            adapters + "\nweb: { type: websocket, listen: '127.0.0.1:0' }",
            f"bridge: {{ plugin: bridge, may_send: {rooms}, config: {{ rooms: [{{ name: ops, chats: {rooms} }}] }} }}",
            ROUTES))
        for network in self.networks:
            network.meet(self.gateway)
            wait_until(lambda it=network: it.is_there(self.gateway), network.name)
        self.page = self.enterContext(Connection(self.gateway.port(), "/rooms/ops/Bob"))

    def hears(self, network, kind, who, text, count=1):
        """-> the last of `count` deeds there, which is this."""
        wait_until(lambda: len(network.heard) >= count, f"{kind} {text!r} in {network.name}")
        self.assertEqual(len(network.heard), count, network.heard)
        deed = network.heard[-1]
        self.assertEqual((deed.kind, deed.who, deed.text), (kind, who, text))
        return deed

    def knows(self, network, count=1):
        """The gateway has heard what its messages there are called: somebody may answer them."""
        wait_until(lambda: (self.gateway.gauge(network.name, "messages_sent") or 0) >= count, f"{count} are known")

    def shown(self, kind, name, text):
        frame = json.loads(self.page.message())
        self.assertEqual((frame["kind"], frame["name"], frame["text"]), (kind, name, text))
        return frame

    def test_each_hears_the_others_once(self):
        self.irc.say("from irc <&> 🌊")
        self.slack.say("from slack &lt;&amp;&gt; 🌊")
        self.telegram.say("from telegram <&> 🌊")
        said = [(network.person, f"from {kind} <&> 🌊") for network, kind in
                ((self.irc, "irc"), (self.slack, "slack"), (self.telegram, "telegram"))]
        for network in self.networks:
            wait_until(lambda it=network: len(it.heard) >= 2, f"both in {network.name}")
        frames = [json.loads(self.page.message()) for _ in range(3)]
        self.assertEqual(sorted((each["name"], each["text"]) for each in frames), sorted(said))
        self.page.text("from a page")
        for network in self.networks:
            self.hears(network, "said", "Bob", "from a page", 3)
            others = [each for each in said if each[0] != network.person]
            self.assertEqual(sorted((each.who, each.text) for each in network.heard[:2]), sorted(others))
        self.gateway.check_counts()

    def test_an_edit_of_slack(self):
        number = self.slack.say("before")
        first = self.hears(self.telegram, "said", self.slack.person, "before")
        self.hears(self.irc, "said", self.slack.person, "before")
        self.slack.edit(number, "after")
        edit = self.hears(self.telegram, "edited", self.slack.person, "after", 2)
        self.assertEqual(edit.number, first.number)
        self.hears(self.irc, "edited", self.slack.person, "after", 2)
        said, edited = self.shown("said", self.slack.person, "before"), self.shown("edited", self.slack.person, "after")
        self.assertEqual(edited["id"], said["id"])

    def test_an_edit_of_telegram(self):
        number = self.telegram.say("before")
        first = self.hears(self.slack, "said", self.telegram.person, "before")
        self.hears(self.irc, "said", self.telegram.person, "before")
        self.telegram.edit(number, "after")
        self.assertEqual(self.hears(self.slack, "edited", None, "after", 2).number, first.number)
        self.hears(self.irc, "edited", self.telegram.person, "after", 2)
        said, edited = (self.shown(kind, self.telegram.person, text)
                        for kind, text in (("said", "before"), ("edited", "after")))
        self.assertEqual(edited["id"], said["id"])

    def test_a_deletion(self):
        number = self.slack.say("wrong room")
        first = self.hears(self.telegram, "said", self.slack.person, "wrong room")
        said = self.shown("said", self.slack.person, "wrong room")
        self.slack.delete(number)
        self.assertEqual(self.hears(self.telegram, "deleted", None, None, 2).number, first.number)
        self.assertEqual(self.shown("deleted", self.slack.person, "")["id"], said["id"])
        self.gateway.wait_line("home: .*the network cannot delete")
        self.hears(self.irc, "said", self.slack.person, "wrong room")

    def test_answers_to_what_was_said_elsewhere(self):
        asked = self.telegram.say("who is there?")
        there = self.hears(self.slack, "said", self.telegram.person, "who is there?")
        self.knows(self.slack)
        self.slack.say("I am", answers=there.number)
        self.assertEqual(self.hears(self.telegram, "said", self.slack.person, "I am").answered, asked)
        self.knows(self.telegram)
        self.telegram.say("good", answers=self.telegram.heard[-1].number)
        answer = self.hears(self.slack, "said", self.telegram.person, "good", 2)
        self.assertEqual(answer.answered, self.slack_number("I am"))
        frames = [self.shown("said", *each) for each in ((self.telegram.person, "who is there?"),
                                                         (self.slack.person, "I am"), (self.telegram.person, "good"))]
        self.assertEqual([each.get("answers") for each in frames], [None, frames[0]["id"], frames[1]["id"]])

    def slack_number(self, text):
        return next(ts for ts, message in self.slack.server.rooms[self.slack.ROOM].items() if message["text"] == text)

    def test_answers_to_what_was_said_on_irc_and_by_a_page(self):
        self.irc.say("anybody?")
        on_slack = self.hears(self.slack, "said", self.irc.person, "anybody?")
        on_telegram = self.hears(self.telegram, "said", self.irc.person, "anybody?")
        self.page.text("somebody?")
        also_on_slack = self.hears(self.slack, "said", "Bob", "somebody?", 2)
        also_on_telegram = self.hears(self.telegram, "said", "Bob", "somebody?", 2)
        self.knows(self.slack, 2)
        self.knows(self.telegram, 2)
        self.slack.say("no", answers=also_on_slack.number)
        self.assertEqual(self.hears(self.telegram, "said", self.slack.person, "no", 3).answered,
                         also_on_telegram.number)
        # (ngircd has no ids, so what was said there has none by which others could answer it elsewhere.)
        self.telegram.say("yes", answers=on_telegram.number)
        self.assertIsNone(self.hears(self.slack, "said", self.telegram.person, "yes", 3).answered)
        self.assertNotEqual(on_slack.number, also_on_slack.number)

    def test_an_answer_within_a_network_is_one_in_others(self):
        asked = self.slack.say("who is there?")
        there = self.hears(self.telegram, "said", self.slack.person, "who is there?")
        self.knows(self.telegram)
        self.slack.say("I am", answers=asked)
        self.assertEqual(self.hears(self.telegram, "said", self.slack.person, "I am", 2).answered, there.number)

    def test_files(self):
        picture = {"id": "F1", "name": "a.png", "mimetype": "image/png", "url_private": "https://a.example/a.png",
                   "is_external": True}
        self.slack.say("look", files=[picture], subtype="file_share")
        self.hears(self.telegram, "said", self.slack.person, "look")
        self.assertEqual(self.telegram.server.sent[-1]["photo"][0]["file_id"], picture["url_private"])
        self.hears(self.irc, "said", self.slack.person, "a.png: https://a.example/a.png", 2)

    def test_files_that_only_one_network_has(self):
        secret = {"id": "F2", "name": "plan.pdf", "mimetype": "application/pdf", "url_private": "https://slack/plan"}
        self.slack.say("read", files=[secret], subtype="file_share")
        self.hears(self.irc, "said", self.slack.person, "plan.pdf (on work alone)", 2)
        self.hears(self.telegram, "said", self.slack.person, f"read\n<{self.slack.person}> plan.pdf (on work alone)")
        self.telegram.say(None, document={"file_id": "BQAC", "file_name": "b.txt", "mime_type": "text/plain"})
        self.hears(self.slack, "said", self.telegram.person, "b.txt (on phone alone)")
        self.hears(self.irc, "said", self.telegram.person, "b.txt (on phone alone)", 3)

    def test_a_link_to_a_file(self):
        plan = {"id": "F3", "name": "plan.pdf", "mimetype": "application/pdf", "is_external": True,
                "url_private": "https://a.example/plan.pdf"}
        self.slack.say("", files=[plan], subtype="file_share")
        for network in (self.irc, self.telegram):
            self.hears(network, "said", self.slack.person, "plan.pdf: https://a.example/plan.pdf")

    def test_where_a_link_leads_is_told(self):
        self.slack.say("see <https://h.example/?a&amp;b|here>, <https://h.example|h.example> or <https://i.example>")
        for network in (self.irc, self.telegram):
            self.hears(network, "said", self.slack.person,
                       "see here (https://h.example/?a&b), h.example or https://i.example")
        link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://t.example"}
        self.telegram.say("this", entities=[link])
        self.hears(self.slack, "said", self.telegram.person, "this (https://t.example)")

    def test_what_the_network_says_itself_is_not_relayed(self):
        self.slack.say("pinned a message", subtype="pinned_item")
        self.slack.say("is said")
        for network in (self.irc, self.telegram):
            self.hears(network, "said", self.slack.person, "is said")


if __name__ == "__main__":
    unittest.main()
