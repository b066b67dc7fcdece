#!/usr/bin/env python3
"""Mail out of the gateway, through a smarthost of others: replies, new mails, bounces, and what their senders hear."""

import json
import re
import smtplib
import tempfile
import unittest

import wire
from durable import DurableTest
from gateway import Gateway, wait_until
from smarthost import PASSWORD, USERNAME, Smarthost, parsed, text_of

CONSUMERS = """
echo: { plugin: echo }
away: { plugin: autoreply, config: { text: "I am away.\\nGrüße" } }
commands: { plugin: commands, may_send: ["inbox:*"] }
onward:
  plugin: forward
  may_send: ["inbox:*"]
  config: { to: "inbox:ops@elsewhere.example.org", title: "{subject}" }
picky: { plugin: flaky, config: { rejects: true } }
"""
ROUTES = """
- { name: web, match: { adapter: web }, to: commands }
- { name: echo, match: { to: 'echo@in.example.com' }, to: echo }
- { name: kept, match: { to: 'kept@in.example.com' }, to: echo, delivery: durable, on_reject: dead_letter }
- { name: away, match: { to: 'away@in.example.com', from: '{sender}' }, to: 'away:{sender}' }
- { name: quick, match: { to: 'quick@in.example.com' }, to: echo, delivery: live }
- { name: onward, match: { to: 'onward@in.example.com' }, to: onward }
- { name: bounced, match: { to: 'bounced@in.example.com' }, to: picky, delivery: durable, on_reject: bounce }
"""


def adapters(port, extra=""):
    smarthost = (f"smarthost: {{ url: 'smtp://localhost:{port}', from: gateway@in.example.com, username: {USERNAME}, "
                 f"password: {{ plain: {PASSWORD} }}, ca: ca.crt, retry: {{ initial: 100ms, max: 200ms }}{extra} }}")
    return ("web: { type: websocket, listen: '127.0.0.1:0' }\n"
            "inbox: { type: smtp, listen: '127.0.0.1:0', hostname: mx.example.com, accept: '*@in.example.com', "
            f"{smarthost} }}")


def mail(to, subject="a subject", headers="", text="a text", sender="ada@example.org"):
    return (f"From: Ada <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <m1@example.org>\r\n{headers}\r\n"
            f"{text}\r\n")


def bring(gateway, to, sender="ada@example.org", **parts):
    with smtplib.SMTP("127.0.0.1", gateway.port("inbox"), "client.example.org", timeout=20) as client:
        client.sendmail(sender, [to], mail(to, sender=sender or "ada@example.org", **parts).encode())


def ask(gateway, text):
    """What the consumer `commands` hears of that: outcome, code, text."""
    connection = wire.Connection(gateway.port(), "/")
    connection.send(wire.frame(wire.TEXT, text))
    word, _, event = connection.message().decode().partition(" ")
    connection.socket.close()
    assert word == "receipt", (word, event)
    receipt = json.loads(event)["receipt"]
    return f"{receipt['outcome']} {receipt.get('code', 0)} {receipt.get('text', '')}".rstrip()


class SendingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.smarthost = cls.enterClassContext(Smarthost(cls.folder))
        cls.gateway = Gateway(adapters(cls.smarthost.port), CONSUMERS, ROUTES)
        (cls.gateway.folder / "ca.crt").write_bytes((cls.smarthost.files[0].parent / "ca.crt").read_bytes())
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def setUp(self):
        self.smarthost.mails.clear()

    def test_a_reply_answers_its_mail(self):
        for to in ("echo@in.example.com", "kept@in.example.com", "quick@in.example.com"):
            self.smarthost.mails.clear()
            bring(self.gateway, to, headers="References: <m0@example.org>\r\n", text="Hello")
            sent, = self.smarthost.wait(1)
            self.assertEqual((sent["from"], sent["to"], sent["user"]), ("<>", ["ada@example.org"], USERNAME), to)
            answer = parsed(sent)
            self.assertEqual((answer["From"], answer["To"], answer["Subject"]),
                             (to, "ada@example.org", "Re: a subject"))
            self.assertEqual(answer["In-Reply-To"], "<m1@example.org>")
            self.assertEqual(answer["References"].split(), ["<m0@example.org>", "<m1@example.org>"])
            self.assertEqual(answer["Auto-Submitted"], "auto-replied")
            self.assertEqual(text_of(sent), "Hello\n")
            self.assertFalse(answer.defects)

    def test_what_is_not_answered(self):
        bring(self.gateway, "echo@in.example.com", sender="")
        for headers in ("Auto-Submitted: auto-generated\r\n", "List-Id: <l.example.org>\r\n", "Precedence: bulk\r\n"):
            bring(self.gateway, "echo@in.example.com", headers=headers)
        bring(self.gateway, "echo@in.example.com", sender="echo@in.example.com")
        bring(self.gateway, "echo@in.example.com", subject="the last")
        last, = self.smarthost.wait(1)
        self.assertEqual(parsed(last)["Subject"], "Re: the last")
        self.assertEqual(len(self.smarthost.mails), 1)

    def test_an_automatic_reply_is_sent_once(self):
        bring(self.gateway, "away@in.example.com", subject="Grüße")
        bring(self.gateway, "away@in.example.com", headers="Auto-Submitted: auto-replied\r\n")
        bring(self.gateway, "away@in.example.com")
        bring(self.gateway, "away@in.example.com", sender="bob@example.org")
        first, second = self.smarthost.wait(2)
        self.assertEqual((first["to"], second["to"]), (["ada@example.org"], ["bob@example.org"]))
        self.assertEqual(parsed(first)["Subject"], "Auto: Grüße")
        self.assertEqual(text_of(first), "I am away.\nGrüße\n")

    def test_a_new_mail_and_its_receipt(self):
        self.assertEqual(ask(self.gateway, "send inbox:eve@elsewhere.example.org Zwölf\x00Boxkämpfer"), "SENT 0")
        sent, = self.smarthost.wait(1)
        self.assertEqual((sent["from"], sent["to"]), ("gateway@in.example.com", ["eve@elsewhere.example.org"]))
        new = parsed(sent)
        self.assertEqual((new["Subject"], new["From"]), ("a title", "gateway@in.example.com"))
        self.assertEqual(new["Auto-Submitted"], "auto-generated")
        self.assertEqual(text_of(sent), "Zwölf\x00Boxkämpfer\n")
        self.assertRegex(new["Message-ID"], r"^<[0-9.]+\.[0-9a-f]{24}@mx\.example\.com>$")

    def test_what_the_smarthost_refuses(self):
        self.assertRegex(ask(self.gateway, "send inbox:no@elsewhere.example.org hello"), "^REJECTED 550 .*no such")
        self.assertRegex(ask(self.gateway, "send inbox:eve@elsewhere.example.org spam"), "^REJECTED 554 .*spam")
        self.assertRegex(ask(self.gateway, "send inbox:eve hello"), "^REJECTED 0 its address is none")
        self.assertEqual(self.smarthost.mails, [])

    def test_what_it_takes_later(self):
        self.assertEqual(ask(self.gateway, "send inbox:twice@elsewhere.example.org hello"), "SENT 0")
        self.assertEqual(len(self.smarthost.wait(1)), 1)

    def test_a_bounce_tells_of_a_refusal(self):
        bring(self.gateway, "bounced@in.example.com", sender="", subject="nobody hears")
        bring(self.gateway, "bounced@in.example.com", subject="Grüße")
        sent, = self.smarthost.wait(1)
        self.assertEqual((sent["from"], sent["to"]), ("<>", ["ada@example.org"]))
        bounce = parsed(sent)
        self.assertEqual(bounce.get_content_type(), "multipart/report")
        self.assertEqual(bounce.get_param("report-type"), "delivery-status")
        self.assertEqual(bounce["In-Reply-To"], "<m1@example.org>")
        notice, status, header = bounce.iter_parts()
        self.assertIn("bounced@in.example.com", notice.get_content())
        whole, recipient = status.get_payload()
        self.assertEqual(whole["Reporting-MTA"], "dns; mx.example.com")
        self.assertEqual((recipient["Final-Recipient"], recipient["Action"], recipient["Status"]),
                         ("rfc822; bounced@in.example.com", "failed", "5.7.1"))
        self.assertRegex(recipient["Diagnostic-Code"], "^smtp; 5[0-9][0-9] ")
        self.assertIn("Message-ID: <m1@example.org>", header.get_content())
        self.assertEqual(self.gateway.consumer("picky")["dead"], 2)

    def test_a_mail_that_goes_on_says_so(self):
        bring(self.gateway, "onward@in.example.com", headers="X-Millrace-Hops: 7\r\n")
        sent, = self.smarthost.wait(1)
        self.assertEqual((parsed(sent)["X-Millrace-Hops"], parsed(sent)["Subject"]), ("8", "a subject"))
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            bring(self.gateway, "onward@in.example.com", headers="X-Millrace-Hops: 17\r\n", subject="in a circle")
        self.assertEqual(refused.exception.smtp_code, 550)
        self.assertIn(b"loop", refused.exception.smtp_error)
        bring(self.gateway, "onward@in.example.com", headers="X-Millrace-Hops: no\r\n", subject="the last")
        self.assertEqual([parsed(each)["Subject"] for each in self.smarthost.wait(2)], ["a subject", "the last"])


class OtherGatewaysTest(unittest.TestCase):
    def test_without_a_smarthost_nothing_is_sent(self):
        plain = re.sub(r", smarthost: .*", " }", adapters(1))
        with Gateway(plain, CONSUMERS, ROUTES) as gateway:
            self.assertRegex(ask(gateway, "send inbox:eve@elsewhere.example.org hello"),
                             "^REJECTED 0 no `smarthost` is configured")
            bring(gateway, "echo@in.example.com")
            self.assertEqual(gateway.adapter("inbox")["replies_unaddressed"], 1)

    def test_a_recipient_gets_so_many_in_an_hour(self):
        with tempfile.TemporaryDirectory() as folder, Smarthost(folder) as smarthost:
            gateway = Gateway(adapters(smarthost.port, ", max_per_recipient: 2"), CONSUMERS, ROUTES)
            (gateway.folder / "ca.crt").write_bytes((smarthost.files[0].parent / "ca.crt").read_bytes())
            with gateway:
                for expected in ("SENT 0", "SENT 0", "REJECTED 0 eve@elsewhere.example.org has got"):
                    answer = ask(gateway, "send inbox:eve@elsewhere.example.org hello")
                    self.assertTrue(answer.startswith(expected), answer)
                self.assertEqual(ask(gateway, "send inbox:bob@elsewhere.example.org hello"), "SENT 0")


    def test_a_wrong_password_is_told(self):
        with tempfile.TemporaryDirectory() as folder, Smarthost(folder) as smarthost:
            gateway = Gateway(adapters(smarthost.port).replace(PASSWORD, "wrong"), CONSUMERS, ROUTES)
            (gateway.folder / "ca.crt").write_bytes((smarthost.files[0].parent / "ca.crt").read_bytes())
            with gateway:
                bring(gateway, "echo@in.example.com")
                wait_until(lambda: "535" in gateway.adapter("inbox")["degraded"] or
                           "authentic" in gateway.adapter("inbox")["degraded"].lower() or
                           "login" in gateway.adapter("inbox")["degraded"].lower(), "the trouble is told")
                gateway.wait_line("takes a mail later")

    def test_durable_mails_wait_for_their_turn(self):
        with tempfile.TemporaryDirectory() as folder, Smarthost(folder) as smarthost:
            gateway = Gateway(adapters(smarthost.port, ", max_per_recipient: 1"), CONSUMERS, ROUTES)
            (gateway.folder / "ca.crt").write_bytes((smarthost.files[0].parent / "ca.crt").read_bytes())
            with gateway:
                for text in ("one", "two", "three"):
                    bring(gateway, "kept@in.example.com", text=text)
                bring(gateway, "kept@in.example.com", text="another", sender="bob@example.org")
                self.assertEqual({text_of(each) for each in smarthost.wait(2)}, {"one\n", "another\n"})
                self.assertEqual(gateway.gauge("inbox", "mails_under_way"), 2)


class DeparturesTest(DurableTest):
    def test_a_gateway_that_is_killed_while_its_smarthost_is_away(self):
        with tempfile.TemporaryDirectory() as folder, Smarthost(folder) as first:
            smarthost = Smarthost(folder, first.port)
            first.process.kill()
            first.process.wait()
            gateway = Gateway(adapters(smarthost.port), CONSUMERS, ROUTES)
            (gateway.folder / "ca.crt").write_bytes((first.files[0].parent / "ca.crt").read_bytes())
            with gateway:
                texts = [f"text {i}" for i in range(20)]
                for text in texts:
                    bring(gateway, "kept@in.example.com", text=text)
                wait_until(lambda: "smarthost" in gateway.adapter("inbox")["degraded"], "the trouble is told")
                gateway.kill()
                gateway.start()
                with smarthost:
                    wait_until(lambda: {text_of(each).strip() for each in smarthost.mails} == set(texts),
                               "each is sent")
                    ids = {(parsed(each)["Message-ID"], text_of(each)) for each in smarthost.mails}
                    self.assertEqual(len(ids), len(texts))
                    wait_until(lambda: not gateway.adapter("inbox")["degraded"], "the trouble is over")


if __name__ == "__main__":
    unittest.main()
