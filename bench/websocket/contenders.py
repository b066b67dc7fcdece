"""The servers that the WebSocket suite measures: how each is found and how it is started, with one server thread."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import harness

PEERS = Path(__file__).resolve().parent / "peers"
BEAST_ECHO = harness.BUILD / "bench" / "beast_echo"
NPM = harness.BUILD / "bench" / "npm"
GATEWAY = harness.BUILD / "bin" / "millrace"
PLUGINS = harness.BUILD / "bench" / "plugins"
DEBIAN_PYTHON = "/usr/bin/python3"

BEAST, NPM_WS = "plain Beast", "npm ws"
ASYNC_CHANNELS, SYNC_CHANNELS = "Channels async", "Channels sync"
ECHO, PARSE = "millrace echo", "millrace parse"


@dataclass
class Contender:
    title: str
    path: str
    find: Callable[[], str]  # returns what was found; raises harness.Absent
    start: Callable[[str], harness.Server]  # from a fresh directory


def contenders():
    return [
        Contender(BEAST, "/echo", find_beast, start_beast),
        Contender(NPM_WS, "/echo", find_npm_ws, start_npm_ws),
        Contender(ASYNC_CHANNELS, "/echo", find_channels, start_channels),
        Contender(SYNC_CHANNELS, "/sync", find_channels, start_channels),
        Contender(ECHO, "/echo", find_gateway, start_gateway),
        Contender(PARSE, "/parse", find_parse_echo, start_gateway),
    ]


def serve(title, command, port, directory, pinned=True, **where):
    command = [str(word) for word in command]
    server = harness.Server(title, harness.pinned(command, harness.SERVER_CORE) if pinned else command, directory,
                            **where)
    server.port = port
    return server


def built(path):
    if not path.exists():
        raise harness.Absent(f"{path.relative_to(harness.ROOT)} is not built")
    return str(path.relative_to(harness.ROOT))


def output(command, **where):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, **where)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise harness.Absent(f"{command[0]}: {error}") from error
    if done.returncode:
        raise harness.Absent(f"{' '.join(command[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def find_beast():
    return built(BEAST_ECHO)


def start_beast(directory):
    port = harness.free_port()
    return serve(BEAST, [BEAST_ECHO, port], port, directory)


def find_npm_ws():
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise harness.Absent(f"{program} is not installed")
    NPM.mkdir(parents=True, exist_ok=True)
    wanted, have = PEERS / "package.json", NPM / "package.json"
    if not have.exists() or have.read_bytes() != wanted.read_bytes() or not (NPM / "node_modules" / "ws").exists():
        shutil.copy(wanted, have)
        output(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=NPM)
    version = output(["node", "-p", "require('ws/package.json').version"], cwd=NPM)
    return f"ws {version}, node {output(['node', '--version'])}"


def start_npm_ws(directory):
    port = harness.free_port()
    return serve(NPM_WS, ["node", PEERS / "ws_echo.js", port], port, directory,
                 environment={"NODE_PATH": str(NPM / "node_modules")})


def find_channels():
    show = "import channels, daphne, django; print(channels.__version__, daphne.__version__, django.__version__)"
    channels, daphne, django = output([DEBIAN_PYTHON, "-c", show]).split()
    return f"channels {channels}, daphne {daphne}, Django {django}"


def start_channels(directory):
    port = harness.free_port()
    command = [DEBIAN_PYTHON, "-m", "daphne", "-b", "127.0.0.1", "-p", port, "--verbosity", "0", "echo:application"]
    return serve("Channels", command, port, directory, cwd=PEERS / "channels_echo",
                 environment={"PYTHONDONTWRITEBYTECODE": "1"})


def find_gateway():
    built(GATEWAY)
    return output([str(GATEWAY), "--version"])


def find_parse_echo():
    return f"{find_gateway()}, {built(PLUGINS / 'parse_echo.so')}"


def start_gateway(directory, pinned=True):
    web, admin = harness.free_port(), harness.free_port()
    parses = (PLUGINS / "parse_echo.so").exists()
    config = Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{PLUGINS}", admin: "127.0.0.1:{admin}" }}',
        f'adapters: {{ web: {{ type: websocket, listen: "127.0.0.1:{web}", threads: 1 }} }}',
        "consumers:",
        "  echo: { plugin: echo }",
        *["  parse: { plugin: parse_echo }"] * parses,
        "routes:",
        "  - { name: echo, match: { adapter: web, path: /echo }, to: echo }",
        *["  - { name: parse, match: { adapter: web, path: /parse }, to: parse }"] * parses,
        ""]))
    PLUGINS.mkdir(parents=True, exist_ok=True)
    server = serve("millrace", [GATEWAY, "run", "--config", config], web, directory, pinned)
    server.admin_port = admin
    return server
