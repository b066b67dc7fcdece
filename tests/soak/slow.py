#!/usr/bin/env python3
"""Good clients beside slow and hostile ones.

100 clients send a message, wait for its answer, and send the next. First they are alone; then beside half-open
handshakes, clients that send a byte a second, clients that do not read, and compression bombs. What has to hold:
  speed   the good ones' p99 is at most twice what it was alone
  bound   the gateway's memory stays under what its configuration gives, see limit_kib()
  bombs   each is closed with 1009

Run it by `./dev soak slow`; a short form is part of the tests, and judges no speed where the machine is shared.
"""

import argparse
import os
import pathlib
import resource
import select
import socket
import sys
import threading
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import SANITIZED, SCALE, Gateway, wait_until  # noqa: E402
from wire import BINARY, TEXT, Connection, frame, request  # noqa: E402

KIB = 1 << 10
MESSAGE_KIB, SEND_KIB, READ_KIB, MAILBOX_KIB = 1024, 64, 256, 64
BASE_KIB = 64 * KIB
HALF_OPEN_KIB = 12  # a connection that has not asked for anything yet, with half a request
FACTOR = 2
OFFER = "Sec-WebSocket-Extensions: permessage-deflate"

ADAPTERS = ("web: { type: websocket, listen: '127.0.0.1:0', max_connections: 1000000, handshake_timeout: 1h, "
            "max_connections_per_address: 1000000, permessage_deflate: true, stall_timeout: 1h, "
            f"send_buffer: {SEND_KIB}KiB, max_message: {MESSAGE_KIB}KiB }}")
CONSUMERS = f"echo: {{ plugin: echo, mailbox: {{ bytes: {MAILBOX_KIB}KiB }} }}"
ROUTES = "- { name: echo, match: { adapter: web, path: /echo }, to: echo }"


def limit_kib(half_open, slow, loops):
    """A deaf client has what one read brought, its mailbox and its answers. A bomb is one message while it is looked
    at, and while that grows its half beside it: one a thread. A buffer that grows may have twice its content."""
    return (BASE_KIB + half_open * HALF_OPEN_KIB + slow * (READ_KIB + 2 * MAILBOX_KIB + 4 * SEND_KIB)
            + loops * 2 * MESSAGE_KIB)


class Good:
    """Clients with one message in flight each."""

    def __init__(self, port, count):
        self.clients = [Connection(port, "/echo") for _ in range(count)]
        self.poll = select.epoll()
        self.by_fd = {}
        for client in self.clients:
            client.socket.setblocking(False)
            self.by_fd[client.socket.fileno()] = client
            self.poll.register(client.socket, select.EPOLLIN)

    def p99_ms(self, duration_s, pause_s=0.02):
        """They ask in turn, at a rate that leaves the machine time: `pause_s` between rounds of all."""
        message, answer = frame(TEXT, "x" * 64), b"\x81\x40" + b"x" * 64
        times = []
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            began, left = {}, set()
            for fd, client in self.by_fd.items():
                began[fd] = time.monotonic()
                client.socket.send(message)
                left.add(fd)
                self._take(left, began, times, answer, 0)
            while left:
                self._take(left, began, times, answer, 10 * SCALE)
            threading.Event().wait(pause_s)
        times.sort()
        return times[len(times) * 99 // 100] * 1000, len(times)

    def _take(self, left, began, times, answer, timeout_s):
        events = self.poll.poll(timeout_s)
        assert events or not timeout_s, f"{len(left)} good clients have no answer"
        for fd, _ in events:
            assert self.by_fd[fd].socket.recv(4096) == answer
            times.append(time.monotonic() - began[fd])
            left.discard(fd)


class Slow:
    """Those that hold on to what they have: half-open handshakes, drips, the deaf."""

    def __init__(self, port, half_open, slow):
        self.half_open = [self._connect(port) for _ in range(half_open)]
        for each in self.half_open:
            each.send(request()[:40])
        self.drips = [Connection(port, "/echo") for _ in range(slow)]
        self.at = 0
        self.deaf = [Connection(port, "/echo", receive_buffer=4 * KIB, send_buffer=16 * KIB) for _ in range(slow)]
        for each in self.deaf:
            each.socket.setblocking(False)
            try:
                while True:
                    each.socket.send(frame(BINARY, bytes(16 * KIB)))
            except BlockingIOError:
                pass

    def drip(self):
        """The next byte of a large message, from each."""
        message = frame(TEXT, "x" * 1000)
        for each in self.drips:
            each.socket.send(message[self.at:self.at + 1])
        self.at += 1

    def close(self):
        for each in self.half_open:
            each.close()
        for each in self.drips + self.deaf:
            each.socket.close()

    @staticmethod
    def _connect(port):
        each = socket.socket()
        each.connect(("127.0.0.1", port))
        return each


class Nuisance(threading.Thread):
    """Once a second: a byte of each drip, and bombs."""

    def __init__(self, gateway, slow, bombs):
        super().__init__()
        self.gateway, self.slow, self.bombs = gateway, slow, bombs
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.bomb = frame(BINARY, (squeeze.compress(bytes(64 << 20)) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4], rsv=4)
        self.over = threading.Event()
        self.codes, self.most_kib = [], 0

    def run(self):
        while not self.over.wait(1):
            self.slow.drip()
            for _ in range(self.bombs):
                with Connection(self.gateway.port(), "/echo", [OFFER]) as connection:
                    connection.send(self.bomb)
                    self.codes.append(connection.closing()[0])
                    self.most_kib = max(self.most_kib, self.gateway.rss_kib())


def run(options):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Gateway(ADAPTERS, CONSUMERS, ROUTES) as gateway:
        good = Good(gateway.port(), 100)
        good.p99_ms(1)
        alone_ms, _ = good.p99_ms(options.seconds)
        slow = Slow(gateway.port(), options.half_open, options.slow)
        nuisance = Nuisance(gateway, slow, bombs=2)
        nuisance.start()
        beside_ms, count = good.p99_ms(options.seconds)
        nuisance.over.set()
        nuisance.join()
        limit = limit_kib(options.half_open, options.slow, gateway.adapter()["loops"])
        most_kib = max(nuisance.most_kib, gateway.rss_kib())
        print(f"{options.half_open} half-open, {options.slow} drips, {options.slow} deaf, {len(nuisance.codes)} bombs; "
              f"{count} messages\np99: {alone_ms:.2f} ms alone, {beside_ms:.2f} ms beside them, limit "
              f"{FACTOR * alone_ms:.2f} ms\nmemory: at most {most_kib / KIB:.0f} MiB, limit {limit / KIB:.0f} MiB",
              flush=True)
        assert nuisance.codes and set(nuisance.codes) == {1009}, nuisance.codes
        assert SANITIZED or most_kib <= limit
        assert options.no_speed or beside_ms <= FACTOR * alone_ms
        slow.close()
        for client in good.clients:
            client.socket.close()
        wait_until(lambda: gateway.scopes() == 0, "no scope is left", 60 * SCALE)
        gateway.check_counts()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--half-open", type=int, default=5000)
    arguments.add_argument("--slow", type=int, default=100)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--no-speed", action="store_true", help="judge memory and bombs alone")
    run(arguments.parse_args())


if __name__ == "__main__":
    main()
