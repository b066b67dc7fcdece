"""Mail into the gateway from Postfix's smtp-source, beside smtp-sink, aiosmtpd and npm smtp-server. See README.md."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import gateway
import harness
import npm

PEERS = Path(__file__).resolve().parent / "peers"
SESSIONS = 20
IDLE = 1000
IDLE_KIB = 32
DURABLE_RATE = 4_000


@dataclass(frozen=True)
class Cell:
    size: int
    is_reused: bool

    def title(self):
        return f"{self.size // 1000} KB, " + ("connections reused" if self.is_reused else "a connection a mail")


CELLS = [Cell(size, is_reused) for size in (1_000, 100_000) for is_reused in (True, False)]


def tool(name):
    """Postfix's are not where everybody looks."""
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if not found:
        raise harness.Absent(f"{name} (Debian's postfix)")
    return found


def gateway_command(directory, port, delivery):
    config = Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", '
        f'admin: "127.0.0.1:{harness.free_port()}" }}',
        f'adapters: {{ inbox: {{ type: smtp, listen: "127.0.0.1:{port}", accept: "*@in.example.com", threads: 1, '
        "max_mails: 1000000, max_connections: 2000, max_connections_per_address: 2000 } }",
        "consumers: { parse: { plugin: parse_echo } }",
        f"routes: [ {{ name: all, match: {{ adapter: inbox }}, to: parse, delivery: {delivery}"
        f"{', on_reject: dead_letter' if delivery == 'durable' else ''} }} ]",
        ""]))
    return [gateway.BINARY, "run", "--config", config]


def command(server, directory, port):
    if server == "smtp-sink":
        return [tool("smtp-sink"), *(["-u", "nobody"] if is_root() else []), f"127.0.0.1:{port}", "1000"]
    if server == "aiosmtpd":
        return [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
    if server == "smtp-server":
        return ["node", PEERS / "server.js", str(port)]
    return gateway_command(directory, port, server)


def is_root():
    return Path("/proc/self").owner() == "root"


def start(server, directory, port):
    environment = npm.install(PEERS) if server == "smtp-server" else None
    return harness.serve(server, command(server, directory, port), port, directory, cwd=directory,
                         environment=environment)


def measure(server, cell, mails):
    """-> mails a second"""
    port = harness.free_port()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)  # smtp-sink changes its user.
        words = [tool("smtp-source"), "-s", SESSIONS, "-m", mails, "-l", cell.size, *(["-d"] if cell.is_reused else []),
                 "-f", "ada@example.org", "-t", "ops@in.example.com", f"127.0.0.1:{port}"]
        with start(server, directory, port) as running:
            running.wait_for_port(port)
            before = time.perf_counter()
            done = subprocess.run(harness.pinned([str(word) for word in words], harness.CLIENT_CORE),
                                  capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - before
            if done.returncode:
                raise harness.Failed(f"{server}: {done.stderr.strip()}; {running.last_words()}")
    return mails / seconds


def idle_kib():
    """What a session that has said EHLO takes of the gateway's memory."""
    harness.raise_descriptors()
    port = harness.free_port()
    with tempfile.TemporaryDirectory() as directory, start("live", directory, port) as running:
        running.wait_for_port(port)
        before = running.resident_mib()
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(IDLE)]
        for line in lines:
            line.sendall(b"EHLO client.example.org\r\n")
        for line in lines:
            said = b""
            while b"\n250 " not in said:
                said += line.recv(4096)
        after = running.resident_mib()
        for line in lines:
            line.close()
    return (after - before) * 1024 / IDLE


def servers():
    harness.built(gateway.BINARY), harness.built(gateway.PLUGINS / "parse_echo.so")
    tool("smtp-source"), tool("smtp-sink")
    names = ["smtp-sink", "live", "acked", "durable"]
    peers = {"aiosmtpd": lambda: harness.output([sys.executable, "-c", "import aiosmtpd"]),
             "smtp-server": lambda: npm.install(PEERS)}
    for name, find in peers.items():
        try:
            find()
            names.append(name)
        except harness.Absent as absent:
            print(f"  {absent}")
    return names


def run(options):
    names = servers()
    targets, rows = [], []
    for cell in CELLS:
        mails = (4_000 if options.quick else 40_000) // (1 if cell.size == 1_000 else 4)
        samples = {name: [] for name in names}
        for _ in range(options.runs):
            for name in names:
                samples[name].append(measure(name, cell, mails // (10 if name in ("aiosmtpd", "smtp-server") else 1)))
        rate = {name: harness.median(samples[name]) for name in names}
        sink = rate["smtp-sink"]
        rows += [[cell.title(), name, f"{rate[name]:,.0f}", f"{rate[name] / sink:.2f}"] for name in names]
        targets.append(harness.Target(f"{cell.title()}: live / smtp-sink", 0.5, rate["live"] / sink))
        targets.append(harness.Target(f"{cell.title()}: durable / smtp-sink", 0.3, rate["durable"] / sink))
        if cell.size == 1_000:
            targets.append(harness.Target(f"{cell.title()}: durable, mails/s", DURABLE_RATE, rate["durable"], "/s"))
            beside = rate["live"] / rate["aiosmtpd"] if "aiosmtpd" in rate else None
            targets.append(harness.Target(f"{cell.title()}: live / aiosmtpd", 2, beside))
        print(f"  {cell.title()} done", flush=True)
    targets.append(harness.Target("memory of an open session", IDLE_KIB, idle_kib(), "KiB", at_most=True))
    harness.print_table(f"Mails of {SESSIONS} sessions", ["", "server", "mails/s", "of smtp-sink"], rows)
    harness.print_targets(targets)
    return targets
