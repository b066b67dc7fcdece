#!/usr/bin/env python3
"""A consumer that counts is killed again and again: each event counts once, and each sends one command.

What it counts is in its state, and it sends each event on with its number. What has to hold in the end, on a `durable`
route:
  state     the count is that of the events that were handled, and those are all that were acknowledged
  outbox    each event has led to one command: the numbers have no gap, and no event has two

Run it by `./dev soak count [KILLS]`.
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from killing import WITNESS, Killing, parser_of  # noqa: E402
from wire import Connection  # noqa: E402

CONSUMERS = "counter: { plugin: counter, config: { to: 'witness:tally' }, may_send: ['witness:tally'] }\n" + WITNESS
ROUTES = "- { name: count, match: { path: '/count/{name}' }, to: 'counter:{name}', delivery: durable }"


def commands(path):
    """What the witness was handed, by the number that is counted: with its seq, its sender, and the sender's number."""
    found = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("= "):
            continue
        words = line.split(" ")
        if len(words) < 7:
            continue  # torn: it comes again
        _, seq, _, count, sender, number = words[:6]
        found.setdefault(int(count), set()).add((int(seq), sender, int(number)))
    return found


def judge(found, promises, kills):
    """Returns how many events there were."""
    doubtful = sorted(count for count, each in found.items() if len(each) > 1)
    assert not doubtful, f"two commands have one number: {[(count, found[count]) for count in doubtful[:5]]}"
    assert sorted(found) == list(range(1, len(found) + 1)), "a number is missing"
    in_order = [next(iter(found[count])) for count in sorted(found)]
    before = 0
    for seq, sender, number in in_order:
        # A channel for which nothing was under way when the gateway was killed begins anew.
        assert seq in (before + 1, 1), f"{sender}: {number} has the seq {seq} after {before}"
        before = seq
    openings = sum(seq == 1 for seq, _, _ in in_order)
    assert openings <= kills, f"the channel has begun {openings} times in {kills} rounds"
    handled = {}
    for _, sender, number in in_order:
        assert number == handled.get(sender, 0) + 1, f"{sender}: {number} after {handled.get(sender, 0)}"
        handled[sender] = number
    for sender, (sent, acked) in promises.items():
        assert acked <= handled.get(sender, 0) <= sent, f"{sender}: {acked}, {handled.get(sender, 0)}, {sent}"
    return len(found)


def ask_count(port):
    with Connection(port, "/count/all") as connection:
        connection.text("?")
        return int(connection.message())


def run(kills, seed):
    with Killing(seed, CONSUMERS, ROUTES) as killing:
        for _ in range(kills):
            promises = killing.kill("/count/all")
            killing.start()
            killing.drain("counter", "witness")
        events = judge(commands(killing.gateway.folder / "testimony"), promises, kills)
        count = ask_count(killing.gateway.port())
    acked = sum(each[1] for each in promises.values())
    print(f"{kills} kills: {acked} acknowledged, {events} events with a command each, counted {count}; ready within "
          f"{killing.slowest_s:.2f} s")
    assert acked > 0, "nothing was acknowledged"
    assert count == events, f"{count} counted of {events}"


def main():
    arguments = parser_of(__doc__, 50).parse_args()
    print("seed", arguments.seed, flush=True)
    run(arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
