#!/usr/bin/env python3
"""A message that ends the process it is handled in, among 10,000 others.

What has to hold on a `durable` route: at most two crashes, then it is a dead letter, and all others are delivered.

Run it by `./dev soak boom`. Skipped in a build with a sanitizer, which has its own end for such a process.
"""

import http.client
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import BINARY, SANITIZED, Gateway  # noqa: E402
from killing import WEB, drain  # noqa: E402
from wire import TEXT, Connection, frame  # noqa: E402

CONNECTIONS, MESSAGES = 10, 1000  # of each
CRASHES_MAX = 2
SIGSEGV = 11
OFFER = "Sec-WebSocket-Protocol: millrace.ack.v1"
# So slow at first that all is accepted before the crash.
CONSUMERS = "boom: { plugin: boom, workers: 2, config: { path: testimony, slow: slow, delay_us: 2000 } }"
ROUTES = "- { name: boom, match: { path: /boom }, to: boom, delivery: durable }"


def talk(port):
    """Returns all texts but the one, when all are acknowledged."""
    talkers = [Connection(port, "/boom", [OFFER]) for _ in range(CONNECTIONS)]
    texts = [[f"{name} {number}" for number in range(MESSAGES)] for name in range(CONNECTIONS)]
    for name, talker in enumerate(talkers):
        own = texts[name][:MESSAGES // 2] + ["boom"] * (name == CONNECTIONS // 2) + texts[name][MESSAGES // 2:]
        talker.send(b"".join(frame(TEXT, text) for text in own))
        last = f'{{"ack":{len(own)}}}'.encode()
        while talker.message() != last:
            pass
    for talker in talkers:
        talker.socket.close()
    return {text for each in texts for text in each}


def outlive(gateway):
    """Has it run, again after each crash, until all is handled. Returns how often it has crashed."""
    for crashes in range(CRASHES_MAX + 1):
        if crashes:
            try:
                gateway.start()
            except AssertionError:  # It has ended before it was ready.
                assert gateway.process.returncode == -SIGSEGV, gateway.process.returncode
                continue
        try:
            drain(gateway, "boom")
            return crashes
        except (AssertionError, OSError, http.client.HTTPException):
            code = gateway.kill()
            assert code == -SIGSEGV, code
    raise AssertionError("it crashes for ever")


def show_letter(gateway):
    config = gateway.folder / "gateway.yaml"
    ask = [BINARY, "dlq", "export", "-c", config]
    return json.loads(subprocess.run(ask, stdout=subprocess.PIPE, check=True).stdout)["dead_letter"]


def main():
    if SANITIZED:
        sys.exit(77)
    with Gateway(WEB, CONSUMERS, ROUTES) as gateway:
        slow = gateway.folder / "slow"
        slow.touch()
        texts = talk(gateway.port())
        slow.unlink()
        crashes = outlive(gateway)
        lines = [line.split(" ", 3) for line in (gateway.folder / "testimony").read_text().splitlines()]
        delivered = {words[3] for words in lines if len(words) == 4}
        letters = gateway.status()["spool"]["letters"]
        print(f"{crashes} crashes, {letters} dead letter, {len(delivered)} of {len(texts)} others delivered")
        assert crashes > 0, "it did not crash"
        assert letters == 1, f"{letters} dead letters"
        letter = show_letter(gateway)
        assert letter["reason"] == "consumer_crash" and "signal 11" in letter["text"], letter
        assert len(letter["hash"]) == 64 and len(letter["history"]) == CRASHES_MAX, letter
        assert delivered == texts, f"missing or unknown: {sorted(delivered ^ texts)[:20]}"


if __name__ == "__main__":
    main()
