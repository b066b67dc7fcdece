"""The spool alone: durable messages a second beside a bare SQLite loop, and a backlog."""

import json
import subprocess
import sys

import bare
import harness

PROGRAM = harness.BUILD / "bench" / "spool"
SHAPE = bare.Shape(payload_bytes=64, fields_bytes=60, prefix_bytes=100, lanes=50)
KINDS = {"one message a request": (1, 512), "16 messages a request": (16, 512)}  # And requests under way.
MILLION = 1_000_000


def run_spool(kind, directory, *numbers):
    """Its lines, by what they say they are; of several of one kind all."""
    command = [str(PROGRAM), kind, directory, *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise harness.Failed(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    found = {}
    for line in done.stdout.splitlines():
        found.setdefault(json.loads(line)["run"], []).append(json.loads(line))
    return found


def through(directory, options):
    """For each kind the runs of the spool and of the bare loop, one behind the other."""
    messages = 50_000 if options.quick else 300_000
    samples = {kind: [] for kind in KINDS}
    for i in range(options.runs):
        print(f"spool alone, run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        for kind, (batch, under_way) in KINDS.items():
            [found] = run_spool("through", directory, messages, SHAPE.payload_bytes, batch, under_way,
                                SHAPE.lanes)["spool"]
            rows = bare.rows(directory, SHAPE, messages, batch, found["groups"])
            samples[kind].append((found["messages_s"], rows))
    return samples


def run(directory, options):
    samples = through(directory, options)
    messages = MILLION // 5 if options.quick else 3 * MILLION
    backlog = run_spool("backlog", directory, messages, SHAPE.payload_bytes, 1, 1, SHAPE.lanes)
    rows, targets = [], []
    for kind, pairs in samples.items():
        ours, others = (harness.median([pair[i] for pair in pairs]) for i in (0, 1))
        ratio = harness.median([pair[0] / pair[1] for pair in pairs])
        rows.append([kind, f"{ours:,.0f}", f"{others:,.0f}", f"{ratio:.2f}"])
        targets.append(harness.Target(f"spool alone, {kind}: durable messages", 20, ours / 1000, "k/s"))
        targets.append(harness.Target(f"spool alone, {kind}: / the bare loop", 0.5, ratio))
    harness.print_table("Spool alone: T1 and T2, messages/s", ["", "spool", "bare SQLite", "ratio"], rows)
    filled = [line["rss_kib"] for line in backlog.get("fill", [])]
    result = backlog["backlog"][0]
    cells = [f"{result[key]:,}" for key in ("messages", "ingest_s", "drain_s")]
    harness.print_table("Spool alone: backlog", ["messages", "ingest/s", "drain/s", "RSS MiB"],
                        [[*cells, f"{result['rss_kib'] / 1024:.0f}"]])
    per_second = harness.median([pair[0] for pair in samples["one message a request"]])
    growth = max(filled) / min(filled) if filled else None
    return targets + [
        harness.Target("spool alone, drain of a backlog / T1 and T2 without one", 0.7, result["drain_s"] / per_second),
        harness.Target("spool alone, RSS", 200, max([*filled, result["rss_kib"]]) / 1024, "MiB", at_most=True),
        harness.Target("spool alone, RSS from 1 to 3 million", 1.1, growth, at_most=True)]
