"""MQTT: from mosquitto_pub through mosquitto to a subscriber; until the subscriber has all of it."""

import json
import shutil
import subprocess
import time
from pathlib import Path

import harness

TOPIC, PAYLOAD = "plant/3/temperature", "x" * 64
DEADLINE_S = 120


def is_possible():
    return bool(shutil.which("mosquitto") and shutil.which("mosquitto_pub"))


def broker(directory, port, window):
    config = Path(directory) / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
                      f"max_inflight_messages {window}\nlog_dest stderr\nlog_type error\nlog_type subscribe\n")
    folder = Path(directory) / "broker"
    folder.mkdir()
    return harness.Server("mosquitto", ["mosquitto", "-c", str(config)], folder)


def handled(admin_port):
    status = json.loads(harness.get(admin_port, "/v1/status") or "{}")
    return sum(each["acked"] for each in status.get("consumers", []))


def wait_for_all(subscriber, admin_port, count):
    """A gateway says how much it has handled; the others end when they have as many as they were told to take."""
    end = time.perf_counter() + DEADLINE_S
    while subscriber.process.poll() is None:
        if admin_port and handled(admin_port) > count:  # CONNECT is one more.
            return
        if time.perf_counter() > end:
            raise harness.Failed(f"{subscriber.title} has not had all: {subscriber.last_words()}")
        time.sleep(0.01)
    if admin_port or subscriber.process.returncode:
        raise harness.Failed(f"{subscriber.title} ended: {subscriber.last_words()}")


def measure(title, command, directory, port, admin_port, qos, window, count):
    """`command` subscribes. -> messages a second"""
    with broker(directory, port, window) as server:
        server.wait_for_port(port)
        with harness.serve(title, command, port, directory, None) as subscriber:
            server.wait(lambda: "plant/#" in server.log.read_text(), 0.01)
            began = time.perf_counter()
            subprocess.run(["mosquitto_pub", "-V", "mqttv5", "-p", str(port), "-q", str(qos), "-t", TOPIC, "-l"],
                           input=f"{PAYLOAD}\n" * count, text=True, check=True, timeout=DEADLINE_S)
            wait_for_all(subscriber, admin_port, count)
            return count / (time.perf_counter() - began)
