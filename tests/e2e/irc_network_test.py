#!/usr/bin/env python3
"""Networks of IRC from real servers: netsplits, flood limits, TLS, several networks at once."""

import pathlib
import tempfile
import unittest

from certificates import Certificates
from gateway import Gateway, wait_until
from irc_servers import Inspircd, Ngircd
from irc_test import CONSUMERS, FAST, ROUTES, irc
from mosquitto import free_port
from wire import Connection

STRICT = ('<connect allow="*" timeout="60" threshold="10" commandrate="1000" recvq="8192" softsendq="8192" '
          'hardsendq="1M" localmax="100" globalmax="100" resolvehostnames="no" fakelag="yes" useconnflood="no">')


def journal(gateway, kind="MESSAGE", **attributes):
    return [each for each in gateway.journal() if each["kind"] == kind and
            all(each.get("attributes", {}).get(key) == value for key, value in attributes.items())]


def in_rooms(gateway, name="irc"):
    wait_until(lambda: f"{name}: in #two\n" in gateway.log(), f"{name} is in its rooms")
    return gateway


class SplitTest(unittest.TestCase):
    def split(self, kind):
        """Two servers; the one that the gateway is not on dies and comes back."""
        near = self.enterContext(kind("irc.a.test", links=[("irc.b.test", None)]))
        # Of ngircd clients and servers come to the same port.
        port = near.link_port if kind is Inspircd else near.port
        far = self.enterContext(kind("irc.b.test", links=[("irc.a.test", port)]))
        gateway = in_rooms(self.enterContext(Gateway(irc(near.port), CONSUMERS, ROUTES)))
        bob = self.enterContext(near.person("bob", "#ops"))
        ada = far.person("ada", "#ops")
        wait_until(lambda: (bob.turn(), [e for e in bob.events if e.type == "join" and e.source.nick == "ada"])[1],
                   "the servers are one network", 60)
        ada.say("#ops", "from afar")
        ada.hears("from afar", "#ops")
        far.kill()
        wait_until(lambda: [each for each in journal(gateway, event="quit") if each["attributes"]["author"] == "ada"
                            and each["chat"]["membership"].get("is_netsplit")], "the netsplit")
        bob.say("#ops", "meanwhile")
        bob.hears("meanwhile", "#ops")
        far.start()
        again = self.enterContext(far.person("eve", "#ops"))
        wait_until(lambda: [e for e in journal(gateway, event="join") if e["attributes"]["author"] == "eve"],
                   "they are one network again", 60)
        again.say("#ops", "back")
        again.hears("back", "#ops")
        wait_until(lambda: [each["text"] for each in journal(gateway, event="message", room="#ops")] ==
                   ["from afar", "meanwhile", "back"], "all that was said")
        self.assertEqual(journal(gateway, "GAP") + journal(gateway, "DISCONNECT"), [])

    def test_ngircd(self):
        self.split(Ngircd)

    def test_inspircd(self):
        self.split(Inspircd)


class FloodTest(unittest.TestCase):
    def flood(self, server):
        """More than the server bears at once, at the default pace: it is said, in order, and nobody is thrown out."""
        self.enterContext(server)
        gateway = in_rooms(self.enterContext(
            Gateway(irc(server.port, "reconnect: { initial: 50ms }"), CONSUMERS, ROUTES)))
        ada = self.enterContext(server.person("ada", "#ops"))
        with Connection(gateway.port(), "/say/%23ops") as web:
            for i in range(14):
                web.text(f"line {i}")
            for i in range(14):
                ada.hears(f"line {i}", "#ops")
        self.assertEqual(journal(gateway, "GAP"), [])
        self.assertEqual(gateway.adapter("irc")["degraded"], "")

    def test_ngircd(self):
        self.flood(Ngircd(options="MaxPenaltyTime = -1"))

    def test_inspircd(self):
        self.flood(Inspircd(options=STRICT))


class TlsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-ircs-")))
        certificates = Certificates(self.folder)
        certificates.make("server", issuer="ca", subject="server")
        certificates.make("foreign_ca")
        self.server = self.enterContext(Ngircd(tls=(self.folder / "server.crt", self.folder / "server.key")))

    def gateway(self, ca):
        adapter = irc(self.server.tls_port, FAST + f", tls: {{ ca: {self.folder}/{ca}.crt }}", "ircs")
        return self.enterContext(Gateway(adapter, CONSUMERS, ROUTES))

    def test_a_server_that_shows_who_it_is(self):
        gateway = in_rooms(self.gateway("ca"))
        ada = self.enterContext(self.server.person("ada", "#ops"))
        for i in range(50):
            ada.say("#ops", f"{i} " + "x" * 300)
        for i in range(50):
            ada.hears(f"{i} " + "x" * 300, "#ops")
        gateway.terminate()
        ada.sees("quit")

    def test_one_that_does_not_hears_nothing(self):
        gateway = self.gateway("foreign_ca")
        gateway.wait_line("TLS fails: the certificate is refused")
        wait_until(lambda: "the certificate is refused" in gateway.adapter("irc")["degraded"], "status says it")
        self.assertNotIn("connected to", gateway.log())

    def test_one_that_speaks_no_tls(self):
        adapter = irc(self.server.port, FAST + f", connect_timeout: 2s, tls: {{ ca: {self.folder}/ca.crt }}", "ircs")
        gateway = self.enterContext(Gateway(adapter, CONSUMERS, ROUTES))
        gateway.wait_line("the server does not speak TLS|in time|closed")
        self.assertNotIn("connected to", gateway.log())


class NetworksTest(unittest.TestCase):
    def test_one_that_is_down_delays_no_other_and_a_reload_goes_over(self):
        server = self.enterContext(Ngircd())
        away = (f"\naway: {{ type: irc, server: 'irc://127.0.0.1:{free_port()}', network: other, join: '#x' }}")
        gateway = in_rooms(self.enterContext(Gateway(irc(server.port) + away, CONSUMERS, ROUTES)))
        ada = self.enterContext(server.person("ada", "#ops", "#two"))
        ada.say("#ops", "one network is enough")
        ada.hears("one network is enough", "#ops")
        wait_until(lambda: gateway.adapter("away")["degraded"], "the trouble is told")
        text = gateway.config.read_text()
        gateway.config.write_text(text.replace("join: ['#ops', '#two']", "join: ['#two', '#new']"))
        gateway.process.send_signal(1)
        ada.sees("quit")
        wait_until(lambda: "irc: in #new\n" in gateway.log(), "the new generation is in its rooms")
        ada.join("#new")
        ada.say("#new", "after the reload")
        event = ada.wait(lambda e: e.type == "pubmsg" and e.arguments[0] == "after the reload")
        self.assertTrue(event.source.nick.startswith("millrace"))


if __name__ == "__main__":
    unittest.main()
