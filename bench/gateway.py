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


def start(directory, pinned_to=harness.SERVER_CORE, pair=None, consumers=None, routes=None):
    """With one thread that serves, and room for as many connections as there are descriptors; `pair`: under TLS.

    `consumers` and `routes`, by their names, stand for those of CONSUMERS; a route has the path of its name.
    """
    web, admin = harness.free_port(), harness.free_port()
    config = Path(directory) / "bench.yaml"
    tls = "tls: {{ cert: {0.cert}, key: {{ file: {0.key} }} }}, ".format(pair) if pair else ""
    consumers = consumers or CONSUMERS
    routes = routes or {name: f"to: {name}" for name in consumers}
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{PLUGINS}", admin: "127.0.0.1:{admin}" }}',
        f'adapters: {{ web: {{ type: websocket, listen: "127.0.0.1:{web}", {tls}threads: 1, '
        "max_connections: 100000, "
        "max_connections_per_address: 100000 } }",
        "consumers:",
        *[f"  {name}: {what}" for name, what in consumers.items()],
        "routes:",
        *[f"  - {{ name: {name}, match: {{ adapter: web, path: /{name} }}, {what} }}"
          for name, what in routes.items()],
        ""]))
    server = harness.serve("millrace", [BINARY, "run", "--config", config], web, directory, pinned_to)
    server.admin_port = admin
    server.is_tls = pair is not None
    return server


def metrics(server):
    """What /metrics says, by name and labels as they stand there. (The gateway looks at itself ten times a second.)"""
    page = harness.get(server.admin_port, "/metrics")
    if page is None:
        raise harness.Failed(f"the gateway does not say its metrics: {server.last_words()}")
    lines = [line for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
