"""Slack's events into the gateway, beside its SMS adapter: the same load, the same size, each signed. See README.md."""

import contextlib
import http.server
import json
import threading
from pathlib import Path

import harness
import webhooks

HERE = Path(__file__).resolve().parent
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY_BYTES = 600
OF_SMS = 0.9
CLASSES = ("live", "acked", "durable")
TARGET_CLASS = "acked"  # What both are where a route does not say it.


class Api(http.server.BaseHTTPRequestHandler):
    """Of Slack's Web API who the app is, which it asks when it starts."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = json.dumps({"ok": True, "team": "Bench", "user": "bench", "team_id": "T0TEAM", "user_id": "U0BOT",
                             "bot_id": "B0BOT"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def api():
    """-> its URL"""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def slack(url):
    adapter = (f'{{ type: slack, api_url: "{url}", bot_token: {{ env: BENCH_BOT }}, names: false, '
               "events: { {listen}, signing_secret: { env: BENCH_SECRET } } }")
    return webhooks.Webhooks(adapter, HERE / "event.lua", [SECRET], [str(BODY_BYTES)], "/slack/events",
                             {"BENCH_BOT": "xoxb-1-bench", "BENCH_SECRET": SECRET})


def is_let_in(running):
    running.wait(lambda: "is bench" in running.last_words(), 0.02)


def measure(kind, delivery, url, seconds):
    title = f"{kind} {delivery}"
    if kind == "Slack":
        it = slack(url)
        return webhooks.measure(lambda directory: webhooks.start(title, it, directory, delivery), it, seconds,
                                ready=is_let_in)
    it = webhooks.twilio(str(BODY_BYTES))
    return webhooks.measure(lambda directory: webhooks.start(title, it, directory, delivery), it, seconds)


def run(options):
    webhooks.find()
    seconds = 1 if options.quick else 5
    cells = [(kind, delivery) for delivery in CLASSES for kind in ("SMS", "Slack")]
    samples = {cell: [] for cell in cells}
    with api() as url:
        for turn in range(options.runs):
            for cell in cells if turn % 2 == 0 else reversed(cells):
                samples[cell].append(measure(*cell, url, seconds))
    rate = {cell: harness.median([each[0] for each in samples[cell]]) for cell in cells}
    busy = {cell: harness.median([each[1] for each in samples[cell]]) for cell in cells}
    by_cpu = {cell: harness.median([each[0] / each[1] for each in samples[cell]]) for cell in cells}
    of_sms, cpu_of_sms = ({cell: all_of[cell] / all_of["SMS", cell[1]] for cell in cells} for all_of in (rate, by_cpu))
    harness.print_table(
        f"Webhooks of {BODY_BYTES} bytes, {webhooks.CONNECTIONS} connections",
        ["adapter, class", "requests/s", "of SMS", "server CPU", "requests per CPU s", "of SMS"],
        [[" ".join(cell), f"{rate[cell]:,.0f}", f"{of_sms[cell]:.2f}", f"{busy[cell]:.0%}", f"{by_cpu[cell]:,.0f}",
          f"{cpu_of_sms[cell]:.2f}"] for cell in cells])
    return [harness.Target(f"Slack's events / SMS, {TARGET_CLASS}", OF_SMS, of_sms["Slack", TARGET_CLASS]),
            harness.Target("the same by CPU time", OF_SMS, cpu_of_sms["Slack", TARGET_CLASS])]
