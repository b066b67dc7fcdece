"""What happens where somebody cannot keep up: bounds hold, nobody else notices, and it goes on afterwards.

The bounds on memory are those of the release build; a sanitizer's own memory would hide them.
"""

import select
import unittest

from gateway import SANITIZED, Gateway, wait_until
from wire import BINARY, TEXT, Connection, close_frame, frame, request

KIB, MIB = 1 << 10, 1 << 20
PROBES = 4  # a timer of /proc/net/tcp: for the peer's window to open


def push(connection, data, offset, quiet_s=0.3):
    """Sends until nothing more is taken for `quiet_s`. Returns how far it got."""
    while offset < len(data):
        if not select.select([], [connection.socket], [], quiet_s)[1]:
            return offset
        connection.socket.setblocking(False)
        try:
            offset += connection.socket.send(data[offset:offset + 65536])
        except (BlockingIOError, ConnectionError):
            return offset
        finally:
            connection.socket.setblocking(True)
    return offset


def check_alive(port):
    with Connection(port, "/echo") as other:
        other.text("not my trouble")
        assert other.message() == b"not my trouble"
        other.leave()


def unread(gateway, connection):
    """How many bytes the kernel holds of what the peer has sent, and whether it waits for room on the other side, which
    ends by a word, and not for an answer to what it sends again."""
    peer = connection.socket.getsockname()[1]
    with open(f"/proc/{gateway.process.pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    ports = {tuple(int(end.split(":")[1], 16) for end in row[1:3]): row for row in rows}
    ours, theirs = ports[gateway.port(), peer], ports[peer, gateway.port()]
    return int(ours[4].split(":")[1], 16), int(theirs[5].split(":")[0], 16) == PROBES


class BackpressureTest(unittest.TestCase):
    def start(self, settings, mailbox="messages: 4, bytes: 256KiB"):
        return Gateway(
            adapters=f"web: {{ type: websocket, listen: '127.0.0.1:0', {settings} }}",
            consumers="echo: { plugin: echo, mailbox: { messages: 64, bytes: 256KiB } }\n"
                      f"gate: {{ plugin: gate, workers: 2, mailbox: {{ {mailbox} }}, config: {{ path: opened }} }}\n"
                      "commands: { plugin: commands, workers: 1 }",
            routes="- { name: echo, match: { adapter: web, path: /echo }, to: echo }\n"
                   "- { name: gate, match: { adapter: web, path: /gate }, to: gate }\n"
                   "- { name: both, match: { adapter: web, path: /both }, to: [echo, gate] }\n"
                   "- { name: commands, match: { adapter: web, path: /commands }, to: commands }")

    def connect(self, gateway, path, **options):
        connection = Connection(gateway.port(), path, **options)
        self.addCleanup(connection.socket.close)
        return connection

    def settle(self, gateway):
        wait_until(lambda: gateway.scopes() == 0, "no scope is left")
        for each in gateway.check_counts():
            self.assertEqual(each["open"], 0, each)

    def test_a_blocked_consumer_stops_the_reading_and_all_comes_once_it_goes_on(self):
        with self.start("stall_timeout: 600s, max_message: 64KiB, send_buffer: 1MiB") as gateway:
            stuck = self.connect(gateway, "/gate")
            messages = [b"%06d" % i + bytes(10_000) for i in range(4500)]  # more than sockets take
            data = b"".join(frame(BINARY, message) for message in messages)
            sent = push(stuck, data, 0)
            self.assertLess(sent, len(data), "the gateway has read everything: nothing holds the client back")
            self.assertGreater(gateway.adapter()["paused"], 0)
            gate = next(each for each in gateway.check_counts() if each["name"] == "gate")
            self.assertTrue(0 < gate["open"] <= 5, gate)  # four in the mailbox, and one that runs
            check_alive(gateway.port())

            (gateway.folder / "opened").touch()
            heard = []
            while len(heard) < len(messages):
                sent = push(stuck, data, sent, quiet_s=0)
                if len(heard) < len(messages) and (sent == len(data) or select.select([stuck.socket], [], [], 0)[0]
                                                   or stuck.buffer):
                    heard.append(stuck.message())
            self.assertEqual(heard, messages)
            stuck.leave()
            self.settle(gateway)

    def test_the_kernel_holds_little_of_one_who_is_not_read(self):
        with self.start("stall_timeout: 600s") as gateway:
            stuck = self.connect(gateway, "/gate")
            stuck.send(frame(BINARY, bytes(10)) * 50)
            wait_until(lambda: gateway.adapter()["paused"] > 0, "paused")
            data = frame(BINARY, bytes(10_000)) * 300
            sent = push(stuck, data, 0)
            self.assertLess(sent, len(data))
            wait_until(lambda: unread(gateway, stuck)[1], "the peer waits for room")
            self.assertLessEqual(unread(gateway, stuck)[0], 64 * KIB)
            (gateway.folder / "opened").touch()
            for expected in [10] * 50 + [10_000] * (sent // 10_008):
                self.assertEqual(len(stuck.message()), expected)
            stuck.reset()
            self.settle(gateway)

    def test_one_blocked_consumer_of_two_holds_both_so_that_none_misses_anything(self):
        with self.start("stall_timeout: 600s") as gateway:
            stuck = self.connect(gateway, "/both")
            stuck.send(frame(TEXT, "a") * 50)
            wait_until(lambda: gateway.adapter()["paused"] > 0, "paused")
            echoed = gateway.consumer("echo")["created"]
            self.assertEqual(echoed, gateway.consumer("gate")["created"])
            self.assertLess(echoed, 51)
            (gateway.folder / "opened").touch()
            self.assertEqual([stuck.message() for _ in range(100)], [b"a"] * 100)
            stuck.leave()
            self.settle(gateway)

    def test_a_consumer_that_stays_blocked_ends_the_connection_with_1013(self):
        with self.start("stall_timeout: 500ms, close_timeout: 500ms") as gateway:
            stuck = self.connect(gateway, "/gate")
            stuck.send(frame(TEXT, "a") * 50)
            self.assertEqual(stuck.closing()[0], 1013)
            stuck.send(close_frame(1013))
            self.assertTrue(stuck.is_at_end())
            check_alive(gateway.port())
            (gateway.folder / "opened").touch()
            self.settle(gateway)

    def test_who_does_not_read_is_closed_and_costs_no_more_than_its_budgets(self):
        count = 8
        budget = 256 * KIB
        with self.start("stall_timeout: 1500ms, close_timeout: 500ms, send_buffer: 256KiB") as gateway:
            check_alive(gateway.port())
            before = gateway.rss_kib()
            data = frame(BINARY, bytes(16 * KIB)) * 4096  # 64 MiB, echoed: more than the sockets' own buffers take
            deaf = [self.connect(gateway, "/echo", receive_buffer=4 * KIB) for _ in range(count)]
            for connection in deaf:
                self.assertLess(push(connection, data, 0, quiet_s=0.1), len(data))
            check_alive(gateway.port())
            growth = gateway.rss_kib() - before
            wait_until(lambda: gateway.scopes() == 0, "all are closed")
            if not SANITIZED:
                # The mailbox and what waits to be sent, each in a buffer that may be twice as large as what is in it.
                bound = count * 4 * budget // KIB + 8 * KIB
                print(f"{count} deaf clients: {growth} KiB more memory, bound {bound} KiB")
                self.assertLess(growth, bound)
            self.settle(gateway)

    def test_a_slow_reader_gets_everything_in_order(self):
        with self.start("stall_timeout: 60s, send_buffer: 64KiB") as gateway:
            slow = self.connect(gateway, "/commands", receive_buffer=4 * KIB)
            count = 200
            for i in range(count):
                slow.text(f"bytes 30000;say {i}")
            wait_until(lambda: gateway.consumer("commands")["retried"] > 0, "the send buffer was full once")
            for i in range(count):
                self.assertEqual((len(slow.message()), slow.message()), (30000, str(i).encode()))
            slow.leave()
            self.settle(gateway)

    def test_a_message_larger_than_the_mailbox_passes_an_empty_one(self):
        with self.start("stall_timeout: 60s, max_message: 1MiB", mailbox="messages: 4, bytes: 64KiB") as gateway:
            (gateway.folder / "opened").touch()
            client = self.connect(gateway, "/gate")
            for _ in range(5):
                client.send(frame(BINARY, bytes(MIB)))
            for _ in range(5):
                self.assertEqual(client.message(), bytes(MIB))
            client.leave()
            self.settle(gateway)

    def test_when_all_workers_are_blocked_the_rest_waits_and_is_served_afterwards(self):
        with self.start("stall_timeout: 60s, handshake_timeout: 60s") as gateway:
            stuck = [self.connect(gateway, "/gate") for _ in range(2)]  # as many as the consumer has workers
            for connection in stuck:
                connection.text("mine")
            wait_until(lambda: gateway.consumer("gate")["open"] == 2, "both workers are blocked")
            third = self.connect(gateway, None)
            third.send(request("/gate") + frame(TEXT, "mine"))
            wait_until(lambda: gateway.consumer("gate")["open"] == 3, "the third waits for its CONNECT")
            check_alive(gateway.port())
            (gateway.folder / "opened").touch()
            self.assertEqual(third.response()[0], "HTTP/1.1 101 Switching Protocols")
            for connection in (third, *stuck):
                self.assertEqual(connection.message(), b"mine")
                connection.leave()
            self.settle(gateway)


if __name__ == "__main__":
    unittest.main()
