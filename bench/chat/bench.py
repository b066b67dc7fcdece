"""IRC: what is said in a room into the gateway, beside readers of lines and npm irc-framework. Slack: events.py.

See README.md.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import events
import gateway
import harness

HERE = Path(__file__).resolve().parent
FLOOD = harness.BUILD / "bench" / "irc_flood"
READERS = {"Asio's reader": harness.BUILD / "bench" / "asio_lines", "bare loop": harness.BUILD / "bench" / "bare_lines"}
FRAMEWORK = harness.BUILD / "tests" / "irc_framework"  # Where the end-to-end tests have npm put it.
OF_READER, OF_FRAMEWORK = 0.5, 10


def gateway_command(directory, port):
    config = Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", '
        f'admin: "127.0.0.1:{harness.free_port()}" }}',
        f'adapters: {{ irc: {{ type: irc, server: "irc://127.0.0.1:{port}", nick: bench, join: "#room", '
        "reconnect: { initial: 20ms, max: 50ms } } }",
        "consumers: { count: { plugin: count } }",
        "routes: [ { name: all, match: { adapter: irc }, to: count } ]",
        ""]))
    return [gateway.BINARY, "run", "--config", config]


def command(client, directory, port):
    if client in READERS:
        return [READERS[client], port]
    if client == "irc-framework":
        return ["node", HERE / "peers" / "irc_framework.js", port]
    return gateway_command(directory, port)


def measure(client, lines):
    """-> lines a second"""
    port = harness.free_port()
    environment = {"NODE_PATH": str(FRAMEWORK / "node_modules")}
    with tempfile.TemporaryDirectory() as directory:
        flood = subprocess.Popen(harness.pinned([str(FLOOD), str(port), str(lines)], harness.CLIENT_CORE),
                                 stdout=subprocess.PIPE, text=True)
        while not is_listening(port):
            pass
        server = harness.serve(client, command(client, directory, port), port, directory, environment=environment)
        with server:
            said, _ = flood.communicate(timeout=harness.START_DEADLINE_S * 4)
    if flood.returncode:
        raise harness.Failed(f"{client}: {server.last_words()}")
    result = json.loads(said)
    return result["lines"] / result["seconds"]


def is_listening(port):
    """Without a connection to it, as it takes one alone."""
    return any(row.split()[1].endswith(f":{port:04X}") and row.split()[3] == "0A"
               for row in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])


def clients():
    for needed in (FLOOD, *READERS.values(), gateway.BINARY, gateway.PLUGINS / "count.so"):
        harness.built(needed)
    if not (FRAMEWORK / "node_modules").is_dir():
        print("  irc-framework is absent: run tests/e2e/irc_framework_test.py once")
        return [*READERS, "gateway"]
    return [*READERS, "gateway", "irc-framework"]


def run(options):
    names = clients()
    lines = 200_000 if options.quick else 2_000_000
    samples = {name: [] for name in names}
    for _ in range(options.runs):
        for name in names:
            samples[name].append(measure(name, lines // (20 if name == "irc-framework" else 1)))
    rate = {name: harness.median(samples[name]) for name in names}
    reader = rate["Asio's reader"]
    rows = [[name, f"{rate[name]:,.0f}", f"{rate[name] / reader:.2f}"] for name in names]
    harness.print_table("Lines of a room", ["client", "lines/s", "of Asio's"], rows)
    beside = rate["gateway"] / rate["irc-framework"] if "irc-framework" in rate else None
    targets = [harness.Target("gateway / Asio's reader", OF_READER, rate["gateway"] / reader),
               harness.Target("gateway / irc-framework", OF_FRAMEWORK, beside), *events.run(options)]
    harness.print_targets(targets)
    return targets
