"""A broker that does what a test says, rightly or wrongly: MQTT 5 and 3.1.1 by hand.

    with ScriptedBroker() as broker:
        link = broker.accept()            # CONNECT was read, and answered
        link.send(publish(...))
"""

import socket
import struct

DEADLINE_S = 15


def varint(number):
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def packet(kind, body=b"", flags=0):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def connack(code=0, present=False, properties=b""):
    return packet(2, bytes([present, code]) + varint(len(properties)) + properties)


def publish(topic, payload=b"", qos=0, packet_id=1, properties=b"", flags=0):
    number = struct.pack(">H", packet_id) if qos else b""
    return packet(3, text(topic) + number + varint(len(properties)) + properties + payload, qos << 1 | flags)


class Closed(Exception):
    pass


class Link:
    """One connection, read packet by packet."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(DEADLINE_S)

    def send(self, data):
        self.connection.sendall(data)

    def take(self, size):
        data = b""
        while len(data) < size:
            try:
                piece = self.connection.recv(size - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed
            data += piece
        return data

    def read(self):
        """-> (type, flags, body)"""
        first = self.take(1)[0]
        size, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return first >> 4, first & 15, self.take(size)

    def read_until(self, kind):
        while True:
            found = self.read()
            if found[0] == kind:
                return found

    def serve(self):
        """CONNECT and SUBSCRIBE are answered as they ought to be."""
        self.read_until(1)
        self.send(connack())
        _, _, body = self.read_until(8)
        self.send(packet(9, body[:2] + b"\0" + b"\1"))
        return self

    def rest(self):
        """All packets until the gateway closes."""
        packets = []
        try:
            while True:
                packets.append(self.read())
        except Closed:
            return packets

    def close(self):
        self.connection.close()


class ScriptedBroker:
    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.listener.settimeout(DEADLINE_S)
        self.port = self.listener.getsockname()[1]
        self.links = []
        return self

    def __exit__(self, *_):
        self.listener.close()
        for link in self.links:
            link.close()

    def accept(self):
        """The next connection, nothing of it read."""
        self.links.append(Link(self.listener.accept()[0]))
        return self.links[-1]
