"""Webhooks of SMS that come again: in any order, at once, before and after their answer. Each is one event."""

import collections
import random
import sys
import threading
import unittest

from gateway import Gateway, wait_until
from provider import Provider, message, post, twilio

CONSUMERS = """
journal: { plugin: journal, config: { path: journal } }
commands: { plugin: commands }
flaky: { plugin: flaky, config: { until: open } }
"""
ROUTES = """
- { name: live, match: { adapter: sms, from: '+155501{n}' }, to: journal, delivery: live }
- { name: acked, match: { adapter: sms, from: '+155502{n}' }, to: journal, delivery: acked }
- { name: durable, match: { adapter: sms, from: '+155503{n}' }, to: journal, delivery: durable }
- { name: both, match: { adapter: sms, from: '+155504{n}' }, to: [ journal, flaky ], delivery: acked }
- { name: one, match: { adapter: sms }, to: commands, delivery: acked }
"""
REPEATS, MESSAGES, LINES = 5, 40, 6


class RepeatsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = Provider()
        cls.provider.__enter__()
        cls.addClassCleanup(cls.provider.__exit__)
        cls.gateway = Gateway(twilio(cls.provider), CONSUMERS, ROUTES)
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None)
        cls.port = cls.gateway.port("sms")

    def seen(self, texts):
        """How often the journal has each text."""
        return collections.Counter(event["text"] for event in self.gateway.journal()
                                   if event["kind"] == "MESSAGE" and event["text"] in texts)

    def check_order(self, kind):
        seed = random.randrange(1 << 32)
        print("seed", seed, file=sys.stderr)
        dice = random.Random(seed)
        webhooks = [message(f"{kind} {number}", sender=f"+1555{kind}{dice.randrange(5)}")
                    for number in range(MESSAGES)]
        posts = webhooks * REPEATS
        dice.shuffle(posts)
        answers = []

        def talk(own):
            for webhook in own:
                while (answer := post(self.port, webhook))[0] == 503:  # It is being handled: the provider comes again.
                    answers.append((webhook["Body"], 503))
                answers.append((webhook["Body"], answer[0]))

        lines = [threading.Thread(target=talk, args=(posts[line::LINES],)) for line in range(LINES)]
        for line in lines:
            line.start()
        for line in lines:
            line.join()
        texts = {webhook["Body"] for webhook in webhooks}
        taken = collections.Counter(text for text, status in answers if status == 200)
        self.assertEqual(taken, dict.fromkeys(texts, REPEATS))
        self.assertLessEqual({status for _, status in answers}, {200, 503})
        wait_until(lambda: len(self.seen(texts)) == MESSAGES, "all of it")
        self.gateway.check_counts()
        self.assertEqual(self.seen(texts), dict.fromkeys(texts, 1))

    def test_live_ones_in_random_order(self):
        self.check_order("01")

    def test_acked_ones_in_random_order(self):
        self.check_order("02")

    def test_durable_ones_in_random_order(self):
        self.check_order("03")

    def test_after_503_who_has_acked_does_not_see_it_again(self):
        webhook = message("not yet", sender="+15550499")
        for _ in range(2):
            status, _, headers = post(self.port, webhook)
            self.assertEqual(status, 503)
            self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        (self.gateway.folder / "open").touch()
        self.assertEqual([post(self.port, webhook)[0] for _ in range(3)], [200, 200, 200])
        self.assertEqual(self.seen({"not yet"}), {"not yet": 1})

    def test_a_final_answer_is_given_again(self):
        for text in ("say hello;say you", "reject 7 no", "retry 0"):
            webhook = message(text, sender="+15550599")
            first = post(self.port, webhook)[:2]
            self.assertEqual(first[0], 200)
            handled = self.gateway.consumer("commands")["created"]
            self.assertEqual([post(self.port, webhook)[:2] for _ in range(3)], [first, first, first])
            self.assertEqual(self.gateway.consumer("commands")["created"], handled)
        self.assertTrue(self.provider.requests.empty())


if __name__ == "__main__":
    unittest.main()
