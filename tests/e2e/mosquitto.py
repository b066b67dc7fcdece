"""Debian's mosquitto on a free port, in a folder of its own.

    with Mosquitto() as broker:
        broker.publish("plant/a/t", "21.5")

It keeps its sessions and messages on the disk; crash() and start() are what happens to a machine.
"""

import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import paho.mqtt.publish

BINARY = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
DEADLINE_S = 15
MEMORY = pathlib.Path("/dev/shm")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    def __init__(self, options="", listener="", saves_at_once=True):
        # It writes all that it has with each change: in memory, which outlives it.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mosquitto-", dir=MEMORY if MEMORY.is_dir() else None))
        self.port = free_port()
        self.config = self.folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n{listener}\n"
            f"persistence true\npersistence_location {self.folder}/\n"
            f"autosave_on_changes {str(saves_at_once).lower()}\nautosave_interval {1 if saves_at_once else 0}\n"
            f"max_queued_messages 0\nuser root\n{options}\n")
        self.log = self.folder / "log"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, failure, *_):
        self.crash()
        if failure:
            print(f"---- log of mosquitto ----\n{self.log.read_text()[-4000:]}---- end of log ----")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen([BINARY, "-v", "-c", self.config], stdout=log, stderr=log)
        end = time.monotonic() + DEADLINE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise AssertionError(f"mosquitto does not start: {self.log.read_text()}") from None
                threading.Event().wait(0.02)

    def crash(self):
        """kill -9"""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def save(self):
        """Returns when all that it has by now is on its disk."""
        database = self.folder / "mosquitto.db"
        before = database.stat().st_ino if database.exists() else None
        self.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + DEADLINE_S
        while not database.exists() or database.stat().st_ino == before:
            assert time.monotonic() < end, "mosquitto does not save"

    def stop(self):
        """As an operator does."""
        self.process.terminate()
        self.process.wait(DEADLINE_S)

    def run(self, tool, *arguments, text=None):
        """A tool of mosquitto-clients, to its end -> what it prints."""
        command = [tool, "-h", "127.0.0.1", "-p", str(self.port), *map(str, arguments)]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def subscribe(self, topic, *arguments):
        """A mosquitto_sub that is subscribed by the time this returns; its output is what comes."""
        before = self.log.read_text().count("Sending SUBACK")
        process = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic,
                                    *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        end = time.monotonic() + DEADLINE_S
        while self.log.read_text().count("Sending SUBACK") == before:
            assert time.monotonic() < end, "no SUBACK"
            threading.Event().wait(0.01)
        return process

    def publish_all(self, messages):
        """Of (topic, payload, QoS, retain), over one connection."""
        paho.mqtt.publish.multiple(list(messages), "127.0.0.1", self.port)

    def publish(self, topic, message, *arguments):
        self.run("mosquitto_pub", "-t", topic, "-m", message, *arguments)
