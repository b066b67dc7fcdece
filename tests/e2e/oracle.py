#!/usr/bin/env python3
"""Who knows what was promised: a process of its own that talks to a gateway which others kill.

    oracle.py --seed N --log FILE --testimony FILE [--clients N] [--window N]

Its clients speak `millrace.ack.v1`. What they have sent and what they have read of acknowledgements it keeps to itself,
and in its log, which nobody else writes to. What was delivered it reads in the testimony of a `witness`. Each message
is known in whole by its sender and its number, so that one that nobody has sent, or that was altered, is found out.

It is told what to do by lines of standard input, and answers each by a line of JSON:

    talk PORT PATH   connects clients of this round and has them talk until the line breaks; answers when they begin
    hush             waits until all have heard the end; answers what each has sent and read to be acknowledged
    judge            reads the testimony to its end; answers with all that is wrong, and with what is owed by now
"""

import argparse
import hashlib
import json
import random
import sys
import threading

from wire import TEXT, Connection, frame

OFFER = "Sec-WebSocket-Protocol: millrace.ack.v1"
WRONGS_SHOWN = 20


class Texts:
    """The text of each message, made of the seed."""

    def __init__(self, seed):
        self.seed = seed

    def text(self, sender, number):
        noise = hashlib.shake_128(f"{self.seed} {sender} {number}".encode())
        dice = int.from_bytes(noise.digest(4), "big")
        size = dice % 100 if dice % 64 else dice % 4_000 if dice % 8192 else 150_000
        return f"{sender} {number} {noise.hexdigest(size)}"


class Client:
    """One connection that talks until it breaks, with at most `window` messages that are not acknowledged."""

    def __init__(self, name, port, path, texts, window, log):
        self.name, self.texts, self.window, self.log = name, texts, window, log
        self.sent = self.acked = 0
        self.rejected = []
        self.failure = None
        self.dice = random.Random(f"{texts.seed} {name}")
        self.connection = Connection(port, path, [OFFER])
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            while True:
                self.speak(self.dice.randrange(1, 17))
                self.listen(self.sent - self.window)
        except TimeoutError:
            self.failure = f"{self.name}: neither an acknowledgement nor the end came"
        except (OSError, EOFError):
            self.hear_the_rest()
        except AssertionError as wrong:
            self.failure = f"{self.name}: {wrong}"
        self.connection.socket.close()

    def speak(self, count):
        first, self.sent = self.sent + 1, self.sent + count
        self.log.write(f"sent {self.name} {self.sent}\n")
        self.connection.send(b"".join(frame(TEXT, self.texts.text(self.name, number))
                                      for number in range(first, self.sent + 1)))

    def listen(self, acked):
        while self.acked < acked:
            self.hear()

    def hear_the_rest(self):
        """What the gateway has said before its end."""
        try:
            while True:
                self.hear()
        except (OSError, EOFError):
            pass

    def hear(self):
        said = json.loads(self.connection.frame().payload)
        before, self.acked, rejected = self.acked, said.pop("ack"), said.pop("rejected", [])
        assert not said and before < self.acked <= self.sent, f"{self.acked} after {before} of {self.sent}"
        assert all(before < each <= self.acked for each in rejected), rejected
        self.rejected += rejected
        self.log.write(f"acked {self.name} {self.acked} rejected {rejected}\n")


class Testimony:
    """What a witness has written, read on from where it was left, and what is wrong with it."""

    def __init__(self, path, texts):
        self.path, self.texts = path, texts
        self.offset = self.life = 0
        self.scopes = {}  # sender -> (scope, seq - number)
        self.last = {}    # sender -> (number, life) of the line that came last
        self.heard = {}   # sender -> the first so many have been delivered
        self.delivered = self.again = self.torn = 0
        self.suspect = None
        self.wrongs = []

    def read(self, clients):
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        end = data.rfind(b"\n") + 1
        self.offset += end
        for line in data[:end].split(b"\n"):
            if line.startswith(b"= "):
                self.torn += self.suspect is not None
                self.suspect = None
                self.life += 1
            elif line:
                self.take(line, clients)

    def take(self, line, clients):
        if self.suspect is not None:
            self.wrong("altered, or unknown", self.suspect)
            self.suspect = None
        try:
            scope, seq, _, text = line.decode().split(" ", 3)
            sender, number, _ = text.split(" ", 2)
            seq, number = int(seq), int(number)
        except ValueError:
            self.suspect = line
            return
        if sender not in clients or number > clients[sender].sent or text != self.texts.text(sender, number):
            self.suspect = line  # Torn, if its process ended here.
            return
        if self.scopes.setdefault(sender, (scope, seq - number)) != (scope, seq - number):
            self.wrong(f"not in its scope, or not with its seq: {self.scopes[sender]}", line)
        before, life = self.last.get(sender, (0, self.life))
        if number == before + 1 or (life < self.life and 0 < number <= before + 1):
            self.last[sender] = number, self.life
        else:
            self.wrong(f"after {before} of the same sender", line)
        self.again += number <= self.heard.get(sender, 0)
        self.heard[sender] = max(self.heard.get(sender, 0), number)
        self.delivered += 1

    def wrong(self, what, line):
        self.wrongs.append(f"{what}: {line[:120]!r}")


class Oracle:
    def __init__(self, seed, log, testimony, clients, window):
        self.texts, self.log, self.window, self.count = Texts(seed), log, window, clients
        self.clients = {}
        self.round = 0
        self.testimony = Testimony(testimony, self.texts)

    def talk(self, port, path):
        self.round += 1
        names = [f"{self.round}.{index}" for index in range(self.count)]
        new = [Client(name, int(port), path, self.texts, self.window, self.log) for name in names]
        for each in new:
            self.clients[each.name] = each
            each.thread.start()
        return {}

    def hush(self):
        for each in self.clients.values():
            each.thread.join()
        self.log.flush()
        return {each.name: (each.sent, each.acked) for each in self.clients.values()}

    def judge(self):
        self.testimony.read(self.clients)
        clients, heard = self.clients.values(), self.testimony.heard
        owed = {each.name: each.acked - heard.get(each.name, 0) for each in clients
                if each.acked > heard.get(each.name, 0)}
        wrongs = [each.failure for each in clients if each.failure] + self.testimony.wrongs
        wrongs += [f"{each.name} was rejected {each.rejected}" for each in clients if each.rejected]
        return {"sent": sum(each.sent for each in clients), "acked": sum(each.acked for each in clients),
                "delivered": self.testimony.delivered, "again": self.testimony.again, "torn": self.testimony.torn,
                "owed": sum(owed.values()), "owed_to": sorted(owed)[:WRONGS_SHOWN], "wrongs": wrongs[:WRONGS_SHOWN]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--testimony", required=True)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--window", type=int, default=64)
    arguments = parser.parse_args()
    with open(arguments.log, "w", encoding="utf-8") as log:
        oracle = Oracle(arguments.seed, log, arguments.testimony, arguments.clients, arguments.window)
        verbs = {"talk": oracle.talk, "hush": oracle.hush, "judge": oracle.judge}
        for line in sys.stdin:
            verb, *words = line.split()
            print(json.dumps(verbs[verb](*words)), flush=True)


if __name__ == "__main__":
    main()
