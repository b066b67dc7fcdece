#!/usr/bin/env python3
"""wss: TLS from outside, by Python's ssl and the `openssl` command."""

import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import wire
from certificates import Certificates
from gateway import BINARY, DEADLINE_S, SCALE, Gateway, wait_until

ROUTES = ("- { name: echo, match: { adapter: web, path: /echo }, to: echo }\n"
          "- { name: friend, match: { adapter: web, path: /friend, client_certificate: 'CN=friend' }, to: echo }")
CONSUMERS = "echo: { plugin: echo }"


class TlsCase(unittest.TestCase):
    SETTINGS = ""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-tls-")))
        self.certificates = Certificates(self.folder)
        self.certificates.make("web", issuer="ca", subject="first")
        self.gateway = Gateway(
            "web: { type: websocket, listen: '127.0.0.1:0', handshake_timeout: 1s, close_timeout: 1s, "
            "max_message: 8MiB, "
            f"tls: {{ cert: {self.folder}/web.crt, key: {{ file: {self.folder}/web.key }} {self.SETTINGS} }} }}"
            .replace("FOLDER", str(self.folder)), CONSUMERS, ROUTES)
        self.enterContext(self.gateway)

    def context(self, own=None, **options):
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        if own:
            context.load_cert_chain(self.folder / f"{own}.crt", self.folder / f"{own}.key")
        for name, value in options.items():
            setattr(context, name, value)
        return context

    def connect(self, path="/echo", context=None):
        connection = wire.Connection(self.gateway.port(), path, tls=context or self.context())
        self.addCleanup(connection.socket.close)
        return connection

    def echoes(self, connection, text="hello"):
        connection.text(text)
        self.assertEqual(connection.message().decode(), text)

    def subject(self):
        """Of the certificate that a new connection is shown."""
        with self.connect() as connection:
            names = dict(pair for part in connection.socket.getpeercert()["subject"] for pair in part)
            return names["commonName"]


class WssTest(TlsCase):
    def test_messages_of_any_size_and_an_end(self):
        connection = self.connect()
        self.assertEqual(connection.socket.version(), "TLSv1.3")
        for size in (0, 1, 125, 16_383, 16_384, 16_385, 70_000, 5_000_000):
            self.echoes(connection, "x" * size)
        for number in range(500):
            connection.text(str(number))
        self.assertEqual([int(connection.message()) for _ in range(500)], list(range(500)))
        self.assertEqual(connection.leave(), (1000, ""))

    def test_bytes_one_by_one(self):
        plain = socket.create_connection(("127.0.0.1", self.gateway.port()), DEADLINE_S)
        self.addCleanup(plain.close)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        line = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")

        def done(step):
            while True:
                try:
                    result = step()
                except ssl.SSLWantReadError:
                    result = None
                for byte in outgoing.read():
                    plain.sendall(bytes([byte]))
                if result is not None:
                    return result
                incoming.write(plain.recv(7))
        done(lambda: line.do_handshake() or True)
        line.write(wire.request("/echo"))
        self.assertTrue(done(lambda: line.read(4096)).startswith(b"HTTP/1.1 101 "))
        line.write(wire.frame(wire.TEXT, "hello"))
        self.assertEqual(done(lambda: line.read(4096)), b"\x81\x05hello")

    def test_versions(self):
        for version in ("tls1", "tls1_1"):
            said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.gateway.port()}", f"-{version}",
                                   "-cipher", "ALL:@SECLEVEL=0"], input="", capture_output=True, text=True, check=False)
            self.assertIn("Cipher is (NONE)", said.stdout)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context(minimum_version=version, maximum_version=version)
            self.echoes(self.connect(context=context))

    def test_what_is_no_tls_ends_and_holds_nothing_up(self):
        good = self.connect()
        others = [socket.create_connection(("127.0.0.1", self.gateway.port()), DEADLINE_S) for _ in range(20)]
        for number, each in enumerate(others):
            if number % 2:  # the others say nothing
                each.sendall(wire.request("/echo") if number % 4 == 1 else b"\x16\x03\x01\x00\xff" + bytes(80))
        began = time.monotonic()
        for each in others:
            try:
                while each.recv(4096):
                    pass
            except ConnectionResetError:
                pass
            each.close()
        self.assertLess(time.monotonic() - began, 5 * SCALE)
        self.echoes(good)

    def test_an_end_without_goodbye(self):
        for end in ("unwrap", "reset", "shutdown"):
            connection = self.connect()
            self.echoes(connection)
            if end == "unwrap":
                connection.socket.unwrap()
            elif end == "reset":
                connection.reset()
            else:
                connection.socket.shutdown(socket.SHUT_RDWR)
            wait_until(lambda: self.gateway.scopes() == 0, "the scope is gone")

    def test_a_renewed_certificate_serves_within_two_seconds(self):
        stays = self.connect()
        self.assertEqual(self.subject(), "first")
        self.certificates.make("next", issuer="ca", subject="second")
        for name in ("next.key", "next.crt"):  # one after the other, as tools do
            shutil.copy(self.folder / name, self.folder / name.replace("next", "web"))
        wait_until(lambda: self.subject() == "second", "it is served", 2 * SCALE)
        self.echoes(stays)
        self.check_broken_pairs_change_nothing()
        self.echoes(stays)

    def check_broken_pairs_change_nothing(self):
        crt, key = ((self.folder / name).read_bytes() for name in ("web.crt", "web.key"))
        self.certificates.make("other")
        other = (self.folder / "other.key").read_bytes()
        for name, new_crt, new_key in (("mismatch", crt, other), ("truncated", crt[:200], key), ("empty", b"", key),
                                       ("no key", crt, crt), ("no certificate", key, key)):
            with self.subTest(name):
                failed = self.gateway.status()["reloads_failed"]
                (self.folder / "web.crt").write_bytes(new_crt)
                (self.folder / "web.key").write_bytes(new_key)
                wait_until(lambda before=failed: self.gateway.status()["reloads_failed"] > before, "it is refused")
                self.assertRegex(self.gateway.status()["last_refusal"], r"tls\.(cert|key)'?:")
                self.assertEqual(self.subject(), "second")


class ClientCertificateTest(TlsCase):
    SETTINGS = ", client_ca: FOLDER/ca.crt"

    def test_who_has_none_or_a_wrong_one_does_not_come_in(self):
        self.certificates.make("friend", issuer="ca")
        self.certificates.make("stranger")
        self.certificates.make("enemy", issuer="ca")
        for own, path in ((None, "/echo"), ("stranger", "/echo")):
            with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
                self.echoes(self.connect(path, self.context(own)))
        self.echoes(self.connect("/friend", self.context("friend")))
        self.echoes(self.connect("/echo", self.context("enemy")))
        with self.assertRaises(AssertionError):  # 404: the route is for another
            self.connect("/friend", self.context("enemy"))


class CheckTest(unittest.TestCase):
    def test_what_is_wrong_is_said_with_its_place(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="millrace-tls-")))
        certificates = Certificates(folder)
        certificates.make("web", issuer="ca")
        (folder / "empty.crt").write_text("")
        cases = [("cert: web.crt, key: { file: web.key }", ""),
                 ("cert: none.crt, key: { file: web.key }", "4:63: error[no-file] 'tls.cert': "),
                 ("cert: empty.crt, key: { file: web.key }", "4:63: error[no-file] 'tls.cert': it is empty"),
                 ("cert: web.crt, key: web.key", "4:77: error[bare-secret]"),
                 ("cert: web.crt, key: { file: ca.key }", "4:72: error[bad-setting] tls.key: it is not that of"),
                 ("cert: web.key, key: { file: web.key }", "4:57: error[bad-setting] tls.cert: there is no"),
                 ("key: { file: web.key }", "4:50: error[missing-key]"),
                 ("cert: web.crt, key: { file: web.key }, min_version: '1.1'", "error[bad-value]")]
        for settings, said in cases:
            (folder / "gateway.yaml").write_text(
                "version: 1\ngateway: { state_dir: state }\nadapters:\n"
                f"  web: {{ type: websocket, listen: '127.0.0.1:0', tls: {{ {settings} }} }}\n"
                "consumers: { echo: { plugin: echo } }\nroutes: [ { name: echo, match: {}, to: echo } ]\n")
            answer = subprocess.run([BINARY, "check", "-c", "gateway.yaml"], cwd=folder, capture_output=True, text=True,
                                    check=False)
            with self.subTest(settings):
                self.assertEqual(answer.returncode, 78 if said else 0, answer.stdout)
                self.assertIn(said, answer.stdout)


if __name__ == "__main__":
    unittest.main()
