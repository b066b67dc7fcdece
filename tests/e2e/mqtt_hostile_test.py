#!/usr/bin/env python3
"""A broker that breaks the protocol: a clear word in the log, a new connection, and nothing else."""

import socket
import struct
import threading
import time
import unittest

from gateway import SANITIZED, Gateway, wait_until
from mqtt_test import CONSUMERS, ROUTES, messages, plant
from scripted_broker import Closed, ScriptedBroker, connack, packet, publish, text, varint

RECONNECT = ("subscribe: { topic: 'plant/#', qos: 1 }, reconnect: { initial: 10ms, max: 20ms }, connect_timeout: 1s, "
             "keep_alive: 1s, receive_maximum: 20, in_flight: { messages: 50 }, max_packet: 64KiB, topic_aliases: 2")
ALIAS = b"\x23"

# What a broker sends after a connection that is in order, the word in the log, and the reason that it is told.
BREACHES = (
    ("no packet at all", b"\0\0", "packets of type 0 do not exist", 0x81),
    ("a length of five bytes", b"\x30\xff\xff\xff\xff\x01", "its length has more than four bytes", 0x81),
    ("QoS 3", bytes([0x36]) + varint(5) + text("a") + b"\0\1", "there is no QoS 3", 0x81),
    ("a packet identifier of 0", publish("plant/a", b"x", 1, 0), "the packet identifier is 0", 0x82),
    ("wildcards in a topic", publish("plant/#", b"x"), "PUBLISH is wrong", 0x81),
    ("a topic that is no text", publish(b"plant/\xff", b"x"), "PUBLISH is wrong", 0x81),
    ("an alias of 0", publish("plant/a", b"x", properties=ALIAS + b"\0\0"), "its topic alias is out of range", 0x94),
    ("an alias too high", publish("plant/a", properties=ALIAS + b"\0\3"), "its topic alias is out of range", 0x94),
    ("an alias of nothing", publish("", b"x", properties=ALIAS + b"\0\1"), "its topic alias stands for no topic", 0x82),
    ("a message that is too large", publish("plant/a", b"x" * 70_000), "larger than was agreed on", 0x95),
    ("a length beyond all", b"\x30\xff\xff\xff\x7f" + text("plant/a") + b"\0", "larger than was agreed on", 0x95),
    ("a second CONNACK", connack(), "it comes a second time", 0x82),
    ("a CONNECT", packet(1, text("MQTT") + b"\5\0\0\0\0" + text("x")), "a broker does not send such packets", 0x82),
    ("an unknown property", publish("plant/a", b"x", properties=b"\x7f\0"), "PUBLISH is wrong", 0x81),
    ("noise", bytes(range(250, 256)) * 20, "is wrong", None),
)


def answer_pings(link):
    try:
        while True:
            if link.read()[0] == 12:
                link.send(packet(13))
    except (Closed, OSError):
        return


class MqttHostileTest(unittest.TestCase):
    def test_breaches(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            for name, data, words, reason in BREACHES:
                with self.subTest(name):
                    link = broker.accept().serve()
                    before = gateway.log().count(words)
                    link.send(data)
                    packets = link.rest()
                    wait_until(lambda b=before, w=words: gateway.log().count(w) > b, words)
                    farewell = [body for kind, _, body in packets if kind == 14]
                    if reason is not None:
                        self.assertEqual([body[:1] for body in farewell], [bytes([reason])])
            link = broker.accept().serve()
            link.send(publish("plant/a", b"well", 1, 7))
            self.assertEqual(link.read_until(4)[2][:2], b"\0\7")
            self.assertEqual([event["text"] for event in messages(gateway)], ["well"])

    def test_refusals(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            rows = ((0x87, "not"), (0x86, "name or password"), (0x9F, "code 0x9F"), (0x11, "CONNACK is wrong"))
            for code, words in rows:
                with self.subTest(code):
                    link = broker.accept()
                    link.read_until(1)
                    link.send(connack(code))
                    gateway.wait_line(words)
                    link.close()

    def test_who_says_nothing(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            broker.accept().read_until(1)
            gateway.wait_line("the broker did not answer CONNECT in time")
            broker.accept().serve()
            gateway.wait_line("the broker did not answer a ping in time")

    def test_who_closes_whenever_he_likes(self):
        whole = publish("plant/a", b"x" * 40, 1, 9)
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            broker.accept().close()
            for end in range(1, len(whole), 7):
                link = broker.accept().serve()
                link.send(whole[:end])
                link.close()
            link = broker.accept().serve()
            link.send(whole)
            self.assertEqual(link.read_until(4)[2][:2], b"\0\x09")
            self.assertEqual(len(messages(gateway)), 1)

    def test_a_session_that_is_lost_again_before_it_has_subscriptions(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            broker.accept().serve().close()
            link = broker.accept()
            link.read_until(1)
            link.send(connack())
            link.read_until(8)
            link.close()
            link = broker.accept()
            link.read_until(1)
            link.send(connack(present=True))
            link.send(packet(9, link.read_until(8)[2][:2] + b"\0" + b"\1"))
            link.send(publish("plant/a", b"well", 1, 7))
            self.assertEqual(link.read_until(4)[2][:2], b"\0\7")
            self.assertEqual([event["text"] for event in messages(gateway)], ["well"])

    def test_a_subscription_that_is_refused_is_tried_again(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            link = broker.accept()
            link.read_until(1)
            link.send(connack())
            link.send(packet(9, link.read_until(8)[2][:2] + b"\0" + b"\x87"))
            gateway.wait_line("does not let it subscribe to plant/#; it is tried again")
            link.send(packet(9, link.read_until(8)[2][:2] + b"\0" + b"\1"))
            gateway.wait_line("connected to")

    def test_a_subscription_that_is_not_answered(self):
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES) as gateway:
            link = broker.accept()
            link.read_until(1)
            link.send(connack())
            answers = threading.Thread(target=answer_pings, args=(link,))
            answers.start()
            gateway.wait_line("the broker did not answer SUBSCRIBE in time")
            broker.accept().serve()
            gateway.wait_line("connected to")
            answers.join()

    def test_a_publisher_that_is_refused_is_said(self):
        consumers = 'bridge: { plugin: forward, may_send: ["plant:*"], config: { to: "plant:out" } }'
        routes = "- { name: all, match: { adapter: plant }, to: bridge, delivery: acked }"
        more = "subscribe: { topic: 'plant/#', qos: 1 }, reconnect: { initial: 10ms, max: 20ms }"
        with ScriptedBroker() as broker, Gateway(plant(broker, more), consumers, routes) as gateway:
            link = broker.accept().serve()
            link.send(publish("plant/a", b"x", 1, 7))
            refused = broker.accept()
            refused.read_until(1)
            refused.send(connack(0x85))
            wait_until(lambda: "publishing to" in gateway.adapter("plant")["degraded"], "it is said")
            again = broker.accept()
            again.read_until(1)
            again.send(connack())
            wait_until(lambda: gateway.adapter("plant")["degraded"] == "", "it is taken back")
            number = again.read_until(3)[2][5:7]
            again.send(packet(4, number))

    def test_a_stop_while_it_connects(self):
        with ScriptedBroker() as broker:
            for _ in range(4):
                with Gateway(plant(broker, RECONNECT), CONSUMERS, ROUTES):
                    broker.accept()

    def test_who_holds_the_gate_of_the_library(self):
        """Somebody else on the machine who connects to it, often, and says nothing."""
        more = "subscribe: 'plant/#', reconnect: { initial: 10ms, max: 20ms }"
        with ScriptedBroker() as broker, Gateway(plant(broker, more), CONSUMERS, ROUTES) as gateway:
            link = broker.accept().serve()
            gateway.wait_line("connected to")
            crowd = [socket.socket() for _ in range(40 * len(gateway.listens_on()))]
            for each, port in zip(crowd, gateway.listens_on() * 40):
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            link.close()
            begin = time.monotonic()
            broker.accept().serve()
            self.assertLess(time.monotonic() - begin, 3)  # Who says nothing is let go after 5 s.
            for each in crowd:
                each.close()

    def test_a_flood_over_what_was_agreed_on_is_bounded(self):
        """Twice the receive maximum and more, while the consumer stands still: in_flight is the bound."""
        consumers = "gate: { plugin: gate, config: { path: open } }"
        routes = "- { name: all, match: { adapter: plant }, to: gate, delivery: acked, timeout: 1h }"
        with ScriptedBroker() as broker, Gateway(plant(broker, RECONNECT), consumers, routes) as gateway:
            link = broker.accept().serve()
            count = 2000
            flood = threading.Thread(target=lambda: [link.send(publish("plant/a", struct.pack(">I", i) + b"x" * 8000,
                                                                       1, 1 + i)) for i in range(count)])
            flood.start()
            wait_until(lambda: gateway.gauge("plant", "unsettled") == 50, "as much as may be")
            before = gateway.rss_kib()
            for _ in range(3):  # It is pinged meanwhile, and answers are not missed.
                link.read_until(12)
            if not SANITIZED:  # Its own memory would hide the gateway's.
                self.assertLess(gateway.rss_kib() - before, 4096)
            self.assertEqual(gateway.gauge("plant", "unsettled"), 50)
            (gateway.folder / "open").touch()
            acknowledged = [struct.unpack(">H", link.read_until(4)[2][:2])[0] for _ in range(count)]
            self.assertEqual(acknowledged, list(range(1, count + 1)))
            flood.join()


if __name__ == "__main__":
    unittest.main()
