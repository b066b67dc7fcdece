"""WebSocket: the whole gateway beside a plain Beast server, npm ws and Django Channels. See README.md."""

import sys
import tempfile
import time

import crowd
import gateway
import harness
import ws_load
from contenders import (ASYNC_CHANNELS, BEAST, BEAST_TLS, CHANNELS_GROUP, ECHO, ECHO_TLS, GROUP_REPLY, GROUP_SEND,
                        NPM_GROUP, NPM_WS, PARSE, SYNC, contenders)
from ws_load import Cell

IDLE_S = 1
STARTS = 5

SINGLE, DEEP, LARGE = Cell(50, 64, 1), Cell(50, 64, 32), Cell(50, 16384, 4)
GROUP, GROUP_DEEP = Cell(1000, 64, 1, "group"), Cell(1000, 64, 8, "group")
ECHO_CELLS = [SINGLE, DEEP, LARGE]
CELLS_OF = {PARSE: [DEEP], SYNC: [SINGLE, DEEP],
            **{title: [GROUP, GROUP_DEEP] for title in (NPM_GROUP, CHANNELS_GROUP, GROUP_SEND, GROUP_REPLY)}}


class Results:
    def __init__(self):
        self.samples = {}
        self.failures = {}

    def fail(self, title, cell, reason):
        self.failures.setdefault((title, cell), reason)

    def median(self, title, cell, field):
        if (title, cell) in self.failures or (title, cell) not in self.samples:
            return None
        return harness.median([getattr(sample, field) for sample in self.samples[title, cell]])

    def ratio(self, title, other, cell):
        rate, base = self.median(title, cell, "rate"), self.median(other, cell, "rate")
        return rate / base if rate and base else None

    def others_share(self):
        return max((s.others_share for samples in self.samples.values() for s in samples), default=0)


def run_once(contender, results, seconds):
    cells = CELLS_OF.get(contender.title, ECHO_CELLS)
    try:
        with tempfile.TemporaryDirectory() as directory, contender.start(directory) as server:
            server.wait_for_port(server.port)
            for cell in cells:
                try:
                    sample = ws_load.measure_undisturbed(server, contender.path, cell, seconds)
                    results.samples.setdefault((contender.title, cell), []).append(sample)
                except harness.Failed as failure:
                    results.fail(contender.title, cell, str(failure))
    except harness.Failed as failure:
        for cell in cells:
            results.fail(contender.title, cell, str(failure))


def start_and_idle():
    """Medians over fresh starts: milliseconds from exec until /readyz says 200, and MiB resident when idle."""
    ready_ms, resident_mib = [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as directory, gateway.start(directory, pinned_to=None) as server:
            ready_ms.append(1000 * server.wait(lambda: harness.answers_200(server.admin_port, "/readyz"), 0.001))
            time.sleep(IDLE_S)
            resident_mib.append(server.resident_mib())
    return harness.median(ready_ms), harness.median(resident_mib)


def base_of(title, cell):
    if cell.work == "group":
        return NPM_GROUP
    return BEAST_TLS if title in (BEAST_TLS, ECHO_TLS) else BEAST


def print_rates(present, results):
    rows = []
    for cell in [*ECHO_CELLS, GROUP, GROUP_DEEP]:
        for contender in present:
            samples = results.samples.get((contender.title, cell))
            if not samples or (contender.title, cell) in results.failures:
                continue

            def whole(field):
                return f"{results.median(contender.title, cell, field):,.0f}"

            def share(field):
                return f"{100 * results.median(contender.title, cell, field):.0f} %"

            rates = [sample.rate for sample in samples]
            ratio = results.ratio(contender.title, base_of(contender.title, cell), cell)
            rows.append([f"{cell}: {contender.title}", whole("rate"), f"{min(rates):,.0f} - {max(rates):,.0f}",
                         f"{ratio:.2f}" if ratio else "-", whole("p50_us"), whole("p99_us"), whole("p999_us"),
                         share("server_busy"), share("client_busy"), share("others_share")])
    heads = ["connections x payload x messages", "messages/s", "least - most", "/ Beast, ws", "p50 us", "p99 us",
             "p999 us", "server CPU", "client CPU", "others"]
    harness.print_table("Medians", heads, rows)


def print_ratios(results):
    def ratio(title, other, cell):
        value = results.ratio(title, other, cell)
        return f"{value:.2f}" if value else "-"

    rows = [[f"{title}, {cell}", *(ratio(title, other, cell) for other in (BEAST, NPM_WS, ASYNC_CHANNELS))]
            for title in (ECHO, PARSE, SYNC) for cell in CELLS_OF.get(title, ECHO_CELLS)]
    rows += [[f"{title}, {cell}", "-", *(ratio(title, other, cell) for other in (NPM_GROUP, CHANNELS_GROUP))]
             for title in (GROUP_SEND, GROUP_REPLY) for cell in CELLS_OF[title]]
    harness.print_table("Ratios", ["", f"/ {BEAST}", f"/ {NPM_WS}", "/ Channels"], rows)


def targets_of(results, ready_ms, resident_mib, crowds):
    def ratio(title, other, cell, bound):
        return harness.Target(f"{title} / {other}, {cell}", bound, results.ratio(title, other, cell))

    return [
        ratio(ECHO, BEAST, SINGLE, 0.9),
        ratio(ECHO, BEAST, DEEP, 10),
        ratio(PARSE, BEAST, DEEP, 4),
        ratio(ECHO, BEAST, LARGE, 3),
        ratio(ECHO, ASYNC_CHANNELS, DEEP, 50),
        ratio(SYNC, BEAST, SINGLE, 0.5),
        ratio(SYNC, BEAST, DEEP, 5),
        ratio(ECHO_TLS, BEAST_TLS, SINGLE, 0.9),
        ratio(ECHO_TLS, BEAST_TLS, DEEP, 4),
        ratio(GROUP_SEND, CHANNELS_GROUP, GROUP, 20),
        ratio(GROUP_SEND, CHANNELS_GROUP, GROUP_DEEP, 20),
        ratio(GROUP_SEND, NPM_GROUP, GROUP_DEEP, 2),
        ratio(GROUP_REPLY, NPM_GROUP, GROUP_DEEP, 2),
        harness.Target(f"memory of an idle connection, of {crowds.connections:,}", 8, crowds.kib_each(ECHO), "KiB",
                       at_most=True),
        harness.Target("start to ready", 300, ready_ms, "ms", at_most=True),
        harness.Target("idle RSS", 40, resident_mib, "MiB", at_most=True),
    ]


def find_all():
    present = []
    for contender in contenders():
        try:
            print(f"  {contender.title}: {contender.find()}", flush=True)
            present.append(contender)
        except harness.Absent as absent:
            print(f"  {contender.title}: ABSENT, not measured: {absent}", flush=True)
    return present


def run(options):
    for program in (ws_load.PROGRAM, crowd.PROGRAM):
        if not program.exists():
            sys.exit(f"{program.relative_to(harness.ROOT)} is absent: build with MILLRACE_BENCH=ON first")
    present = find_all()
    results = Results()
    for i in range(options.runs):
        print(f"run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        for contender in present if i % 2 == 0 else reversed(present):
            run_once(contender, results, 1 if options.quick else 3)
    crowds = crowd.run(present, options)
    ready_ms = resident_mib = None
    if any(contender.title == ECHO for contender in present):
        try:
            ready_ms, resident_mib = start_and_idle()
        except harness.Failed as failure:
            print(f"FAILED: start to ready: {failure}")
    for (title, cell), reason in results.failures.items():
        print(f"FAILED: {title}, {cell}: {reason}")
    print_rates(present, results)
    print_ratios(results)
    crowd.show(crowds)
    targets = targets_of(results, ready_ms, resident_mib, crowds)
    harness.print_targets(targets)
    if results.others_share() > ws_load.NOISE:
        print(f"\nOther programs took up to {100 * results.others_share():.0f} % of the machine during a cell: "
              "do not quote these figures.")
    return targets
