#!/usr/bin/env python3
"""Good senders of mail beside slow ones.

100 clients send a mail, wait for its 250, and send the next. First they are alone; then beside clients that send a byte
a second, a third of them each in a command, in a header and in a body. What has to hold:
  speed      the good ones' p99 is at most twice what it was alone
  deadline   every slow one hears 421 when its time is over, and not before

Run it by `./dev soak mail_slow`; a short form is part of the tests, and judges no speed where the machine is shared.
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

from gateway import SCALE, Gateway, wait_until  # noqa: E402

FACTOR = 2
LATE_S = 5 * SCALE  # for this program to look
TICK_S = 0.1  # to which the adapter keeps its deadlines, as its README says
CONSUMERS = "parse: { plugin: parse }"
ROUTES = "- { name: all, match: { to: 'box@in.example.com' }, to: parse }"
SEND = b"MAIL FROM:<ada@example.org>\r\nRCPT TO:<box@in.example.com>\r\n"
HEADER = b"From: Ada <ada@example.org>\r\nSubject: a mail\r\n\r\n"
TEXT = b"0123456789abcdef0123456789abcdef0123456789abcdef\r\n" * 20


def adapters(deadline_s):
    return ("inbox: { type: smtp, listen: '127.0.0.1:0', accept: '*@in.example.com', max_connections: 100000, "
            "max_connections_per_address: 100000, max_mails: 1000000, "
            f"command_timeout: {deadline_s}s, data_timeout: {deadline_s}s }}")


def transaction(number):
    """Each mail is one of its own: the same once more would be taken for a resend."""
    mail = f"Message-ID: <{number}@example.org>\r\n".encode() + HEADER + TEXT
    return SEND + f"BDAT {len(mail)} LAST\r\n".encode() + mail


def hear(client, replies=1):
    heard = b""
    while sum(line[3:4] == b" " and line.endswith(b"\n") for line in heard.splitlines(True)) < replies:
        more = client.recv(4096)
        assert more, f"closed after {heard}"
        heard += more


def connect(port):
    client = socket.create_connection(("127.0.0.1", port), 30 * SCALE)
    hear(client)
    client.sendall(b"EHLO client.example.org\r\n")
    hear(client)
    return client


class Good:
    """Clients with one mail on the way each."""

    def __init__(self, port, count):
        self.clients = {}
        self.poll = select.epoll()
        self.sent = 0
        for _ in range(count):
            client = connect(port)
            self.clients[client.fileno()] = client
            self.poll.register(client, select.EPOLLIN)

    def p99_ms(self, duration_s, pause_s=0.05):
        times = []
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            began, waits_for = {}, {}
            for fd, client in self.clients.items():
                began[fd], waits_for[fd] = time.monotonic(), 3
                client.sendall(transaction(self.sent))
                self.sent += 1
                self._take(waits_for, began, times, 0)
            while waits_for:
                self._take(waits_for, began, times, 10 * SCALE)
            threading.Event().wait(pause_s)
        times.sort()
        return times[len(times) * 99 // 100] * 1000, len(times)

    def _take(self, waits_for, began, times, timeout_s):
        events = self.poll.poll(timeout_s)
        assert events or not timeout_s, f"{len(waits_for)} good clients have no answer"
        for fd, _ in events:
            replies = self.clients[fd].recv(4096).decode().splitlines()
            assert replies and all(reply.startswith("250 ") for reply in replies), replies
            waits_for[fd] -= len(replies)
            if not waits_for[fd]:
                times.append(time.monotonic() - began[fd])
                del waits_for[fd]


class Slow(threading.Thread):
    """Each sends a byte a second, until it is told to go."""

    PLACES = {"command": (b"", b"MAIL FROM:<" + b"a" * 400), "header": (SEND + b"DATA\r\n", b"Subject: " + b"a" * 400),
              "body": (SEND + b"DATA\r\n", b"a" * 400)}
    TURNS = 10  # in a second

    def __init__(self, port, count):
        super().__init__()
        self.over, self.at = threading.Event(), 0
        self.clients = []  # (its turn, socket, what it drips, since when)
        self.stays_s, self.wrong = [], []
        for index in range(count):
            place = list(self.PLACES)[index % 3]
            before, drips = self.PLACES[place]
            since = time.monotonic()
            client = connect(port)
            if before:
                client.sendall(before)
                hear(client, 3)
            if place == "body":
                client.sendall(HEADER)
            client.setblocking(False)
            self.clients.append((index % self.TURNS, client, drips, since))

    def run(self):
        while self.clients and not self.over.wait(1 / self.TURNS):
            now = self.at % self.TURNS
            self.clients = [(turn, *each) for turn, *each in self.clients if turn != now or self._drip(*each)]
            self.at += 1

    def _drip(self, client, drips, since):
        """Whether it may stay."""
        try:
            heard = client.recv(4096)
        except BlockingIOError:
            try:
                client.send(drips[self.at // self.TURNS % len(drips):][:1])
            except (BrokenPipeError, ConnectionResetError):
                pass
            return True
        except ConnectionResetError:
            heard = b"reset"
        self.stays_s.append(time.monotonic() - since)
        if not heard.startswith(b"421 4.4.2"):
            self.wrong.append(heard)
        client.close()
        return False


def run(options):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with Gateway(adapters(options.deadline), CONSUMERS, ROUTES) as gateway:
        good = Good(gateway.port("inbox"), 100)
        good.p99_ms(1)
        alone_ms, _ = good.p99_ms(options.seconds)
        slow = Slow(gateway.port("inbox"), options.slow)
        slow.start()
        beside_ms, count = good.p99_ms(options.seconds)
        still = len(slow.clients)
        slow.join(options.deadline + LATE_S)
        slow.over.set()
        print(f"{options.slow} slow, {still} of them there to the end of the measurement; {count} mails\n"
              f"p99: {alone_ms:.2f} ms alone, {beside_ms:.2f} ms beside them, limit {FACTOR * alone_ms:.2f} ms\n"
              f"closed after {min(slow.stays_s, default=0):.1f} to {max(slow.stays_s, default=0):.1f} s, deadline "
              f"{options.deadline} s, {len(slow.clients)} not closed, {len(slow.wrong)} not by 421", flush=True)
        assert still == options.slow and not slow.clients and not slow.wrong, slow.wrong[:3]
        assert min(slow.stays_s) >= options.deadline - TICK_S and max(slow.stays_s) <= options.deadline + LATE_S
        assert options.no_speed or beside_ms <= FACTOR * alone_ms
        for client in good.clients.values():
            client.close()
        wait_until(lambda: gateway.scopes("inbox") == 1, "only that of all addresses is left", 60 * SCALE)
        gateway.check_counts()


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--slow", type=int, default=5000)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--deadline", type=int, default=60)
    arguments.add_argument("--no-speed", action="store_true", help="judge deadlines alone")
    run(arguments.parse_args())


if __name__ == "__main__":
    main()
