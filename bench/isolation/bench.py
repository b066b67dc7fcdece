"""Isolation: what a consumer that sleeps 1 s in a sync handler costs the clients of others. See README.md."""

import subprocess
import sys
import tempfile

import gateway
import harness
import ws_load
from ws_load import Cell

OTHERS = {"an inline consumer": "/echo", "a sync consumer": "/sync"}
LOAD = Cell(16, 64, 1)
SLEEPERS = Cell(50, 64, 4)
SLEEP_S = 3600  # until told to end


def p99_us(path, is_beside, seconds):
    """From a fresh start, alone or beside the sleeper."""
    with tempfile.TemporaryDirectory() as directory, gateway.start(directory) as server:
        server.wait_for_port(server.port)
        sleepers = None
        if is_beside:
            sleepers = subprocess.Popen(ws_load.command(server.port, "/nap", SLEEPERS, SLEEP_S, server.is_tls))
        try:
            return ws_load.measure_undisturbed(server, path, LOAD, seconds).p99_us
        finally:
            if sleepers:
                sleepers.kill()
                sleepers.wait()


def run(options):
    if not ws_load.PROGRAM.exists():
        sys.exit(f"{ws_load.PROGRAM.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    print(f"  {gateway.find()}", flush=True)
    rows, targets = [], []
    for who, path in OTHERS.items():
        alone_us, beside_us = [], []
        for i in range(options.runs):
            print(f"run {i + 1} of {options.runs}, {who}", file=sys.stderr, flush=True)
            for is_beside in (False, True) if i % 2 == 0 else (True, False):
                (beside_us if is_beside else alone_us).append(p99_us(path, is_beside, 1 if options.quick else 3))
        alone, beside = harness.median(alone_us), harness.median(beside_us)
        rows.append([f"{who}, {LOAD}", f"{alone:.0f}", f"{min(alone_us):.0f} - {max(alone_us):.0f}",
                     f"{beside:.0f}", f"{min(beside_us):.0f} - {max(beside_us):.0f}"])
        targets.append(harness.Target(f"p99 of {who}: beside the sleeper / alone", 1.2, beside / alone, at_most=True))
    harness.print_table("p99 in us, medians", ["", "alone", "least - most", "beside", "least - most"], rows)
    harness.print_targets(targets)
    return targets
