"""What every bench suite shares: servers on their own core, waiting for them, medians, tables, targets."""

import http.client
import os
import platform
import resource
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
START_DEADLINE_S = 30
STOP_DEADLINE_S = 15
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = 0, 1


class Absent(Exception):
    """Something to measure, or to measure with, is not on this machine."""


class Failed(Exception):
    """A server or a client did not do its work: there is no figure."""


def machine():
    models = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    pinned = "server and client on a core each" if can_pin() else "NOT pinned: needs two cores and taskset"
    return f"{models[0] if models else platform.machine()}, {len(CORES)} cores, Linux {platform.release()}; {pinned}"


def can_pin():
    return len(CORES) > 1 and shutil.which("taskset") is not None


def pinned(command, core):
    return ["taskset", "-c", str(CORES[core]), *command] if can_pin() else command


def built(path):
    if not path.exists():
        raise Absent(f"{path.relative_to(ROOT)} is not built")
    return str(path.relative_to(ROOT))


def output(command, **where):
    """What a program says that has nothing to do but to say it."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, **where)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Absent(f"{command[0]}: {error}") from error
    if done.returncode:
        raise Absent(f"{' '.join(command[:3])}: {done.stderr.strip()[-300:]}")
    return done.stdout.strip()


def raise_descriptors():
    """Servers and clients that are started later may have as many connections as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


@dataclass
class Pair:
    """The files of a certificate and its key."""

    cert: Path
    key: Path


def make_pair(directory):
    cert, key = Path(directory) / "cert.pem", Path(directory) / "key.pem"
    output(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "7",
            "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)])
    return Pair(cert, key)


class Server:
    """A process that serves; a context manager. Its output goes to a file in `directory` and into what is raised."""

    def __init__(self, title, command, directory, cwd=None, environment=None):
        self.title = title
        self.log = Path(directory) / "server.log"
        with open(self.log, "wb") as log:
            self.started_at = time.perf_counter()
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=cwd,
                env={**os.environ, **(environment or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait(self, ready, pause_s):
        """Returns the seconds from exec until ready() is true."""
        while not ready():
            if self.process.poll() is not None:
                raise Failed(f"{self.title} ended with {self.process.returncode}: {self.last_words()}")
            if time.perf_counter() - self.started_at > START_DEADLINE_S:
                raise Failed(f"{self.title} was not ready in {START_DEADLINE_S} s: {self.last_words()}")
            time.sleep(pause_s)
        return time.perf_counter() - self.started_at

    def wait_for_port(self, port):
        return self.wait(lambda: accepts(port), 0.02)

    def last_words(self):
        return self.log.read_text(errors="replace")[-2000:].strip() or "it said nothing"

    def cpu_s(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def serve(title, command, port, directory, pinned_to=SERVER_CORE, **where):
    """A server on that port; with `pinned_to` None on all cores."""
    command = [str(word) for word in command]
    server = Server(title, command if pinned_to is None else pinned(command, pinned_to), directory, **where)
    server.port = port
    server.is_tls = False
    return server


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def get(port, path):
    """What the server says to GET, where it says 200; else None."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.read().decode() if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def answers_200(port, path):
    return get(port, path) is not None


def children_cpu_s():
    """CPU time of the child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def machine_cpu_s():
    """CPU time that all programs together have used: user, nice, system, irq, softirq."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(int(fields[i]) for i in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")


@dataclass
class Target:
    """A promise and what was measured; `measured` is None where it could not be."""

    what: str
    bound: float
    measured: float | None
    unit: str = "x"
    at_most: bool = False

    def met(self):
        if self.measured is None:
            return False
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    def row(self):
        verdict = "not measured" if self.measured is None else "met" if self.met() else "MISSED"
        wanted = f"{'<=' if self.at_most else '>='} {self.bound:g} {self.unit}"
        return [self.what, wanted, "-" if self.measured is None else f"{self.measured:.2f} {self.unit}", verdict]


def print_table(title, heads, rows):
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    print(f"\n{title}")
    for row in [heads, ["-" * width for width in widths], *rows]:
        first, *others = (cell.ljust(width) if i == 0 else cell.rjust(width)
                          for i, (cell, width) in enumerate(zip(row, widths)))
        print("  ".join([first, *others]).rstrip())


def print_targets(targets):
    print_table("Targets", ["", "target", "measured", ""], [target.row() for target in targets])
