"""Durable delivery: the spool alone, and the whole gateway with a durable route. See README.md."""

import sys
import tempfile

import backlog
import bare
import beside
import durable
import engine
import gateway
import harness
import ingest


def measured(what, part):
    """The targets of a part, or that there are none."""
    try:
        return part()
    except harness.Failed as failure:
        print(f"FAILED: {what}: {failure}")
        return [harness.Target(what, 1, None)]


def run(options):
    for program in (engine.PROGRAM, bare.PROGRAM, durable.PROGRAM):
        if not program.exists():
            sys.exit(f"{program.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    print(f"  {gateway.find()}", flush=True)
    with tempfile.TemporaryDirectory(dir=harness.BUILD) as directory:  # /tmp may be in memory.
        file_system = harness.output(["stat", "--file-system", "--format=%T", directory])
        if file_system == "tmpfs":
            sys.exit(f"{harness.BUILD.relative_to(harness.ROOT)} is in memory, where a sync costs nothing")
        print(f"  the spool is on {file_system}", flush=True)
        targets = measured("the spool alone", lambda: engine.run(directory, options))
        ingest_targets = measured("durable ingest", lambda: ingest.run(directory, options))
        targets += ingest_targets
        targets += measured("a backlog", lambda: backlog.run(directory, options, ingest.rate_of(ingest_targets)))
        targets += measured("a live route beside", lambda: beside.run(directory, options))
    harness.print_targets(targets)
    return targets
