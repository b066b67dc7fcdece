"""Many connections that come and then are idle: how many a second a server lets in, and what each costs it."""

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass

import harness
from contenders import ASYNC_CHANNELS, BEAST, ECHO, NPM_WS

PROGRAM = harness.BUILD / "bench" / "ws_crowd"
TITLES = (BEAST, NPM_WS, ASYNC_CHANNELS, ECHO)
CONNECTIONS, QUICK_CONNECTIONS = 10_000, 1000
ABREAST = 64
RUNS = 3
IDLE_S = 1


@dataclass
class Crowd:
    connections: int
    rates: dict  # of each title, connections a second in each run
    kib: dict  # of each title, memory of the server for each connection, in KiB, in each run

    def rate(self, title):
        return harness.median(self.rates[title]) if self.rates.get(title) else None

    def kib_each(self, title):
        return harness.median(self.kib[title]) if self.kib.get(title) else None

    def rows(self):
        return [[title, f"{self.rate(title):,.0f}", f"{min(self.rates[title]):,.0f} - {max(self.rates[title]):,.0f}",
                 f"{self.kib_each(title):.1f}", f"{min(self.kib[title]):.1f} - {max(self.kib[title]):.1f}"]
                for title in self.rates]


def measure(server, path, connections):
    """Connections a second, and KiB of the server's memory each."""
    before_mib = server.resident_mib()
    command = [str(PROGRAM), "127.0.0.1", str(server.port), path, str(connections), str(ABREAST)]
    crowd = subprocess.Popen(harness.pinned(command, harness.CLIENT_CORE), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = crowd.stdout.readline()
    time.sleep(IDLE_S)
    kib = (server.resident_mib() - before_mib) * 1024 / connections
    _, complaint = crowd.communicate("")
    if crowd.returncode:
        raise harness.Failed(complaint.strip())
    return json.loads(line)["connections_per_s"], kib


def run(present, options):
    if harness.raise_descriptors() < 2 * QUICK_CONNECTIONS:
        raise harness.Absent("too few descriptors are allowed")
    crowd = Crowd(QUICK_CONNECTIONS if options.quick else CONNECTIONS, {}, {})
    ours = [contender for contender in present if contender.title in TITLES]
    for i in range(min(options.runs, RUNS)):
        for contender in ours if i % 2 == 0 else reversed(ours):
            try:
                with tempfile.TemporaryDirectory() as directory, contender.start(directory) as server:
                    server.wait_for_port(server.port)
                    rate, kib = measure(server, contender.path, crowd.connections)
                    crowd.rates.setdefault(contender.title, []).append(rate)
                    crowd.kib.setdefault(contender.title, []).append(kib)
            except harness.Failed as failure:
                print(f"FAILED: {contender.title}, {crowd.connections} connections: {failure}")
    return crowd


def show(crowd):
    harness.print_table(f"{crowd.connections:,} connections, medians",
                        ["", "connections/s", "least - most", "KiB each, idle", "least - most"], crowd.rows())
