#!/usr/bin/env python3
"""A bot of Telegram whose updates come as webhooks."""

import http.client
import json
import unittest

from gateway import Gateway, wait_until
from telegram_server import TOKEN, TelegramServer
from telegram_test import CONSUMERS, ECHO, QUICK

SECRET = "hook_Secret-1"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


class WebhookTest(unittest.TestCase):
    def setUp(self):
        self.telegram = self.enterContext(TelegramServer())
        self.ada = self.telegram.person("Ada")

    def start(self, routes=ECHO, more=""):
        adapter = (f"bot: {{ type: telegram, token: {{ plain: '{TOKEN}' }}, api: '{self.telegram.url}', {QUICK}, "
                   f"webhook: {{ listen: '127.0.0.1:0', path: /hook, secret: {{ plain: '{SECRET}' }}, {more} }} }}")
        self.gateway = self.enterContext(Gateway(adapter, CONSUMERS, routes))
        self.addCleanup(self.no_secret_was_told)
        self.gateway.wait_line("connected to")
        self.port = self.gateway.port("bot")

    def no_secret_was_told(self):
        for secret in (TOKEN, SECRET):
            self.assertNotIn(secret, self.gateway.log())

    def register(self):
        self.telegram.call("setWebhook", {"url": f"http://127.0.0.1:{self.port}/hook", "secret_token": SECRET,
                                          "allowed_updates": ["message"]})

    def post(self, body, headers=None, path="/hook", method="POST"):
        """-> the status and Retry-After."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body if isinstance(body, (str, bytes)) else json.dumps(body),
                               {HEADER: SECRET} if headers is None else headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Retry-After")
        finally:
            connection.close()

    def update(self, number, text):
        return {"update_id": number, "message": self.telegram.message(self.telegram.direct(self.ada), self.ada, text)}

    def test_answers(self):
        self.start()
        self.register()
        for number in range(20):
            self.telegram.says(self.ada, f"m{number}")
        self.assertEqual([each["text"] for each in self.telegram.wait_sent(20)], [f"m{number}" for number in range(20)])
        self.telegram.wait(lambda: not self.telegram.updates, "all are answered")
        self.assertEqual({status for _, status in self.telegram.webhook_answers}, {200})
        self.assertEqual(self.telegram.polls, [], "it does not poll")

    def test_who_is_not_telegram(self):
        self.start()
        update = self.update(1, "x")
        for headers in ({}, {HEADER: ""}, {HEADER: "x"}, {HEADER: SECRET[:-1]}, {HEADER: SECRET + "x"},
                        {HEADER: SECRET.lower()}, {"Authorization": SECRET}):
            self.assertEqual(self.post(update, headers)[0], 403, headers)
        self.assertEqual(self.post(update, path="/")[0], 404)
        self.assertEqual(self.post(update, path="/hook/")[0], 404)
        self.assertEqual(self.post("", method="GET")[0], 405)
        wait_until(lambda: self.gateway.gauge("bot", "webhooks_forbidden") == 7, "they are counted")
        self.assertEqual(self.post(update)[0], 200)
        self.telegram.wait_sent(1)

    def test_one_that_comes_again_is_one(self):
        self.start()
        update = self.update(7, "once")
        for _ in range(3):
            self.assertEqual(self.post(update)[0], 200)
        self.assertEqual(self.post(self.update(8, "twice"))[0], 200)
        self.assertEqual([each["text"] for each in self.telegram.wait_sent(2)], ["once", "twice"])

    def test_what_is_no_update(self):
        self.start()
        for body in ("", "x", "7", "[]", "{}", '{"update_id":"7"}', b"\xff\xfe", '{"update_id":7,"message":7}',
                     '{"update_id":8,"message":{"chat":{}}}', "[" * 100_000, '{"update_id":9}'):
            self.assertEqual(self.post(body)[0], 200, body[:40])
        self.assertEqual(self.post("x" * (2 << 20))[0], 413)
        self.assertEqual(self.post(self.update(10, "still here"))[0], 200)
        self.telegram.wait_sent(1)

    def test_verdicts(self):
        self.start("- { name: all, match: { adapter: bot }, to: commands, retry: { attempts: 2, initial: 10ms } }")
        self.assertEqual(self.post(self.update(1, "reject 0 no"))[0], 200)
        self.assertEqual(self.post(self.update(2, "retry 99"))[0], 200, "a dead letter, after its last attempt")
        self.assertEqual(self.post(self.update(3, "say done"))[0], 200)
        self.assertEqual(self.gateway.consumer("commands")["dead"], 2)

    def test_a_consumer_that_takes_too_long(self):
        self.start("- { name: all, match: { adapter: bot }, to: gate }", "answer_timeout: 500ms")
        update = self.update(1, "held")
        self.assertEqual(self.post(update)[0], 503)
        self.assertEqual(self.post(update), (503, "5"), "it is being handled")
        self.assertEqual(self.telegram.sent, [])
        (self.gateway.folder / "open").touch()
        self.telegram.wait_sent(1)
        wait_until(lambda: self.post(update)[0] == 200, "and it is known when it comes again")
        self.assertEqual(self.post(self.update(2, "next"))[0], 200)
        self.assertEqual([each["text"] for each in self.telegram.wait_sent(2)], ["held", "next"])

    def test_it_has_webhooks_sent(self):
        self.start(more="public_url: 'https://bot.example.com/hook'")
        self.assertEqual(self.telegram.called("setWebhook"), [
            {"url": "https://bot.example.com/hook", "secret_token": SECRET, "allowed_updates": [
                "message", "edited_message", "channel_post", "edited_channel_post", "message_reaction",
                "callback_query", "my_chat_member", "chat_member"]}])

    def test_a_durable_route_over_kills(self):
        self.start("- { name: all, match: { adapter: bot }, to: journal, delivery: durable }")
        self.register()
        for round_ in range(3):
            for number in range(20):
                self.telegram.says(self.ada, f"r{round_} m{number}")
            self.telegram.wait(lambda it=round_: len(self.telegram.updates) < 15 + 5 * it, "some are answered")
            self.gateway.kill()
            self.gateway.start()
            self.port = self.gateway.port("bot")
            self.register()
        self.telegram.wait(lambda: not self.telegram.updates, "all are answered")
        said = [f"r{round_} m{number}" for round_ in range(3) for number in range(20)]

        def told():
            return [each["text"] for each in self.gateway.journal() if each["kind"] == "MESSAGE"]
        wait_until(lambda: set(told()) == set(said), "all are handled")
        self.assertEqual(list(dict.fromkeys(told())), said)


if __name__ == "__main__":
    unittest.main()
