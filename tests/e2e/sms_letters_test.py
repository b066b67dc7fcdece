#!/usr/bin/env python3
"""Webhooks that are signed and that no consumer gets anything of: what is answered, and where a person finds them."""

import json
import subprocess
import unittest

from gateway import BINARY, DEADLINE_S, Gateway, wait_until
from provider import OURS, THEIRS, Provider, message, post, twilio

CONSUMERS = "commands: { plugin: commands }"
DURABLE, DROPPED = "+15550122", "+15550155"
ROUTES = """
- { name: none, match: { from: '+15550155' }, drop: true }
- { name: known, match: { from: '+15550122' }, to: commands, delivery: %s }
"""
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class LettersTest(unittest.TestCase):
    def gateway_with(self, delivery):
        provider = self.enterContext(Provider())
        self.gateway = self.enterContext(Gateway(twilio(provider), CONSUMERS, ROUTES % delivery))

    def say_all(self):
        port = self.gateway.port("sms")
        for fields in ({"MessageSid": "SM-no-sender", "Body": "who?", "Odd": "\u00fc"},
                       {"MessageSid": "SM-no-receiver", "From": THEIRS},
                       {"Body": "nothing that a message has"},
                       message("nobody wants it", sid="SM-unmatched"),
                       message("odd", sid="SM-odd", sender="+1\n2"),
                       message("dropped", sender=DROPPED),
                       {"CallSid": "CA1", "From": THEIRS, "To": OURS},
                       message("say here", sender=DURABLE)):
            status, body, _ = post(port, fields)
            self.assertEqual(status, 200, fields)
            if "say" not in fields.get("Body", ""):
                self.assertEqual(body, EMPTY)
        self.assertEqual(post(port, {"Body": "not signed"}, token="another")[0], 403)

    def test_are_dead_letters_on_the_disk_where_there_is_a_spool(self):
        self.gateway_with("durable")
        self.say_all()
        listed = wait_until(lambda: found if len(found := self.dlq("list")) == 5 else None, "five letters")
        self.assertEqual(sorted(each["reason"] for each in listed), ["unmatched"] * 2 + ["unreadable"] * 3)
        unmatched = next(each for each in listed if each["scope"] == f"sms:{OURS}/{THEIRS}")
        self.assertEqual((unmatched["text"], unmatched["consumer"]), ("no route takes it", ""))
        shown = self.event(unmatched)
        self.assertEqual((shown["text"], shown["sms"]["inbound"]["message_id"]), ("nobody wants it", "SM-unmatched"))
        odd = next(each for each in listed if each["reason"] == "unmatched" and each is not unmatched)
        self.assertEqual(odd["scope"], f"sms:{OURS}/+1\ufffd2")
        events = [self.event(each) for each in listed if each["reason"] == "unreadable"]
        first = next(each for each in events if "SM-no-sender" in each["text"])
        self.assertEqual(first["sms"]["verification"]["scheme"], "twilio")
        self.assertEqual(len(first["sms"]["raw_params"]), 3)

    def test_are_counted_where_there_is_none(self):
        self.gateway_with("acked")
        self.say_all()
        self.assertEqual(self.gateway.status()["dead_letters"]["kept"], 5)
        wait_until(lambda: self.gateway.gauge("sms", "webhooks_unreadable") == 3, "it is counted")

    def dlq(self, *words):
        done = subprocess.run([BINARY, "dlq", *words, "--format", "json", "-c", self.gateway.config],
                              timeout=DEADLINE_S, check=True, capture_output=True, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def event(self, letter):
        return self.dlq("show", str(letter["id"]))[0]


if __name__ == "__main__":
    unittest.main()
