"""A real SMS gateway: Debian's kannel between us and an operator's SMSC (npm `smpp`). Phones talk to consumers.

Skipped, loudly, where node or the package cannot be had.
"""

import json
import unittest

import npm
from gateway import Gateway, wait_until
from kannel import PASSWORD, USER, Kannel
from mosquitto import free_port
from smsc import Smsc
from wire import Connection

FOLDER = npm.install("smpp")
SURVEY, ALERTS, PHONE = "15550100", "15550111", "15550123"
WEB_USER = "user:pw"
FIELDS = "id=%I&from=%p&to=%P&coding=%c&udh=%u&data=%b&time=%T&smsc=%i"
SENT = "SENT"
CONSUMERS = """
survey: { plugin: survey }
echo: { plugin: echo }
commands: { plugin: commands, may_send: [ "sms:*" ] }
"""
ROUTES = f"""
- {{ name: survey, match: {{ adapter: sms, to: '+{SURVEY}' }}, to: survey, delivery: durable }}
- {{ name: echo, match: {{ adapter: sms }}, to: echo, delivery: acked }}
- {{ name: commands, match: {{ adapter: web }}, to: commands }}
"""


class KannelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        port = free_port()
        own = f"http://{WEB_USER}@127.0.0.1:{port}"
        cls.smsc = cls.enter(Smsc(FOLDER))
        cls.kannel = cls.enter(Kannel(cls.smsc.port, f"{own}/?{FIELDS}"))
        cls.gateway = cls.enter(Gateway(
            "web: { type: websocket, listen: '127.0.0.1:0' }\n"
            f"sms: {{ type: sms, listen: '127.0.0.1:{port}', provider: kannel, public_url: 'http://127.0.0.1:{port}/', "
            f"auth_token: {{ plain: '{WEB_USER}' }}, account: {{ id: {USER}, secret: {{ plain: {PASSWORD} }}, "
            f"base_url: 'http://127.0.0.1:{cls.kannel.port}', report_url: '{own}/' }}, "
            f"send: {{ from: '+{ALERTS}' }} }}", CONSUMERS, ROUTES))

    @classmethod
    def enter(cls, block):
        cls.addClassCleanup(block.__exit__, None)  # Those of a block that could not be entered have ended it.
        return block.__enter__()

    def submitted(self, before, count):
        """What phones have got since: (from, to, text)."""
        return [(event["from"], event["to"], event["text"]) for event in self.smsc.wait("submitted", before + count)
                ][before:]

    def ask(self, to, text):
        """What a phone is answered."""
        before = len(self.smsc.all("submitted"))
        self.smsc.deliver(PHONE, to, text)
        (sender, receiver, answer), = self.submitted(before, 1)
        self.assertEqual((sender, receiver), (to, PHONE))
        return answer

    def test_a_phone_talks_to_a_consumer(self):
        self.assertEqual(self.ask(SURVEY, "hello"), "How was it, from 1 (bad) to 5 (good)?")
        self.assertEqual(self.ask(SURVEY, "HELP"), "A survey of three questions. Write STOP to end it.")
        self.assertEqual(self.ask(SURVEY, "4"), "Will you come again? 1: yes, 2: no.")
        self.assertEqual(self.ask(SURVEY, "maybe"), "Sorry? Will you come again? 1: yes, 2: no.")
        self.assertEqual(self.ask(SURVEY, "1"), "What should we do better?")
        self.assertEqual(self.ask(SURVEY, "More cake & tea"), "Thank you!")

    def test_texts_come_back_as_they_were(self):
        for text in ["plain", "a  b+c %41 & d=e\nf", "é@£ GSM {}[]~€", "日本語 ☃😜", "x" * 160]:
            self.assertEqual(self.ask(ALERTS, text), text)

    def test_a_long_text_is_whole_again_on_the_phone(self):
        text = "0123456789" * 40
        before = len(self.smsc.all("submitted"))
        with Connection(self.gateway.port("web"), "/") as peer:
            peer.text(f"send sms:+{PHONE} {text}")
            parts = [part for _, _, part in self.submitted(before, 3)]
        self.assertEqual("".join(parts), text)

    def test_a_consumer_sends_and_hears_what_became_of_it(self):
        for state, status in [("DELIVRD", "DELIVERED"), ("UNDELIV", "UNDELIVERED")]:
            with Connection(self.gateway.port("web"), "/") as peer:
                before = len(self.smsc.all("submitted"))
                peer.text(f"send sms:+{PHONE} the {state} kettle ☃")
                sent = self.smsc.wait("submitted", before + 1)[before]
                self.assertEqual((sent["from"], sent["to"], sent["text"]), (ALERTS, PHONE, f"the {state} kettle ☃"))
                self.assertEqual(told(peer), (SENT, None))  # Kannel has it,
                self.assertEqual(told(peer), (SENT, "SENT"))  # the operator,
                self.smsc.report(sent["submitted"], state)
                self.assertEqual(told(peer)[1], status)  # and the phone, or not.


def told(peer):
    """What a consumer hears of what it has sent: the outcome, and what was reported."""
    word, _, text = peer.message().decode().partition(" ")
    assert word == "receipt", text
    event = json.loads(text)
    return event["receipt"]["outcome"], event.get("sms", {}).get("delivery", {}).get("status")


if __name__ == "__main__":
    unittest.main()
