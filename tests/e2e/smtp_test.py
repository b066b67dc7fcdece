#!/usr/bin/env python3
"""Mail into the gateway, from clients of others: smtplib and swaks. What is answered, and what consumers get."""

import base64
import smtplib
import ssl
import subprocess
import unittest

from certificates import Certificates
from gateway import Gateway, wait_until

CONSUMERS = """
commands: { plugin: commands }
journal: { plugin: journal, config: { path: journal } }
postbox: { plugin: postbox, config: { folder: mails } }
sleeper: { plugin: sleeper }
"""
ROUTES = """
- { name: orders, match: { to: 'do@in.example.com' }, to: commands }
- { name: tags, match: { to: 'support+{tag}@in.example.com' }, to: [journal, postbox] }
- { name: spam, match: { to: 'box@in.example.com', subject: '*lottery*' }, drop: true }
- { name: boxes, match: { to: ['box@in.example.com', 'other@in.example.com'] }, to: [journal, postbox] }
- { name: lists, match: { to: 'list@in.example.com', header.list-id: '*' }, to: journal }
- { name: slow, match: { to: 'slow@in.example.com' }, to: sleeper }
"""


def adapters(extra=""):
    return ("inbox: { type: smtp, listen: '127.0.0.1:0', hostname: mx.example.com, "
            f"accept: '*@in.example.com'{extra} }}")


def mail(text, subject="a subject", headers=""):
    return f"From: Ada <ada@example.org>\r\nSubject: {subject}\r\n{headers}\r\n{text}\r\n"


class SmtpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(adapters(), CONSUMERS, ROUTES)
        (cls.gateway.folder / "mails").mkdir()
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def client(self):
        client = smtplib.SMTP("127.0.0.1", self.gateway.port("inbox"), "client.example.org", timeout=20)
        self.addCleanup(client.close)
        client.ehlo()
        return client

    def mails(self):
        return {path.read_bytes() for path in (self.gateway.folder / "mails").glob("*.eml")}

    def deliver(self, text, *to, sender="ada@example.org"):
        """One mail -> the last reply."""
        client = self.client()
        self.assertEqual(client.mail(sender)[0], 250)
        for each in to:
            self.assertEqual(client.rcpt(each)[0], 250)
        return client.data(text)

    def test_what_is_offered(self):
        client = self.client()
        self.assertTrue({"pipelining", "8bitmime", "smtputf8", "size", "chunking", "enhancedstatuscodes"} <=
                        set(client.esmtp_features), client.esmtp_features)
        self.assertEqual(client.esmtp_features["size"], str(25 << 20))
        self.assertNotIn("starttls", client.esmtp_features)
        self.assertNotIn("auth", client.esmtp_features)

    def test_a_verdict_is_the_reply(self):
        for text, expected in (("say nothing", b"2.0.0"), ("reject 554 5.6.0 not this one", b"5.6.0 not this one"),
                               ("reject 0 no", b"no"), ("retry 99", b"4.3.0")):
            code, words = self.deliver(mail(text), "do@in.example.com")
            self.assertEqual(code, {"say": 250, "rej": 554 if "554" in text else 550, "ret": 451}[text[:3]], words)
            self.assertIn(expected, words)

    def test_nobody_there(self):
        client = self.client()
        client.mail("ada@example.org")
        for address in ("do@elsewhere.example.com", "nobody@in.example.com", "ada@example.org"):
            code, words = client.rcpt(address)
            self.assertEqual((code, words[:5]), (550, b"5.1.1"), address)
        self.assertEqual(client.docmd("DATA")[0], 554)

    def test_routed_nowhere_when_all_is_known(self):
        code, words = self.deliver(mail("win", "the lottery"), "box@in.example.com")
        self.assertEqual((code, words[:5]), (550, b"5.7.1"))
        code, words = self.deliver(mail("no list"), "list@in.example.com")
        self.assertEqual((code, words[:5]), (550, b"5.7.1"))
        text = mail("a list", headers="List-Id: <l.example.org>\r\n")
        self.assertEqual(self.deliver(text, "list@in.example.com")[0], 250)

    def test_recipients_of_other_routes_come_in_another_transaction(self):
        client = self.client()
        client.mail("ada@example.org")
        self.assertEqual(client.rcpt("support+a@in.example.com")[0], 250)
        self.assertEqual(client.rcpt("box@in.example.com")[:1], (452,))
        self.assertEqual(client.rcpt("box@in.example.com")[1][:5], b"4.5.3")
        self.assertEqual(client.data(mail("x"))[0], 250)

    def test_what_consumers_get(self):
        def events():
            return [each for each in self.gateway.journal()
                    if each["attributes"].get("to") == "support+blue@in.example.com"]
        text = mail("Hello Gr=C3=BC=C3=9Fe,\r\n.dot", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n")
        self.assertEqual(self.deliver(text, "support+blue@in.example.com")[0], 250)
        kinds = ["CONNECT", "MESSAGE", "DISCONNECT"]
        wait_until(lambda: len(events()) == 3, "all of it")
        self.assertEqual([event["kind"] for event in events()], kinds)
        message = events()[1]
        self.assertEqual(message["text"], "Hello Grüße,\n.dot\n")
        attributes = message["attributes"]
        self.assertEqual((attributes["to"], attributes["tag"], attributes["from"], attributes["subject"]),
                         ("support+blue@in.example.com", "blue", "ada@example.org", "Grüße"))
        self.assertEqual(message["email"]["envelope"]["to"],
                         [{"address": "support+blue@in.example.com", "detail": "blue"}])
        self.assertEqual(message["email"]["subject"], "Grüße")
        self.assertEqual(message["email"]["client"]["protocol"], "ESMTP")
        self.assertIn(text.encode(), self.mails())

    def test_mails_of_every_size_are_what_was_sent(self):
        for size in (0, 1, 1000, 255 << 10, 257 << 10, 3 << 20):
            line = "0123456789abcdef" * 4 + "\r\n"
            text = mail(f"{size}\r\n" + line * (size // len(line)))
            self.assertEqual(self.deliver(text, "box@in.example.com")[0], 250)
            self.assertIn(text.encode(), self.mails(), size)

    def test_what_is_too_large(self):
        client = self.client()
        self.assertEqual(client.mail("ada@example.org", ["SIZE=99999999"])[0], 552)

    def test_swaks(self):
        done = subprocess.run(["swaks", "--server", f"127.0.0.1:{self.gateway.port('inbox')}", "--pipeline", "--from",
                               "ada@example.org", "--to", "box@in.example.com", "--body", "by swaks",
                               "--attach", "@/bin/true"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class RatesTest(unittest.TestCase):
    def gateway(self, rates, extra=""):
        tls = "tls: { cert: mx.crt, key: { file: mx.key } }, users: { file: users }"
        gateway = Gateway(adapters(f", max_rates: {{ {rates} }}, {extra}{tls}"), CONSUMERS, ROUTES)
        Certificates(gateway.folder).make("mx", "ca")
        hashed = subprocess.run(["openssl", "passwd", "-6", "secret"], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        (gateway.folder / "users").write_text(f"ada:{hashed}")
        (gateway.folder / "users").chmod(0o600)
        (gateway.folder / "mails").mkdir()
        return gateway

    @staticmethod
    def client(gateway):
        client = smtplib.SMTP("127.0.0.1", gateway.port("inbox"), "client.example.org", timeout=20)
        client.ehlo()
        return client

    def test_connections(self):
        with self.gateway("connections: 2") as gateway:
            first, second = self.client(gateway), self.client(gateway)
            with self.assertRaises(smtplib.SMTPConnectError) as refused:
                self.client(gateway)
            self.assertEqual((refused.exception.smtp_code, refused.exception.smtp_error[:5]), (421, b"4.7.0"))
            for client in (first, second):
                self.assertEqual(client.noop()[0], 250)
                client.close()

    def test_connections_with_tls_from_the_first_byte(self):
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        with self.gateway("connections: 1", "tls_mode: implicit, ") as gateway:
            def connect():
                return smtplib.SMTP_SSL("127.0.0.1", gateway.port("inbox"), timeout=20, context=unchecked)
            with connect() as client:
                with self.assertRaises(OSError):
                    connect()
                self.assertEqual(client.noop()[0], 250)

    def test_mails_and_recipients(self):
        with self.gateway("mails: 2, recipients: 3") as gateway, self.client(gateway) as client:
            for to in (["box@in.example.com", "other@in.example.com"], ["box@in.example.com"]):
                client.sendmail("ada@example.org", to, mail("x"))
            self.assertEqual(client.mail("ada@example.org"), (450, b"4.7.1 Too much mail, try again later"))
        with self.gateway("recipients: 1") as gateway, self.client(gateway) as client:
            client.mail("ada@example.org")
            self.assertEqual(client.rcpt("box@in.example.com")[0], 250)
            self.assertEqual(client.rcpt("other@in.example.com"), (450, b"4.7.1 Too much mail, try again later"))
            self.assertEqual(client.data(mail("x"))[0], 250)

    def test_handshakes_and_logins(self):
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        with self.gateway("tls: 1, logins: 1") as gateway, self.client(gateway) as client, self.client(gateway) as late:
            client.starttls(context=unchecked)
            client.ehlo()
            wrong = base64.b64encode(b"\0ada\0wrong").decode()
            self.assertEqual(client.docmd("AUTH PLAIN " + wrong)[0], 535)
            self.assertEqual(client.docmd("AUTH PLAIN " + wrong)[0], 454)
            self.assertEqual(late.docmd("STARTTLS"), (454, b"4.7.0 TLS is not available"))


if __name__ == "__main__":
    unittest.main()
