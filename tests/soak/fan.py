#!/usr/bin/env python3
"""Messages that go to three consumers by one durable route, while the gateway is killed again and again.

One of them fails on three of ten messages when it sees them first, one rejects each, one is well. What has to hold:
  the well one       sees each message that was acknowledged, in order, and again after a kill alone
  the failing one    gets each of these in the end, too
  the rejecting one  has each as a dead letter, and `millrace dlq stats` knows them all

Run it by `./dev soak fan [KILLS]`; a short form is part of the tests.
"""

import collections
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import BINARY, DEADLINE_S  # noqa: E402
from killing import WITNESS, Killing, parser_of  # noqa: E402

CONSUMERS = f"""\
{WITNESS}
failing: {{ plugin: flaky, config: {{ path: handled }} }}
rejecting: {{ plugin: flaky, config: {{ rejects: true }} }}
"""
ROUTES = ("- { name: fan, match: { path: /fan }, to: [witness, failing, rejecting], delivery: durable, "
          "retry: { attempts: 100, initial: 1ms, max: 20ms } }")


def letters(config):
    """How many the rejecting one has, as the command says."""
    done = subprocess.run([BINARY, "dlq", "stats", "-c", config], capture_output=True, text=True, timeout=DEADLINE_S,
                          check=True)
    rows = re.findall(r"(?m)^(\w+) +(\w+) +(\w+) +(\d+) ", done.stdout)
    assert all(row[:3] == ("fan", "rejected", "rejecting") for row in rows), done.stdout
    return sum(int(row[3]) for row in rows)


def handled(path):
    """The numbers that a consumer has handled, by sender; those without a torn line's."""
    numbers = collections.defaultdict(set)
    for line in path.read_text().splitlines():
        words = line.split(" ")
        if len(words) > 5 and not line.startswith("= "):
            numbers[words[3]].add(int(words[4]))
    return numbers


def run(kills, seed):
    with Killing(seed, CONSUMERS, ROUTES) as killing:
        owed = 0
        for _ in range(kills):
            promises = killing.kill("/fan")
            owed += killing.oracle.ask("judge")["owed"] > 0
            killing.start()
            killing.drain("witness", "failing", "rejecting")
            found = killing.oracle.ask("judge")
            assert not found["wrongs"], "\n".join(found["wrongs"])
            assert found["owed"] == 0, f"lost: {found}"
        folder = killing.gateway.folder
        seen, got = handled(folder / "testimony"), handled(folder / "handled")
        assert seen == got, f"the failing one has not got: {[(k, seen[k] ^ got[k]) for k in seen if seen[k] != got[k]]}"
        total, dead = sum(len(each) for each in seen.values()), letters(killing.gateway.config)
        assert sum(acked for _, acked in promises.values()) <= total
        assert dead == total, f"{dead} dead letters of {total} messages"
        print(f"{kills} kills, at {owed} something was owed: {found['acked']} acknowledged; the well one has seen "
              f"{total}, {found['again']} again, the failing one as many, {dead} dead letters; ready within "
              f"{killing.slowest_s:.2f} s")


def main():
    arguments = parser_of(__doc__, 50).parse_args()
    print("seed", arguments.seed, flush=True)
    run(arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
