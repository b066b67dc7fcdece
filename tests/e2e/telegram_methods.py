"""The methods of the Bot API that telegram_server.py has, and what it refuses."""

import json
import threading
import time

TEXT_MAX, CAPTION_MAX = 4096, 1024
WEBHOOKS = 4  # At a time.
BY_DEFAULT = ("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member")
ENTITIES = ("mention", "hashtag", "url", "email", "bold", "italic", "underline", "strikethrough", "spoiler",
            "blockquote", "code", "pre", "text_link", "text_mention", "custom_emoji", "bot_command", "phone_number")


def units(text):
    """The UTF-16 code units that Telegram counts in."""
    return len(text.encode("utf-16-le")) // 2


class ApiError(Exception):
    def __init__(self, code, description, **parameters):
        super().__init__(description)
        self.answer = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


class Methods:
    """Of a server that has `me`, `chats`, `messages`, `updates` and the others of TelegramServer, under `news`."""

    def call(self, method, parameters):
        handler = getattr(self, "do_" + method.lower(), None)
        if not handler:
            raise ApiError(404, "Not Found: method not found")
        return handler(parameters)

    def do_getme(self, _):
        return self.me

    def do_getupdates(self, parameters):
        offset, timeout = int(parameters.get("offset", 0)), min(int(parameters.get("timeout", 0)), 50)
        limit = int(parameters.get("limit", 100))
        limit = limit if 1 <= limit <= 100 else 100
        with self.news:
            if self.webhook:
                raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                                    "to delete the webhook first")
            self.poll += 1
            mine = self.poll
            self.polls.append(dict(parameters))
            self._allow(parameters)
            self.news.notify_all()
            if offset < 0:
                self.updates = self.updates[offset:]
            elif offset:
                self.updates = [each for each in self.updates if each[0] >= offset]
                self.confirmed = max(self.confirmed, offset)
            self.news.wait_for(lambda: self.updates or self.poll != mine or self.is_over or self.webhook, timeout)
            if self.poll != mine or self.webhook:
                raise ApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot "
                                    "instance is running")
            for number, _ in self.updates[:limit]:
                self._count(number)
            return [update for _, update in self.updates[:limit]]

    def _allow(self, parameters):
        allowed = as_json(parameters.get("allowed_updates"))
        if allowed is not None:
            self.allowed = tuple(allowed) or BY_DEFAULT

    allowed = BY_DEFAULT

    def do_setwebhook(self, parameters):
        url = parameters.get("url", "")
        with self.news:
            self.webhook = {"url": url, "secret": parameters.get("secret_token", "")} if url else None
            self._allow(parameters)
            self.news.notify_all()
            if self.webhook:
                for _ in range(WEBHOOKS):
                    threading.Thread(target=self._push, args=(self.webhook,), daemon=True).start()
        return True

    def do_deletewebhook(self, parameters):
        if parameters.get("drop_pending_updates") in (True, "true"):
            with self.news:
                self.updates = []
        return self.do_setwebhook({})

    def do_getwebhookinfo(self, _):
        return {"url": self.webhook["url"] if self.webhook else "", "has_custom_certificate": False,
                "pending_update_count": len(self.updates)}

    def do_sendmessage(self, parameters):
        text = parameters.get("text", "")
        if not text.strip():
            raise ApiError(400, "Bad Request: message text is empty")
        if units(text) > TEXT_MAX:
            raise ApiError(400, "Bad Request: message is too long")
        check_entities(text, as_json(parameters.get("entities")) or [])
        return self._send(parameters, {"text": text, "entities": as_json(parameters.get("entities")) or []})

    def do_senddocument(self, parameters):
        return self._send_file(parameters, "document")

    def do_sendphoto(self, parameters):
        return self._send_file(parameters, "photo")

    def _send_file(self, parameters, member):
        file, caption = parameters.get(member), parameters.get("caption", "")
        if not file:
            raise ApiError(400, f"Bad Request: there is no {member} in the request")
        if units(caption) > CAPTION_MAX:
            raise ApiError(400, "Bad Request: message caption is too long")
        check_entities(caption, as_json(parameters.get("caption_entities")) or [])
        said = {"file_id": file, "file_unique_id": "u" + str(len(file))}
        if isinstance(file, tuple):
            name, content = file
            said = {"file_id": f"BQAC{len(self.files)}", "file_unique_id": f"u{len(self.files)}", "file_name": name,
                    "file_size": len(content)}
            self.files[said["file_id"]] = content
        content = {member: [said | {"width": 1, "height": 1}] if member == "photo" else said}
        return self._send(parameters, content | ({"caption": caption} if caption else {}))

    def _send(self, parameters, content):
        chat = self._chat_of(parameters)
        reply = as_json(parameters.get("reply_parameters")) or {}
        with self.news:
            answered = self.messages.get((chat["id"], reply.get("message_id")))
            if reply and not answered and not reply.get("allow_sending_without_reply"):
                raise ApiError(400, "Bad Request: message to be replied not found")
            if answered:
                content["reply_to_message"] = {k: v for k, v in answered.items() if k != "reply_to_message"}
            if parameters.get("message_thread_id"):
                content |= {"message_thread_id": int(parameters["message_thread_id"]), "is_topic_message": True}
            message = self.message(chat, self.me, **content)
            self.sent.append(message)
            self.sent_at.append((time.monotonic(), chat["id"]))
            self.news.notify_all()
            return message

    def do_editmessagetext(self, parameters):
        text = parameters.get("text", "")
        check_entities(text, as_json(parameters.get("entities")) or [])
        if units(text) > TEXT_MAX:
            raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
        with self.news:
            message = self._own(parameters, "Bad Request: message to edit not found")
            if "text" not in message:
                raise ApiError(400, "Bad Request: there is no text in the message to edit")
            if message["text"] == text:
                raise ApiError(400, "Bad Request: message is not modified: specified new message content and reply "
                                    "markup are exactly the same as a current content and reply markup of the message")
            message |= {"text": text, "edit_date": int(time.time())}
            self.news.notify_all()
            return dict(message)

    def do_editmessagecaption(self, parameters):
        caption = parameters.get("caption", "")
        check_entities(caption, as_json(parameters.get("caption_entities")) or [])
        with self.news:
            message = self._own(parameters, "Bad Request: message to edit not found")
            message |= {"caption": caption, "edit_date": int(time.time())}
            self.news.notify_all()
            return dict(message)

    def do_deletemessage(self, parameters):
        with self.news:
            chat = self._chat_of(parameters)
            if not self.messages.pop((chat["id"], int(parameters.get("message_id", 0))), None):
                raise ApiError(400, "Bad Request: message to delete not found")
            self.news.notify_all()
            return True

    def do_setmessagereaction(self, parameters):
        reactions = as_json(parameters.get("reaction")) or []
        with self.news:
            chat = self._chat_of(parameters)
            message = self.messages.get((chat["id"], int(parameters.get("message_id", 0))))
            if not message:
                raise ApiError(400, "Bad Request: message to react not found")
            if any(each.get("type") not in ("emoji", "custom_emoji") for each in reactions) or len(reactions) > 1:
                raise ApiError(400, "Bad Request: REACTION_INVALID")
            message["reactions"] = reactions
            self.news.notify_all()
            return True

    def do_setchattitle(self, parameters):
        with self.news:
            chat = self._chat_of(parameters)
            if not 1 <= len(parameters.get("title", "")) <= 128 or chat["type"] == "private":
                raise ApiError(400, "Bad Request: CHAT_TITLE_EMPTY")
            chat["title"] = parameters["title"]
            self.news.notify_all()
            return True

    def do_answercallbackquery(self, parameters):
        if not parameters.get("callback_query_id"):
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    def do_getfile(self, parameters):
        return {"file_id": parameters.get("file_id", ""), "file_unique_id": "u1", "file_path": "documents/file_1"}

    def do_close(self, _):
        return True

    do_logout = do_close

    def _chat_of(self, parameters):
        name = str(parameters.get("chat_id", ""))
        with self.news:
            if name.lstrip("-").isdigit() and int(name) in self.migrated:
                raise ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat",
                               migrate_to_chat_id=self.migrated[int(name)])
            for chat in self.chats.values():
                if name in (str(chat["id"]), "@" + chat.get("username", "?")):
                    return chat
        raise ApiError(400, "Bad Request: chat not found")

    def _own(self, parameters, missing):
        chat = self._chat_of(parameters)
        message = self.messages.get((chat["id"], int(parameters.get("message_id", 0))))
        if not message:
            raise ApiError(400, missing)
        if message.get("from") != self.me:
            raise ApiError(400, "Bad Request: message can't be edited")
        return message


def check_entities(text, entities):
    borders, at = {0}, 0
    for each in text:
        at += units(each)
        borders.add(at)
    for each in entities:
        if each.get("type") not in ENTITIES:
            raise ApiError(400, "Bad Request: can't parse entities: unsupported type")
        begin, end = each["offset"], each["offset"] + each["length"]
        if each["length"] <= 0 or begin not in borders or end not in borders:
            raise ApiError(400, "Bad Request: can't parse entities: it is not between characters")


def as_json(value):
    """A parameter that is JSON, which is text in a form."""
    return json.loads(value) if isinstance(value, str) and value else value
