"""SIGTERM: nothing new comes in, what was accepted is answered, everybody is told goodbye, the exit code is 0."""

import json
import signal
import unittest

from gateway import Gateway, wait_until
from wire import TEXT, Connection, close_frame, frame, request


class DrainTest(unittest.TestCase):
    def start(self, drain="60s", settings="close_timeout: 500ms"):
        return Gateway(
            adapters=f"web: {{ type: websocket, listen: '127.0.0.1:0', {settings} }}",
            consumers="echo: { plugin: echo }\nsleeper: { plugin: sleeper }\n"
                      "gate: { plugin: gate, workers: 2, config: { path: opened } }\n"
                      "journal: { plugin: journal, config: { path: journal.jsonl } }",
            routes="- { name: echo, match: { adapter: web, path: /echo }, to: [echo, journal] }\n"
                   "- { name: gate, match: { adapter: web, path: /gate }, to: [gate, journal] }\n"
                   "- { name: sleeper, match: { adapter: web, path: /sleeper }, to: sleeper }",
            gateway=f"drain: {drain}")

    def connect(self, gateway, path=None):
        connection = Connection(gateway.port(), path)
        self.addCleanup(connection.socket.close)
        return connection

    def goodbye(self, connection):
        self.assertEqual(connection.closing()[0], 1001)
        connection.send(close_frame(1001))
        self.assertTrue(connection.is_at_end())

    def reasons(self, gateway):
        lines = (gateway.folder / "journal.jsonl").read_text().splitlines()
        return [event["reason"] for event in map(json.loads, lines) if event["kind"] == "DISCONNECT"]

    def test_everybody_is_told_1001(self):
        with self.start() as gateway:
            connections = [self.connect(gateway, "/echo") for _ in range(20)]
            gateway.terminate()
            for connection in connections:
                self.goodbye(connection)
            gateway.stop()
            self.assertEqual(self.reasons(gateway), ["DRAIN"] * 20)

    def test_what_was_accepted_is_answered_first(self):
        with self.start() as gateway:
            waiting = self.connect(gateway, "/gate")
            waiting.send(frame(TEXT, "a") * 10)
            wait_until(lambda: gateway.consumer("gate")["created"] == 11, "all are accepted")
            gateway.terminate()
            gateway.wait_line("draining")
            (gateway.folder / "opened").touch()
            self.assertEqual([waiting.message() for _ in range(10)], [b"a"] * 10)
            self.goodbye(waiting)
            gateway.stop()

    def test_a_coroutine_that_waits_may_end(self):
        with self.start() as gateway:
            waiting = self.connect(gateway, "/sleeper")
            waiting.text("sleep 500 good night")
            wait_until(lambda: gateway.consumer("sleeper")["open"] == 1, "it sleeps")
            gateway.terminate()
            self.assertEqual(waiting.message(), b"good night")
            self.goodbye(waiting)
            gateway.stop()

    def test_nothing_new_gets_in_meanwhile(self):
        with self.start() as gateway:
            port = gateway.port()
            waiting = self.connect(gateway, "/gate")
            waiting.text("hold")
            undecided = self.connect(gateway)
            undecided.send(request()[:40])
            wait_until(lambda: gateway.consumer("gate")["created"] == 2, "accepted")
            gateway.terminate()
            self.assertEqual(undecided.response()[0], "HTTP/1.1 503 Service Unavailable")
            with self.assertRaises(ConnectionRefusedError):
                wait_until(lambda: Connection(port).socket.close(), "the listener is closed")
            self.assertEqual(gateway.get("/livez")[0], 200)
            self.assertEqual(gateway.get("/readyz")[0], 503)
            (gateway.folder / "opened").touch()
            self.assertEqual(waiting.message(), b"hold")
            self.goodbye(waiting)
            gateway.stop()

    def test_who_does_not_end_in_time_is_given_up_and_said_goodbye(self):
        with self.start(drain="300ms") as gateway:
            stuck = [self.connect(gateway, path) for path in ("/gate", "/sleeper")]
            stuck[0].text("never")
            stuck[1].text("sleep 3600000 never")
            wait_until(lambda: gateway.consumer("sleeper")["open"] == 1 and gateway.consumer("gate")["created"] == 2,
                       "both handlers run")
            gateway.terminate()
            for connection in stuck:
                self.goodbye(connection)
            gateway.stop()

    def test_a_client_that_does_not_listen_cannot_hold_the_gateway(self):
        with self.start(drain="300ms") as gateway:
            deaf = Connection(gateway.port(), "/echo", receive_buffer=4096)
            self.addCleanup(deaf.socket.close)
            deaf.socket.settimeout(0.2)
            try:
                while True:
                    deaf.send(frame(TEXT, "x" * 10_000))
            except TimeoutError:
                pass
            gateway.stop()

    def test_with_nobody_there_it_ends_at_once(self):
        with self.start(drain="600s") as gateway:
            gateway.stop()

    def test_a_second_signal_ends_it_at_once(self):
        with self.start() as gateway:
            waiting = self.connect(gateway, "/gate")
            waiting.text("never")
            wait_until(lambda: gateway.consumer("gate")["created"] == 2, "accepted")
            gateway.terminate()
            gateway.wait_line("draining")
            gateway.exit_code = -signal.SIGTERM
            gateway.terminate()
            gateway.stop()


if __name__ == "__main__":
    unittest.main()
