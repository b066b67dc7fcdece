"""Tests of durable routes: clients that know what was acknowledged, and a consumer that tells what it was handed."""

import collections
import subprocess
import unittest

import wire
from gateway import BINARY, DEADLINE_S, Gateway
from killing import WEB

OFFER = "Sec-WebSocket-Protocol: millrace.ack.v1"
TAKES = "taker: { plugin: witness, workers: 2, config: { path: testimony, slow: slow, delay_us: 2000 } }"
REFUSES = "taker: { plugin: flaky, config: { rejects: true } }"
OTHER = "other: { plugin: echo }"
ROUTE = "- { name: orders, match: { path: '/orders/{line}' }, to: taker, delivery: durable }"
CHANNEL_ROUTE = ROUTE.replace("to: taker", "to: 'taker:{line}'")
OTHER_ROUTE = "- { name: other, match: { path: /other }, to: other }"


class DurableTest(unittest.TestCase):
    ROUTE = ROUTE

    def begin(self, consumers=TAKES, routes=None, gateway="drain: 1s"):
        routes = routes or self.ROUTE
        gateway = Gateway(WEB, f"{consumers}\n{OTHER}", f"{routes}\n{OTHER_ROUTE}", gateway)
        gateway.__enter__()
        self.addCleanup(lambda: gateway.__exit__(self._outcome and not self._outcome.success))
        return gateway

    def slow(self, gateway):
        (gateway.folder / "slow").touch()

    def fast(self, gateway):
        (gateway.folder / "slow").unlink(missing_ok=True)

    def talk(self, gateway, senders, count, first=1, leave=True):
        """Returns the connections, when all that they have said is acknowledged."""
        talkers = []
        for sender in senders:
            talker = wire.Connection(gateway.port(), f"/orders/{sender % 3}", [OFFER])
            talker.send(b"".join(wire.frame(wire.TEXT, f"{sender} {first + i}") for i in range(count)))
            talkers.append(talker)
        for talker in talkers:
            while talker.message() != f'{{"ack":{count}}}'.encode():
                pass
            if leave:
                talker.leave()
                talker.socket.close()
            else:
                self.addCleanup(talker.socket.close)
        return talkers

    def told(self, gateway):
        """What was delivered, by sender, in order."""
        heard = collections.defaultdict(list)
        for line in (gateway.folder / "testimony").read_text().splitlines():
            if line and not line.startswith("= "):
                _, _, _, sender, number = line.split(" ")
                heard[sender].append(int(number))
        return heard

    def check_all(self, gateway, senders, count):
        """Each once, in order."""
        heard = self.told(gateway)
        for sender in senders:
            self.assertEqual(heard.pop(str(sender), []), list(range(1, count + 1)), sender)
        self.assertEqual(heard, {})

    def stop(self, gateway):
        gateway.terminate()
        self.assertEqual(gateway.process.wait(DEADLINE_S), 0)
        gateway.is_told_to_end = False
        gateway.reader.join()
        gateway.process.stderr.close()

    def change(self, gateway, old, new):
        text = gateway.config.read_text()
        self.assertIn(old, text)
        gateway.config.write_text(text.replace(old, new))

    def reload(self, gateway, code=0):
        done = subprocess.run([BINARY, "reload", "-c", gateway.config], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, code, done)
        return done.stdout.splitlines()

    def ask(self, gateway, command, code=0):
        done = subprocess.run([BINARY, *command.split(), "-c", gateway.config], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, code, done)
        return done.stdout

    def spooled(self, gateway):
        return gateway.status()["spool"]["deliveries"]
