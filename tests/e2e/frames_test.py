"""Frames beyond the table of websocket_conformance_test.py: what consumers see of them, resets, noise."""

import json
import random
import struct
import unittest

from gateway import SCALE, GatewayTest, wait_until
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Connection, close_frame, frame

MESSAGE_MAX = 100_000
FRAGMENTS_MAX = 16
GREEK = "κόσμε".encode()

VALID = [frame(TEXT, "a"), frame(TEXT, GREEK), frame(BINARY, bytes(128)), frame(PING, "p"), frame(PONG, "x"),
         frame(TEXT, fin=False) + frame(CONTINUATION, GREEK[:1], fin=False) + frame(CONTINUATION, GREEK[1:]),
         (frame(TEXT, "a") + frame(TEXT, "b", fin=False) + frame(CONTINUATION, "c")) * 5]


class FramesTest(GatewayTest):
    ADAPTERS = f"""
web: {{ type: websocket, listen: '127.0.0.1:0', max_message: {MESSAGE_MAX}, max_fragments: {FRAGMENTS_MAX},
       close_timeout: 60s }}
"""
    CONSUMERS = """
echo: { plugin: echo }
journal: { plugin: journal, config: { path: journal.jsonl } }
"""
    ROUTES = """
- { name: echo, match: { adapter: web, path: /echo }, to: echo }
- { name: journal, match: { adapter: web, path: /journal }, to: [echo, journal] }
"""

    def connection(self, path="/echo", **options):
        connection = Connection(self.gateway.port(), path, **options)
        self.addCleanup(connection.socket.close)
        return connection

    def journal(self, kind):
        path = self.gateway.folder / "journal.jsonl"
        lines = map(json.loads, path.read_text().splitlines()) if path.exists() else []
        return [line for line in lines if line["kind"] == kind]

    def test_nothing_behind_a_fault_is_delivered(self):
        created = self.gateway.consumer("echo")["created"]
        connection = self.connection()
        connection.send(frame(TEXT, "one") + frame(3, "bad") + frame(TEXT, "two"))
        self.assertEqual(connection.message(), b"one")
        self.assertEqual(connection.frame().close_code(), 1002)
        connection.socket.close()
        wait_until(lambda: self.gateway.scopes() == 0, "closed")
        self.assertEqual(self.gateway.consumer("echo")["created"] - created, 3)  # CONNECT, MESSAGE, DISCONNECT

    def test_a_ping_is_answered_at_once_even_within_a_message(self):
        connection = self.connection()
        for payload in (b"", b"x", bytes(125)):
            connection.send(frame(TEXT, "a", fin=False) + frame(PING, payload))
            answer = connection.frame()
            self.assertEqual((answer.opcode, answer.payload), (PONG, payload))
            connection.send(frame(CONTINUATION, "b"))
            self.assertEqual(connection.message(), b"ab")

    def test_a_close_without_a_code_is_answered_with_1000(self):
        connection = self.connection("/journal")
        connection.send(frame(CLOSE))
        answer = connection.frame()
        self.assertEqual((answer.opcode, answer.payload), (CLOSE, struct.pack("!H", 1000)))
        self.assertTrue(connection.is_at_end())
        ended = lambda: [line for line in self.journal("DISCONNECT") if line["websocket"]["close"] == {"code": 1005}]
        line, = wait_until(ended, "DISCONNECT with 1005")
        self.assertEqual(line["reason"], "PEER")

    def test_what_the_client_said_before_its_close_is_answered_before_it(self):
        connection = self.connection()
        connection.send(frame(TEXT, "a") * 100 + close_frame(1000))
        self.assertEqual([connection.message() for _ in range(100)], [b"a"] * 100)
        self.assertEqual(connection.frame().close_code(), 1000)

    def test_a_half_closed_connection_still_gets_its_answer(self):
        connection = self.connection("/echo")
        connection.text("last words")
        connection.socket.shutdown(1)
        self.assertEqual(connection.message(), b"last words")
        self.assertTrue(connection.is_at_end())

    def test_a_reset_in_the_middle_is_a_loss(self):
        before = len(self.journal("DISCONNECT"))
        for sent in (b"", frame(TEXT, "a")[:3], frame(BINARY, bytes(1000))[:500], frame(TEXT, "a", fin=False)):
            connection = self.connection("/journal")
            connection.text("here")
            connection.message()
            connection.send(sent)
            connection.reset()
        wait_until(lambda: len(self.journal("DISCONNECT")) == before + 4, "four losses")
        for line in self.journal("DISCONNECT")[before:]:
            self.assertEqual((line["reason"], line["websocket"]["close"]["code"]), ("LOST", 1006))

    def test_random_bytes_never_harm(self):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        for _ in range(400 // SCALE):
            with self.connection() as connection:
                sent = bytearray(b"".join(chance.choices(VALID, k=3)) + chance.randbytes(chance.randrange(40)))
                for _ in range(chance.randrange(4)):
                    sent[chance.randrange(len(sent))] ^= 1 << chance.randrange(8)
                try:
                    connection.send(bytes(sent), chance.choice((None, 13)))
                except ConnectionError:
                    pass
        with self.connection() as connection:
            connection.text("alive")
            self.assertEqual(connection.message(), b"alive")


if __name__ == "__main__":
    unittest.main()
