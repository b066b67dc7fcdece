"""MQTT: messages of a broker into the gateway, beside a bare Paho subscriber and mosquitto_sub. See README.md."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import gateway
import harness
import through_mosquitto

FLOOD = harness.BUILD / "bench" / "mqtt_flood"
BARE = harness.BUILD / "bench" / "bare_paho"


@dataclass(frozen=True)
class Cell:
    qos: int
    payload: int
    window: int

    def title(self):
        size = {64: "64 B", 1024: "1 KiB", 1 << 20: "1 MB"}[self.payload]
        return f"QoS {self.qos}, {size}" + (f", window {self.window}" if self.qos else "")


CELLS = [Cell(0, 64, 0), Cell(0, 1024, 0), Cell(0, 1 << 20, 0),
         *[Cell(1, payload, window) for window in (1000, 20) for payload in (64, 1024, 1 << 20)]]
SUBSCRIBERS = ("bare Paho", "live", "acked", "durable", "mosquitto_sub")
DURABLE_SHARE, DURABLE_RATE = 0.25, 20_000


def bound(cell):
    if cell.payload == 1 << 20:
        return 0.4
    return 0.8 if cell.qos and cell.window == 20 else 0.95


def gateway_command(directory, port, admin_port, qos, delivery):
    config = Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", '
        f'admin: "127.0.0.1:{admin_port}" }}',
        f'adapters: {{ plant: {{ type: mqtt, url: "mqtt://127.0.0.1:{port}", client_id: bench, clean_start: true, '
        f'subscribe: [ {{ topic: "plant/#", qos: {qos} }} ], max_packet: 4MiB, '
        "reconnect: { initial: 20ms, max: 50ms } } }",
        "consumers: { count: { plugin: count } }",
        f"routes: [ {{ name: all, match: {{ adapter: plant }}, to: count, delivery: {delivery} }} ]",
        ""]))
    return [gateway.BINARY, "run", "--config", config]


def command(subscriber, directory, port, admin_port, qos, count=0):
    """Of a subscriber; with a count, those that are no gateway end when they have had so many."""
    if subscriber == "bare Paho":
        return [BARE, port, qos, "5", count]
    if subscriber == "mosquitto_sub":
        some = ["-C", count] if count else []
        return ["mosquitto_sub", "-V", "mqttv5", "-p", port, "-q", qos, "-t", "plant/#", "-F", "%l", *some]
    return gateway_command(directory, port, admin_port, qos, subscriber)


def measure(subscriber, cell, seconds):
    """-> (messages a second, CPU us of the subscriber a message, median us to PUBACK)"""
    port = harness.free_port()
    with tempfile.TemporaryDirectory() as directory:
        flood = subprocess.Popen([FLOOD, str(port), str(cell.qos), str(cell.payload), str(cell.window), str(seconds)],
                                 stdout=subprocess.PIPE, text=True)
        words = command(subscriber, directory, port, harness.free_port(), cell.qos)
        server = harness.serve(subscriber, words, port, directory, None)
        with server:
            said, _ = flood.communicate(timeout=harness.START_DEADLINE_S + seconds)
            cpu_s = server.cpu_s()
    if flood.returncode:
        raise harness.Failed(f"{subscriber}: {server.last_words()}")
    result = json.loads(said)
    count = max(result["messages"], 1)
    return count / result["seconds"], cpu_s * 1e6 / count, result["median_us"]


def is_judged_durable(cell):
    return cell.qos == 1 and cell.window == 1000 and cell.payload < 1 << 20


def is_measured(name, cell):
    return name != "durable" or is_judged_durable(cell)


def subscribers():
    harness.built(FLOOD), harness.built(BARE), harness.built(gateway.BINARY)
    harness.built(gateway.PLUGINS / "count.so")
    return [name for name in SUBSCRIBERS if name != "mosquitto_sub" or shutil.which("mosquitto_sub")]


def measure_through_mosquitto(subscriber, qos, window, count):
    port, admin_port = harness.free_port(), harness.free_port()
    with tempfile.TemporaryDirectory() as directory:
        words = command(subscriber, directory, port, admin_port, qos, count)
        is_gateway = subscriber not in ("bare Paho", "mosquitto_sub")
        return through_mosquitto.measure(subscriber, words, directory, port, admin_port if is_gateway else None, qos,
                                         window, count)


def run_through_mosquitto(names, options):
    count = 40_000 if options.quick else 200_000
    rows = []
    for qos, window in ((0, 1000), (1, 1000), (1, 20)):
        samples = {name: [] for name in names if qos or name != "durable"}
        for _ in range(options.runs):
            for name in samples:
                samples[name].append(measure_through_mosquitto(name, qos, window, count))
        medians = {name: harness.median(rates) for name, rates in samples.items()}
        title = f"QoS {qos}, 64 B" + (f", window {window}" if qos else "")
        for name, rate in medians.items():
            rows.append([title, name, f"{rate:,.0f}", f"{rate / medians['bare Paho']:.2f}"])
    harness.print_table("From mosquitto_pub through mosquitto", ["", "subscriber", "messages/s", "of bare"], rows)


def run(options):
    names = subscribers()
    seconds = 1 if options.quick else 4
    targets, rows = [], []
    for cell in CELLS:
        samples = {name: [] for name in names if is_measured(name, cell)}
        for _ in range(options.runs):
            for name in samples:
                samples[name].append(measure(name, cell, seconds))
        medians = {name: [harness.median(column) for column in zip(*rows_of)] for name, rows_of in samples.items()}
        base = medians["bare Paho"][0]
        for name, (rate, cpu_us, ack_us) in medians.items():
            rows.append([cell.title(), name, f"{rate:,.0f}", f"{rate / base:.2f}", f"{cpu_us:.1f}",
                         f"{ack_us:,.0f}" if cell.qos else "-"])
        for name in ("live", "acked"):
            targets.append(harness.Target(f"{cell.title()}: {name} / bare Paho", bound(cell), medians[name][0] / base))
        if is_judged_durable(cell):
            durable = medians["durable"][0]
            targets.append(harness.Target(f"{cell.title()}: durable / bare Paho", DURABLE_SHARE, durable / base))
            targets.append(harness.Target(f"{cell.title()}: durable, messages/s", DURABLE_RATE, durable))
        print(f"  {cell.title()} done", flush=True)
    heads = ["", "subscriber", "messages/s", "of bare", "CPU us", "PUBACK us"]
    harness.print_table("Messages from a broker", heads, rows)
    if through_mosquitto.is_possible():
        run_through_mosquitto(names, options)
    harness.print_targets(targets)
    return targets
