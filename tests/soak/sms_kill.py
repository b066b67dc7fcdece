#!/usr/bin/env python3
"""A gateway that takes webhooks of SMS on a durable route is killed again and again: each message counts once.

Clients post numbered messages as Twilio does, and like any provider post again, byte by byte, what they heard no 2xx
for; and now and then what they did. What has to hold in the end:
  promise   every message that got its 2xx was handled
  once      no message counts twice: one that was on the disk when its 200 was lost is known when it comes again
  outbox    each has led to one command: the numbers have no gap

Run it by `./dev soak sms_kill [KILLS]`.
"""

import http.client
import os
import pathlib
import random
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from count import commands, judge  # noqa: E402
from gateway import Gateway  # noqa: E402
from killing import AFTER_S, WITNESS, drain, parser_of  # noqa: E402
from provider import PUBLIC_URL, TOKEN, message, post  # noqa: E402

ADAPTERS = (f"sms: {{ type: sms, listen: '127.0.0.1:0', provider: twilio, public_url: '{PUBLIC_URL}', "
            f"auth_token: {{ plain: '{TOKEN}' }} }}")
CONSUMERS = "counter: { plugin: counter, config: { to: 'witness:tally' }, may_send: ['witness:tally'] }\n" + WITNESS
ROUTES = "- { name: count, match: { to: '+1555{ours}' }, to: 'counter:{ours}', delivery: durable }"
CLIENTS = 8


class Client:
    def __init__(self, number, dice):
        self.name, self.sender, self.dice = f"c{number}", f"+15550001{number}", dice
        self.acked = self.sent = 0
        self.again = self.later = 0
        self.message = self.last = self.refused = self.thread = None

    def begin(self, port):
        self.again += self.message is not None
        self.thread = threading.Thread(target=self.run, args=(port,), daemon=True)
        self.thread.start()

    def run(self, port):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            while not self.refused:
                if self.message is None:
                    self.sent += 1
                    text = f"{self.name} {self.sent} {self.dice.randrange(1 << 64):x}"
                    self.message = message(text, sender=self.sender)
                elif self.last and self.dice.randrange(4) == 0:
                    self.post(port, line, self.last)
                if self.post(port, line, self.message):
                    self.acked += 1
                    self.last, self.message = self.message, None
        except (OSError, http.client.HTTPException):
            pass
        finally:
            line.close()

    def post(self, port, line, fields):
        """Whether it got its yes."""
        status = post(port, fields, connection=line)[0]
        self.later += status == 503
        self.refused = status not in (200, 503) and status
        return status == 200


def run(kills, seed):
    dice = random.Random(seed)
    clients = [Client(number, random.Random(f"{seed} {number}")) for number in range(CLIENTS)]
    gateway = Gateway(ADAPTERS, CONSUMERS, ROUTES)
    with gateway:
        for _ in range(kills):
            (gateway.folder / "slow").touch()
            for client in clients:
                client.begin(gateway.port("sms"))
            threading.Event().wait(dice.uniform(*AFTER_S))
            assert gateway.kill() == -9, "it had ended by itself"
            for client in clients:
                client.thread.join()
                assert not client.refused, client.refused
            (gateway.folder / "slow").unlink()
            gateway.start()
            drain(gateway, "counter", "witness")
        promises = {client.name: (client.sent, client.acked) for client in clients}
        messages = judge(commands(gateway.folder / "testimony"), promises, kills)
        gateway.check_counts()
    acked = sum(client.acked for client in clients)
    print(f"{kills} kills: {acked} messages got their 2xx, {messages} were handled, each once; "
          f"{sum(client.again for client in clients)} came again, {sum(client.later for client in clients)} times 503")
    assert acked > 0, "nothing was acknowledged"


def main():
    arguments = parser_of(__doc__, 50).parse_args()
    print("seed", arguments.seed, flush=True)
    run(arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
