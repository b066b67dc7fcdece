"""A live route at a fifth of its own maximum, alone and beside a saturated durable one in the same gateway."""

import subprocess
import sys
import tempfile

import durable
import harness

SHARE = 0.2
LEAD_S = 1  # the durable route is saturated for so long before the live one begins, and after it ends
SPIN = [sys.executable, "-c", "while True: pass"]


def beside_spinning(directory, rate, seconds):
    """The same beside two threads of other programs that only spin: what a durable route costs as any busy thread does,
    where its writer and its clients have no cores of their own."""
    spinning = [subprocess.Popen(SPIN) for _ in range(2)]
    try:
        return live(directory, "rate", rate, seconds)[0]
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def live(directory, pace, number, seconds, is_beside=False):
    """From a fresh start: what the live route's clients saw, and the messages a second of the durable one."""
    with tempfile.TemporaryDirectory(dir=directory) as place, durable.start(place) as server:
        server.wait_for_port(server.port)
        if not is_beside:
            return durable.drive(server, "live", pace, number, seconds), 0
        others = durable.begin(server, "durable", "window", durable.DEPTH, seconds + 2 * LEAD_S)
        try:
            others.wait(LEAD_S)
        except subprocess.TimeoutExpired:
            load = durable.drive(server, "live", pace, number, seconds)
        return load, durable.load_of(*others.communicate())["messages_per_s"]


def seen(load, rate):
    return load["messages_per_s"] / rate, load["p50_us"], load["p99_us"]


def run(directory, options):
    seconds = 1 if options.quick else 3
    alone, beside, spinning, most, durable_rates = [], [], [], [], []
    for i in range(options.runs):
        print(f"live beside durable, run {i + 1} of {options.runs}", file=sys.stderr, flush=True)
        most.append(live(directory, "window", 1, seconds)[0]["messages_per_s"])
        rate = int(SHARE * harness.median(most))
        for is_beside in (False, True) if i % 2 == 0 else (True, False):
            load, durable_rate = live(directory, "rate", rate, seconds, is_beside)
            (beside if is_beside else alone).append(seen(load, rate))
            if is_beside:
                durable_rates.append(durable_rate)
        spinning.append(seen(beside_spinning(directory, rate, seconds), rate))

    def median(samples, index):
        return harness.median([sample[index] for sample in samples])

    harness.print_table(
        f"A live echo at {SHARE:.0%} of its {harness.median(most):,.0f} messages/s, medians",
        ["", "share of that rate", "p50 us", "p99 us", "least - most", "durable messages/s"],
        [[what, f"{median(samples, 0):.3f}", f"{median(samples, 1):,.0f}", f"{median(samples, 2):,.0f}",
          f"{min(sample[2] for sample in samples):,} - {max(sample[2] for sample in samples):,}", durable_rate]
         for what, samples, durable_rate in (
             ("alone", alone, "-"), ("beside", beside, f"{harness.median(durable_rates):,.0f}"),
             ("beside two threads that spin", spinning, "-"))])
    return [
        harness.Target("live rate beside a saturated durable route / what is offered", 0.99, median(beside, 0)),
        harness.Target("live p99 beside a saturated durable route / alone", 2, median(beside, 2) / median(alone, 2),
                       at_most=True)]
