#!/usr/bin/env python3
"""What consumers publish, with a broker that takes little at a time, refuses, and goes away."""

import struct
import time
import unittest

from gateway import SCALE, Gateway
from mqtt_test import plant
from scripted_broker import Closed, ScriptedBroker, connack, packet, publish, text

CONSUMERS = 'bridge: { plugin: forward, may_send: ["plant:*"], config: { to: "plant:out/{line}" } }'
ROUTES = "- { name: all, match: { adapter: plant }, to: bridge, delivery: acked }"
MORE = "subscribe: { topic: 'in/{line}', qos: 1 }, reconnect: { initial: 10ms, max: 20ms }, connect_timeout: 5s"
RECEIVE_MAXIMUM = b"\x21"


def parsed(body):
    """A PUBLISH of QoS 1 without properties but the payload format and hops -> topic, packet identifier, payload"""
    size, = struct.unpack(">H", body[:2])
    number, = struct.unpack(">H", body[2 + size:4 + size])
    properties = body[4 + size]
    return body[2:2 + size].decode(), number, body[5 + size + properties:].decode()


def puback(number, reason=None):
    return packet(4, struct.pack(">H", number) + (b"" if reason is None else bytes([reason])))


class MqttPublishTest(unittest.TestCase):
    def setUp(self):
        self.broker = self.enterContext(ScriptedBroker())
        self.gateway = self.enterContext(Gateway(plant(self.broker, MORE), CONSUMERS, ROUTES))
        self.link = self.broker.accept().serve()

    def submit(self, texts):
        for number, payload in enumerate(texts, 1):
            self.link.send(publish("in/a", payload.encode(), 1, number))

    def publisher(self, properties=b""):
        """The connection that the gateway makes when it has something to publish."""
        link = self.broker.accept()
        link.read_until(1)
        link.send(connack(properties=properties))
        return link

    def test_the_first_does_not_wait_for_the_library_to_look_around(self):
        self.gateway.wait_line("connected to")
        begin = time.monotonic()
        self.submit(["at once"])
        link = self.publisher()
        _, number, payload = parsed(link.read_until(3)[2])
        self.assertLess(time.monotonic() - begin, 0.7 * SCALE)
        self.assertEqual(payload, "at once")
        link.send(puback(number))

    def test_no_more_is_on_its_way_than_the_broker_takes(self):
        """One less than the receive maximum, and none of them waits for a second."""
        texts = [str(i) for i in range(30)]
        self.submit(texts)
        link = self.publisher(RECEIVE_MAXIMUM + b"\0\3")
        heard = []
        while len(heard) < len(texts):
            pair = [parsed(link.read_until(3)[2]) for _ in range(2)]
            heard += [text for _, _, text in pair]
            link.connection.settimeout(0.05)
            with self.assertRaises(TimeoutError):
                link.read()
            link.connection.settimeout(15)
            link.send(b"".join(puback(number) for _, number, _ in pair))
        self.assertEqual(heard, texts)

    def test_much_at_once_leaves_to_its_end(self):
        texts = [f"{i} " + "x" * 65_536 for i in range(40)]
        self.submit(texts)
        link = self.publisher()
        for text in texts:
            _, number, heard = parsed(link.read_until(3)[2])
            self.assertEqual(heard, text)
            link.send(puback(number))

    def test_what_a_connection_takes_with_it_is_published_again(self):
        texts = [str(i) for i in range(5)]
        self.submit(texts)
        link = self.publisher()
        first = [parsed(link.read_until(3)[2]) for _ in texts]
        self.assertEqual([text for _, _, text in first], texts)
        link.send(puback(first[0][1]))
        link.send(packet(14, b"\x8b"))  # The broker goes away.
        with self.assertRaises(Closed):
            while True:
                link.read()
        link = self.publisher()
        again = [parsed(link.read_until(3)[2])[2] for _ in texts[1:]]
        self.assertEqual(again, texts[1:])

    def test_what_ends_each_connection_is_given_up(self):
        """It is found out by being sent alone."""
        self.submit(["poison", "well"])
        for _ in range(12):
            link = self.publisher()
            self.assertEqual(parsed(link.read_until(3)[2])[2], "poison")
            link.close()
        link = self.publisher()
        _, number, heard = parsed(link.read_until(3)[2])
        self.assertEqual(heard, "well")
        link.send(puback(number))
        self.gateway.wait_line("each time that it was published the connection ended")

    def test_what_is_too_large_for_the_broker_is_not_sent(self):
        self.submit(["a", "b" * 1000])
        link = self.publisher(b"\x27\0\0\2\0")  # Maximum Packet Size 512
        link.send(puback(parsed(link.read_until(3)[2])[1]))
        self.gateway.wait_line("it is larger than what the broker takes")

    def test_a_qos_that_the_broker_does_not_take_is_not_sent(self):
        self.submit(["a"])
        self.publisher(b"\x24\0")  # Maximum QoS 0
        self.gateway.wait_line("the broker does not take its QoS")

    def test_messages_that_nobody_has_asked_for_end_the_connection(self):
        self.submit(["a"])
        link = self.publisher()
        link.read_until(3)
        link.send(publish("b") * 3)
        self.gateway.wait_line("the broker sends messages that nobody has asked for")
        _, number, heard = parsed(self.publisher().read_until(3)[2])
        self.assertEqual(heard, "a")

    def test_what_is_refused_is_said_and_not_tried_again(self):
        self.submit(["no", "yes"])
        link = self.publisher()
        first = [parsed(link.read_until(3)[2]) for _ in range(2)]
        link.send(puback(first[0][1], 0x87) + puback(first[1][1]))
        self.gateway.wait_line("`out/a` is not published: .*not")
        self.submit(["more"])
        self.assertEqual(parsed(link.read_until(3)[2])[2], "more")

    def test_nor_does_a_connection_of_3_1_1_lose_any(self):
        def accept(broker):
            link = broker.accept()
            link.read_until(1)
            link.send(packet(2, b"\0\0"))
            return link

        with ScriptedBroker() as broker, Gateway(plant(broker, MORE + ", version: '3.1.1'"), CONSUMERS, ROUTES):
            link = accept(broker)
            link.send(packet(9, link.read_until(8)[2][:2] + b"\1"))
            link.send(packet(3, text("in/a") + b"\0\1" + b"well", 2))
            publisher = accept(broker)
            publisher.read_until(3)
            publisher.close()
            self.assertTrue(accept(broker).read_until(3)[2].endswith(b"well"))


if __name__ == "__main__":
    unittest.main()
