"""Who may connect, and how much may be said: origins, proxies, message rates, compression."""

import time
import unittest
import zlib

from gateway import GatewayTest, wait_until
from wire import PING, PONG, TEXT, Connection, frame, request

SAME_HOST = {
    "none": ([], "101 Switching Protocols"),
    "the same host": (["Origin: http://localhost"], "101 Switching Protocols"),
    "the same host, https": (["Origin: https://LOCALHOST:443"], "101 Switching Protocols"),
    "another port": (["Origin: http://localhost:8080"], "403 Forbidden"),
    "another host": (["Origin: https://evil.example"], "403 Forbidden"),
    "null": (["Origin: null"], "403 Forbidden"),
    "nonsense": (["Origin: localhost"], "403 Forbidden"),
    "two headers": (["Origin: http://localhost", "Origin: http://localhost"], "400 Bad Request"),
}
LISTED = {
    "none": ([], "101 Switching Protocols"),
    "listed": (["Origin: https://app.example"], "101 Switching Protocols"),
    "listed, its usual port": (["Origin: HTTPS://app.example:443"], "101 Switching Protocols"),
    "the same host, which is not listed": (["Origin: http://localhost"], "403 Forbidden"),
    "another scheme": (["Origin: http://app.example"], "403 Forbidden"),
}
ALL = {"any": (["Origin: https://evil.example"], "101 Switching Protocols"), "null": (["Origin: null"],
    "101 Switching Protocols")}


class OriginTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: '127.0.0.1:0' }
listed: { type: websocket, listen: '127.0.0.1:0', origins: [https://app.example] }
all: { type: websocket, listen: '127.0.0.1:0', origins: ['*'] }
"""
    ROUTES = "- { name: echo, match: { path: /echo }, to: echo }"

    def test_origins(self):
        for adapter, table in (("web", SAME_HOST), ("listed", LISTED), ("all", ALL)):
            for name, (headers, expected) in table.items():
                with self.subTest(name, adapter=adapter), Connection(self.gateway.port(adapter)) as connection:
                    connection.send(request(headers=headers))
                    status, _, body = connection.response()
                    self.assertEqual(status, "HTTP/1.1 " + expected)
                    if expected.startswith("403"):
                        self.assertEqual(body, b"Pages of this origin may not connect here.\n")
        wait_until(lambda: self.gateway.scopes("listed") + self.gateway.scopes("all") == 0, "no scope is left")


class ProxyTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: '127.0.0.1:0', trusted_proxies: [127.0.0.0/8, 10.0.0.0/8],
    max_connections_per_address: 2 }
open: { type: websocket, listen: '127.0.0.1:0', max_connections_per_address: 2 }
"""
    CONSUMERS = "commands: { plugin: commands }"
    ROUTES = "- { name: all, match: { path: /commands }, to: commands }"

    def peer(self, adapter, *headers):
        with Connection(self.gateway.port(adapter), "/commands", headers) as connection:
            connection.text("attribute peer")
            peer = connection.message().decode()
            connection.leave()
        wait_until(lambda: self.gateway.scopes(adapter) == 0, "no scope is left")
        return peer

    def test_the_peer_is_who_the_proxy_says(self):
        listed, forwarded = "X-Forwarded-For: ", "Forwarded: "
        for headers, expected in (
                ([], "127.0.0.1"),
                ([listed + "203.0.113.9"], "203.0.113.9"),
                ([listed + "1.2.3.4, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
                ([listed + "1.2.3.4", listed + "203.0.113.9"], "203.0.113.9"),
                ([listed + "1.2.3.4, garbage"], "127.0.0.1"),
                ([forwarded + 'for="[2001:db8::7]:99";proto=https'], "2001:db8::7"),
                ([listed + "203.0.113.9", forwarded + "for=1.2.3.4"], "127.0.0.1")):
            with self.subTest(headers=headers):
                self.assertEqual(self.peer("web", *headers), expected)
        self.assertEqual(self.peer("open", listed + "203.0.113.9"), "127.0.0.1")

    def test_limits_are_those_of_the_client(self):
        port = self.gateway.port()

        def status(client):
            connection = Connection(port)
            self.addCleanup(connection.socket.close)
            connection.send(request("/commands", [f"X-Forwarded-For: {client}"]))
            return connection.response()[0].split(" ", 1)[1]
        self.assertEqual([status("203.0.113.1") for _ in range(3)],
                         ["101 Switching Protocols"] * 2 + ["503 Service Unavailable"])
        self.assertEqual([status("203.0.113.2") for _ in range(3)],
                         ["101 Switching Protocols"] * 2 + ["503 Service Unavailable"])
        self.assertEqual(status("2001:db8::1"), "101 Switching Protocols")
        self.assertEqual(status("2001:db8::2"), "101 Switching Protocols")
        self.assertEqual(status("2001:db8::3"), "503 Service Unavailable")

    def test_what_a_client_gave_back_is_taken_again(self):
        for _ in range(10):
            self.assertEqual(self.peer("web", "X-Forwarded-For: 203.0.113.3"), "203.0.113.3")


class RateTest(GatewayTest):
    ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0', max_message_rate: 50 }"

    def test_who_is_too_fast_waits_and_loses_nothing(self):
        with Connection(self.gateway.port(), "/echo") as connection, Connection(self.gateway.port(), "/echo") as other:
            began = time.monotonic()
            for i in range(120):
                connection.text(str(i))
            connection.send(frame(PING, "still here"))
            got = [connection.frame() for _ in range(121)]
            self.assertEqual([each.payload for each in got if each.opcode == TEXT], [b"%d" % i for i in range(120)])
            self.assertEqual([each.payload for each in got if each.opcode == PONG], [b"still here"])
            self.assertGreater(time.monotonic() - began, 1.2)
            self.gateway.wait_line(r"web: max_message_rate: a connection was held back; so far \d+ times")
            other.text("unharmed")
            self.assertEqual(other.message(), b"unharmed")


class DeflateTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: '127.0.0.1:0', permessage_deflate: true }
plain: { type: websocket, listen: '127.0.0.1:0' }
"""
    ROUTES = "- { name: echo, match: { path: /echo }, to: echo }"
    ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

    def test_what_is_agreed_on(self):
        for offer, answer in (("permessage-deflate", self.ANSWER),
                              ("permessage-deflate; server_max_window_bits=10",
                                  self.ANSWER + "; server_max_window_bits=10"),
                              ("permessage-deflate; server_max_window_bits=8", None),
                              ("x-webkit-deflate-frame", None)):
            with self.subTest(offer):
                header = "Sec-WebSocket-Extensions: " + offer
                with Connection(self.gateway.port(), "/echo", [header]) as connection:
                    self.assertEqual(connection.headers.get("sec-websocket-extensions"), answer)
                with Connection(self.gateway.port("plain"), "/echo", [header]) as connection:
                    self.assertNotIn("sec-websocket-extensions", connection.headers)

    def test_answers_are_compressed_where_that_makes_them_smaller(self):
        with Connection(self.gateway.port(), "/echo", ["Sec-WebSocket-Extensions: permessage-deflate; "
                                                       "server_max_window_bits=9"]) as connection:
            connection.text("short")
            self.assertEqual((connection.frame(compressed=True).is_compressed), False)
            text = b'{"level": 17, "line": "plant/4"}' * 100
            connection.text(text)
            answer = connection.frame(compressed=True)
            self.assertTrue(answer.is_compressed)
            self.assertLess(len(answer.payload), len(text) / 10)
            self.assertEqual(zlib.decompressobj(-9).decompress(answer.payload + b"\0\0\xff\xff"), text)


if __name__ == "__main__":
    unittest.main()
