#!/usr/bin/env python3
"""A spool's folder that is in use, may not be written to, or has lost or damaged files beside its database."""

import os
import subprocess
import unittest

import wire
from durable import OFFER, DurableTest
from gateway import BINARY, DEADLINE_S, wait_until
from killing import drain


class DurableDamage(DurableTest):
    def test_a_second_gateway_on_the_same_state_is_refused(self):
        gateway = self.begin()
        done = subprocess.run([BINARY, "run", "-c", gateway.config], capture_output=True, text=True, cwd=gateway.folder,
                              timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 69, done)
        self.talk(gateway, [1], 10)
        drain(gateway, "taker")
        self.check_all(gateway, [1], 10)

    @unittest.skipUnless(os.geteuid() == 0, "root alone may become another user")
    def test_a_spool_that_may_not_be_written_to_is_refused_in_words(self):
        gateway = self.begin()
        self.talk(gateway, [1], 10)
        self.stop(gateway)
        spool = gateway.folder / "state" / "spool"
        for path in (gateway.folder, *gateway.folder.rglob("*")):
            os.chown(path, 65534, 65534)
        spool.chmod(0o500)
        (spool / "spool.db").chmod(0o400)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        done = subprocess.run([*as_nobody, BINARY, "run", "-c", gateway.config], capture_output=True, text=True,
                              cwd=gateway.folder, timeout=DEADLINE_S, check=False)
        self.assertEqual(done.returncode, 69, done)
        self.assertRegex(done.stderr, r"cannot start: .*spool\.db: this process may not write to it")
        for path in (gateway.folder, *gateway.folder.rglob("*")):
            os.chown(path, 0, 0)
        spool.chmod(0o700)
        (spool / "spool.db").chmod(0o600)
        gateway.start()

    def test_what_is_beside_the_database_may_be_gone_or_damaged(self):
        for name in ("journal", "claim"):
            for content in (None, b"", b"x", os.urandom(100_000)):
                with self.subTest(f"{name}: {content and len(content)}"):
                    gateway = self.begin()
                    self.slow(gateway)
                    self.talk(gateway, [1], 200)
                    gateway.kill()
                    path = gateway.folder / "state" / "spool" / name
                    path.unlink() if content is None else path.write_bytes(content)
                    self.fast(gateway)
                    gateway.start()
                    drain(gateway, "taker")
                    self.assertEqual(sorted(set(self.told(gateway)["1"])), list(range(1, 201)))

    def test_a_body_that_is_gone_or_damaged_is_named_and_the_rest_delivered(self):
        for damage in ("unlink", "cut", "change"):
            with self.subTest(damage):
                gateway = self.begin()
                self.slow(gateway)
                with wire.Connection(gateway.port(), "/orders/1", [OFFER]) as talker:
                    for text in ["1 0"] * 1000 + ["1 " + "7" * 300_000, "1 2"]:
                        talker.text(text)
                    while talker.message() != b'{"ack":1002}':
                        pass
                    gateway.kill()
                body, = (gateway.folder / "state" / "spool" / "bodies").iterdir()
                if damage == "unlink":
                    body.unlink()
                elif damage == "cut":
                    os.truncate(body, 299_999)
                else:
                    body.write_bytes(b"1 " + b"7" * 299_999 + b"8")
                self.fast(gateway)
                gateway.start()
                drain(gateway, "taker")
                lines = (gateway.folder / "testimony").read_text().splitlines()
                self.assertEqual(lines[-1].split(" ")[-1], "2")
                self.assertFalse([line for line in lines if len(line) > 1000], "a damaged body was delivered")
                gateway.wait_line("damaged and put aside: message")
                wait_until(lambda: gateway.status()["spool"]["damaged"], "it is counted")
                self.assertEqual(gateway.status()["spool"]["messages"], 0)


if __name__ == "__main__":
    unittest.main()
