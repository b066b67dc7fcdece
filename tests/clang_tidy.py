#!/usr/bin/env python3
"""Runs clang-tidy over the sources of a build directory that was configured with clang: clang_tidy.py BUILD.

A file whose preprocessed text was clean under the same .clang-tidy is not looked at again.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


# These include code that is generated only when they are built.
LEFT_OUT = ROOT / "tests/support/matrix"


def sources(build):
    """Our own files, with the command that compiles each."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if path.is_relative_to(ROOT) and not path.is_relative_to(build) and not path.is_relative_to(LEFT_OUT):
            found[path] = entry
    return found


def digest(path, entry, rules):
    command = shlex.split(entry["command"])
    command = command[1:] if "ccache" in command[0] else command
    command[command.index("-o") + 1] = "-"
    text = subprocess.run(command + ["-E"], cwd=entry["directory"], capture_output=True, check=False)
    return hashlib.sha256(rules + shlex.join(command).encode() + text.stdout + text.stderr).hexdigest()


def examine(path, entry, build, rules):
    """What clang-tidy says about the file; empty when it is clean."""
    stamp = build / "clang_tidy" / digest(path, entry, rules)
    if stamp.exists():
        return ""
    run = subprocess.run(["clang-tidy", "-p", build, "--quiet", path], capture_output=True, text=True, check=False)
    if run.returncode == 0:
        stamp.touch()
        return ""
    return run.stdout + run.stderr


def main():
    build = Path(sys.argv[1]).resolve()
    (build / "clang_tidy").mkdir(exist_ok=True)
    rules = (ROOT / ".clang-tidy").read_bytes()
    found = sources(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda item: examine(*item, build, rules), found.items()))
    failed = [answer for answer in answers if answer]
    print("".join(failed) + f"clang-tidy: {len(found)} files, {len(failed)} with findings")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
