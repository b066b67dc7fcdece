#!/usr/bin/env python3
"""Slack's own clients work against slack_server.py unchanged, so that what it does is what Slack does. Skipped, loudly,
where node or the packages cannot be had."""

import json
import subprocess
import unittest

import npm
from gateway import wait_until
from slack_events import callback, command, message
from slack_methods import BOT_USER
from slack_server import APP_TOKEN, BOT_TOKEN, SlackServer


class SlackSdkTest(unittest.TestCase):
    def test_web_api(self):
        with SlackServer() as slack:
            slack.behave("chat.postMessage", ["429", "accept"], "C429")
            done = subprocess.run(["node", "web.js", slack.url, BOT_TOKEN], cwd=FOLDER, capture_output=True, text=True,
                                  check=False, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            results = json.loads(done.stdout)
            self.assertGreaterEqual(results.pop("waited"), 1000)
            results.pop("begun")
            self.assertEqual(results, {
                "auth": BOT_USER, "posted": "hello & <bye>", "updated": "after", "again": "already_reacted",
                "person": "Name of U7", "room": "room-c1", "nowhere": "not_in_channel", "nobody": "message_not_found",
                "unknown": "invalid_auth", "history": ["last", "root"], "after": ["last"], "between": ["last", "root"],
                "replies": ["root", "one", "two", "three"], "counted": True, "page": "invalid_cursor",
                "thread": "thread_not_found"})
            self.assertEqual(slack.texts("C1"), ["waves"])
            self.assertEqual(slack.workspace.topics, {"C1": "news"})
            self.assertEqual(slack.texts("C429"), ["waited"])
            file = slack.workspace.files["F1"]
            self.assertEqual((file["bytes"], file["title"], file["channel"]), (b"what is in it", "A", "C1"))

    def test_socket_mode(self):
        with SlackServer() as slack:
            socket = slack.socket
            with subprocess.Popen(["node", "socket.js", slack.url, APP_TOKEN], cwd=FOLDER, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as node:
                def heard():
                    return json.loads(node.stdout.readline())
                self.assertEqual(heard(), {"type": "connected"})
                event = socket.push("events_api", callback(message("hello")))
                self.assertEqual(heard(), {"type": "events_api", "id": event, "text": "hello"})
                asked = socket.push("slash_commands", command("/do", "it"))
                self.assertEqual(heard(), {"type": "slash_commands", "id": asked, "text": "it"})
                wait_until(lambda: socket.acked(event) and socket.acked(asked), "both are acknowledged")
                self.assertEqual(socket.payloads[asked], {"text": "at once"})
                socket.connections[0].disconnect("warning")
                while socket.opened < 2:
                    self.assertEqual(heard(), {"type": "connected"})
                late = socket.push("events_api", callback(message("later")), connection=socket.connections[-1])
                while (what := heard())["type"] == "connected":
                    pass
                self.assertEqual(what, {"type": "events_api", "id": late, "text": "later"})
                node.stdin.close()
                node.wait(30)


if __name__ == "__main__":
    FOLDER = npm.install("slack_sdk")
    unittest.main()
