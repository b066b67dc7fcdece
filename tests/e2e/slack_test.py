#!/usr/bin/env python3
"""Slack by the Events API: what is answered, what consumers get, what leaves."""

import json
import subprocess
import threading
import time
import unittest

from gateway import BINARY, DEADLINE_S, Gateway, wait_until
from slack_events import callback, command, message, post, ts
from slack_methods import BOT, BOT_USER
from slack_server import SlackServer, events_adapter

KINDS = {"join": "membership", "action": "message"}
FAST = ", send: { burst: 1000, interval: 1ms, per_minute: 100000 }"
CONSUMERS = """
commands: { plugin: commands }
commands_inline: { plugin: commands_inline }
journal: { plugin: journal, config: { path: journal } }
flaky: { plugin: flaky, config: { until: open } }
"""
ROUTES = """
- { name: read, match: { room: [ CJ, DJ ] }, to: journal }
- { name: live, match: { room: CL }, to: commands_inline, delivery: live }
- { name: durable, match: { room: CD }, to: commands, delivery: durable }
- { name: flaky, match: { room: CF }, to: [ commands, flaky ] }
- { name: edits, match: { room: CE, event: edit }, to: commands }
- { name: none, match: { room: CN }, drop: true }
- { name: commands, match: { room: [ C1, C2, C3, D1, CX1 ] }, to: commands }
"""


class SlackTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slack = SlackServer()
        cls.slack.__enter__()
        cls.addClassCleanup(cls.slack.__exit__, None, None, None)
        cls.gateway = Gateway(events_adapter(cls.slack, FAST), CONSUMERS, ROUTES)
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("slack")
        cls.gateway.wait_line("is millrace .U0BOT. in Tests")

    def say(self, text, room="C1", **more):
        status, body, _ = post(self.port, callback(message(text, room, **more)))
        self.assertEqual((status, body), (200, ""))

    def wait_texts(self, room, texts):
        wait_until(lambda: self.slack.texts(room)[-len(texts):] == texts, f"{texts} in {room}")

    def test_a_reply_is_posted_to_the_room(self):
        self.say("say hello &amp; &lt;bye&gt;")
        self.wait_texts("C1", ["hello &amp; &lt;bye&gt;"])


    def test_what_consumers_get(self):
        body = callback(message("see <@U7> at <https://h.example/?a&amp;b|here> *now*", "CJ"))
        self.assertEqual(post(self.port, body)[:2], (200, ""))
        event = self.journal("CJ", lambda each: "now" in each.get("text", ""))
        self.assertEqual((event["text"], event["scope"]), ("see @Name of U7 at here now", "CJ"))
        self.assertEqual(event["attributes"], {"network": "slack", "room": "CJ", "direct": "false"})
        chat = event["chat"]
        self.assertEqual(chat["conversation"], {"network": "slack", "account": BOT_USER, "workspace": "T0TEAM",
                                                "id": "CJ", "name": "room-cj", "kind": "ROOM"})
        can = chat["capabilities"]
        self.assertEqual((can["edit"], can["delete"], can["files"], can["text_max"], can["fills_gaps"], can["names"]),
                         ("OWN", "OWN", "UPLOAD", 4000, True, True))
        self.assertEqual([self.gateway.gauge("slack", name) for name in ("can_edit", "fills_gaps", "text_max")],
                         [1, 1, 4000])
        self.assertEqual(chat["author"], {"id": "U1", "display_name": "Name of U1", "kind": "USER"})
        self.assertEqual([span["kind"] for span in chat["message"]["spans"]], ["MENTION", "LINK", "BOLD"])

    def journal(self, room, wanted):
        def found():
            return next((each for each in self.gateway.journal() if each["scope"] == room and wanted(each)), None)
        return wait_until(found, f"an event of {room}")

    def test_edits_deletions_reactions_joins_topics(self):
        at = "1400000000.000001"
        happened = [
            ("edit", message(None, "CJ", None, subtype="message_changed", message={
                "user": "U1", "text": "after", "ts": at, "edited": {"user": "U1", "ts": ts()}},
                previous_message={"text": "before", "ts": at})),
            ("delete", message(None, "CJ", None, subtype="message_deleted", deleted_ts=at)),
            ("reaction", {"type": "reaction_added", "user": "U1", "reaction": "tada", "item": {
                "type": "message", "channel": "CJ", "ts": at}}),
            ("join", message("<@U9> has joined", "CJ", "U9", subtype="channel_join")),
            ("topic", message("set", "CJ", subtype="channel_topic", topic="the &amp; topic")),
            ("action", message("waves", "CJ", subtype="me_message")),
        ]
        for _, event in happened:
            self.assertEqual(post(self.port, callback(event))[0], 200)
        for name, _ in happened:
            kind = KINDS.get(name, name)
            self.journal("CJ", lambda each, kind=kind: kind in each.get("chat", {}))
        edit = self.journal("CJ", lambda each: "edit" in each.get("chat", {}))
        self.assertEqual(edit["text"], "after")
        topic = self.journal("CJ", lambda each: "topic" in each.get("chat", {}))
        self.assertEqual(topic["text"], "the & topic")

    def test_a_direct_message(self):
        self.say("say for you alone", "D1")
        self.wait_texts("D1", ["for you alone"])

    def test_a_reply_in_a_thread_stays_there(self):
        self.say("say in the thread", "C2", thread_ts="1355517523.000001")
        self.wait_texts("C2", ["in the thread"])
        said = self.slack.called("chat.postMessage", "C2")[-1]
        self.assertEqual(said["thread_ts"], "1355517523.000001")

    def test_nothing_is_said_to_who_is_not_slack(self):
        body = callback(message("say never"))
        before = len(self.slack.called("chat.postMessage"))
        self.assertEqual(post(self.port, body, secret="another")[0], 403)
        self.assertEqual(post(self.port, body, at_s=int(time.time()) - 301)[0], 403)
        self.assertEqual(post(self.port, body, at_s=int(time.time()) + 320)[0], 403)
        self.assertEqual(post(self.port, body, headers={"X-Slack-Signature": ""})[0], 403)
        self.assertEqual(post(self.port, body, path="/other")[0], 404)
        self.assertEqual(len(self.slack.called("chat.postMessage")), before)

    def test_the_url_is_the_apps(self):
        status, body, headers = post(self.port, {"type": "url_verification", "challenge": "3eZbrw1aB"})
        self.assertEqual((status, json.loads(body)), (200, {"challenge": "3eZbrw1aB"}))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(post(self.port, ({"ssl_check": "1"},), secret="another",
                              headers={"X-Slack-Signature": ""})[0], 403)

    def test_retries_are_kept_and_said_once(self):
        body = callback(message("say once", "CF"))
        retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"}
        status, _, headers = post(self.port, body)
        self.assertEqual((status, headers["Retry-After"]), (503, "5"))
        self.wait_texts("CF", ["once"])
        self.assertEqual(post(self.port, body, headers=retry)[0], 503)
        (self.gateway.folder / "open").touch()
        for _ in range(3):
            self.assertEqual(post(self.port, body, headers=retry)[0], 200)
        self.say("say the next", "CF")
        self.wait_texts("CF", ["once", "the next"])
        self.assertEqual(self.slack.texts("CF"), ["once", "the next"])

    def test_routes_match_what_happened(self):
        self.say("say never", "CE")
        edit = message(None, "CE", None, subtype="message_changed", previous_message={}, message={
            "user": "U1", "text": "say the edit", "ts": ts(), "edited": {"user": "U1", "ts": ts()}})
        self.assertEqual(post(self.port, callback(edit))[0], 200)
        self.wait_texts("CE", ["the edit"])
        self.assertEqual(self.slack.texts("CE"), ["the edit"])

    def test_a_retry_may_be_the_only_one(self):
        body = callback(message("say by a retry", "C2"))
        self.assertEqual(post(self.port, body, headers={"X-Slack-Retry-Num": "2"})[0], 200)
        wait_until(lambda: "by a retry" in self.slack.texts("C2"), "it was said")

    def test_a_mention_that_comes_twice_is_one(self):
        event = message("say mentioned", "C2")
        self.assertEqual(post(self.port, callback(event))[0], 200)
        self.assertEqual(post(self.port, callback({**event, "type": "app_mention"}))[0], 200)
        self.say("say behind it", "C2")
        wait_until(lambda: "behind it" in self.slack.texts("C2"), "both are said")
        self.assertEqual(self.slack.texts("C2").count("mentioned"), 1)

    def test_a_rejected_event_is_not_to_come_again(self):
        self.assertEqual(post(self.port, callback(message("reject 5 no", "C1")))[0], 200)

    def test_unmatched_and_dropped_are_taken(self):
        for room in ("CN", "CZ"):
            self.assertEqual(post(self.port, callback(message("hello", room)))[0], 200)
        letters = wait_until(lambda: self.letters("slack:CZ"), "what no route takes is a dead letter")
        self.assertEqual([each["reason"] for each in letters], ["unmatched"])
        self.assertEqual(self.letters("slack:CN"), [])

    def letters(self, scope):
        done = subprocess.run([BINARY, "dlq", "list", "--format", "json", "-c", self.gateway.config],
                              timeout=DEADLINE_S, check=True, capture_output=True, text=True)
        return [each for line in done.stdout.splitlines() if (each := json.loads(line))["scope"] == scope]

    def test_own_words_are_not_heard(self):
        for own in ({"user": BOT_USER}, {"user": None, "bot_id": BOT}):
            self.say("say an echo", "C1", **own)
        self.say("say after", "C1")
        wait_until(lambda: "after" in self.slack.texts("C1"), "it is said")
        self.assertNotIn("an echo", self.slack.texts("C1"))

    def test_live_and_durable_routes(self):
        self.say("say at once", "CL")
        self.say("say for sure", "CD")
        self.wait_texts("CL", ["at once"])
        self.wait_texts("CD", ["for sure"])

    def test_a_slash_command_is_answered_where_it_was_given(self):
        url = f"{self.slack.url}/response/one"
        fields = command("/do", "say done & over", "CX1", response_url=url)
        self.assertEqual(post(self.port, (fields,))[:2], (200, ""))
        wait_until(lambda: self.slack.workspace.responses, "a response")
        name, body = self.slack.workspace.responses[-1]
        self.assertEqual((name, body["text"], body["response_type"]), ("one", "done &amp; over", "in_channel"))

    def test_an_interaction(self):
        payload = {"type": "block_actions", "user": {"id": "U1", "username": "ada"}, "trigger_id": "1.2",
                   "token": "x", "response_url": "https://h/secret", "channel": {"id": "CJ", "name": "j"},
                   "container": {"type": "message", "message_ts": "1.000001", "channel_id": "CJ"},
                   "actions": [{"action_id": "approve", "value": "42"}]}
        self.assertEqual(post(self.port, ({"payload": json.dumps(payload)},))[:2], (200, ""))
        event = self.journal("CJ", lambda each: "interaction" in each.get("chat", {}))
        self.assertEqual(event["text"], "42")
        self.assertEqual(event["chat"]["interaction"]["control"], "approve")
        self.assertNotIn("secret", json.dumps(event))

    def test_many_rooms_at_once(self):
        def talk(room):
            for i in range(10):
                self.assertEqual(post(self.port, callback(message(f"say {i}", room)))[0], 200)
        rooms = ("C1", "C2", "C3")
        before = {room: len(self.slack.texts(room)) for room in rooms}
        threads = [threading.Thread(target=talk, args=(room,)) for room in rooms]
        for each in threads:
            each.start()
        for each in threads:
            each.join(DEADLINE_S)
        for room in rooms:
            wait_until(lambda room=room: len(self.slack.texts(room)) == before[room] + 10, f"ten in {room}")
            self.assertEqual(self.slack.texts(room)[-10:], [str(i) for i in range(10)])


if __name__ == "__main__":
    unittest.main()
