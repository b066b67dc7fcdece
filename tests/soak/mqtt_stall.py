#!/usr/bin/env python3
"""A consumer that stands still while its broker goes on.

Far more messages come than the gateway lets in. For as long as the consumer stands still, and for several keep-alives:
  session  the broker does not lose the gateway
  memory   the gateway's is flat, once it has as much as `in_flight` lets in (a sanitizer's own is not judged)
  others   a WebSocket and the messages of another broker are not slowed: at least 0.9 of what they were before
  after    everything arrives, in order, once

Run it by `./dev soak mqtt_stall`; a short form is part of the tests, and judges no speed where the machine is shared.
"""

import argparse
import os
import pathlib
import statistics
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

import wire  # noqa: E402
from gateway import SANITIZED, SCALE, Gateway, wait_until  # noqa: E402
from mosquitto import Mosquitto  # noqa: E402

MESSAGES = 5000
PAYLOAD = 4000
IN_FLIGHT = 500
KEEP_ALIVE_S = 2
MEMORY_KIB = 8192
SLOWED = 0.9
ECHOES, OTHERS = 500, 500


def adapters(broker, other):
    common = f"keep_alive: {KEEP_ALIVE_S}s, in_flight: {{ messages: {IN_FLIGHT} }}, subscribe: 'plant/#'"
    return (f"plant: {{ type: mqtt, url: 'mqtt://127.0.0.1:{broker.port}', client_id: gw, {common} }}\n"
            f"other: {{ type: mqtt, url: 'mqtt://127.0.0.1:{other.port}', client_id: gw, {common} }}\n"
            "web: { type: websocket, listen: '127.0.0.1:0' }")


CONSUMERS = ("gate: { plugin: gate, config: { path: open } }\njournal: { plugin: journal, config: { path: journal } }\n"
             "echo: { plugin: echo }\ncount: { plugin: echo }")
ROUTES = ("- { name: journal, match: { adapter: plant }, to: journal, delivery: acked, continue: true }\n"
          "- { name: gate, match: { adapter: plant }, to: gate, delivery: acked, timeout: 1d }\n"
          "- { name: other, match: { adapter: other }, to: count, delivery: acked }\n"
          "- { name: web, match: { adapter: web, path: /echo }, to: echo }")


class Others:
    """What they do in a second."""

    def __init__(self, gateway, broker):
        self.gateway, self.broker = gateway, broker
        self.web = wire.Connection(gateway.port(), "/echo")
        self.rates = []

    def echoes(self):
        began = time.monotonic()
        for i in range(ECHOES):
            self.web.send(wire.frame(wire.TEXT, str(i)))
            assert self.web.message() == str(i).encode()
        return ECHOES / (time.monotonic() - began)

    def messages(self):
        before = self.gateway.consumer("count")["acked"]
        began = time.monotonic()
        self.broker.publish_all((f"plant/{i % 10}", str(i), 1, False) for i in range(OTHERS))
        wait_until(lambda: self.gateway.consumer("count")["acked"] >= before + OTHERS, "the other broker's messages")
        return OTHERS / (time.monotonic() - began)

    def measure(self):
        return self.echoes(), self.messages()


def medians(samples):
    return [statistics.median(column) for column in zip(*samples)]


def run(options):
    with Mosquitto(saves_at_once=False) as broker, Mosquitto(saves_at_once=False) as other, \
            Gateway(adapters(broker, other), CONSUMERS, ROUTES) as gateway:
        wait_until(lambda: gateway.log().count("connected to") == 2, "both connections")
        others = Others(gateway, other)
        before = medians([others.measure() for _ in range(5)])
        text = "x" * PAYLOAD
        flood = threading.Thread(target=broker.publish_all,
                                 args=([("plant/a", f"{i} {text}", 1, False) for i in range(MESSAGES)],))
        flood.start()
        wait_until(lambda: gateway.gauge("plant", "unsettled") == IN_FLIGHT, "as much as may be")
        flood.join()
        rss_kib = gateway.rss_kib()
        end, during, most_kib = time.monotonic() + options.seconds, [], 0
        while time.monotonic() < end:
            during.append(others.measure())
            most_kib = max(most_kib, gateway.rss_kib())
        assert gateway.gauge("plant", "unsettled") == IN_FLIGHT, "some have gone on"
        assert gateway.log().count("connected to") == 2, "a connection was lost"
        assert SANITIZED or most_kib < rss_kib + MEMORY_KIB, f"memory grew from {rss_kib} to {most_kib} KiB"
        (gateway.folder / "open").touch()
        wait_until(lambda: len(gateway.journal()) > MESSAGES and gateway.gauge("plant", "unsettled") == 0, "the rest",
                   120 * SCALE)
        seen = [int(event["text"].split(" ")[0]) for event in gateway.journal() if event["kind"] == "MESSAGE"]
        assert seen == list(range(MESSAGES)), f"{len(seen)} messages, or in another order"
        assert gateway.log().count("connected to") == 2, "a connection was lost"
    ratios = [now / then for now, then in zip(medians(during), before)]
    print(f"{options.seconds} s: {rss_kib} KiB, at most {most_kib}; echoes {ratios[0]:.2f} and the other broker's "
          f"messages {ratios[1]:.2f} of before; {MESSAGES} messages afterwards, in order")
    return 0 if not options.judge_rates or min(ratios) >= SLOWED else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--judge-rates", action=argparse.BooleanOptionalAction, default=True)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
