#!/usr/bin/env python3
"""Runs a bench suite: bench/<name>/bench.py, whose run(options) returns the targets it measured.

Builds nothing of ours. Exit code: 0 where every target is met, 1 where one is missed or could not be measured.
"""

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import harness

HERE = Path(__file__).resolve().parent


def main():
    names = sorted(path.parent.name for path in HERE.glob("*/bench.py"))
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("name", nargs="?", choices=names, help="the suite; all of them where left out")
    arguments.add_argument("--quick", action="store_true", help="1 s a cell: to see that it works, not to quote")
    arguments.add_argument("--runs", type=int, default=5, help="alternating runs over all servers (default 5)")
    options = arguments.parse_args()
    if options.runs < 1:
        arguments.error("--runs must be at least 1")
    if options.name is None:
        return max([subprocess.call([sys.executable, *sys.argv, name]) for name in names])
    print(f"bench {options.name}\n{harness.machine()}", flush=True)
    sys.path.insert(0, str(HERE / options.name))
    targets = importlib.import_module("bench").run(options)
    return 0 if all(target.met() for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
