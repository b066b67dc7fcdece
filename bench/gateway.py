"""The gateway as a contender: how it is found, what it is configured with, how it is started."""

from pathlib import Path

import harness

BINARY = harness.BUILD / "bin" / "millrace"
PLUGINS = harness.BUILD / "bench" / "plugins"
CONSUMERS = {  # the path that leads to it: what it is
    "echo": "{ plugin: echo }",
    "parse": "{ plugin: parse_echo }",
    "sync": "{ plugin: sync_echo }",
    "reply": "{ plugin: group, config: { by: reply } }",
    "send": "{ plugin: group, config: { by: send } }",
    "nap": "{ plugin: nap }",
}


def find():
    harness.built(BINARY)
    for plugin in ("parse_echo", "sync_echo", "group", "nap"):
        harness.built(PLUGINS / f"{plugin}.so")
    return harness.output([str(BINARY), "--version"])


def start(directory, pinned_to=harness.SERVER_CORE, pair=None):
    """With one thread that serves, and room for as many connections as there are descriptors; `pair`: under TLS."""
    web, admin = harness.free_port(), harness.free_port()
    config = Path(directory) / "bench.yaml"
    tls = "tls: {{ cert: {0.cert}, key: {{ file: {0.key} }} }}, ".format(pair) if pair else ""
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{PLUGINS}", admin: "127.0.0.1:{admin}" }}',
        f'adapters: {{ web: {{ type: websocket, listen: "127.0.0.1:{web}", {tls}threads: 1, '
        "max_connections: 100000, "
        "max_connections_per_address: 100000 } }",
        "consumers:",
        *[f"  {name}: {what}" for name, what in CONSUMERS.items()],
        "routes:",
        *[f"  - {{ name: {name}, match: {{ adapter: web, path: /{name} }}, to: {name} }}" for name in CONSUMERS],
        ""]))
    server = harness.serve("millrace", [BINARY, "run", "--config", config], web, directory, pinned_to)
    server.admin_port = admin
    server.is_tls = pair is not None
    return server
