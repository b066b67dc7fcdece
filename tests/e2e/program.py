"""The program as its users meet it: a command that ends, or one that runs; and a test with a folder of its own."""
import contextlib
import http.client
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import unittest

from gateway import BINARY, DEADLINE_S

CONFIG = """\
version: 1
gateway: { name: edge, state_dir: state, admin: "127.0.0.1:0", drain: 2s }
adapters:
  web: { type: websocket, listen: "127.0.0.1:0" }
consumers:
  echo: { plugin: echo }
  audit: { plugin: audit, config: { path: audit.jsonl } }
routes:
  - { name: echo, match: { adapter: web, path: /echo }, to: echo }
  - { name: audit, match: { adapter: web, path: /audit }, to: audit }
"""


def millrace(*arguments, cwd=None):
    return subprocess.run([BINARY, *arguments], cwd=cwd, capture_output=True, text=True, timeout=DEADLINE_S,
                          check=False)


class Running:
    """`millrace run`, until the block is left."""

    def __init__(self, config, cwd="/"):
        self.config = config
        self.cwd = cwd
        self.log = ""

    def __enter__(self):
        self.process = subprocess.Popen([BINARY, "run", "-c", self.config], cwd=self.cwd, stderr=subprocess.PIPE,
                                        text=True)
        self.wait_for("ready in ")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def wait_for(self, text):
        """Reads the log up to the line that has `text`, which it returns. ctest's time limit is the deadline."""
        for line in self.process.stderr:
            self.log += line
            if text in line:
                return line
        raise AssertionError(f"the log never said {text!r}:\n{self.log}")

    def port(self, who):
        return int(re.search(rf"{who} 127\.0\.0\.1:(\d+)", self.log)[1])

    def get(self, path):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port("admin on"), DEADLINE_S)) as admin:
            admin.request("GET", path)
            answer = admin.getresponse()
            return answer.status, answer.read().decode()

    def connect(self, path):
        """An accepted WebSocket connection that never says a word."""
        peer = socket.create_connection(("127.0.0.1", self.port("listening on")), DEADLINE_S)
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        assert peer.recv(4096).startswith(b"HTTP/1.1 101 ")
        return peer

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.log += self.process.stderr.read()
        return self.process.wait(DEADLINE_S)


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="millrace-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.config = self.folder / "gateway.yaml"
        self.write(CONFIG)

    def write(self, text):
        self.config.write_text(text)

    def change(self, old, new):
        assert CONFIG.count(old) == 1, old
        self.write(CONFIG.replace(old, new))
