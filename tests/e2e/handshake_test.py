"""The opening handshake, byte by byte: what is refused, and in which words."""

import unittest

from gateway import GatewayTest
from wire import BINARY, HEADERS, KEY, TEXT, Connection, frame, request

HOST, UPGRADE, CONNECTION, THE_KEY, VERSION = HEADERS


def without(*left_out, add=()):
    return [header for header in HEADERS if header not in left_out] + list(add)


# What is sent, and the exact status line of the answer.
REFUSED = {
    "no HTTP at all": (b"hello\r\n\r\n", "400 Bad Request"),
    "TLS": (bytes.fromhex("16030100f8010000f40303") + bytes(64), "400 Bad Request"),
    "a NUL in the path": (b"GET /ec\0ho HTTP/1.1\r\nHost: a\r\n\r\n", "400 Bad Request"),
    "a header without a colon": (request(standard=[HOST, "Nonsense"]), "400 Bad Request"),
    "a space before the colon": (request(headers=["X-A : b"]), "400 Bad Request"),
    "POST": (request(method="POST"), "405 Method Not Allowed"),
    "HTTP/1.0": (request(version="HTTP/1.0"), "400 Bad Request"),
    "HTTP/2.0": (request(version="HTTP/2.0"), "400 Bad Request"),
    "no Host": (request(standard=without(HOST)), "400 Bad Request"),
    "two Hosts": (request(headers=["Host: other"]), "400 Bad Request"),
    "a body": (request(headers=["Content-Length: 5"]) + b"hello", "400 Bad Request"),
    "a chunked body": (request(headers=["Transfer-Encoding: chunked"]), "400 Bad Request"),
    "no Upgrade": (request(standard=without(UPGRADE)), "426 Upgrade Required"),
    "another Upgrade": (request(standard=without(UPGRADE, add=["Upgrade: h2c"])), "426 Upgrade Required"),
    "no Connection": (request(standard=without(CONNECTION)), "426 Upgrade Required"),
    "Connection: close": (request(standard=without(CONNECTION, add=["Connection: close"])), "426 Upgrade Required"),
    "no version": (request(standard=without(VERSION)), "426 Upgrade Required"),
    "version 8": (request(standard=without(VERSION, add=["Sec-WebSocket-Version: 8"])), "426 Upgrade Required"),
    "no key": (request(standard=without(THE_KEY)), "400 Bad Request"),
    "a short key": (request(standard=without(THE_KEY, add=["Sec-WebSocket-Key: AAAA"])), "400 Bad Request"),
    "a key that is no base64": (request(standard=without(THE_KEY, add=[f"Sec-WebSocket-Key: {'!' * 22}=="])),
                                "400 Bad Request"),
    "two keys": (request(headers=[f"Sec-WebSocket-Key: {KEY}"]), "400 Bad Request"),
    "a target that is no path": (request(path="*"), "400 Bad Request"),
    "a subprotocol that is no token": (request(headers=["Sec-WebSocket-Protocol: a b"]), "400 Bad Request"),
    "8 KiB of one header": (request(headers=["X-Long: " + "x" * 8192]), "431 Request Header Fields Too Large"),
    "8 KiB of small headers": (request(headers=[f"X-{i}: y" for i in range(1200)]),
                               "431 Request Header Fields Too Large"),
    "8 KiB of a path": (request(path="/" + "x" * 8192), "431 Request Header Fields Too Large"),
    "a path without a route": (request(path="/nowhere"), "404 Not Found"),
    "a path that a route drops": (request(path="/dropped"), "404 Not Found"),
    "another case of a path": (request(path="/Echo"), "404 Not Found"),
}


class HandshakeTest(GatewayTest):
    ROUTES = """
- { name: echo, match: { adapter: web, path: /echo }, to: echo }
- { name: dropped, match: { adapter: web, path: /dropped }, drop: true }
"""

    def connection(self, *arguments, **options):
        connection = Connection(self.gateway.port(), *arguments, **options)
        self.addCleanup(connection.socket.close)
        return connection

    def test_what_is_refused(self):
        before = self.gateway.consumer("echo")["created"]
        for name, (sent, expected) in REFUSED.items():
            with self.subTest(name):
                connection = self.connection()
                connection.send(sent)
                status, headers, body = connection.response()
                self.assertEqual(status, "HTTP/1.1 " + expected)
                self.assertIn("close", headers["connection"])
                self.assertTrue(body.endswith(b".\n"), body)
                self.assertTrue(connection.is_at_end())
        self.assertEqual(self.gateway.consumer("echo")["created"], before)

    def test_a_refused_version_says_which_is_spoken(self):
        connection = self.connection()
        connection.send(REFUSED["version 8"][0])
        self.assertEqual(connection.response()[1]["sec-websocket-version"], "13")

    def test_the_answer_proves_the_key(self):
        connection = self.connection(path="/echo")
        self.assertEqual(connection.headers["sec-websocket-accept"], "Bz3qJYTGdOe8gUSpLosEdiLKDrk=")
        self.assertNotIn("sec-websocket-extensions", connection.headers)
        self.assertNotIn("sec-websocket-protocol", connection.headers)

    def test_header_names_and_tokens_know_no_case(self):
        connection = self.connection()
        connection.send(request(standard=["hOST: a", "uPGRADE: WebSocket", "cONNECTION: keep-alive, upGRADE",
                                          f"sEC-wEBsOCKET-kEY:  {KEY} ", "sec-websocket-version: 13"]))
        self.assertEqual(connection.response()[0], "HTTP/1.1 101 Switching Protocols")

    def test_byte_by_byte_and_frames_with_it(self):
        sent = request() + frame(TEXT, "one") + frame(BINARY, b"two")
        for piece in (1, 2, 7, len(sent)):
            with self.subTest(piece=piece):
                connection = self.connection()
                connection.send(sent, piece)
                self.assertEqual(connection.response()[0], "HTTP/1.1 101 Switching Protocols")
                self.assertEqual([connection.message(), connection.message()], [b"one", b"two"])

    def test_a_second_request_in_the_same_packet_is_no_second_handshake(self):
        connection = self.connection()
        connection.send(request() + request())
        self.assertEqual(connection.response()[0], "HTTP/1.1 101 Switching Protocols")
        self.assertEqual(connection.closing()[0], 1002)

    def test_a_client_that_leaves_within_its_request(self):
        for size in (0, 1, 40):
            connection = self.connection()
            connection.send(request()[:size])
            connection.socket.close()
        connection = self.connection()
        connection.send(request()[:40])
        connection.reset()


if __name__ == "__main__":
    unittest.main()
