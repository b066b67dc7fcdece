#!/usr/bin/env python3
"""Single bits of a spool's database and its log are flipped, and then a gateway is started on it.

A gateway whose consumer does not return has accepted messages that are known, and is killed. Each batch of flips is
done to a fresh copy of what it has left. What has to hold, whatever was hit:
  nothing altered   what is delivered is what was sent, once, in the order of its scope
  no crash          the gateway starts, or says why not (69); it stops as it should. So do `millrace spool` and `dlq`
  named             where something is missing, the gateway has said so in its log, its metrics and `spool verify`

Run it by `./dev soak flip [FLIPS]`; a short form is part of the tests.
"""

import argparse
import collections
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import BINARY, COMPLAINT, DEADLINE_S, Gateway, wait_until  # noqa: E402
from killing import WEB  # noqa: E402
from oracle import OFFER  # noqa: E402
from wire import TEXT, Connection, frame  # noqa: E402

SENDERS, MESSAGES, REJECTED = 4, 500, 50  # of each sender
ROW_BYTES, BODY_BYTES, BODY_EVERY = 20_000, 300_000, 100  # bodies over 256 KiB are files
MIB = 1 << 20
PAGE_BITS, HEAD_BITS = 4096 * 8, 200 * 8
STUCK = "taker: { plugin: gate, workers: 8, config: { path: never } }"
TAKES = "taker: { plugin: witness, workers: 2, config: { path: testimony } }"
CONSUMERS = "rejecting: { plugin: flaky, config: { rejects: true } }\n"
ROUTES = """\
- { name: flip, match: { path: /flip }, to: taker, delivery: durable }
- { name: reject, match: { path: /reject }, to: rejecting, delivery: durable }
"""
COMMANDS = ("spool verify", "spool stats", "spool ls", "dlq stats", "dlq list", "dlq export")
ENDS = (0, 1, 69)
NAMED = re.compile(r"damaged and put aside|cannot be trusted|cannot open the spool")
COUNTED = re.compile(r"^millrace_spool_(damaged|broken) [1-9]", re.MULTILINE)


def text(sender, number):
    """Many of them fill a log that is written into the database before its end."""
    noise = hashlib.shake_128(f"{sender} {number}".encode())
    size = BODY_BYTES if number % BODY_EVERY == 0 else int.from_bytes(noise.digest(2), "big") % ROW_BYTES
    return f"{sender} {number} {noise.hexdigest(size // 2)}"


class Outcome(collections.Counter):
    """Of all batches."""

    def line(self):
        return ", ".join(f"{self[each]} {each}" for each in sorted(self))


class Flipping:
    def __init__(self, gateway, seed, heads_only):
        self.heads_only = heads_only
        self.gateway, self.dice = gateway, random.Random(seed)
        self.spool = gateway.folder / "state" / "spool"
        self.whole = gateway.folder / "whole"
        self.testimony = gateway.folder / "testimony"
        self.outcome = Outcome()

    def fill(self):
        """Each is acknowledged, none is handled, and the gateway is no more."""
        for path, count in (("/flip", MESSAGES), ("/reject", REJECTED)):
            for sender in range(SENDERS):
                with Connection(self.gateway.port(), path, [OFFER]) as talker:
                    for number in range(1, count + 1):
                        talker.send(frame(TEXT, text(sender, number)))
                    while talker.message() != f'{{"ack":{count}}}'.encode():
                        pass
        letters = SENDERS * REJECTED
        wait_until(lambda: self.gateway.status()["spool"]["letters"] == letters, "all that is rejected is dead")
        assert self.gateway.kill() == -9
        self.gateway.config.write_text(self.gateway.config.read_text().replace(STUCK, TAKES))
        shutil.copytree(self.spool, self.whole)
        assert all(each.stat().st_size > MIB for each in self.whole.glob("spool.db*")), "there is nothing to flip"

    def flip(self, count):
        """On a fresh copy. Returns what was flipped."""
        shutil.rmtree(self.spool)
        shutil.copytree(self.whole, self.spool)
        flips = []
        for _ in range(count):
            path = self.spool / self.dice.choice(("spool.db", "spool.db-wal"))
            bit = self.dice.randrange(path.stat().st_size * 8)
            if self.heads_only:
                bit = bit // PAGE_BITS * PAGE_BITS + bit % HEAD_BITS
            with open(path, "r+b") as file:
                file.seek(bit // 8)
                byte = file.read(1)[0]
                file.seek(bit // 8)
                file.write(bytes([byte ^ 1 << bit % 8]))
            flips.append((path.name, bit))
        return flips

    def ask(self, *commands):
        """Each has to end as a command does. Returns what they say, with "wrong" where one found something wrong."""
        said = ""
        for command in commands:
            done = subprocess.run([BINARY, *command.split(), "-c", self.gateway.config], capture_output=True, text=True,
                                  errors="replace", timeout=DEADLINE_S, check=False)
            assert done.returncode in ENDS and not COMPLAINT.search(done.stderr), (command, done)
            said += done.stdout + done.stderr + "wrong\n" * (done.returncode != 0)
        return said

    def start(self):
        """Whether it starts. Else it has said why not."""
        try:
            self.gateway.start()
        except AssertionError:
            assert self.gateway.process.wait() == 69, self.gateway.process.returncode
            self.gateway.reader.join()
            self.gateway.process.stderr.close()
            return False
        return True

    def drain(self):
        """Until there is nothing more, or the spool is broken. Returns the last status."""
        def last():
            status = self.gateway.status()
            return status if status["spool"]["broken"] or status["spool"]["deliveries"] == 0 else None
        return wait_until(last, "what can be delivered has been", 2 * DEADLINE_S)

    def stop(self):
        self.gateway.terminate()
        code = self.gateway.process.wait(DEADLINE_S)
        self.gateway.is_told_to_end = False
        self.gateway.reader.join()
        self.gateway.process.stderr.close()
        assert code == 0 and not COMPLAINT.search(self.gateway.log()), f"it ended with {code}"

    def delivered(self):
        """How many were, of each sender. What is delivered is known, in order, and comes once."""
        last, count = {}, 0
        lines = self.testimony.read_text().splitlines() if self.testimony.exists() else []
        for line in lines:
            if not line or line.startswith("= "):
                continue
            words = line.split(" ", 3)[3]
            sender, number, _ = words.split(" ", 2)
            assert words == text(int(sender), int(number)), f"altered, or unknown: {words[:120]!r}"
            assert int(number) > last.get(sender, 0), f"{sender}: {number} after {last.get(sender, 0)}"
            last[sender] = int(number)
            count += 1
        return count

    def batch(self, count):
        flips = self.flip(count)
        self.testimony.unlink(missing_ok=True)
        try:
            self.judge(self.ask(*COMMANDS) if self.dice.random() < 0.3 else "")
        except BaseException:
            print("flipped:", flips, flush=True)
            kept = pathlib.Path(os.environ.get("TMPDIR", "/tmp")) / f"flip-{self.dice.randrange(1 << 32)}"
            shutil.copytree(self.whole, kept)
            print("the spool before that:", kept, flush=True)
            raise

    def judge(self, said):
        """`said`: what commands have said of the spool before it is opened by a gateway."""
        if not self.start():
            self.outcome["refused at the start"] += 1
            assert NAMED.search(self.gateway.log()), self.gateway.log()
            return
        status = self.drain()
        verified = self.ask("spool verify", "spool stats")
        spool = status["spool"]
        missing = SENDERS * MESSAGES - self.delivered()
        is_less = missing > 0 or spool["letters"] < SENDERS * REJECTED
        if is_less:
            wait_until(lambda: COUNTED.search(self.gateway.get("/metrics")[1]), f"a metric says that {missing} miss")
        self.stop()
        self.outcome["broken" if spool["broken"] else "with damage" if spool["damaged"] else "harmless"] += 1
        self.outcome["messages missing"] += missing
        if is_less:
            assert NAMED.search(said + self.gateway.log()), f"{missing} are missing, and no log says so"
            assert NAMED.search(said + verified) or "damaged" in verified, f"{missing} are missing: {verified}"


def run(flips, batch, seed, heads_only):
    with Gateway(WEB, CONSUMERS + STUCK, ROUTES) as gateway:
        flipping = Flipping(gateway, seed, heads_only)
        flipping.fill()
        done = 0
        while done < flips:
            count = min(batch, flips - done)
            flipping.batch(count)
            done += count
            if done % 100 == 0:
                print(f"{done} flips: {flipping.outcome.line()}", flush=True)
        print(f"{flips} flips, {batch} at a time: {flipping.outcome.line()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("flips", type=int, nargs="?", default=1000)
    parser.add_argument("--batch", type=int, default=4, help="flips in one copy")
    parser.add_argument("--heads", action="store_true", help="flip at the beginning of pages, where SQLite has its own")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    run(arguments.flips, arguments.batch, arguments.seed, arguments.heads)


if __name__ == "__main__":
    main()
