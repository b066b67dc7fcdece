"""Durable ingest through the whole gateway, beside an acked route, bare SQLite, and one sync a message."""

import sys
import tempfile
import time
from dataclasses import dataclass

import bare
import durable
import harness
import ws_load

# As the rows of this gateway's messages are.
SHAPE = bare.Shape(durable.PAYLOAD_BYTES, fields_bytes=48, prefix_bytes=506, lanes=durable.CONNECTIONS)
TURN = 64  # messages that one T2 has at most: this many in each of the bare loop's
SYNCED = 1000
RATE = "durable messages"


@dataclass
class Sample:
    """One run of each, one behind the other on the same disk."""

    durable: float  # messages a second
    acked: float
    rows: float
    synced: float
    open_rate: float
    open_p50_us: float
    open_p99_us: float
    sync_us: float
    disk_p99_us: float  # of the same messages where there is a file and nothing else
    others_share: float  # of the machine, that other programs took in the cells of the gateway


def cell(directory, route, pace, number, seconds):
    """From a fresh start: what the clients saw, transactions, and the share of others. Every message is handled."""
    began, machine_s, clients_s = time.monotonic(), harness.machine_cpu_s(), harness.children_cpu_s()
    with tempfile.TemporaryDirectory(dir=directory) as place:
        with durable.start(place) as server:
            server.wait_for_port(server.port)
            load = durable.drive(server, route, pace, number, seconds)
            durable.wait_until_handled(server, load["sent"])
            groups = durable.groups(server)
    # The gateway has ended, and is a child too.
    others_s = harness.machine_cpu_s() - machine_s - (harness.children_cpu_s() - clients_s)
    return load, groups, max(0, others_s) / (time.monotonic() - began) / len(harness.CORES)


def take_sample(directory, seconds, is_acked_first):
    def acked():
        return cell(directory, "acked", "window", durable.DEPTH, seconds)

    first = acked() if is_acked_first else None
    saturated, groups, others = cell(directory, "durable", "window", durable.DEPTH, seconds)
    synced, sync_us = bare.sync(directory, SHAPE, SYNCED)
    half = int(saturated["messages_per_s"] / 2)
    paced, _, others_paced = cell(directory, "durable", "rate", half, seconds)
    disk_p99_us = bare.pace_p99_us(directory, SHAPE, half, seconds)
    rows = bare.rows(directory, SHAPE, saturated["sent"], TURN, groups)
    load, _, others_acked = first or acked()
    return Sample(saturated["messages_per_s"], load["messages_per_s"], rows, synced, paced["messages_per_s"],
                  paced["p50_us"], paced["p99_us"], sync_us, disk_p99_us, max(others, others_paced, others_acked))


def run(directory, options):
    samples = []
    for i in range(options.runs):
        print(f"ingest, run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        samples.append(take_sample(directory, 1 if options.quick else 3, i % 2 == 1))

    def median(value):
        return harness.median([value(sample) for sample in samples])

    def row(what, value):
        found = [value(sample) for sample in samples]
        return [what, f"{harness.median(found):,.0f}", f"{min(found):,.0f} - {max(found):,.0f}",
                f"{median(lambda s: s.durable / value(s)):.3g}"]

    harness.print_table(
        f"{durable.CONNECTIONS} x {durable.PAYLOAD_BYTES} B x {durable.DEPTH} unsettled: messages/s, medians",
        ["", "messages/s", "least - most", "durable / this"],
        [row("durable route", lambda s: s.durable), row("the same, acked", lambda s: s.acked),
         row("bare SQLite, the same transactions", lambda s: s.rows), row("one sync a message", lambda s: s.synced)])
    harness.print_table(
        "At half of that rate, open loop", ["", "median", "least - most"],
        [[what, f"{median(value):,.0f}", f"{min(map(value, samples)):,.0f} - {max(map(value, samples)):,.0f}"]
         for what, value in {
             "messages/s": lambda s: s.open_rate, "acknowledgement, p50 us": lambda s: s.open_p50_us,
             "acknowledgement, p99 us": lambda s: s.open_p99_us, "a file alone, p99 us": lambda s: s.disk_p99_us,
             "one sync, p50 us": lambda s: s.sync_us}.items()])
    others = max(sample.others_share for sample in samples)
    if others > ws_load.NOISE:
        print(f"\nOther programs took up to {100 * others:.0f} % of the machine: do not quote these figures.")
    return [
        harness.Target(RATE, 20, median(lambda s: s.durable) / 1000, "k/s"),
        harness.Target("durable messages / the bare loop", 0.5, median(lambda s: s.durable / s.rows)),
        harness.Target("p99 of acknowledgement at half the rate / a sync", 10,
                       median(lambda s: s.open_p99_us / s.sync_us), at_most=True)]


def rate_of(targets):
    """Durable messages a second, or None where they could not be measured."""
    return next((1000 * target.measured for target in targets if target.what == RATE), None)
