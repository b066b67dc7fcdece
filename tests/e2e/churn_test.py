"""Thousands of connections come and go while messages flow on others: nothing is left over, and the numbers add up.

Scopes and descriptors are back exactly after each round; memory is back within RSS_SLACK_KIB of what it was after the
first rounds, which fill the caches. A sanitizer keeps freed memory back, so memory is judged without one only.
"""

import random
import resource
import socket
import sys
import threading
import time

from gateway import SANITIZED, Gateway, wait_until
from wire import CLOSE, TEXT, Connection, close_frame, frame, request

ROUNDS, CONNECTIONS = (4, 300) if SANITIZED else (20, 2000)
STREAMS, BATCH = 8, 32
SETTLED_ROUNDS = ROUNDS // 2  # Until then the allocator finds out what the peak of a round needs.
RSS_SLACK_KIB = 1024  # What those after them may add: about 50 bytes a connection.

ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0', max_connections_per_address: 5000 }"
CONSUMERS = """
echo: { plugin: echo }
commands: { plugin: commands }
sleeper: { plugin: sleeper }
"""
ROUTES = """
- { name: echo, match: { adapter: web, path: /echo }, to: echo }
- { name: both, match: { adapter: web, path: /both }, to: [echo, commands] }
- { name: sleeper, match: { adapter: web, path: /sleeper }, to: sleeper }
"""


class Background(threading.Thread):
    """Repeats `step` until it is stopped; what it raised comes out of stop()."""

    def __init__(self, step, every_s=0.0):
        super().__init__(daemon=True)
        self.step, self.every_s = step, every_s
        self.over, self.count, self.error = threading.Event(), 0, None
        self.start()

    def run(self):
        try:
            while not self.over.wait(self.every_s):
                self.step()
                self.count += 1
        except BaseException as error:
            self.error = error

    def stop(self):
        self.over.set()
        self.join()
        if self.error:
            raise self.error
        return self.count


class Stream:
    """A connection on which messages flow; every answer is looked at."""

    def __init__(self, port):
        self.connection = Connection(port, "/echo")
        self.sent = 0

    def step(self):
        texts = [b"message %d" % (self.sent + i) for i in range(BATCH)]
        self.sent += BATCH
        self.connection.send(b"".join(frame(TEXT, text) for text in texts))
        heard = [self.connection.message() for _ in texts]
        assert heard == texts, (heard[:3], texts[:3])


def open_all(port, chance):
    """Opens CONNECTIONS connections, each with something said or in flight."""
    connections = []
    for _ in range(CONNECTIONS):
        path, said = chance.choice((("/echo", "hello"), ("/both", "say hello"), ("/sleeper", "sleep 60000 late"),
                                    ("/echo", None), ("/both", "throw 2;say hello")))
        connection = Connection(port)
        connection.send(request(path) + (frame(TEXT, said) if said else b""))
        connections.append(connection)
    for connection in connections:
        assert connection.response()[0].startswith("HTTP/1.1 101")
    return connections


def close_all(connections, chance):
    """In every way there is. A farewell is answered; the rest just goes."""
    polite = []
    for connection in connections:
        way = chance.randrange(4)
        if way == 0:
            connection.send(close_frame(1000, "done"))
            polite.append(connection)
        elif way == 1:
            connection.reset()
        elif way == 2:
            connection.socket.close()
        else:
            connection.send(frame(3))  # a fault: the gateway closes
            polite.append(connection)
    for connection in polite:
        while connection.frame().opcode != CLOSE:
            pass
        connection.socket.close()


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}, {ROUNDS} rounds of {CONNECTIONS} connections")
    chance = random.Random(seed)

    with Gateway(ADAPTERS, CONSUMERS, ROUTES) as gateway:
        port = gateway.port()
        streams = [Stream(port) for _ in range(STREAMS)]
        flows = [Background(stream.step) for stream in streams]
        identity = Background(gateway.check_counts, every_s=1.0)
        wait_until(lambda: gateway.scopes() == STREAMS, "the streams are there")
        fds = gateway.fds()
        settled_kib = 0
        for number in range(ROUNDS):
            began = time.monotonic()
            connections = open_all(port, chance)
            assert gateway.scopes() == CONNECTIONS + STREAMS
            close_all(connections, chance)
            wait_until(lambda: gateway.scopes() == STREAMS, "the scopes are gone")
            wait_until(lambda: gateway.fds() == fds, f"{fds} descriptors as before")
            # Dead letters are kept on purpose, up to a bound of their own.
            rss_kib = gateway.rss_kib() - gateway.status()["dead_letters"]["bytes"] // 1024
            if number < SETTLED_ROUNDS:
                settled_kib = rss_kib
            print(f"round {number + 1}: {time.monotonic() - began:.2f} s, rss {rss_kib} KiB", flush=True)
            growth_kib = rss_kib - settled_kib
            assert SANITIZED or growth_kib <= RSS_SLACK_KIB, f"{growth_kib} KiB more than after {SETTLED_ROUNDS} rounds"
        flowed = sum(flow.stop() for flow in flows) * BATCH
        looks = identity.stop()
        for stream in streams:
            stream.connection.leave()
        wait_until(lambda: gateway.scopes() == 0, "no scope is left")
        wait_until(lambda: gateway.fds() == fds - STREAMS, "no descriptor is left")
        for each in gateway.check_counts():
            assert (each["open"], each["instances"]) == (0, 0), each
        assert flowed > ROUNDS * BATCH and looks > 0
        print(f"{flowed} messages flowed meanwhile; the counting identity held {looks} times")


if __name__ == "__main__":
    sys.exit(main())
