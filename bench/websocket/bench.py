"""WebSocket: echo through the whole gateway beside a plain Beast server, npm ws and Django Channels. See README.md."""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import harness
from contenders import ASYNC_CHANNELS, BEAST, ECHO, NPM_WS, PARSE, contenders, start_gateway

LOAD = harness.BUILD / "bench" / "ws_load"
IDLE_S = 1
STARTS = 5
NOISE = 0.1  # the share of the machine that other programs may take before a cell is measured again
TRIES = 3


@dataclass(frozen=True)
class Cell:
    connections: int
    payload_bytes: int
    in_flight: int

    def __str__(self):
        size = f"{self.payload_bytes} B" if self.payload_bytes < 1024 else f"{self.payload_bytes // 1024} KiB"
        return f"{self.connections} x {size} x {self.in_flight} in flight"


SINGLE, DEEP, LARGE = Cell(50, 64, 1), Cell(50, 64, 32), Cell(50, 16384, 4)
CELLS = [SINGLE, DEEP, LARGE]
CELLS_OF = {PARSE: [DEEP]}


@dataclass
class Sample:
    rate: float
    p50_us: float
    p99_us: float
    p999_us: float
    client_busy: float
    server_busy: float
    others_share: float


class Results:
    def __init__(self):
        self.samples = {}
        self.failures = {}

    def fail(self, title, cell, reason):
        self.failures.setdefault((title, cell), reason)

    def median(self, title, cell, field):
        if (title, cell) in self.failures or (title, cell) not in self.samples:
            return None
        return harness.median([getattr(sample, field) for sample in self.samples[title, cell]])

    def ratio(self, title, other, cell):
        rate, base = self.median(title, cell, "rate"), self.median(other, cell, "rate")
        return rate / base if rate and base else None

    def others_share(self):
        return max((s.others_share for samples in self.samples.values() for s in samples), default=0)


def measure(server, port, path, cell, seconds):
    """One run of the load generator; the shares of CPU time include its warm-up and its end."""
    command = [str(LOAD), "127.0.0.1", str(port), path, str(cell.connections), str(cell.payload_bytes),
               str(cell.in_flight), str(seconds), "text"]
    began, server_s, clients_s, machine_s = (
        time.monotonic(), server.cpu_s(), harness.children_cpu_s(), harness.machine_cpu_s())
    done = subprocess.run(harness.pinned(command, harness.CLIENT_CORE), capture_output=True, text=True)
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


def measure_undisturbed(server, contender, cell, seconds):
    """The first sample that other programs left alone, or else the least disturbed: chosen by noise, not by rate."""
    samples = []
    while len(samples) < TRIES and all(sample.others_share > NOISE for sample in samples):
        samples.append(measure(server, server.port, contender.path, cell, seconds))
    return min(samples, key=lambda sample: sample.others_share)


def run_once(contender, results, seconds):
    cells = CELLS_OF.get(contender.title, CELLS)
    try:
        with tempfile.TemporaryDirectory() as directory, contender.start(directory) as server:
            server.wait_for_port(server.port)
            for cell in cells:
                try:
                    sample = measure_undisturbed(server, contender, cell, seconds)
                    results.samples.setdefault((contender.title, cell), []).append(sample)
                except harness.Failed as failure:
                    results.fail(contender.title, cell, str(failure))
    except harness.Failed as failure:
        for cell in cells:
            results.fail(contender.title, cell, str(failure))


def start_and_idle():
    """Medians over fresh starts: milliseconds from exec until /readyz says 200, and MiB resident when idle."""
    ready_ms, resident_mib = [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as directory, start_gateway(directory, pinned=False) as server:
            ready_ms.append(1000 * server.wait(lambda: harness.answers_200(server.admin_port, "/readyz"), 0.001))
            time.sleep(IDLE_S)
            resident_mib.append(server.resident_mib())
    return harness.median(ready_ms), harness.median(resident_mib)


def print_rates(present, results):
    rows = []
    for cell in CELLS:
        for contender in present:
            samples = results.samples.get((contender.title, cell))
            if not samples or (contender.title, cell) in results.failures:
                continue

            def whole(field):
                return f"{results.median(contender.title, cell, field):,.0f}"

            def share(field):
                return f"{100 * results.median(contender.title, cell, field):.0f} %"

            rates = [sample.rate for sample in samples]
            ratio = results.ratio(contender.title, BEAST, cell)
            rows.append([f"{cell}: {contender.title}", whole("rate"), f"{min(rates):,.0f} - {max(rates):,.0f}",
                         f"{ratio:.2f}" if ratio else "-", whole("p50_us"), whole("p99_us"), whole("p999_us"),
                         share("server_busy"), share("client_busy"), share("others_share")])
    heads = ["connections x payload x messages", "messages/s", "least - most", "/ Beast", "p50 us", "p99 us",
             "p999 us", "server CPU", "client CPU", "others"]
    harness.print_table("Medians", heads, rows)


def print_ratios(results):
    def ratio(title, other, cell):
        value = results.ratio(title, other, cell)
        return f"{value:.2f}" if value else "-"

    rows = [[f"{title}, {cell}", *(ratio(title, other, cell) for other in (BEAST, NPM_WS, ASYNC_CHANNELS))]
            for title in (ECHO, PARSE) for cell in CELLS_OF.get(title, CELLS)]
    harness.print_table("Ratios", ["", f"/ {BEAST}", f"/ {NPM_WS}", f"/ {ASYNC_CHANNELS}"], rows)


def targets_of(results, ready_ms, resident_mib):
    def ratio(title, other, cell, bound):
        return harness.Target(f"{title} / {other}, {cell}", bound, results.ratio(title, other, cell))

    return [
        ratio(ECHO, BEAST, SINGLE, 0.9),
        ratio(ECHO, BEAST, DEEP, 10),
        ratio(PARSE, BEAST, DEEP, 4),
        ratio(ECHO, BEAST, LARGE, 3),
        ratio(ECHO, ASYNC_CHANNELS, DEEP, 50),
        harness.Target("start to ready", 300, ready_ms, "ms", at_most=True),
        harness.Target("idle RSS", 40, resident_mib, "MiB", at_most=True),
    ]


def run(options):
    if not LOAD.exists():
        sys.exit(f"{LOAD.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    present = []
    for contender in contenders():
        try:
            print(f"  {contender.title}: {contender.find()}", flush=True)
            present.append(contender)
        except harness.Absent as absent:
            print(f"  {contender.title}: ABSENT, not measured: {absent}", flush=True)
    results = Results()
    for i in range(options.runs):
        print(f"run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        for contender in present if i % 2 == 0 else reversed(present):
            run_once(contender, results, 1 if options.quick else 3)
    ready_ms = resident_mib = None
    if any(contender.title == ECHO for contender in present):
        try:
            ready_ms, resident_mib = start_and_idle()
        except harness.Failed as failure:
            print(f"FAILED: start to ready: {failure}")
    for (title, cell), reason in results.failures.items():
        print(f"FAILED: {title}, {cell}: {reason}")
    print_rates(present, results)
    print_ratios(results)
    targets = targets_of(results, ready_ms, resident_mib)
    harness.print_targets(targets)
    if results.others_share() > NOISE:
        print(f"\nOther programs took up to {100 * results.others_share():.0f} % of the machine during a cell: "
              "do not quote these figures.")
    return targets
