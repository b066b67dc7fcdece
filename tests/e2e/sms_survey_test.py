"""The survey over SMS on a durable route: a conversation that goes on through kills, and each question once."""

import unittest

from gateway import Gateway, wait_until
from provider import OURS, THEIRS, Provider, message, post, twilio

CONSUMERS = "survey: { plugin: survey, may_send: [ 'sms:+15550199' ], config: { results: 'sms:+15550199' } }"
ROUTES = "- { name: survey, match: { adapter: sms }, to: survey, delivery: durable }"
SAID = [("hello", "How was it, from 1 (bad) to 5 (good)?"),
        ("4", "Will you come again? 1: yes, 2: no."),
        ("1", "What should we do better?"),
        ("More cake", "Thank you!")]


class SurveyTest(unittest.TestCase):
    def test_goes_on_where_it_was(self):
        with Provider() as provider, Gateway(twilio(provider), CONSUMERS, ROUTES) as gateway:
            for text, reply in SAID:
                webhook = message(text)
                for _ in range(2):  # The provider may bring it again.
                    self.assertEqual(post(gateway.port("sms"), webhook)[0], 200)
                sent = [provider.take() for _ in range(2 if text == SAID[-1][0] else 1)]
                self.assertIn((OURS, THEIRS, reply), [(each["From"], each["To"], each["Body"]) for each in sent])
                if len(sent) == 1:
                    wait_until(lambda: is_at_rest(gateway), "all is on the disk")
                    self.assertEqual(gateway.kill(), -9)
                    gateway.start()
            self.assertIn(("+15550199", f'{{"of":"{OURS}/{THEIRS}","answers":["4","1","More cake"]}}'),
                          [(each["To"], each["Body"]) for each in sent])
            self.assertEqual(post(gateway.port("sms"), message("more"))[0], 200)
            wait_until(lambda: is_at_rest(gateway), "all is done")
            self.assertTrue(provider.requests.empty())


def is_at_rest(gateway):
    """Nothing waits for the consumer, and what it has come to is on the disk."""
    status = gateway.status()
    return status["spool"]["messages"] == 0 and all(each["open"] == 0 for each in status["consumers"])


if __name__ == "__main__":
    unittest.main()
