#!/usr/bin/env python3
"""Our Bot API server is one that bots of npm `telegraf` and `grammy` know: they work against it as they are. Skipped,
loudly, where node or a package cannot be had."""

import json
import subprocess
import unittest

import npm
from telegram_server import TOKEN, ApiError, TelegramServer

SECRET = "hook_Secret-1"


class NodeBot:
    def __init__(self, library, url, token, *secret):
        self.node = subprocess.Popen(["node", library + ".js", url, token, *secret], cwd=FOLDER, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.stdin.close()
        self.node.wait(20)
        self.node.stdout.close()

    def next(self):
        line = self.node.stdout.readline()
        assert line, "the bot has ended"
        return json.loads(line)


class BotTest:
    """For each library."""

    LIBRARY = ""

    def setUp(self):
        self.telegram = self.enterContext(TelegramServer())
        self.ada = self.telegram.person("Ada")

    def start(self, *secret):
        node = self.enterContext(NodeBot(self.LIBRARY, self.telegram.url, TOKEN, *secret))
        started = node.next()
        self.assertEqual((started["type"], started["username"]), ("started", "mill_bot"))
        return node

    def say(self, text, chat=None):
        return self.telegram.says(self.ada, text, chat)

    def test_updates(self):
        self.start()
        group, channel = self.telegram.group(), self.telegram.group("news", "channel")
        said = self.say("say hello")
        self.telegram.wait_sent(1)
        self.telegram.edits(said, "say bye")
        self.telegram.wait_sent(2)
        message = self.telegram.message(group, self.ada, "x")
        self.telegram.update("message_reaction", {
            "chat": group, "message_id": message["message_id"], "user": self.ada, "date": 1, "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}]})
        self.telegram.wait_sent(3)
        self.telegram.says(None, "news", channel, sender_chat=channel)
        self.telegram.wait_sent(4)
        self.telegram.update("callback_query", {"id": "777", "from": self.ada, "data": "yes", "chat_instance": "1",
                                                "message": self.telegram.message(group, self.telegram.me, "choose")})
        self.telegram.wait_sent(5)
        self.telegram.update("my_chat_member", {
            "chat": group, "from": self.ada, "date": 1, "old_chat_member": {"status": "left", "user": self.telegram.me},
            "new_chat_member": {"status": "member", "user": self.telegram.me}})
        self.assertEqual([each["text"] for each in self.telegram.wait_sent(6)],
                         ["hello", "edited: say bye", "reacted: 👍", "posted: news", "pressed: yes", "now: member"])
        self.assertEqual(len(self.telegram.called("answerCallbackQuery")), 1)
        self.telegram.wait(lambda: not self.telegram.updates, "all are confirmed by the next offset")

    def test_calls(self):
        node = self.start()
        group = self.telegram.group()
        message = self.say("answer yes 🌊", group)
        self.assertEqual(self.telegram.wait_sent(1)[0]["reply_to_message"]["message_id"], message["message_id"])
        self.say("bold 🌊 waves", group)
        self.assertEqual(self.telegram.wait_sent(2)[1]["entities"], [{"type": "bold", "offset": 0, "length": 8}])
        self.say("photo https://a.example/x.png", group)
        self.assertEqual(self.telegram.wait_sent(3)[2]["caption"], "a caption")
        self.say("document BQAC", group)
        self.assertEqual(self.telegram.wait_sent(4)[3]["document"]["file_id"], "BQAC")
        self.say("upload Grüße 🌊", group)
        uploaded = self.telegram.wait_sent(5)[4]["document"]
        self.assertEqual((uploaded["file_name"], self.telegram.files[uploaded["file_id"]].decode()),
                         ("a.txt", "Grüße 🌊"))
        self.say("edit after", group)
        self.telegram.wait(lambda: self.telegram.sent[-1]["text"] == "after" if "text" in self.telegram.sent[-1] else 0,
                           "an edit")
        self.say("delete me", group)
        self.telegram.wait_called("deleteMessage")
        reacted = self.say("react 👍", group)
        self.telegram.wait(lambda: reacted.get("reactions"), "a reaction")
        self.say("title ops 2", group)
        self.telegram.wait(lambda: group["title"] == "ops 2", "a title")
        self.say("repeat 4097", group)
        self.assertEqual(node.next(), {"type": "failed", "code": 400, "text": "Bad Request: message is too long"})

    def test_more_than_a_poll_has(self):
        for number in range(250):
            self.say(f"say {number}")
        self.start()
        texts = [each["text"] for each in self.telegram.wait_sent(250)]  # telegraf handles several at a time.
        self.assertEqual(sorted(texts, key=int), [str(number) for number in range(250)])
        self.assertGreaterEqual(len(self.telegram.polls), 3)

    def test_429(self):
        node = self.start()
        self.telegram.fail("sendMessage", ApiError(429, "Too Many Requests: retry after 7", retry_after=7))
        self.say("say x")
        self.assertEqual(node.next(), {"type": "failed", "code": 429, "text": "Too Many Requests: retry after 7",
                                       "retry_after": 7})

    def test_409(self):
        node = self.start()
        self.telegram.wait(lambda: self.telegram.polls, "it polls")
        poll(self.telegram)
        stopped = node.next()
        self.assertEqual((stopped["type"], stopped["code"]), ("stopped", 409))
        self.assertIn("terminated by other getUpdates request", stopped["text"])

    def test_401(self):
        with NodeBot(self.LIBRARY, self.telegram.url, "123456:another") as node:
            self.assertEqual(node.next()["code"], 401)

    def test_webhook(self):
        self.start(SECRET)
        for number in range(20):
            self.say(f"say {number}")
        self.assertEqual([each["text"] for each in self.telegram.wait_sent(20)], [str(number) for number in range(20)])
        self.telegram.wait(lambda: not self.telegram.updates, "all are answered with 2xx")
        self.assertEqual(self.telegram.called("getUpdates"), [])

    def test_a_webhook_with_another_secret(self):
        self.start(SECRET)
        self.telegram.wait(lambda: self.telegram.webhook, "a webhook")
        self.telegram.webhook["secret"] = "another"
        self.say("say x")
        self.telegram.wait(lambda: self.telegram.webhook_answers, "an answer")
        self.assertIn(self.telegram.webhook_answers[0][1], (401, 403))


def poll(telegram):
    """Another one polls, and stops."""
    telegram.call("getUpdates", {"timeout": 0})


class GrammyTest(BotTest, unittest.TestCase):
    LIBRARY = "grammy"


class TelegrafTest(BotTest, unittest.TestCase):
    LIBRARY = "telegraf"


if __name__ == "__main__":
    FOLDER = npm.install("telegram_bots")
    unittest.main()
