#!/usr/bin/env python3
"""Messages that go to three consumers, of which one fails on three of ten and one rejects each."""

import collections
import json
import threading
import unittest

import wire
from gateway import SCALE, Gateway, wait_until

CONNECTIONS, MESSAGES = 20, 500 // SCALE  # of each connection
ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0' }"
CONSUMERS = """\
flaky: { plugin: flaky }
rejecting: { plugin: flaky, config: { rejects: true } }
well: { plugin: journal, config: { path: journal.jsonl } }
"""
ROUTES = ("- { name: all, match: { adapter: web, path: /all }, to: [flaky, rejecting, well], delivery: acked, "
          "retry: { attempts: 3, initial: 1ms } }")


class FanOutTest(unittest.TestCase):
    def test_the_one_that_is_well_sees_each_message_once_and_in_order(self):
        with Gateway(ADAPTERS, CONSUMERS, ROUTES) as gateway:
            sent, edges = CONNECTIONS * MESSAGES, 2 * CONNECTIONS
            connections = [wire.Connection(gateway.port(), "/all") for _ in range(CONNECTIONS)]

            def talk(name):
                for number in range(MESSAGES):
                    connections[name].text(f"{name} {number}")
            talkers = [threading.Thread(target=talk, args=(name,)) for name in range(CONNECTIONS)]
            for each in talkers:
                each.start()
            for each in talkers:
                each.join()
            wait_until(lambda: gateway.consumer("flaky")["acked"] == sent + CONNECTIONS, "all is handled")
            for each in connections:  # What is tried again ends with its connection.
                each.leave()
            wait_until(lambda: gateway.scopes() == 0, "all have left")
            flaky, rejecting, well = gateway.check_counts()
            self.assertEqual((flaky["acked"], flaky["retried"], flaky["dead"]), (sent + edges, sent * 3 // 10, 0))
            self.assertEqual((rejecting["acked"], rejecting["retried"], rejecting["dead"]), (edges, 0, sent))
            self.assertEqual((well["acked"], well["retried"], well["dead"]), (sent + edges, 0, 0))
            letters = gateway.status()["dead_letters"]
            self.assertEqual(letters["kept"] + letters["forgotten"], sent)
            seen = collections.defaultdict(list)
            for line in (gateway.folder / "journal.jsonl").read_text().splitlines():
                event = json.loads(line)
                if event["kind"] == "MESSAGE":
                    name, number = event["text"].split()
                    seen[name].append(int(number))
            self.assertEqual(seen, {str(name): list(range(MESSAGES)) for name in range(CONNECTIONS)})


if __name__ == "__main__":
    unittest.main()
