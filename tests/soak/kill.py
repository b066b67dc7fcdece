#!/usr/bin/env python3
"""The gateway is killed again and again while clients talk to it, and started again on what it has left.

What has to hold, as an oracle in a process of its own knows it (tests/e2e/oracle.py):
  nothing lost      each message that was acknowledged is delivered
  nothing else      nothing is delivered that nobody has sent, nothing is altered
  order             each scope's messages come in order; what comes again does so after a kill alone
  soon              the gateway is ready within 5 s of each start
On a `durable` route the run counts only if at 90 % of the kills something was acknowledged and not yet delivered. On an
`acked` one nothing ever is. The oracle is tried first, on a `live` route, whose promise ends with the process: there it
has to find that messages are lost.

Run it by `./dev soak kill [KILLS]`; a short form is part of the tests.
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("MILLRACE_BUILD_DIR", str(HERE.parent.parent / "build" / "release"))

from killing import WITNESS, Killing, parser_of  # noqa: E402

OWED_SHARE = 0.9
TOLD_EVERY = 50
CONTROL_KILLS = 3


def rounds(kills, delivery, seed):
    """Yields for each kill what the oracle finds: right after it, and when all that was left is handled."""
    routes = f"- {{ name: kill, match: {{ path: /kill }}, to: witness, delivery: {delivery} }}"
    with Killing(seed, WITNESS, routes) as killing:
        for _ in range(kills):
            killing.kill("/kill")
            at_kill = killing.oracle.ask("judge")
            killing.start()
            killing.drain("witness")
            after = killing.oracle.ask("judge")
            assert not after["wrongs"], "\n".join(after["wrongs"])
            yield at_kill, after | {"ready_s": killing.slowest_s}


def try_oracle(seed):
    lost = [after["owed"] for _, after in rounds(CONTROL_KILLS, "live", seed)]
    print(f"the oracle finds {lost[-1]} messages lost that were acknowledged on a live route")
    assert lost[-1] > 0, "the oracle finds nothing where much is lost"


def run(kills, delivery, seed):
    owed, found = [], {}
    for at_kill, found in rounds(kills, delivery, seed):
        owed.append(at_kill["owed"])
        assert found["owed"] == 0, f"lost: {found}"
        assert delivery == "durable" or owed[-1] == 0, f"acknowledged before it was delivered: {at_kill}"
        if len(owed) % TOLD_EVERY == 0:
            print(f"{len(owed)} kills: {found}", flush=True)
    with_owed = sum(each > 0 for each in owed)
    print(f"{kills} kills: {found['acked']} of {found['sent']} messages acknowledged, {found['delivered']} delivered, "
          f"of these {found['again']} again; {found['torn']} torn lines; ready within {found['ready_s']:.2f} s; at "
          f"{with_owed} kills something was owed, {sum(owed)} messages in all")
    assert found["acked"] > 0, "nothing was acknowledged"
    counts = delivery == "acked" or with_owed >= OWED_SHARE * kills
    assert counts, "the run does not count: too seldom was anything owed"


def main():
    parser = parser_of(__doc__, 500)
    parser.add_argument("--delivery", choices=("acked", "durable"), default="durable")
    arguments = parser.parse_args()
    print("seed", arguments.seed, flush=True)
    try_oracle(arguments.seed)
    run(arguments.kills, arguments.delivery, arguments.seed)


if __name__ == "__main__":
    main()
