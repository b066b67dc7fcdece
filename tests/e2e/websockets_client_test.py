"""A client that this project did not write: python3-websockets (Debian)."""

import asyncio
import json
import os
import random
import unittest

import websockets

from gateway import DEADLINE_S, SCALE, GatewayTest, wait_until

MIB = 1 << 20


class WebsocketsClientTest(GatewayTest):
    ADAPTERS = """
web: { type: websocket, listen: ['127.0.0.1:0', '127.0.0.1:0'], max_message: 8MiB, send_buffer: 16MiB,
       origins: ['http://example.com'] }
"""
    CONSUMERS = """
echo: { plugin: echo }
audit: { plugin: audit, config: { path: audit.jsonl } }
commands: { plugin: commands }
journal: { plugin: journal, config: { path: journal.jsonl } }
"""
    ROUTES = """
- { name: echo, match: { adapter: web, path: /echo }, to: echo }
- { name: both, match: { adapter: web, path: '/both/*' }, to: [echo, audit] }
- { name: commands, match: { adapter: web, path: /commands }, to: commands }
- { name: journal, match: { adapter: web, path: '/journal' }, to: [echo, journal] }
"""

    def connect(self, path="/echo", listener=0, **options):
        options.setdefault("max_size", 8 * MIB)
        uri = f"ws://127.0.0.1:{self.gateway.port(index=listener)}{path}"
        return websockets.connect(uri, open_timeout=DEADLINE_S, compression=None, **options)

    def run_async(self, main):
        asyncio.run(asyncio.wait_for(main, DEADLINE_S * 2))

    def echoes(self, sent, expected=None, path="/echo"):
        async def main():
            async with self.connect(path) as client:
                await client.send(sent)
                self.assertEqual(await client.recv(), sent if expected is None else expected)
        self.run_async(main())

    def lines(self, name):
        path = self.gateway.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def test_text(self):
        self.echoes("Mühlgraben \u0000 \U0001f30a")

    def test_binary(self):
        self.echoes(bytes(range(256)))

    def test_empty_text_and_empty_binary(self):
        self.echoes("")
        self.echoes(b"")

    def test_fragments_become_one_message(self):
        self.echoes(["a", "", "bc", "def"], expected="abcdef")
        self.echoes([b"a", b"\xff", b""], expected=b"a\xff")

    def test_sizes_at_the_borders_of_the_length_forms(self):
        for size in (1, 125, 126, 127, 128, 65535, 65536, 65537, MIB):
            with self.subTest(size=size):
                self.echoes(os.urandom(size))

    def test_eight_mebibytes(self):
        self.echoes("m" * (8 * MIB))
        self.echoes(os.urandom(8 * MIB))

    def test_one_byte_more_than_the_limit_is_refused_with_1009(self):
        async def main():
            async with self.connect() as client:
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await client.send(bytes(8 * MIB + 1))
                    await client.recv()
                self.assertEqual(closed.exception.rcvd.code, 1009)
        self.run_async(main())

    def test_ping_is_answered_with_its_own_bytes(self):
        async def main():
            async with self.connect() as client:
                await asyncio.wait_for(await client.ping(b"are you there"), DEADLINE_S)
        self.run_async(main())

    def test_the_clients_close_code_and_reason_are_echoed_and_reach_the_consumer(self):
        for code, reason in ((1000, ""), (1001, "away"), (3000, "iana"), (4321, "own \u00fc")):
            async def main(code=code, reason=reason):
                async with self.connect("/journal") as client:
                    await client.close(code, reason)
                    self.assertEqual(client.close_code, code)
            with self.subTest(code=code):
                self.run_async(main())
                def ended(code=code, reason=reason):
                    return [line for line in self.lines("journal.jsonl") if line["kind"] == "DISCONNECT"
                            and line["websocket"]["close"] == {"code": code, **({"reason": reason} if reason else {})}]
                line, = wait_until(ended, f"DISCONNECT with {code}")
                self.assertEqual(line["reason"], "PEER")

    def test_the_consumers_close_code_and_reason_reach_the_client(self):
        for command, code, reason in (("close 0", 1000, ""), ("close 1000 done", 1000, "done"),
                                      ("say last;close 4001 bye", 4001, "bye"), ("close 1011 oops", 1011, "oops")):
            async def main(command=command, code=code, reason=reason):
                async with self.connect("/commands") as client:
                    await client.send(command)
                    if command.startswith("say"):
                        self.assertEqual(await client.recv(), "last")
                    with self.assertRaises(websockets.ConnectionClosed) as closed:
                        await client.recv()
                    self.assertEqual((closed.exception.rcvd.code, closed.exception.rcvd.reason), (code, reason))
            with self.subTest(command=command):
                self.run_async(main())

    def test_a_path_without_a_route_is_refused_with_404(self):
        async def main():
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                async with self.connect("/nowhere"):
                    pass
            self.assertEqual(refused.exception.status_code, 404)
        self.run_async(main())

    def test_a_subprotocol_that_nobody_chose_is_not_negotiated(self):
        async def main():
            async with self.connect(subprotocols=["chat.v9", "chat.v8"]) as client:
                self.assertIsNone(client.subprotocol)
                await client.send("still works")
                self.assertEqual(await client.recv(), "still works")
        self.run_async(main())

    def test_what_a_message_says_of_its_connection(self):
        async def main():
            headers = [("X-Line", "one"), ("X-Line", "two")]
            async with self.connect("/both/caf%C3%A9?a=1&b=%20", listener=1, extra_headers=headers,
                                    subprotocols=["chat.v1"], origin="http://example.com") as client:
                for text in ("first", "second"):
                    await client.send(text)
                    self.assertEqual(await client.recv(), text)
        self.run_async(main())
        first, second = wait_until(lambda: len(lines := self.lines("audit.jsonl")) == 2 and lines, "two audit lines")
        websocket = first["websocket"]
        self.assertEqual((first["kind"], first["adapter"], first["protocol"], first["route"], first["text"]),
                         ("MESSAGE", "web", "websocket", "both", "first"))
        self.assertEqual((websocket["scheme"], websocket["http_version"]), ("ws", "1.1"))
        self.assertEqual((websocket["path"], websocket["query_string"]), ("/both/café", "YT0xJmI9JTIw"))  # base64
        self.assertEqual(websocket["subprotocols"], ["chat.v1"])
        values = [header["value"] for header in websocket["headers"] if header["name"] == "x-line"]
        self.assertEqual(values, ["b25l", "dHdv"])  # base64 of one, two
        self.assertEqual(websocket["client"]["host"], "127.0.0.1")
        self.assertEqual(websocket["server"], {"host": "127.0.0.1", "port": self.gateway.port(index=1)})
        attributes = first["attributes"]
        self.assertEqual((attributes["path"], attributes["query"], attributes["origin"]),
                         ("/both/café", "a=1&b=%20", "http://example.com"))
        self.assertEqual([int(each["order"]) for each in (first, second)], [1, 2])
        self.assertEqual(first["scope"], second["scope"])
        self.assertLess(int(first["id"]), int(second["id"]))

    def test_both_listeners_lead_to_the_same_routes(self):
        async def main():
            async with self.connect(listener=0) as one, self.connect(listener=1) as two:
                for client in (one, two):
                    await client.send("hello")
                    self.assertEqual(await client.recv(), "hello")
        self.run_async(main())

    def test_many_at_once_each_hears_its_own_in_order(self):
        seed = random.randrange(1 << 32)
        print("seed", seed)
        chance = random.Random(seed)
        counts = [chance.randrange(1, 200) for _ in range(200 // SCALE)]

        async def one(number, count):
            async with self.connect(listener=number % 2) as client:
                for i in range(count):
                    await client.send(f"{number}-{i}")
                    if i % 7 == 0:
                        await client.send(bytes([i % 256]) * 300)
                for i in range(count):
                    self.assertEqual(await client.recv(), f"{number}-{i}")
                    if i % 7 == 0:
                        self.assertEqual(await client.recv(), bytes([i % 256]) * 300)

        async def main():
            await asyncio.gather(*(one(number, count) for number, count in enumerate(counts)))
        self.run_async(main())


if __name__ == "__main__":
    unittest.main()
