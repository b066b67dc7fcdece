#!/usr/bin/env python3
"""Who a client of mail is by the DNS, in a network of its own whose server of names is part of this test."""

import fcntl
import json
import os
import pathlib
import smtplib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

from gateway import Gateway, wait_until

IN_NAMESPACE = "MILLRACE_TEST_IN_NAMESPACE"
PTR, A = 12, 1
NAMES = {("7.0.0.127.in-addr.arpa", PTR): "mail.example.org", ("mail.example.org", A): "127.0.0.7",
         ("8.0.0.127.in-addr.arpa", PTR): "mail.example.org"}
SILENT = "9.0.0.127.in-addr.arpa"
ADAPTERS = ("inbox: { type: smtp, listen: '127.0.0.1:0', hostname: mx.example.com, accept: '*@in.example.com', "
            "reverse_dns: true }")
CONSUMERS = "audit: { plugin: audit, config: { path: mails.jsonl } }"
ROUTES = "- { name: all, match: { to: '*@in.example.com' }, to: audit }"


def enter_namespace():
    """Runs the test again where the network and resolv.conf are its own, unless this is that run."""
    if os.environ.get(IN_NAMESPACE):
        return
    for more in ([], ["--user", "--map-root-user"]):
        unshare = ["unshare", "--net", "--mount", *more]
        with tempfile.NamedTemporaryFile() as file:
            trial = [*unshare, "mount", "--bind", file.name, "/etc/resolv.conf"]
            if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
                os.execvpe(unshare[0], [*unshare, sys.executable, *sys.argv], os.environ | {IN_NAMESPACE: "1"})
    print("skipped: this user may have no network of its own")
    sys.exit(77)


def furnish_namespace(folder):
    up = 0x1 | 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", up, b""))  # SIOCSIFFLAGS
    resolv = pathlib.Path(folder) / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\n")
    subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class NameServer(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))

    def run(self):
        while True:
            question, client = self.socket.recvfrom(512)
            end, labels = 12, []
            while question[end]:
                labels.append(question[end + 1:end + 1 + question[end]].decode())
                end += 1 + question[end]
            name, kind = ".".join(labels), struct.unpack_from(">H", question, end + 1)[0]
            if name == SILENT:
                continue
            found = NAMES.get((name, kind))
            data = b"" if not found else encoded(found) if kind == PTR else socket.inet_aton(found)
            head = struct.pack(">HHHHH", 0x8180 if found else 0x8183, 1, int(bool(found)), 0, 0)
            answer = question[:2] + head + question[12:end + 5]
            if found:
                answer += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
            self.socket.sendto(answer, client)


class NamesTest(unittest.TestCase):
    def deliver(self, address):
        """One mail from there -> what the consumer got."""
        path = self.gateway.folder / "mails.jsonl"
        before = len(path.read_text().splitlines()) if path.exists() else 0
        with smtplib.SMTP("127.0.0.1", self.gateway.port("inbox"), "client.example.org",
                          source_address=(address, 0), timeout=20) as client:
            client.sendmail("ada@example.org", "box@in.example.com", f"Subject: from {address}\r\n\r\nfor you\r\n")

        def mails():
            return [json.loads(line) for line in path.read_text().splitlines()[before:] if '"email"' in line]
        wait_until(mails, "the mail")
        return mails()[0]["email"]

    def test_clients_have_names(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        furnish_namespace(folder.name)
        NameServer().start()
        with Gateway(ADAPTERS, CONSUMERS, ROUTES) as self.gateway:
            for address, iprev in (("127.0.0.7", {"result": "PASS", "domain": "mail.example.org"}),
                                   ("127.0.0.8", {"result": "FAIL", "domain": "mail.example.org"}),
                                   ("127.0.0.1", {"result": "PERMERROR"}),
                                   ("127.0.0.9", {"result": "TEMPERROR"})):
                with self.subTest(address=address):
                    email = self.deliver(address)
                    self.assertEqual(email["authentication"]["iprev"], iprev)
                    self.assertEqual("(mail.example.org [127.0.0.7])" in email["trace"], address == "127.0.0.7")


if __name__ == "__main__":
    enter_namespace()
    unittest.main()
