#!/usr/bin/env python3
"""Text messages through a provider's webhooks and its REST API: what is answered, what consumers get, what leaves."""

import json
import threading
import unittest

from gateway import Gateway, wait_until
from provider import OURS, THEIRS, Provider, message, post, twilio

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

CONSUMERS = """
commands: { plugin: commands }
commands_inline: { plugin: commands_inline }
journal: { plugin: journal, config: { path: journal } }
forward: { plugin: forward, config: { to: 'sms:+15550199', text: '{text}' }, may_send: ['sms:+15550199'] }
"""
ROUTES = """
- { name: live, match: { from: '+15550111' }, to: commands_inline, delivery: live }
- { name: durable, match: { from: '+15550122' }, to: commands, delivery: durable }
- { name: read, match: { from: '+15550133' }, to: journal }
- { name: pass, match: { from: '+15550144' }, to: forward }
- { name: none, match: { from: '+15550155' }, drop: true }
- { name: rest, match: { adapter: sms }, to: commands }
"""
LIVE, DURABLE, READ, PASSED, DROPPED = ("+15550111", "+15550122", "+15550133", "+15550144", "+15550155")


class SmsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.provider = Provider()
        cls.provider.__enter__()
        cls.addClassCleanup(cls.provider.__exit__)
        cls.gateway = Gateway(twilio(cls.provider), CONSUMERS, ROUTES)
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)
        cls.port = cls.gateway.port("sms")

    def say(self, text, **more):
        return post(self.port, message(text, **more))

    def replies(self, answer):
        status, body, headers = answer
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["Content-Type"],
                         "text/xml; charset=utf-8")
        return body

    def test_a_reply_is_in_the_response(self):
        body = self.replies(self.say("say hello & <bye>"))
        self.assertEqual(body, f'{EMPTY[:-len("<Response/>")]}<Response><Message to="{THEIRS}" from="{OURS}">'
                         '<Body>hello &amp; &lt;bye&gt;</Body></Message></Response>')
        self.assertEqual(self.replies(self.say("say a;say b")).count("<Message"), 2)
        self.assertEqual(self.replies(self.say("retry 0")), EMPTY)

    def test_a_live_route_replies_in_the_response_where_it_is_fast(self):
        self.assertIn("<Body>hello</Body>", self.replies(self.say("say hello", sender=LIVE)))

    def test_a_durable_route_replies_by_rest(self):
        self.assertEqual(self.replies(self.say("say later", sender=DURABLE)), EMPTY)
        sent = self.provider.take()
        self.assertEqual(sent["path"], "/2010-04-01/Accounts/AC1/Messages.json")
        self.assertEqual((sent["From"], sent["To"], sent["Body"]), (OURS, DURABLE, "later"))

    def test_whoever_may_sends(self):
        self.assertEqual(self.replies(self.say("pass it on", sender=PASSED)), EMPTY)
        sent = self.provider.take()
        self.assertEqual((sent["From"], sent["To"], sent["Body"]), (OURS, "+15550199", "pass it on"))

    def test_the_event(self):
        self.assertEqual(self.replies(self.say("Grüße", sid="SM-read", sender=READ, AccountSid="AC1")), EMPTY)
        path = self.gateway.folder / "journal"
        events = [json.loads(line) for line in wait_until(path.read_text, "an event").splitlines()]
        event = next(each for each in events if each["kind"] == "MESSAGE")
        self.assertEqual((event["text"], event["scope"]), ("Grüße", f"{OURS}/{READ}"))
        self.assertEqual(event["attributes"], {"to": OURS, "from": READ, "provider": "twilio"})
        self.assertEqual(event["sms"]["inbound"]["message_id"], "SM-read")
        self.assertEqual(event["sms"]["verification"]["scheme"], "twilio")

    def test_verdicts(self):
        status, body, headers = self.say("retry 99")
        self.assertEqual((status, headers["Retry-After"]), (503, "5"), body)
        self.assertEqual(self.replies(self.say("reject 0 no")), EMPTY)

    def test_nobody_wants_it(self):
        self.assertEqual(self.replies(self.say("x", sender=DROPPED)), EMPTY)

    def test_who_is_not_the_provider(self):
        for answer in (post(self.port, message("x"), token="another"),
                       post(self.port, message("x"), url="https://h/in"),
                       post(self.port, message("x"), headers={"X-Twilio-Signature": ""})):
            self.assertEqual(answer[0], 403)
            self.assertEqual(answer[1], "The signature does not fit.\n")

    def test_what_is_not_served(self):
        self.assertEqual(post(self.port, message("x"), path="/other")[0], 404)
        self.assertEqual(post(self.port, message("x"), path="/")[0], 404)


CONSENT = ("+15550166", "+15550177")


def restarting(provider, extra=""):
    return Gateway(twilio(provider, f", state: opt-outs{extra}"), CONSUMERS, ROUTES)


class ConsentTest(unittest.TestCase):
    def say(self, gateway, text, sender=CONSENT[0], **more):
        return post(gateway.port("sms"), message(text, sender=sender, **more))

    def test_who_says_stop_gets_one_more_and_no_other_also_after_a_restart(self):
        with Provider() as provider, restarting(provider) as gateway:
            self.assertIn("<Body>in</Body>", self.say(gateway, "say in")[1])
            # `STOP` is no command of the consumer's, which says so: that one may leave.
            self.assertIn("<Body>unknown: STOP</Body>", self.say(gateway, "STOP")[1])
            self.assertEqual(self.say(gateway, "say out")[1], EMPTY)
            self.assertIn("<Body>another</Body>", self.say(gateway, "say another", sender=CONSENT[1])[1])
            gateway.kill()
            gateway.start()
            self.assertEqual(self.say(gateway, "say out")[1], EMPTY)
            self.assertIn("unknown: START", self.say(gateway, "START")[1])
            self.assertIn("<Body>in</Body>", self.say(gateway, "say in")[1])

    def test_a_provider_that_has_answered(self):
        with Provider() as provider, restarting(provider) as gateway:
            self.assertEqual(self.say(gateway, "STOP", OptOutType="STOP")[1], EMPTY)

    def test_a_provider_that_knows_better(self):
        with Provider() as provider, restarting(provider) as gateway:
            provider.answers.put((400, '{"code": 21610, "message": "unsubscribed"}', {}))
            self.assertEqual(self.say(gateway, "say one", sender=DURABLE)[0], 200)
            provider.take()
            wait_until(lambda: f"stop {OURS}/{DURABLE}" in (gateway.folder / "opt-outs").read_text(), "it is noted")


ORDERED = f"""
commands: {{ plugin: commands, may_send: ['sms:{THEIRS}'] }}
gate: {{ plugin: gate, config: {{ path: gate }} }}
"""
HELD = f"""
- {{ name: held, match: {{ from: '{CONSENT[0]}' }}, to: [commands, gate] }}
- {{ name: rest, match: {{ adapter: sms }}, to: commands }}
"""


class OrderTest(unittest.TestCase):
    """Replies that leave in responses, and by REST."""

    def setUp(self):
        self.provider = self.enterContext(Provider())
        self.gateway = self.enterContext(Gateway(twilio(self.provider), ORDERED, HELD))

    def say(self, text, sender=THEIRS):
        status, body, _ = post(self.gateway.port("sms"), message(text, sender=sender))
        self.assertEqual(status, 200, body)
        return body

    def test_none_in_a_response_overtakes_one_by_rest(self):
        self.provider.answers.put((429, '{"code": 20429}', {"Retry-After": "1"}))
        self.assertEqual(self.say(f"send sms:{THEIRS} first"), EMPTY)
        self.assertEqual(self.say("say second"), EMPTY)
        self.assertEqual([self.provider.take()["Body"] for _ in range(3)], ["first", "first", "second"])
        wait_until(lambda: self.gateway.gauge("sms", "messages_sent") == 2, "none is on its way")
        self.assertIn("<Body>third</Body>", self.say("say third"))

    def test_one_whose_webhook_stays_open_leaves_by_rest_be_it_the_last_that_may(self):
        answers = []
        webhook = threading.Thread(target=lambda: answers.append(self.say("STOP", CONSENT[0])))
        webhook.start()
        self.assertEqual(self.provider.take()["Body"], "unknown: STOP")
        self.assertEqual(answers, [])
        (self.gateway.folder / "gate").touch()
        webhook.join()
        self.assertEqual(answers, [EMPTY])
        self.assertTrue(self.provider.requests.empty())


class RepeatTest(unittest.TestCase):
    def test_a_reply_is_given_again(self):
        with Provider() as provider, restarting(provider) as gateway:
            fields = message("say hello;handled")
            first = post(gateway.port("sms"), fields)
            self.assertIn("<Body>1</Body>", first[1])
            for _ in range(3):
                self.assertEqual(post(gateway.port("sms"), fields)[:2], first[:2])
            self.assertIn("<Body>2</Body>", post(gateway.port("sms"), message("handled"))[1])


ASKERS = """
asker: { plugin: asker, config: { to: 'sms:+15550199', path: receipts }, may_send: ['sms:+15550199'] }
"""
ASKING = """
- { name: durable, match: { from: '+15550122' }, to: asker, delivery: durable }
- { name: rest, match: {}, to: asker }
"""


class ReceiptTest(unittest.TestCase):
    def setUp(self):
        self.provider = self.enterContext(Provider())
        send = f"from: '{OURS}', timeout: 2s, retry_for: 3s"
        self.gateway = self.enterContext(Gateway(
            twilio(self.provider, ", state: opt-outs").replace(f"from: '{OURS}'", send), ASKERS, ASKING))

    def say(self, text, sender=THEIRS):
        self.assertEqual(post(self.gateway.port("sms"), message(text, sender=sender))[0], 200)

    def report(self, sid, status, **more):
        fields = {"MessageSid": sid, "MessageStatus": status, "From": OURS, "To": "+15550199", **more}
        self.assertEqual(post(self.gateway.port("sms"), fields)[0], 200)

    def receipts(self, count):
        """Of so many: (outcome, code, ids, status)."""
        path = self.gateway.folder / "receipts"

        def read():
            lines = path.read_text().splitlines() if path.exists() else []
            return [json.loads(line) for line in lines] if len(lines) >= count else None
        told = []
        for each in wait_until(read, f"{count} receipts"):
            receipt, sms = each["receipt"], each["sms"]
            told.append((receipt["outcome"], receipt.get("code", 0), sms.get("sending", {}).get("message_ids", []),
                         sms.get("delivery", {}).get("status", "")))
        return told

    def test_what_becomes_of_a_message(self):
        self.say("one")
        self.assertEqual(self.provider.take()["Body"], "one")
        self.assertEqual(self.receipts(1), [("SENT", 0, ["SM-out-1"], "")])
        for status in ("sent", "queued", "sent", "delivered", "delivered"):
            self.report("SM-out-1", status)
        self.assertEqual(self.receipts(3)[1:], [("SENT", 0, [], "SENT"), ("SENT", 0, [], "DELIVERED")])
        self.say("two")
        self.receipts(4)
        self.report("SM-out-2", "undelivered", ErrorCode="30003")
        self.report("SM-of-nobody", "undelivered")
        self.assertEqual(self.receipts(5)[4], ("REJECTED", 30003, [], "UNDELIVERED"))

    def test_what_nobody_can_tell_is_not_sent_again(self):
        for answer in (None, (500, "", {}), (201, "{}", {})):
            self.provider.answers.put(answer)
        for text in ("one", "two", "three"):
            self.say(text)
        self.assertEqual([each[0] for each in self.receipts(3)], ["UNKNOWN"] * 3)
        self.assertEqual(self.provider.requests.qsize(), 3)

    def test_what_is_tried_again(self):
        self.provider.answers.put((429, '{"code": 20429}', {"Retry-After": "1"}))
        self.say("one")
        self.say("two")
        self.assertEqual([self.provider.take()["Body"] for _ in range(3)], ["one", "one", "two"])
        self.assertEqual([each[0] for each in self.receipts(2)], ["SENT"] * 2)

    def test_what_is_tried_in_vain(self):
        for _ in range(9):
            self.provider.answers.put((429, '{"code": 20429}', {}))
        self.say("one")
        self.assertEqual(self.receipts(1)[0][:2], ("REJECTED", 20429))

    def test_a_gateway_that_is_killed_amid_a_request_sends_nothing_twice(self):
        self.provider.answers.put("never")
        self.say("one", sender=DURABLE)
        self.provider.take()
        self.gateway.kill()
        self.gateway.start()
        self.say("two", sender=DURABLE)
        self.assertEqual(self.provider.take()["Body"], "two")
        self.assertEqual(self.provider.requests.qsize(), 0)


class PartsTest(unittest.TestCase):
    def test_parts_are_one_message(self):
        adapter = ("sms: { type: sms, listen: '127.0.0.1:0', provider: vonage-sms, public_url: 'https://h/', "
                   "verify: none, parts_timeout: 1s }")
        routes = "- { name: all, match: {}, to: journal }"
        with Gateway(adapter, "journal: { plugin: journal, config: { path: journal } }", routes) as gateway:
            def part(number, ref="r", total=3):
                fields = {"msisdn": THEIRS[1:], "to": OURS[1:], "messageId": f"{ref}-{number}", "type": "text",
                          "text": f"part {number} ", "concat": "true", "concat-ref": ref,
                          "concat-part": str(number), "concat-total": str(total)}
                answers.append(post(gateway.port("sms"), fields, path="/")[0])

            answers = []
            threads = [threading.Thread(target=part, args=args) for args in ((3,), (1,), (2,), (1,))]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            part(2)  # Again, and late.
            part(2, ref="s")  # The others never come.
            self.assertEqual(answers, [200] * 6)
            lines = (gateway.folder / "journal").read_text().splitlines()
            texts = [each["text"] for each in map(json.loads, lines) if each["kind"] == "MESSAGE"]
            self.assertEqual(texts, ["part 1 part 2 part 3 ", "part 2 "])


if __name__ == "__main__":
    unittest.main()
