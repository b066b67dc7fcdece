"""Mail from servers and tools of others: a Postfix that relays by SMTP and by LMTP, smtp-source, swaks and openssl."""

import os
import re
import shutil
import smtplib
import subprocess
import unittest

from certificates import Certificates
from gateway import DEADLINE_S, SCALE, Gateway, wait_until
from postfix import Postfix

TLS = "tls: { cert: mx.crt, key: { file: mx.key } }, users: { file: users }"
ACCEPT = "accept: ['*@in.example.com', '*@local.example.com'], max_mails: 100000"
ADAPTERS = f"""
inbox: {{ type: smtp, listen: '127.0.0.1:0', {ACCEPT}, {TLS} }}
private: {{ type: smtp, listen: '127.0.0.1:0', {ACCEPT}, {TLS}, tls_mode: implicit, require_auth: true }}
local: {{ type: smtp, listen: '127.0.0.1:0', {ACCEPT}, protocol: lmtp }}
"""
CONSUMERS = """
journal: { plugin: journal, config: { path: journal } }
postbox: { plugin: postbox, config: { folder: mails } }
later: { plugin: flaky, config: { until: open } }
picky: { plugin: flaky, config: { rejects: true } }
"""
ROUTES = """
- { name: boxes, match: { to: 'box+{n}@in.example.com' }, to: postbox }
- { name: local, match: { to: '{n}@local.example.com' }, to: postbox }
- { name: picky, match: { to: 'picky@*.example.com' }, to: picky }
- { name: twice, match: { to: 'twice@in.example.com' }, to: [journal, later] }
"""
PASSWORD = "open sesame"
MAILS = 400 // SCALE
POSTFIX = "/usr/sbin/postfix"


def run(*command, code=0, words=None):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, input=words,
                          timeout=DEADLINE_S * 4, check=False)
    if done.returncode != code:
        raise AssertionError(f"{command} ends with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


class SmtpClientsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(ADAPTERS, CONSUMERS, ROUTES)
        folder = cls.gateway.folder
        Certificates(folder).make("mx", "ca")
        hashed = run("openssl", "passwd", "-6", "-stdin", words=PASSWORD).strip()
        (folder / "users").write_text(f"ada:{hashed}\n")
        (folder / "users").chmod(0o600)
        (folder / "mails").mkdir()
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None, None, None)

    def setUp(self):
        self.port = self.gateway.port("inbox")
        for path in (self.gateway.folder / "mails").iterdir():
            path.unlink()

    def mails(self):
        return [path.read_bytes().decode() for path in (self.gateway.folder / "mails").glob("*.eml")]

    def swaks(self, *words, code=0, adapter="inbox"):
        return run("swaks", "--server", "127.0.0.1", "--port", self.gateway.port(adapter), "--from", "ada@example.org",
                   "--h-Subject", "by swaks", *words, code=code)

    def test_swaks_with_tls_and_a_login(self):
        login = ["--auth-user", "ada", "--auth-password", PASSWORD]
        for mechanism in ("PLAIN", "LOGIN"):
            said = self.swaks("--tls", "--auth", mechanism, *login, "--to", "box+1@in.example.com")
            self.assertIn("235 2.7.0", said)
        self.swaks("--tlsc", "--auth", "PLAIN", *login, "--to", "box+2@in.example.com", adapter="private")
        self.assertEqual(len(self.mails()), 3)
        said = self.swaks("--tls", "--auth", "PLAIN", "--auth-user", "ada", "--auth-password", "no", "--to",
                          "box+1@in.example.com", code=28)
        self.assertIn("535 5.7.8", said)
        said = self.swaks("--tlsc", "--to", "box+2@in.example.com", adapter="private", code=23)
        self.assertIn("530 5.7.0", said)

    def test_swaks_speaks_lmtp(self):
        said = self.swaks("--protocol", "LMTP", "--to", "a@local.example.com,b@local.example.com", adapter="local")
        self.assertEqual(len(re.findall("250 2.0.0", said)), 2, said)
        self.assertEqual(len(self.mails()), 2)

    def test_openssl(self):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-starttls", "smtp", "-crlf", "-quiet",
                   "-CAfile", self.gateway.folder / "ca.crt", "-verify_return_error"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, bufsize=1) as client:
            replies = []
            for words in ("HELO client", "MAIL FROM:<ada@example.org>", "RCPT TO:<box+3@in.example.com>", "DATA",
                          "Subject: by hand\n\nx\n.", "quit"):
                client.stdin.write(words + "\n")
                replies.append(client.stdout.readline()[:3])
        self.assertEqual(" ".join(replies), "250 250 250 354 250 221")
        self.assertEqual(self.mails(), ["Subject: by hand\r\n\r\nx\r\n"])

    @unittest.skipUnless(shutil.which("smtp-source", path="/usr/sbin"), "smtp-source is not here")
    def test_smtp_source(self):
        for reuses in (["-d"], []):
            run("/usr/sbin/smtp-source", *reuses, "-s", 10, "-m", MAILS, "-l", 1024, "-f", "ada@example.org", "-t",
                "box+4@in.example.com", f"127.0.0.1:{self.port}")
        self.assertEqual(len(self.mails()), 2 * MAILS)

    @unittest.skipUnless(os.path.exists(POSTFIX) and os.geteuid() == 0, "Postfix is not here, or may not be started")
    def test_postfix_relays(self):
        def sent():
            return len(re.findall("status=sent", postfix.log.read_text()))
        transports = {"in.example.com": f"smtp:[127.0.0.1]:{self.port}",
                      "local.example.com": f"lmtp:inet:127.0.0.1:{self.gateway.port('local')}",
                      "example.org": "error:not from here"}
        with Postfix(transports, "smtp_tls_security_level = encrypt") as postfix:
            with smtplib.SMTP("127.0.0.1", postfix.port, timeout=DEADLINE_S) as client:
                for index in range(20):
                    recipients = [f"box+{index}@in.example.com", f"{index}@local.example.com"]
                    client.sendmail("ada@example.org", recipients, f"Subject: {index}\r\n\r\n..of {index}\r\n")
                wait_until(lambda: sent() == 40, "all is relayed")
                self.assertEqual(len(self.mails()), 40)
                for index in range(20):
                    self.assertEqual(sum(f"..of {index}\r\n" in mail for mail in self.mails()), 2)
                client.sendmail("ada@example.org", ["picky@in.example.com"], "Subject: no\r\n\r\nx\r\n")
                wait_until(lambda: "not this one" in postfix.log.read_text(), "it is refused")
                client.sendmail("ada@example.org", ["twice@in.example.com"], "Subject: later\r\n\r\nx\r\n")
                wait_until(lambda: len(re.findall("status=deferred.*451 4.3.0", postfix.log.read_text())) > 1, "twice")
                (self.gateway.folder / "open").touch()
                wait_until(lambda: sent() == 41, "it is taken")
        of_both = [event for event in self.gateway.journal() if event["kind"] == "MESSAGE"]
        self.assertEqual(len(of_both), 1)  # Who has acked does not get it again.


if __name__ == "__main__":
    unittest.main()
