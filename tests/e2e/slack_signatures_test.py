#!/usr/bin/env python3
"""Slack's signature against its own verifier, of @slack/bolt. Usage: slack_signatures_test.py [COUNT [SEED]]

COUNT random requests are signed, then changed in one byte of body, signature and time: the gateway takes those that
Slack's verifier takes, but for such as come from the future. Skipped, loudly, where node or the package cannot be had.
"""

import random
import subprocess
import sys

import npm
from gateway import Gateway
from slack_server import SECRET, SlackServer, events_adapter


def main():
    folder = npm.install("slack_sdk")
    count = sys.argv[1] if len(sys.argv) > 1 else "2000"
    seed = sys.argv[2] if len(sys.argv) > 2 else str(random.randrange(1, 1 << 31))
    print(f"seed {seed}")
    with SlackServer() as slack:
        echo = "echo: { plugin: echo }"
        with Gateway(events_adapter(slack), echo, "- { name: all, match: {}, to: echo }") as gateway:
            gateway.wait_line("is millrace .U0BOT. in Tests")
            command = ["node", "verify.js", str(gateway.port("slack")), SECRET, count, seed]
            return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
