"""Peers that are programs of node, with packages of npm."""

import shutil

import harness


def install(peers):
    """Has npm put what the folder's package.json names into the build directory -> the environment that finds it."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise harness.Absent(f"{program} is not installed")
    folder = harness.BUILD / "bench" / "npm" / peers.parent.name
    folder.mkdir(parents=True, exist_ok=True)
    wanted, have = peers / "package.json", folder / "installed-package.json"
    if not have.exists() or have.read_bytes() != wanted.read_bytes():
        shutil.copy(wanted, folder / "package.json")
        harness.output(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"],
                       cwd=folder)
        shutil.copy(wanted, have)
    return {"NODE_PATH": str(folder / "node_modules")}
