"""A WebSocket client that can do everything wrong: bytes in, bytes out, nothing hidden."""

import base64
import dataclasses
import os
import socket
import ssl
import struct

from gateway import DEADLINE_S

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = base64.b64encode(bytes(range(16))).decode()
HEADERS = ("Host: localhost", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}",
           "Sec-WebSocket-Version: 13")


@dataclasses.dataclass
class Frame:
    opcode: int
    payload: bytes
    fin: bool = True
    is_compressed: bool = False

    def close_code(self):
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else 1005

    def close_reason(self):
        return self.payload[2:].decode()


def request(path="/echo", headers=(), method="GET", version="HTTP/1.1", standard=HEADERS):
    return "\r\n".join([f"{method} {path} {version}", *standard, *headers, "", ""]).encode()


def frame(opcode, payload=b"", fin=True, mask=True, rsv=0, length=None, length_bytes=None):
    """One frame of a client. `length` and `length_bytes` (0, 2 or 8) say something else than the truth."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload) if length is None else length
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    head = bytes([fin << 7 | rsv << 4 | opcode])
    head += bytes([mask << 7 | {0: size, 2: 126, 8: 127}[length_bytes]]) + size.to_bytes(8, "big")[8 - length_bytes:]
    if not mask:
        return head + payload
    key = os.urandom(4)
    repeated = key * (len(payload) // 4 + 1)
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:len(payload)], "big")
    return head + key + masked.to_bytes(len(payload), "big")


def close_frame(code, reason=""):
    return frame(CLOSE, struct.pack("!H", code) + (reason if isinstance(reason, bytes) else reason.encode()))


class Connection:
    def __init__(self, port, path=None, headers=(), receive_buffer=None, send_buffer=None, tls=None):
        """With a path: shakes hands. `receive_buffer` makes it a client that soon has no room, `send_buffer` one that
        leaves little to the kernel. `tls`: the ssl.SSLContext for wss."""
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE_S)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if send_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        if path is not None:
            self.send(request(path, headers))
            status, self.headers, _ = self.response()
            assert status == "HTTP/1.1 101 Switching Protocols", status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data, piece=None):
        """Sends it, in pieces of that many bytes if told so."""
        for begin in range(0, len(data), piece or max(len(data), 1)):
            self.socket.sendall(data[begin:begin + (piece or len(data))])

    def text(self, text):
        self.send(frame(TEXT, text))

    def response(self):
        """An HTTP response -> (status line, headers by lower-case name, body)."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head = self._take(self.buffer.index(b"\r\n\r\n") + 4)
        status, *lines = head.decode().rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        return status, headers, self._take(int(headers.get("content-length", 0)))

    def frame(self, compressed=False):
        """The next frame of the gateway, which never masks, reserves or writes a length longer than needed. It may be
        compressed if told so."""
        first, second = self._take(2)
        assert first & (0x30 if compressed else 0x70) == 0 and second & 0x80 == 0, (first, second)
        size = second
        if second >= 126:
            size = int.from_bytes(self._take(2 if second == 126 else 8), "big")
            assert size >= (126 if second == 126 else 65536), size
        return Frame(first & 15, self._take(size), first >= 128, first & 0x40 != 0)

    def message(self):
        """The next data frame, past pings."""
        while (got := self.frame()).opcode in (PING, PONG):
            pass
        assert got.opcode in (TEXT, BINARY) and got.fin, got
        return got.payload

    def closing(self):
        """Skips what comes before a close frame -> (code, reason)."""
        while (got := self.frame()).opcode != CLOSE:
            pass
        return got.close_code(), got.close_reason()

    def is_at_end(self):
        """Waits for the end of the connection."""
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except (ConnectionResetError, ssl.SSLEOFError):
            return True

    def leave(self, code=1000, reason=""):
        """Says goodbye as it should be done; returns what the gateway answers."""
        self.send(close_frame(code, reason))
        answer = self.closing()
        assert self.is_at_end()
        self.socket.close()
        return answer

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise EOFError(f"the gateway closed the connection after {bytes(self.buffer)!r}")
        self.buffer += data

    def _take(self, size):
        while len(self.buffer) < size:
            self._more()
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken
