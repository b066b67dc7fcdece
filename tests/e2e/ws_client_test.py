"""A second client that this project did not write: npm `ws`. Skipped, loudly, where it cannot be had."""

import subprocess
import sys

import npm
from gateway import DEADLINE_S, Gateway, wait_until


def main():
    folder = npm.install("ws_client")
    with Gateway("web: { type: websocket, listen: '127.0.0.1:0', max_message: 8MiB, send_buffer: 16MiB }",
                 "echo: { plugin: echo }\ncommands: { plugin: commands }",
                 "- { name: echo, match: { adapter: web, path: /echo }, to: echo }\n"
                 "- { name: commands, match: { adapter: web, path: /commands }, to: commands }") as gateway:
        subprocess.run(["node", "client.js", str(gateway.port())], cwd=folder, timeout=DEADLINE_S * 4, check=True)
        wait_until(lambda: gateway.scopes() == 0, "no scope is left")
        gateway.check_counts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
