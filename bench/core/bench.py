"""The core: what one event costs in the gateway without any protocol, and at which stage. See README.md."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gateway
import harness

MATCH = harness.BUILD / "bench" / "core_match"
UNHURRIED = ("chrt", "--batch", "0")  # who is woken waits for its turn: as many switches in each run
SCOPES = (1, 100, 10_000, 100_000)
FEW, MANY = 100, 100_000
ROUTES = 10_000
STAGES = {
    "async": {"submit, to the handler": "to_handler", "handler": "handler", "commit": "commit",
              "reply and settlement": "settle"},
    "sync": {"submit, into the mailbox": "submit", "submit, to the handler": "to_handler", "handler": "handler",
             "back, commit": "commit", "reply and settlement": "settle"},
}


@dataclass(frozen=True)
class Work:
    work: str  # what drive.cpp does
    path: str
    batch: int = 1
    abreast: int = 1
    order: str = "opened"  # or "shuffled": the one of scopes, in which their events come
    documents: bool = False  # JSON of 200 bytes, else text of 64


ASYNC, ASYNC_SHUFFLED = Work("echo", "/echo"), Work("echo", "/echo", order="shuffled")
SYNC, SYNC_SHUFFLED = Work("echo", "/sync", abreast=100), Work("echo", "/sync", abreast=100, order="shuffled")
GROUP_SEND, GROUP_REPLY = Work("group", "/send"), Work("group", "/reply")
WORKS = {"async": ASYNC, "async, shuffled": ASYNC_SHUFFLED, "sync": SYNC, "sync, shuffled": SYNC_SHUFFLED,
         "group_send": GROUP_SEND, "group_reply": GROUP_REPLY}
CHANNEL, PLAIN = (Work("echo", path, batch=16, abreast=32) for path in ("/channel", "/echo"))
DOCUMENT = Work("echo", "/json", batch=16, documents=True)
FULL_TURN, TWO_TURNS = Work("echo", "/echo", batch=64), Work("echo", "/echo", batch=128)
STAMPS = {"async": Work("stamps", "/stamp"), "sync": Work("stamps", "/sync_stamp")}
CONSUMERS = {"echo": "echo", "sync": "sync_echo, workers: 1", "stamp": "stamp", "sync_stamp": "sync_stamp, workers: 1",
             "send": "group, config: { by: send }", "reply": "group, config: { by: reply }"}


def start(directory, work, scopes, duration_ms):
    """A gateway that drives itself, and the file that gets the result."""
    admin = harness.free_port()
    result, config = Path(directory) / "result.json", Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", admin: "127.0.0.1:{admin}" }}',
        f'adapters: {{ drive: {{ type: drive, work: {work.work}, path: {work.path}, scopes: {scopes}, '
        f'batch: {work.batch}, abreast: {work.abreast}, order: {work.order}, duration_ms: {duration_ms}, '
        f'documents: {str(work.documents).lower()}, '
        f'result: "{result}" }} }}',
        "consumers:",
        *[f"  {name}: {{ plugin: {what} }}" for name, what in CONSUMERS.items()],
        "routes:",
        *[f"  - {{ name: {name}, match: {{ path: /{name} }}, to: {name}, "
          f"delivery: {'acked' if 'stamp' in name else 'live'} }}" for name in CONSUMERS],
        '  - { name: channel, match: { path: /channel }, to: "echo:one" }',
        '  - { name: cold, match: { path: /json, json.type: order, json.value: { le: 80 } }, to: stamp }',
        '  - { name: other, match: { path: /json, json.line.name: [press, oven], json.severity: low }, to: stamp }',
        '  - { name: hot, match: { path: /json, json.type: order, json.value: { gt: 80 } }, to: echo }',
        ""]))
    command = [*UNHURRIED, gateway.BINARY, "run", "--config", config]
    return harness.serve("millrace", command, admin, directory), result


def measure(work, scopes, options):
    with tempfile.TemporaryDirectory() as directory:
        server, result = start(directory, work, scopes, 200 if options.quick else 1500)
        with server:
            server.wait(result.exists, 0.01)
        if "ERROR" in server.last_words() or "error" in server.last_words():
            raise harness.Failed(server.last_words())
        return json.loads(result.read_text())


def median_of(samples, field):
    return harness.median([sample[field] for sample in samples])


def match_ns(options):
    """Nanoseconds a match with 10,000 routes: half of them literal, half with a capture, all of them asked for."""
    with tempfile.TemporaryDirectory() as directory:
        config, paths = Path(directory) / "routes.yaml", Path(directory) / "paths"
        routes = [f"/svc/{i}" if i % 2 else f"/rooms-{i}/{{room}}/say" for i in range(ROUTES)]
        config.write_text("\n".join([
            "version: 1", "gateway: { name: bench, state_dir: ./state }",
            'adapters: { web: { type: websocket, listen: "127.0.0.1:0" } }', "consumers: { echo: { plugin: echo } }",
            "routes:",
            *[f'  - {{ name: r{i}, match: {{ path: "{path}" }}, to: echo }}' for i, path in enumerate(routes)], ""]))
        paths.write_text("\n".join(path.replace("{room}", f"kitchen{i % 7}") for i, path in enumerate(routes)) + "\n")
        said = harness.output(harness.pinned(
            [str(MATCH), str(harness.BUILD / "lib" / "millrace"), str(config), str(paths),
             "0.2" if options.quick else "1"], harness.SERVER_CORE))
    answer = json.loads(said)
    if answer["delivered"] != ROUTES:
        raise harness.Failed(f"{answer['delivered']} of {ROUTES} paths found their route")
    return answer["ns"]


def print_costs(samples):
    heads = ["CPU ns an event", *[f"{scopes:,} scopes" for scopes in SCOPES], f"{MANY:,} / {FEW}"]
    rows = [[name, *[f"{median_of(samples[work, scopes], 'cpu_ns'):,.0f}" for scopes in SCOPES],
             f"{growth(samples, work):.2f}"] for name, work in WORKS.items()]
    harness.print_table("One event, from submit to the adapter's answer, medians", heads, rows)
    many = samples[ASYNC, MANY]
    print(f"\na scope: {median_of(many, 'open_ns'):,.0f} ns to open (route and CONNECT included), "
          f"{median_of(many, 'scope_bytes'):,.0f} bytes")


def growth(samples, work):
    return median_of(samples[work, MANY], "cpu_ns") / median_of(samples[work, FEW], "cpu_ns")


def print_stages(samples):
    for mode, stages in STAGES.items():
        rows = [[stage, *[f"{median_of(samples[STAMPS[mode], scopes], field):,.0f}" for scopes in SCOPES]]
                for stage, field in stages.items()]
        harness.print_table(f"Stages of an {mode} event, ns", ["", *[f"{n:,} scopes" for n in SCOPES]], rows)
    direct, both = (median_of(samples[work, FEW], "cpu_ns") for work in (FULL_TURN, TWO_TURNS))
    channel, plain, document = (median_of(samples[work, FEW], "cpu_ns") for work in (CHANNEL, PLAIN, DOCUMENT))
    print(f"\nin batches of 16: {plain:,.0f} ns an event, {channel:,.0f} ns one that goes to a channel of another loop "
          f"and is answered from there, {document:,.0f} ns one of 200 bytes that is routed by its JSON")
    print(f"\nin a batch of 64: {direct:,.0f} ns an event handed on at once, {2 * both - direct:,.0f} ns through the "
          "mailbox")


def run(options):
    if not MATCH.exists():
        sys.exit(f"{MATCH.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    cells = [(work, scopes) for work in [*WORKS.values(), *STAMPS.values()] for scopes in SCOPES]
    cells += [(work, FEW) for work in (FULL_TURN, TWO_TURNS, CHANNEL, PLAIN, DOCUMENT)]
    samples, matches = {cell: [] for cell in cells}, []
    for i in range(options.runs):
        print(f"run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        for cell in cells if i % 2 == 0 else reversed(cells):
            samples[cell].append(measure(*cell, options))
        matches.append(match_ns(options))
    print_costs(samples)
    print_stages(samples)
    targets = [harness.Target(f"{name}: cost at {MANY:,} scopes / at {FEW}", 2, growth(samples, work), at_most=True)
               for name, work in WORKS.items()]
    channel, plain, document = (median_of(samples[work, FEW], "cpu_ns") for work in (CHANNEL, PLAIN, DOCUMENT))
    targets.append(harness.Target("a channel message (half of one there and back) / an event", 3, channel / 2 / plain,
                                  at_most=True))
    targets.append(harness.Target("JSON routing of 200 bytes, a core", 0.5, 1000 / document, "M/s"))
    targets.append(harness.Target(f"match with {ROUTES:,} routes", 2, harness.median(matches) / 1000, "us",
                                  at_most=True))
    harness.print_targets(targets)
    return targets
