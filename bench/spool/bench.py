"""The spool alone: durable messages a second beside a bare SQLite loop, and a backlog. See README.md."""

import json
import subprocess
import sys
import tempfile

import harness

SPOOL = harness.BUILD / "bench" / "spool"
PAYLOAD_BYTES, LANES = 64, 50
SHAPES = {"one message a request": (1, 512), "16 messages a request": (16, 512)}  # And requests under way.
MILLION = 1_000_000


def run_spool(kind, directory, *numbers):
    """Its lines, by what they say they are; of several of one kind all."""
    command = [str(SPOOL), kind, directory, *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise harness.Failed(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    found = {}
    for line in done.stdout.splitlines():
        found.setdefault(json.loads(line)["run"], []).append(json.loads(line))
    return found


def through(directory, options):
    """For each shape the runs of the spool and of the bare loop, one behind the other."""
    messages = 50_000 if options.quick else 300_000
    samples = {shape: [] for shape in SHAPES}
    for i in range(options.runs):
        print(f"run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        for shape, (batch, under_way) in SHAPES.items():
            found = run_spool("through", directory, messages, PAYLOAD_BYTES, batch, under_way, LANES)
            samples[shape].append((found["spool"][0]["messages_s"], found["bare"][0]["messages_s"]))
    return samples


def run(options):
    if not SPOOL.exists():
        sys.exit(f"{SPOOL.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    with tempfile.TemporaryDirectory(dir=SPOOL.parent) as directory:  # On the disk, which /tmp may not be.
        samples = through(directory, options)
        messages = MILLION // 5 if options.quick else 3 * MILLION
        backlog = run_spool("backlog", directory, messages, PAYLOAD_BYTES, 1, 1, LANES)
    rows, targets = [], []
    for shape, pairs in samples.items():
        ours, bare = (harness.median([pair[i] for pair in pairs]) for i in (0, 1))
        ratio = harness.median([pair[0] / pair[1] for pair in pairs])
        rows.append([shape, f"{ours:,.0f}", f"{bare:,.0f}", f"{ratio:.2f}"])
        targets.append(harness.Target(f"{shape}: durable messages", 20, ours / 1000, "k/s"))
        targets.append(harness.Target(f"{shape}: / the bare loop", 0.5, ratio))
    harness.print_table("T1 and T2, messages/s", ["", "spool", "bare SQLite", "ratio"], rows)
    filled = [line["rss_kib"] for line in backlog.get("fill", [])]
    result = backlog["backlog"][0]
    cells = [f"{result[key]:,}" for key in ("messages", "ingest_s", "drain_s")]
    harness.print_table("Backlog", ["messages", "ingest/s", "drain/s", "RSS MiB"],
                        [[*cells, f"{result['rss_kib'] / 1024:.0f}"]])
    per_second = harness.median([pair[0] for pair in samples["one message a request"]])
    targets.append(harness.Target("drain of a backlog / T1 and T2 without one", 0.7, result["drain_s"] / per_second))
    targets.append(harness.Target("RSS", 200, max([*filled, result["rss_kib"]]) / 1024, "MiB", at_most=True))
    growth = max(filled) / min(filled) if filled else None
    targets.append(harness.Target("RSS from 1 to 3 million", 1.1, growth, at_most=True))
    harness.print_targets(targets)
    return targets
