"""A small Bot API server on a free port, as far as bots can tell from outside.

    with TelegramServer() as telegram:
        telegram.says(telegram.person("Ada"), "hello")      # in the chat with her alone
        telegram.wait_sent(1)                                # what the bot has sent, as it was called

It behaves as https://core.telegram.org/bots/api says, and where that says nothing as the open server of Telegram does:
an update is kept until a call of getUpdates asks from behind it, or a webhook has answered it with 2xx; a long poll
ends with the first update; a second poll ends the first with 409; with a webhook set there is none; texts are at most
4096 UTF-16 code units, entities have to fit. `plan` fails the next calls of a method as it is told to.
"""

import email
import email.policy
import http.client
import http.server
import json
import threading
import time
import urllib.parse

from telegram_methods import ApiError, Methods, units

__all__ = ["TOKEN", "ApiError", "TelegramServer", "units"]
TOKEN = "123456:AAGg-TEST_token_of_the_bot"


class TelegramServer(Methods):
    def __init__(self, token=TOKEN):
        self.token = token
        self.me = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": "Mill", "username": "mill_bot",
                   "can_join_groups": True, "can_read_all_group_messages": True, "supports_inline_queries": False}
        self.news = threading.Condition()
        self.updates, self.next_update = [], 1000
        self.next_message = {}
        self.chats, self.messages, self.migrated = {}, {}, {}
        self.sent, self.calls = [], []  # what was said; every call: method and parameters
        self.sent_at = []
        self.polls, self.poll = [], 0  # parameters of each; the one that may answer
        self.confirmed, self.brought = 0, {}  # How often each update was handed out, or brought by a webhook.
        self.webhook, self.webhook_answers = None, []
        self.busy, self.pauses = set(), {}  # Chats of which a webhook is on its way; how long it waits after a failure.
        self.plan, self.files = {}, {}  # What was uploaded, by its id.
        self.people = 100
        self.is_over = False
        self.server = Threads(("127.0.0.1", 0), self)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        with self.news:
            self.is_over = True
            self.news.notify_all()
        self.server.shutdown()
        self.server.server_close()

    # ---- What people do

    def person(self, name="Ada", username=None):
        self.people += 1
        return {"id": self.people, "is_bot": False, "first_name": name, "username": username or name.lower()}

    def direct(self, person):
        return self._chat({"id": person["id"], "type": "private", "first_name": person["first_name"],
                           "username": person["username"]})

    def group(self, title="ops", kind="supergroup", number=None):
        self.people += 1
        number = number or (-1000000000000 - self.people if kind != "group" else -self.people)
        return self._chat({"id": number, "type": kind, "title": title})

    def _chat(self, chat):
        with self.news:
            return self.chats.setdefault(chat["id"], chat)

    def says(self, person, text=None, chat=None, **more):
        """A message of a person, in the chat with the bot alone or in another. Returns it."""
        message = self.message(chat or self.direct(person), person, text, **more)
        self.update("channel_post" if message["chat"]["type"] == "channel" else "message", message)
        return message

    def message(self, chat, person=None, text=None, **more):
        with self.news:
            number = self.next_message[chat["id"]] = self.next_message.get(chat["id"], 0) + 1
            message = {"message_id": number, "date": int(time.time()), "chat": chat}
            if person:
                message["from"] = person
            if text is not None:
                message["text"] = text
            message.update(more)
            self.messages[chat["id"], number] = message
            return message

    def edits(self, message, text):
        edited = message | {"text": text, "edit_date": int(time.time())}
        self.update("edited_channel_post" if message["chat"]["type"] == "channel" else "edited_message", edited)

    def update(self, kind, content):
        self.raw_update({kind: content})

    def raw_update(self, content):
        """Also what is none. Returns its number."""
        with self.news:
            number, self.next_update = self.next_update, self.next_update + 1
            update = {"update_id": number} | content if isinstance(content, dict) else content
            self.updates.append((number, update))
            self.news.notify_all()
            return number

    # ---- What the bot did

    def wait(self, condition, what, deadline_s=60):
        with self.news:
            assert self.news.wait_for(condition, deadline_s), f"not within {deadline_s} s: {what}"

    def wait_sent(self, count):
        """What was said, in order, once there are so many."""
        self.wait(lambda: len(self.sent) >= count, f"{count} sent, and not {len(self.sent)}")
        with self.news:
            return list(self.sent)

    def called(self, method):
        with self.news:
            return [parameters for each, parameters in self.calls if each == method]

    def wait_called(self, method, count=1):
        self.wait(lambda: sum(each == method for each, _ in self.calls) >= count, f"{count} of {method}")
        return self.called(method)

    def fail(self, method, *how):
        """The next calls of a method: an ApiError, "silence" (it is done, and no answer comes), "refuse" (the
        connection breaks before it is done), bytes as the whole answer, or None: as always."""
        with self.news:
            self.plan.setdefault(method, []).extend(how)

    def _count(self, number):
        self.brought[number] = self.brought.get(number, 0) + 1

    def waiting(self):
        with self.news:
            return [number for number, _ in self.updates]

    def upgrade(self, group, title=None):
        """A group becomes a supergroup. Returns that."""
        after = self.group(title or group["title"])
        with self.news:
            self.migrated[group["id"]] = after["id"]
        boss = self.person("Boss")
        self.update("message", self.message(group, boss, migrate_to_chat_id=after["id"]))
        self.update("message", self.message(after, boss, migrate_from_chat_id=group["id"], sender_chat=after))
        return after

    # ---- Webhooks

    def _push(self, webhook):
        """By one of several threads: of each chat one after the other, each until it is answered with 2xx."""
        while True:
            with self.news:
                self.news.wait_for(lambda: self._next() or self.webhook is not webhook or self.is_over)
                if self.webhook is not webhook or self.is_over:
                    return
                number, update = self._next()
                chat = chat_of(update)
                self.busy.add(chat)
                self._count(number)
            status, retry_after = post_update(webhook["url"], webhook["secret"], update)
            with self.news:
                self.webhook_answers.append((number, status))
                pause = self.pauses.pop(chat, 0)
                if status // 100 == 2:
                    self.updates = [each for each in self.updates if each[0] != number]
                    self.confirmed = max(self.confirmed, number + 1)
                else:
                    self.pauses[chat] = min(max(pause * 2, 0.05), float(retry_after or 1), 0.5)
                    self.news.wait_for(lambda: self.is_over, self.pauses[chat])
                self.busy.discard(chat)
                self.news.notify_all()

    def _next(self):
        return next((each for each in self.updates if chat_of(each[1]) not in self.busy), None)


def chat_of(update):
    """0: of none."""
    for content in update.values() if isinstance(update, dict) else ():
        for each in (content, content.get("message", {})) if isinstance(content, dict) else ():
            if "chat" in each:
                return each["chat"]["id"]
    return 0


def post_update(url, secret, update):
    """-> the status, 0 where nobody answers, and Retry-After."""
    parts = urllib.parse.urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname, parts.port, timeout=60)
    headers = {"Content-Type": "application/json"} | ({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})
    try:
        connection.request("POST", parts.path or "/", json.dumps(update), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def of_form(kind, body):
    """A file is its name and its bytes; where another parameter says `attach://NAME` it is there."""
    form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body,
                                    policy=email.policy.HTTP)
    parameters, files = {}, {}
    for part in form.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if part.get_filename() is None:
            parameters[name] = content.decode()
        else:
            files[name] = (part.get_filename(), content)
    attached = {name: files.get(str(value).removeprefix("attach://"), value) for name, value in parameters.items()}
    return files | attached


class Threads(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, telegram):
        super().__init__(address, Handler)
        self.telegram = telegram

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):  # pylint: disable=invalid-name
        is_chunked = self.headers.get("Transfer-Encoding", "") == "chunked"
        self.answer(self.chunks() if is_chunked else self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_GET(self):  # pylint: disable=invalid-name
        self.answer(b"")

    def answer(self, body):
        telegram = self.server.telegram
        parts = urllib.parse.urlsplit(self.path)
        token, _, method = urllib.parse.unquote(parts.path).removeprefix("/bot").partition("/")
        parameters = dict(urllib.parse.parse_qsl(parts.query)) | self.parameters(body)
        if token != telegram.token:
            return self.reply(ApiError(401, "Unauthorized").answer)
        with telegram.news:
            planned = telegram.plan.get(method)
            how = planned.pop(0) if planned else None
            telegram.calls.append((method, parameters))
            telegram.news.notify_all()
        if isinstance(how, bytes):
            self.wfile.write(how)
            self.close_connection = True
            return None
        if how == "refuse":
            self.close_connection = True
            return None
        try:
            if isinstance(how, ApiError):
                raise how
            answer = {"ok": True, "result": telegram.call(method, parameters)}
        except ApiError as error:
            answer = error.answer
        if how == "silence":
            with telegram.news:
                telegram.news.wait_for(lambda: telegram.is_over)
            return None
        return self.reply(answer)

    def parameters(self, body):
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            return json.loads(body or b"{}")
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(urllib.parse.parse_qsl(body.decode()))
        if kind.startswith("multipart/form-data"):
            return of_form(kind, body)
        return {}

    def reply(self, answer):
        status = 200 if answer["ok"] else answer["error_code"]
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if "retry_after" in answer.get("parameters", {}):
            self.send_header("Retry-After", str(answer["parameters"]["retry_after"]))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass
