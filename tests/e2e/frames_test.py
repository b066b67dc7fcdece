"""Frames, byte by byte: what is taken, and with which close code the rest is answered."""

import json
import random
import struct
import unittest

from gateway import SCALE, GatewayTest, wait_until
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Connection, close_frame, frame

MESSAGE_MAX = 100_000
FRAGMENTS_MAX = 16
GREEK = "κόσμε".encode()

FAULTS = {
    "an unmasked text": (frame(TEXT, "a", mask=False), 1002),
    "an unmasked ping": (frame(PING, mask=False), 1002),
    "an unmasked close": (frame(CLOSE, mask=False), 1002),
    **{f"reserved bits {rsv}": (frame(TEXT, "a", rsv=rsv), 1002) for rsv in range(1, 8)},
    "reserved bits of a ping": (frame(PING, rsv=4), 1002),
    **{f"opcode {opcode}": (frame(opcode, "a"), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a continuation of nothing": (frame(CONTINUATION, "a"), 1002),
    "a continuation of a whole message": (frame(TEXT, "a") + frame(CONTINUATION, "b"), 1002),
    "a text within a text": (frame(TEXT, "a", fin=False) + frame(TEXT, "b"), 1002),
    "a ping in fragments": (frame(PING, "a", fin=False), 1002),
    "a close in fragments": (frame(CLOSE, b"", fin=False), 1002),
    "a ping of 126 bytes": (frame(PING, bytes(126)), 1002),
    "a close of 126 bytes": (frame(CLOSE, struct.pack("!H", 1000) + bytes(124)), 1002),
    "125 bytes in the second form": (frame(TEXT, bytes(125), length_bytes=2), 1002),
    "0 bytes in the third form": (frame(TEXT, length_bytes=8), 1002),
    "65535 bytes in the third form": (frame(BINARY, bytes(65535), length_bytes=8), 1002),
    "a byte that is in no text": (frame(TEXT, b"\xff"), 1007),
    "a text that ends within a character": (frame(TEXT, GREEK[:-1]), 1007),
    "an overlong slash": (frame(TEXT, b"\xc0\xaf"), 1007),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "above U+10FFFF": (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    "a wrong byte far behind": (frame(TEXT, b"a" * 70_000 + b"\x80"), 1007),
    "a wrong byte in a fragment": (frame(TEXT, "a", fin=False) + frame(CONTINUATION, b"\xff", fin=False), 1007),
    "a text that ends within a character, in fragments":
        (frame(TEXT, GREEK[:1], fin=False) + frame(CONTINUATION, b""), 1007),
    "a message that is too large": (frame(BINARY, bytes(MESSAGE_MAX + 1)), 1009),
    "the head of a message that is too large": (frame(BINARY, length=MESSAGE_MAX + 1), 1009),
    "the head of a tebibyte": (frame(TEXT, length=1 << 40), 1009),
    "a length that has its top bit, which must be 0": (frame(BINARY, length=1 << 63), 1009),
    "fragments that are too large": (frame(BINARY, bytes(MESSAGE_MAX // 2), fin=False)
                                     + frame(CONTINUATION, bytes(MESSAGE_MAX // 2 + 1)), 1009),
    "too many fragments": (frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) * FRAGMENTS_MAX, 1008),
    **{f"close code {code}": (close_frame(code), 1002) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)},
    "a close code of one byte": (frame(CLOSE, b"\x03"), 1002),
    "a close reason that is no text": (close_frame(1000, b"\xff"), 1002),
}

# How fragments, pings and lengths may come -> the messages that are echoed.
TAKEN = {
    "empty fragments": (frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) + frame(CONTINUATION), [b""]),
    "a character over two fragments":
        (frame(TEXT, GREEK[:1], fin=False) + frame(CONTINUATION, GREEK[1:]), [GREEK]),
    "as many fragments as may be": (frame(TEXT, "a", fin=False) + frame(CONTINUATION, "b", fin=False)
                                    * (FRAGMENTS_MAX - 2) + frame(CONTINUATION, "c"),
                                    [b"a" + b"b" * (FRAGMENTS_MAX - 2) + b"c"]),
    "a pong that nobody asked for": (frame(PONG, "x") + frame(TEXT, "a"), [b"a"]),
    "as large as may be": (frame(BINARY, bytes(MESSAGE_MAX)), [bytes(MESSAGE_MAX)]),
    "as large as may be, in fragments": (frame(BINARY, bytes(MESSAGE_MAX - 1), fin=False)
                                         + frame(CONTINUATION, b"z"), [bytes(MESSAGE_MAX - 1) + b"z"]),
    **{f"{size} bytes": (frame(BINARY, bytes(size)), [bytes(size)])
       for size in (0, 1, 125, 126, 127, 128, 65535, 65536)},
    "whole ones and fragments in turn":
        ((frame(TEXT, "a") + frame(TEXT, "b", fin=False) + frame(CONTINUATION, "c")) * 50, [b"a", b"bc"] * 50),
}


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

    def test_faults(self):
        for name, (sent, code) in FAULTS.items():
            for piece in (None, 1 if len(sent) < 1000 else 997):
                with self.subTest(name, piece=piece):
                    connection = self.connection()
                    connection.text("before")
                    self.assertEqual(connection.message(), b"before")
                    try:
                        connection.send(sent, piece)
                    except ConnectionError:
                        pass  # It may be refused before all of it is sent.
                    self.assertEqual(connection.closing()[0], code)
                    connection.socket.shutdown(1)
                    self.assertTrue(connection.is_at_end())

    def test_nothing_behind_a_fault_is_delivered(self):
        created = self.gateway.consumer("echo")["created"]
        connection = self.connection()
        connection.send(frame(TEXT, "one") + frame(3, "bad") + frame(TEXT, "two"))
        self.assertEqual(connection.message(), b"one")
        self.assertEqual(connection.frame().close_code(), 1002)
        connection.socket.close()
        wait_until(lambda: self.gateway.scopes() == 0, "closed")
        self.assertEqual(self.gateway.consumer("echo")["created"] - created, 3)  # CONNECT, MESSAGE, DISCONNECT

    def test_taken(self):
        for name, (sent, expected) in TAKEN.items():
            for piece in (None, 1 if len(sent) < 10_000 else 997):
                with self.subTest(name, piece=piece):
                    connection = self.connection()
                    connection.send(sent, piece)
                    self.assertEqual([connection.message() for _ in expected], expected)
                    self.assertEqual(connection.leave(), (1000, ""))

    def test_text_stays_text_and_data_data(self):
        connection = self.connection()
        connection.send(frame(TEXT, "a") + frame(BINARY, "a"))
        self.assertEqual([connection.frame().opcode, connection.frame().opcode], [TEXT, BINARY])

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
        valid = [sent for sent, _ in TAKEN.values() if len(sent) < 1000] + [frame(PING, "p")]
        for _ in range(400 // SCALE):
            with self.connection() as connection:
                sent = bytearray(b"".join(chance.choices(valid, k=3)) + chance.randbytes(chance.randrange(40)))
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
