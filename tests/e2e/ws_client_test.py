"""A second client that this project did not write: npm `ws`. Skipped, loudly, where it cannot be had."""

import pathlib
import shutil
import subprocess
import sys

from gateway import BUILD, DEADLINE_S, Gateway, wait_until

SKIPPED = 77
SOURCE = pathlib.Path(__file__).with_name("ws_client")
FOLDER = BUILD / "tests" / "ws_client"


def install():
    """Puts client and package into the build directory. Returns why that cannot be, or nothing."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node or npm is not installed"
    shutil.copytree(SOURCE, FOLDER, dirs_exist_ok=True)
    lock = (SOURCE / "package-lock.json").read_text()
    stamp = FOLDER / "installed-package-lock.json"
    if stamp.exists() and stamp.read_text() == lock:
        return None
    command = ["npm", "ci", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        return "npm cannot install ws: " + (done.stderr.strip().splitlines() or ["no reason given"])[0]
    stamp.write_text(lock)
    return None


def main():
    if reason := install():
        print(f"SKIPPED: {reason}")
        return SKIPPED
    with Gateway("web: { type: websocket, listen: '127.0.0.1:0', max_message: 8MiB, send_buffer: 16MiB }",
                 "echo: { plugin: echo }\ncommands: { plugin: commands }",
                 "- { name: echo, match: { adapter: web, path: /echo }, to: echo }\n"
                 "- { name: commands, match: { adapter: web, path: /commands }, to: commands }") as gateway:
        subprocess.run(["node", "client.js", str(gateway.port())], cwd=FOLDER, timeout=DEADLINE_S * 4, check=True)
        wait_until(lambda: gateway.scopes() == 0, "no scope is left")
        gateway.check_counts()
    return 0


if __name__ == "__main__":
    sys.exit(main())
