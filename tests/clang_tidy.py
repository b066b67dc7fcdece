#!/usr/bin/env python3
"""Runs clang-tidy over the sources of a build directory that was configured with clang: clang_tidy.py BUILD.

Most of its time goes into headers, so files that are compiled alike are looked at together, as one that includes them.
Files that define the same name are kept apart; those that do not go together for another reason are looked at one by
one. What was clean under the same .clang-tidy is not looked at again.
"""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = f"^{ROOT}/(adapters|bench|gateway|plugins|sdk|tests)/.*[.](cpp|hpp|c)$"
TOGETHER = 12

# These include code that is generated only when they are built.
LEFT_OUT = ROOT / "tests/support/matrix"

# What is defined at the left margin: a test by its two names, a plugin, a type, a function or a variable.
DEFINED = re.compile(
    r"^(?:TEST(?:_[FP])?\((\w+, *\w+)\)|(extern|MILLRACE)|(?:class|struct|enum class|enum|union|using) (\w+)|"
    r"(?!return|namespace|using|template|#| )[\w:<>,&*\[\] ]*[\w>&*\]] [&*]?(\w+)(?=[\[({ ;=]))", re.MULTILINE)


class Unit:
    """Files that are looked at together."""

    def __init__(self, options, directory):
        self.options, self.directory, self.paths, self.names = options, directory, [], set()

    def takes(self, names):
        return len(self.paths) < TOGETHER and self.names.isdisjoint(names)

    def add(self, path, names):
        self.paths.append(path)
        self.names |= names


def options_of(entry):
    """What a file is compiled with, without its name and its output."""
    command = shlex.split(entry["command"])
    command = command[1:] if "ccache" in command[0] else command
    at = command.index("-o")
    return [each for each in command[:at] + command[at + 2:] if each not in ("-c", entry["file"])]


def units(build):
    """Our own files, by those that are compiled alike."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if not path.is_relative_to(ROOT) or path.is_relative_to(build) or path.is_relative_to(LEFT_OUT):
            continue
        options = options_of(entry)
        alike = found.setdefault((path.suffix, *sorted(options)), [])
        names = {next(filter(None, each)) for each in DEFINED.findall(path.read_text())}
        unit = next((each for each in alike if each.takes(names)), None)
        if not unit:
            unit = Unit(options, entry["directory"])
            alike.append(unit)
        unit.add(path, names)
    return [unit for alike in found.values() for unit in alike]


def tidy(path, unit, *more):
    return subprocess.run(["clang-tidy", "--quiet", *more, path, "--", *unit.options[1:]], cwd=unit.directory,
                          capture_output=True, text=True, check=False)


def digest(path, unit, rules):
    text = subprocess.run([*unit.options, "-E", path], cwd=unit.directory, capture_output=True, check=False)
    return hashlib.sha256(rules + shlex.join(unit.options).encode() + text.stdout + text.stderr).hexdigest()


def examine(unit, build, rules):
    """What clang-tidy says about the files; empty when they are clean."""
    whole = "".join(f'#include "{path}"  // NOLINT(bugprone-suspicious-include)\n' for path in unit.paths)
    joint = build / "clang_tidy" / (hashlib.sha256(whole.encode()).hexdigest()[:16] + unit.paths[0].suffix)
    joint.write_text(whole)
    stamp = build / "clang_tidy" / digest(joint, unit, rules)
    if stamp.exists():
        return ""
    runs = [tidy(joint, unit, f"--config-file={ROOT / '.clang-tidy'}", f"--header-filter={OURS}")]
    if runs[0].returncode and len(unit.paths) > 1:
        runs = [tidy(path, unit) for path in unit.paths]
    if any(each.returncode for each in runs):
        return "".join(each.stdout + each.stderr for each in runs if each.returncode)
    stamp.touch()
    return ""


def main():
    build = Path(sys.argv[1]).resolve()
    (build / "clang_tidy").mkdir(exist_ok=True)
    rules = (ROOT / ".clang-tidy").read_bytes()
    found = units(build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda unit: examine(unit, build, rules), found))
    failed = [answer for answer in answers if answer]
    print("".join(failed) + f"clang-tidy: {sum(len(unit.paths) for unit in found)} files, {len(failed)} with findings")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
