#!/usr/bin/env python3
"""The gateway's account on a network: InspIRCd with services (atheme), by SASL and by NickServ."""

import pathlib
import subprocess
import tempfile
import unittest

from certificates import Certificates
from gateway import Gateway, wait_until
from irc_network_test import in_rooms, journal
from irc_servers import Atheme, Inspircd
from irc_test import CONSUMERS, FAST, ROUTES, irc


class AccountTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-account-")))
        certificates = Certificates(self.folder)
        tls = certificates.make("server", issuer="ca", subject="server")
        self.certificate = certificates.make("gateway", issuer="ca")
        self.server = self.enterContext(Inspircd(links=[("services.test", None)], tls=tls))
        self.enterContext(Atheme(self.server))
        self.ada = self.enterContext(self.server.person("ada", "#ops"))
        self.register(self.ada)
        with self.server.person("millrace") as owner:
            self.register(owner)

    def register(self, person):
        """An account, as soon as services are there."""
        nick = person.connection.get_nickname()
        wait_until(lambda: (person.say("NickServ", f"REGISTER open-{nick} a@b.test"), person.turn(), any(
            event.type == "privnotice" and "registered" in event.arguments[0] for event in person.events))[2],
            "an account")

    def start(self, more):
        return self.enterContext(Gateway(irc(self.server.port, f"{FAST}, {more}"), CONSUMERS, ROUTES))

    def start_with_certificate(self):
        cert, key = self.certificate
        more = (f"{FAST}, tls: {{ ca: {self.folder}/ca.crt, cert: {cert}, key: {{ file: {key} }} }}, "
                "sasl: { mechanism: external }")
        return self.enterContext(Gateway(irc(self.server.tls_port, more, "ircs"), CONSUMERS, ROUTES))

    def refused(self, gateway):
        """What `status` says once it is."""
        gateway.wait_line("it is not tried again")
        wait_until(lambda: "the account is not let in" in gateway.adapter("irc")["degraded"], "status says so")
        return gateway.adapter("irc")["degraded"]

    def login_of(self, nick):
        self.ada.connection.whois([nick])
        event = self.ada.wait(lambda e: e.type in ("330", "whoisaccount", "endofwhois"), "WHOIS")
        return event.arguments[1] if event.type != "endofwhois" else None

    def test_by_sasl(self):
        gateway = in_rooms(self.start("sasl: { account: millrace, password: { plain: open-millrace } }"))
        self.assertEqual(self.login_of("millrace"), "millrace")
        self.ada.say("#ops", "who am I")
        self.ada.hears("who am I", "#ops")
        event, = wait_until(lambda: journal(gateway, event="message"), "the message")
        self.assertEqual(event["chat"]["author"]["account"], "ada")
        self.assertNotIn("open-millrace", gateway.log())

    def test_by_its_certificate(self):
        shown = subprocess.run(["openssl", "x509", "-in", self.certificate[0], "-noout", "-fingerprint", "-sha256"],
                               check=True, capture_output=True, text=True).stdout
        with self.server.person("owner") as owner:
            owner.say("NickServ", "IDENTIFY millrace open-millrace")
            owner.wait(lambda e: e.type == "privnotice" and "identified" in e.arguments[0], "the owner is let in")
            owner.say("NickServ", "CERT ADD " + shown.partition("=")[2].strip().replace(":", "").lower())
            owner.wait(lambda e: e.type == "privnotice" and "Added" in e.arguments[0], "the certificate is known")
        in_rooms(self.start_with_certificate())
        self.assertEqual(self.login_of("millrace"), "millrace")

    def test_with_a_certificate_that_nobody_knows_it_ends(self):
        gateway = self.start_with_certificate()
        self.refused(gateway)

    def test_with_a_wrong_password_it_ends(self):
        gateway = self.start("sasl: { account: millrace, password: { plain: wrong-one } }")
        self.assertNotIn("wrong-one", self.refused(gateway) + gateway.log())

    def test_by_nickserv_and_the_nick_is_freed(self):
        squatter = self.enterContext(self.server.person("millrace"))
        gateway = in_rooms(self.start("nickserv: { account: millrace, password: { plain: open-millrace } }"))
        squatter.wait(lambda event: event.type in ("disconnect", "error"), "that it is thrown out")
        wait_until(lambda: self.login_of("millrace") == "millrace", "it is who it is")
        self.assertNotIn("open-millrace", gateway.log())
        self.assertEqual([each["text"] for each in journal(gateway) if "open-millrace" in str(each)], [])


if __name__ == "__main__":
    unittest.main()
