#!/usr/bin/env python3
"""mqtts: who the broker is, and who the gateway."""

import pathlib
import tempfile
import unittest

from certificates import Certificates
from gateway import Gateway, wait_until
from mosquitto import Mosquitto
from mqtt_test import CONSUMERS, ROUTES, messages


class MqttTlsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-mqtts-")))
        certificates = Certificates(self.folder)
        certificates.make("broker", issuer="ca", subject="broker")
        certificates.make("gateway", issuer="ca", subject="gateway")
        certificates.make("foreign_ca")
        certificates.make("foreign", issuer="foreign_ca", subject="gateway")
        self.broker = self.enterContext(Mosquitto(listener=(
            f"cafile {self.folder}/ca.crt\ncertfile {self.folder}/broker.crt\nkeyfile {self.folder}/broker.key\n"
            "require_certificate true\nuse_identity_as_username true")))

    def gateway(self, tls, host="127.0.0.1", more=""):
        adapter = (f"plant: {{ type: mqtt, url: 'mqtts://{host}:{self.broker.port}', client_id: gw, {more} "
                   f"reconnect: {{ initial: 50ms, max: 200ms }}, subscribe: 'plant/#', tls: {{ {tls} }} }}")
        return Gateway(adapter, CONSUMERS, ROUTES)

    def own(self, name="gateway"):
        return f"cert: {self.folder}/{name}.crt, key: {{ file: {self.folder}/{name}.key }}"

    def publish(self, text):
        self.broker.publish("plant/a", text, "-q", 1, "--cafile", self.folder / "ca.crt", "--cert",
                            self.folder / "gateway.crt", "--key", self.folder / "gateway.key")

    def test_both_show_who_they_are(self):
        for version in ("3.1.1", "5"):
            with self.subTest(version), self.gateway(f"ca: {self.folder}/ca.crt, {self.own()}, alpn: [mqtt]",
                                                     more=f"version: '{version}',") as gateway:
                gateway.wait_line("connected to")
                self.publish("x" * 100_000)
                seen = wait_until(lambda g=gateway: messages(g), "a message")
                self.assertEqual(seen[0]["text"], "x" * 100_000)

    def test_who_is_not_known_is_not_spoken_to(self):
        rows = (
            (f"ca: {self.folder}/foreign_ca.crt, {self.own()}",
             "the certificate is refused: (unable to get|self-signed)"),
            (self.own(), "the certificate is refused: "),
            (f"ca: {self.folder}/ca.crt, server_name: other.example, {self.own()}",
             "the certificate is refused: hostname mismatch"),
            (f"ca: {self.folder}/ca.crt", "TLS with the broker fails: "),
            (f"ca: {self.folder}/ca.crt, {self.own('foreign')}", "TLS with the broker fails: "),
        )
        for tls, line in rows:
            with self.subTest(tls), self.gateway(tls) as gateway:
                gateway.wait_line(line)
                self.assertNotIn("connected to", gateway.log())

    def test_a_broker_without_tls(self):
        with Mosquitto() as plain:
            adapter = (f"plant: {{ type: mqtt, url: 'mqtts://127.0.0.1:{plain.port}', client_id: gw, "
                       f"connect_timeout: 1s, subscribe: 'plant/#', tls: {{ ca: {self.folder}/ca.crt }} }}")
            with Gateway(adapter, CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("the broker has closed the connection|the connection to the broker is lost|in time")


if __name__ == "__main__":
    unittest.main()
