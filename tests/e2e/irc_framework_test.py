"""The codec of IRC against npm `irc-framework`. Usage: irc_framework_test.py [COUNT [SEED]]

COUNT random lines are read by both, and what Millrace writes is read by it. Skipped, loudly, where node or the package
cannot be had.
"""

import random
import subprocess
import sys

import npm


def main():
    folder = npm.install("irc_framework")
    count = sys.argv[1] if len(sys.argv) > 1 else "5000"
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(1 << 31))
    command = ["node", "compare.js", str(npm.BUILD / "tests" / "irc_lines"), count, seed]
    return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
