"""Programs of node with packages of npm, for tests that talk to what this project did not write.

    FOLDER = npm.install("aedes")  # tests/e2e/aedes with its packages; the test ends where those cannot be had
"""

import os
import pathlib
import shutil
import subprocess
import sys

BUILD = pathlib.Path(os.environ["MILLRACE_BUILD_DIR"])
SKIPPED = 77


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def install(name):
    """Copies the folder `name` into the build directory, and has npm put there what its lock file says."""
    if not shutil.which("node") or not shutil.which("npm"):
        skip("node or npm is not installed")
    source, folder = pathlib.Path(__file__).with_name(name), BUILD / "tests" / name
    shutil.copytree(source, folder, dirs_exist_ok=True)
    lock = (source / "package-lock.json").read_text()
    stamp = folder / "installed-package-lock.json"
    if stamp.exists() and stamp.read_text() == lock:
        return folder
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=20000"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        reasons = done.stderr.strip().splitlines() or ["no reason given"]
        skip(f"npm cannot install what {name} needs: {reasons[0]}")
    stamp.write_text(lock)
    return folder
