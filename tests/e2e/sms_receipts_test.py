#!/usr/bin/env python3
"""Delivery reports that come late: after a restart, or when the conversation that has asked is over."""

import json
import subprocess
import unittest

from gateway import BINARY, DEADLINE_S, Gateway, wait_until
from provider import OURS, THEIRS, Provider, message, post, twilio

CONSUMERS = """
asker: { plugin: asker, config: { to: 'sms:+15550199', path: receipts }, may_send: ['sms:+15550199'] }
"""
DURABLE, CHANNEL = "+15550122", "+15550133"
ROUTES = """
- { name: durable, match: { from: '+15550122' }, to: asker, delivery: durable }
- { name: channel, match: { from: '+15550133' }, to: 'asker:desk' }
- { name: rest, match: { from: '+15550123' }, to: asker }
"""


class LateReceiptTest(unittest.TestCase):
    def setUp(self):
        self.provider = self.enterContext(Provider())

    def gateway_with(self, extra=""):
        self.gateway = self.enterContext(Gateway(twilio(self.provider, extra), CONSUMERS, ROUTES))

    def say(self, text, sender=THEIRS):
        self.assertEqual(post(self.gateway.port("sms"), message(text, sender=sender))[0], 200)

    def report(self, sid, status):
        fields = {"MessageSid": sid, "MessageStatus": status, "From": OURS, "To": "+15550199"}
        self.assertEqual(post(self.gateway.port("sms"), fields)[0], 200)

    def receipts(self, count, part="sending"):
        """So many of those that say what the provider answered, or what it has reported (`delivery`)."""
        path = self.gateway.folder / "receipts"

        def read():
            lines = path.read_text().splitlines() if path.exists() else []
            told = [each for each in map(json.loads, lines) if part in each["sms"]]
            return told if len(told) >= count else None
        return wait_until(read, f"{count} receipts with {part}")

    def restart(self):
        wait_until(lambda: all(each["open"] == 0 for each in self.gateway.status()["consumers"]), "it is at rest")
        self.gateway.kill()
        self.gateway.start()

    def check_over_a_restart(self, sender, scope):
        self.say("one", sender)
        first = self.receipts(1)[0]
        self.assertEqual((first["receipt"]["outcome"], first["scope"]), ("SENT", scope))
        self.restart()
        self.report("SM-out-1", "sent")
        self.restart()
        self.report("SM-out-1", "delivered")
        self.report("SM-out-1", "delivered")
        told = self.receipts(2, "delivery")
        self.assertEqual([(each["scope"], each["sms"]["delivery"]["status"]) for each in told],
                         [(scope, "SENT"), (scope, "DELIVERED")])
        self.say("two", sender)  # What follows comes behind what was told.
        wait_until(lambda: self.receipts(1)[-1]["sms"]["sending"].get("message_ids") == ["SM-out-2"], "the next one")
        self.assertEqual(len(self.receipts(2, "delivery")), 2)

    def test_after_a_restart_whoever_has_asked_hears_of_it(self):
        self.gateway_with(", state: sms.state")
        self.check_over_a_restart(THEIRS, f"{OURS}/{THEIRS}")

    def test_on_a_durable_route_too(self):
        self.gateway_with(", state: sms.state")
        self.check_over_a_restart(DURABLE, f"{OURS}/{DURABLE}")

    def test_and_in_a_channel(self):
        self.gateway_with(", state: sms.state")
        self.check_over_a_restart(CHANNEL, "desk")

    def test_a_conversation_that_is_over_is_opened_again(self):
        self.gateway_with(", scope_timeout: 1s")
        self.say("one")
        self.receipts(1)
        wait_until(lambda: self.gateway.consumer("asker")["instances"] == 0, "the conversation ends")
        self.report("SM-out-1", "delivered")
        told = self.receipts(1, "delivery")[0]
        self.assertEqual((told["scope"], told["sms"]["delivery"]["status"]), (f"{OURS}/{THEIRS}", "DELIVERED"))

    def test_after_a_reload_too(self):
        self.gateway_with(", state: sms.state")
        self.say("one")
        self.receipts(1)
        text = self.gateway.config.read_text()
        self.gateway.config.write_text(text.replace("state: sms.state", "state: sms.state, parts_timeout: 4s"))
        subprocess.run([BINARY, "reload", "-c", self.gateway.config], timeout=DEADLINE_S, check=True,
                       stdout=subprocess.DEVNULL)
        self.report("SM-out-1", "delivered")
        self.assertEqual(self.receipts(1, "delivery")[0]["sms"]["delivery"]["status"], "DELIVERED")

    def test_without_a_state_they_are_of_nobody(self):
        self.gateway_with()
        self.say("one")
        self.receipts(1)
        self.restart()
        self.report("SM-out-1", "delivered")
        self.say("two")
        self.assertEqual(self.receipts(2)[1]["sms"]["sending"]["message_ids"], ["SM-out-2"])

    def test_what_a_kill_has_left_in_the_outbox_is_told_of(self):
        self.gateway_with(", state: sms.state")
        self.provider.answers.put((429, '{"code": 20429}', {"Retry-After": "2"}))
        self.say("one", DURABLE)
        self.provider.take()
        wait_until(lambda: self.gateway.gauge("sms", "messages_retried") == 1, "it is put off")
        self.gateway.kill()
        self.gateway.start()
        self.assertEqual(self.provider.take()["Body"], "one")
        told = self.receipts(1)[0]
        self.assertEqual((told["receipt"]["outcome"], told["scope"]), ("SENT", f"{OURS}/{DURABLE}"))
        self.report("SM-out-1", "delivered")
        self.assertEqual(self.receipts(1, "delivery")[0]["sms"]["delivery"]["status"], "DELIVERED")


if __name__ == "__main__":
    unittest.main()
