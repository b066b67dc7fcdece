"""Limits that a client can pass: what it is told, and that those who stay within go on."""

import json
import time
import unittest

from gateway import GatewayTest, wait_until
from wire import CLOSE, PING, PONG, Connection, frame, request


class TimeLimitsTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: '127.0.0.1:0', handshake_timeout: 400ms, idle_timeout: 1s, close_timeout: 300ms }
"""
    CONSUMERS = """
echo: { plugin: echo }
journal: { plugin: journal, config: { path: journal.jsonl } }
"""
    ROUTES = "- { name: all, match: { adapter: web, path: /echo }, to: [echo, journal] }"

    def connection(self, *arguments, **options):
        connection = Connection(self.gateway.port(), *arguments, **options)
        self.addCleanup(connection.socket.close)
        return connection

    def test_a_request_that_does_not_come_is_answered_408(self):
        connection = self.connection()
        self.assertEqual(connection.response()[0], "HTTP/1.1 408 Request Timeout")
        self.assertTrue(connection.is_at_end())

    def test_a_request_that_drips_has_no_more_time(self):
        connection = self.connection()
        connection.socket.settimeout(0.05)
        began = time.monotonic()
        for byte in request(headers=["X-Long: " + "x" * 1000]):
            try:
                connection.send(bytes([byte]))
                connection._more()
                break
            except TimeoutError:
                pass
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(connection.response()[0], "HTTP/1.1 408 Request Timeout")

    def test_silence_is_asked_then_closed_with_1001(self):
        connection = self.connection("/echo")
        began = time.monotonic()
        self.assertEqual(connection.frame().opcode, PING)
        asked_s = time.monotonic() - began
        self.assertEqual(connection.closing()[0], 1001)
        closed_s = time.monotonic() - began
        self.assertTrue(0.3 <= asked_s < closed_s and closed_s >= 0.8, (asked_s, closed_s))
        self.assertTrue(connection.is_at_end())

        def ended():
            lines = [json.loads(line) for line in (self.gateway.folder / "journal.jsonl").read_text().splitlines()]
            return [line for line in lines if line.get("reason") == "IDLE"]
        wait_until(ended, "DISCONNECT for idling")

    def test_who_answers_pings_stays(self):
        connection = self.connection("/echo")
        began = time.monotonic()
        while time.monotonic() - began < 2.5:  # idle_timeout and more
            ping = connection.frame()
            self.assertEqual(ping.opcode, PING)
            connection.send(frame(PONG, ping.payload))
        connection.text("still here")
        self.assertEqual(connection.message(), b"still here")

    def test_a_client_that_does_not_answer_a_close_is_dropped(self):
        connection = self.connection("/echo")
        connection.send(frame(3))
        self.assertEqual(connection.frame().opcode, CLOSE)
        self.assertTrue(connection.is_at_end())


class ConnectionLimitsTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: '127.0.0.1:0', max_connections: 5, max_header: 1KiB }
few: { type: websocket, listen: '127.0.0.1:0', max_connections_per_address: 3 }
"""
    ROUTES = "- { name: echo, match: { path: /echo }, to: echo }"

    def check_nothing_left(self):
        super().check_nothing_left()
        wait_until(lambda: self.gateway.scopes("few") == 0, "no scope is left")

    def check_limit(self, adapter, limit):
        port = self.gateway.port(adapter)
        taken = [Connection(port, "/echo") for _ in range(limit)]
        with Connection(port) as refused:
            refused.send(request())
            status, headers, _ = refused.response()
            self.assertEqual(status, "HTTP/1.1 503 Service Unavailable")
            self.assertGreater(int(headers["retry-after"]), 0)
            self.assertTrue(refused.is_at_end())
        for connection in taken:
            connection.text("unharmed")
            self.assertEqual(connection.message(), b"unharmed")
        taken.pop().leave()

        def is_taken():
            with Connection(port) as next_one:
                next_one.send(request())
                return next_one.response()[0].endswith("101 Switching Protocols")
        wait_until(is_taken, "a place that was given back is taken")
        for connection in taken:
            connection.socket.close()

    def test_connections_in_all(self):
        self.check_limit("web", 5)

    def test_connections_of_one_address(self):
        self.check_limit("few", 3)

    def test_a_connection_that_says_nothing_counts(self):
        port = self.gateway.port("few")

        def status():
            with Connection(port) as next_one:
                next_one.send(request())
                return next_one.response()[0]

        def is_refused_beside_silent_ones():
            # Several threads accept: the one that asks may be counted before a silent one, which is then the refused.
            with Connection(port), Connection(port), Connection(port):
                return status() == "HTTP/1.1 503 Service Unavailable"
        wait_until(is_refused_beside_silent_ones, "refused, once all three are accepted")
        wait_until(lambda: status() == "HTTP/1.1 101 Switching Protocols", "free again")

    def test_the_header_limit_is_as_configured(self):
        for size, status in ((700, "101 Switching Protocols"), (1100, "431 Request Header Fields Too Large")):
            with Connection(self.gateway.port()) as connection:
                connection.send(request(headers=["X-Long: " + "x" * size]))
                self.assertEqual(connection.response()[0], "HTTP/1.1 " + status)


if __name__ == "__main__":
    unittest.main()
