#!/usr/bin/env python3
"""Dead letters of durable routes: queued again on a gateway that runs, under load and amid a kill."""

import json
import re
import subprocess
import threading
import unittest

import wire
from durable import CHANNEL_ROUTE, OFFER, REFUSES, TAKES, DurableTest
from gateway import BINARY, DEADLINE_S, wait_until
from killing import drain


class Letters(DurableTest):
    def test_requeue_on_a_gateway_under_load(self):
        gateway = self.begin(consumers=REFUSES)
        self.talk(gateway, range(10), 200)
        wait_until(lambda: gateway.status()["spool"]["letters"] == 2000, "all are dead")
        self.change(gateway, REFUSES, TAKES)
        self.reload(gateway)
        said = threading.Thread(target=self.talk, args=(gateway, range(10, 18), 2000))
        said.start()
        self.assertEqual(self.ask(gateway, "dlq requeue --route orders"), "requeued 2000 of 2000\n")
        said.join()
        drain(gateway, "taker")
        heard = self.told(gateway)
        self.assertEqual(sorted(heard), sorted(str(each) for each in range(18)))
        for sender in range(18):
            self.assertEqual(heard[str(sender)], list(range(1, 201 if sender < 10 else 2001)), sender)
        self.assertIn("0 dead letters", self.ask(gateway, "dlq stats"))
        gateway.check_counts()

    def test_requeue_of_open_connections_and_a_kill_amid_it(self):
        gateway = self.begin(consumers=REFUSES)
        self.talk(gateway, range(10), 200)
        wait_until(lambda: gateway.status()["spool"]["letters"] == 2000, "all are dead")
        self.change(gateway, REFUSES, TAKES)
        self.reload(gateway)
        command = subprocess.Popen([BINARY, "dlq", "requeue", "--rate", "300/s", "-c", gateway.config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: gateway.status()["spool"]["letters"] < 2000, "some are queued again")
        gateway.kill()
        self.assertEqual(command.wait(DEADLINE_S), 69)
        gateway.start()
        self.ask(gateway, "dlq requeue --route orders")
        drain(gateway, "taker")
        heard = self.told(gateway)
        for sender in range(10):
            self.assertEqual(sorted(set(heard[str(sender)])), list(range(1, 201)), sender)
        self.assertIn("0 dead letters", self.ask(gateway, "dlq stats"))

    def test_attempts_count_over_a_kill(self):
        routes = self.ROUTE.replace("durable }", "durable, retry: { attempts: 3, initial: 500ms } }")
        gateway = self.begin(consumers="taker: { plugin: commands }", routes=routes)
        with wire.Connection(gateway.port(), "/orders/1", [OFFER]) as talker:
            talker.text("retry 9")
            self.assertEqual(talker.message(), b'{"ack":1}')
            wait_until(lambda: gateway.consumer("taker")["retried"] == 1, "it has failed once")
            gateway.kill()
        gateway.start()
        wait_until(lambda: gateway.status()["spool"]["letters"] == 1, "it is dead")
        letter, = (json.loads(line) for line in self.ask(gateway, "dlq list --format json").splitlines())
        self.assertEqual((letter["reason"], letter["attempts"]), ("attempts", 3))
        shown = self.ask(gateway, f"dlq show {letter['id']}")
        self.assertEqual(re.findall(r"(?m)^attempt +(\d+) at", shown), ["1", "2", "3"], shown)


class LettersOfChannels(Letters):
    ROUTE = CHANNEL_ROUTE


if __name__ == "__main__":
    unittest.main()
