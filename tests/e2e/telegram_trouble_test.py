#!/usr/bin/env python3
"""A bot of Telegram in trouble: other pollers, wrong tokens, servers that are away; restarts, kills and reloads."""

import threading
import unittest

from gateway import Gateway, wait_until
from telegram_server import TOKEN, ApiError
from telegram_test import CONSUMERS, ECHO, TelegramTest, bot


class TroubleTest(TelegramTest):
    def degraded(self, beginning):
        def why():
            return self.gateway.adapter("bot").get("degraded") or ""
        return wait_until(lambda: (text := why()).startswith(beginning) and text, f"{beginning!r} in status")

    def healthy(self):
        wait_until(lambda: not self.gateway.adapter("bot").get("degraded"), "it works again")

    def test_another_poller(self):
        self.start()
        self.telegram.wait(lambda: self.telegram.polls, "a poll")
        with self.assertRaises(ApiError) as raised:
            self.telegram.call("getUpdates", {"timeout": 50})
        self.assertIn("terminated by other getUpdates request", str(raised.exception))
        wait_until(lambda: self.gateway.gauge("bot", "conflicts"), "it is counted")
        self.telegram.says(self.ada, "alone again")
        self.assertEqual(self.texts(1), ["alone again"])
        self.assertIn("somebody else polls with this token", self.gateway.log())
        self.healthy()

    def test_a_webhook_is_set(self):
        self.telegram.call("setWebhook", {"url": "http://127.0.0.1:1/"})
        self.start(waits=False)
        why = self.degraded("a webhook is set for this token")
        self.assertIn("deleteWebhook", why)
        self.telegram.call("deleteWebhook", {})
        self.telegram.says(self.ada, "polled")
        self.assertEqual(self.texts(1), ["polled"])
        self.healthy()

    def test_a_token_that_is_none(self):
        self.telegram.token = "123456:another"
        self.gateway = self.enterContext(Gateway(
            bot(self.telegram).replace("123456:another", TOKEN), CONSUMERS, ECHO))
        self.degraded("the server does not know the token")
        self.assertIn("401", self.gateway.log())
        self.no_secret_was_told()
        calls = len(self.telegram.calls)
        threading.Event().wait(1)
        self.assertEqual(len(self.telegram.calls), calls)

    def test_a_token_that_is_taken_back(self):
        self.start()
        self.telegram.fail("getUpdates", ApiError(401, "Unauthorized"))
        self.telegram.says(self.ada, "x")
        self.degraded("the server does not know the token")

    def test_a_server_that_is_away(self):
        self.telegram.fail("getMe", "refuse", "refuse", ApiError(500, "Internal Server Error"))
        self.start()
        self.assertIn("tried again", self.gateway.log())
        self.telegram.says(self.ada, "there")
        self.assertEqual(self.texts(1), ["there"])
        self.assertIn(f"POST {self.telegram.url}: ", self.gateway.log(), "of the URL no more")

    def test_429_of_a_poll(self):
        self.start()
        self.telegram.fail("getUpdates", ApiError(429, "Too Many Requests: retry after 1", retry_after=1))
        self.telegram.says(self.ada, "one")
        self.telegram.says(self.ada, "two")
        self.assertEqual(self.texts(2), ["one", "two"])


class RestartTest(TelegramTest):
    def test_nothing_comes_twice_after_a_stop(self):
        self.start()
        self.telegram.says(self.ada, "one")
        self.texts(1)
        self.gateway.stop()
        self.assertEqual(self.telegram.waiting(), [], "the server was told at the end")
        self.telegram.says(self.ada, "two")
        self.gateway.is_told_to_end = False
        self.gateway.start()
        self.assertEqual(self.texts(2), ["one", "two"])

    def test_a_durable_route_has_each_once_over_kills(self):
        self.start("- { name: all, match: { adapter: bot }, to: journal, delivery: durable }")
        said = []
        for round_ in range(4):
            for number in range(20):
                said.append(f"r{round_} m{number}")
                self.telegram.says(self.ada, said[-1])
            self.events(20 * round_ + 5)
            self.gateway.kill()
            self.gateway.start()

        def told():
            return list(dict.fromkeys(each["text"] for each in self.gateway.journal() if each["kind"] == "MESSAGE"))
        wait_until(lambda: len(told()) == len(said), "none is lost")
        self.assertEqual(told(), said, "in order")
        self.all_is_confirmed()
        wait_until(lambda: self.gateway.consumer("journal")["open"] == 0, "all is handled")

    def test_a_reload(self):
        self.start()
        self.telegram.says(self.ada, "one")
        self.texts(1)
        text = self.gateway.config.read_text().replace("account: 1000", "account: 900")
        self.gateway.config.write_text(text)
        self.gateway.process.send_signal(1)
        self.gateway.wait_line("reload")
        self.telegram.says(self.ada, "two")
        self.assertEqual(self.texts(2), ["one", "two"])


if __name__ == "__main__":
    unittest.main()
