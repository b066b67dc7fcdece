#!/usr/bin/env python3
"""The media of messages: fetched where the configuration wants that, and never from where they may not be."""

import http.server
import json
import threading
import unittest

from gateway import Gateway
from provider import OURS, Provider, message, post, twilio

CONSUMERS = """
commands: { plugin: commands }
journal: { plugin: journal, config: { path: journal } }
"""
DURABLE, READ = "+15550122", "+15550133"
ROUTES = """
- { name: durable, match: { from: '+15550122' }, to: commands, delivery: durable }
- { name: read, match: { from: '+15550133' }, to: [journal, commands] }
- { name: rest, match: { adapter: sms }, to: commands }
"""


class Shelf:
    """A server of media; `asked` has the paths."""

    def __init__(self):
        self.asked = []
        self.gate = threading.Event()
        shelf = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                shelf.asked.append(self.path)
                if self.path == "/slow":
                    shelf.gate.wait(60)
                body = {"/a": b"first ", "/b": b"second", "/slow": b"slow", "/large": b"x" * 400_000}.get(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class MediaTest(unittest.TestCase):
    def gateway_with(self, media):
        self.provider = self.enterContext(Provider())
        self.shelf = self.enterContext(Shelf())
        self.gateway = self.enterContext(Gateway(twilio(self.provider, media), CONSUMERS, ROUTES))

    def say(self, text, *paths, **more):
        media = {f"MediaUrl{i}": self.shelf.url + path for i, path in enumerate(paths)}
        status, body, _ = post(self.gateway.port("sms"), message(text, NumMedia=str(len(paths)), **media, **more))
        self.assertEqual(status, 200, body)
        return body

    def test_are_the_body(self):
        self.gateway_with(", media: { fetch: true, allow: ['127.0.0.1'] }")
        self.assertIn("<Body>12 first second</Body>", self.say("body", "/a", "/none", "/b", sender=READ))
        lines = (self.gateway.folder / "journal").read_text().splitlines()
        event = next(each for each in map(json.loads, lines) if each["kind"] == "MESSAGE")
        seen = [(each["state"], each.get("body_begin", "0"), each.get("size", "0"))
                for each in event["sms"]["inbound"]["media"]]
        self.assertEqual(seen, [("FETCHED", "0", "6"), ("AT_PROVIDER", "0", "0"), ("FETCHED", "6", "6")])

    def test_that_are_large_come_whole_also_by_the_disk(self):
        self.gateway_with(", media: { fetch: true, allow: ['127.0.0.1'] }")
        self.assertIn("<Body>400000 xxxx", self.say("body", "/large"))
        self.say("body", "/large", "/a", sender=DURABLE)
        self.assertTrue(self.provider.take()["Body"].startswith("400006 xxxx"))

    def test_hold_up_what_follows_in_their_conversation_alone(self):
        self.gateway_with(", media: { fetch: true, allow: ['127.0.0.1'], timeout: 15s }")
        answers = []
        slow = threading.Thread(target=lambda: answers.append(self.say("body;handled", "/slow")))
        slow.start()
        while not self.shelf.asked:
            threading.Event().wait(0.01)
        next_one = threading.Thread(target=lambda: answers.append(self.say("handled")))
        next_one.start()
        self.assertIn("<Body>1</Body>", self.say("handled", sender=READ))
        self.assertEqual(answers, [])
        self.shelf.gate.set()
        slow.join()
        next_one.join()
        self.assertIn("<Body>4 slow</Body>", "".join(answers))

    def test_are_not_fetched_from_private_networks(self):
        self.gateway_with(", media: { fetch: true }")
        self.assertIn("<Body>0 </Body>", self.say("body", "/a"))
        self.assertEqual(self.shelf.asked, [])

    def test_are_not_fetched_unless_it_is_said(self):
        self.gateway_with(", media: { allow: ['127.0.0.1'] }")
        self.assertIn("<Body>0 </Body>", self.say("body", "/a"))
        self.assertEqual(self.shelf.asked, [])


if __name__ == "__main__":
    unittest.main()
