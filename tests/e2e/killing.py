"""A gateway that is killed again and again while an oracle's clients talk to it."""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

from gateway import DEADLINE_S, SCALE, Gateway

HERE = pathlib.Path(__file__).resolve().parent
AFTER_S = 0.01, 3.0  # of talk
READY_S = 5
WEB = "web: { type: websocket, listen: '127.0.0.1:0' }"
# Slow as long as clients talk, so that much waits for it when the gateway is killed.
WITNESS = "witness: { plugin: witness, workers: 2, config: { path: testimony, slow: slow, delay_us: 2000 } }"


def parser_of(description, kills):
    """For what is run as `NAME [KILLS] [--seed N]`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, nargs="?", default=kills)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    return parser


class Oracle:
    """The process of oracle.py."""

    def __init__(self, seed, folder):
        self.process = subprocess.Popen(
            [sys.executable, HERE / "oracle.py", "--seed", str(seed), "--log", folder / "oracle.log", "--testimony",
             folder / "testimony"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "the oracle has ended"
        return json.loads(answer)


class Killing:
    def __init__(self, seed, consumers, routes):
        self.dice = random.Random(seed)
        self.gateway = Gateway(WEB, consumers, routes)
        self.oracle = Oracle(seed, self.gateway.folder)
        self.slow = self.gateway.folder / "slow"
        self.slowest_s = 0.0

    def __enter__(self):
        self.oracle.__enter__()
        self.gateway.__enter__()
        return self

    def __exit__(self, *failure):
        try:
            self.gateway.__exit__(*failure)
        finally:
            self.oracle.__exit__(*failure)

    def kill(self, path):
        """Lets the clients talk for a while, and kills the gateway; then they have read all that it said."""
        self.slow.touch()
        self.oracle.ask(f"talk {self.gateway.port()} {path}")
        threading.Event().wait(self.dice.uniform(*AFTER_S))
        code = self.gateway.kill()
        assert code == -9, f"it had ended by itself: {code}"
        self.slow.unlink()
        return self.oracle.ask("hush")

    def start(self):
        before = time.monotonic()
        self.gateway.start()
        ready_s = time.monotonic() - before
        self.slowest_s = max(self.slowest_s, ready_s)
        assert ready_s < READY_S * SCALE, f"ready after {ready_s:.1f} s"

    def drain(self, *consumers):
        drain(self.gateway, *consumers)


def drain(gateway, *consumers):
    """Waits until the consumers have nothing open; it may take long, but it has to go on."""
    ended, since = -1, time.monotonic()
    while True:
        status = gateway.status()
        looks = [each for each in status["consumers"] if each["name"] in consumers]
        spooled = status["spool"]["deliveries"] if status["spool"] else 0
        if spooled + sum(each["open"] for each in looks) == 0:
            return
        now = sum(each["created"] - each["open"] for each in looks)
        if now != ended:
            ended, since = now, time.monotonic()
        assert time.monotonic() - since < DEADLINE_S, f"stalled: {looks}"
