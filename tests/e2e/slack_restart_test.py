#!/usr/bin/env python3
"""Slack, over ends of the gateway: what was being said is said once, and can still be changed."""

import shutil
import signal
import unittest

from gateway import Gateway, wait_until
from slack_events import callback, message, post
from slack_sending_test import Sender
from slack_server import SlackServer, events_adapter

KEPT = ", state: slack.state, send: { burst: 1000, interval: 1ms, per_minute: 100000 }"
WEB = "web: { type: websocket, listen: '127.0.0.1:0' }\n"
CONSUMERS = "chatter: { plugin: chatter, may_send: [ 'slack:*' ] }\ncommands: { plugin: commands }"
ROUTES = """
- { name: pages, match: { adapter: web }, to: chatter, delivery: live }
- { name: rooms, match: { adapter: slack }, to: commands, delivery: durable }
"""


class SlackRestartTest(unittest.TestCase):
    def setUp(self):
        self.slack = self.enterContext(SlackServer())
        self.gateway = self.enterContext(Gateway(WEB + events_adapter(self.slack, KEPT), CONSUMERS, ROUTES))
        self.wait_known()

    def wait_known(self):
        self.gateway.wait_line("is millrace .U0BOT. in Tests")

    def start_again(self):
        self.gateway.is_told_to_end = False
        self.gateway.start()
        self.wait_known()

    def say(self, text, room="C1"):
        request = callback(message(text, room))  # What waits for too long behind what was missed is brought again.
        wait_until(lambda: post(self.gateway.port("slack"), request)[0] == 200, "it is taken")

    def wait_called(self, count=1):
        wait_until(lambda: len(self.slack.called("chat.postMessage")) == count, f"{count} calls")

    def wait_gauge(self, name, value):
        wait_until(lambda: self.gateway.gauge("slack", name) == value, f"{name} is {value}")

    def test_what_was_being_said_when_the_gateway_was_killed_is_not_said_again(self):
        self.slack.behave("chat.postMessage", ["silent"])
        self.say("say once")
        self.wait_called()
        self.gateway.kill()
        self.start_again()
        self.say("say next")
        wait_until(lambda: self.slack.texts("C1") == ["once", "next"], "the next one")
        self.wait_gauge("messages_unknown", 1)
        self.wait_called(2)

    def test_what_was_said_but_not_yet_taken_out_when_the_gateway_was_killed_is_not_said_again(self):
        self.slack.behave("chat.postMessage", ["held"])
        self.say("say once")
        self.wait_called()
        spool, before = self.gateway.folder / "state", self.gateway.folder / "before"
        self.gateway.process.send_signal(signal.SIGSTOP)
        shutil.copytree(spool, before, ignore=shutil.ignore_patterns("*.sock"))
        self.gateway.process.send_signal(signal.SIGCONT)
        self.slack.release.set()
        self.wait_gauge("messages_sent", 1)
        self.gateway.kill()
        shutil.rmtree(spool)
        before.rename(spool)  # As if its outcome had never reached the disk.
        self.start_again()
        self.say("say next")
        wait_until(lambda: self.slack.texts("C1") == ["once", "next"], "the next one")
        self.wait_gauge("messages_sent", 2)
        self.wait_called(2)

    def test_what_slack_had_put_off_is_said_after_a_kill(self):
        self.slack.behave("chat.postMessage", ["429"] * 1000)
        self.say("say later")
        wait_until(lambda: (self.gateway.gauge("slack", "calls_repeated") or 0) > 0, "the gateway knows of it")
        self.gateway.kill()
        self.slack.behave("chat.postMessage", [])
        self.start_again()
        wait_until(lambda: self.slack.texts("C1") == ["later"], "it is said")
        self.wait_gauge("messages_sent", 1)

    def test_what_was_said_before_a_restart_is_changed_after_it(self):
        for place, room in (("C2", "C2"), ("U3", "D3")):
            with self.subTest(place=place):
                self.assertEqual(Sender(self.gateway).told(f"post slack:{place} one before")[0], "SENT")
                self.gateway.stop()
                self.start_again()
                sender = Sender(self.gateway)
                self.assertEqual(sender.told(f"edit slack:{place} one after")[0], "SENT")
                self.assertEqual(self.slack.texts(room), ["after"])
                self.gateway.kill()
                self.start_again()
                sender = Sender(self.gateway)
                self.assertEqual(sender.told(f"react slack:{place} one tada")[0], "SENT")
                self.assertEqual(sender.told(f"erase slack:{place} one")[0], "SENT")
                self.assertEqual(self.slack.texts(room), [])


if __name__ == "__main__":
    unittest.main()
