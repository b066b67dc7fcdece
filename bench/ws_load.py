"""The load generator bench/websocket/load.cpp: one cell, measured once, or until other programs leave it alone."""

import json
import subprocess
import time
from dataclasses import dataclass

import harness

PROGRAM = harness.BUILD / "bench" / "ws_load"
NOISE = 0.1  # the share of the machine that other programs may take before a cell is measured again
TRIES = 3


@dataclass(frozen=True)
class Cell:
    connections: int
    payload_bytes: int
    in_flight: int
    work: str = "echo"  # or "group": the first sends, all get it

    def __str__(self):
        size = f"{self.payload_bytes} B" if self.payload_bytes < 1024 else f"{self.payload_bytes // 1024} KiB"
        who = f"1 to {self.connections}" if self.work == "group" else f"{self.connections}"
        return f"{who} x {size} x {self.in_flight} in flight"


@dataclass
class Sample:
    rate: float
    p50_us: float
    p99_us: float
    p999_us: float
    client_busy: float
    server_busy: float
    others_share: float


def command(port, path, cell, seconds, is_tls):
    return harness.pinned(
        [str(PROGRAM), "127.0.0.1", str(port), path, str(cell.connections), str(cell.payload_bytes),
         str(cell.in_flight), str(seconds), cell.work, "wss" if is_tls else "ws"], harness.CLIENT_CORE)


def measure(server, port, path, cell, seconds):
    """One run of the load generator; the shares of CPU time include its warm-up and its end."""
    began, server_s, clients_s, machine_s = (
        time.monotonic(), server.cpu_s(), harness.children_cpu_s(), harness.machine_cpu_s())
    done = subprocess.run(command(port, path, cell, seconds, server.is_tls), capture_output=True, text=True)
    took_s = time.monotonic() - began
    if done.returncode:
        raise harness.Failed(done.stderr.strip())
    load = json.loads(done.stdout)
    if load["dropped"] or load["unanswered"]:
        raise harness.Failed(f"{load['dropped']} connections dropped, {load['unanswered']} messages unanswered")
    server_s = server.cpu_s() - server_s
    client_s = harness.children_cpu_s() - clients_s
    others_s = harness.machine_cpu_s() - machine_s - server_s - client_s
    return Sample(load["messages_per_s"], load["p50_us"], load["p99_us"], load["p999_us"], load["client_busy"],
                  server_s / took_s, max(0, others_s) / took_s / len(harness.CORES))


def measure_undisturbed(server, path, cell, seconds):
    """The first sample that other programs left alone, or else the least disturbed: chosen by noise, not by rate."""
    samples = []
    while len(samples) < TRIES and all(sample.others_share > NOISE for sample in samples):
        samples.append(measure(server, server.port, path, cell, seconds))
    return min(samples, key=lambda sample: sample.others_share)
