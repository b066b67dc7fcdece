"""Bytes of a client and the exact answer to them: a row a case, in the categories of the Autobahn suite.

Each case has a connection of its own that echoes. What is sent goes out whole, and then again in small pieces. What
comes back has to be, frame by frame, what the row says, and the connection ends as it says:

    messages and pongs   as `text(..)`, `data(..)`, `pong(..)`
    closed(code)         the gateway's close frame
    nothing further      the client says goodbye, and gets 1000
"""

import contextlib
import random
import struct
import ssl
import sys
import tempfile
import unittest
import zlib

from certificates import Certificates
from gateway import SCALE, GatewayTest
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Connection, close_frame, frame

MESSAGE_MAX = 100_000
FRAGMENTS_MAX = 16
OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
RSV1, RSV2, RSV3 = 4, 2, 1
GREEK = "κόσμε".encode()
LONG = "Hello-µ@ßöäüàá-UTF-8!!".encode() * 100
ROWS = []


def text(payload):
    return TEXT, payload if isinstance(payload, bytes) else payload.encode()


def data(payload):
    return BINARY, payload


def pong(payload):
    return PONG, payload


def closed(code):
    return CLOSE, code


def row(name, sent, *expected, deflate=False):
    ROWS.append((name, sent, list(expected), deflate))


def fragments(opcode, *parts, rsv=0):
    """A message in as many frames; `rsv` on the first."""
    last = len(parts) - 1
    return b"".join(frame(CONTINUATION if i else opcode, part, fin=i == last, rsv=0 if i else rsv)
                    for i, part in enumerate(parts))


def pieces(payload, size):
    return [payload[i:i + size] for i in range(0, len(payload), size)]


def deflated(payload, level=6, bits=15, strategy=zlib.Z_DEFAULT_STRATEGY):
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)
    return (squeeze.compress(payload) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflated(payload):
    return zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")


# ---- 1 Framing ------------------------------------------------------------------------------------------------------

for size in (0, 1, 2, 7, 64, 124, 125, 126, 127, 128, 255, 256, 1000, 4096, 65534, 65535, 65536, 65537, MESSAGE_MAX):
    row(f"1.1 a text of {size} bytes", frame(TEXT, b"*" * size), text(b"*" * size))
    row(f"1.2 data of {size} bytes", frame(BINARY, b"\xfe" * size), data(b"\xfe" * size))
row("1.3 text stays text and data data", frame(TEXT, "a") + frame(BINARY, b"a"), text("a"), data(b"a"))
row("1.4 fifty in one packet", frame(TEXT, "a") * 50, *[text("a")] * 50)
row("1.5 an unmasked text", frame(TEXT, "a", mask=False), closed(1002))
row("1.6 an unmasked ping", frame(PING, mask=False), closed(1002))
row("1.7 an unmasked close", frame(CLOSE, mask=False), closed(1002))
row("1.8 an unmasked continuation", frame(TEXT, "a", fin=False) + frame(CONTINUATION, "b", mask=False), closed(1002))
for size in (0, 1, 124, 125):
    row(f"1.9 {size} bytes in the second form", frame(TEXT, bytes(size), length_bytes=2), closed(1002))
    row(f"1.10 {size} bytes in the third form", frame(BINARY, bytes(size), length_bytes=8), closed(1002))
for size in (126, 65534, 65535):
    row(f"1.11 {size} bytes in the third form", frame(BINARY, bytes(size), length_bytes=8), closed(1002))
row("1.12 a message before a fault is echoed", frame(TEXT, "one") + frame(TEXT, "a", rsv=1) + frame(TEXT, "two"),
    text("one"), closed(1002))

# ---- 2 Pings and pongs ----------------------------------------------------------------------------------------------

for size in (0, 1, 2, 64, 124, 125):
    row(f"2.1 a ping of {size} bytes", frame(PING, b"\xfe" * size), pong(b"\xfe" * size))
    row(f"2.2 a pong of {size} bytes that nobody asked for", frame(PONG, bytes(size)) + frame(TEXT, "a"), text("a"))
for size in (126, 127, 65536):
    row(f"2.3 a ping of {size} bytes", frame(PING, bytes(size)), closed(1002))
    row(f"2.4 a pong of {size} bytes", frame(PONG, bytes(size)), closed(1002))
row("2.5 a ping in the second form", frame(PING, b"a", length_bytes=2), closed(1002))
row("2.6 a pong in the third form", frame(PONG, b"a", length_bytes=8), closed(1002))
row("2.7 ten pings", b"".join(frame(PING, f"payload-{i}") for i in range(10)),
    *[pong(f"payload-{i}".encode()) for i in range(10)])
row("2.8 a pong and a ping", frame(PONG, "x") + frame(PING, "y"), pong(b"y"))
row("2.9 a ping between messages", frame(TEXT, "a") + frame(PING, "p") + frame(TEXT, "b"), text("a"), pong(b"p"),
    text("b"))
row("2.10 a ping that is no text", frame(PING, b"\xff\0\xfe"), pong(b"\xff\0\xfe"))

# ---- 3 Reserved bits ------------------------------------------------------------------------------------------------

for rsv in range(1, 8):
    row(f"3.1 reserved bits {rsv} of a text", frame(TEXT, "a", rsv=rsv), closed(1002))
    row(f"3.2 reserved bits {rsv} of data", frame(BINARY, b"a", rsv=rsv), closed(1002))
    row(f"3.3 reserved bits {rsv} of a ping", frame(PING, "a", rsv=rsv), closed(1002))
    row(f"3.4 reserved bits {rsv} of a pong", frame(PONG, "a", rsv=rsv), closed(1002))
    row(f"3.5 reserved bits {rsv} of a close", frame(CLOSE, struct.pack("!H", 1000), rsv=rsv), closed(1002))
    row(f"3.6 reserved bits {rsv} of a continuation", frame(TEXT, "a", fin=False) + frame(CONTINUATION, "b", rsv=rsv),
        closed(1002))
    row(f"3.7 reserved bits {rsv} behind a good message", frame(TEXT, "a") + frame(TEXT, "b", rsv=rsv), text("a"),
        closed(1002))

# ---- 4 Opcodes ------------------------------------------------------------------------------------------------------

for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    row(f"4.1 opcode {opcode}", frame(opcode, "a"), closed(1002))
    row(f"4.2 opcode {opcode}, empty", frame(opcode), closed(1002))
    row(f"4.3 opcode {opcode} behind a message", frame(TEXT, "a") + frame(opcode, "b") + frame(PING), text("a"),
        closed(1002))
    row(f"4.4 opcode {opcode} within a message", frame(TEXT, "a", fin=False) + frame(opcode, "b"), closed(1002))

# ---- 5 Fragments ----------------------------------------------------------------------------------------------------

row("5.1 a ping in fragments", frame(PING, "a", fin=False) + frame(CONTINUATION, "b"), closed(1002))
row("5.2 a pong in fragments", frame(PONG, "a", fin=False) + frame(CONTINUATION, "b"), closed(1002))
row("5.3 a close in fragments", frame(CLOSE, b"", fin=False), closed(1002))
for count in range(2, FRAGMENTS_MAX + 1):
    row(f"5.4 a text of {count} fragments", fragments(TEXT, *["ab"] * count), text("ab" * count))
row("5.5 data of fragments", fragments(BINARY, b"\xff", b"\xfe"), data(b"\xff\xfe"))
row("5.6 empty fragments", fragments(TEXT, "", "", ""), text(""))
row("5.7 empty fragments of data", fragments(BINARY, b"", b""), data(b""))
row("5.8 an empty first fragment", fragments(TEXT, "", "a"), text("a"))
row("5.9 an empty fragment between", fragments(TEXT, "a", "", "b"), text("ab"))
row("5.10 an empty last fragment", fragments(TEXT, "a", ""), text("a"))
row("5.11 a ping within", frame(TEXT, "a", fin=False) + frame(PING, "p") + frame(CONTINUATION, "b"), pong(b"p"),
    text("ab"))
row("5.12 a pong within", frame(TEXT, "a", fin=False) + frame(PONG, "p") + frame(CONTINUATION, "b"), text("ab"))
row("5.13 pings between all", b"".join(frame(TEXT if i == 0 else CONTINUATION, "x", fin=i == 4) + frame(PING, str(i))
                                       for i in range(5)),
    *[pong(str(i).encode()) for i in range(4)], text("xxxxx"), pong(b"4"))
row("5.14 a close within", frame(TEXT, "a", fin=False) + close_frame(1000), closed(1000))
row("5.15 a text within a text", frame(TEXT, "a", fin=False) + frame(TEXT, "b"), closed(1002))
row("5.16 data within a text", frame(TEXT, "a", fin=False) + frame(BINARY, b"b"), closed(1002))
row("5.17 a beginning within a text", frame(TEXT, "a", fin=False) + frame(TEXT, "b", fin=False), closed(1002))
row("5.18 a continuation of nothing", frame(CONTINUATION, "a"), closed(1002))
row("5.19 an unfinished continuation of nothing", frame(CONTINUATION, "a", fin=False), closed(1002))
row("5.20 an empty continuation of nothing", frame(CONTINUATION), closed(1002))
row("5.21 a continuation of a whole message", frame(TEXT, "a") + frame(CONTINUATION, "b"), text("a"), closed(1002))
row("5.22 a continuation of finished fragments", fragments(TEXT, "a", "b") + frame(CONTINUATION, "c"), text("ab"),
    closed(1002))
row("5.23 whole ones and fragments in turn", (frame(TEXT, "a") + fragments(TEXT, "b", "c")) * 20,
    *[text("a"), text("bc")] * 20)
row("5.24 texts and data in fragments in turn", (fragments(BINARY, b"\xff", b"") + fragments(TEXT, "b", "c")) * 5,
    *[data(b"\xff"), text("bc")] * 5)
row("5.25 too many fragments", fragments(TEXT, *["a"] * (FRAGMENTS_MAX + 1)), closed(1008))
row("5.26 too many empty fragments", fragments(TEXT, *[""] * (FRAGMENTS_MAX + 1)), closed(1008))
row("5.27 a large first fragment", fragments(BINARY, bytes(70_000), b"a"), data(bytes(70_000) + b"a"))

# ---- 6 UTF-8 --------------------------------------------------------------------------------------------------------

GOOD = {
    "nothing": b"", "ASCII": b"hello", "NUL": b"\0", "DEL": b"\x7f", "Greek": GREEK, "long": LONG,
    "the first of two bytes": b"\xc2\x80", "the last of two bytes": b"\xdf\xbf",
    "the first of three bytes": b"\xe0\xa0\x80", "the last of three bytes": b"\xef\xbf\xbf",
    "below the surrogates": b"\xed\x9f\xbf", "above the surrogates": b"\xee\x80\x80",
    "U+FFFD": b"\xef\xbf\xbd", "U+FFFE": b"\xef\xbf\xbe", "a byte order mark": b"\xef\xbb\xbf",
    "the first of four bytes": b"\xf0\x90\x80\x80", "U+10FFFF": b"\xf4\x8f\xbf\xbf",
    "U+1FFFE": b"\xf0\x9f\xbf\xbe", "a flag": "🇩🇪".encode(), "a family": "👨‍👩‍👧".encode(),
}
BAD = {
    "FE": b"\xfe", "FF": b"\xff", "a lone continuation": b"\x80", "two lone continuations": b"\x80\xbf",
    "a lone first byte": b"\xc3", "a lone first byte and a blank": b"\xc3 ", "two bytes for a slash": b"\xc0\xaf",
    "two bytes for DEL": b"\xc1\xbf", "three bytes for a slash": b"\xe0\x80\xaf",
    "four bytes for a slash": b"\xf0\x80\x80\xaf",
    "five bytes": b"\xf8\x88\x80\x80\x80", "six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "two bytes for NUL": b"\xc0\x80", "three bytes for U+07FF": b"\xe0\x9f\xbf",
    "four bytes for U+FFFF": b"\xf0\x8f\xbf\xbf",
    "the first surrogate": b"\xed\xa0\x80", "the last surrogate": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "above U+10FFFF": b"\xf4\x90\x80\x80", "F5": b"\xf5\x80\x80\x80", "two of three bytes": b"\xe2\x82",
    "three of four bytes": b"\xf0\x9f\x98",
    "Greek that is cut": GREEK[:-1], "Greek with a hole": GREEK[:3] + GREEK[4:], "one byte too many": GREEK + b"\xbf",
}
for name, sent in GOOD.items():
    row(f"6.1 {name}", frame(TEXT, sent), text(sent))
    row(f"6.2 {name}, in two", fragments(TEXT, sent[:len(sent) // 2], sent[len(sent) // 2:]), text(sent))
    row(f"6.3 {name}, byte by byte", fragments(TEXT, *pieces(sent, 1)) if 1 < len(sent) <= FRAGMENTS_MAX
        else fragments(TEXT, "", sent), text(sent))
for name, sent in BAD.items():
    row(f"6.4 {name}", frame(TEXT, sent), closed(1007))
    row(f"6.5 {name}, behind much", frame(TEXT, b"a" * 5000 + sent), closed(1007))
    row(f"6.6 {name}, in two", fragments(TEXT, sent[:len(sent) // 2], sent[len(sent) // 2:]), closed(1007))
    row(f"6.7 {name}, and an empty end", fragments(TEXT, sent, ""), closed(1007))
    row(f"6.8 {name}, as data", frame(BINARY, sent), data(sent))
row("6.9 a wrong byte far behind", frame(TEXT, b"a" * 70_000 + b"\x80"), closed(1007))
row("6.10 a wrong byte ends a message that has not ended", frame(TEXT, b"\xff", fin=False), closed(1007))

# ---- 7 Closing ------------------------------------------------------------------------------------------------------

row("7.1 without a code", frame(CLOSE), closed(1000))
row("7.2 a text and a close", frame(TEXT, "a") + close_frame(1000), text("a"), closed(1000))
row("7.3 what follows a close is nothing", close_frame(1000) + frame(TEXT, "a") + frame(PING), closed(1000))
row("7.4 two closes", close_frame(1000) + close_frame(1001), closed(1000))
row("7.5 a code of one byte", frame(CLOSE, b"\x03"), closed(1002))
row("7.6 a reason", close_frame(1000, "going home"), closed(1000))
row("7.7 a reason of 123 bytes", close_frame(1000, "x" * 123), closed(1000))
row("7.8 a reason of 124 bytes", close_frame(1000, "x" * 124), closed(1002))
row("7.9 a reason that is no text", close_frame(1000, b"\xff"), closed(1002))
row("7.10 a reason that is cut", close_frame(1000, GREEK[:-1]), closed(1002))
row("7.11 a Greek reason", close_frame(1000, GREEK), closed(1000))
row("7.12 in the second form", frame(CLOSE, struct.pack("!H", 1000), length_bytes=2), closed(1002))
for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999):
    row(f"7.13 code {code}", close_frame(code), closed(code))
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
    row(f"7.14 code {code}", close_frame(code), closed(1002))

# ---- 9 Limits -------------------------------------------------------------------------------------------------------

row("9.1 a message that is too large", frame(BINARY, bytes(MESSAGE_MAX + 1)), closed(1009))
row("9.2 the head of a message that is too large", frame(BINARY, length=MESSAGE_MAX + 1), closed(1009))
row("9.3 the head of a text that is too large", frame(TEXT, length=MESSAGE_MAX + 1), closed(1009))
row("9.4 the head of a tebibyte", frame(TEXT, length=1 << 40), closed(1009))
row("9.5 the longest length", frame(BINARY, length=(1 << 63) - 1), closed(1009))
row("9.6 a length that has its top bit", frame(BINARY, length=1 << 63), closed(1002))
row("9.7 a length of all bits", frame(BINARY, length=(1 << 64) - 1), closed(1002))
row("9.8 fragments that are too large", fragments(BINARY, bytes(MESSAGE_MAX // 2), bytes(MESSAGE_MAX // 2 + 1)),
    closed(1009))
row("9.9 a small fragment too much", fragments(BINARY, bytes(MESSAGE_MAX), b"a"), closed(1009))
row("9.10 as large as may be, in fragments", fragments(BINARY, bytes(MESSAGE_MAX - 1), b"z"),
    data(bytes(MESSAGE_MAX - 1) + b"z"))
for size in (1, 7, 64, 255, 1000, 4096):
    payload = b"x" * (size * FRAGMENTS_MAX)
    row(f"9.11 fragments of {size} bytes", fragments(TEXT, *pieces(payload, size)), text(payload))
row("9.12 many small ones and a large one", frame(TEXT, "a") * 100 + frame(BINARY, bytes(90_000)) + frame(TEXT, "b"),
    *[text("a")] * 100, data(bytes(90_000)), text("b"))

# ---- 12, 13 permessage-deflate --------------------------------------------------------------------------------------

JSON = b'{"id": 17, "name": "millrace", "tags": ["water", "wheel"]}'
for size in (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, MESSAGE_MAX):
    payload = (JSON * (size // len(JSON) + 1))[:size]
    noise = random.Random(size).randbytes(size)
    row(f"12.1 a text of {size} bytes", frame(TEXT, deflated(payload), rsv=RSV1), text(payload), deflate=True)
    row(f"12.2 noise of {size} bytes", frame(BINARY, deflated(noise)[:MESSAGE_MAX], rsv=RSV1),
        data(noise) if size < MESSAGE_MAX else closed(1007), deflate=True)
    row(f"12.3 a text of {size} bytes, not compressed", frame(TEXT, payload), text(payload), deflate=True)
    row(f"12.4 fragments of a text of {size} bytes",
        fragments(TEXT, *pieces(deflated(payload), len(deflated(payload)) // 5 + 1), rsv=RSV1), text(payload),
            deflate=True)
for level in range(10):
    row(f"12.5 level {level}", frame(TEXT, deflated(JSON * 100, level), rsv=RSV1), text(JSON * 100), deflate=True)
for bits in range(9, 16):
    row(f"13.1 a window of {bits} bits", frame(TEXT, deflated(LONG * 20, bits=bits), rsv=RSV1), text(LONG * 20),
        deflate=True)
for name in ("Z_FILTERED", "Z_HUFFMAN_ONLY", "Z_RLE", "Z_FIXED"):
    row(f"13.2 {name}", frame(TEXT, deflated(JSON * 9, strategy=getattr(zlib, name)), rsv=RSV1), text(JSON * 9),
        deflate=True)
HELLO = deflated(b"Hello")
BOMB = deflated(bytes(MESSAGE_MAX * 10), 9)
row("13.3 empty", frame(TEXT, b"\0", rsv=RSV1), text(""), deflate=True)
row("13.4 without a payload", frame(TEXT, rsv=RSV1), text(""), deflate=True)
row("13.5 a final block", frame(TEXT, b"\xf3\x48\xcd\xc9\xc9\x07\0\0", rsv=RSV1), text("Hello"), deflate=True)
row("13.6 two blocks", frame(TEXT, b"\xf2\x48\x05\0\0\0\xff\xff\xca\xc9\xc9\x07\0", rsv=RSV1), text("Hello"),
    deflate=True)
row("13.7 a stored block", frame(TEXT, b"\0\x05\0\xfa\xffHello\0", rsv=RSV1), text("Hello"), deflate=True)
row("13.8 compressed and not in turn", (frame(TEXT, HELLO, rsv=RSV1) + frame(TEXT, "plain")) * 20,
    *[text("Hello"), text("plain")] * 20, deflate=True)
row("13.9 fragments with a ping", frame(TEXT, HELLO[:3], fin=False, rsv=RSV1) + frame(PING,
    "p") + frame(CONTINUATION, HELLO[3:]),
    pong(b"p"), text("Hello"), deflate=True)
row("13.10 empty fragments", fragments(TEXT, b"", HELLO, b"", rsv=RSV1), text("Hello"), deflate=True)
row("13.11 the bit on a continuation", frame(TEXT, HELLO[:3], fin=False, rsv=RSV1) + frame(CONTINUATION, HELLO[3:],
    rsv=RSV1),
    closed(1002), deflate=True)
row("13.12 the bit on a continuation alone", frame(TEXT, "a", fin=False) + frame(CONTINUATION, HELLO, rsv=RSV1),
    closed(1002),
    deflate=True)
for name, opcode in (("ping", PING), ("pong", PONG), ("close", CLOSE)):
    row(f"13.13 the bit on a {name}", frame(opcode, HELLO, rsv=RSV1), closed(1002), deflate=True)
for rsv in (RSV2, RSV3, RSV1 | RSV2, RSV1 | RSV3, 7):
    row(f"13.14 reserved bits {rsv}", frame(TEXT, HELLO, rsv=rsv), closed(1002), deflate=True)
row("13.15 not asked for", frame(TEXT, HELLO, rsv=RSV1), closed(1002))
row("13.16 no deflate", frame(TEXT, b"\xff\xff\xff\xff", rsv=RSV1), closed(1007), deflate=True)
row("13.17 deflate that is cut", frame(TEXT, deflated(JSON)[:20], rsv=RSV1), closed(1007), deflate=True)
row("13.18 lengths of a stored block that differ", frame(TEXT, b"\0\x05\0\0\0Hello\0", rsv=RSV1), closed(1007),
    deflate=True)
row("13.19 no UTF-8", frame(TEXT, deflated(b"\xff" * 50), rsv=RSV1), closed(1007), deflate=True)
row("13.20 no UTF-8, as data", frame(BINARY, deflated(b"\xff" * 50), rsv=RSV1), data(b"\xff" * 50), deflate=True)
row("13.21 a character over two fragments", fragments(TEXT, *pieces(deflated(GREEK), 4), rsv=RSV1), text(GREEK),
    deflate=True)
row("13.22 an earlier window is gone", frame(TEXT, HELLO, rsv=RSV1) + frame(TEXT, b"\xf2\x00\x11\x00\x00", rsv=RSV1),
    text("Hello"), closed(1007), deflate=True)
row("13.23 a bomb", frame(BINARY, BOMB, rsv=RSV1), closed(1009), deflate=True)
row("13.24 a bomb in fragments", fragments(BINARY, *pieces(BOMB, len(BOMB) // 5), rsv=RSV1), closed(1009), deflate=True)
row("13.25 one byte too much", frame(BINARY, deflated(bytes(MESSAGE_MAX + 1)), rsv=RSV1), closed(1009), deflate=True)
row("13.26 a compressed payload that is too large", frame(BINARY, length=MESSAGE_MAX + 1, rsv=RSV1), closed(1009),
    deflate=True)
row("13.27 unmasked", frame(TEXT, HELLO, rsv=RSV1, mask=False), closed(1002), deflate=True)
row("13.28 in the second form", frame(TEXT, HELLO, rsv=RSV1, length_bytes=2), closed(1002), deflate=True)


def adapters(tls=""):
    return (f"web: {{ type: websocket, listen: '127.0.0.1:0', max_message: {MESSAGE_MAX}, "
            f"max_fragments: {FRAGMENTS_MAX}, permessage_deflate: true, close_timeout: 60s {tls} }}")


class ConformanceTest(GatewayTest):
    ADAPTERS = adapters()
    ROWS, ROWS_MIN = ROWS, 300
    HEADERS = []
    context = None

    def connection(self, deflate):
        headers = self.HEADERS + [OFFER] * deflate
        connection = Connection(self.gateway.port(), "/echo", headers, tls=self.context)
        self.addCleanup(connection.socket.close)
        self.assertEqual("sec-websocket-extensions" in connection.headers, deflate)
        return connection

    def next_of(self, connection):
        got = connection.frame(compressed=True)
        if got.opcode == CLOSE:
            return CLOSE, got.close_code()
        self.assertTrue(got.fin)
        return got.opcode, inflated(got.payload) if got.is_compressed else got.payload

    def check(self, sent, expected, deflate, piece):
        connection = self.connection(deflate)
        try:
            connection.send(sent, piece)
        except OSError:
            pass  # It may be refused before all of it is sent.
        got = [self.next_of(connection) for _ in expected]
        # Pings are answered at once, messages when they are handled.
        in_order = lambda frames, ours: [each for each in frames if (each[0] == PONG) == ours]
        for ours in (False, True):
            self.assertEqual(in_order(got, ours), in_order(expected, ours))
        if expected[-1][0] != CLOSE:
            self.assertEqual(connection.leave(), (1000, ""))
            return
        if not self.context:  # An SSLSocket that is shut down reads no TLS any more.
            with contextlib.suppress(OSError):  # It may have ended already.
                connection.socket.shutdown(1)
        self.assertTrue(connection.is_at_end())

    def test_there_are_enough_rows_and_each_has_its_name(self):
        names = [name for name, *_ in self.ROWS]
        self.assertEqual(len(names), len(set(names)))
        print(f"{len(names)} rows", file=sys.stderr)
        self.assertGreaterEqual(len(names), self.ROWS_MIN)

    def test_rows(self):
        for name, sent, expected, deflate in self.ROWS:
            small = 1 if len(sent) < 300 // SCALE else 997
            for piece in (None,) if self.context else (None, small):
                with self.subTest(name, piece=piece):
                    self.check(sent, expected, deflate, piece)


class TlsConformanceTest(ConformanceTest):
    """The same over TLS."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="millrace-tls-"))
        Certificates(folder).make("web", issuer="ca")
        cls.ADAPTERS = adapters(f", tls: {{ cert: {folder}/web.crt, key: {{ file: {folder}/web.key }} }}")
        cls.context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
        super().setUpClass()


if __name__ == "__main__":
    unittest.main()
