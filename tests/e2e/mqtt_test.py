#!/usr/bin/env python3
"""MQTT from outside: Debian's mosquitto, its clients and python3-paho-mqtt beside a gateway."""

import unittest

from gateway import Gateway, wait_until
from mosquitto import Mosquitto

CONSUMERS = "journal: { plugin: journal, config: { path: journal } }"
ROUTES = "- { name: all, match: { adapter: plant }, to: journal, delivery: acked }"


def plant(broker, more=""):
    return f"plant: {{ type: mqtt, url: 'mqtt://127.0.0.1:{broker.port}', client_id: gw, {more} }}"


def messages(gateway):
    return [event for event in gateway.journal() if event["kind"] == "MESSAGE"]


class MqttTest(unittest.TestCase):
    def test_each_version_and_qos(self):
        for version in ("3.1.1", "5"):
            for qos in (0, 1, 2):
                with self.subTest(version=version, qos=qos), Mosquitto() as broker:
                    subscribe = f"subscribe: {{ topic: 'plant/{{line}}/#', qos: {qos} }}"
                    adapter = plant(broker, f"version: '{version}', {subscribe}")
                    with Gateway(adapter, CONSUMERS, ROUTES) as gateway:
                        gateway.wait_line("connected to")
                        for i in range(5):
                            broker.publish("plant/a/t", f"{i}", "-q", qos)
                        seen = wait_until(lambda g=gateway: len(found := messages(g)) == 5 and found, "five messages")
                        self.assertEqual([event["text"] for event in seen], list("01234"))
                        self.assertEqual(seen[0]["mqtt"]["topic"], "plant/a/t")
                        self.assertEqual(seen[0]["mqtt"]["filter"], "plant/+/#")
                        self.assertEqual(seen[0]["mqtt"]["version"], version)
                        self.assertEqual(seen[0]["mqtt"].get("qos", 0), qos)

    def test_request_and_response(self):
        with Mosquitto() as broker:
            routes = "- { name: all, match: { adapter: plant }, to: echo }"
            with Gateway(plant(broker, "subscribe: 'q/#'"), "echo: { plugin: echo }", routes) as gateway:
                gateway.wait_line("connected to")
                for text in ("hello", "again"):
                    answer = broker.run("mosquitto_rr", "-V", "mqttv5", "-t", "q/1", "-e", f"answers/{text}",
                                        "-m", text, "-D", "publish", "correlation-data", "x1", "-F", "%t %D %p")
                    self.assertEqual(answer, f"answers/{text} x1 {text}\n")

    def test_a_message_that_asks_for_no_answer_gets_none(self):
        with Mosquitto() as broker, broker.subscribe("#", "-v") as watcher:
            routes = "- { name: all, match: { adapter: plant }, to: echo, delivery: acked }"
            with Gateway(plant(broker, "subscribe: 'q/#'"), "echo: { plugin: echo }", routes) as gateway:
                gateway.wait_line("connected to")
                broker.publish("q/1", "hello", "-q", 1)
                wait_until(lambda: gateway.consumer("echo")["acked"] == 2, "it is handled")
                broker.publish("end", "end")
                self.assertEqual([watcher.stdout.readline() for _ in range(2)], ["q/1 hello\n", "end end\n"])
            watcher.kill()

    def test_topics_are_addresses(self):
        consumers = """
bridge: { plugin: forward, may_send: ["plant:*"], config: { to: "plant:out/{line}/x", text: "{line} says {text}" } }
"""
        for version, delivery in (("3.1.1", "acked"), ("5", "acked"), ("5", "live"), ("5", "durable")):
            routes = ("- { name: all, match: { adapter: plant, topic: 'plant/{line}/#' }, to: bridge, "
                      f"delivery: {delivery} }}")
            with self.subTest(f"{version} {delivery}"), Mosquitto() as broker, \
                    broker.subscribe("out/#", "-v", "-q", 2) as watcher:
                adapter = plant(broker, f"version: '{version}', subscribe: 'plant/#'")
                with Gateway(adapter, consumers, routes) as gateway:
                    gateway.wait_line("connected to")
                    for i in range(3):
                        broker.publish("plant/a/t", i, "-q", 1)
                    seen = [watcher.stdout.readline() for _ in range(3)]
                    self.assertEqual(seen, [f"out/a/x a says {i}\n" for i in range(3)])
                watcher.kill()

    def test_what_goes_round_in_circles_ends(self):
        consumers = """
bridge: { plugin: forward, may_send: ["plant:*"], config: { to: "plant:loop/x" } }
"""
        routes = "- { name: all, match: { adapter: plant }, to: bridge, delivery: acked }"
        with Mosquitto() as broker:
            with Gateway(plant(broker, "subscribe: 'loop/#'"), consumers, routes) as gateway:
                gateway.wait_line("connected to")
                broker.publish("loop/x", "hello", "-q", 1)
                gateway.wait_line("loop: it was caused by a chain of more than 16 messages")
                wait_until(lambda: gateway.consumer("bridge")["dead"] == 1, "it ends")

    def test_a_broker_that_comes_later_and_goes(self):
        broker = Mosquitto()
        reconnect = "reconnect: { initial: 50ms, max: 200ms }, subscribe: { topic: 'plant/#', qos: 1 }"
        try:
            with Gateway(plant(broker, reconnect), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("the broker cannot be reached: Connection refused")
                wait_until(lambda: "the broker cannot be reached" in gateway.adapter("plant")["degraded"], "it is said")
                broker.start()
                gateway.wait_line("connected to .*, with a new session")
                wait_until(lambda: gateway.adapter("plant")["degraded"] == "", "it is taken back")
                broker.publish("plant/a", "1", "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 1, "a message")
                broker.crash()
                broker.start()
                gateway.wait_line("connected to .*, the session goes on")
                broker.publish("plant/a", "2", "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 2, "a message after that")
        finally:
            broker.__exit__(None)

    def test_a_broker_that_is_stopped_says_so_and_is_come_back_to(self):
        for version in ("3.1.1", "5"):
            with self.subTest(version), Mosquitto() as broker:
                more = f"version: '{version}', reconnect: {{ initial: 50ms, max: 200ms }}, subscribe: 'plant/#'"
                with Gateway(plant(broker, more), CONSUMERS, ROUTES) as gateway:
                    gateway.wait_line("connected to")
                    broker.stop()
                    broker.start()
                    gateway.wait_line("connected to .*, the session goes on")
                    broker.publish("plant/a", "1", "-q", 1)
                    wait_until(lambda g=gateway: len(messages(g)) == 1, "a message after that")

    def test_what_comes_meanwhile_waits_at_the_broker(self):
        adapter = "subscribe: { topic: 'plant/#', qos: 1 }"
        with Mosquitto() as broker:
            with Gateway(plant(broker, adapter), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("connected to")
            for i in range(10):
                broker.publish("plant/a", i, "-q", 1)
            with Gateway(plant(broker, adapter), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("the session goes on")
                seen = wait_until(lambda: len(found := messages(gateway)) == 10 and found, "ten messages")
                self.assertEqual([event["text"] for event in seen], [str(i) for i in range(10)])

    def test_a_lost_session_is_a_gap(self):
        adapter = "reconnect: { initial: 50ms, max: 200ms }, subscribe: { topic: 'plant/#', qos: 1 }"
        with Mosquitto() as broker:
            with Gateway(plant(broker, adapter), "gaps: { plugin: journal, config: { path: journal } }",
                         "- { name: all, match: { adapter: plant }, to: gaps }") as gateway:
                gateway.wait_line("connected to")
                broker.publish("plant/a", "1", "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 1, "a message")
                broker.crash()
                (broker.folder / "mosquitto.db").unlink(missing_ok=True)
                broker.start()
                wait_until(lambda: gateway.log().count("with a new session") == 2, "a session of its own")
                broker.publish("plant/a", "2", "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 2, "a message after that")
                wait_until(lambda: "GAP" in [event["kind"] for event in gateway.journal()], "the gap")

    def test_retained_messages_come_with_a_new_subscription_alone(self):
        with Mosquitto() as broker:
            broker.publish("plant/a", "kept", "-r", "-q", 1)
            for expected in (1, 0):
                with Gateway(plant(broker, "subscribe: { topic: 'plant/#', qos: 1 }"), CONSUMERS, ROUTES) as gateway:
                    gateway.wait_line("connected to")
                    broker.publish("plant/b", "now", "-q", 1)
                    seen = wait_until(lambda g=gateway: len(found := messages(g)) == expected + 1 and found, "all")
                    self.assertEqual(sorted((event["text"], event["mqtt"].get("retained", False)) for event in seen),
                                     [("kept", True)] * expected + [("now", False)])

    def test_retained_messages_by_option(self):
        options = "subscribe: { topic: 'plant/#', retained: never, retain_as_published: true }"
        with Mosquitto() as broker:
            broker.publish("plant/a", "kept", "-r", "-q", 1)
            with Gateway(plant(broker, options), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("connected to")
                broker.publish("plant/b", "kept, too", "-r", "-q", 1)
                seen = wait_until(lambda: messages(gateway), "it")
                self.assertEqual([(event["text"], event["mqtt"].get("retained")) for event in seen],
                                 [("kept, too", True)])

    def test_the_will_is_published_where_the_gateway_dies(self):
        more = "subscribe: 'plant/#', will: { topic: gateways/gw, payload: gone, qos: 1 }"
        with Mosquitto() as broker, broker.subscribe("gateways/#", "-v", "-q", 1) as watcher:
            with Gateway(plant(broker, more), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("connected to")
            with Gateway(plant(broker, more), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("connected to")
                gateway.process.kill()
                gateway.exit_code = -9
                self.assertEqual(watcher.stdout.readline(), "gateways/gw gone\n")
            watcher.kill()

    def test_two_gateways_share_a_subscription(self):
        with Mosquitto() as broker:
            pair = [Gateway(plant(broker, "subscribe: { topic: '$share/both/plant/{line}', qos: 1 }")
                            .replace("client_id: gw", f"client_id: gw{i}"), CONSUMERS, ROUTES) for i in range(2)]
            with pair[0], pair[1]:
                for gateway in pair:
                    gateway.wait_line("connected to")
                broker.run("mosquitto_pub", "-t", "plant/a", "-q", 1, "-l", text="".join(f"{i}\n" for i in range(100)))
                wait_until(lambda: sum(len(messages(gateway)) for gateway in pair) == 100, "all, by one of them")
                parts = [[int(event["text"]) for event in messages(gateway)] for gateway in pair]
                self.assertEqual(sorted(parts[0] + parts[1]), list(range(100)))
                self.assertTrue(all(parts), "each has had some")

    def test_topics_are_closed_when_idle_and_evicted_when_they_are_too_many(self):
        more = "subscribe: { topic: 'plant/#', qos: 1 }, idle_timeout: 8s, max_scopes: 5"
        with Mosquitto() as broker, Gateway(plant(broker, more), CONSUMERS, ROUTES) as gateway:
            gateway.wait_line("connected to")
            for i in range(20):  # What is in the gateway is not evicted.
                broker.publish_all([(f"plant/{i}", str(i), 1, False)])
                wait_until(lambda i=i: gateway.consumer("journal")["acked"] >= 2 * (i + 1), "one more")
            wait_until(lambda: gateway.scopes("plant") == 1, "only that of all addresses is left")
            reasons = [event["reason"] for event in gateway.journal() if event["kind"] == "DISCONNECT"]
            self.assertEqual(sorted(reasons), ["IDLE"] * 5 + ["POLICY"] * 15)

    def test_a_scope_may_be_a_part_of_the_topics_or_all_of_them(self):
        routes = ("- { name: hot, match: { adapter: plant, topic: 'plant/{line}/t' }, to: journal }\n"
                  "- { name: rest, match: { adapter: plant }, to: journal }")
        topics = ("plant/a/t", "plant/a/p", "plant/b/t", "other/c")
        expected = {"client": ["gw"] * 4, "'plant/{line}/#'": ["plant/a/#", "plant/a/#", "plant/b/#", "other/c"]}
        for scope, keys in expected.items():
            with self.subTest(scope), Mosquitto() as broker:
                more = f"subscribe: ['plant/{{line}}/{{what}}', 'other/{{what}}'], scope: {scope}"
                with Gateway(plant(broker, more), CONSUMERS, routes) as gateway:
                    gateway.wait_line("connected to")
                    for topic in topics:
                        broker.publish(topic, topic, "-q", 1)
                    seen = wait_until(lambda g=gateway: len(found := messages(g)) == 4 and found, "all")
                    seen = sorted(seen, key=lambda event: topics.index(event["attributes"]["topic"]))
                    self.assertEqual([event["scope"] for event in seen], keys)
                    self.assertEqual([event["route"] for event in seen], ["hot", "rest", "hot", "rest"])
                    self.assertEqual([event["attributes"] for event in seen], [
                        {"topic": "plant/a/t", "line": "a", "what": "t"},
                        {"topic": "plant/a/p", "line": "a", "what": "p"},
                        {"topic": "plant/b/t", "line": "b", "what": "t"}, {"topic": "other/c", "what": "c"}])
                    wait_until(lambda g=gateway, k=keys: g.scopes("plant") == len(set(k)) + 1, "so many scopes")

    def test_what_no_route_takes_is_acknowledged(self):
        routes = "- { name: some, match: { adapter: plant, topic: plant/a }, to: journal, delivery: acked }"
        with Mosquitto() as broker:
            more = "subscribe: { topic: 'plant/#', qos: 1 }, receive_maximum: 1"
            with Gateway(plant(broker, more), CONSUMERS, routes) as gateway:
                gateway.wait_line("connected to")
                for topic in ("b", "c", "a"):
                    broker.publish(f"plant/{topic}", topic, "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 1, "that behind the others")

    def test_what_is_rejected_is_told_and_holds_nobody_up(self):
        consumers = "flaky: { plugin: flaky, config: { rejects: true } }"
        routes = "- { name: all, match: { adapter: plant }, to: flaky, delivery: acked }"
        with Mosquitto() as broker:
            more = "subscribe: { topic: 'plant/#', qos: 1 }, receive_maximum: 1"
            with Gateway(plant(broker, more), consumers, routes) as gateway:
                gateway.wait_line("connected to")
                for i in range(3):
                    broker.publish("plant/a", i, "-q", 1)
                wait_until(lambda: broker.log.read_text().count("Received PUBACK from gw (Mid: ") == 3, "three PUBACKs")
                self.assertIn("RC:128)", broker.log.read_text())

    def test_a_topic_that_fails_does_not_hold_the_session(self):
        """Contract D10: the poisoned message is a dead letter after settle_deadline, and what is behind it goes on."""
        consumers = CONSUMERS + "\npoison: { plugin: commands_inline }"
        routes = ("- { name: bad, match: { adapter: plant, topic: plant/bad }, to: poison, delivery: acked, "
                  "retry: { attempts: 100, initial: 200ms, max: 200ms } }\n" + ROUTES)
        with Mosquitto() as broker:
            more = "subscribe: { topic: 'plant/#', qos: 1 }, receive_maximum: 1, settle_deadline: 500ms"
            with Gateway(plant(broker, more), consumers, routes) as gateway:
                gateway.wait_line("connected to")
                broker.publish("plant/bad", "throw 100", "-q", 1)
                broker.publish("plant/good", "good", "-q", 1)
                wait_until(lambda: len(messages(gateway)) == 1, "what is behind it")
                gateway.wait_line("settle_deadline is over")
                self.assertEqual(gateway.consumer("poison")["dead"], 1)
                self.assertEqual(gateway.adapter("plant")["settle_deadlines"], 1)
                self.assertEqual(gateway.adapter("plant")["last_settle_deadline"], "plant:plant/bad")


if __name__ == "__main__":
    unittest.main()
