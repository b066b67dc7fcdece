"""Signatures of SMS providers against their own npm packages. Usage: sms_signatures_test.py [COUNT [SEED]]

COUNT random webhooks a provider are signed by Millrace, then changed in one byte: both have to say the same of each.
Skipped, loudly, where node or the packages cannot be had.
"""

import random
import subprocess
import sys

import npm


def main():
    folder = npm.install("sms_signatures")
    count = sys.argv[1] if len(sys.argv) > 1 else "2000"
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(1 << 31))
    command = ["node", "compare.js", str(npm.BUILD / "tests" / "sms_signatures_program"), count, seed]
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
