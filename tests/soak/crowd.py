#!/usr/bin/env python3
"""A group of many members, one of which does not read.

What has to hold:
  no cost   the others get each message, in order, and as soon as without the slow one: the 99th percentile of the time
            from what is said to each of them is at most 1.2 times as long (medians over ROUNDS alternating rounds)
  its gap   the slow one loses what it has no room for, and is told once, when it reads again, how much that was: with
            what it got it is all that was said

Run it by `./dev soak crowd`; a short form, which judges no times, is part of the tests.
"""

import argparse
import os
import pathlib
import resource
import select
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import Gateway, wait_until  # noqa: E402
from wire import Connection  # noqa: E402

PAYLOAD_BYTES = 1024
SEND_KIB = 64
COST = 1.2
MESSAGES_MAX = 20_000  # until what is on the way to the slow one is full
ADAPTERS = ("web: { type: websocket, listen: '127.0.0.1:0', max_connections: 100000, stall_timeout: 1h, "
            f"max_connections_per_address: 100000, send_buffer: {SEND_KIB}KiB }}")
CONSUMERS = "crowd: { plugin: crowd }"
ROUTES = "- { name: crowd, match: { adapter: web, path: /crowd }, to: crowd }"
FRAME_BYTES = 4 + PAYLOAD_BYTES


class Crowd:
    def __init__(self, gateway, size):
        self.gateway = gateway
        self.members = [Connection(gateway.port(), "/crowd") for _ in range(size)]
        self.epoll = select.epoll()
        self.by_fd = {}
        for member in self.members:
            member.socket.setblocking(False)
            member.got = 0
            self.by_fd[member.socket.fileno()] = member
            self.epoll.register(member.socket.fileno(), select.EPOLLIN)
        self.said = 0

    def say(self):
        """One message to all, and how long each member took to get it."""
        text = (f"{self.said:08}" + "x" * PAYLOAD_BYTES)[:PAYLOAD_BYTES]
        began = time.perf_counter()
        self.members[0].socket.setblocking(True)
        self.members[0].text(text)
        self.members[0].socket.setblocking(False)
        self.said += 1
        times, waiting = [], len(self.members)
        while waiting:
            for fd, _ in self.epoll.poll(15):
                member = self.by_fd[fd]
                member.buffer += member.socket.recv(1 << 16)
                if len(member.buffer) < FRAME_BYTES:
                    continue
                assert member.buffer[4:12].decode() == f"{member.got:08}", "lost, or in another order"
                assert len(member.buffer) == FRAME_BYTES
                member.buffer.clear()
                member.got += 1
                times.append(time.perf_counter() - began)
                waiting -= 1
        return times


def percentile(times, part):
    return sorted(times)[int(len(times) * part)]


def run_round(members, messages, with_slow):
    """The others' 99th percentile, in ms."""
    with Gateway(ADAPTERS, CONSUMERS, ROUTES) as gateway:
        slow = Connection(gateway.port(), "/crowd", receive_buffer=4096) if with_slow else None
        crowd = Crowd(gateway, members - bool(with_slow))
        wait_until(lambda: gateway.scopes() == members, "all are there")
        times = [each for _ in range(messages) for each in crowd.say()]
        if slow:
            while gateway.adapter()["group_drops"] == 0 and crowd.said < MESSAGES_MAX:
                for _ in range(200):
                    crowd.say()
            check_gap(gateway, slow, crowd.said)
        for each in [*crowd.members, *([slow] if slow else [])]:
            each.socket.close()
        wait_until(lambda: gateway.scopes() == 0, "all are gone")
        gateway.check_counts()
    return percentile(times, 0.99) * 1000


def check_gap(gateway, slow, messages):
    dropped = gateway.adapter()["group_drops"]
    assert dropped > 0, "the slow one has lost nothing: there were too few messages"
    got, told = 0, []
    while got + sum(told) < messages:
        text = slow.message().decode()
        if text.startswith("lost "):
            told.append(int(text.split()[1]))
        else:
            assert int(text[:8]) == got + sum(told)
            got += 1
    assert told == [dropped], f"told of {told}, lost {dropped}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--members", type=int, default=1000)
    arguments.add_argument("--messages", type=int, default=400)
    arguments.add_argument("--rounds", type=int, default=5, help="0: one with the slow member, and no times are judged")
    options = arguments.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if options.rounds == 0:
        run_round(options.members, options.messages, True)
        return 0
    alone, beside = [], []
    for number in range(options.rounds):
        for with_slow in (False, True) if number % 2 == 0 else (True, False):
            (beside if with_slow else alone).append(run_round(options.members, options.messages, with_slow))
        print(f"round {number + 1}: p99 {alone[-1]:.1f} ms alone, {beside[-1]:.1f} ms beside one that does not read",
              flush=True)
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"{options.members} members, {options.messages} messages: {ratio:.2f} times as long (at most {COST}); "
          "each loss was told of")
    return 0 if ratio <= COST else 1


if __name__ == "__main__":
    sys.exit(main())
