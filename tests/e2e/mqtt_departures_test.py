#!/usr/bin/env python3
"""What durable routes send to a broker: it is published whatever ends meanwhile, the broker or the gateway."""

import json
import unittest

import wire
from durable import DurableTest
from gateway import SCALE, Gateway, wait_until
from mosquitto import Mosquitto

MESSAGES = 500 // SCALE
CONSUMERS = 'bridge: { plugin: forward, may_send: ["plant:*"], config: { to: "plant:out/x" } }'
ROUTES = "- { name: out, match: { path: /out }, to: bridge, delivery: durable }"


def adapters(broker):
    return (f"web: {{ type: websocket, listen: '127.0.0.1:0' }}\n"
            f"plant: {{ type: mqtt, url: 'mqtt://127.0.0.1:{broker.port}', client_id: gw, subscribe: 'in/#', "
            "reconnect: { initial: 50ms, max: 200ms } }")


def say(gateway, texts):
    """Returns when the gateway has acknowledged them all."""
    connection = wire.Connection(gateway.port(), "/out", ["Sec-WebSocket-Protocol: millrace.ack.v1"])
    connection.send(b"".join(wire.frame(wire.TEXT, text) for text in texts))
    while json.loads(connection.message())["ack"] < len(texts):
        pass
    connection.socket.close()


def first_of_each(watcher, count):
    """What is published, without what comes again, in its order."""
    seen = {}
    while len(seen) < count:
        seen.setdefault(watcher.stdout.readline().rstrip("\n"))
    return list(seen)


def numbers(first):
    return [str(i) for i in range(first, first + MESSAGES)]


class Departures(DurableTest):
    def test_a_gateway_that_is_killed_while_its_broker_is_away(self):
        broker = Mosquitto()
        with Gateway(adapters(broker), CONSUMERS, ROUTES) as gateway:
            say(gateway, numbers(0))
            gateway.kill()
            with broker, broker.subscribe("out/#", "-q", 1) as watcher:
                gateway.start()
                self.assertEqual(first_of_each(watcher, MESSAGES), numbers(0))
                say(gateway, ["last"])
                self.assertEqual(watcher.stdout.readline(), "last\n")
                watcher.kill()

    def test_a_broker_that_is_killed_amid_what_is_published(self):
        with Mosquitto() as broker, Gateway(adapters(broker), CONSUMERS, ROUTES) as gateway:
            gateway.wait_line("connected to")
            with broker.subscribe("out/#", "-q", 1, "-c", "-i", "watcher") as watcher:  # It comes back by itself.
                for round_ in range(3):
                    say(gateway, numbers(round_ * MESSAGES))
                    broker.crash()
                    broker.start()
                expected = [text for round_ in range(3) for text in numbers(round_ * MESSAGES)]
                self.assertEqual(set(first_of_each(watcher, len(expected))), set(expected))
                watcher.kill()

    def test_an_adapter_that_is_reloaded_amid_what_is_published(self):
        with Mosquitto() as broker, Gateway(adapters(broker), CONSUMERS, ROUTES) as gateway:
            gateway.wait_line("connected to")
            with broker.subscribe("out/#", "-q", 1) as watcher:
                for round_ in range(4):
                    say(gateway, numbers(round_ * MESSAGES))
                    self.change(gateway, "subscribe: 'in/", f"subscribe: 'in/{round_}/")
                    self.reload(gateway)
                expected = [text for round_ in range(4) for text in numbers(round_ * MESSAGES)]
                self.assertEqual(set(first_of_each(watcher, len(expected))), set(expected))
                watcher.kill()

    def test_an_adapter_that_is_reloaded_has_its_live_publications_wait_too(self):
        broker = Mosquitto()
        routes = "- { name: out, match: { path: /out }, to: bridge, delivery: acked }"
        with Gateway(adapters(broker), CONSUMERS, routes) as gateway:
            gateway.wait_line("cannot be reached")  # Now it takes what is live.
            say(gateway, numbers(0))
            self.change(gateway, "subscribe: 'in/", "subscribe: 'other/")
            self.reload(gateway)
            attempts = gateway.log().count("publishing to")
            wait_until(lambda: gateway.log().count("publishing to") > attempts + 3, "it goes on trying")
            with broker, broker.subscribe("out/#", "-q", 1) as watcher:
                self.assertEqual(first_of_each(watcher, MESSAGES), numbers(0))
                watcher.kill()

    def test_the_first_durable_route_comes_with_a_reload(self):
        routes = "- { name: out, match: { path: /out }, to: bridge, delivery: acked }"
        with Mosquitto() as broker, Gateway(adapters(broker), CONSUMERS, routes) as gateway:
            gateway.wait_line("connected to")
            with broker.subscribe("out/#", "-q", 1) as watcher:
                self.change(gateway, "delivery: acked", "delivery: durable")
                self.reload(gateway)
                say(gateway, numbers(0))
                self.assertEqual(first_of_each(watcher, MESSAGES), numbers(0))
                watcher.kill()


if __name__ == "__main__":
    unittest.main()
