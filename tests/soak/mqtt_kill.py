#!/usr/bin/env python3
"""kill -9 of the gateway, and of the broker, while messages of QoS 1 flow from one to the other.

What has to hold on a durable route:
  nothing is lost  every message that the broker has acknowledged to who published it reaches the consumer
  few come twice   into the gateway: at most RECEIVE_MAXIMUM for each kill. (A consumer may be handed one message again
                   after a kill, under the same id: those are told apart, and only told.)
  in order         of each topic, messages are seen for the first time in the order in which they were published. (What
                   a killed mosquitto had queued it sends in another one: that is left out.)

mosquitto acknowledges a message before it is on its disk. So the one who publishes holds his breath when the broker is
to be killed, until it has written what it acknowledged. mosquitto 2.0 does not keep to the receive maximum: it had 499
messages on their way. So before a kill he is no further ahead than that, and far ahead while the gateway is away. And
when a session goes on, mosquitto sends what comes anew before what it has queued; so after each kill he waits until
that is over.

Run it by `./dev soak mqtt_kill [KILLS]`; a short form is part of the tests.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

import paho.mqtt.client as paho  # noqa: E402
from gateway import SCALE, Gateway, wait_until  # noqa: E402
from mosquitto import Mosquitto  # noqa: E402

RECEIVE_MAXIMUM = 20
AHEAD = 500  # Messages that the consumer has not seen, but before a kill.
TOPICS = 10
QUIET_S = 60 * SCALE


class Publisher:
    """Numbers from 0, over TOPICS topics, no faster than they are seen."""

    def __init__(self, broker, count, seen):
        self.count, self.seen, self.acknowledged, self.sent = count, seen, 0, 0
        self.ahead = AHEAD
        self.is_held = self.is_over = False
        self.news = threading.Condition()
        self.client = paho.Client("publisher", clean_session=False)
        self.client.max_inflight_messages_set(RECEIVE_MAXIMUM)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_publish = self.on_publish
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def on_publish(self, *_):
        with self.news:
            self.acknowledged += 1
            self.news.notify_all()

    def may_go_on(self):
        return self.is_over or (not self.is_held and self.sent - self.seen.count() < self.ahead)

    def run(self):
        for i in range(self.count):
            with self.news:
                while not self.may_go_on():
                    self.news.wait(0.005)
                if self.is_over:
                    return
                self.sent += 1
            self.client.publish(f"plant/{i % TOPICS}", str(i), qos=1)

    def come_near(self):
        """Returns when no more is on its way than may be. It goes on, if no further ahead."""
        self.ahead = RECEIVE_MAXIMUM
        wait_until(lambda: self.sent - self.seen.count() <= RECEIVE_MAXIMUM, "what is on its way", QUIET_S)

    def go_ahead(self):
        self.ahead = AHEAD

    def hold(self):
        """Returns when all that was published is acknowledged."""
        with self.news:
            self.is_held = True
            assert self.news.wait_for(lambda: self.acknowledged >= self.sent, QUIET_S), "nothing is acknowledged"

    def go_on(self):
        with self.news:
            self.is_held = False
            self.news.notify_all()

    def stop(self):
        with self.news:
            self.is_over = True
            self.news.notify_all()
        self.thread.join()
        self.client.loop_stop()


class Seen:
    """What the consumer's journal has, over all lives of the gateway."""

    def __init__(self, path):
        self.path, self.at, self.ids, self.order, self.again = path, 0, {}, {}, 0
        self.ordered_from = 0  # The first number that the broker of now has not had from the disk.
        self.one_reads = threading.Lock()

    def count(self):
        with self.one_reads:
            self.read()
            return len(self.ids)

    def read(self):
        if not self.path.exists():
            return
        with self.path.open() as journal:
            journal.seek(self.at)
            while (line := journal.readline()).endswith("\n"):
                self.at = journal.tell()
                event = json.loads(line)
                if event["kind"] == "MESSAGE":
                    self.take(int(event["text"]), event["id"], event["mqtt"]["topic"])

    def take(self, number, one, topic):
        ids = self.ids.setdefault(number, set())
        if not ids and number >= self.ordered_from:
            assert number > self.order.get(topic, -1), f"{number} of {topic} came behind {self.order[topic]}"
            self.order[topic] = number
        self.again += one in ids
        ids.add(one)

    def twice(self):
        return sum(len(ids) - 1 for ids in self.ids.values())


def kill_gateway(gateway, publisher):
    publisher.come_near()
    code = gateway.kill()
    publisher.go_ahead()
    assert code == -9, f"it had ended by itself: {code}"
    gateway.start()


def kill_broker(broker, gateway, publisher):
    """While the gateway has messages that it has not acknowledged: it stands still, so that the broker knows of all
    that it has acknowledged, and writes it."""
    publisher.come_near()
    publisher.hold()
    publisher.go_ahead()
    gateway.process.send_signal(signal.SIGSTOP)
    broker.save()
    broker.crash()
    gateway.process.send_signal(signal.SIGCONT)
    publisher.seen.ordered_from = publisher.sent
    broker.start()


def let_it_settle(publisher):
    publisher.hold()
    wait_until(lambda: publisher.seen.count() >= publisher.sent, "what the broker had queued", QUIET_S)
    publisher.go_on()


def look_back(log):
    """By the broker's log: how many messages were on their way when connections ended, and how many acknowledgements it
    had got since it saved when it was killed."""
    lost = on_their_way = forgotten = since_saved = 0
    for line in log:
        if "Sending PUBLISH to gw " in line:
            on_their_way += 1
        elif "Received PUBACK from gw " in line:
            on_their_way -= 1
            since_saved += 1
        elif " as gw (" in line:
            lost += on_their_way
            on_their_way = 0
        elif "Saving in-memory database" in line:
            since_saved = 0
        elif line.rstrip().endswith(" starting"):
            forgotten += since_saved
            since_saved = 0
    return lost, forgotten


def run(options):
    rng = random.Random(options.seed)
    with Mosquitto("max_inflight_messages 1000\nset_tcp_nodelay true", saves_at_once=False) as broker:
        adapter = (f"plant: {{ type: mqtt, url: 'mqtt://127.0.0.1:{broker.port}', client_id: gw, receive_maximum: "
                   f"{RECEIVE_MAXIMUM}, in_flight: {{ messages: {RECEIVE_MAXIMUM} }}, "
                   "reconnect: { initial: 50ms, max: 200ms }, subscribe: { topic: 'plant/#', qos: 1 } }")
        consumers = "journal: { plugin: journal, config: { path: journal } }"
        routes = f"- {{ name: all, match: {{ adapter: plant }}, to: journal, delivery: {options.delivery} }}"
        with Gateway(adapter, consumers, routes) as gateway:
            gateway.wait_line("connected to")
            seen = Seen(gateway.folder / "journal")
            publisher = Publisher(broker, options.messages, seen)
            try:
                for kill in range(2 * options.kills):
                    share = options.messages // (2 * options.kills)
                    enough = share * kill + rng.randrange(share // 2)
                    wait_until(lambda e=enough: seen.count() >= e, f"{enough} messages", QUIET_S)
                    if kill % 2:
                        kill_broker(broker, gateway, publisher)
                    else:
                        kill_gateway(gateway, publisher)
                    let_it_settle(publisher)
                wait_until(lambda: seen.count() == options.messages, "all messages", QUIET_S * 10)
            finally:
                publisher.stop()
        with broker.log.open() as log:
            lost, forgotten = look_back(log)
    kills = 2 * options.kills
    print(f"{options.delivery}: {options.messages} messages, {kills} kills: lost 0, seen twice {seen.twice()} "
          f"({RECEIVE_MAXIMUM} a kill: {RECEIVE_MAXIMUM * kills}; on their way {lost}, forgotten by the broker "
          f"{forgotten}), handed to the consumer again {seen.again}, in order")
    return 0 if seen.twice() <= RECEIVE_MAXIMUM * kills else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=50, help="of each of the two")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--delivery", default="durable", choices=("acked", "durable"))
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    options.messages //= SCALE
    print(f"seed {options.seed}")
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
