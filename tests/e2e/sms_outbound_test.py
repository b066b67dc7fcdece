"""Messages by SMS that leave: each provider's documented request, what its answer means, and never a message twice."""

import json
import unittest

from gateway import DEADLINE_S, Gateway
from provider_requests import APPLICATION, ID, PROVIDERS, SECRET, SECRET_OF_WEBHOOKS, Message
from provider_server import ProviderServer
from wire import Connection

OURS, THEIRS = "+15550100", "+15550123"
SENT, REJECTED, UNKNOWN = "SENT", "REJECTED", "UNKNOWN"
ANSWERS = [  # what the provider does, time after time; the outcome; whether it may have the message
    (["accept"], SENT, True),
    (["500"], UNKNOWN, True),
    (["silent"], UNKNOWN, True),
    (["accept"], SENT, True),
    (["close"], UNKNOWN, True),
    (["cut"], UNKNOWN, True),
    (["401"], REJECTED, False),
    (["302"], REJECTED, False),
    (["503"], UNKNOWN, True),
    (["429", "429", "accept"], SENT, True),
    (["accept"], SENT, True),
]
KANNELS_503 = (["503", "accept"], SENT, True)  # no operator takes anything: it says that it has not got it


def account(name, url):
    secret = SECRET_OF_WEBHOOKS if name == "generic" else SECRET
    id = f"{ID}:user" if name == "bandwidth" else ID
    return (f"account: {{ id: '{id}', secret: {{ plain: '{secret}' }}, application: {APPLICATION}, "
            f"base_url: '{url}{'/send' if name == 'generic' else ''}' }}")


def adapter(name, url):
    return (f"{name}: {{ type: sms, listen: '127.0.0.1:0', provider: {name}, public_url: 'https://sms.example.com/', "
            f"verify: none, {account(name, url)}, send: {{ from: '{OURS}', timeout: {DEADLINE_S * 100}ms }} }}")


class OutboundTest(unittest.TestCase):
    """All providers, in one gateway."""

    @classmethod
    def setUpClass(cls):
        cls.providers = {name: ProviderServer(name) for name in PROVIDERS}
        adapters = [adapter(name, each.url) for name, each in cls.providers.items()]
        cls.gateway = Gateway(
            "\n".join(["web: { type: websocket, listen: '127.0.0.1:0' }", *adapters]),
            f"commands: {{ plugin: commands, may_send: [ {', '.join(f'{name}:*' for name in PROVIDERS)} ] }}",
            "- { name: commands, match: { adapter: web }, to: commands }")
        for each in cls.providers.values():
            each.__enter__()
        cls.gateway.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__(None)
        for each in cls.providers.values():
            each.__exit__(None)

    def send(self, connection, name, text):
        """-> what became of it"""
        connection.text(f"send {name}:{THEIRS} {text}")
        return self.outcome(connection)

    def outcome(self, connection):
        word, _, event = connection.message().decode().partition(" ")
        self.assertEqual(word, "receipt", event)
        return json.loads(event)["receipt"]["outcome"]

    def check(self, name):
        provider = self.providers[name]
        with Connection(self.gateway.port(), "/") as connection:
            expected, seen = [], []
            for number, (plan, outcome, may_have_it) in enumerate(ANSWERS):
                if plan == ["503"] and name == "kannel":
                    plan, outcome, may_have_it = KANNELS_503
                text = f"{number}: Grüße & + \"x\" %41 {'☃😜' if number % 2 else ''}"
                provider.behave(plan)
                said = self.send(connection, name, text)
                self.assertEqual(said, outcome, (name, plan))
                seen += plan
                expected += [Message(OURS, THEIRS, text)] * may_have_it
                self.assertEqual(provider.wrong, [], name)
                self.assertEqual(provider.taken, expected, name)
                self.assertEqual(provider.seen, seen, name)
            self.check_absent(connection, name, provider)
            expected.append(Message(OURS, THEIRS, "late"))
            self.assertEqual(provider.taken, expected, name)

    def check_absent(self, connection, name, provider):
        """One that nobody listens to takes nothing: the message waits."""
        provider.leave()
        connection.text(f"send {name}:{THEIRS} late")
        provider.come_back()
        self.assertEqual(self.outcome(connection), SENT)


    def test_what_one_phone_gets_stays_in_order(self):
        provider = self.providers["twilio"]
        before = len(provider.taken)
        provider.behave(["429"])
        texts = [f"in order {number}" for number in range(5)]
        with Connection(self.gateway.port(), "/") as connection:
            connection.text(";".join(f"send twilio:{THEIRS} {text}" for text in texts))
            for _ in texts:
                self.assertEqual(self.outcome(connection), SENT)
        self.assertEqual(provider.taken[before:], [Message(OURS, THEIRS, text) for text in texts])


for provider_name in PROVIDERS:
    setattr(OutboundTest, f"test_{provider_name.replace('-', '_')}",
            lambda self, name=provider_name: self.check(name))

if __name__ == "__main__":
    unittest.main()
