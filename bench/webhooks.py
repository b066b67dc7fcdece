"""Webhooks into the gateway, as suites use them: an adapter, wrk with a script that signs them, a rate."""

import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import gateway
import harness

HERE = Path(__file__).resolve().parent
CONNECTIONS = 50
WARM_UP_S = 1


@dataclass
class Webhooks:
    """`adapter`: its keys but for `listen`, which stands in it as `{listen}`. The script gets `arguments`, what the ids
    of the run begin with, and `more`."""

    adapter: str
    script: Path
    arguments: list
    more: list = field(default_factory=list)
    path: str = "/"
    environment: dict = field(default_factory=dict)


TWILIO_URL, TWILIO_TOKEN = "https://sms.example.com/", "12345678901234567890123456789012"


def twilio(*more):
    return Webhooks(f'{{ type: sms, {{listen}}, provider: twilio, public_url: "{TWILIO_URL}", '
                    "auth_token: { env: BENCH_TOKEN } }", HERE / "sms" / "webhook.lua", [TWILIO_URL, TWILIO_TOKEN],
                    list(more), environment={"BENCH_TOKEN": TWILIO_TOKEN})


def find():
    """-> what is built."""
    harness.built(gateway.BINARY), harness.built(gateway.PLUGINS / "take.so")
    if not shutil.which("wrk"):
        raise harness.Absent("wrk (Debian's package)")


def start(title, webhooks, directory, delivery):
    """The gateway, with a consumer that takes what it gets."""
    port = harness.free_port()
    config = Path(directory) / "bench.yaml"
    adapter = webhooks.adapter.replace("{listen}", f'listen: "127.0.0.1:{port}"')
    config.write_text("\n".join([
        "version: 1",
        f'gateway: {{ name: bench, state_dir: ./state, plugins_dir: "{gateway.PLUGINS}", '
        f'admin: "127.0.0.1:{harness.free_port()}" }}',
        f"adapters: {{ hooks: {adapter} }}",
        "consumers: { take: { plugin: take } }",
        f"routes: [ {{ name: all, match: {{ adapter: hooks }}, to: take, delivery: {delivery} }} ]",
        ""]))
    return harness.serve(title, [gateway.BINARY, "run", "--config", config], port, directory, cwd=directory,
                         environment=webhooks.environment)


def load(running, webhooks, seconds, run):
    """-> requests a second, all of them answered 2xx"""
    said = harness.output(harness.pinned(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(webhooks.script),
         f"http://127.0.0.1:{running.port}{webhooks.path}", "--", *webhooks.arguments, *run], harness.CLIENT_CORE))
    wrong = re.search(r"Non-2xx.*|Socket errors.*", said)
    if wrong:
        raise harness.Failed(f"{running.title}: {wrong[0]}; {running.last_words()}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def measure(begin, webhooks, seconds, is_signed=True, ready=lambda running: running.wait_for_port(running.port)):
    """-> requests a second, the share of a core that the server took; of what `begin(directory)` starts."""
    def run():
        return [secrets.token_hex(8), *webhooks.more] if is_signed else []

    with tempfile.TemporaryDirectory(dir=harness.BUILD) as directory, begin(directory) as running:
        ready(running)  # (/tmp may be in memory.)
        load(running, webhooks, WARM_UP_S, run())
        before = running.cpu_s()
        rate = load(running, webhooks, seconds, run())
        return rate, (running.cpu_s() - before) / seconds
