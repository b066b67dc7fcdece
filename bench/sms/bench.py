"""Verified webhooks of Twilio into the gateway, beside a plain Beast server and express with Twilio's own validator.

See README.md.
"""

import shutil
from pathlib import Path

import harness
import webhooks

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
NPM = harness.BUILD / "bench" / "sms_npm"
BEAST_HTTP = harness.BUILD / "bench" / "beast_http"
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
    webhooks.find(), harness.built(BEAST_HTTP)
    names = [BEAST, *MILLRACE]
    try:
        find_express()
    except harness.Absent as absent:
        print(f"  {absent}")
        return names
    return [*names, EXPRESS]


def start(server, directory):
    if server in MILLRACE:
        return webhooks.start(server, webhooks.twilio(), directory, MILLRACE[server])
    port = harness.free_port()
    if server == BEAST:
        return harness.serve(server, [BEAST_HTTP, port], port, directory)
    command = ["node", PEERS / "server.js", port, webhooks.TWILIO_URL, webhooks.TWILIO_TOKEN]
    return harness.serve(server, command, port, directory,
                         environment={"NODE_PATH": str(NPM / "node_modules"), "NODE_ENV": "production"})


def measure(server, seconds):
    return webhooks.measure(lambda directory: start(server, directory), webhooks.twilio(), seconds, server != BEAST)


def run(options):
    names, seconds = servers(), 1 if options.quick else 5
    samples = {name: [] for name in names}
    for turn in range(options.runs):
        for name in names if turn % 2 == 0 else reversed(names):
            samples[name].append(measure(name, seconds))
    rate = {name: harness.median([each[0] for each in samples[name]]) for name in names}
    busy = {name: harness.median([each[1] for each in samples[name]]) for name in names}
    harness.print_table(
        f"Messages of Twilio, {webhooks.CONNECTIONS} connections",
        ["server", "requests/s", "of plain Beast", "server CPU"],
        [[name, f"{rate[name]:,.0f}", f"{rate[name] / rate[BEAST]:.2f}", f"{busy[name]:.0%}"] for name in names])
    beside = {name: rate[name] / rate[EXPRESS] if EXPRESS in rate else None for name in MILLRACE}
    targets = [harness.Target("live / plain Beast", 0.5, rate["millrace live"] / rate[BEAST]),
               harness.Target("durable, requests/s", DURABLE_RATE, rate["millrace durable"], "/s"),
               harness.Target("live / express + twilio", 5, beside["millrace live"]),
               harness.Target("durable / express + twilio", 5, beside["millrace durable"])]
    harness.print_targets(targets)
    return targets
