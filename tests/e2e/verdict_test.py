"""How a handler can end, for every kind of handler, and what the peer sees of it (class `live`)."""

import json
import unittest

from gateway import GatewayTest, wait_until
from wire import Connection


KINDS = (("/sync", "commands"), ("/inline", "commands_inline"))


class VerdictTest(GatewayTest):
    CONSUMERS = """
commands: { plugin: commands }
commands_inline: { plugin: commands_inline }
parse: { plugin: parse }
sleeper: { plugin: sleeper }
echo: { plugin: echo }
journal: { plugin: journal, config: { path: journal.jsonl } }
"""
    ROUTES = """
- { name: sync, match: { adapter: web, path: /sync }, to: commands }
- { name: inline, match: { adapter: web, path: /inline }, to: commands_inline }
- { name: parse, match: { adapter: web, path: '/parse/{room}' }, to: parse }
- { name: sleeper, match: { adapter: web, path: /sleeper }, to: sleeper }
- { name: pair, match: { adapter: web, path: /pair }, to: [echo, commands] }
- { name: captured, match: { adapter: web, path: '/captured/{room}/{seat}' }, to: [commands, journal] }
"""

    def talk(self, path, *messages, answers):
        """Sends all messages at once; returns that many answers."""
        connection = Connection(self.gateway.port(), path)
        self.addCleanup(connection.socket.close)
        for message in messages:
            connection.text(message)
        heard = [connection.message().decode() for _ in range(answers)]
        connection.leave()
        return heard

    def test_several_replies_leave_in_their_order(self):
        for path, _ in KINDS:
            self.assertEqual(self.talk(path, "say 1;say 2", "say 3", answers=3), ["1", "2", "3"])

    def test_a_large_reply(self):
        for path, _ in KINDS:
            self.assertEqual(len(self.talk(path, "bytes 3000000", answers=1)[0]), 3_000_000)

    def test_a_handler_that_fails_is_undone_and_run_again_before_later_events(self):
        before = [self.gateway.consumer(consumer)["retried"] for _, consumer in KINDS]
        failing = []
        for failure in ("retry 3", "throw 3", "throw-number 3"):
            for path, _ in KINDS:
                connection = Connection(self.gateway.port(), path)
                self.addCleanup(connection.socket.close)
                connection.text(f"say a;attempt;{failure};say b")
                connection.text("say c")
                failing.append(connection)
        for connection in failing:
            self.assertEqual([connection.message() for _ in range(4)], [b"a", b"3", b"b", b"c"])
        after = [self.gateway.consumer(consumer)["retried"] for _, consumer in KINDS]
        self.assertEqual([new - old for new, old in zip(after, before)], [6, 6])

    def test_after_a_failure_the_instance_is_a_new_one(self):
        for path, _ in KINDS:
            self.assertEqual(self.talk(path, "handled", "handled", "throw 2;handled", "handled", answers=4),
                             ["1", "2", "1", "2"])

    def test_a_reject_is_a_dead_letter_that_holds_nobody_up_and_sends_nothing(self):
        for path, consumer in KINDS:
            before = self.gateway.consumer(consumer)["dead"]
            self.assertEqual(self.talk(path, "say before;reject 5 bad", "say after", answers=1), ["after"])
            self.assertEqual(self.gateway.consumer(consumer)["dead"] - before, 1)

    def test_order_and_seq_count_without_gaps(self):
        for path, _ in KINDS:
            self.assertEqual(self.talk(path, *["order"] * 100, answers=100), [f"{i} {i}" for i in range(1, 101)])

    def test_a_close_ends_the_scope_and_nothing_is_said_after_it(self):
        for path, _ in KINDS:
            connection = Connection(self.gateway.port(), path)
            self.addCleanup(connection.socket.close)
            for message in ("say last", "close 4100 enough", "say too late"):
                connection.text(message)
            self.assertEqual(connection.message(), b"last")
            frame = connection.frame()
            self.assertEqual((frame.close_code(), frame.close_reason()), (4100, "enough"))

    def test_a_code_that_may_not_be_sent_becomes_1000(self):
        for path, _ in KINDS:
            for code in (1005, 1006, 1015, 999, 5000, 70000):
                connection = Connection(self.gateway.port(), path)
                self.addCleanup(connection.socket.close)
                connection.text(f"close {code} x")
                self.assertEqual(connection.closing(), (1000, "x"))

    def test_the_whole_message_can_be_parsed(self):
        self.assertEqual(self.talk("/parse/east", "hello", "again", answers=2),
                         ["web websocket /parse/east 1 hello", "web websocket /parse/east 2 again"])

    def test_captures_are_attributes_in_every_event(self):
        self.assertEqual(self.talk("/captured/east/7?say+hi", "attribute room", "attribute seat", answers=3),
                         ["hi", "east", "7"])
        path = self.gateway.folder / "journal.jsonl"
        lines = wait_until(lambda: len(lines := path.read_text().splitlines()) == 4 and lines, "four events")
        events = [json.loads(line) for line in lines]
        self.assertEqual([event["kind"] for event in events], ["CONNECT", "MESSAGE", "MESSAGE", "DISCONNECT"])
        self.assertEqual([int(event.get("order", 0)) for event in events], [0, 1, 2, 3])
        for event in events:
            self.assertEqual((event["attributes"]["room"], event["attributes"]["seat"]), ("east", "7"))
            self.assertEqual((event["route"], event["scope_epoch"]), ("captured", "1"))

    def test_a_coroutine_waits_without_holding_others_up_and_keeps_its_own_order(self):
        slow = Connection(self.gateway.port(), "/sleeper")
        self.addCleanup(slow.socket.close)
        slow.text("sleep 300 slow")
        slow.text("sleep 0 after it")
        self.assertEqual(self.talk("/sleeper", "offload 1 one", "sleep 1 two", "offload 0 three", answers=3),
                         ["one", "two", "three"])
        self.assertEqual([slow.message(), slow.message()], [b"slow", b"after it"])
        slow.leave()

    def test_a_coroutine_whose_peer_leaves_is_cancelled(self):
        for message in ("sleep 3600000 never", "offload 1000 late"):
            connection = Connection(self.gateway.port(), "/sleeper")
            connection.text(message)
            wait_until(lambda: self.gateway.consumer("sleeper")["open"] == 1, "the handler waits")
            connection.reset()
            wait_until(lambda: self.gateway.scopes() == 0, "no scope is left")

    def test_two_consumers_of_one_event_both_answer(self):
        self.assertEqual(sorted(self.talk("/pair", "say x", answers=2)), ["say x", "x"])

    def test_one_of_two_fails_and_the_other_is_not_asked_again(self):
        before = self.gateway.consumer("echo")["created"]
        self.assertEqual(sorted(self.talk("/pair", "throw 2;say x", answers=2)), ["throw 2;say x", "x"])
        wait_until(lambda: self.gateway.scopes() == 0, "closed")
        self.assertEqual(self.gateway.consumer("echo")["created"] - before, 3)


if __name__ == "__main__":
    unittest.main()
