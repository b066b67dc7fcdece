"""A gateway under test: started from a configuration in a folder of its own, watched, stopped, judged.

    with Gateway(adapters, consumers, routes) as gateway:
        connection = Connection(gateway.port("web"))

Leaving the block stops it as an operator would (SIGTERM) and fails unless it ends with exit code 0, without a word
from a sanitizer. Where a test fails, the gateway's log is printed. The environment variable MILLRACE_BUILD_DIR says
what is tested; the consumers of tests/support/consumers can be named in the configuration like any other.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BUILD = pathlib.Path(os.environ["MILLRACE_BUILD_DIR"])
BINARY = BUILD / "bin" / "millrace"
SANITIZED = "MILLRACE_SANITIZE:STRING=\n" not in (BUILD / "CMakeCache.txt").read_text()
SCALE = 5 if SANITIZED else 1  # for what a test does and how long it waits
DEADLINE_S = 15 * SCALE
COMPLAINT = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|terminate called|Assertion .* failed")
ENDS = ("acked", "dead", "expired", "dropped", "open")


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Returns the first true value of `condition()`."""
    end = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        threading.Event().wait(0.005)
    return value


class Gateway:
    def __init__(self, adapters, consumers, routes, gateway="drain: 5s", binary=BINARY,
                 plugins_dir=BUILD / "tests" / "consumers"):
        self.binary = binary
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.config = self.folder / "gateway.yaml"
        self.config.write_text(
            "version: 1\n"
            f"gateway: {{ name: test, state_dir: state, plugins_dir: {plugins_dir}, "
            f"admin: '127.0.0.1:0', {gateway} }}\n"
            f"adapters:\n{indented(adapters)}\nconsumers:\n{indented(consumers)}\nroutes:\n{indented(routes)}\n")
        self.lines = []
        self.is_over = False
        self.is_told_to_end = False
        self.one_looks, self.looked_at_s = threading.Lock(), None
        self.exit_code = 0  # what it should end with
        self.news = threading.Condition()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def start(self):
        """Also again, after it was killed: with the same state."""
        self.lines, self.is_over = [], False
        self.process = subprocess.Popen([self.binary, "run", "--config", self.config], cwd=self.folder, text=True,
                                        errors="replace", stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        try:
            self.admin_port = int(self.wait_line(r"admin on 127\.0\.0\.1:(\d+)").group(1))
            wait_until(lambda: self.get("/readyz")[0] == 200, "ready")
        except BaseException:
            self.dump()
            self.process.kill()
            self.process.wait()
            raise

    def kill(self):
        """As nothing can prepare for. Returns how the process has ended: -9, unless it had ended before."""
        self.process.kill()
        code = self.process.wait()
        self.reader.join()
        self.process.stderr.close()
        assert not COMPLAINT.search(self.log()), "something complained before it was killed"
        return code

    def __exit__(self, failure, *_):
        try:
            if failure:
                self.dump()
            self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.reader.join()
            self.process.stderr.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def terminate(self):
        self.is_told_to_end = True
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Stops it, if it runs, and judges how it ended."""
        if not self.is_told_to_end and self.process.poll() is None:
            self.terminate()
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.dump()
            raise AssertionError(f"the gateway does not stop within {DEADLINE_S} s") from None
        self.reader.join()
        if code != self.exit_code or COMPLAINT.search(self.log()):
            self.dump()
            raise AssertionError(f"the gateway ended with exit code {code}, or something complained")

    def port(self, adapter="web", index=0):
        """The port of the adapter's index-th listener."""
        pattern = re.compile(rf"\b{adapter}: listening on 127\.0\.0\.1:(\d+)")
        ports = wait_until(lambda: (found := pattern.findall(self.log())) and len(found) > index and found, "listening")
        return int(ports[index])

    def get(self, path):
        """GET of the admin address -> (status, body)."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=DEADLINE_S)
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError as error:
            return 0, str(error)
        finally:
            connection.close()

    def status(self):
        """/v1/status as of now. (The gateway looks at itself ten times a second at most; one look has one uptime.)"""
        def look():
            code, body = self.get("/v1/status")
            assert code == 200, (code, body)
            status = json.loads(body)
            return status if status["uptime_s"] != self.looked_at_s else None
        with self.one_looks:
            status = wait_until(look, "the gateway looks at itself")
            self.looked_at_s = status["uptime_s"]
        return status

    def adapter(self, name="web"):
        return next(each for each in self.status()["adapters"] if each["name"] == name)

    def consumer(self, name):
        return next(each for each in self.status()["consumers"] if each["name"] == name)

    def scopes(self, name="web"):
        return self.adapter(name)["scopes"]

    def gauge(self, adapter, name):
        """What an adapter says of itself."""
        pattern = re.compile(rf'millrace_plugin_gauge\{{(?=[^}}]*"{adapter}")[^}}]*name="{name}"[^}}]*\}} (\S+)')
        found = pattern.search(self.get("/metrics")[1])
        return float(found.group(1)) if found else None

    def journal(self):
        """What the consumer `journal` with the path `journal` has written: events, parsed."""
        path = self.folder / "journal"
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]  # The last may be on its way.

    def check_counts(self, status=None):
        """The counting identity (contract D14), for every consumer, exactly."""
        status = status or self.status()
        assert status["loops_silent"] == 0 and status["counts_agree"], status
        consumers = status["consumers"]
        for each in consumers:
            assert each["created"] == sum(each[end] for end in ENDS), f"deliveries do not add up: {each}"
        return consumers

    def listens_on(self):
        """Its TCP ports on 127.0.0.1, those that nobody has configured among them."""
        folder = f"/proc/{self.process.pid}"
        held = {os.readlink(each.path) for each in os.scandir(f"{folder}/fd") if each.is_symlink()}
        with open(f"{folder}/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table.readlines()[1:]]
        return [int(row[1].split(":")[1], 16) for row in rows
                if row[3] == "0A" and row[1].startswith("0100007F:") and f"socket:[{row[9]}]" in held]

    def fds(self):
        """Its open files: the least of some looks, as an admin connection of ours may still be on its way out."""
        def look():
            threading.Event().wait(0.002)
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        return min(look() for _ in range(20))

    def rss_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))

    def log(self):
        with self.news:
            return "".join(self.lines)

    def wait_line(self, pattern, deadline_s=DEADLINE_S):
        """Waits for a line of the log that has `pattern`; returns the match."""
        def found():
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)
        with self.news:
            self.news.wait_for(lambda: found() or self.is_over, deadline_s)
            match = found()
        assert match, f"the log never said {pattern!r}"
        return match

    def dump(self):
        print(f"---- log of {BINARY} ----\n{self.log()}---- end of log ----", file=sys.stderr)

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line)
                self.news.notify_all()
        with self.news:
            self.is_over = True
            self.news.notify_all()


class GatewayTest(unittest.TestCase):
    """Test cases that share one gateway, of the class's ADAPTERS, CONSUMERS and ROUTES."""

    ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0' }"
    CONSUMERS = "echo: { plugin: echo }"
    ROUTES = "- { name: echo, match: { adapter: web, path: /echo }, to: echo }"

    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(cls.ADAPTERS, cls.CONSUMERS, cls.ROUTES)
        cls.gateway.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.gateway.__exit__(None)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            self.gateway.dump()

    def setUp(self):
        self.addCleanup(self.check_nothing_left)  # the last of the cleanups

    def check_nothing_left(self):
        """Whatever a test did: nothing is left of it, and the deliveries add up."""
        wait_until(lambda: self.gateway.scopes() == 0, "no scope is left")
        for each in self.gateway.check_counts():
            self.assertEqual((each["open"], each["instances"]), (0, 0), each)


def indented(text):
    return "\n".join("  " + line for line in text.strip().splitlines())
