#!/usr/bin/env python3
"""Slack by Socket Mode: connections, what is acknowledged and when, how one follows the other."""

import json
import tempfile
import time
import unittest

from certificates import Certificates
from gateway import SCALE, Gateway, wait_until
from slack_events import callback, command, message
from slack_server import APP_TOKEN, BOT_TOKEN, SlackServer, socket_adapter

FAST = ", send: { burst: 1000, interval: 1ms, per_minute: 100000 }"
QUICK = ", reconnect: { initial: 50ms, max: 500ms }"
CONSUMERS = "commands: { plugin: commands }\ngate: { plugin: gate, config: { path: gate } }\n" \
            "flaky: { plugin: flaky, config: { until: open } }"
ROUTES = """
- { name: gate, match: { room: CG }, to: gate }
- { name: flaky, match: { room: CF }, to: [ commands, flaky ] }
- { name: all, match: { adapter: slack }, to: commands }
"""


class SlackTlsTest(unittest.TestCase):
    def setUp(self):
        certificates = Certificates(self.enterContext(tempfile.TemporaryDirectory()))
        self.ca = certificates.folder / "ca.crt"
        self.slack = self.enterContext(SlackServer(certificates.make("slack", issuer="ca", subject="localhost")))

    def gateway(self, extra):
        return self.enterContext(Gateway(socket_adapter(self.slack, extra + FAST, QUICK), CONSUMERS, ROUTES))

    def test_it_is_trusted_by_who_has_signed_its_certificate(self):
        self.gateway(f", ca: '{self.ca}'")
        wait_until(lambda: self.slack.socket.connections, "a connection")
        envelope = self.slack.socket.push("events_api", callback(message("say hello")))
        wait_until(lambda: self.slack.socket.acked(envelope), "it is acknowledged")
        wait_until(lambda: self.slack.texts("C1") == ["hello"], "it is answered")

    def test_it_is_not_trusted(self):
        gateway = self.gateway("")
        gateway.wait_line("unable to get local issuer certificate|self-signed certificate")
        wait_until(lambda: "certificate" in gateway.adapter("slack")["degraded"], "the trouble is told")
        self.assertEqual((self.slack.calls, self.slack.socket.opened), ([], 0))


class SlackSocketTest(unittest.TestCase):
    def start(self, socket="", extra=FAST, prepare=None):
        self.slack = SlackServer()
        self.slack.__enter__()
        self.addCleanup(self.slack.__exit__, None, None, None)
        if prepare:
            prepare()
        self.socket = self.slack.socket
        self.gateway = Gateway(socket_adapter(self.slack, extra, socket + QUICK), CONSUMERS, ROUTES)
        self.gateway.__enter__()
        self.addCleanup(self.gateway.__exit__, None, None, None)

    def wait_connections(self, count, opened=None):
        def there():
            with self.slack.lock:
                numbers = [each.number for each in self.socket.connections]
            is_there = len(numbers) == count and opened in (None, self.socket.opened)
            return (numbers,) if is_there else None
        return wait_until(there, f"{count} connections")[0]

    def say(self, text, room="C1", **more):
        return self.socket.push("events_api", callback(message(text, room)), **more)

    def wait_ack(self, envelope):
        return wait_until(lambda: self.socket.acked(envelope), f"{envelope} is acknowledged")

    def wait_text(self, text, room="C1"):
        wait_until(lambda: text in self.slack.texts(room), f"{text} in {room}")

    def test_an_event_is_acknowledged_and_answered(self):
        self.start()
        self.wait_connections(1)
        envelope = self.say("say hello")
        self.wait_ack(envelope)
        self.wait_text("hello")
        self.assertEqual(self.socket.payloads[envelope], None)
        wait_until(lambda: self.gateway.gauge("slack", "connections") == 1, "it says so")

    def test_an_acknowledgement_waits_for_the_consumer(self):
        self.start()
        self.wait_connections(1)
        waiting = self.say("hello", "CG")
        behind = self.say("say quick", "C1")
        self.wait_ack(behind)
        self.assertEqual(self.socket.acked(waiting), [])
        (self.gateway.folder / "gate").touch()
        self.wait_ack(waiting)

    def test_what_fails_is_not_acknowledged_until_it_comes_again(self):
        self.start()
        self.wait_connections(1)
        event = callback(message("say once", "CF"))
        first = self.socket.push("events_api", event)
        self.wait_text("once", "CF")
        self.wait_ack(self.say("say behind it", "C2"))
        self.assertEqual(self.socket.acked(first), [])
        (self.gateway.folder / "open").touch()
        second = self.socket.push("events_api", event, attempt=1, reason="timeout")
        self.wait_ack(second)
        self.wait_ack(self.socket.push("events_api", event, envelope_id=second))  # The very same once more.
        self.wait_ack(self.say("say after", "CF"))
        self.wait_text("after", "CF")
        self.assertEqual(self.slack.texts("CF"), ["once", "after"])

    def test_a_slash_command(self):
        self.start()
        self.wait_connections(1)
        url = f"{self.slack.url}/response/two"
        self.wait_ack(self.socket.push("slash_commands", command("/do", "say done", "CX1", response_url=url)))
        wait_until(lambda: self.slack.workspace.responses, "a response")
        self.assertEqual(self.slack.workspace.responses[0][1]["text"], "done")

    def test_several_connections(self):
        self.start(", connections: 3")
        self.wait_connections(3, opened=3)
        envelopes = [self.say(f"say {i}") for i in range(30)]
        over = {self.wait_ack(each)[0] for each in envelopes}
        self.assertEqual(over, {1, 2, 3})
        wait_until(lambda: len(self.slack.texts("C1")) == 30, "each is answered once")
        self.assertEqual(sorted(self.slack.texts("C1"), key=int), [str(i) for i in range(30)])

    def test_the_same_event_over_two_connections_is_one(self):
        self.start(", connections: 2")
        self.wait_connections(2)
        event = callback(message("say one of two"))
        for each in list(self.socket.connections):
            self.wait_ack(self.socket.push("events_api", event, connection=each))
        self.wait_ack(self.say("say last"))
        self.wait_text("last")
        self.assertEqual(self.slack.texts("C1"), ["one of two", "last"])

    def test_before_a_connection_ends_another_is_there(self):
        for reason in ("warning", "refresh_requested"):
            with self.subTest(reason=reason):
                self.start()
                self.wait_connections(1)
                old = self.socket.connections[0]
                held = self.say("hello", "CG")
                old.disconnect(reason)
                self.wait_connections(2, opened=2)
                late = self.say("say over the old one", connection=old)
                self.wait_ack(late)
                self.assertEqual(self.socket.acked(held), [])
                self.assertIsNone(old.close_code)  # What came over it is not settled yet.
                (self.gateway.folder / "gate").touch()
                self.assertEqual(self.wait_ack(held), [1])
                self.assertEqual(self.wait_connections(1), [2])
                self.assertEqual(old.close_code, 1000)
                self.wait_ack(self.say("say over the new one"))
                self.assertEqual(self.socket.opened, 2)

    def test_several_connections_are_refreshed_while_events_come(self):
        self.start(", connections: 2")
        self.wait_connections(2)
        old = list(self.socket.connections)
        envelopes = []
        for i in range(60):
            if i in (20, 30):  # The second while what takes the place of the first may not be there yet.
                old[i // 10 - 2].disconnect("refresh_requested")
            event = callback(message(f"say {i}"))
            envelopes.append((self.socket.push("events_api", event), event))
        for envelope, event in envelopes:
            self.bring_until_acked(envelope, event)
        wait_until(lambda: [each.close_code for each in old] == [1000, 1000], "the old ones are closed")
        self.wait_connections(2, opened=4)
        with self.slack.lock:
            self.assertGreaterEqual(min(self.socket.counts[self.socket.counts.index(2):]), 2)
        self.wait_ack(self.say("say last"))
        self.wait_text("last")
        self.assertEqual(sorted(self.slack.texts("C1")[:-1], key=int), [str(i) for i in range(60)])

    def bring_until_acked(self, envelope, event):
        """As Slack does: what went over a connection that has ended comes again."""
        for attempt in range(1, 4):
            with self.slack.lock:
                if self.slack.news.wait_for(lambda: self.socket.acked(envelope), 3 * SCALE):
                    return
            envelope = self.socket.push("events_api", event, attempt=attempt, reason="timeout")
        self.wait_ack(envelope)

    def test_a_lost_connection_is_made_anew(self):
        self.start()
        for opened in range(1, 4):
            self.wait_connections(1, opened)
            self.wait_ack(self.say(f"say {opened}"))
            if opened == 2:
                self.socket.connections[0].close()
            else:
                self.socket.connections[0].cut()
        self.wait_connections(1, 4)
        self.assertEqual(len(self.slack.called("apps.connections.open")), 4)

    def test_a_silent_connection_is_given_up(self):
        self.start(", lost_after: 600ms")
        self.wait_connections(1)
        first = self.socket.connections[0]
        wait_until(lambda: first.pings >= 2, "it is asked")
        self.assertEqual(self.socket.opened, 1)
        first.answers_pings = False
        self.wait_connections(1, 2)

    def test_pings_are_answered(self):
        self.start(", lost_after: 10m")
        self.wait_connections(1)
        self.socket.connections[0].ping()
        self.wait_ack(self.say("say still here"))
        self.assertEqual(self.socket.opened, 1)

    def test_what_cannot_be_read_ends_nothing(self):
        self.start()
        self.wait_connections(1)
        connection = self.socket.connections[0]
        for text in ("", "no JSON", "[]", "7", "{}", '{"type":"new"}', '{"type":"events_api"}',
                     '{"envelope_id":7,"type":"events_api"}', "[" * 100, '{"a":' * 40):
            connection.send(text)
        connection.frame(2, b"\x00\x01")  # Binary.
        for payload in (None, [], "x", {}, {"event": 7}, {"event": {"type": "message"}}, {"event": {"type": []}}):
            self.wait_ack(self.socket.push("events_api", payload))
        self.wait_ack(self.socket.push("something_new", {"a": 1}))
        self.wait_ack(self.say("say fine"))
        self.assertEqual(self.socket.opened, 1)
        wait_until(lambda: self.gateway.gauge("slack", "events_unreadable") == 7, "they are counted")

    def test_a_text_that_is_no_utf8_or_too_long_ends_the_connection(self):
        self.start()
        self.wait_connections(1, 1)
        self.socket.connections[0].frame(1, b"\xff")
        self.wait_connections(1, 2)
        self.socket.connections[0].frame(1, b'"' + b"x" * (5 << 20) + b'"')
        self.wait_connections(1, 3)
        self.wait_ack(self.say("say fine"))

    def test_slack_refuses_for_a_while(self):
        def refuse():
            self.slack.behave("apps.connections.open", ["429", "internal_error", "500", "close", "accept"])
        self.start(prepare=refuse)
        self.wait_connections(1)
        self.assertEqual(len(self.slack.called("apps.connections.open")), 5)
        wait_until(lambda: not self.gateway.adapter("slack").get("degraded"), "nothing is wrong any more")

    def test_what_is_for_good(self):
        def refuse():
            self.slack.app_token = "xapp-another"
        self.start(", connections: 2", prepare=refuse)
        self.gateway.wait_line("apps.connections.open: invalid_auth; it is not tried again")
        wait_until(lambda: "invalid_auth" in self.gateway.adapter("slack")["degraded"], "the trouble is told")
        begun = time.monotonic()
        wait_until(lambda: time.monotonic() - begun > 1, "time passes")
        self.assertLessEqual(len(self.slack.called("apps.connections.open")), 2)

    def test_socket_mode_is_switched_off(self):
        self.start()
        self.wait_connections(1)
        self.socket.connections[0].disconnect("link_disabled")
        self.gateway.wait_line("Socket Mode is switched off for this app")
        self.socket.connections[0].close()
        self.wait_connections(0)
        self.assertEqual(self.socket.opened, 1)

    def test_no_secret_is_told(self):
        def refuse():
            self.slack.behave("apps.connections.open", ["close", "accept"])
        self.start(prepare=refuse)
        self.wait_connections(1)
        self.socket.connections[0].cut()
        self.wait_connections(1, 2)
        everything = self.gateway.log() + json.dumps(self.gateway.status()) + self.gateway.get("/metrics")[1]
        for secret in (BOT_TOKEN, APP_TOKEN, "secret-", "ticket"):
            self.assertNotIn(secret, everything)

    def test_a_stop_says_goodbye(self):
        self.start()
        self.wait_connections(1)
        connection = self.socket.connections[0]
        self.gateway.stop()
        wait_until(lambda: connection.close_code == 1000, "a goodbye", 5 * SCALE)


if __name__ == "__main__":
    unittest.main()
