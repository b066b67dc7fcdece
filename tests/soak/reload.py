#!/usr/bin/env python3
"""Everything changes under load: 50 connections with 32 messages in flight each.

What has to hold while a plugin's file is replaced again and again, by good and by broken ones, and while reloads add
and remove routes, consumers and listeners:
  no loss    each connection that nothing is changed for stays, and gets every answer once and in order
  no cost    the median rate of answers is at least 0.8 of what it was before
  no change  a broken file or configuration leaves all as it was, and says why

Run it by `./dev soak reload`; a short form, which judges no rates, is part of the tests.
"""

import argparse
import itertools
import os
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from editions import aborting, renamed_echo  # noqa: E402
from gateway import BINARY, DEADLINE_S, Gateway, wait_until  # noqa: E402
from wire import TEXT, Connection, frame  # noqa: E402

CONNECTIONS, IN_FLIGHT = 50, 32
RATE_KEPT = 0.8
NUMBER_BYTES = 10
WEB = "web: { type: websocket, listen: '127.0.0.1:0' }"
EXTRA = "\n  more: { type: websocket, listen: '127.0.0.1:0' }"
SWAPPED = "ecko"
CONSUMERS = "ecko: { plugin: ecko }"
EXTRA_CONSUMER = "\n  again: { plugin: echo }"
ECHO = "- { name: echo, match: { path: /echo }, to: ecko }"
EXTRA_ROUTE = "\n  - { name: again, match: { path: /again }, to: again }"


class Load:
    """Connections that are never without messages in flight, on a thread of their own."""

    def __init__(self, port):
        self.connections = [Connection(port, "/echo") for _ in range(CONNECTIONS)]
        self.answered = 0
        self.failure = None
        self.is_ending = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        epoll, by_fd = select.epoll(), {}
        size = len(frame(TEXT, "0" * NUMBER_BYTES, mask=False))
        for each in self.connections:
            each.sent = each.got = 0
            by_fd[each.socket.fileno()] = each
            epoll.register(each.socket.fileno(), select.EPOLLIN)
            self.fill(each)
        try:
            while not self.is_ending or any(each.got < each.sent for each in self.connections):
                for fd, _ in epoll.poll(DEADLINE_S) or [(None, None)]:
                    assert fd, "no answer"
                    each = by_fd[fd]
                    data = each.socket.recv(1 << 16)
                    assert data, "a connection was closed"
                    each.buffer += data
                    for at in range(0, len(each.buffer) - size + 1, size):
                        assert int(each.buffer[at + 2:at + size]) == each.got, "lost, repeated or in another order"
                        each.got += 1
                        self.answered += 1
                    del each.buffer[:len(each.buffer) // size * size]
                    if not self.is_ending:
                        self.fill(each)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def fill(self, each):
        count = IN_FLIGHT - (each.sent - each.got)
        each.socket.sendall(b"".join(frame(TEXT, f"{each.sent + i:0{NUMBER_BYTES}}") for i in range(count)))
        each.sent += count

    def rate(self, duration_s):
        answered, began = self.answered, time.monotonic()
        threading.Event().wait(duration_s)
        self.check()
        return (self.answered - answered) / (time.monotonic() - began)

    def check(self):
        if self.failure:
            raise self.failure

    def end(self):
        self.is_ending = True
        self.thread.join()
        self.check()
        for each in self.connections:
            each.leave()


class Changes:
    """What is done to the gateway."""

    def __init__(self, gateway, plugins):
        self.gateway, self.plugins = gateway, plugins
        self.base = gateway.config.read_text()
        self.broken = itertools.cycle([
            lambda content: content[:len(content) // 2], lambda content: b"", lambda content: b"no plugin",
            lambda content: content.replace(b'"abi":"0.8"', b'"abi":"0.1"'),
            lambda content: content.replace(b"millrace_plugin_v1", b"millrace_plugin_v0"),
            lambda _: aborting(SWAPPED)])

    def reload(self, exit_code=0):
        done = subprocess.run([BINARY, "reload", "-c", self.gateway.config], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        assert done.returncode == exit_code, done
        return done.stdout

    def configuration(self, number):
        """In turn: one thing more, one less, and one that is wrong."""
        text = self.base
        if number % 2:
            text = text.replace(WEB, WEB + EXTRA)
        if number // 2 % 2:
            text = text.replace(CONSUMERS, CONSUMERS + EXTRA_CONSUMER)
            text = text.rstrip("\n") + EXTRA_ROUTE + "\n"
        is_wrong = number % 10 == 9
        self.gateway.config.write_text(text.replace("to: ecko }", "to: nobody }") if is_wrong else text)
        said = self.reload(78 if is_wrong else 0)
        assert is_wrong or said.strip(), "nothing is said"

    def swap(self, number):
        """A good file, then a broken one, under the load of those that it serves."""
        content = renamed_echo(SWAPPED)
        generation = self.gateway.consumer(SWAPPED)["generation"]
        self.drop(content + str(number).encode())
        wait_until(lambda: self.gateway.consumer(SWAPPED)["generation"] == generation + 1, "the new one serves")
        assert self.gateway.consumer(SWAPPED)["retiring"] == CONNECTIONS, "a conversation has changed its generation"
        self.ask()
        failed = self.gateway.status()["reloads_failed"]
        self.drop(next(self.broken)(content))
        wait_until(lambda: self.gateway.status()["reloads_failed"] > failed, "the broken one is refused")
        assert SWAPPED in self.gateway.status()["last_refusal"]
        assert self.gateway.consumer(SWAPPED)["generation"] == generation + 1
        self.ask()
        self.drop(content + str(number).encode())
        self.reload()

    def ask(self):
        with Connection(self.gateway.port(), "/echo") as connection:
            connection.text("?")
            assert connection.message() == b"?"

    def drop(self, content):
        part = self.plugins / "part"
        part.write_bytes(content)
        part.chmod(0o644)
        part.rename(self.plugins / f"{SWAPPED}.so")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--reloads", type=int, default=200)
    arguments.add_argument("--swaps", type=int, default=10)
    arguments.add_argument("--judge-rates", action=argparse.BooleanOptionalAction, default=True)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-plugins-") as folder:
        plugins = pathlib.Path(folder)
        (plugins / f"{SWAPPED}.so").write_bytes(renamed_echo(SWAPPED))
        with Gateway(WEB, CONSUMERS, ECHO, plugins_dir=plugins) as gateway:
            changes, load = Changes(gateway, plugins), Load(gateway.port())
            try:
                before = statistics.median(load.rate(0.2) for _ in range(20))
                for number in range(options.swaps):
                    changes.swap(number)
                    load.check()
                rates = []
                for number in range(1, options.reloads + 1):
                    changes.configuration(number)
                    rates.append(load.rate(0.05))
                changes.gateway.config.write_text(changes.base)
                changes.reload()
            finally:
                load.end()
            gateway.check_counts()
            wait_until(lambda: len(gateway.status()["adapters"]) == 2, "what was removed has ended")
            status = gateway.status()
    kept = statistics.median(rates) / before
    print(f"{load.answered} answers; {options.swaps} plugins swapped and as many refused, {status['reloads']} reloads "
          f"done, {status['reloads_failed']} refused: no connection, no answer lost; {before:,.0f} answers/s before, "
          f"{kept:.2f} of it meanwhile (at least {RATE_KEPT})")
    return 0 if kept >= RATE_KEPT or not options.judge_rates else 1


if __name__ == "__main__":
    sys.exit(main())
