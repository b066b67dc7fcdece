#!/usr/bin/env python3
"""A gateway on a chat network is killed again and again while people talk: what its durable route has is there once.

People say numbered messages in rooms. What has to hold in the end:
  once      no message counts twice, and each person's stay in their order
  promise   where the network brings again what was not taken, every message counts
  gap       where it does not, messages are missing only around a kill, and the room's consumers are told each time
  outbox    each has led to one command: the numbers have no gap

Run it by `./dev soak chat_kill [KILLS] [--network NAME]`. chat_networks.py has the networks.
"""

import json
import os
import pathlib
import random
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE)]
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from chat_networks import NETWORKS  # noqa: E402
from count import commands  # noqa: E402
from gateway import DEADLINE_S, SCALE, Gateway, wait_until  # noqa: E402
from killing import AFTER_S, WITNESS, drain, parser_of  # noqa: E402

CONSUMERS = ("counter: { plugin: counter, config: { to: 'witness:tally' }, may_send: ['witness:tally'] }\n"
             "journal: { plugin: journal, config: { path: journal } }\n" + WITNESS)
ROUTES = """
- { name: watch, match: { adapter: chat }, to: journal, delivery: live, continue: true }
- { name: count, match: { adapter: chat, network: '{net}', event: message }, to: 'counter:{net}', delivery: durable }
"""
PEOPLE = 4
PAUSE_S = 0.005 * SCALE  # Between two messages of a person.


class Person:
    def __init__(self, number, say, dice):
        self.name, self.say, self.dice = f"p{number}", say, dice
        self.said, self.is_quiet, self.thread = 0, threading.Event(), None

    def begin(self):
        self.is_quiet.clear()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_quiet.wait(PAUSE_S):
            self.say_one()

    def say_one(self):
        self.said += 1
        self.say(f"{self.name} {self.said} {self.dice.randrange(1 << 64):x}")

    def hush(self):
        self.is_quiet.set()
        self.thread.join()
        self.say_one()  # The gateway is there to hear it.


def handled(path):
    """-> of each person the numbers of their messages that have counted, in order."""
    found = commands(path)
    doubtful = sorted(count for count, each in found.items() if len(each) > 1)
    assert not doubtful, f"two commands have one number: {[(count, found[count]) for count in doubtful[:5]]}"
    assert sorted(found) == list(range(1, len(found) + 1)), "a number is missing"
    numbers = {}
    for count in sorted(found):
        _, sender, number = next(iter(found[count]))
        numbers.setdefault(sender, []).append(number)
    for sender, each in numbers.items():
        assert each == sorted(set(each)), f"{sender}: one counts twice, or not in order: {first_wrong(each)}"
    return numbers


def first_wrong(numbers):
    return next((pair for pair in zip(numbers, numbers[1:]) if pair[0] >= pair[1]), None)


def holes(numbers, said):
    return sum(after != before + 1 for before, after in zip([0, *numbers], [*numbers, said + 1]))


def gaps(gateway):
    """By room."""
    found = {}
    for line in (gateway.folder / "journal").read_text().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # Cut off by a kill.
        if event["kind"] == "GAP":
            room = event["attributes"]["room"]
            found[room] = found.get(room, 0) + 1
    return found


def judge(network, people, numbers, kills, told):
    for person in people:
        mine = numbers.get(person.name, [])
        missing = person.said - len(mine)
        if network.SAYS_AGAIN:
            assert missing == 0, f"{person.name}: {missing} of {person.said} are missing"
        else:
            found = holes(mine, person.said)
            assert found <= kills, f"{person.name}: {found} holes in {kills} kills"
    if network.SAYS_AGAIN:
        assert not told, f"nothing was missed, and it is said all the same: {told}"


def run(network, kills, seed):
    dice = random.Random(seed)
    people = [Person(number, network.person(number), random.Random(f"{seed} {number}")) for number in range(PEOPLE)]
    gateway = Gateway(network.adapter(), CONSUMERS, ROUTES)
    with gateway:
        wait_until(lambda: network.is_there(gateway), "the gateway is in its rooms")
        for person in people:
            person.begin()
        for kill in range(1, kills + 1):
            (gateway.folder / "slow").touch()
            threading.Event().wait(dice.uniform(*AFTER_S))
            assert gateway.kill() == -9, "it had ended by itself"
            network.is_gone()
            (gateway.folder / "slow").unlink()
            gateway.start()
            wait_until(lambda: network.is_there(gateway), "the gateway is back")
            if not network.SAYS_AGAIN:
                told = dict.fromkeys(network.ROOMS, kill)
                wait_until(lambda it=told: gaps(gateway) == it, f"{kill} gaps in each room")
        for person in people:
            person.hush()
        wait_for_last(gateway, people)
        drain(gateway, "counter", "witness")
        numbers = handled(gateway.folder / "testimony")
        told = gaps(gateway)
        gateway.check_counts()
    judge(network, people, numbers, kills, told)
    said, count = sum(person.said for person in people), sum(map(len, numbers.values()))
    print(f"{type(network).__name__}: {kills} kills: {said} said, {figure(network.taken())} taken for good, {count} "
          f"handled, each once and in order; {figure(network.again())} came again; gaps told: {sum(told.values())}",
          flush=True)


def figure(count):
    return "?" if count is None else count


def wait_for_last(gateway, people):
    """It may take long, but it has to go on."""
    testimony, size, since = gateway.folder / "testimony", -1, time.monotonic()
    while not all(f" {person.name} {person.said} ".encode() in testimony.read_bytes() for person in people):
        if testimony.stat().st_size != size:
            size, since = testimony.stat().st_size, time.monotonic()
        assert time.monotonic() - since < DEADLINE_S, f"the last ones have not come: {gateway.status()}"
        threading.Event().wait(0.1)


def main():
    parser = parser_of(__doc__, 50)
    parser.add_argument("--network", choices=sorted(NETWORKS), action="append")
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    for name in arguments.network or sorted(NETWORKS):
        with NETWORKS[name]() as network:
            run(network, arguments.kills, arguments.seed)


if __name__ == "__main__":
    main()
