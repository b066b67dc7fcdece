#!/usr/bin/env python3
"""The disk of the gateway is filled and freed again and again while clients talk to it.

By turns it has no byte left, or fewer than the gateway leaves to others, or no inode, which messages with bodies need.
What has to hold:
  nothing lost   each message that was acknowledged is delivered once and unaltered, and none that nobody has sent
  no restart     the process goes on
  words          /readyz is red, with the reason, while nothing is taken, and green again
  soon           within 5 s of the freeing each client has a new message acknowledged, and /readyz is green

The disk is a small tmpfs in a mount namespace of the test's own. Where neither root nor a user namespace may have
one, the test is skipped.

Run it by `./dev soak full [CYCLES]`; a short form is part of the tests.
"""

import argparse
import collections
import errno
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import SCALE, Gateway, wait_until  # noqa: E402
from killing import WEB, WITNESS, drain  # noqa: E402
from oracle import OFFER  # noqa: E402
from wire import CLOSE, TEXT, Connection, frame  # noqa: E402

MIB = 1 << 20
DISK_MIB, INODES = 128, 1500
MIN_FREE_MIB = 8
TALKERS, WINDOW = 4, 64
BODY_BYTES, BODY_EVERY = 300_000, 200  # bodies over 256 KiB are files
STILL_S, HOLD_S = 0.5, 0.5
BACK_S = 5 * SCALE
ROUTES = "- { name: full, match: { path: /full }, to: witness, delivery: durable }"
IN_NAMESPACE = "MILLRACE_TEST_IN_NAMESPACE"


def enter_namespace():
    """Runs the test again in a mount namespace, unless this is that run."""
    if os.environ.get(IN_NAMESPACE):
        return
    for unshare in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        trial = [*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
            sys.stdout.flush()
            os.execvpe(unshare[0], [*unshare, sys.executable, *sys.argv], os.environ | {IN_NAMESPACE: "1"})
    print("skipped: this user may mount nothing, not even in a namespace")
    sys.exit(77)


def text(sender, number):
    noise = hashlib.shake_128(f"{sender} {number}".encode())
    dice = int.from_bytes(noise.digest(4), "big")
    size = dice % 200 if dice % BODY_EVERY else BODY_BYTES
    return f"{sender} {number} {noise.hexdigest(size // 2)}"


class Disk:
    """A tmpfs on that folder, and what others put there."""

    def __init__(self, folder):
        self.folder, self.others = folder, folder / "others"
        self.is_filling = False
        self.file = self.thread = None

    def __enter__(self):
        self.folder.mkdir(0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,nr_inodes={INODES},mode=700", "tmpfs",
                        self.folder], check=True)
        self.others.mkdir()
        self.file = open(self.folder / "bytes", "wb", buffering=0)  # pylint: disable=consider-using-with
        return self

    def __exit__(self, *_):
        self.free()
        self.file.close()
        subprocess.run(["umount", "--lazy", self.folder], check=True)
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def fill(self, how):
        """From now on, what becomes free is taken."""
        self.is_filling = True
        self.thread = threading.Thread(target=self.keep_full, args=(how,))
        self.thread.start()

    def keep_full(self, how):
        taken = 0
        while self.is_filling:
            try:
                if how == "inodes":
                    taken += 1
                    (self.others / str(taken)).touch()
                    continue
                if how == "bytes" or self.free_bytes() > MIN_FREE_MIB * MIB // 2:
                    self.file.write(bytes(MIB // 16))
                    continue
            except OSError as error:
                assert error.errno == errno.ENOSPC, error
            threading.Event().wait(0.005)

    def free(self):
        self.is_filling = False
        if self.thread:
            self.thread.join()
            self.thread = None
        self.file.seek(0)
        self.file.truncate()
        for each in self.others.glob("*"):
            each.unlink()

    def free_bytes(self):
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize


class Talker:
    """Talks on one connection after the other, always with at most WINDOW messages that are not acknowledged."""

    def __init__(self, name, port):
        self.name, self.port = name, port
        self.connections = 0
        self.sent, self.acked = collections.Counter(), collections.Counter()  # by the name of the connection
        self.fresh = 0  # acknowledged among those that were sent since since()
        self.mark = (0, 0)
        self.is_ending = False
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def since(self):
        """From now on counts only what is sent from now on."""
        self.mark = self.connections, self.sent[self.sender()]
        self.fresh = 0

    def sender(self):
        return f"{self.name}.{self.connections}"

    def run(self):
        try:
            while not self.is_ending:
                self.connections += 1
                try:
                    with Connection(self.port, "/full", [OFFER]) as connection:
                        self.talk(connection, self.sender())
                except (EOFError, OSError) as error:
                    if isinstance(error, TimeoutError):
                        raise
                threading.Event().wait(0.02)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = f"{self.sender()}: {failure!r}"

    def talk(self, connection, sender):
        while not self.is_ending or self.acked[sender] < self.sent[sender]:
            count = 0 if self.is_ending else min(8, WINDOW - self.sent[sender] + self.acked[sender])
            first = self.sent[sender] + 1
            self.sent[sender] += count
            connection.send(b"".join(frame(TEXT, text(sender, first + i)) for i in range(count)))
            if self.is_ending or self.sent[sender] - self.acked[sender] > WINDOW - 8:
                got = connection.frame()
                if got.opcode == CLOSE:
                    assert got.close_code() == 1013, (got.close_code(), got.close_reason())
                    return
                self.hear(sender, json.loads(got.payload))

    def hear(self, sender, said):
        acked = said.pop("ack")
        assert not said and self.acked[sender] < acked <= self.sent[sender], (acked, said, self.sent[sender])
        self.acked[sender] = acked
        before = self.mark[1] if self.mark[0] == self.connections else 0
        self.fresh = max(self.fresh, acked - before)


class Readiness:
    """What /readyz says, as it changes."""

    def __init__(self, gateway):
        self.gateway, self.now = gateway, (200, "")
        self.is_ending = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_ending:
            self.now = self.gateway.get("/readyz")
            threading.Event().wait(0.02)

    def end(self):
        self.is_ending = True
        self.thread.join()


class Run:
    def __init__(self, gateway, disk, dice):
        self.gateway, self.disk, self.dice = gateway, disk, dice
        self.slow = gateway.folder / "slow"
        self.talkers = [Talker(name, gateway.port()) for name in range(TALKERS)]
        self.readiness = Readiness(gateway)
        self.slowest_s = self.greenest_s = 0.0
        self.complaints = []

    def acked(self):
        for each in self.talkers:
            assert not each.failure, each.failure
        assert self.gateway.process.poll() is None, f"it has ended: {self.gateway.process.returncode}"
        return sum(each.acked.total() for each in self.talkers)

    def refused(self):
        return self.gateway.status()["spool"]["refused"]["disk"]

    def wait_until_still(self):
        before, since = self.acked(), time.monotonic()
        end = since + 15 * SCALE
        while time.monotonic() - since < STILL_S:
            assert time.monotonic() < end, "the disk is full, and still messages are acknowledged"
            threading.Event().wait(0.01)
            if (now := self.acked()) != before:
                before, since = now, time.monotonic()

    def cycle(self, how):
        self.slow.touch()
        refused = self.refused()
        threading.Event().wait(self.dice.uniform(0.1, 0.6))
        self.disk.fill(how)
        wait_until(lambda: self.refused() > refused, "the disk is found full")
        self.wait_until_still()
        threading.Event().wait(HOLD_S)
        code, words = self.readiness.now
        if code != 503 or "disk" not in words:
            self.complaints.append(f"{how}: /readyz says {code} {words.strip()!r} while nothing is taken")
        for each in self.talkers:
            each.since()
        self.disk.free()
        freed = time.monotonic()
        wait_until(lambda: self.acked() and all(each.fresh for each in self.talkers), "all are acknowledged again",
                   BACK_S)
        back_s = time.monotonic() - freed
        wait_until(lambda: self.readiness.now[0] == 200, "/readyz is green again", BACK_S)
        green_s = time.monotonic() - freed
        self.slowest_s, self.greenest_s = max(self.slowest_s, back_s), max(self.greenest_s, green_s)
        self.slow.unlink()
        wait_until(lambda: self.gateway.status()["spool"]["deliveries"] < 1000, "what waited is handled", 30 * SCALE)
        print(f"  {how}: back after {back_s:.2f} s", flush=True)

    def end(self):
        for each in self.talkers:
            each.is_ending = True
        for each in self.talkers:
            each.thread.join()
        self.acked()
        drain(self.gateway, "witness")
        self.readiness.end()


def judge(talkers, testimony):
    """Returns how many were acknowledged, how many delivered, and how many not that others came after."""
    sent, acked = collections.Counter(), collections.Counter()
    for each in talkers:
        sent.update(each.sent)
        acked.update(each.acked)
    heard = collections.defaultdict(list)
    for line in testimony.read_text().splitlines():
        if line and not line.startswith("= "):
            said = line.split(" ", 3)[3]
            sender, number, _ = said.split(" ", 2)
            is_known = int(number) <= sent[sender] and said == text(sender, int(number))
            assert is_known, f"altered, or unknown: {said[:80]}"
            before = heard[sender][-1] if heard[sender] else 0
            assert int(number) > before, f"{sender}: {number} after {before}"
            heard[sender].append(int(number))
    for sender, count in acked.items():
        lost = set(range(1, count + 1)) - set(heard[sender])
        assert not lost, f"{sender}: acknowledged up to {count} of {sent[sender]}, and lost: {sorted(lost)[:20]}"
    delivered = sum(len(each) for each in heard.values())
    return acked.total(), delivered, sum(max(each) - len(each) for each in heard.values() if each)


def run(cycles, seed):
    gateway = Gateway(WEB, WITNESS, ROUTES, f"drain: 5s, spool: {{ min_free: {MIN_FREE_MIB}MiB }}")
    with Disk(gateway.folder / "state") as disk, gateway:
        dice = random.Random(seed)
        this = Run(gateway, disk, dice)
        hows = [("bytes", "inodes", "mark")[i % 3] for i in range(cycles)]
        dice.shuffle(hows)
        for how in hows:
            this.cycle(how)
        this.end()
        acked, delivered, gaps = judge(this.talkers, gateway.folder / "testimony")
        spool = gateway.status()["spool"]
        connections = sum(each.connections for each in this.talkers)
        print(f"{cycles} cycles: {acked} messages acknowledged, {delivered} delivered, {gaps} given back before one "
              f"that was not, {connections} connections; refused: {spool['refused']['disk']}; back within "
              f"{this.slowest_s:.2f} s, /readyz within {this.greenest_s:.2f} s")
        assert (spool["broken"], spool["messages"], spool["damaged"]) == ("", 0, 0), spool
        bodies = list((disk.folder / "spool" / "bodies").iterdir())
        assert not bodies, f"bodies of messages that are gone: {bodies[:5]}"
        for each in gateway.check_counts():
            assert each["dead"] + each["expired"] + each["dropped"] == 0, each
        assert not this.complaints, "\n".join(this.complaints)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cycles", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    enter_namespace()
    print("seed", arguments.seed, flush=True)
    run(arguments.cycles, arguments.seed)


if __name__ == "__main__":
    main()
