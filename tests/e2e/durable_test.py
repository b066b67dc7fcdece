#!/usr/bin/env python3
"""Durable routes through stops, kills and reloads, with messages that wait."""

import json
import signal
import subprocess
import threading
import unittest

import wire
from durable import CHANNEL_ROUTE, OFFER, OTHER, TAKES, DurableTest
from gateway import BINARY, DEADLINE_S, SCALE, wait_until
from killing import drain


class Stops(DurableTest):
    def test_what_a_drain_does_not_reach_comes_after_the_next_start(self):
        gateway = self.begin(TAKES.replace("2000", "20000"))
        self.slow(gateway)
        self.talk(gateway, range(8), 500)
        self.stop(gateway)
        handled = sum(len(each) for each in self.told(gateway).values())
        self.assertLess(handled, 8 * 500)
        self.fast(gateway)
        gateway.start()
        drain(gateway, "taker")
        self.check_all(gateway, range(8), 500)
        gateway.check_counts()

    def test_connections_that_stay_to_the_end_of_a_drain(self):
        gateway = self.begin()
        self.slow(gateway)
        talkers = self.talk(gateway, range(8), 500, leave=False)
        self.stop(gateway)
        for talker in talkers:
            self.assertEqual(talker.closing()[0], 1001)
        self.fast(gateway)
        gateway.start()
        drain(gateway, "taker")
        self.check_all(gateway, range(8), 500)

    def test_a_stop_amid_what_is_said(self):
        gateway = self.begin()
        self.slow(gateway)
        acked = [0] * 4
        talkers = [wire.Connection(gateway.port(), "/orders/1", [OFFER]) for _ in acked]
        for each in talkers:
            self.addCleanup(each.socket.close)

        def talk(name):
            number = 0
            try:
                while True:
                    talkers[name].send(b"".join(wire.frame(wire.TEXT, f"{name} {number + i}") for i in range(1, 9)))
                    number += 8
                    while acked[name] < number - 64:
                        acked[name] = json.loads(talkers[name].message())["ack"]
            except (OSError, EOFError, AssertionError):
                pass
        threads = [threading.Thread(target=talk, args=(name,)) for name in range(4)]
        for each in threads:
            each.start()
        threading.Event().wait(0.5)
        self.stop(gateway)
        for each in threads:
            each.join()
        self.fast(gateway)
        gateway.start()
        drain(gateway, "taker")
        heard = self.told(gateway)
        for name, count in enumerate(acked):
            numbers = heard[str(name)]
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
            self.assertGreaterEqual(len(numbers), count)

    def test_kills_amid_starts(self):
        gateway = self.begin()
        self.slow(gateway)
        self.talk(gateway, range(50), 100)
        gateway.kill()
        for i in range(10):
            process = subprocess.Popen([BINARY, "run", "--config", gateway.config], cwd=gateway.folder,
                                       stderr=subprocess.DEVNULL)
            threading.Event().wait(0.03 * SCALE * (i + 1))
            process.kill()
            self.assertEqual(process.wait(), -signal.SIGKILL)
        self.fast(gateway)
        gateway.start()
        drain(gateway, "taker")
        heard = self.told(gateway)
        for sender in range(50):
            numbers = heard[str(sender)]
            self.assertEqual(sorted(set(numbers)), list(range(1, 101)))
            for before, number in zip(numbers, numbers[1:]):
                self.assertLessEqual(number, before + 1)


class Reloads(DurableTest):
    def test_a_route_is_renamed_while_its_messages_wait(self):
        gateway = self.begin()
        self.slow(gateway)
        self.talk(gateway, range(4), 300)
        stays = self.talk(gateway, range(4, 8), 300, leave=False)
        self.change(gateway, "name: orders", "name: renamed")
        self.assertEqual(self.reload(gateway), ["route renamed: added", "route orders: removed"])
        self.fast(gateway)
        drain(gateway, "taker")
        for sender, talker in zip(range(4, 8), stays):
            talker.text(f"{sender} 301")
            self.assertEqual(talker.message(), b'{"ack":301}')
        drain(gateway, "taker")
        heard = self.told(gateway)
        for sender in range(8):
            self.assertEqual(heard[str(sender)], list(range(1, 301 + (sender >= 4))))
        gateway.check_counts()

    def test_a_consumer_is_removed_and_added_again_while_messages_wait(self):
        gateway = self.begin(gateway="drain: 1s, retire_after: 1s")
        self.slow(gateway)
        self.talk(gateway, range(4), 500)
        stays = self.talk(gateway, range(4, 8), 500, leave=False)
        self.change(gateway, TAKES, "")
        self.change(gateway, self.ROUTE, "")
        self.reload(gateway)
        for talker in stays:
            self.assertEqual(talker.closing()[0], 1001)
        wait_until(lambda: gateway.scopes() == 0, "no scope is left", 2 * DEADLINE_S)
        self.change(gateway, OTHER, f"{TAKES}\n  {OTHER}")
        self.reload(gateway)
        self.fast(gateway)
        drain(gateway, "taker")
        self.check_all(gateway, range(8), 500)

    def test_a_consumer_comes_again_after_a_restart_without_it(self):
        gateway = self.begin()
        self.slow(gateway)
        self.talk(gateway, range(4), 300)
        gateway.kill()
        self.change(gateway, TAKES, "")
        self.change(gateway, self.ROUTE, "")
        gateway.start()
        waiting = self.spooled(gateway)
        self.assertGreater(waiting, 0)
        gateway.wait_line("waits")
        self.change(gateway, OTHER, f"{TAKES}\n  {OTHER}")
        self.reload(gateway)
        self.fast(gateway)
        wait_until(lambda: self.spooled(gateway) == 0, "what waited is handled")
        heard = self.told(gateway)
        for sender in range(4):
            self.assertEqual(sorted(set(heard[str(sender)])), list(range(1, 301)))

    def test_the_first_durable_route_comes_by_a_reload(self):
        gateway = self.begin(routes=self.ROUTE.replace("delivery: durable", "delivery: live"))
        self.assertIsNone(gateway.status()["spool"])
        early = wire.Connection(gateway.port(), "/orders/1", [OFFER])
        self.addCleanup(early.socket.close)
        self.change(gateway, "delivery: live", "delivery: durable")
        self.reload(gateway)
        self.slow(gateway)
        early.text("early 1")
        self.assertEqual(early.message(), b'{"ack":1}')
        self.talk(gateway, range(4), 300)
        gateway.kill()
        self.fast(gateway)
        gateway.start()
        drain(gateway, "taker")
        heard = self.told(gateway)
        for sender in range(4):
            self.assertEqual(sorted(set(heard[str(sender)])), list(range(1, 301)))

    def test_what_is_changed_of_the_spool_itself_is_not_passed_over(self):
        gateway = self.begin(gateway="drain: 1s, spool: { max_messages: 1000 }")
        self.change(gateway, "max_messages: 1000", "max_messages: 10")
        said = subprocess.run([BINARY, "reload", "-c", gateway.config], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        self.assertNotEqual((said.returncode, said.stdout.strip()), (0, "nothing has changed"))


class StopsOfChannels(Stops):
    ROUTE = CHANNEL_ROUTE


class ReloadsOfChannels(Reloads):
    ROUTE = CHANNEL_ROUTE

    def test_a_consumer_is_removed_and_added_again_while_messages_wait(self):
        """The connections are not its own: they stay, and it is away for what they say."""
        gateway = self.begin(gateway="drain: 1s, retire_after: 1s")
        self.slow(gateway)
        talkers = self.talk(gateway, range(8), 500, leave=False)
        self.change(gateway, TAKES, "")
        self.change(gateway, self.ROUTE, "")
        self.reload(gateway)
        wait_until(lambda: "taker" not in [each["name"] for each in gateway.status()["consumers"]], "it is gone")
        for sender, talker in enumerate(talkers):
            talker.text(f"{sender} 501")
            self.assertEqual(talker.message(), b'{"ack":501}')
        self.change(gateway, OTHER, f"{TAKES}\n  {OTHER}")
        self.reload(gateway)
        self.fast(gateway)
        wait_until(lambda: self.spooled(gateway) == 0, "what waited is handled")
        self.check_all(gateway, range(8), 501)


if __name__ == "__main__":
    unittest.main()
