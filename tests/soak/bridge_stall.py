#!/usr/bin/env python3
"""A bridge of three networks, one of which stands still for a while.

People of all three say numbered messages; the consumer `bridge` relays each to the two others. What has to hold:
  others   those two hear each other as soon as before
  after    the third hears everything, in order, and what was said there meanwhile is heard
  once     nobody hears a message twice, or one of their own: nothing goes round, nothing is lost
  memory   is flat but for what waits for the third (a sanitizer's own is not judged)

Run it by `./dev soak bridge_stall`; a short form is part of the tests, and judges no times where the machine is shared.
A network is a class: a server, what it is configured as, its room's address, and somebody who talks there.
"""

import argparse
import contextlib
import os
import pathlib
import statistics
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from gateway import DEADLINE_S, SANITIZED, Gateway, wait_until  # noqa: E402
from irc_servers import Inspircd, Ngircd  # noqa: E402
from irc_talker import Talker  # noqa: E402
from staller import Staller  # noqa: E402

MEMORY_KIB = 16 * 1024
BEFORE = 0.15  # Of the messages are said before one network stands still,
DURING = 0.7   # and so many while it does.
SLOWED = 1.5
SLOWED_S = 0.005  # What a median may differ by in any case.


class Irc:
    """`kind`: its server. The gateway reaches it through a staller."""

    def __init__(self, name, kind):
        self.name, self.room, self.server = name, f"#{name}", kind()
        self.address = f"{name}:{self.room}"

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.server)
            self.staller = stack.enter_context(Staller(self.server.port))
            self.talker = stack.enter_context(Talker(self.server.port, f"p-{self.name}", self.room))
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        self.stack.__exit__(*failure)

    def adapter(self):
        return (f"{self.name}: {{ type: irc, server: 'irc://127.0.0.1:{self.staller.port}', network: {self.name}, "
                f"join: '{self.room}', pace: {{ burst: 1000, interval: 1ms }}, queue_messages: 20000, "
                "queue_bytes: 8MiB, reconnect: { initial: 50ms, max: 200ms } }")

    def is_there(self, gateway):
        return f"{self.name}: in {self.room}\n" in gateway.log()

    def say(self, text):
        self.talker.say(text)

    def heard(self):
        """(when, who is said to have said it, text) of what the gateway relays."""
        for when, by, text in self.talker.heard.copy():
            assert by == "millrace", (by, text)
            who, _, words = text.removeprefix("<").partition("> ")
            yield when, who, words


def configuration(networks):
    addresses = ", ".join(f'"{network.address}"' for network in networks)
    names = ", ".join(network.name for network in networks)
    return ("\n".join(network.adapter() for network in networks),
            f"bridge:\n  plugin: bridge\n  may_send: [{addresses}]\n"
            f"  config: {{ rooms: [{{ name: all, chats: [{addresses}] }}] }}",
            f"- {{ name: chats, match: {{ adapter: [{names}], direct: 'false', event: [message, action, edit, delete] "
            "}, to: bridge }\n- { name: rest, match: {}, drop: true }")


class Talk:
    """Messages of a network's talker, by number, and when they were said."""

    def __init__(self, networks):
        self.networks = networks
        self.said = {network.name: [] for network in networks}

    def say(self, network):
        said = self.said[network.name]
        said.append(time.monotonic())
        network.say(f"{len(said) - 1} of {network.name}")

    def run(self, networks, messages, seconds):
        """All of `networks` in turn, evenly over the time."""
        began = time.monotonic()
        for i in range(messages):
            self.say(networks[i % len(networks)])
            threading.Event().wait(max(0, began + seconds * (i + 1) / messages - time.monotonic()))

    def owed(self, network):
        return sum(len(said) for name, said in self.said.items() if name != network.name)

    def latencies(self, listener, speaker, first):
        """Of its messages from `first` on."""
        return [when - self.said[speaker.name][number] for when, who, number in numbered(listener)
                if who == f"p-{speaker.name}" and number >= first]


def numbered(network):
    for when, who, words in network.heard():
        number, _, of = words.partition(" of ")
        assert who == f"p-{of}" and of != network.name, (who, words)
        yield when, who, int(number)


def judge(talk, network):
    numbers = {}
    for _, who, number in numbered(network):
        numbers.setdefault(who, []).append(number)
    for name, said in talk.said.items():
        if name != network.name:
            found = numbers.get(f"p-{name}", [])
            assert found == list(range(len(said))), f"{network.name} has heard {len(found)} of {len(said)} of {name}"


def wait_for_all(talk, network):
    """It may take long, but it has to go on."""
    count, since = -1, time.monotonic()
    while (now := len(network.talker.heard)) < talk.owed(network):
        if now != count:
            count, since = now, time.monotonic()
        assert time.monotonic() - since < DEADLINE_S, f"{network.name} hears {now} of {talk.owed(network)}"
        threading.Event().wait(0.02)


def run(options):
    with contextlib.ExitStack() as stack:
        networks = [stack.enter_context(Irc(name, kind))
                    for name, kind in (("home", Ngircd), ("work", Inspircd), ("far", Ngircd))]
        near, far = networks[:2], networks[2]
        gateway = stack.enter_context(Gateway(*configuration(networks)))
        for network in networks:
            wait_until(lambda it=network: it.is_there(gateway), f"in the room of {network.name}")
        talk = Talk(networks)
        rate = options.messages * DURING / options.seconds
        talk.run(networks, int(options.messages * BEFORE), options.messages * BEFORE / rate)
        for network in networks:
            wait_for_all(talk, network)
        before, rss_kib = latencies(talk, near, [0, 0]), gateway.rss_kib()

        first = [len(talk.said[network.name]) for network in near]
        far.staller.stall()
        heard = len(far.talker.heard)
        for _ in range(20):
            talk.say(far)
        talk.run(near, int(options.messages * DURING), options.seconds)
        for listener, speaker in (near, reversed(near)):
            wait_until(lambda a=listener, b=speaker: len(talk.latencies(a, b, 0)) == len(talk.said[b.name]),
                       "the others")
        during, most_kib = latencies(talk, near, first), gateway.rss_kib()
        stalled = talk.owed(far) - len(far.talker.heard)
        assert len(far.talker.heard) - heard < options.messages * DURING / 2, "it has not stood still"

        far.staller.go_on()
        began = time.monotonic()
        talk.run(networks, options.messages - sum(map(len, talk.said.values())), 1)
        for network in networks:
            wait_for_all(talk, network)
        catching_s = time.monotonic() - began
        for network in networks:
            judge(talk, network)
        assert gateway.log().count("connected to") == 3, "a connection was lost"
        gateway.check_counts()
    print(f"{options.messages} messages, {options.seconds} s: {stalled} waited for the one that stood still, and were "
          f"there {catching_s:.1f} s later; median {before * 1000:.2f} ms before, {during * 1000:.2f} ms meanwhile; "
          f"{rss_kib} KiB before, {most_kib} meanwhile")
    assert SANITIZED or most_kib < rss_kib + MEMORY_KIB, "memory has grown"
    return 0 if not options.judge_times or during <= before * SLOWED + SLOWED_S else 1


def latencies(talk, near, first):
    """The median between those two."""
    return statistics.median(talk.latencies(near[0], near[1], first[1]) + talk.latencies(near[1], near[0], first[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--judge-times", action=argparse.BooleanOptionalAction, default=True)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
