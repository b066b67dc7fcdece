#!/usr/bin/env python3
"""A gateway that takes mail on a durable route is killed again and again: each mail counts once.

Clients bring numbered mails, and like any mail server bring again, byte by byte, what they heard no 250 for. What has
to hold in the end:
  promise   every mail that got its 250 was handled
  once      no mail counts twice: one that was on the disk when its 250 was lost is known when it comes again
  outbox    each has led to one command: the numbers have no gap

Run it by `./dev soak mail_kill [KILLS]`.
"""

import os
import pathlib
import random
import smtplib
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from count import commands, judge  # noqa: E402
from gateway import Gateway  # noqa: E402
from killing import AFTER_S, WITNESS, drain, parser_of  # noqa: E402

ADAPTERS = "inbox: { type: smtp, listen: '127.0.0.1:0', accept: '*@in.example.com', max_mails: 1000000 }"
CONSUMERS = "counter: { plugin: counter, config: { to: 'witness:tally' }, may_send: ['witness:tally'] }\n" + WITNESS
ROUTES = ("- { name: count, match: { to: '{name}@in.example.com' }, to: 'counter:{name}', delivery: durable, "
          "on_reject: dead_letter }")
CLIENTS = 8
LARGE = 300_000  # Such a mail is a file.


class Client:
    def __init__(self, name, dice):
        self.name, self.dice = name, dice
        self.acked = self.sent = 0
        self.again = 0
        self.mail = self.refused = self.thread = None

    def begin(self, port):
        self.again += self.mail is not None
        self.thread = threading.Thread(target=self.run, args=(port,), daemon=True)
        self.thread.start()

    def run(self, port):
        try:
            with smtplib.SMTP("127.0.0.1", port, "client.example.org", timeout=60) as line:
                while True:
                    if self.mail is None:
                        self.sent += 1
                        self.mail = self.make()
                    line.sendmail("ada@example.org", ["all@in.example.com"], self.mail)
                    self.acked += 1
                    self.mail = None
        except smtplib.SMTPResponseException as refused:
            self.refused = refused.smtp_code not in (-1, 421, 451, 452) and refused  # -1: it broke within a reply.
        except (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPRecipientsRefused):
            pass

    def make(self):
        noise = f"{self.dice.randrange(1 << 64):x}"
        rest = "x" * 70 + "\r\n"
        rest *= LARGE // len(rest) if self.dice.randrange(50) == 0 else self.dice.randrange(20)
        return (f"From: ada@example.org\r\nSubject: {self.sent}\r\nMIME-Version: 1.0\r\n"
                f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{self.name} {self.sent} {noise}\r\n"
                f"--b\r\nContent-Type: application/octet-stream\r\n\r\n{rest}--b--\r\n").encode()


def run(kills, seed):
    dice = random.Random(seed)
    clients = [Client(f"c{index}", random.Random(f"{seed} {index}")) for index in range(CLIENTS)]
    gateway = Gateway(ADAPTERS, CONSUMERS, ROUTES)
    with gateway:
        for _ in range(kills):
            (gateway.folder / "slow").touch()
            for client in clients:
                client.begin(gateway.port("inbox"))
            threading.Event().wait(dice.uniform(*AFTER_S))
            assert gateway.kill() == -9, "it had ended by itself"
            for client in clients:
                client.thread.join()
                assert not client.refused, client.refused
            (gateway.folder / "slow").unlink()
            gateway.start()
            drain(gateway, "counter", "witness")
        promises = {client.name: (client.sent, client.acked) for client in clients}
        mails = judge(commands(gateway.folder / "testimony"), promises, kills)
        gateway.check_counts()
    acked = sum(client.acked for client in clients)
    print(f"{kills} kills: {acked} mails got 250, {mails} were handled, each once; "
          f"{sum(client.again for client in clients)} came again")
    assert acked > 0, "nothing was acknowledged"


def main():
    arguments = parser_of(__doc__, 50).parse_args()
    print("seed", arguments.seed, flush=True)
    run(arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
