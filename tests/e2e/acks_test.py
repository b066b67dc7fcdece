#!/usr/bin/env python3
"""`millrace.ack.v1`: a client that offers it hears which of its messages are settled. By python3-websockets."""

import asyncio
import contextlib
import json
import unittest

import websockets

from gateway import DEADLINE_S, Gateway, GatewayTest, wait_until

SUBPROTOCOL = "millrace.ack.v1"


class Client:
    """Sorts what comes, and checks what each word about settlements has to be."""

    def __init__(self, connection):
        self.connection = connection
        self.acked, self.rejected, self.messages = 0, [], []

    async def send(self, *messages):
        for each in messages:
            await self.connection.send(each)

    async def hear(self):
        """The next frame: "ack", or "message"."""
        got = await asyncio.wait_for(self.connection.recv(), DEADLINE_S)
        if isinstance(got, bytes):
            self.messages.append(got)
            return "message"
        said = json.loads(got)
        if "msg" in said:
            assert list(said) == ["msg"] and isinstance(said["msg"], str), got
            self.messages.append(said["msg"])
            return "message"
        before, self.acked, rejected = self.acked, said.pop("ack"), said.pop("rejected", [])
        assert not said and before < self.acked, got
        assert rejected == sorted(each for each in set(rejected) if before < each <= self.acked), got
        self.rejected += rejected
        return "ack"

    async def hear_until(self, acked):
        while self.acked < acked:
            await self.hear()

    async def is_silent(self):
        """Nothing was on its way before the answer to a ping."""
        await asyncio.wait_for(await self.connection.ping(), DEADLINE_S)
        return not self.connection.messages


class AcksTest(GatewayTest):
    CONSUMERS = """
echo: { plugin: echo }
commands: { plugin: commands }
gate: { plugin: gate, config: { path: opened } }
crowd: { plugin: crowd }
"""
    ROUTES = """
- { name: live, match: { adapter: web, path: /live }, to: echo }
- { name: crowd, match: { adapter: web, path: /crowd }, to: crowd, delivery: acked }
- { name: slow, match: { adapter: web, path: /mixed, text: 'slow*' }, to: gate, delivery: acked }
- { name: quick, match: { adapter: web, path: /mixed }, to: commands, delivery: acked }
- { name: inline, match: { adapter: web, path: /inline }, to: echo, delivery: acked }
- { name: gate, match: { adapter: web, path: /gate }, to: gate, delivery: acked }
- { name: commands, match: { adapter: web, path: /commands }, to: commands, delivery: acked,
    retry: { attempts: 3, initial: 1ms } }
"""

    def setUp(self):
        super().setUp()
        self.opened = self.gateway.folder / "opened"
        self.addCleanup(self.opened.touch)  # Nobody is left behind it.
        self.opened.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def client(self, path, subprotocols=(SUBPROTOCOL,)):
        uri = f"ws://127.0.0.1:{self.gateway.port()}{path}"
        offers = list(subprotocols) or None
        async with websockets.connect(uri, open_timeout=DEADLINE_S, subprotocols=offers) as connection:
            self.assertEqual(connection.subprotocol, SUBPROTOCOL if SUBPROTOCOL in subprotocols else None)
            yield Client(connection)

    def run_async(self, main):
        asyncio.run(asyncio.wait_for(main, DEADLINE_S * 2))

    def test_who_does_not_offer_it_sees_no_difference(self):
        async def main(path, subprotocols):
            async with self.client(path, subprotocols) as client:
                for sent in ("a", b"b", '{"ack":1}'):
                    await client.send(sent)
                    self.assertEqual(await asyncio.wait_for(client.connection.recv(), DEADLINE_S), sent)
                self.assertTrue(await client.is_silent())
        for path in ("/live", "/inline"):
            for subprotocols in ((), ("chat.v1", "millrace.ack.v2")):
                self.run_async(main(path, subprotocols))

    def test_live_and_inline_messages_are_settled_as_they_are_taken(self):
        async def main(path):
            async with self.client(path, ("chat.v1", SUBPROTOCOL)) as client:
                sent = ["a", b"\xff", "", 'Mühl"graben"\\\n\u0000 \U0001f30a', ["frag", "ments"]]
                await client.send(*sent)
                await client.hear_until(5)
                self.assertEqual((client.acked, client.rejected), (5, []))
                self.assertEqual(client.messages, [*sent[:4], "fragments"])
        for path in ("/live", "/inline"):
            self.run_async(main(path))

    def test_a_message_is_not_settled_before_its_handler_has_ended(self):
        async def main():
            async with self.client("/gate") as client:
                await client.send("one", "two")
                await asyncio.to_thread(
                    wait_until, lambda: self.gateway.consumer("gate")["open"] == 2, "both are accepted")
                self.assertTrue(await client.is_silent())
                self.opened.touch()
                await client.hear_until(2)
                self.assertEqual((client.messages, client.acked), (["one", "two"], 2))
        self.run_async(main())

    def test_what_is_rejected_is_named_once(self):
        async def main():
            async with self.client("/commands") as client:
                await client.send("say a", "reject 0 no", "say b", "reject 7")
                await client.hear_until(4)
                self.assertEqual((client.rejected, client.messages), ([2, 4], ["a", "b"]))
                await client.send("say c")
                await client.hear_until(5)
                self.assertEqual(client.rejected, [2, 4])
        self.run_async(main())

    def test_what_is_tried_again_is_settled_when_it_succeeds_or_is_given_up(self):
        async def main():
            async with self.client("/commands") as client:
                await client.send("retry 3;say late", "throw 2;say later", "retry 9", "say last")
                await client.hear_until(4)
                self.assertEqual((client.rejected, client.messages), ([3], ["late", "later", "last"]))
        self.run_async(main())

    def test_what_is_settled_out_of_order_is_told_when_all_before_it_is(self):
        async def main():
            async with self.client("/mixed") as client:
                await client.send("say first", "slow", "say quick", "reject 0", "say quicker")
                await client.hear_until(1)
                while client.messages != ["first", "quick", "quicker"]:
                    self.assertEqual(await client.hear(), "message")
                self.assertTrue(await client.is_silent())
                self.opened.touch()
                await client.hear_until(5)
                self.assertEqual((client.rejected, client.messages[3:]), ([4], ["slow"]))
        self.run_async(main())

    def test_who_comes_again_sends_what_was_not_settled_and_counts_from_one(self):
        sent = ["say first", "slow", "say third"]

        async def main():
            async with self.client("/mixed") as client:
                await client.send(*sent)
                while "third" not in client.messages:
                    await client.hear()
                self.assertEqual(client.acked, 1)
                client.connection.transport.abort()
            async with self.client("/mixed") as again:
                await again.send(*sent[client.acked:])
                self.opened.touch()
                await again.hear_until(2)
                self.assertEqual((again.acked, sorted(again.messages)), (2, ["slow", "third"]))
        self.run_async(main())

    def test_a_group_has_members_of_both_kinds(self):
        async def main():
            async with self.client("/crowd") as told, self.client("/crowd", ()) as plain:
                await told.send('a "word"')
                self.assertEqual(await asyncio.wait_for(plain.connection.recv(), DEADLINE_S), 'a "word"')
                await told.hear_until(1)
                self.assertEqual(told.messages, ['a "word"'])
                await plain.send("x" * 10_000)
                self.assertEqual(await told.hear(), "message")
                self.assertEqual(told.messages[1:], ["x" * 10_000])
        self.run_async(main())

    def test_ten_thousand_at_once_are_settled_one_by_one(self):
        count = 10_000

        async def main(path):
            async with self.client(path) as client:
                async def talk():
                    for number in range(count):
                        await client.send(str(number))
                talking = asyncio.create_task(talk())
                await client.hear_until(count)
                await talking
                self.assertEqual(client.messages, [str(number) for number in range(count)])
        for path in ("/live", "/inline"):
            self.run_async(main(path))


class DrainTest(unittest.TestCase):
    def test_what_a_stop_gives_back_is_never_settled(self):
        with Gateway(AcksTest.ADAPTERS, AcksTest.CONSUMERS, AcksTest.ROUTES, gateway="drain: 300ms") as gateway:
            async def main():
                uri = f"ws://127.0.0.1:{gateway.port()}/mixed"
                async with websockets.connect(uri, subprotocols=[SUBPROTOCOL]) as connection:
                    client = Client(connection)
                    await client.send("say first", "slow", "say third")
                    while "third" not in client.messages:
                        await client.hear()
                    gateway.terminate()
                    with self.assertRaises(websockets.ConnectionClosed) as closed:
                        await client.hear()
                    self.assertEqual((closed.exception.rcvd.code, client.acked), (1001, 1))
            asyncio.run(asyncio.wait_for(main(), DEADLINE_S * 2))


if __name__ == "__main__":
    unittest.main()
