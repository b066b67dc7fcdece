"""A provider's REST API on a free port: it holds requests to what the provider documents, and fails as it is told to.

    with ProviderServer("twilio") as provider:
        provider.behave(["429", "accept"])   # the next requests; those behind them are accepted
        ...
        provider.taken                       # the messages that it has, or may have, in their order

What is wrong with a request is answered 400, and raised when the block is left.
"""

import json
import socket
import struct
import threading
from dataclasses import dataclass

from provider_requests import PROVIDERS, Wrong

REFUSALS = {  # what has no message afterwards
    "429": (429, "Retry-After: 1\r\n", '{"message": "too many requests"}'),
    "401": (401, "", '{"message": "who are you?"}'),
    "302": (302, "Location: /elsewhere\r\n", ""),
}
DOUBTS = {  # what may have one; but kannel's 503 says that it has none
    "500": (500, "", '{"message": "out of order"}'),
    "503": (503, "Retry-After: 1\r\n", "Temporal failure, try again later."),
}


@dataclass
class Request:
    method: str
    target: str
    headers: list
    body: bytes

    def header(self, name):
        """Of the one header of that name; empty where there is none."""
        found = [value for each, value in self.headers if each.lower() == name]
        if len(found) > 1:
            raise Wrong(f"{name} {len(found)} times")
        return found[0] if found else ""


class ProviderServer:
    def __init__(self, name):
        self.name, self.provider = name, PROVIDERS[name]
        self.taken, self.seen, self.wrong = [], [], []
        self.lock = threading.Lock()
        self.plan = []
        self.lines = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_over = threading.Event()

    def __enter__(self):
        self._listen()
        return self

    def __exit__(self, failure, *_):
        self.is_over.set()
        self.leave()
        if not failure and self.wrong:
            raise AssertionError(f"not as documented: {self.wrong}")

    def behave(self, plan):
        with self.lock:
            self.plan = list(plan)

    def leave(self):
        """Nobody listens, and no connection is left."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for line in self.lines:
                hang_up(line)
            self.lines = []

    def come_back(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def _listen(self):
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                line = listener.accept()[0]
            except OSError:
                return
            with self.lock:
                self.lines.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        with line, line.makefile("rb") as reader:
            try:
                while (request := read_request(reader)) and self._answer(line, request):
                    pass
            except Wrong as why:
                self.wrong.append(str(why))
            except OSError:
                pass

    def _answer(self, line, request):
        """Returns whether the connection goes on."""
        with self.lock:
            what = self.plan.pop(0) if self.plan else "accept"
            self.seen.append(what)
        try:
            if request.header("host") != f"127.0.0.1:{self.port}":
                raise Wrong(f"the host is {request.header('host')!r}")
            message = self.provider.read(request)
        except (Wrong, ValueError, KeyError) as why:
            with self.lock:
                self.wrong.append(f"{why} in {request}")
            line.sendall(response(400, "", "{}"))
            return False
        if what in REFUSALS or (what == "503" and self.name == "kannel"):
            line.sendall(response(*(REFUSALS | DOUBTS)[what]))
            return True
        with self.lock:
            self.taken.append(message)
            id = f"id-{len(self.taken)}"
        if what == "silent":
            self.is_over.wait()
            return False
        status, body = self.provider.accepted(id)
        answer = response(*DOUBTS[what]) if what in DOUBTS else response(
            status, "", body if isinstance(body, str) else json.dumps(body))
        if what == "cut":  # Half of it, and then the line is broken.
            line.sendall(answer[:len(answer) - 10])
        if what in ("cut", "close"):  # With a reset, or without.
            if what == "close":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        line.sendall(answer)
        return True


def hang_up(line):
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:  # It has ended by itself.
        pass
    line.close()


def response(status, headers, body):
    head = f"HTTP/1.1 {status} X\r\n{headers}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body.encode()


def read_request(reader):
    """None at the end of what comes."""
    line = reader.readline()
    if not line:
        return None
    words = line.decode().rstrip("\r\n").split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1" or not line.endswith(b"\r\n"):
        raise Wrong(f"the request line is {line!r}")
    headers = []
    while (line := reader.readline()) != b"\r\n":
        name, colon, value = line.decode().partition(":")
        if not colon or not line.endswith(b"\r\n"):
            raise Wrong(f"a header is {line!r}")
        headers.append((name, value.strip()))
    request = Request(words[0], words[1], headers, b"")
    if request.header("transfer-encoding") or request.header("expect"):
        raise Wrong(f"{headers}: the body has to come at once")
    if request.method == "GET" and request.header("content-length"):
        raise Wrong("a GET with a length")
    length = int(request.header("content-length") or 0)
    request.body = reader.read(length)
    return request
