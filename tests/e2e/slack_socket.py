"""Slack's side of Socket Mode: connections with a ticket each, envelopes, and what is acknowledged."""

import base64
import hashlib
import itertools
import json
import struct
import threading

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class SocketMode:
    """`connections`: those that are open, the oldest first; `counts`: how many there were, after each change. `acks`:
    envelope ids with the number of the connection that they came over."""

    def __init__(self, server):
        self.server = server
        self.tickets, self.numbers, self.envelopes = set(), itertools.count(1), itertools.count(1)
        self.connections, self.acks, self.payloads = [], [], {}
        self.opened, self.counts = 0, []
        self.says_hello = True
        self.next = itertools.count()

    def ticket(self):
        ticket = f"secret-{next(self.numbers)}"
        self.tickets.add(ticket)
        return f"{self.server.url.replace('http', 'ws', 1)}/link?ticket={ticket}&app_id=A1"

    def serve(self, handler, query):
        """One connection, from its request to its end, on the thread of its own."""
        key = handler.headers.get("Sec-WebSocket-Key")
        with self.server.lock:
            is_known = query.get("ticket") in self.tickets
            self.tickets.discard(query.get("ticket"))  # It is good once.
        if not is_known or not key:
            return handler.answer(404 if key else 400, {}, {})
        accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()
        handler.wfile.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        connection = Connection(handler, self)
        with self.server.lock:
            self.opened += 1
            connection.number = self.opened
            self.connections.append(connection)
            self.counts.append(len(self.connections))
            self.server.news.notify_all()
        if self.says_hello:
            connection.hello(len(self.connections))
        try:
            connection.run()
        finally:
            with self.server.lock:
                self.connections.remove(connection)
                self.counts.append(len(self.connections))
                self.server.news.notify_all()

    def push(self, kind, payload, envelope_id=None, connection=None, attempt=0, reason=""):
        """Brings something over one of the connections, in turn -> its envelope id."""
        envelope_id = envelope_id or f"envelope-{next(self.envelopes)}"
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": payload,
                    "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope.update(retry_attempt=attempt, retry_reason=reason)
        with self.server.lock:
            connection = connection or self.connections[next(self.next) % len(self.connections)]
        connection.send(json.dumps(envelope))
        return envelope_id

    def acked(self, envelope_id):
        """The numbers of the connections on which it was."""
        with self.server.lock:
            return [number for each, number in self.acks if each == envelope_id]

    def close_all(self):
        with self.server.lock:
            connections = list(self.connections)
        for each in connections:
            each.cut()


class Connection:
    def __init__(self, handler, mode):
        self.handler, self.mode, self.number = handler, mode, 0
        self.writing = threading.Lock()
        self.pings, self.answers_pings, self.close_code = 0, True, None

    def hello(self, count):
        self.send(json.dumps({"type": "hello", "num_connections": count, "connection_info": {"app_id": "A1"},
                              "debug_info": {"host": "applink-test", "approximate_connection_time": 18060}}))

    def disconnect(self, reason):
        self.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-test"}}))

    def send(self, text):
        self.frame(TEXT, text.encode() if isinstance(text, str) else text)

    def close(self, code=1000):
        self.frame(CLOSE, struct.pack("!H", code))

    def ping(self):
        self.frame(PING, b"Ping from applink-test")

    def frame(self, opcode, payload, first=0x80):
        size = len(payload)
        head = bytes([first | opcode])
        head += bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536 else \
            b"\x7f" + struct.pack("!Q", size)
        with self.writing:
            try:
                self.handler.wfile.write(head + payload)
            except OSError:
                pass

    def cut(self):
        try:
            self.handler.connection.shutdown(2)
        except OSError:
            pass

    def run(self):
        try:
            while (frame := self.read()) is not None:
                self.take(*frame)
                if frame[0] == CLOSE:
                    return
        except OSError:
            pass

    def read(self):
        reader = self.handler.rfile
        head = reader.read(2)
        if len(head) < 2:
            return None
        if not head[1] & 0x80:
            self.mode.server.wrong.append("a frame of a client is not masked")
        size = head[1] & 0x7F
        if size > 125:
            size = int.from_bytes(reader.read(2 if size == 126 else 8), "big")
        key, payload = reader.read(4), reader.read(size)
        return head[0] & 0x0F, bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))

    def take(self, opcode, payload):
        if opcode == TEXT:
            ack = json.loads(payload)
            with self.mode.server.lock:
                self.mode.acks.append((ack["envelope_id"], self.number))
                self.mode.payloads[ack["envelope_id"]] = ack.get("payload")
                self.mode.server.news.notify_all()
        elif opcode == PING:
            self.pings += 1
            if self.answers_pings:
                self.frame(PONG, payload)
        elif opcode == CLOSE:
            self.close_code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
            self.frame(CLOSE, payload[:2])
