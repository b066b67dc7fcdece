"""Networks of chat for tests of bridges: a server, what the gateway is configured with, and somebody who talks there.

    with Slack("work") as network:
        with Gateway(network.adapter(), ...) as gateway:
            network.meet(gateway)                      # once it runs; is_there() then says when it is in the room
            number = network.say("hello")              # -> by which it can be edited, deleted, answered
            network.heard                              # what the gateway has done there

`EDITS`, `DELETES`, `ANSWERS`: what people can do there that the gateway hears of; `IS_DELETED`: it can delete what it
has said. stall() lets nothing through between gateway and network, either way, until go_on().
"""

import contextlib
import dataclasses
import html
import http.client
import queue
import threading
import time

from irc_servers import Ngircd
from irc_talker import Talker
from slack_events import callback, message, post, ts
from slack_methods import BOT, BOT_USER
from slack_server import BOT_TOKEN, SECRET, SlackServer
from staller import Staller
from telegram_server import TelegramServer

TIMEOUT = "4m"  # For answers: longer than a network stands still, else it is unknown what became of what was under way.
WAITING = 20_000


@dataclasses.dataclass
class Deed:
    """What the gateway has done: `said`, `edited`, `deleted`. `number` is that of the message there; `who` and `text`
    as it has said whose it is, None where nothing says so."""

    when: float
    kind: str
    who: str | None
    text: str | None
    number: object = None
    answered: object = None


class Network:
    EDITS = DELETES = ANSWERS = IS_DELETED = False

    def __init__(self, name):
        self.name, self.person, self.address = name, f"p-{name}", None
        self.heard, self.stallers = [], []

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.enter(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *failure):
        self.stack.__exit__(*failure)

    def meet(self, gateway):
        """What needs the gateway's ports."""

    def stalled_at(self, stack, port):
        staller = stack.enter_context(Staller(port))
        self.stallers.append(staller)
        return staller.port

    def stall(self):
        for each in self.stallers:
            each.stall()

    def go_on(self):
        for each in self.stallers:
            each.go_on()

    def note(self, kind, who=None, text=None, **more):
        self.heard.append(Deed(time.monotonic(), kind, who, text, **more))


def marked(text):
    """-> who, what: of a text that begins with `<WHO> `."""
    who, _, what = text.removeprefix("<").partition("> ")
    return who, what


class Irc(Network):
    """People can only say something; an edit is a message with a mark."""

    def __init__(self, name, kind=Ngircd):
        super().__init__(name)
        self.room, self.server = f"#{name}", kind()
        self.address = f"{name}:{self.room}"

    def enter(self, stack):
        stack.enter_context(self.server)
        self.port = self.stalled_at(stack, self.server.port)
        self.talker = stack.enter_context(Talker(self.server.port, self.person, self.room, self.hear))

    def adapter(self):
        return (f"{self.name}: {{ type: irc, server: 'irc://127.0.0.1:{self.port}', network: {self.name}, "
                f"join: '{self.room}', pace: {{ burst: 1000, interval: 1ms }}, queue_messages: {WAITING}, "
                "queue_bytes: 8MiB, reconnect: { initial: 50ms, max: 200ms } }")

    def is_there(self, gateway):
        return f"{self.name}: in {self.room}\n" in gateway.log()

    def say(self, text):
        self.talker.say(text)

    def hear(self, by, text):
        assert by == "millrace", (by, text)
        who, what = marked(text)
        is_edit = what.startswith("* ")
        self.note("edited" if is_edit else "said", who, what.removeprefix("* "))


class Slack(Network):
    """An app that is sent events: of the person, and of what the app itself has done."""

    EDITS = DELETES = ANSWERS = IS_DELETED = True
    ROOM, USER = "C1", "U1"

    def __init__(self, name):
        super().__init__(name)
        self.person, self.address = f"Name of {self.USER}", f"{name}:{self.ROOM}"
        self.happened, self.is_over = queue.SimpleQueue(), threading.Event()

    def enter(self, stack):
        self.server = stack.enter_context(SlackOfApp(self.app_did))
        self.port = self.stalled_at(stack, self.server.port)

    def adapter(self):
        return (f"{self.name}: {{ type: slack, network: {self.name}, bot_token: {{ plain: '{BOT_TOKEN}' }}, "
                f"api_url: 'http://127.0.0.1:{self.port}/api', "
                f"events: {{ listen: '127.0.0.1:0', signing_secret: {{ plain: '{SECRET}' }} }}, "
                f"send: {{ burst: 10000, interval: 1ms, per_minute: 1000000, max_waiting: {WAITING}, max_bytes: 64MiB, "
                f"timeout: {TIMEOUT} }} }}")

    def meet(self, gateway):
        port = self.stalled_at(self.stack, gateway.port(self.name))
        threading.Thread(target=self.bring, args=(port,), daemon=True).start()
        self.stack.callback(self.is_over.set)

    def bring(self, port):
        """One after the other, and what is not answered with 200 again."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            while not self.is_over.is_set():
                body, status = callback(self.happened.get()), None
                while status != 200 and not self.is_over.wait(0 if status is None else 0.05):
                    try:
                        status, _, _ = post(port, body, connection=connection)
                    except (OSError, http.client.HTTPException):
                        connection.close()
                        status = 0

    def is_there(self, gateway):
        return f"is millrace ({BOT_USER}) in Tests" in gateway.log()

    def say(self, text, answers=None, **more):
        with self.server.lock:
            if answers:
                more["thread_ts"] = answers
            number = self.server.workspace.add(self.ROOM, text, self.USER, **more)
            self.happened.put(message(text, self.ROOM, self.USER, ts=number, **more))
            return number

    def edit(self, number, text):
        with self.server.lock:
            before = dict(self.server.rooms[self.ROOM][number])
            self.server.rooms[self.ROOM][number]["text"] = text
            self.happened.put(changed(before, text))

    def delete(self, number):
        with self.server.lock:
            self.happened.put(deleted(self.server.rooms[self.ROOM].pop(number)))

    def app_did(self, method, room, before, after):
        assert room == self.ROOM, room
        if method == "chat.postMessage":
            text = html.unescape(after["text"])
            self.happened.put(message(after["text"], room, BOT_USER, bot_id=BOT, subtype="bot_message", ts=after["ts"]))
            self.note("said", after.get("username"), text, number=after["ts"], answered=after.get("thread_ts"))
        elif method == "chat.update":
            self.happened.put(changed(before, after["text"]))
            self.note("edited", None, html.unescape(after["text"]), number=after["ts"])
        elif method == "chat.delete":
            self.happened.put(deleted(before))
            self.note("deleted", number=before["ts"])


def changed(before, text):
    after = {**before, "text": text, "edited": {"user": before["user"], "ts": ts()}}
    return message(None, Slack.ROOM, None, subtype="message_changed", message=after, previous_message=before)


def deleted(before):
    return message(None, Slack.ROOM, None, subtype="message_deleted", deleted_ts=before["ts"], previous_message=before)


class SlackOfApp(SlackServer):
    """Tells what the app does: did(method, room, the message before, and after)."""

    def __init__(self, did):
        super().__init__()
        self.did = did

    def _accept(self, method, arguments, token):
        before = dict(self.rooms.get(arguments.get("channel"), {}).get(arguments.get("ts"), {}))
        answer = super()._accept(method, arguments, token)
        if answer["ok"] and method.startswith("chat."):
            self.did(method, answer["channel"], before, self.rooms[answer["channel"]].get(answer["ts"]))
        return answer


class Telegram(Network):
    """A bot that polls. It hears of no deletions."""

    EDITS = ANSWERS = IS_DELETED = True

    def __init__(self, name):
        super().__init__(name)
        self.server = TelegramOfBot(self.bot_did)
        self.member = self.server.person(self.person)
        self.group = self.server.group(name)
        self.address = f"{name}:{self.group['id']}"

    def enter(self, stack):
        stack.enter_context(self.server)
        self.port = self.stalled_at(stack, self.server.port)

    def adapter(self):
        return (f"{self.name}: {{ type: telegram, network: {self.name}, token: {{ plain: '{self.server.token}' }}, "
                f"api: 'http://127.0.0.1:{self.port}', pace: {{ account: 1000, chat: 1000, group: 60000 }}, "
                f"queue_messages: {WAITING}, queue_bytes: 8MiB, timeout: {TIMEOUT}, "
                "reconnect: { initial: 20ms, max: 200ms } }")

    def is_there(self, gateway):
        return f"{self.name}: connected to" in gateway.log()

    def say(self, text, answers=None, **more):
        if answers:
            more["reply_to_message"] = self.server.messages[self.group["id"], answers]
        return self.server.says(self.member, text, self.group, **more)["message_id"]

    def edit(self, number, text):
        self.server.edits(self.server.messages[self.group["id"], number], text)

    def bot_did(self, method, number, said):
        if method == "deleteMessage":
            return self.note("deleted", number=number)
        who, what = marked(said.get("text") or said.get("caption", ""))
        kind = "edited" if method == "editMessageText" else "said"
        return self.note(kind, who, what, number=number, answered=said.get("reply_to_message", {}).get("message_id"))


class TelegramOfBot(TelegramServer):
    """Tells what the bot does: did(method, number of the message, that message)."""

    METHODS = ("sendMessage", "sendPhoto", "sendDocument", "editMessageText", "deleteMessage")

    def __init__(self, did):
        super().__init__()
        self.did = did

    def call(self, method, parameters):
        if method not in self.METHODS:
            return super().call(method, parameters)
        with self.news:
            result = super().call(method, parameters)
            number = parameters.get("message_id") or result["message_id"]
            self.did(method, number, result)
            return result
