#!/usr/bin/env python3
"""A bridge of IRC, Slack and Telegram, one of which stands still for a while.

People of all three say numbered messages, and change and take back some where they can; the consumer `bridge` relays
each to the two others. What has to hold:
  others   those two hear each other as soon as before
  after    the third hears everything, in order, and what was said there meanwhile is heard
  once     nobody hears a message twice, or one of their own: nothing goes round, nothing is lost
  deeds    what is changed is changed where that can be, and what is taken back is taken back
  memory   is flat but for what waits for the third (a sanitizer's own is not judged)

Run it by `./dev soak bridge_stall [--stalled NETWORK]`: each in turn, unless one is named. A short form is part of the
tests, and judges no times where the machine is shared. A network is a class of bridge_networks.py.
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

from bridge_networks import Irc, Slack, Telegram  # noqa: E402
from gateway import DEADLINE_S, SANITIZED, Gateway, wait_until  # noqa: E402

NETWORKS = {"irc": Irc, "slack": Slack, "telegram": Telegram}
MEMORY_KIB = 16 * 1024
BEFORE = 0.15  # Of the messages are said before one network stands still,
DURING = 0.7   # and so many while it does.
SLOWED = 1.5
SLOWED_S = 0.005  # What a median may differ by in any case.
CHANGED_EVERY, DELETED_EVERY = 100, 150  # Slack lets an app change 50 messages a minute.
MEANWHILE = 20  # Are said on the network that stands still.


def configuration(networks):
    addresses = ", ".join(f'"{network.address}"' for network in networks)
    names = ", ".join(network.name for network in networks)
    return ("\n".join(network.adapter() for network in networks),
            f"bridge:\n  plugin: bridge\n  may_send: [{addresses}]\n"
            f"  config: {{ rooms: [{{ name: all, chats: [{addresses}] }}] }}",
            f"- {{ name: chats, match: {{ adapter: [{names}], direct: 'false', event: [message, action, edit, delete] "
            "}, to: bridge }\n- { name: rest, match: {}, drop: true }")


class Talk:
    """What people of each network do: (kind, number), in order; and when each message was said."""

    def __init__(self, networks):
        self.networks = networks
        self.deeds = {network.name: [] for network in networks}
        self.said = {network.name: [] for network in networks}

    def say(self, network):
        said, deeds = self.said[network.name], self.deeds[network.name]
        number = len(said)
        said.append(time.monotonic())
        deeds.append(("said", number))
        message = network.say(f"{number} of {network.name}")
        if network.EDITS and number % CHANGED_EVERY == CHANGED_EVERY - 1:
            deeds.append(("edited", number))
            network.edit(message, f"{number} of {network.name}, or so")
        if network.DELETES and number % DELETED_EVERY == DELETED_EVERY - 1:
            deeds.append(("deleted", number))
            network.delete(message)

    def run(self, networks, messages, seconds):
        """All of `networks` in turn, evenly over the time."""
        began = time.monotonic()
        for i in range(messages):
            self.say(networks[i % len(networks)])
            threading.Event().wait(max(0, began + seconds * (i + 1) / messages - time.monotonic()))

    def owed(self, listener):
        """-> what others have done that is to be heard there, by their networks."""
        return {name: [deed for deed in deeds if deed[0] != "deleted" or listener.IS_DELETED]
                for name, deeds in self.deeds.items() if name != listener.name}

    def latencies(self, listener, speaker, first):
        """Of its messages from `first` on."""
        return [deed.when - self.said[name][number] for name, number, deed in heard(listener)
                if name == speaker.name and deed.kind == "said" and number >= first]

    def wait_for_all(self, listener):
        owed = sum(map(len, self.owed(listener).values()))
        wait_for(lambda: len(listener.heard), owed, f"deeds in {listener.name}")

    def wait_for_said(self, listener, speaker):
        wait_for(lambda: len(self.latencies(listener, speaker, 0)), len(self.said[speaker.name]),
                 f"of {speaker.name} in {listener.name}")


def heard(network):
    """(whose, number, deed) of what the gateway has done there."""
    known = {}
    for deed in network.heard.copy():
        if deed.text is not None:
            number, _, of = deed.text.partition(" of ")
            is_changed = of.endswith(", or so")
            assert is_changed == (deed.kind == "edited"), deed
            message = (of.removesuffix(", or so"), int(number))
            if deed.number is not None:
                assert known.setdefault(deed.number, message) == message, f"another is changed: {deed}"
        else:
            message = known[deed.number]
        yield *message, deed


def judge(talk, network):
    persons = {each.name: each.person for each in talk.networks}
    found = {name: [] for name in talk.owed(network)}
    for name, number, deed in heard(network):
        assert name != network.name, f"one of its own has come back: {deed}"
        assert deed.who in (persons[name], None), deed
        found[name].append((deed.kind, number))
    for name, owed in talk.owed(network).items():
        assert found[name] == owed, f"{network.name} has of {name} not what was done: {difference(found[name], owed)}"


def difference(found, owed):
    at = next((i for i, (one, other) in enumerate(zip(found, owed)) if one != other), min(len(found), len(owed)))
    return f"{len(found)} of {len(owed)}; at {at} {found[at:at + 3]} and not {owed[at:at + 3]}"


def wait_for(count, owed, what):
    """It may take long, but it has to go on."""
    last, since = -1, time.monotonic()
    while (now := count()) < owed:
        if now != last:
            last, since = now, time.monotonic()
        assert time.monotonic() - since < DEADLINE_S, f"{now} of {owed} {what}"
        threading.Event().wait(0.02)


def run(options, stalled):
    with contextlib.ExitStack() as stack:
        networks = [stack.enter_context(kind(name)) for name, kind in NETWORKS.items()]
        far = next(network for network in networks if network.name == stalled)
        near = [network for network in networks if network is not far]
        gateway = stack.enter_context(Gateway(*configuration(networks)))
        for network in networks:
            network.meet(gateway)
            wait_until(lambda it=network: it.is_there(gateway), f"in the room of {network.name}")
        talk = Talk(networks)
        rate = options.messages * DURING / options.seconds
        talk.run(networks, int(options.messages * BEFORE), options.messages * BEFORE / rate)
        for network in networks:
            talk.wait_for_all(network)
        before, rss_kib = latencies(talk, near, [0, 0]), gateway.rss_kib()

        first = [len(talk.said[network.name]) for network in near]
        far.stall()
        count = len(far.heard)
        for _ in range(MEANWHILE):
            talk.say(far)
        talk.run(near, int(options.messages * DURING), options.seconds)
        for listener, speaker in (near, reversed(near)):
            talk.wait_for_said(listener, speaker)
        during, most_kib = latencies(talk, near, first), gateway.rss_kib()
        waited = sum(map(len, talk.owed(far).values())) - len(far.heard)
        assert len(far.heard) - count < options.messages * DURING / 2, "it has not stood still"

        far.go_on()
        began = time.monotonic()
        talk.run(networks, options.messages - sum(map(len, talk.said.values())), 1)
        for network in networks:
            talk.wait_for_all(network)
        catching_s = time.monotonic() - began
        for network in networks:
            judge(talk, network)
        assert sum(gateway.log().count(word) for word in ("connected to", "is millrace")) == 3, "a connection was lost"
        gateway.check_counts()
    print(f"{stalled}: {options.messages} messages, {options.seconds:g} s: {waited} waited for it, and were there "
          f"{catching_s:.1f} s later; {told(talk)}; "
          f"median {before * 1000:.2f} ms before, {during * 1000:.2f} ms meanwhile; {rss_kib} KiB before, "
          f"{most_kib} meanwhile", flush=True)
    assert SANITIZED or most_kib < rss_kib + MEMORY_KIB, "memory has grown"
    return not options.judge_times or during <= before * SLOWED + SLOWED_S


def told(talk):
    """What has become of messages."""
    kinds = [kind for deeds in talk.deeds.values() for kind, _ in deeds]
    return f"{kinds.count('edited')} were changed, {kinds.count('deleted')} taken back"


def latencies(talk, near, first):
    """The median between those two."""
    return statistics.median(talk.latencies(near[0], near[1], first[1]) + talk.latencies(near[1], near[0], first[0]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--stalled", choices=NETWORKS, action="append")
    parser.add_argument("--judge-times", action=argparse.BooleanOptionalAction, default=True)
    options = parser.parse_args()
    return 0 if all([run(options, stalled) for stalled in options.stalled or NETWORKS]) else 1


if __name__ == "__main__":
    sys.exit(main())
