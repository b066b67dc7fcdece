#!/usr/bin/env python3
"""wss, where something goes wrong or ends: who does not speak TLS, or not to its end, or what is not to be spoken."""

import os
import re
import socket
import ssl
import subprocess
import time
import unittest

import wire
from gateway import DEADLINE_S, SCALE, wait_until
from tls_test import TlsCase

TIMEOUT_S = 1  # handshake_timeout and close_timeout of TlsCase


class FaultCase(TlsCase):
    def raw(self, greeting):
        connection = wire.Connection(self.gateway.port())
        self.addCleanup(connection.socket.close)
        connection.send(greeting)
        return connection

    def send_below(self, connection, record):
        """Under its TLS."""
        with socket.socket(fileno=os.dup(connection.socket.fileno())) as line:
            line.sendall(record)

    def failures(self):
        found = re.search(r'^millrace_plugin_gauge\{plugin="web",name="tls_failures"\} (\d+)$',
                          self.gateway.get("/metrics")[1], re.MULTILINE)
        return int(found.group(1)) if found else 0

    def counts_one(self, before):
        wait_until(lambda: self.failures() == before + 1, "it is counted")

    def drain(self, line):
        try:
            while line.recv(4096):
                pass
        except ConnectionError:
            pass


class NoTlsTest(FaultCase):
    def test_who_does_not_speak_it_is_told_so(self):
        for greeting in (wire.request(), b"SSH-2.0-x\r\n", b"\0\0\0\0", b"\x80\x2e\x01\0\x02",
                         b"\x15\x03\x01\0\x02\x01\0"):
            before = self.failures()
            with self.subTest(greeting[:8]):
                status, _, body = self.raw(greeting).response()
                self.assertEqual(status, "HTTP/1.1 400 Bad Request")
                self.assertEqual(body, b"This address speaks TLS: the URL has to begin with wss://.\n")
                self.counts_one(before)

    def test_what_begins_like_it(self):
        for greeting in (b"\x16\x03\x01\x00\x10" + b"x" * 16, b"\x16\x03\x01\xff\xff" + b"x" * 65535,
                         b"\x16\x00\x00\x00\x01x", b"\x16\x03\x01\x00\x00"):
            before = self.failures()
            with self.subTest(greeting[:8]):
                self.drain(self.raw(greeting).socket)
                self.counts_one(before)

    def test_a_handshake_that_stops(self):
        outgoing = ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            self.context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
        hello = outgoing.read()
        for size in (0, 1, 5, 100, len(hello)):
            before, began_s = self.failures(), time.monotonic()
            with self.subTest(size):
                self.drain(self.raw(hello[:size]).socket)
                took_s = time.monotonic() - began_s
                self.assertTrue(0.8 * TIMEOUT_S <= took_s < 5 * SCALE, took_s)
                self.counts_one(before)

    def test_the_log_does_not_fill(self):
        for _ in range(50):
            self.drain(self.raw(b"GET / HTTP/1.1\r\n\r\n").socket)
        wait_until(lambda: self.failures() == 50, "they are counted")
        self.assertLess(self.gateway.log().count("a connection ends: TLS"), 10 * SCALE)

    def test_no_request_behind_the_handshake(self):
        connection = wire.Connection(self.gateway.port(), tls=self.context())
        self.assertEqual(connection.response()[0], "HTTP/1.1 408 Request Timeout")
        self.assertTrue(connection.is_at_end())  # raises where the line ends without close_notify
        connection.socket.close()
        self.assertEqual(self.failures(), 0)


class EndTest(FaultCase):
    def test_each_side_says_that_it_ends(self):
        connection = self.connect()
        connection.send(wire.close_frame(1000))
        self.assertEqual(connection.closing(), (1000, ""))
        self.assertTrue(connection.is_at_end())

    def test_a_refusal_comes_whole(self):
        connection = wire.Connection(self.gateway.port(), tls=self.context())
        connection.send(wire.request("/nowhere"))
        self.assertEqual(connection.response()[0], "HTTP/1.1 404 Not Found")
        self.assertTrue(connection.is_at_end())
        connection.socket.close()

    def test_what_came_with_the_end_is_answered(self):
        line = socket.create_connection(("127.0.0.1", self.gateway.port()), DEADLINE_S)
        self.addCleanup(line.close)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context().wrap_bio(incoming, outgoing, server_hostname="localhost")

        def until(step):
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    line.sendall(outgoing.read())
                    incoming.write(line.recv(1 << 16))
        until(client.do_handshake)
        client.write(wire.request())
        self.assertIn(b" 101 ", until(lambda: client.read(4096)))
        client.write(wire.frame(wire.TEXT, "last words"))
        with self.assertRaises(ssl.SSLWantReadError):
            client.unwrap()
        line.sendall(outgoing.read())  # in one piece
        said = b""
        while more := line.recv(1 << 16):
            said += more
        self.assertGreater(len(said), len("last words") + 2 * 22)  # sealed: the answer, and the gateway's end
        wait_until(lambda: self.gateway.scopes() == 0, "the scope is gone")

    def test_in_the_middle_of_a_record(self):
        connection = self.connect()
        self.echoes(connection)
        self.send_below(connection, b"\x17\x03\x03\x40\x00" + b"x" * 100)
        connection.reset()
        wait_until(lambda: self.gateway.scopes() == 0, "the scope is gone")

    def test_a_damaged_record(self):
        before = self.failures()
        connection = self.connect()
        self.echoes(connection)
        self.send_below(connection, b"\x17\x03\x03\x00\x20" + b"x" * 32)
        with self.assertRaisesRegex(ssl.SSLError, "bad record mac"):
            connection.message()
        self.counts_one(before)
        wait_until(lambda: self.gateway.scopes() == 0, "the scope is gone")


class NegotiationTest(FaultCase):
    def test_alpn_is_http(self):
        for offered, chosen in ((["h2", "http/1.1"], "http/1.1"), (["h2"], None), ([], None)):
            context = self.context()
            if offered:
                context.set_alpn_protocols(offered)
            connection = self.connect(context=context)
            self.assertEqual(connection.socket.selected_alpn_protocol(), chosen)
            connection.leave()

    def test_nothing_is_negotiated_again(self):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.gateway.port()}", "-tls1_2", "-CAfile",
                   self.folder / "ca.crt"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as client:
            said = b""
            while b"Verify return code: 0 (ok)" not in said and (more := os.read(client.stdout.fileno(), 4096)):
                said += more
            client.stdin.write(b"R\n")
            client.stdin.flush()
            while b"no renegotiation" not in said and (more := os.read(client.stdout.fileno(), 4096)):
                said += more
            client.kill()
        self.assertIn(b"no renegotiation", said)
        self.assertIn(b"Compression: NONE", said)


class ClientCertificateTest(FaultCase):
    SETTINGS = ", client_ca: FOLDER/ca.crt"

    def test_who_is_refused(self):
        self.certificates.make("stranger")
        self.certificates.make("late", issuer="ca")
        self.certificates.expire("late", issuer="ca")
        for own in (None, "stranger", "late"):
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                before = self.failures()
                context = self.context(own, minimum_version=version, maximum_version=version)
                with self.subTest(own=own, version=version.name):
                    with self.assertRaises((ssl.SSLError, ConnectionError)):
                        self.connect(context=context)
                    self.counts_one(before)

    def test_a_ticket_keeps_the_subject(self):
        self.certificates.make("friend", issuer="ca")
        context = self.context("friend", maximum_version=ssl.TLSVersion.TLSv1_2)
        first = self.connect("/friend", context)
        session = first.socket.session
        first.leave()
        line = socket.create_connection(("127.0.0.1", self.gateway.port()), DEADLINE_S)
        with context.wrap_socket(line, server_hostname="localhost", session=session) as again:
            self.assertTrue(again.session_reused)
            again.sendall(wire.request("/friend"))
            self.assertIn(b" 101 ", again.recv(4096))


if __name__ == "__main__":
    unittest.main()
