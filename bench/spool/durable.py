"""A gateway with a durable route, and clients that keep a pace: bench/spool/pace.cpp."""

import json
import subprocess
import time

import gateway
import harness

PROGRAM = harness.BUILD / "bench" / "ws_pace"
CONNECTIONS, PAYLOAD_BYTES = 50, 64
DEPTH = 32  # unsettled messages of each connection, which saturate a route
ROUTES = {
    "durable": "to: take, delivery: durable, timeout: 1h",
    "acked": "to: take, delivery: acked",
    "live": "to: echo",
}
HANDLED_WITHIN_S = 30


def start(directory, waits_for=""):
    """On all cores, as the spool's writer is a thread of its own. `waits_for`: the file that starts the consumer."""
    consumers = {"take": f'{{ plugin: take, config: {{ waits_for: "{waits_for}" }} }}', "echo": "{ plugin: echo }"}
    return gateway.start(directory, pinned_to=None, consumers=consumers, routes=ROUTES)


def command(server, route, pace, *numbers):
    hears = "echoes" if route == "live" else "acks"
    return [str(PROGRAM), "127.0.0.1", str(server.port), f"/{route}", str(CONNECTIONS), str(PAYLOAD_BYTES), hears, pace,
            *map(str, numbers)]


def load_of(output, errors):
    """What the load generator says in a line."""
    if not output:
        raise harness.Failed(errors.strip() or "the load generator said nothing")
    load = json.loads(output)
    if load["unsettled"]:
        raise harness.Failed(f"{load['unsettled']} of {load['sent']} messages were not settled")
    return load


def begin(server, route, pace, *numbers):
    return subprocess.Popen(command(server, route, pace, *numbers), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def drive(server, route, pace, *numbers):
    return load_of(*begin(server, route, pace, *numbers).communicate())


def wait_for(server, condition, what, within_s):
    """`condition` of what /metrics says; returns when it was true."""
    end = time.monotonic() + within_s
    while not condition(gateway.metrics(server)):
        if server.process.poll() is not None or time.monotonic() > end:
            raise harness.Failed(f"{what}: not within {within_s} s; {server.last_words()}")
        time.sleep(0.02)
    return time.monotonic()


def wait_until_handled(server, messages, connections=CONNECTIONS):
    """Every message, CONNECT and DISCONNECT has been, and nothing is on the disk any more."""
    events = messages + 2 * connections

    def is_handled(metrics):
        acked = metrics['millrace_deliveries_acked_total{consumer="take"}']
        if acked > events:
            raise harness.Failed(f"{acked:.0f} events were handled, and there were {events}")
        return acked == events and metrics["millrace_spool_deliveries"] == 0

    return wait_for(server, is_handled, f"{messages} messages are handled", HANDLED_WITHIN_S)


def groups(server):
    """The transactions that its spool has taken."""
    return int(gateway.metrics(server)["millrace_spool_commit_seconds_count"])
