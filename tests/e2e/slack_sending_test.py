#!/usr/bin/env python3
"""What consumers send to Slack: what it becomes there, what they hear of it, and how it waits."""

import itertools
import json
import time
import unittest

from gateway import SCALE, Gateway, wait_until
from slack_events import callback, message, post
from slack_server import BOT_TOKEN, SECRET, SlackServer, events_adapter
from wire import Connection

FAST = ", send: { burst: 1000, interval: 1ms, per_minute: 100000, timeout: 2s, retry_for: 10s }"
ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0' }\n"
CONSUMERS = "chatter: { plugin: chatter, may_send: [ 'slack:*' ] }"
ROUTES = "- { name: pages, match: { adapter: web }, to: chatter, delivery: live }"


class Sender:
    """A page whose consumer says what it is told, and tells what became of it."""

    def __init__(self, gateway):
        self.connection = Connection(gateway.port("web"), "/")

    def ask(self, text):
        self.connection.text(text)

    def receipt(self):
        """-> (outcome, text, id of the message)"""
        event = json.loads(self.connection.message())
        receipt = event["receipt"]
        return receipt["outcome"], receipt.get("text", ""), event.get("chat", {}).get("message_id", "")

    def told(self, text):
        self.ask(text)
        return self.receipt()


class SlackSendingTest(unittest.TestCase):
    rooms = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        cls.slack = SlackServer()
        cls.slack.__enter__()
        cls.addClassCleanup(cls.slack.__exit__, None, None, None)
        cls.gateway = Gateway(ADAPTERS + events_adapter(cls.slack, FAST), CONSUMERS, ROUTES)
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.gateway.wait_line("is millrace .U0BOT. in Tests")

    def setUp(self):
        self.room = f"C{next(self.rooms):03}"
        self.to = f"slack:{self.room}"
        self.sender = Sender(self.gateway)

    def messages(self):
        return [each for _, each in sorted(self.slack.rooms.get(self.room, {}).items())]

    def test_a_message_with_its_id(self):
        outcome, text, ts = self.sender.told(f"post {self.to} one hello")
        self.assertEqual((outcome, text), ("SENT", ""))
        self.assertEqual(self.slack.rooms[self.room][ts]["text"], "hello")

    def test_edits_and_deletions(self):
        _, _, ts = self.sender.told(f"post {self.to} one before")
        self.assertEqual(self.sender.told(f"edit {self.to} one after & more")[0], "SENT")
        self.assertEqual(self.slack.rooms[self.room][ts]["text"], "after &amp; more")
        self.assertEqual(self.sender.told(f"react {self.to} one 🎉")[0], "SENT")
        self.assertEqual(self.sender.told(f"react {self.to} one tada")[0], "SENT")
        self.assertEqual(self.slack.rooms[self.room][ts]["reactions"], ["tada"])
        self.assertEqual(self.sender.told(f"unreact {self.to} one tada")[0], "SENT")
        self.assertEqual(self.sender.told(f"erase {self.to} one")[0], "SENT")
        self.assertEqual(self.messages(), [])
        outcome, text, _ = self.sender.told(f"edit {self.to} nobody what")
        self.assertEqual((outcome, text), ("REJECTED", "the message is not known, so it cannot be changed"))

    def test_an_edit_at_once_comes_behind_its_message(self):
        for text in (f"post {self.to} one first", f"edit {self.to} one second", f"edit {self.to} one third"):
            self.sender.ask(text)
        self.assertEqual([self.sender.receipt()[0] for _ in range(3)], ["SENT"] * 3)
        self.assertEqual([each["text"] for each in self.messages()], ["third"])

    def test_a_long_message_is_several(self):
        text = " ".join(f"{i:07}" for i in range(1200))
        self.assertEqual(self.sender.told(f"post {self.to} one {text}")[0], "SENT")
        self.assertEqual("".join(each["text"] for each in self.messages()), text)
        self.assertEqual(len(self.messages()), 3)
        self.assertEqual(self.sender.told(f"edit {self.to} one short")[0], "SENT")
        self.assertEqual([each["text"] for each in self.messages()], ["short"])

    def test_topics_actions_names_threads(self):
        self.assertEqual(self.sender.told(f"topic {self.to} - the news")[0], "SENT")
        self.assertEqual(self.slack.workspace.topics[self.room], "the news")
        self.assertEqual(self.sender.told(f"act {self.to} one waves")[0], "SENT")
        self.assertTrue(self.messages()[-1]["is_me"])
        self.assertEqual(self.sender.told(f"as {self.to} Ada hello")[0], "SENT")
        self.assertEqual(self.messages()[-1]["username"], "Ada")
        self.assertEqual(self.sender.told(f"answer {self.to} 1.000001 yes")[0], "SENT")
        self.assertEqual(self.messages()[-1]["thread_ts"], "1.000001")

    def test_bytes_are_a_file(self):
        self.assertEqual(self.sender.told(f"bytes {self.to} a.txt what is in it")[0], "SENT")
        file = next(each for each in self.slack.workspace.files.values() if each.get("channel") == self.room)
        self.assertEqual((file["filename"], file["bytes"], file["title"]), ("a.txt", b"what is in it", "a.txt"))

    def test_a_person_is_written_to(self):
        person = "U" + self.room[1:]
        self.assertEqual(self.sender.told(f"post slack:{person} one hello")[0], "SENT")
        self.assertEqual(self.slack.texts("D" + self.room[1:]), ["hello"])
        self.assertEqual(self.sender.told(f"edit slack:{person} one bye")[0], "SENT")
        self.assertEqual(self.slack.texts("D" + self.room[1:]), ["bye"])

    def test_refusals(self):
        for error in ("channel_not_found", "is_archived", "msg_too_long", "restricted_action"):
            self.slack.behave("chat.postMessage", [error], self.room)
            outcome, text, _ = self.sender.told(f"post {self.to} one hello")
            self.assertEqual((outcome, text), ("REJECTED", f"chat.postMessage: {error}"))
        self.assertEqual(self.messages(), [])

    def test_what_is_not_known(self):
        for fault in ("internal_error", "500", "close"):
            self.slack.behave("chat.postMessage", [fault], self.room)
            self.assertEqual(self.sender.told(f"post {self.to} one {fault}")[0], "UNKNOWN", fault)
        self.assertEqual([each["text"] for each in self.messages()], ["close"])  # It was done, and not once more.
        self.slack.behave("chat.postMessage", ["silent"], self.room)
        self.assertEqual(self.sender.told(f"post {self.to} one silence")[0], "UNKNOWN")

    def test_what_may_be_done_twice_is_done_again(self):
        self.sender.told(f"post {self.to} one before")
        self.slack.behave("chat.update", ["500", "internal_error", "close", "accept"], self.room)
        self.assertEqual(self.sender.told(f"edit {self.to} one after")[0], "SENT")
        self.assertEqual([each["text"] for each in self.messages()], ["after"])
        self.assertEqual(len(self.slack.called("chat.update", self.room)), 4)

    def test_too_fast_waits_and_delays_nobody(self):
        other = f"C{next(self.rooms):03}"
        self.slack.behave("chat.postMessage", ["429", "accept"], self.room)
        begun = time.monotonic()
        self.sender.ask(f"post {self.to} one waits")
        self.sender.ask(f"post {self.to} two behind")
        wait_until(lambda: self.slack.called("chat.postMessage", self.room), "the first is under way")
        neighbour = Sender(self.gateway)
        self.assertEqual(neighbour.told(f"post slack:{other} one at once")[0], "SENT")
        taken = time.monotonic()
        self.assertEqual([self.sender.receipt()[0] for _ in range(2)], ["SENT"] * 2)
        self.assertLess(taken, time.monotonic())
        calls = self.slack.called("chat.postMessage", self.room)
        self.assertEqual([each["outcome"] for each in calls], ["429", "accept", "accept"])
        self.assertGreaterEqual(calls[1]["at_s"] - calls[0]["at_s"], 1.0)
        other_call = self.slack.called("chat.postMessage", other)[0]
        self.assertLess(other_call["at_s"], calls[1]["at_s"])
        self.assertEqual([each["text"] for each in self.messages()], ["waits", "behind"])
        self.assertGreater(time.monotonic() - begun, 1.0)

    def test_a_room_that_is_silent_delays_nobody(self):
        self.slack.behave("chat.postMessage", ["silent"], self.room)
        self.sender.ask(f"post {self.to} one lost")
        self.sender.ask(f"post {self.to} two behind")
        wait_until(lambda: self.slack.called("chat.postMessage", self.room), "it is under way")
        neighbour = Sender(self.gateway)
        for i in range(20):
            room = f"C9{i:02}"
            self.assertEqual(neighbour.told(f"post slack:{room} one quick")[0], "SENT")
        self.assertEqual(len(self.slack.called("chat.postMessage", self.room)), 1)
        self.assertEqual([self.sender.receipt()[0] for _ in range(2)], ["UNKNOWN", "SENT"])

    def test_what_slack_never_takes_is_given_up(self):
        self.slack.behave("chat.postMessage", ["service_unavailable"] * 1000, self.room)
        outcome, text, _ = self.sender.told(f"post {self.to} one never")
        self.slack.behave("chat.postMessage", [], self.room)
        self.assertEqual(outcome, "REJECTED")
        self.assertIn("has not taken it in time", text)

    def test_no_secret_is_told(self):
        self.slack.behave("chat.postMessage", ["close", "channel_not_found", "429", "accept"], self.room)
        told = [self.sender.told(f"post {self.to} one hello") for _ in range(3)]
        everything = json.dumps(told) + self.gateway.log() + json.dumps(self.gateway.status())
        for secret in (BOT_TOKEN, SECRET):
            self.assertNotIn(secret, everything)


class SlackAccountTest(unittest.TestCase):
    def test_a_token_that_slack_does_not_want(self):
        with SlackServer() as slack:
            slack.bot_token = "xoxb-another"
            with Gateway(events_adapter(slack, FAST), "echo: { plugin: echo }",
                         "- { name: all, match: {}, to: echo }") as gateway:
                gateway.wait_line("auth.test: invalid_auth; it is not tried again")
                wait_until(lambda: "invalid_auth" in gateway.adapter("slack")["degraded"], "the trouble is told")
                self.assertEqual(post(gateway.port("slack"), callback(message("hello")))[0], 503)
                self.assertEqual(len(slack.called("auth.test")), 1)
                self.assertNotIn(BOT_TOKEN, gateway.log() + json.dumps(gateway.status()))

    def test_an_account_that_is_well_again(self):
        with SlackServer() as slack:
            with Gateway(events_adapter(slack, FAST), "echo: { plugin: echo }",
                         "- { name: all, match: {}, to: echo }") as gateway:
                gateway.wait_line("is millrace .U0BOT. in Tests")
                slack.behave("chat.postMessage", ["org_login_required"])
                self.assertEqual(post(gateway.port("slack"), callback(message("hello")))[0], 200)
                wait_until(lambda: "org_login_required" in (gateway.adapter("slack").get("degraded") or ""), "it is")
                self.assertEqual(post(gateway.port("slack"), callback(message("hello")))[0], 200)
                wait_until(lambda: not gateway.adapter("slack").get("degraded"), "it is over")

    def test_slack_is_away_for_a_while(self):
        with SlackServer() as slack:
            slack.behave("auth.test", ["500", "429", "service_unavailable", "close"])
            with Gateway(events_adapter(slack, FAST), "echo: { plugin: echo }",
                         "- { name: all, match: {}, to: echo }") as gateway:
                gateway.wait_line("is millrace .U0BOT. in Tests", 40 * SCALE)
                self.assertEqual(post(gateway.port("slack"), callback(message("hello")))[0], 200)
                wait_until(lambda: slack.texts("C1") == ["hello"], "it is answered")
                self.assertFalse(gateway.adapter("slack").get("degraded"))


if __name__ == "__main__":
    unittest.main()
