"""Verified webhooks of Twilio into the gateway, beside a plain Beast server and express with Twilio's own validator.

See README.md.
"""

import re
import secrets
import shutil
import tempfile
from pathlib import Path

import gateway
import harness

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
NPM = harness.BUILD / "bench" / "sms_npm"
BEAST_HTTP = harness.BUILD / "bench" / "beast_http"
URL, TOKEN = "https://sms.example.com/", "12345678901234567890123456789012"
CONNECTIONS = 50
WARM_UP_S = 1
DURABLE_RATE = 20_000

BEAST, EXPRESS = "plain Beast, nothing checked", "express + twilio"
MILLRACE = {"millrace live": "live", "millrace acked": "acked", "millrace durable": "durable"}


def find_express():
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise harness.Absent(f"{program} is not installed")
    NPM.mkdir(parents=True, exist_ok=True)
    wanted, have = PEERS / "package-lock.json", NPM / "installed-package-lock.json"
    if not have.exists() or have.read_bytes() != wanted.read_bytes():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PEERS / name, NPM)
        harness.output(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=NPM)
        shutil.copy(wanted, have)


def servers():
    harness.built(gateway.BINARY), harness.built(gateway.PLUGINS / "take.so"), harness.built(BEAST_HTTP)
    if not shutil.which("wrk"):
        raise harness.Absent("wrk (Debian's package)")
    names = [BEAST, *MILLRACE]
    try:
        find_express()
    except harness.Absent as absent:
        print(f"  {absent}")
        return names
    return [*names, EXPRESS]


def gateway_command(directory, port, delivery):
    config = Path(directory) / "bench.yaml"
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", '
        f'admin: "127.0.0.1:{harness.free_port()}" }}',
        f'adapters: {{ sms: {{ type: sms, listen: "127.0.0.1:{port}", provider: twilio, public_url: "{URL}", '
        "auth_token: { env: BENCH_TOKEN } } }",
        "consumers: { take: { plugin: take } }",
        f"routes: [ {{ name: all, match: {{ adapter: sms }}, to: take, delivery: {delivery} }} ]",
        ""]))
    return [gateway.BINARY, "run", "--config", config]


def start(server, directory):
    port = harness.free_port()
    if server == BEAST:
        return harness.serve(server, [BEAST_HTTP, port], port, directory)
    if server == EXPRESS:
        return harness.serve(server, ["node", PEERS / "server.js", port, URL, TOKEN], port, directory,
                             environment={"NODE_PATH": str(NPM / "node_modules"), "NODE_ENV": "production"})
    return harness.serve(server, gateway_command(directory, port, MILLRACE[server]), port, directory, cwd=directory,
                         environment={"BENCH_TOKEN": TOKEN})


def load(running, seconds):
    """-> requests a second, all of them answered 2xx"""
    run = [] if running.title == BEAST else [secrets.token_hex(8)]
    said = harness.output(harness.pinned(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "webhook.lua"),
         f"http://127.0.0.1:{running.port}/", "--", URL, TOKEN, *run], harness.CLIENT_CORE))
    wrong = re.search(r"Non-2xx.*|Socket errors.*", said)
    if wrong:
        raise harness.Failed(f"{running.title}: {wrong[0]}; {running.last_words()}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def measure(server, seconds):
    """-> requests a second, the share of a core that the server took"""
    with tempfile.TemporaryDirectory(dir=harness.BUILD) as directory, start(server, directory) as running:
        running.wait_for_port(running.port)  # (/tmp may be in memory.)
        load(running, WARM_UP_S)
        before = running.cpu_s()
        rate = load(running, seconds)
        return rate, (running.cpu_s() - before) / seconds


def run(options):
    names, seconds = servers(), 1 if options.quick else 5
    samples = {name: [] for name in names}
    for turn in range(options.runs):
        for name in names if turn % 2 == 0 else reversed(names):
            samples[name].append(measure(name, seconds))
    rate = {name: harness.median([each[0] for each in samples[name]]) for name in names}
    busy = {name: harness.median([each[1] for each in samples[name]]) for name in names}
    harness.print_table(
        f"Messages of Twilio, {CONNECTIONS} connections", ["server", "requests/s", "of plain Beast", "server CPU"],
        [[name, f"{rate[name]:,.0f}", f"{rate[name] / rate[BEAST]:.2f}", f"{busy[name]:.0%}"] for name in names])
    beside = {name: rate[name] / rate[EXPRESS] if EXPRESS in rate else None for name in MILLRACE}
    targets = [harness.Target("live / plain Beast", 0.5, rate["millrace live"] / rate[BEAST]),
               harness.Target("durable, requests/s", DURABLE_RATE, rate["millrace durable"], "/s"),
               harness.Target("live / express + twilio", 5, beside["millrace live"]),
               harness.Target("durable / express + twilio", 5, beside["millrace durable"])]
    harness.print_targets(targets)
    return targets
