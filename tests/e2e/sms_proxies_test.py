"""Webhooks of SMS through nginx, haproxy and stunnel4, which end TLS and change Host, port and prefix: what the
provider has signed is still what is verified. The signatures are made here, as the providers document it."""

import base64
import hashlib
import hmac
import itertools
import pathlib
import socket
import ssl
import tempfile
import unittest
import urllib.parse
from dataclasses import dataclass

from certificates import Certificates
from gateway import DEADLINE_S, Gateway, wait_until
from proxies import Haproxy, Nginx, Stunnel

TOKEN = "s3cret_tok3n"
QUERIES = ["", "?a=1", "?b=2&a=1&b=1", "?q=it's+%2B1%20%C3%BC&empty=", "?x"]
FORGED = QUERIES[::3]
NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Hook:
    """An adapter behind the proxies."""

    provider: str
    origin: str  # which the provider calls
    path: str
    strip: str = ""  # what the proxies take away

    @property
    def name(self):
        return f"hook{HOOKS.index(self)}"

    def configuration(self):
        strip = f"strip_prefix: {self.strip}, " if self.strip else ""
        return (f"{self.name}: {{ type: sms, listen: '127.0.0.1:0', provider: {self.provider}, {strip}"
                f"public_url: '{self.origin}{self.path}', auth_token: {{ plain: {TOKEN} }}, "
                "trusted_proxies: [ 127.0.0.1 ] }")


HOOKS = [Hook(provider, origin, f"/{provider}{number}{path}", strip)
         for provider in ("twilio", "plivo")
         for number, (origin, path, strip) in enumerate([
             ("https://sms.example.com", "", ""),
             ("https://sms.example.com:8443", "/in%20box/a.php", ""),
             ("http://sms.example.com", "/in", "")])]
HOOKS += [Hook(provider, "https://sms.example.com", f"/edge/{provider}", "/edge") for provider in ("twilio", "plivo")]


def twilio_signature(url, fields):
    """https://www.twilio.com/docs/usage/security"""
    signed = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def plivo_signature(url, fields, nonce):
    """https://www.plivo.com/docs/messaging/concepts/signature-validation: V3"""
    base, _, query = url.partition("?")
    pairs = sorted(f"{name}={value}" for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True))
    signed = base + "?" + "&".join(pairs) + ("." if pairs else "")
    signed += "".join(name + value for name, value in sorted(fields)) + "." + nonce
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha256).digest()).decode()


def message_of(hook, text):
    id = f"id{next(NUMBERS)}"
    if hook.provider == "twilio":
        return [("MessageSid", id), ("From", "+15550123"), ("To", "+15550100"), ("Body", text), ("NumMedia", "0")]
    return [("MessageUUID", id), ("From", "15550123"), ("To", "15550100"), ("Text", text), ("Type", "sms")]


def signature_of(hook, url, fields):
    if hook.provider == "twilio":
        return [f"X-Twilio-Signature: {twilio_signature(url, fields)}"]
    nonce = f"n{next(NUMBERS)}"
    return [f"X-Plivo-Signature-V3: {plivo_signature(url, fields, nonce)}", f"X-Plivo-Signature-V3-Nonce: {nonce}"]


class ProxiesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="millrace-proxies-")
        cls.addClassCleanup(folder.cleanup)
        certificates = Certificates(pathlib.Path(folder.name))
        cls.pair = certificates.make("sms.example.com", "ca")
        cls.gateway = Gateway("\n".join(hook.configuration() for hook in HOOKS),
                              "journal: { plugin: journal, config: { path: journal } }",
                              "- { name: all, match: { kind: MESSAGE }, to: journal }")
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None)

    def post(self, proxy, hook, target, headers, body):
        """The status of the answer."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host = hook.origin.partition("//")[2]
        with socket.create_connection(("127.0.0.1", proxy.port_of(hook.path)), DEADLINE_S) as plain, \
                context.wrap_socket(plain, server_hostname="sms.example.com") as line:
            line.sendall("\r\n".join([
                f"POST {target} HTTP/1.1", f"Host: {host}", "Connection: close",
                "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}", *headers, "",
                body]).encode())
            return int(line.makefile("rb").readline().split()[1])

    def check(self, kind):
        hooks = [hook for hook in HOOKS if kind.strips or not hook.strip]
        routes = {hook.path: (self.gateway.port(hook.name), hook.strip) for hook in hooks}
        before = self.texts()
        expected = []
        with kind(routes, *self.pair) as proxy:
            for hook, query in itertools.product(hooks, QUERIES):
                target = hook.path + query
                with self.subTest(kind=kind.__name__, hook=hook, target=target):
                    text = f"Grüße & it's {len(expected)} +%41"
                    fields = message_of(hook, text)
                    body = urllib.parse.urlencode(fields)
                    headers = signature_of(hook, hook.origin + target, fields)
                    self.assertEqual(self.post(proxy, hook, target, headers, body), 200)
                    expected.append(text)
                    if query in FORGED:
                        self.check_forged(proxy, hook, target, fields)
            wait_until(lambda: len(self.texts()) >= len(before) + len(expected), "the messages")
        self.assertEqual(sorted(self.texts()[len(before):]), sorted(expected))

    def check_forged(self, proxy, hook, target, fields):
        """The body, the query, the path or the origin are other ones than those that were signed."""
        body = urllib.parse.urlencode(fields)
        right = signature_of(hook, hook.origin + target, fields)
        other = [f"X-Forwarded-{what}" for what in ("Host: sms.example.org", "Proto: http", "Port: 1")]
        for headers, sent_to, sent in [
                (right, target, body.replace("Gr", "gr")),
                (right, target + ("&" if "?" in target else "?") + "z=1", body),
                (right, hook.path + "/x", body),
                (signature_of(hook, hook.origin.replace(".com", ".org") + target, fields) + other, target, body),
                ([], target, body)]:
            self.assertEqual(self.post(proxy, hook, sent_to, headers, sent), 403, (headers, sent_to))

    def texts(self):
        return [event["text"] for event in self.gateway.journal() if event["kind"] == "MESSAGE"]

    def test_nginx(self):
        self.check(Nginx)

    def test_haproxy(self):
        self.check(Haproxy)

    def test_stunnel(self):
        self.check(Stunnel)


if __name__ == "__main__":
    unittest.main()
