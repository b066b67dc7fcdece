#!/usr/bin/env python3
"""A gateway that takes events of Slack on a durable route is killed again and again: each message counts once.

Clients post numbered messages as Slack does, or push them over Socket Mode, and like Slack bring again what they heard
no yes for; and now and then what they did. What has to hold in the end:
  promise   every message that got its 2xx, or its acknowledgement, was handled
  once      no message counts twice: one that was on the disk when its yes was lost is known when it comes again
  outbox    each has led to one command: the numbers have no gap

Run it by `./dev soak slack_kill [KILLS]`.
"""

import http.client
import os
import pathlib
import random
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from count import commands, judge  # noqa: E402
from gateway import Gateway  # noqa: E402
from killing import AFTER_S, WITNESS, drain, parser_of  # noqa: E402
from slack_events import callback, message, post  # noqa: E402
from slack_server import SlackServer, events_adapter, socket_adapter  # noqa: E402

CONSUMERS = "counter: { plugin: counter, config: { to: 'witness:tally' }, may_send: ['witness:tally'] }\n" + WITNESS
ROUTES = "- { name: count, match: { adapter: slack }, to: 'counter:all', delivery: durable }"
CLIENTS = 8
ACK_S = 3


class Client:
    """One person in a room of their own. `way(event)` brings an event, and returns 200, 503, or None without an
    answer."""

    def __init__(self, number, dice):
        self.name, self.room, self.dice = f"c{number}", f"C{number}", dice
        self.acked = self.sent = 0
        self.again = self.later = 0
        self.event = self.last = self.refused = self.thread = None

    def begin(self, way):
        self.again += self.event is not None
        self.thread = threading.Thread(target=self.run, args=(way,), daemon=True)
        self.thread.start()

    def run(self, way):
        try:
            while not self.refused:
                if self.event is None:
                    self.sent += 1
                    text = f"{self.name} {self.sent} {self.dice.randrange(1 << 64):x}"
                    self.event = callback(message(text, self.room))
                elif self.last and self.dice.randrange(4) == 0:
                    self.bring(way, self.last)
                if self.bring(way, self.event):
                    self.acked += 1
                    self.last, self.event = self.event, None
        except (OSError, http.client.HTTPException, IndexError, ZeroDivisionError):
            pass  # The gateway is gone, and its connections with it.

    def bring(self, way, event):
        """Whether it got its yes."""
        status = way(event)
        self.later += status == 503
        self.refused = status not in (200, 503) and status
        return status == 200


def by_requests(gateway):
    def way_of():
        line = http.client.HTTPConnection("127.0.0.1", gateway.port("slack"), timeout=60)
        return lambda event: post(0, event, connection=line)[0]
    return way_of


def by_connections(slack, killed):
    def bring(event):
        envelope = slack.socket.push("events_api", event)
        with slack.lock:
            slack.news.wait_for(lambda: slack.socket.acked(envelope) or killed.is_set(), ACK_S)
            if slack.socket.acked(envelope):
                return 200
        if killed.is_set():
            raise ConnectionError
        return 503
    return lambda: bring


def run(kills, seed, adapter):
    dice = random.Random(seed)
    clients = [Client(number, random.Random(f"{seed} {number}")) for number in range(CLIENTS)]
    with SlackServer() as slack, Gateway(adapter(slack, ", names: false"), CONSUMERS, ROUTES) as gateway:
        killed = threading.Event()
        way_of = by_requests(gateway) if adapter is events_adapter else by_connections(slack, killed)
        for _ in range(kills):
            gateway.wait_line("is millrace .U0BOT. in Tests")
            if adapter is socket_adapter:
                with slack.lock:
                    assert slack.news.wait_for(lambda: slack.socket.connections, 60), "no connection"
            (gateway.folder / "slow").touch()
            killed.clear()
            for client in clients:
                client.begin(way_of())
            threading.Event().wait(dice.uniform(*AFTER_S))
            assert gateway.kill() == -9, "it had ended by itself"
            with slack.lock:
                killed.set()
                slack.news.notify_all()
            for client in clients:
                client.thread.join()
                assert not client.refused, client.refused
            (gateway.folder / "slow").unlink()
            gateway.start()
            drain(gateway, "counter", "witness")
        promises = {client.name: (client.sent, client.acked) for client in clients}
        messages = judge(commands(gateway.folder / "testimony"), promises, kills)
        gateway.check_counts()
    acked = sum(client.acked for client in clients)
    print(f"{adapter.__name__}, {kills} kills: {acked} messages got their yes, {messages} were handled, each once; "
          f"{sum(client.again for client in clients)} came again, {sum(client.later for client in clients)} put off")
    assert acked > 0, "nothing was acknowledged"


def main():
    arguments = parser_of(__doc__, 50).parse_args()
    print("seed", arguments.seed, flush=True)
    for adapter in (events_adapter, socket_adapter):
        run(arguments.kills, arguments.seed, adapter)


if __name__ == "__main__":
    main()
