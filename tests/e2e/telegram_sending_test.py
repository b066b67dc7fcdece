#!/usr/bin/env python3
"""What consumers send by a bot of Telegram: the right calls, at the right pace, each once; what senders hear of it."""

import json
import unittest

from gateway import Gateway, wait_until
from telegram_server import ApiError, units
from telegram_test import CONSUMERS, QUICK, TelegramTest, bot

MORE = CONSUMERS + "chatter: { plugin: chatter, may_send: ['bot:*'] }\n"
CHATTER = "- { name: all, match: { adapter: bot }, to: chatter }"
REPORTER = "- { name: all, match: { adapter: bot }, to: reporter }"


class SendingTest(TelegramTest):
    def start(self, routes=CHATTER, more=QUICK, waits=True):
        self.gateway = self.enterContext(Gateway(bot(self.telegram, more), MORE, routes))
        self.addCleanup(self.no_secret_was_told)
        self.gateway.wait_line("connected to")

    def reports(self, text, more=QUICK):
        """What a consumer hears of a text that it sends to Bob."""
        self.telegram.direct(self.bob)
        self.start(REPORTER, more)
        self.telegram.says(self.ada, f"bot:{self.bob['id']} {text}")
        return self.receipt()

    def receipt(self):
        def found():
            return [each for each in self.telegram.sent if each["chat"]["id"] == self.ada["id"]]
        receipts = wait_until(found, "a receipt")
        return json.loads(receipts[-1]["text"])["receipt"]

    def to_bob(self):
        return [each["text"] for each in self.telegram.sent if each["chat"]["id"] == self.bob["id"]]


class CommandTest(SendingTest):
    def test_an_edit_and_a_deletion(self):
        self.start()
        group = self.telegram.group()
        for text in ("post . a first", "post . b second", "edit . a changed", "erase . b"):
            self.telegram.says(self.ada, text, group)
        self.telegram.wait_called("deleteMessage")
        edit = self.telegram.called("editMessageText")[0]
        self.assertEqual((edit["chat_id"], edit["message_id"], edit["text"]),
                         (group["id"], self.telegram.sent[0]["message_id"], "changed"))
        self.telegram.wait(lambda: (group["id"], self.telegram.sent[1]["message_id"]) not in self.telegram.messages,
                           "it is deleted")
        self.assertEqual(self.telegram.messages[group["id"], self.telegram.sent[0]["message_id"]]["text"], "changed")

    def test_a_reaction(self):
        self.start()
        group = self.telegram.group()
        message = self.telegram.says(self.ada, "post . a x", group)
        self.telegram.says(self.ada, f"react . {message['message_id']} 👍", group)
        self.telegram.wait(lambda: message.get("reactions") == [{"type": "emoji", "emoji": "👍"}], "a reaction")
        self.telegram.says(self.ada, f"unreact . {message['message_id']} 👍", group)
        self.telegram.wait(lambda: message.get("reactions") == [], "it is taken back")

    def test_an_answer_a_title_and_marks(self):
        self.start()
        group = self.telegram.group()
        message = self.telegram.says(self.ada, "bold . a all 🌊", group)
        self.telegram.says(self.ada, f"answer . {message['message_id']} yes", group)
        self.telegram.says(self.ada, "topic . - ops 2", group)
        self.telegram.wait(lambda: group["title"] == "ops 2", "a title")
        first, second = self.telegram.wait_sent(2)
        self.assertEqual(first["entities"], [{"type": "bold", "offset": 0, "length": 6}])
        self.assertEqual(second["reply_to_message"]["message_id"], message["message_id"])

    def test_files(self):
        self.start()
        self.telegram.says(self.ada, "link . https://a.example/x.png image/png look")
        self.telegram.says(self.ada, "file . BQAC application/pdf")
        photo, document = self.telegram.wait_sent(2)
        self.assertEqual((photo["photo"][0]["file_id"], photo["caption"]), ("https://a.example/x.png", "look"))
        self.assertEqual(document["document"]["file_id"], "BQAC")

    def test_bytes_are_a_file(self):
        self.telegram.direct(self.bob)
        self.start()
        self.telegram.says(self.ada, f"bytes bot:{self.bob['id']} a.txt what is \r\n in it")
        self.assertEqual(self.receipt()["outcome"], "SENT")
        document = self.telegram.sent[0]["document"]
        self.assertEqual((document["file_name"], self.telegram.files[document["file_id"]]),
                         ("a.txt", b"what is \r\n in it"))

    def test_a_file_that_the_server_does_not_want_is_its_url(self):
        self.start()
        self.telegram.fail("sendDocument", ApiError(400, "Bad Request: failed to get HTTP URL content"))
        self.telegram.says(self.ada, "link . https://a.example/x.html text/html look")
        self.assertEqual(self.texts(1), ["look\nhttps://a.example/x.html"])
        wait_until(lambda: self.gateway.gauge("bot", "messages_sent") == 1, "it is sent")

    def test_a_long_text_is_split_and_edited(self):
        self.start()
        waves = "🌊" * 3000
        self.telegram.says(self.ada, f"post . a {waves}")
        parts = self.telegram.wait_sent(2)
        self.assertEqual("".join(each["text"] for each in parts), waves)
        self.assertEqual([units(each["text"]) for each in parts], [4096, 1904])
        self.telegram.says(self.ada, "edit . a short")
        self.telegram.wait_called("deleteMessage")
        self.assertEqual(self.telegram.called("editMessageText")[0]["message_id"], parts[0]["message_id"])
        self.assertEqual(self.telegram.called("deleteMessage")[0]["message_id"], parts[1]["message_id"])
        self.telegram.says(self.ada, "edit . a again")
        self.telegram.wait_called("editMessageText", 2)
        self.assertEqual(len(self.telegram.called("deleteMessage")), 1)

    def test_a_part_that_is_gone_keeps_no_other(self):
        self.start()
        self.telegram.says(self.ada, "post . a " + "x" * 5000)
        gone, other = [(each["chat"]["id"], each["message_id"]) for each in self.telegram.wait_sent(2)]
        del self.telegram.messages[gone]
        self.telegram.says(self.ada, "erase . a")
        self.telegram.wait(lambda: other not in self.telegram.messages, "the other part is deleted")
        wait_until(lambda: self.gateway.gauge("bot", "messages_sent") == 2, "it is done")

    def test_what_stands_below_a_picture_is_edited(self):
        self.start()
        self.telegram.says(self.ada, "picture . a https://a.example/x.png look")
        picture = self.telegram.wait_sent(1)[0]
        self.telegram.says(self.ada, "edit . a look again")
        self.telegram.wait(lambda: picture["caption"] == "look again", "it is edited")

    def test_an_edit_of_what_is_as_it_should_be(self):
        self.start()
        for text in ("post . a same", "edit . a same", "post . b next"):
            self.telegram.says(self.ada, text)
        self.assertEqual(self.texts(2), ["same", "next"])
        wait_until(lambda: self.gateway.gauge("bot", "messages_sent") == 3, "all are sent")
        self.assertEqual(self.gateway.gauge("bot", "messages_rejected"), 0)


class OutcomeTest(SendingTest):
    def test_sent(self):
        self.assertEqual(self.reports("hello")["outcome"], "SENT")
        self.assertEqual(self.to_bob(), ["hello"])

    def test_rejected(self):
        self.telegram.fail("sendMessage", ApiError(403, "Forbidden: bot was blocked by the user"))
        receipt = self.reports("hello")
        self.assertEqual((receipt["outcome"], receipt["code"]), ("REJECTED", 403))
        self.assertIn("bot was blocked by the user", receipt["text"])

    def test_nobody_is_there(self):
        self.start(REPORTER)
        self.telegram.says(self.ada, "bot:4711 hello")
        self.assertEqual(self.receipt()["outcome"], "REJECTED")

    def test_an_address_that_is_none(self):
        self.start(REPORTER)
        self.telegram.says(self.ada, "bot:x/y hello")
        receipt = self.receipt()
        self.assertEqual(receipt["outcome"], "REJECTED")
        self.assertIn("no chat of Telegram", receipt["text"])

    def test_no_answer_is_unknown_and_not_sent_again(self):
        self.telegram.fail("sendMessage", "silence")
        receipt = self.reports("hello", QUICK + ", timeout: 500ms")
        self.assertEqual(receipt["outcome"], "UNKNOWN")
        self.assertNotIn(self.telegram.token, receipt["text"])
        self.assertEqual(self.to_bob(), ["hello"])

    def test_a_connection_that_breaks_is_unknown(self):
        self.telegram.fail("sendMessage", "refuse")
        self.assertEqual(self.reports("hello")["outcome"], "UNKNOWN")
        self.assertEqual(self.to_bob(), [])

    def test_5xx_is_unknown(self):
        self.telegram.fail("sendMessage", ApiError(500, "Internal Server Error"))
        self.assertEqual(self.reports("hello")["outcome"], "UNKNOWN")

    def test_429_is_obeyed(self):
        self.telegram.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 1", retry_after=1))
        self.telegram.wait(lambda: True, "")
        self.assertEqual(self.reports("hello")["outcome"], "SENT")
        self.assertEqual(self.to_bob(), ["hello"])
        self.assertEqual(self.gateway.gauge("bot", "calls_put_off"), 1)

    def test_429_of_one_chat_delays_no_other(self):
        self.start("- { name: all, match: { adapter: bot }, to: echo }")
        self.telegram.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 3", retry_after=3))
        self.telegram.says(self.ada, "slow 1")
        self.telegram.wait_called("sendMessage")
        self.telegram.says(self.ada, "slow 2")
        for number in range(20):
            self.telegram.says(self.bob, f"quick {number}")
        self.assertEqual(self.texts(20), [f"quick {number}" for number in range(20)])
        self.assertEqual(self.texts(22)[20:], ["slow 1", "slow 2"])
        between = self.telegram.sent_at[20][0] - self.telegram.sent_at[0][0]
        self.assertGreater(between, 1)

    def test_it_is_given_up_in_time(self):
        self.telegram.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 9", retry_after=9))
        receipt = self.reports("hello", QUICK + ", retry_for: 2s")
        self.assertEqual((receipt["outcome"], receipt["code"]), ("REJECTED", 429))

    def test_a_migration(self):
        self.start("- { name: all, match: { adapter: bot, event: '*' }, to: journal, continue: true }\n"
                   "- { name: tell, match: { adapter: bot, direct: 'true' }, to: reporter }")
        old = self.telegram.group(kind="group")
        self.telegram.says(self.ada, "x", old)
        after = self.telegram.upgrade(old)
        self.telegram.says(self.ada, "y", after)
        self.telegram.says(self.ada, f"bot:{old['id']} to the old one")
        self.telegram.wait(lambda: any(each["chat"]["id"] == after["id"] for each in self.telegram.sent), "it is there")
        events = self.events(4)  # Of the old group, of the new one, and of Ada.
        before = [each for each in events if each["scope"] == str(old["id"])]
        self.assertEqual([each["attributes"]["event"] for each in before], ["message", "change"])
        self.assertEqual(before[1]["chat"]["change"]["migrated_to"], str(after["id"]))
        self.assertEqual([each["text"] for each in events if each["scope"] == str(after["id"])], ["y"])
        self.events(1, "DISCONNECT")
        self.assertEqual([each["chat_id"] for each in self.telegram.called("sendMessage")][:1], [after["id"]])

    def test_what_was_being_said_is_not_said_again_after_a_kill(self):
        self.start("- { name: all, match: { adapter: bot }, to: reporter, delivery: durable }",
                   QUICK + ", state: bot.state")
        self.telegram.direct(self.bob)
        self.telegram.fail("sendMessage", "silence")
        self.telegram.says(self.ada, f"bot:{self.bob['id']} once")
        self.texts(1)
        self.gateway.kill()
        self.gateway.start()
        self.telegram.says(self.ada, f"bot:{self.bob['id']} next")
        self.telegram.wait(lambda: self.to_bob() == ["once", "next"], "the next one")
        wait_until(lambda: self.gateway.gauge("bot", "messages_unknown") == 1, "the first is not known")
        self.assertEqual(self.to_bob(), ["once", "next"])

    def test_nothing_is_said_twice_over_kills(self):
        self.start("- { name: all, match: { adapter: bot }, to: reporter, delivery: durable }",
                   QUICK + ", state: bot.state")
        people, kills = [self.telegram.person(f"P{number}") for number in range(8)], 4
        chats = {self.telegram.direct(person)["id"] for person in people}

        def sent():
            return [each["text"] for each in self.telegram.sent if each["chat"]["id"] in chats]
        for kill in range(kills):
            self.telegram.fail("sendMessage", *["silence"] * 3)  # These are said, and the gateway never hears so.
            before = len(sent())
            for number in range(5):
                for person in people:
                    self.telegram.says(self.ada, f"bot:{person['id']} {person['first_name']} {kill} {number}")
            self.telegram.wait(lambda so_far=before: len(sent()) >= so_far + 10, "some are said")
            self.gateway.kill()
            self.gateway.start()
        wait_until(lambda: self.gateway.status()["spool"]["messages"] == 0, "all has left")
        wait_until(lambda: self.gateway.gauge("bot", "messages_unknown") >= 3, "of these it is not known")
        texts = sent()
        self.assertEqual(len(texts), len(set(texts)), "nothing twice")
        for person in people:
            mine = [text for text in texts if text.startswith(person["first_name"])]
            self.assertEqual(mine, sorted(mine), "in order")
            self.assertGreaterEqual(len(mine), 5 * kills - kills, "all but what was about to leave at a kill")

    def test_durable_replies_have_room(self):
        self.start("- { name: all, match: { adapter: bot }, to: echo, delivery: durable }",
                   "pace: { account: 1000, chat: 20, group: 60000 }, queue_messages: 2, state: bot.state")
        for number in range(20):
            self.telegram.says(self.ada, f"m{number}")
        self.assertEqual(self.texts(20), [f"m{number}" for number in range(20)])

    def test_a_group_that_is_slow_holds_up_no_durable_reply_to_others(self):
        self.start("- { name: all, match: { adapter: bot }, to: echo, delivery: durable }",
                   "pace: { account: 1000, chat: 1000, group: 1 }, state: bot.state")
        group = self.telegram.group()
        for number in range(300):
            self.telegram.says(self.ada, f"m{number}", group)
        self.telegram.wait_sent(1)
        self.telegram.says(self.bob, "and I?")
        self.telegram.wait(lambda: self.to_bob() == ["and I?"], "others are answered")

    def test_durable_replies_leave_after_a_kill(self):
        self.start("- { name: all, match: { adapter: bot }, to: echo, delivery: durable }",
                   "pace: { account: 20, chat: 1000, group: 60000 }, state: bot.state")
        people, said, kills = [self.telegram.person(f"P{number}") for number in range(8)], [], 3
        for kill in range(kills):
            for number in range(5):
                for person in people:
                    said.append(f"{person['first_name']} {kill} {number}")
                    self.telegram.says(person, said[-1])
            self.telegram.wait_sent(10 * (kill + 1))
            self.gateway.kill()
            self.gateway.start()
        wait_until(lambda: self.gateway.status()["spool"]["messages"] == 0, "all has left")
        texts = [each["text"] for each in self.telegram.sent]
        self.assertEqual(len(texts), len(set(texts)), "nothing twice")
        self.assertLessEqual(len(set(said) - set(texts)), len(people) * kills, "but for what was about to leave")
        for person in people:
            mine = [text for text in texts if text.startswith(person["first_name"])]
            self.assertEqual(mine, sorted(mine), "in order")

    def test_what_was_said_before_a_restart_is_edited_after_it(self):
        self.start(more=QUICK + ", state: bot.state")
        self.telegram.says(self.ada, "post . a before")
        before = self.telegram.wait_sent(1)[0]
        self.gateway.stop()
        self.gateway.is_told_to_end = False
        self.gateway.start()
        self.telegram.says(self.ada, "edit . a after")
        self.telegram.wait_called("editMessageText")
        self.telegram.wait(lambda: before["text"] == "after", "it is edited")

    def test_what_a_group_was_told_is_not_looked_for_in_its_supergroup(self):
        self.start()
        old = self.telegram.group(kind="group")
        self.telegram.says(self.ada, f"post bot:{old['id']} a before")
        before = self.telegram.wait_sent(1)[0]
        after = self.telegram.upgrade(old)
        self.telegram.messages[after["id"], before["message_id"]] = dict(before, chat=after)
        for told in ("a", before["message_id"]):
            self.telegram.says(self.ada, f"erase bot:{old['id']} {told}")
        self.telegram.says(self.ada, f"post bot:{old['id']} b after")
        self.telegram.says(self.ada, f"erase bot:{old['id']} b")
        self.telegram.wait_called("deleteMessage")
        wait_until(lambda: self.gateway.gauge("bot", "messages_rejected") == 2, "what is not known is refused")
        self.assertEqual([each["chat_id"] for each in self.telegram.called("deleteMessage")], [after["id"]])
        self.assertIn((after["id"], before["message_id"]), self.telegram.messages)

    def test_a_migration_that_nobody_told_of(self):
        old = self.telegram.group(kind="group")
        after = self.telegram.group()
        self.telegram.migrated[old["id"]] = after["id"]
        self.start(REPORTER)
        self.telegram.says(self.ada, f"bot:{old['id']} moved")
        self.assertEqual(self.receipt()["outcome"], "SENT")
        self.assertEqual([each["chat"]["id"] for each in self.telegram.sent if each["text"] == "moved"], [after["id"]])


class PaceTest(SendingTest):
    ECHO = "- { name: all, match: { adapter: bot }, to: echo }"

    def takes(self, count):
        """Seconds from the first to the last. (What is late on its way counts as late to leave: never too long.)"""
        self.telegram.wait_sent(count)
        return self.telegram.sent_at[count - 1][0] - self.telegram.sent_at[0][0]

    def test_one_chat(self):
        self.start(self.ECHO, "pace: { account: 1000, chat: 4, group: 60000 }")
        for number in range(12):
            self.telegram.says(self.ada, f"m{number}")
        self.assertGreater(self.takes(12), 2)  # 11 in 2.75 s
        self.assertEqual(self.texts(12), [f"m{number}" for number in range(12)])

    def test_a_group(self):
        self.start(self.ECHO, "pace: { account: 1000, chat: 1000, group: 7 }")
        group = self.telegram.group()
        for number in range(8):
            self.telegram.says(self.ada, f"m{number}", group)
        self.assertEqual(self.texts(7), [f"m{number}" for number in range(7)])
        self.telegram.says(self.ada, "alone")
        self.assertEqual(self.texts(8)[7], "alone", "the eighth waits for a minute, and nobody with it")
        wait_until(lambda: self.gateway.gauge("bot", "messages_waiting") == 1, "it waits")

    def test_all(self):
        self.start(self.ECHO, "pace: { account: 20, chat: 1000, group: 60000 }")
        for number in range(60):
            self.telegram.says(self.telegram.person(f"P{number}"), "x")
        self.assertGreater(self.takes(60), 2)  # 2 at once, then 58 in 2.9 s


if __name__ == "__main__":
    unittest.main()
