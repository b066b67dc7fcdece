"""What durable messages are compared with, on the same disk: bench/spool/bare.cpp."""

import json
import subprocess
from dataclasses import dataclass

import harness

PROGRAM = harness.BUILD / "bench" / "bare"


def run_bare(*words):
    command = [str(PROGRAM), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise harness.Failed(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Shape:
    """What a message takes in the rows of the spool, and how they are shared out."""

    payload_bytes: int
    fields_bytes: int  # and those of its scope
    prefix_bytes: int  # of a lane
    lanes: int


def rows(directory, shape, messages, batch, groups):
    """Messages a second of SQLite alone, with the same rows in as many transactions; `batch` messages share a T2."""
    return run_bare("rows", directory, messages, shape.payload_bytes, shape.fields_bytes, shape.prefix_bytes, batch,
                    groups, shape.lanes)["messages_s"]


def sync(directory, shape, messages):
    """Messages a second where each has a sync of its own, and the median time that this takes in us."""
    found = run_bare("sync", directory, messages, shape.payload_bytes, shape.fields_bytes)
    return found["messages_s"], found["sync_us"]


def pace_p99_us(directory, shape, per_s, seconds):
    """The time until a message is on the disk, of messages that come evenly, where one sync is for all that are due."""
    return run_bare("pace", directory, per_s, shape.payload_bytes, shape.fields_bytes, seconds)["p99_us"]
