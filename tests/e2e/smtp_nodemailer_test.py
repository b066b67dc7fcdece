"""Mail from npm `nodemailer`. Skipped, loudly, where node or the package cannot be had."""

import subprocess
import unittest

import npm
from certificates import Certificates
from gateway import DEADLINE_S, Gateway, wait_until

FOLDER = npm.install("nodemailer")
ADAPTERS = ("inbox: { type: smtp, listen: '127.0.0.1:0', accept: '*@in.example.com', "
            "tls: { cert: mx.crt, key: { file: mx.key } } }")
CONSUMERS = "journal: { plugin: journal, config: { path: journal } }"
ROUTES = "- { name: boxes, match: { to: 'box+{n}@in.example.com' }, to: journal }"


class NodemailerTest(unittest.TestCase):
    def test_its_mails_are_what_it_was_told(self):
        gateway = Gateway(ADAPTERS, CONSUMERS, ROUTES)
        certificates = Certificates(gateway.folder)
        certificates.make("mx", "ca")
        with gateway:
            done = subprocess.run(["node", "send.js", str(gateway.port("inbox")), gateway.folder / "ca.crt"],
                                  cwd=FOLDER, capture_output=True, text=True, timeout=DEADLINE_S * 2, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            said = done.stdout.splitlines()
            self.assertEqual(len([line for line in said if line.startswith("250 2.0.0")]), 53, said)
            events = wait_until(lambda: len(found := gateway.journal()) == 53 * 3 and found, "all of it")
        mails = {event["attributes"]["n"]: event for event in events if event["kind"] == "MESSAGE"}
        for number, mail in mails.items():
            self.assertEqual(mail["email"]["subject"], f"Grüße {number} 🚀")
            self.assertEqual(mail["email"]["from"], [{"name": "Ada Grün", "address": "ada@example.org"}])
            self.assertTrue(mail["email"]["client"]["protocol"].startswith("ESMTPS"))
            self.assertNotIn("defects", mail["email"])
        self.assertEqual(mails["0"]["text"], ".a line that begins with a dot\n")
        self.assertEqual(mails["1"]["text"], "hello")
        self.assertEqual([part["type"] for part in mails["1"]["email"]["parts"]],
                         ["multipart/alternative", "text/plain", "text/html"])
        attached = mails["2"]["email"]["parts"][-1]
        self.assertEqual((attached["name"], attached["size"]), ("naïve “file”.bin", "300000"))


if __name__ == "__main__":
    unittest.main()
