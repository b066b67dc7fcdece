"""A smarthost of others: aiosmtpd, over TLS and with a login (tests/support/mail_sink.py has what it refuses).

    with Smarthost(folder) as smarthost:      # makes ca.crt there, and a key of its own
        ... smarthost.wait(2)                 # the mails that it has, two at least
"""

import email
import email.policy
import json
import pathlib
import subprocess
import sys
import threading

from certificates import Certificates
from gateway import wait_until

SINK = pathlib.Path(__file__).resolve().parent.parent / "support" / "mail_sink.py"
USERNAME, PASSWORD = "gw", "s3cret"


class Smarthost:
    def __init__(self, folder, port=0):
        self.files = Certificates(folder).make("smarthost", "ca")
        self.port = port
        self.mails = []

    def __enter__(self):
        self.process = subprocess.Popen([sys.executable, SINK, *self.files, USERNAME, PASSWORD, str(self.port)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            self.mails.append(json.loads(line))

    def wait(self, count):
        wait_until(lambda: len(self.mails) >= count, f"{count} mails at the smarthost")
        return self.mails


def parsed(mail):
    return email.message_from_bytes(mail["content"].encode("latin-1"), policy=email.policy.default)


def text_of(mail):
    return parsed(mail).get_content().replace("\r\n", "\n")
