"""MQTT 3.1.1 with npm `aedes` as the broker. Skipped, loudly, where node or the package cannot be had."""

import subprocess
import types
import unittest

import npm
from gateway import Gateway, wait_until
from mqtt_test import CONSUMERS, ROUTES, messages, plant

FOLDER = npm.install("aedes")


class AedesTest(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(["node", "broker.js"], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.kill)
        self.broker = types.SimpleNamespace(port=int(self.process.stdout.readline()))

    def publish(self, topic, lines, qos):
        command = ["mosquitto_pub", "-p", str(self.broker.port), "-t", topic, "-q", str(qos), "-l"]
        subprocess.run(command, input="".join(f"{line}\n" for line in lines), text=True, check=True, timeout=15)

    def test_each_qos(self):
        for qos in (0, 1, 2):
            more = f"version: '3.1.1', clean_start: true, subscribe: {{ topic: 'plant/#', qos: {qos} }}"
            with self.subTest(qos), Gateway(plant(self.broker, more), CONSUMERS, ROUTES) as gateway:
                gateway.wait_line("connected to")
                sent = [str(i) for i in range(200)]
                self.publish("plant/a", sent, qos)
                seen = wait_until(lambda g=gateway: len(found := messages(g)) == 200 and found, "all")
                self.assertEqual([event["text"] for event in seen], sent)

    def test_what_comes_meanwhile(self):
        more = "version: '3.1.1', subscribe: { topic: 'plant/#', qos: 1 }"
        with Gateway(plant(self.broker, more), CONSUMERS, ROUTES) as gateway:
            gateway.wait_line("connected to")
        self.publish("plant/a", range(20), 1)
        with Gateway(plant(self.broker, more), CONSUMERS, ROUTES) as gateway:
            wait_until(lambda: len(messages(gateway)) == 20, "all of them")


if __name__ == "__main__":
    unittest.main()
