#!/usr/bin/env python3
"""Connections that flood a consumer which does not return, and then it does.

What has to hold:
  bound     the gateway's memory stays under the limit that its configuration gives, see limit_kib()
  no loss   every message that a client's socket took is handled, once and in order: each client compares the answers
            with what it has sent
  recovery  within RECOVERY_S of the consumer's return all that waited in mailboxes is handled, and a connection that
            is new has its first answer

Run it by `./dev soak flood`; a short form is part of the tests.
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

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import SANITIZED, SCALE, Gateway, wait_until  # noqa: E402
from wire import BINARY, Connection, frame  # noqa: E402

KIB = 1 << 10
MESSAGE_BYTES, NUMBER_BYTES = 1024, 12
MAILBOX_KIB, SEND_KIB, READ_KIB = 32, 64, 256  # READ_KIB: what one read takes at most; what finds no room waits there
BASE_KIB = 64 * KIB
RECOVERY_S = 2 * SCALE
LOOK_S = 0.25
CHUNK = 16  # messages offered to a socket at once

ADAPTERS = ("web: { type: websocket, listen: '127.0.0.1:0', max_connections: 1000000, stall_timeout: 1h, "
            f"max_connections_per_address: 1000000, send_buffer: {SEND_KIB}KiB, max_message: 64KiB }}")
CONSUMERS = (f"gate: {{ plugin: gate, mailbox: {{ messages: 64, bytes: {MAILBOX_KIB}KiB }}, "
             f"config: {{ path: opened, reply_bytes: {NUMBER_BYTES}, stays_open: true }} }}")
ROUTES = "- { name: gate, match: { adapter: web, path: /gate }, to: gate, timeout: 1h }"


def limit_kib(connections):
    """A connection has at most its mailbox, what one read brought and found no room, and what waits for its peer. A
    buffer that grows may be twice as large as what is in it."""
    return BASE_KIB + connections * (2 * MAILBOX_KIB + READ_KIB + 2 * SEND_KIB)


def message(number):
    payload = b"%0*d" % (NUMBER_BYTES, number) + bytes(MESSAGE_BYTES - NUMBER_BYTES)
    return frame(BINARY, payload)


def answer(number):
    return bytes([0x80 | BINARY, NUMBER_BYTES]) + b"%0*d" % (NUMBER_BYTES, number)


PING = b"\x89\x00"  # for those who are held back for long
FRAME_BYTES, ANSWER_BYTES = len(message(0)), len(answer(0))


class Client:
    """Sends numbered messages for as long as it is told, and compares each answer with its number."""

    def __init__(self, port):
        self.connection = Connection(port, "/gate", send_buffer=16 * KIB)
        self.socket = self.connection.socket
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")  # BBR may rest with an open window
        self.socket.setblocking(False)
        self.sent = 0  # messages that were begun, whether or not the socket has all of the last one
        self.rest = b""
        self.answered = 0
        self.came = b""

    def send(self, is_flooding):
        """Until the socket takes no more. Whether there is more to send."""
        while True:
            if not self.rest and is_flooding:
                self.rest = b"".join(message(self.sent + i) for i in range(CHUNK))
                self.sent += CHUNK
            if not self.rest:
                return False
            try:
                self.rest = self.rest[self.socket.send(self.rest):]
            except BlockingIOError:
                return True

    def stop_flooding(self):
        """Takes back what no byte of has left."""
        unsent = len(self.rest) // FRAME_BYTES
        self.sent -= unsent
        self.rest = self.rest[:len(self.rest) - unsent * FRAME_BYTES]

    def receive(self):
        try:
            data = self.socket.recv(256 * KIB)
        except BlockingIOError:
            return
        assert data, f"the gateway closed a connection after {self.answered} answers"
        self.came = (self.came + data).replace(PING, b"")
        count = len(self.came) // ANSWER_BYTES
        due = b"".join(answer(self.answered + i) for i in range(count))
        assert self.came.startswith(due), f"not the answers from {self.answered} on: {self.came[:64]!r}"
        self.came = self.came[len(due):]
        self.answered += count

    def is_done(self):
        return not self.rest and self.answered == self.sent


class Flood:
    def __init__(self, gateway, count):
        self.gateway = gateway
        self.clients = {}
        self.poll = select.epoll()
        for _ in range(count):
            client = Client(gateway.port())
            self.clients[client.socket.fileno()] = client
        self.most_kib = 0
        self.looked_at = 0.0

    def watch(self):
        if time.monotonic() < self.looked_at + LOOK_S:
            return
        self.looked_at = time.monotonic()
        self.most_kib = max(self.most_kib, self.gateway.rss_kib())

    def flood(self, duration_s):
        for fd in self.clients:
            self.poll.register(fd, select.EPOLLOUT)
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            for fd, _ in self.poll.poll(LOOK_S):
                self.clients[fd].send(is_flooding=True)
            self.watch()
        for fd, client in self.clients.items():
            client.stop_flooding()
            self.poll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if client.rest else 0))

    def drain(self, deadline_s):
        open_ones = {fd for fd, client in self.clients.items() if not client.is_done()}
        end = time.monotonic() + deadline_s
        while open_ones:
            assert time.monotonic() < end, f"{len(open_ones)} clients wait for answers after {deadline_s} s"
            for fd, events in self.poll.poll(LOOK_S):
                client = self.clients[fd]
                if events & select.EPOLLOUT and not client.send(is_flooding=False):
                    self.poll.modify(fd, select.EPOLLIN)
                if events & ~select.EPOLLOUT:
                    client.receive()
                if client.is_done():
                    open_ones.discard(fd)
            self.watch()


def dropped():
    """Segments that the kernel had no memory for, though it had announced room: only their senders' timers bring them
    again. Where there are some, recovery says more of net.ipv4.tcp_mem than of the gateway."""
    names, values = (line.split() for line in pathlib.Path("/proc/net/netstat").read_text().splitlines()[:2])
    return int(values[names.index("TCPRcvQDrop")])


class Handled(threading.Thread):
    """Looks when so many messages have been handled."""

    def __init__(self, gateway, waiting, began):
        super().__init__()
        self.gateway, self.waiting, self.began, self.after_s = gateway, waiting, began, None

    def run(self):
        wait_until(lambda: self.gateway.consumer("gate")["acked"] >= self.waiting, "what waited is handled", 60 * SCALE)
        self.after_s = time.monotonic() - self.began


def recovery_s(gateway, waiting):
    """How long after the consumer's return it takes until a new connection is answered, and until what waited is
    handled. The flooding clients rest meanwhile: they would take the processor from what is measured."""
    began = time.monotonic()
    handled = Handled(gateway, waiting, began)
    (gateway.folder / "opened").touch()
    handled.start()
    with Connection(gateway.port(), "/gate") as stranger:
        stranger.send(message(0))
        assert stranger.message() == answer(0)[2:]
        answered_s = time.monotonic() - began
        stranger.leave()
    handled.join()
    assert handled.after_s is not None, "what waited is not handled"
    return answered_s, handled.after_s


def run(connections, duration_s):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    limit = limit_kib(connections)
    dropped_before = dropped()
    with Gateway(ADAPTERS, CONSUMERS, ROUTES, "drain: 60s") as gateway:
        flood = Flood(gateway, connections)
        flood.flood(duration_s)
        status = gateway.consumer("gate")
        paused = gateway.adapter()["paused"]
        sent = sum(client.sent for client in flood.clients.values())
        print(f"{connections} connections, {duration_s} s: {sent} messages sent, {status['open']} in mailboxes, "
              f"{paused} times paused, {dropped() - dropped_before} segments dropped by the kernel", flush=True)
        assert paused >= connections, "some connections were never held back: that is no flood"

        answered_s, handled_s = recovery_s(gateway, status["created"])
        flood.drain(deadline_s=max(60, connections / 20) * SCALE)
        print(f"all {sent} answered, each once and in order")
        print(f"recovery: a new connection answered after {answered_s:.2f} s, what waited handled after "
              f"{handled_s:.2f} s, limit {RECOVERY_S} s")
        print(f"memory: at most {flood.most_kib / KIB:.0f} MiB, limit {limit / KIB:.0f} MiB", flush=True)
        assert answered_s <= RECOVERY_S and handled_s <= RECOVERY_S
        assert SANITIZED or flood.most_kib <= limit

        for client in flood.clients.values():
            client.socket.close()
        wait_until(lambda: gateway.scopes() == 0, "no scope is left", 60 * SCALE)
        gate = gateway.check_counts()[0]
        assert (gate["dead"], gate["expired"], gate["dropped"], gate["open"]) == (0, 0, 0, 0), gate


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--connections", type=int, default=10_000)
    arguments.add_argument("--seconds", type=float, default=60)
    options = arguments.parse_args()
    run(options.connections, options.seconds)


if __name__ == "__main__":
    main()
