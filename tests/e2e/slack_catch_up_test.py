#!/usr/bin/env python3
"""Slack, after nobody has listened for a while: what was said comes from the rooms' history, in order, once; where it
cannot be had, there is a GAP."""

import json
import threading
import time
import unittest

from gateway import SCALE, Gateway, wait_until
from slack_events import callback, message, post
from slack_methods import BOT, BOT_USER, TEAM
from slack_server import SlackServer, events_adapter, socket_adapter

KEPT = ", names: false, state: slack.state"
CONSUMERS = "journal: { plugin: journal, config: { path: journal } }\nflaky: { plugin: flaky, config: { until: open } }"
ALL = "- { name: all, match: { adapter: slack }, to: journal, delivery: %s }"


class Workspace(unittest.TestCase):
    """People talk in its rooms, whether the gateway hears of it or not."""

    def start(self, adapter=events_adapter, routes=ALL % "acked"):
        self.slack = self.enterContext(SlackServer())
        self.adapter, self.brought = adapter, {}
        self.gateway = self.enterContext(Gateway(adapter(self.slack, KEPT), CONSUMERS, routes))
        self.wait_known()

    def wait_known(self):
        self.gateway.wait_line("is millrace .U0BOT. in Tests")
        if self.adapter is socket_adapter:
            wait_until(lambda: self.slack.socket.connections, "a connection")

    def say(self, text, room="C1", brings=True, **more):
        """-> its ts."""
        event = message(text, room, **more)
        self.slack.workspace.put(room, event)
        if brings:
            self.bring(event)
        return event["ts"]

    def bring(self, event):
        self.brought[event["channel"]] = event["ts"]
        if self.adapter is events_adapter:  # What waits for too long behind what was missed is brought again.
            request = callback(event)
            wait_until(lambda: post(self.gateway.port("slack"), request)[0] == 200, "it is taken")
        else:
            envelope = self.slack.socket.push("events_api", callback(event))
            wait_until(lambda: self.slack.socket.acked(envelope), "it is acknowledged")

    def away(self, talk, kills=True):
        """Meanwhile something happens."""
        if kills:
            wait_until(lambda: all(ts in self.kept() for ts in self.brought.values()), "its cursors are written")
            self.gateway.kill()
        else:
            self.gateway.stop()
            self.gateway.is_told_to_end = False
        talk()
        self.gateway.start()
        self.wait_known()

    def kept(self):
        return (self.gateway.folder / "slack.state").read_text()

    def texts(self, room="C1"):
        return [each["text"] for each in self.gateway.journal() if each["scope"] == room and "message" in
                each.get("chat", {})]

    def wait_texts(self, texts, room="C1"):
        wait_until(lambda: self.texts(room) == texts, f"{texts} in {room}, not {self.texts(room)}")

    def gaps(self, room="C1"):
        return [each for each in self.gateway.journal() if each["kind"] == "GAP" and each["scope"] == room]


class SlackCatchUpTest(Workspace):
    def missed_over_a_restart(self, adapter, delivery, kills):
        self.start(adapter, ALL % delivery)
        self.say("one")
        self.say("other", "C2")
        self.say("to you", "D1")

        def talk():
            for i in range(120):
                self.say(f"missed {i}", brings=False)
            self.say("missed there", "C2", brings=False)
            self.say("from you", "D1", brings=False)
            self.say("the gateway's own", user=BOT_USER, bot_id=BOT, brings=False)
        self.away(talk, kills)
        self.say("after")
        self.wait_texts(["one", *(f"missed {i}" for i in range(120)), "after"])
        self.wait_texts(["other", "missed there"], "C2")
        self.wait_texts(["to you", "from you"], "D1")
        self.assertEqual(self.gaps(), [])
        event = next(each for each in self.gateway.journal() if each.get("text") == "from you")
        self.assertEqual(event["attributes"], {"network": "slack", "room": "D1", "direct": "true"})
        self.away(lambda: None)
        self.say("last")
        self.wait_texts(["one", *(f"missed {i}" for i in range(120)), "after", "last"])

    def test_over_a_stop(self):
        self.missed_over_a_restart(events_adapter, "acked", kills=False)

    def test_over_a_kill_on_a_durable_route(self):
        self.missed_over_a_restart(events_adapter, "durable", kills=True)

    def test_over_a_kill_by_socket_mode(self):
        self.missed_over_a_restart(socket_adapter, "acked", kills=True)

    def test_what_slack_brings_too_is_one(self):
        self.start()
        self.say("one")
        missed = []

        def talk():
            for text in ("two", "three"):
                missed.append(message(text))
                self.slack.workspace.put("C1", missed[-1])
            self.slack.behave("conversations.history", ["held"])
        self.away(talk)
        wait_until(lambda: self.slack.called("conversations.history"), "it is asked for")
        held = [threading.Thread(target=post, args=(self.gateway.port("slack"), callback(each))) for each in missed]
        for each in held:
            each.start()
        time.sleep(0.3)
        self.assertEqual(self.texts(), ["one"])
        self.slack.release.set()
        for each in held:
            each.join()
        self.wait_texts(["one", "two", "three"])
        for each in missed:
            self.bring(each)
        self.say("four")
        self.wait_texts(["one", "two", "three", "four"])

    def test_what_happens_meanwhile_waits_and_then_is_to_come_again(self):
        self.start()
        self.say("one")

        def talk():
            self.say("two", brings=False)
            self.slack.behave("conversations.history", ["held"])
        self.away(talk)
        wait_until(lambda: self.slack.called("conversations.history"), "it is asked for")
        three = message("three")
        self.assertEqual(post(self.gateway.port("slack"), callback(three))[0], 503)
        self.slack.release.set()
        self.wait_texts(["one", "two"])
        self.bring(three)
        self.wait_texts(["one", "two", "three"])

    def test_what_was_not_settled_is_found_again(self):
        self.start(routes="- { name: sure, match: { author: U2 }, to: journal, delivery: durable }\n"
                          "- { name: flaky, match: { room: C1 }, to: [ flaky, journal ] }")
        refused = message("refused")
        self.slack.workspace.put("C1", refused)
        self.assertEqual(post(self.gateway.port("slack"), callback(refused))[0], 503)
        self.say("taken", user="U2")
        self.brought.clear()
        stands = f"{float(refused['ts']) - 1e-6:.6f}"
        wait_until(lambda: stands in self.kept(), "its cursor is written")
        self.assertEqual(self.texts(), ["refused", "taken"])  # The journal had nothing against it.
        self.away((self.gateway.folder / "open").touch)
        wait_until(lambda: self.gateway.gauge("slack", "messages_caught_up") == 2, "they are found")
        self.say("next", user="U2")
        self.wait_texts(["refused", "taken", "refused", "next"])

    def test_threads(self):
        self.start()
        root = self.say("begun before")
        self.say("in it", thread_ts=root)

        def talk():
            self.say("still in it", brings=False, thread_ts=root)
            other = self.say("begun meanwhile", brings=False)
            self.say("to that", brings=False, thread_ts=other)
            self.say("told to all", brings=False, thread_ts=other, subtype="thread_broadcast")
            self.say("last", brings=False)
        self.away(talk)
        self.wait_texts(["begun before", "in it", "still in it", "begun meanwhile", "to that", "told to all", "last"])
        reply = next(each for each in self.gateway.journal() if each.get("text") == "still in it")
        self.assertEqual(reply["chat"]["message"]["thread"]["message_id"], root)

    def test_slack_is_asked_again_after_it_has_asked_to_wait(self):
        self.start()
        self.say("one")

        def talk():
            self.say("two", brings=False)
            self.slack.behave("conversations.history", ["429", "internal_error", "close", "accept"])
        self.away(talk)
        wait_until(lambda: self.texts() == ["one", "two"], "it is found", 30 * SCALE)
        calls = self.slack.called("conversations.history")
        self.assertEqual([each["outcome"] for each in calls], ["429", "internal_error", "close", "accept"])
        self.assertGreaterEqual(calls[1]["at_s"] - calls[0]["at_s"], 1.0)
        self.assertEqual(self.gaps(), [])

    def test_where_slack_refuses_there_is_a_gap(self):
        self.start()
        self.say("one")
        self.say("one", "C2")

        def talk():
            self.say("two", brings=False)
            self.say("two", "C2", brings=False)
            self.slack.behave("conversations.history", ["missing_scope"], "C1")
        self.away(talk)
        wait_until(self.gaps, "a GAP")
        self.wait_texts(["one", "two"], "C2")
        self.gateway.wait_line("what was missed in `C1` is not to be had: conversations.history: missing_scope")
        self.say("three")
        self.wait_texts(["one", "three"])
        self.assertEqual((len(self.gaps()), self.gaps("C2")), (1, []))
        kinds = [each["kind"] for each in self.gateway.journal() if each["scope"] == "C1"]
        self.assertEqual(kinds[-3:], ["CONNECT", "GAP", "MESSAGE"])

    def test_what_keeps_it_from_asking_is_in_status(self):
        self.start()
        self.say("one")
        self.away(lambda: self.slack.behave("conversations.history", ["missing_scope"]))
        wait_until(lambda: "missing_scope" in (self.gateway.adapter("slack").get("degraded") or ""), "status says so")
        wait_until(self.gaps, "a GAP")

    def test_a_room_that_the_app_has_left_is_forgotten(self):
        self.start()
        self.say("one")
        self.away(lambda: self.slack.behave("conversations.history", ["channel_not_found"]))
        wait_until(lambda: self.gateway.gauge("slack", "rooms_not_caught_up") == 1, "it is asked for")
        self.away(lambda: None)
        self.say("two")
        self.wait_texts(["one", "two"])
        self.assertEqual((len(self.slack.called("conversations.history")), self.gaps()), (1, []))

    def test_while_slack_holds_events_back_whoever_has_no_history_gets_a_gap(self):
        self.start()
        self.say("one")
        used = {"type": "shortcut", "callback_id": "do", "user": {"id": "U1"}, "trigger_id": "1.2"}
        self.assertEqual(post(self.gateway.port("slack"), ({"payload": json.dumps(used)},))[0], 200)
        limited = {"type": "app_rate_limited", "token": "x", "team_id": TEAM, "minute_rate_limited": int(time.time()),
                   "api_app_id": "A1"}
        self.assertEqual(post(self.gateway.port("slack"), limited)[0], 200)
        wait_until(lambda: self.gaps("U1"), "a GAP")
        self.gateway.wait_line("Slack keeps events back")
        self.say("two")  # The room is asked when the minute is over.
        self.wait_texts(["one", "two"])
        self.assertEqual(self.gaps(), [])

    def test_of_too_much_there_is_the_latest(self):
        self.start()
        self.say("one")

        def talk():
            for i in range(1100):
                self.say(f"missed {i}", brings=False)
        self.away(talk)
        wait_until(lambda: self.texts()[-1] == "missed 1099", "the last one", 60 * SCALE)
        self.assertEqual(self.texts(), ["one", *(f"missed {i}" for i in range(100, 1100))])
        self.assertEqual(len(self.gaps()), 1)


if __name__ == "__main__":
    unittest.main()
