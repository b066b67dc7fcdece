#!/usr/bin/env python3
"""`millrace dlq` and `millrace spool` on the spool of a gateway that is stopped, and where there is none."""
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import time
import unittest

from gateway import BINARY, BUILD, DEADLINE_S, SANITIZED
from program import CommandLineTest, Running, millrace

MANY = 4_000 if SANITIZED else 40_000

# What a program's memory was at most. Its parent has to be small, for that counts until the program begins.
MEASURE = """
import os, subprocess, sys
program = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(program.pid, 0)
print(status, usage.ru_maxrss)
"""


class OnASpool(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.state = self.folder / "state"
        self.state.mkdir(0o700)
        self.spool = self.state / "spool"

    def fill(self, letters):
        subprocess.run([BUILD / "tests" / "spool_filler", self.spool, str(letters)], timeout=DEADLINE_S, check=True)

    def ask(self, command, *arguments):
        return millrace(*command.split(), "-c", self.config, *arguments)

    def done(self, command, *arguments):
        """What a command that succeeds prints."""
        answer = self.ask(command, *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), command)
        return answer.stdout

    def lines(self, command, *arguments):
        return [json.loads(line) for line in self.done(command, "--format", "json", *arguments).splitlines()]

    def ids(self, *arguments):
        return [line["id"] for line in self.lines("dlq list", *arguments)]

    def refuses(self, exit_code, text, command, *arguments):
        answer = self.ask(command, *arguments)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (exit_code, "", f"millrace: {text}\n"))

    def execute(self, sql):
        with sqlite3.connect(self.spool / "spool.db") as database:
            database.execute(sql)
        database.close()


class DeadLetters(OnASpool):
    def test_list(self):
        self.fill(0)
        self.assertEqual(self.done("dlq list"), "no dead letters\n")
        self.assertEqual(self.done("dlq list", "--format", "json"), "")
        self.fill(3)
        head, first, *_ = text = self.done("dlq list").splitlines()
        self.assertEqual(len(text), 4)
        self.assertRegex(head, r"^ +ID DIED +REASON +CODE CONSUMER +ROUTE +SCOPE +ATTEMPTS +BYTES WHY$")
        self.assertRegex(first, r'^ +\d+ \d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z rejected +500 echo +echo +web:1f-3 +2 +\d+ '
                                r'"no such order"$')

    def test_filters(self):
        self.fill(20)
        all_ids = self.ids()
        self.assertEqual(len(all_ids), 20)
        for arguments, count in ((("--code", "422"), 10), (("--code", "7"), 0), (("--route", "echo"), 20),
                                 (("--consumer", "gone"), 2), (("--reason", "rejected"), 20), (("--since", "1h"), 20),
                                 (("--since", "2999-01-01T00:00:00Z"), 0),
                                 (("--consumer", "gone", "--code", "500"), 0)):
            with self.subTest(arguments):
                self.assertEqual(len(self.ids(*arguments)), count)
        self.assertLess(len(self.ids("--since", "10s")), 20)
        self.assertEqual(self.ids(str(all_ids[3]), str(all_ids[1])), [all_ids[1], all_ids[3]])

    def test_show(self):
        self.fill(1)
        number = self.ids()[0]
        text = self.done("dlq show", str(number))
        for line in (rf"id +{number}", r"reason +rejected, code 500", r'why +"no such order"', r"consumer +echo",
                     r"scope +web:1f-3", r"plugin +1\.2\.3, SHA-256 abcdef", r'source id +"order-1"',
                     r'attempt +1 at \S+Z: code 0 "busy"', r'attempt +2 at \S+Z: code 422 "no such order"',
                     r'message +\{.*"text":"order 0".*\}'):
            self.assertRegex(text, rf"(?m)^{line}$")

    def test_export_is_what_explain_reads(self):
        self.fill(2)
        exported = self.done("dlq export")
        self.assertEqual([json.loads(line)["text"] for line in exported.splitlines()], ["order 0", "order 1"])
        (self.folder / "event.json").write_text(exported.splitlines()[0])
        answer = millrace("explain", "-c", self.config, "--event", self.folder / "event.json")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertIn("goes to echo by route echo", answer.stdout)

    def test_stats(self):
        self.fill(20)
        text = self.done("dlq stats")
        self.assertRegex(text, r"(?m)^echo +rejected +echo +18 ")
        self.assertRegex(text, r"(?m)^echo +rejected +gone +2 ")
        self.assertRegex(text, r"(?m)^20 dead letters, \d+ bytes$")

    def test_requeue(self):
        self.fill(20)
        self.assertEqual(self.done("dlq requeue", "--dry-run"),
                         "would requeue 18 of 20\n  18 to echo\n"
                         "  2 stay: the configuration does not have their consumer; --to names another\n")
        self.assertEqual(self.done("dlq requeue", "--limit", "5"), "requeued 5 of 20\n")
        self.assertEqual(self.done("dlq requeue", "--consumer", "gone", "--to", "audit"), "requeued 2 of 2\n")
        self.assertEqual(self.done("dlq requeue", str(self.ids()[0])), "requeued 1 of 1\n")
        self.assertEqual(self.done("dlq requeue"), "requeued 12 of 12\n")
        waiting = {(lane["consumer"], lane["scope"]): lane["waiting"] for lane in self.lines("spool ls")}
        self.assertEqual(waiting, {("echo", "web:waits"): 3, ("echo", "web:1f-3"): 18, ("audit", "web:1f-3"): 2})

    def test_requeue_takes_its_time(self):
        self.fill(9)
        began = time.monotonic()
        self.assertEqual(self.done("dlq requeue", "--rate", "20/s"), "requeued 9 of 9\n")
        self.assertGreaterEqual(time.monotonic() - began, 8 / 20)

    def test_drop(self):
        self.fill(20)
        self.refuses(64, "drop has to be told which: ids, a filter, or --all", "dlq drop")
        self.assertEqual(self.done("dlq drop", "--code", "422"), "dropped 10 of 10\n")
        self.assertEqual(self.done("dlq drop", str(self.ids()[0])), "dropped 1 of 1\n")
        self.assertEqual(self.done("dlq drop", "--all"), "dropped 9 of 9\n")
        self.assertEqual(self.done("spool verify"),
                         "whole: 3 messages, 3 deliveries, 0 dead letters, 0 commands; wrong: 0\n")

    def peak_kib(self, command):
        answer = subprocess.run([sys.executable, "-c", MEASURE, BINARY, *command.split(), "-c", self.config],
                                capture_output=True, text=True, timeout=DEADLINE_S, check=True)
        status, peak = answer.stdout.split()
        self.assertEqual(status, "0")
        return int(peak)

    @unittest.skipIf(SANITIZED, "a sanitizer keeps what is freed")
    def test_memory(self):
        self.fill(10)
        few = self.peak_kib("dlq export")
        self.fill(MANY)
        many = self.peak_kib("dlq export")
        print(f"dlq export of 10 and of {MANY}: {few} and {many} KiB")
        self.assertLess(many, few + (32 << 10), "twice SQLite's cache")

    def test_many(self):
        self.fill(MANY)
        for command, last in (("dlq list", None), ("dlq export", None), ("dlq stats", f"{MANY} dead letters"),
                              ("dlq requeue --to audit --code 422", f"requeued {MANY // 2} of {MANY // 2}"),
                              ("dlq drop --all", f"dropped {MANY // 2} of {MANY // 2}"), ("spool verify", "whole:")):
            with self.subTest(command):
                began = time.monotonic()
                lines = self.done(command).splitlines()
                print(f"{command}: {time.monotonic() - began:.1f} s")
                if last is None:
                    self.assertGreaterEqual(len(lines), MANY)
                else:
                    self.assertTrue(lines[-1].startswith(last), lines[-1])


class Spool(OnASpool):
    def test_ls_and_stats(self):
        self.fill(2)
        head, lane = self.done("spool ls").splitlines()
        self.assertRegex(head, r"^ +LANE CONSUMER +SCOPE +WAITING +ATTEMPT +TIMERS NOT BEFORE$")
        self.assertRegex(lane, r"^ +\d+ echo +web:waits +3 +1 +0 -$")
        text = self.done("spool stats")
        for line in (r"5 messages, \d+ bytes", r"3 deliveries wait, the oldest of a message of \d{4}-\S+Z",
                     r"2 dead letters, \d+ bytes", "0 commands wait for their adapters",
                     "0 damaged rows were put aside"):
            self.assertRegex(text, rf"(?m)^{line}$")

    def test_verify(self):
        self.fill(2)
        self.execute("UPDATE dead_letters SET route = x'00' WHERE id = (SELECT min(id) FROM dead_letters)")
        for _ in range(2):
            answer = self.ask("spool verify")
            self.assertEqual(answer.returncode, 1)
            self.assertRegex(answer.stdout, r"^dead letter \d+: its checksum is wrong\n"
                                            r"whole: 5 messages, 3 deliveries, 1 dead letters, 0 commands; wrong: 1\n$")


class Refusals(OnASpool):
    def test_wrong_command_lines(self):
        for arguments in (["dlq"], ["dlq", "burn"], ["dlq", "show", "-c", self.config], ["dlq", "list"], ["spool"],
                          ["dlq", "list", "-c", self.config, "--to", "x"], ["dlq", "list", "-c", self.config, "x"],
                          ["dlq", "requeue", "-c", self.config, "--limit", "0"], ["spool", "ls"],
                          ["spool", "ls", "-c", self.config, "--format", "xml"]):
            with self.subTest(arguments):
                answer = millrace(*arguments)
                self.assertEqual((answer.returncode, answer.stdout), (64, ""))
                self.assertIn("--help", answer.stderr)

    def test_what_there_is_not(self):
        self.fill(1)
        for command in ("dlq show 7777", "dlq list 7777", "dlq export 7777"):
            self.refuses(64, "there is no dead letter 7777", command)
        for command in ("dlq drop 7777", "dlq requeue 7777"):
            self.refuses(64, "there is no dead letter 7777; nothing was done", command)
        self.refuses(64, 'to: the configuration has no consumer "ecko"', "dlq requeue --to ecko")
        self.refuses(64, 'since: "noon" is no time: write 2026-11-29T12:00:00Z, or how long ago it is: 30m, 2h, 7d',
                     "dlq list --since noon")
        self.refuses(64, "rate is how many a second, 1/s to 1000000/s", "dlq requeue --rate fast")
        self.refuses(64, "dead letters are named by their ids or by a filter, not by both", "dlq drop --code 1 1")

    def test_a_wrong_configuration(self):
        self.change("to: echo", "to: ecko")
        answer = self.ask("dlq list")
        self.assertEqual((answer.returncode, answer.stdout), (78, ""))

    def test_no_spool(self):
        self.refuses(69, f"there is no spool in {self.spool}: no gateway with this configuration had a durable route",
                     "dlq list")
        self.assertEqual(os.listdir(self.state), [])

    def not_opened(self, text):
        answer = self.ask("dlq list")
        self.assertEqual((answer.returncode, answer.stdout), (69, ""))
        self.assertEqual(answer.stderr.splitlines(), [
            f"millrace: {text}",
            "millrace: no gateway that you may ask runs with this configuration: "
            f"{self.state}/admin.sock: No such file or directory"])

    def test_a_spool_that_another_process_holds(self):
        self.fill(1)
        with open(self.spool / "claim", "rb") as claim:
            holder = int.from_bytes(claim.read(8), "little")
            fcntl.flock(claim, fcntl.LOCK_EX)
            self.not_opened(f"the spool in {self.spool} is held by process {holder}, a gateway or a command that works "
                            "on it: wait for its end, stop it, or name another state_dir")

    def test_a_spool_of_a_newer_millrace(self):
        self.fill(1)
        self.execute("PRAGMA user_version = 4")
        self.not_opened("cannot open the spool: a newer Millrace has written it (schema 4, this one knows 3); run that "
                        "one until the spool is empty, or name another state_dir")

    def test_a_gateway_without_a_spool(self):
        with Running(self.config) as gateway:
            for command in ("dlq list", "spool stats"):
                self.refuses(69, "the gateway that runs has no spool: none of its routes is durable", command)
            self.refuses(64, 'to: the configuration has no consumer "ecko"', "dlq requeue --to ecko")
            self.assertEqual(gateway.stop(), 0)


if __name__ == "__main__":
    unittest.main()
