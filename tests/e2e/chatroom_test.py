"""People in rooms, over python3-websockets (Debian): the consumer `chatroom`, groups and gaps from outside."""

import asyncio
import json
import unittest

import websockets

from gateway import DEADLINE_S, SCALE, GatewayTest


def frame(kind, **keys):
    return {"kind": kind, **keys}


class ChatroomTest(GatewayTest):
    ADAPTERS = "web: { type: websocket, listen: '127.0.0.1:0', threads: 2, send_buffer: 64KiB }"
    CONSUMERS = "chatroom: { plugin: chatroom }"
    ROUTES = "- { name: rooms, match: { adapter: web, path: '/rooms/{room}' }, to: chatroom }"

    def connect(self, room, name):
        uri = f"ws://127.0.0.1:{self.gateway.port()}/rooms/{room}?name={name}"
        return websockets.connect(uri, open_timeout=DEADLINE_S, compression=None, max_queue=None)

    def run_async(self, main):
        asyncio.run(asyncio.wait_for(main, DEADLINE_S * 4))

    async def expect(self, client, *frames):
        for each in frames:
            self.assertEqual(json.loads(await client.recv()), each)

    async def enter(self, room, name, *here):
        """A client that has been told of those who are there, in any order."""
        client = await self.connect(room, name)
        self.clients.append(client)
        await self.expect(client, frame("welcome", name=name, room=room))
        told = [json.loads(await client.recv()) for _ in here]
        self.assertCountEqual(told, [frame("here", name=each) for each in here])
        return client

    def setUp(self):
        super().setUp()
        self.clients = []

    async def leave(self):
        for client in self.clients:
            await client.close()

    def test_three_people_in_two_rooms(self):
        async def main():
            ada = await self.enter("blue", "Ada")
            eve = await self.enter("red", "Eve")
            bob = await self.enter("blue", "Bob", "Ada")
            await self.expect(ada, frame("joined", name="Bob"))
            for who, name in ((ada, "Ada"), (bob, "Bob")):
                await who.send(f"hello from {name} \u00fc \"\\\"")
                for each in (ada, bob):
                    await self.expect(each, frame("said", name=name, text=f"hello from {name} \u00fc \"\\\""))
            await bob.close()
            await self.expect(ada, frame("left", name="Bob"))
            await ada.send("/who")
            await self.expect(ada, frame("people", names=["Ada"], complete=True))
            again = await self.enter("blue", "Bob", "Ada")
            await self.expect(ada, frame("joined", name="Bob"))
            await again.send("/who")
            await self.expect(again, frame("people", names=["Bob", "Ada"], complete=True))
            await eve.send("anybody?")
            await self.expect(eve, frame("said", name="Eve", text="anybody?"))
            await self.leave()
        self.run_async(main())

    def test_a_room_that_fills_at_once_knows_everybody(self):
        count = 60 // SCALE

        async def main():
            people = await asyncio.gather(*(self.connect("hall", f"p{i}") for i in range(count)))
            for number, client in enumerate(people):
                others = {f"p{i}" for i in range(count)} - {f"p{number}"}
                await self.expect(client, frame("welcome", name=f"p{number}", room="hall"))
                while others:
                    told = json.loads(await client.recv())
                    self.assertIn(told["kind"], ("joined", "here"))
                    others.remove(told["name"])
            for client in people:
                await client.close()
        self.run_async(main())

    def test_one_who_does_not_read_loses_messages_and_nobody_else_does(self):
        async def main():
            deaf = await self.enter("blue", "Deaf")
            ada = await self.enter("blue", "Ada", "Deaf")
            bob = await self.enter("blue", "Bob", "Deaf", "Ada")
            await self.expect(ada, frame("joined", name="Bob"))
            await self.expect(deaf, frame("joined", name="Ada"), frame("joined", name="Bob"))
            deaf.transport.pause_reading()
            count, text = 300, "x" * 50_000  # 15 MB: more than all buffers on the way to the deaf one
            for i in range(count):
                await ada.send(f"{i} {text}")
                for each in (ada, bob):
                    await self.expect(each, frame("said", name="Ada", text=f"{i} {text}"))
            deaf.transport.resume_reading()
            heard, lost = [], 0
            while len(heard) + lost < count:
                told = json.loads(await deaf.recv())
                if told["kind"] == "lost":
                    lost += told["count"]
                else:
                    heard.append(int(told["text"].split()[0]))
            self.assertGreater(lost, 0)
            self.assertEqual(heard, sorted(set(heard)))
            await ada.send("and now?")
            for each in (deaf, ada, bob):
                await self.expect(each, frame("said", name="Ada", text="and now?"))
            await deaf.send("/who")
            told = json.loads(await deaf.recv())
            self.assertEqual((told["names"][0], sorted(told["names"]), told["complete"]),
                             ("Deaf", ["Ada", "Bob", "Deaf"], False))
            await self.leave()
        self.run_async(main())

    def test_a_name_that_is_none_is_refused(self):
        async def main():
            for name in ("%00", "%ff", "x" * 65):
                with self.assertRaises(websockets.InvalidStatusCode) as refused:
                    await self.connect("blue", name)
                self.assertEqual(refused.exception.status_code, 400)
        self.run_async(main())


if __name__ == "__main__":
    unittest.main()
