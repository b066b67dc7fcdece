"""A backlog: a consumer that is stopped while messages come, and then is not."""

import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import durable
import gateway
import harness

MILLION = 1_000_000
LOOK_S = 0.2
COUNTED_WITHIN_S = 5  # The gateway looks at itself now and then.
DRAINED_WITHIN_S = 900


@dataclass
class Backlog:
    messages: int
    fill_per_s: float = 0
    drain_per_s: float = 0
    resident: list = field(default_factory=list)  # (messages on the disk, MiB) while it was filled
    drain_mib: float = 0  # the most while it was drained


class Filling:
    """The clients that fill it, watched from aside. They stay until the block is left."""

    def __init__(self, server, backlog):
        self.server, self.backlog = server, backlog
        self.output = []
        self.process = durable.begin(server, "durable", "fill", durable.DEPTH, backlog.messages)
        self.reader = threading.Thread(target=lambda: self.output.append(self.process.stdout.readline()))

    def __enter__(self):
        self.reader.start()
        return self

    def wait(self):
        while self.reader.is_alive():
            on_disk = gateway.metrics(self.server)["millrace_spool_messages"]
            self.backlog.resident.append((on_disk, self.server.resident_mib()))
            self.reader.join(LOOK_S)
        if not self.output[0]:
            raise harness.Failed(self.process.stderr.read().strip())
        self.backlog.fill_per_s = durable.load_of(self.output[0], "")["messages_per_s"]

    def __exit__(self, *_):
        self.process.communicate()


def measure(directory, messages):
    backlog = Backlog(messages)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        gate = Path(place) / "open"
        with durable.start(place, waits_for=gate) as server:
            server.wait_for_port(server.port)
            with Filling(server, backlog) as filling:
                filling.wait()
                durable.wait_for(server, lambda metrics: metrics["millrace_spool_deliveries"] == messages,
                                 "all that was acknowledged is on the disk", COUNTED_WITHIN_S)
                gate.touch()
                backlog.drain_per_s = messages / drain_s(server, backlog)
            durable.wait_until_handled(server, messages)
    return backlog


def drain_s(server, backlog):
    began = time.monotonic()

    def is_drained(metrics):
        backlog.drain_mib = max(backlog.drain_mib, server.resident_mib())
        return metrics["millrace_spool_deliveries"] == 0

    return durable.wait_for(server, is_drained, "the backlog is drained", DRAINED_WITHIN_S) - began


def run(directory, options, ingest_per_s):
    messages = MILLION // 5 if options.quick else 3 * MILLION
    print(f"backlog of {messages:,}", file=sys.stderr, flush=True)
    backlog = measure(directory, messages)
    full = [mib for on_disk, mib in backlog.resident if on_disk >= messages / 3]
    harness.print_table(
        "Backlog", ["messages", "fill/s", "drain/s", "RSS MiB from a third on", "draining"],
        [[f"{messages:,}", f"{backlog.fill_per_s:,.0f}", f"{backlog.drain_per_s:,.0f}",
          f"{min(full):.0f} - {max(full):.0f}", f"{backlog.drain_mib:.0f}"]])
    return [
        harness.Target("drain of a backlog / durable messages without one", 0.7,
                       backlog.drain_per_s / ingest_per_s if ingest_per_s else None),
        harness.Target("RSS", 200, max(*full, backlog.drain_mib), "MiB", at_most=True),
        harness.Target("RSS from a third of the backlog on, most / least", 1.1, max(full) / min(full), at_most=True)]
