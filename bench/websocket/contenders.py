"""The servers that the WebSocket suite measures: how each is found and how it is started, with one server thread."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import gateway
import harness
import npm

PEERS = Path(__file__).resolve().parent / "peers"
BEAST_ECHO = harness.BUILD / "bench" / "beast_echo"
DEBIAN_PYTHON = "/usr/bin/python3"

BEAST, NPM_WS = "plain Beast", "npm ws"
ASYNC_CHANNELS, SYNC_CHANNELS = "Channels async", "Channels sync"
ECHO, PARSE, SYNC = "millrace echo", "millrace parse", "millrace sync"
BEAST_TLS, ECHO_TLS = "plain Beast TLS", "millrace echo TLS"
NPM_GROUP, CHANNELS_GROUP = "npm ws group", "Channels group"
GROUP_SEND, GROUP_REPLY = "millrace group_send", "millrace group_reply"


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
        Contender(ECHO, "/echo", gateway.find, gateway.start),
        Contender(PARSE, "/parse", gateway.find, gateway.start),
        Contender(SYNC, "/sync", gateway.find, gateway.start),
        Contender(BEAST_TLS, "/echo", find_beast, start_beast_tls),
        Contender(ECHO_TLS, "/echo", gateway.find, start_gateway_tls),
        Contender(NPM_GROUP, "/group", find_npm_ws, start_npm_ws),
        Contender(CHANNELS_GROUP, "/group", find_channels, start_channels),
        Contender(GROUP_SEND, "/send", gateway.find, gateway.start),
        Contender(GROUP_REPLY, "/reply", gateway.find, gateway.start),
    ]


def find_beast():
    return harness.built(BEAST_ECHO)


def start_beast(directory):
    port = harness.free_port()
    return harness.serve(BEAST, [BEAST_ECHO, port], port, directory)


def start_beast_tls(directory):
    port, pair = harness.free_port(), harness.make_pair(directory)
    server = harness.serve(BEAST_TLS, [BEAST_ECHO, port, pair.cert, pair.key], port, directory)
    server.is_tls = True
    return server


def start_gateway_tls(directory):
    return gateway.start(directory, pair=harness.make_pair(directory))


def find_npm_ws():
    environment = npm.install(PEERS)
    version = harness.output(["node", "-p", "require('ws/package.json').version"], env={**os.environ, **environment})
    return f"ws {version}, node {harness.output(['node', '--version'])}"


def start_npm_ws(directory):
    port = harness.free_port()
    return harness.serve(NPM_WS, ["node", PEERS / "ws_server.js", port], port, directory,
                         environment=npm.install(PEERS))


def find_channels():
    show = "import channels, daphne, django; print(channels.__version__, daphne.__version__, django.__version__)"
    channels, daphne, django = harness.output([DEBIAN_PYTHON, "-c", show]).split()
    return f"channels {channels}, daphne {daphne}, Django {django}"


def start_channels(directory):
    port = harness.free_port()
    command = [DEBIAN_PYTHON, "-m", "daphne", "-b", "127.0.0.1", "-p", port, "--verbosity", "0", "server:application"]
    return harness.serve("Channels", command, port, directory, cwd=PEERS / "channels",
                 environment={"PYTHONDONTWRITEBYTECODE": "1"})
