#!/usr/bin/env python3
"""A bot of Telegram that polls, against a Bot API server of our own (telegram_server.py)."""

import threading
import unittest

from gateway import Gateway, wait_until
from telegram_server import TOKEN, TelegramServer

CONSUMERS = """
echo: { plugin: echo }
journal: { plugin: journal, config: { path: journal } }
commands: { plugin: commands }
reporter: { plugin: reporter, may_send: ['bot:*'] }
gate: { plugin: gate, workers: 2, config: { path: open, stays_open: true } }
"""
ECHO = "- { name: all, match: { adapter: bot }, to: echo }"
COMMANDS = "- { name: all, match: { adapter: bot }, to: commands }"
JOURNAL = "- { name: all, match: { adapter: bot, event: '*' }, to: journal }"
QUICK = "pace: { account: 1000, chat: 1000, group: 60000 }"


def bot(telegram, more=""):
    return (f"bot: {{ type: telegram, token: {{ plain: '{telegram.token}' }}, api: '{telegram.url}', "
            f"reconnect: {{ initial: 20ms, max: 200ms }}, {more} }}")


class TelegramTest(unittest.TestCase):
    def setUp(self):
        self.telegram = self.enterContext(TelegramServer())
        self.ada, self.bob = self.telegram.person("Ada"), self.telegram.person("Bob")
        self.gateway = None

    def start(self, routes=ECHO, more=QUICK, waits=True):
        self.gateway = self.enterContext(Gateway(bot(self.telegram, more), CONSUMERS, routes))
        self.addCleanup(self.no_secret_was_told)
        if waits:
            self.gateway.wait_line("connected to")
        return self.gateway

    def no_secret_was_told(self):
        said = self.gateway.log()
        if self.gateway.process.poll() is None:
            said += "".join(self.gateway.get(path)[1] for path in ("/v1/status", "/metrics"))
        self.assertNotIn(TOKEN.split(":")[1], said)

    def all_is_confirmed(self):
        self.telegram.wait(lambda: not self.telegram.updates, "all is confirmed")

    def texts(self, count):
        return [each["text"] for each in self.telegram.wait_sent(count)]

    def events(self, count, kind="MESSAGE"):
        def found():
            events = [each for each in self.gateway.journal() if each["kind"] == kind]
            return events if len(events) >= count else None
        return wait_until(found, f"{count} events")


class PollTest(TelegramTest):
    def test_answers(self):
        self.start()
        group = self.telegram.group()
        for text in ("hello", "Grüße 🌊"):
            self.telegram.says(self.ada, text)
        self.telegram.says(self.bob, "all", group)
        sent = self.telegram.wait_sent(3)
        self.assertEqual(sorted((each["chat"]["id"], each["text"]) for each in sent),
                         sorted([(self.ada["id"], "hello"), (self.ada["id"], "Grüße 🌊"), (group["id"], "all")]))
        self.all_is_confirmed()

    def test_what_is_asked(self):
        self.start()
        self.telegram.wait(lambda: self.telegram.polls, "a poll")
        self.assertEqual(self.telegram.polls[0]["timeout"], 50)
        self.assertEqual(self.telegram.polls[0]["allowed_updates"],
                         ["message", "edited_message", "channel_post", "edited_channel_post", "message_reaction",
                          "callback_query", "my_chat_member", "chat_member"])
        self.telegram.says(self.ada, "one")
        self.all_is_confirmed()
        self.telegram.wait(lambda: self.telegram.poll == 2, "the next poll")
        self.assertEqual(self.telegram.polls[1]["offset"], 1001)

    def test_a_poll_waits_for_something(self):
        self.start()
        self.telegram.wait(lambda: self.telegram.polls, "a poll")
        threading.Event().wait(1)
        self.assertEqual(len(self.telegram.polls), 1)

    def test_more_updates_than_a_poll_has(self):
        for number in range(150):
            self.telegram.says(self.ada, f"m{number}")
        self.start()
        self.assertEqual(self.texts(150), [f"m{number}" for number in range(150)])
        self.all_is_confirmed()

    def test_the_cursor_waits_for_the_consumer(self):
        self.start("- { name: ada, match: { author: '%d' }, to: gate }\n" % self.ada["id"] + ECHO)
        self.telegram.says(self.ada, "held")
        self.telegram.says(self.bob, "free")
        self.assertEqual(self.texts(1), ["free"])
        self.telegram.says(self.bob, "and later")
        self.assertEqual(self.texts(2), ["free", "and later"], "who waits holds up no other")
        self.assertEqual(self.telegram.waiting(), [1000, 1001, 1002])
        wait_until(lambda: self.gateway.gauge("bot", "updates_open") == 3, "all that is behind it is open")
        (self.gateway.folder / "open").touch()
        self.assertEqual(self.texts(3)[2], "held")
        self.all_is_confirmed()

    def test_polling_stops_where_too_much_waits(self):
        self.start("- { name: ada, match: { author: '%d' }, to: gate }\n" % self.ada["id"] + ECHO)
        for number in range(150):
            self.telegram.says(self.ada, f"m{number}")
        wait_until(lambda: self.gateway.gauge("bot", "updates_open") == 100, "so many are open")
        polls = len(self.telegram.polls)
        threading.Event().wait(1)
        self.assertEqual(len(self.telegram.polls), polls)
        (self.gateway.folder / "open").touch()
        self.assertEqual(self.texts(150), [f"m{number}" for number in range(150)])
        self.all_is_confirmed()

    def test_a_live_route_confirms_at_once(self):
        self.start("- { name: all, match: { adapter: bot }, to: gate, delivery: live }")
        self.telegram.says(self.ada, "held")
        self.all_is_confirmed()
        self.assertEqual(self.telegram.sent, [])
        (self.gateway.folder / "open").touch()
        self.texts(1)

    def test_retry_is_local_and_the_cursor_stays(self):
        self.start("- { name: all, match: { adapter: bot }, to: commands, retry: { attempts: 9, initial: 300ms } }")
        self.telegram.says(self.ada, "retry 3;attempt")
        self.assertEqual(self.texts(1), ["3"])
        self.assertGreaterEqual(len(self.telegram.polls), 1)
        self.all_is_confirmed()

    def test_a_message_that_always_fails_is_a_dead_letter(self):
        self.start(COMMANDS, QUICK + ", settle_deadline: 300ms")
        self.telegram.says(self.ada, "retry 99")
        self.telegram.says(self.ada, "say next")
        self.assertEqual(self.texts(1), ["next"])
        self.all_is_confirmed()
        self.assertEqual(self.gateway.consumer("commands")["dead"], 1)

    def test_reject_moves_the_cursor(self):
        self.start(COMMANDS)
        self.telegram.says(self.ada, "reject 0 no")
        self.all_is_confirmed()
        wait_until(lambda: self.gateway.consumer("commands")["dead"] == 1, "a dead letter")

    def test_nobody_wants_it(self):
        self.start("- { name: ada, match: { author: '%d' }, to: echo }" % self.ada["id"])
        self.telegram.says(self.bob, "x")
        self.telegram.says(self.ada, "y")
        self.all_is_confirmed()
        self.assertEqual(self.texts(1), ["y"])

    def test_match_keys(self):
        group = self.telegram.group()
        self.start("- { name: room, match: { network: telegram, room: '%d', direct: 'false', event: message }, "
                   "to: echo }" % group["id"])
        self.telegram.says(self.ada, "direct")
        self.telegram.edits(self.telegram.says(self.ada, "said", group), "edited")
        self.all_is_confirmed()
        self.assertEqual(self.texts(1), ["said"])

    def test_hostile_updates(self):
        self.start("- { name: ada, match: { author: '%d' }, to: echo }\n" % self.ada["id"] + JOURNAL)
        wrong = [{"message": 7}, {"message": {}}, {"message": {"chat": [], "from": 1, "text": {}}},
                 {"edited_message": []}, {"message_reaction": {"chat": {"id": -1}}}, {"callback_query": {"id": 5}},
                 {"my_chat_member": "x"}, {}]
        for each in wrong:
            self.telegram.raw_update(each)
        self.telegram.says(self.bob, "x" * 1_000_000)
        self.telegram.says(self.ada, "still here")
        self.assertEqual(self.texts(1), ["still here"])
        self.assertEqual(len(self.events(1)[0]["text"]), 1_000_000)
        self.all_is_confirmed()
        wait_until(lambda: self.gateway.gauge("bot", "malformed") == 4, "they are counted")

    def test_answers_that_are_none(self):
        self.start(waits=False)
        def http(body, status="200 OK"):
            return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        self.telegram.fail("getUpdates", http("<html>"), http("[]"), http('{"ok":true}'),
                           http('{"ok":true,"result":7}'), http('{"ok":true,"result":[7]}'),
                           http("x", "502 Bad Gateway"), b"\x00\x01", b"", http("[" * 100_000), http('{"ok":false}'),
                           "refuse")
        self.telegram.says(self.ada, "at last")
        self.assertEqual(self.texts(1), ["at last"])


class EventTest(TelegramTest):
    def journal(self, count):
        return [each["chat"] | {"text": each.get("text", ""), "attributes": each["attributes"]}
                for each in self.events(count)]

    def test_a_message(self):
        self.start(JOURNAL)
        self.telegram.says(self.ada, "🌊 *bold* @mill_bot", entities=[
            {"type": "bold", "offset": 3, "length": 6}, {"type": "mention", "offset": 10, "length": 9}])
        event = self.events(1)[0]
        self.assertEqual((event["scope"], event["text"]), (str(self.ada["id"]), "🌊 *bold* @mill_bot"))
        self.assertEqual(event["attributes"], {"network": "telegram", "room": str(self.ada["id"]), "direct": "true",
                                               "author": str(self.ada["id"]), "event": "message"})
        chat = event["chat"]
        self.assertEqual(chat["conversation"], {"network": "telegram", "account": "mill_bot", "id": str(self.ada["id"]),
                                                "name": "Ada", "kind": "DIRECT"})
        self.assertEqual(chat["author"], {"id": str(self.ada["id"]), "username": "ada", "display_name": "Ada",
                                          "kind": "USER"})
        self.assertEqual((chat["message_id"], chat["event_key"]), ("1", "1000"))
        self.assertEqual(chat["message"]["spans"], [{"kind": "BOLD", "begin": 5, "size": 6},
                                                    {"kind": "MENTION", "begin": 12, "size": 9,
                                                     "target": str(self.telegram.me["id"])}])

    def test_what_happens(self):
        self.start(JOURNAL)
        group = self.telegram.group()
        message = self.telegram.says(self.ada, "one", group)
        self.telegram.edits(message, "two")
        self.telegram.update("message_reaction", {
            "chat": group, "message_id": message["message_id"], "user": self.bob, "date": 1, "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}]})
        self.telegram.says(self.ada, chat=group, new_chat_title="ops 2")
        self.telegram.says(self.ada, chat=group, new_chat_members=[self.bob])
        self.telegram.says(self.bob, chat=group, left_chat_member=self.bob)
        self.telegram.says(self.ada, chat=group, caption="see", document={
            "file_id": "BQAC", "file_unique_id": "u", "file_name": "a.pdf", "mime_type": "application/pdf",
            "file_size": 12})
        self.telegram.says(self.bob, "answer", group, reply_to_message=message)
        events = self.journal(8)
        self.assertEqual([each["attributes"]["event"] for each in events],
                         ["message", "edit", "reaction", "topic", "join", "part", "message", "message"])
        self.assertEqual(events[1]["edit"]["message_id"], "1")
        self.assertEqual(events[1]["text"], "two")
        self.assertEqual(events[2]["reaction"], {"message_id": "1", "emoji": "👍"})
        self.assertEqual(events[3]["text"], "ops 2")
        self.assertEqual(events[4]["membership"]["person"]["id"], str(self.bob["id"]))
        self.assertEqual(events[6]["message"]["files"], [{"id": "BQAC", "name": "a.pdf", "mime_type": "application/pdf",
                                                          "size": "12", "needs_auth": True}])
        self.assertEqual(events[7]["message"]["reply_to"], {"message_id": "1"})

    def test_a_channel_and_a_topic(self):
        self.start(JOURNAL)
        channel, group = self.telegram.group("news", "channel"), self.telegram.group()
        self.telegram.says(None, "posted", channel, sender_chat=channel)
        self.telegram.says(self.ada, "in a topic", group, is_topic_message=True, message_thread_id=44)
        events = {each["scope"]: each["chat"]["conversation"] for each in self.events(2)}
        self.assertEqual(set(events), {str(channel["id"]), f"{group['id']}/44"})
        self.assertEqual(events[f"{group['id']}/44"]["parent_id"], str(group["id"]))

    def test_a_reply_goes_to_the_topic(self):
        self.start()
        group = self.telegram.group()
        self.telegram.says(self.ada, "in a topic", group, is_topic_message=True, message_thread_id=44)
        self.assertEqual(self.telegram.wait_sent(1)[0]["message_thread_id"], 44)

    def test_who_presses_a_button_is_answered(self):
        self.start("- { name: seen, match: { adapter: bot, event: interaction }, to: journal, delivery: live, "
                   "continue: true }\n" + COMMANDS)
        message = self.telegram.message(self.telegram.direct(self.ada), self.telegram.me, "choose")
        self.presses(message, "777", "say chosen")
        self.assertEqual(self.texts(1), ["chosen"])
        self.assertEqual(self.telegram.wait_called("answerCallbackQuery"), [{"callback_query_id": "777"}])
        event = self.events(1)[0]
        self.assertEqual((event["text"], event["attributes"]["author"]), ("say chosen", str(self.ada["id"])))
        self.assertEqual(event["chat"]["interaction"]["message_id"], str(message["message_id"]))
        self.assertNotIn("777", event["chat"]["interaction"]["details"])

    def test_a_button_is_answered_while_the_consumer_is_slow(self):
        self.start("- { name: all, match: { adapter: bot }, to: gate }")
        message = self.telegram.message(self.telegram.direct(self.ada), self.telegram.me, "choose")
        self.presses(message, "777", "held")
        self.telegram.wait_called("answerCallbackQuery")
        self.assertEqual((self.telegram.sent, self.telegram.waiting()), ([], [1000]))
        (self.gateway.folder / "open").touch()
        self.assertEqual(self.texts(1), ["held"])
        self.all_is_confirmed()
        self.assertEqual(len(self.telegram.called("answerCallbackQuery")), 1)

    def presses(self, message, query, data):
        self.telegram.update("callback_query", {"id": query, "from": self.ada, "message": message, "data": data,
                                                "chat_instance": "1"})

    def test_what_the_network_can_do_is_published(self):
        self.start(JOURNAL)
        self.telegram.says(self.ada, "x")
        self.events(1)
        can = next(each for each in self.gateway.journal() if each["kind"] == "CONNECT")["chat"]["capabilities"]
        self.assertEqual((can["edit"], can["delete"], can["text_max"], can["text_unit"]),
                         ("OWN", "ANY", 4096, "UTF16_UNITS"))
        self.assertEqual(self.gateway.gauge("bot", "can_edit"), 1)

    def test_being_thrown_out_ends_the_scope(self):
        self.start(JOURNAL)
        group = self.telegram.group()
        self.telegram.says(self.ada, "x", group)
        self.telegram.update("my_chat_member", {
            "chat": group, "from": self.ada, "date": 1,
            "old_chat_member": {"status": "member", "user": self.telegram.me},
            "new_chat_member": {"status": "kicked", "user": self.telegram.me}})
        end = self.events(1, "DISCONNECT")[0]
        self.assertEqual(end["chat"]["membership"], {"change": "REMOVED", "person": {
            "id": str(self.telegram.me["id"]), "username": "mill_bot", "display_name": "Mill", "kind": "BOT"}})
        self.assertEqual(len(self.events(1)), 1)
        self.all_is_confirmed()

    def test_who_says_the_same_again_and_again_is_no_echo(self):
        self.start()
        for number in range(1, 21):
            self.telegram.says(self.ada, "ping")
            self.telegram.wait_sent(number)

    def test_what_comes_after_the_last_word_holds_up_nobody(self):
        group = self.telegram.group()
        self.telegram.says(self.ada, "x", group)
        for status, before in (("kicked", "member"), ("member", "kicked")):
            self.telegram.update("my_chat_member", {
                "chat": group, "from": self.ada, "date": 1,
                "old_chat_member": {"status": before, "user": self.telegram.me},
                "new_chat_member": {"status": status, "user": self.telegram.me}})
        self.telegram.says(self.ada, "y", group)
        self.start(JOURNAL)
        self.all_is_confirmed()
        self.assertEqual([each["attributes"]["event"] for each in self.events(4)],
                         ["message", "kick", "join", "message"])

    def test_what_the_bot_says_itself(self):
        for more, expected in ((QUICK, ["other"]), (QUICK + ", own_messages: true", ["mine", "other"])):
            with self.subTest(more):
                self.start(JOURNAL, more)
                group = self.telegram.group()
                self.telegram.update("message", self.telegram.message(group, self.telegram.me, "mine"))
                self.telegram.says(self.ada, "other", group)
                self.assertEqual([each["text"] for each in self.events(len(expected))], expected)
                self.all_is_confirmed()
                self.gateway.stop()


if __name__ == "__main__":
    unittest.main()
