#!/usr/bin/env python3
"""The rows of `millrace.ack.v1`: bytes of a client that has agreed on it, and the exact answer to them."""

import unittest

import websocket_conformance_test as conformance
from websocket_conformance_test import GREEK, LONG, MESSAGE_MAX, RSV1, closed, data, deflated, fragments, pong, text
from wire import BINARY, PING, TEXT, close_frame, frame

ACK = text('{"ack":1}')
ROWS = []


def row(name, sent, *expected, deflate=False):
    ROWS.append((name, sent, list(expected), deflate))


row("1 a text", frame(TEXT, "Hello"), text('{"msg":"Hello"}'), ACK)
row("2 data", frame(BINARY, b"\0\xff"), data(b"\0\xff"), ACK)
row("3 nothing", frame(TEXT), text('{"msg":""}'), ACK)
row("4 no data", frame(BINARY), data(b""), ACK)
row("5 a text in fragments", fragments(TEXT, b"a", b"", b"b"), text('{"msg":"ab"}'), ACK)
row("6 data in fragments", fragments(BINARY, b"a", b"b"), data(b"ab"), ACK)
row("7 what looks like an ack", frame(TEXT, '{"ack":9}'), text(r'{"msg":"{\"ack\":9}"}'), ACK)
row("8 what JSON escapes", frame(TEXT, "\"\\/\b\f\n\r\t\0\x7f"),
    text('{"msg":"' + r'\"\\/\u0008\u000c\n\r\t\u0000' + '\x7f"}'), ACK)
row("9 Greek", frame(TEXT, GREEK), text(b'{"msg":"' + GREEK + b'"}'), ACK)
for size in (0, 115, 116, 117, 65525, MESSAGE_MAX):
    row(f"10 a text of {size} bytes", frame(TEXT, b"*" * size), text(b'{"msg":"' + b"*" * size + b'"}'), ACK)
row("11 a ping and a text", frame(PING, "p") + frame(TEXT, "a"), pong(b"p"), text('{"msg":"a"}'), ACK)
row("12 a text and a ping", frame(TEXT, "a") + frame(PING, "p"), text('{"msg":"a"}'), ACK, pong(b"p"))
row("13 a ping is no message", frame(PING, "p"), pong(b"p"))
row("14 a text and a goodbye", frame(TEXT, "a") + close_frame(1000), text('{"msg":"a"}'), ACK, closed(1000))
row("15 a goodbye", close_frame(1001), closed(1001))
row("16 a text and a fault", frame(TEXT, "a") + frame(TEXT, "b", mask=False), text('{"msg":"a"}'), ACK, closed(1002))
row("17 a text that is none", frame(TEXT, "a") + frame(TEXT, b"\xff"), text('{"msg":"a"}'), ACK, closed(1007))
row("18 a message that is too large", frame(TEXT, "a") + frame(TEXT, length=MESSAGE_MAX + 1), text('{"msg":"a"}'),
    ACK, closed(1009))
row("19 a compressed text", frame(TEXT, deflated(LONG), rsv=RSV1), text(b'{"msg":"' + LONG + b'"}'), ACK,
    deflate=True)


class AcksConformanceTest(conformance.ConformanceTest):
    ROWS, ROWS_MIN = ROWS, 20
    HEADERS = ["Sec-WebSocket-Protocol: millrace.ack.v1"]


if __name__ == "__main__":
    unittest.main()
