#!/usr/bin/env python3
"""A person by npm `irc-framework`, on both servers. Skipped, loudly, where node or the package cannot be had."""

import json
import subprocess
import unittest

import npm
from gateway import Gateway
from irc_network_test import in_rooms
from irc_servers import Inspircd, Ngircd
from irc_test import CONSUMERS, ROUTES, irc


class Person:
    def __init__(self, port):
        self.node = subprocess.Popen(["node", "person.js", str(port), "eve", "#ops"], cwd=FOLDER, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.next() == {"type": "there"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.node.stdin.close()
        self.node.wait(20)
        self.node.stdout.close()

    def say(self, target, text):
        self.node.stdin.write(f"{target} {text}\n")
        self.node.stdin.flush()

    def next(self):
        return json.loads(self.node.stdout.readline())

    def hears(self, kind):
        while (heard := self.next())["type"] != kind or heard["nick"] != "millrace":
            pass
        return heard


class PersonTest(unittest.TestCase):
    def talk(self, server):
        self.enterContext(server)
        in_rooms(self.enterContext(Gateway(irc(server.port), CONSUMERS, ROUTES)))
        with Person(server.port) as eve:
            for target, text in (("#ops", "hello"), ("#ops", "Grüße 🌊 " + "é" * 100), ("millrace", "only us"),
                                 ("action", "waves")):
                eve.say(target, text)
                heard = eve.hears("privmsg")
                self.assertEqual((heard["message"], heard["target"]),
                                 (text, "eve" if target == "millrace" else "#ops"))

    def test_ngircd(self):
        self.talk(Ngircd())

    def test_inspircd(self):
        self.talk(Inspircd())


if __name__ == "__main__":
    FOLDER = npm.install("irc_framework")
    unittest.main()
