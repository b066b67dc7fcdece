"""What the methods of Slack's Web API do to a workspace, and how they refuse."""

import itertools
import json

BOT, BOT_USER, TEAM = "B0BOT", "U0BOT", "T0TEAM"


class Refused(Exception):
    """With Slack's word for it."""


class Workspace:
    """Rooms with their messages by ts, of which each has text, user, thread_ts and reactions. A room that begins with
    `CX` is none that the app is in; `U..` opens the direct message `D..`."""

    def __init__(self):
        self.rooms, self.topics, self.files, self.responses = {}, {}, {}, []
        self.numbers = itertools.count(1)
        self.response_plan = []

    def ts(self):
        return f"1700000000.{next(self.numbers):06}"

    def add(self, room, text, user, **more):
        ts = self.ts()
        self.rooms.setdefault(room, {})[ts] = {"text": text, "user": user, "ts": ts, **more}
        return ts

    def own(self, arguments, refusal):
        room, ts = need(arguments, "channel"), need(arguments, "ts")
        message = self.rooms.get(room, {}).get(ts)
        if message is None:
            raise Refused("message_not_found")
        if message["user"] != BOT_USER:
            raise Refused(refusal)
        return room, ts, message

    def take_bytes(self, name, body):
        file = self.files.get(name)
        if not file or file["length"] != len(body):
            return 400, {}, "no such file"
        file["bytes"] = body
        return 200, {"Content-Type": "text/plain"}, f"OK - {len(body)}"

    def take_response(self, name, body):
        self.responses.append((name, body))
        if self.response_plan:
            return self.response_plan.pop(0), {}, "no"
        return 200, {"Content-Type": "text/plain"}, "ok"


def need(arguments, name):
    if not arguments.get(name):
        raise Refused("invalid_arguments" if name != "text" else "no_text")
    return arguments[name]


def channel(arguments):
    room = need(arguments, "channel")
    if room.startswith("CX"):
        raise Refused("not_in_channel")
    if room[0] not in "CDGU":
        raise Refused("channel_not_found")
    return "D" + room[1:] if room.startswith("U") else room


def auth_test(workspace, _arguments, url):
    return {"url": url, "team": "Tests", "user": "millrace", "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT}


def post_message(workspace, arguments, _url):
    room = channel(arguments)
    if not any(arguments.get(each) for each in ("text", "blocks", "attachments")):
        raise Refused("no_text")
    text = arguments.get("text", "")
    if len(text) > 40_000:
        raise Refused("msg_too_long")
    kept = {key: arguments[key] for key in ("thread_ts", "mrkdwn", "username", "icon_url") if key in arguments}
    ts = workspace.add(room, text, BOT_USER, bot_id=BOT, **kept)
    return {"channel": room, "ts": ts, "message": workspace.rooms[room][ts]}


def me_message(workspace, arguments, _url):
    room = channel(arguments)
    return {"channel": room, "ts": workspace.add(room, need(arguments, "text"), BOT_USER, bot_id=BOT, is_me=True)}


def update(workspace, arguments, _url):
    room, ts, message = workspace.own(arguments, "cant_update_message")
    message["text"] = need(arguments, "text")
    return {"channel": room, "ts": ts, "text": message["text"]}


def delete(workspace, arguments, _url):
    room, ts, _ = workspace.own(arguments, "cant_delete_message")
    del workspace.rooms[room][ts]
    return {"channel": room, "ts": ts}


def reactions_of(workspace, arguments):
    message = workspace.rooms.get(need(arguments, "channel"), {}).get(need(arguments, "timestamp"))
    if message is None:
        raise Refused("message_not_found")
    if not all(letter.isalnum() or letter in "_+-':" for letter in need(arguments, "name")):
        raise Refused("invalid_name")
    return message.setdefault("reactions", [])


def add_reaction(workspace, arguments, _url):
    reactions = reactions_of(workspace, arguments)
    if arguments["name"] in reactions:
        raise Refused("already_reacted")
    reactions.append(arguments["name"])
    return {}


def remove_reaction(workspace, arguments, _url):
    reactions = reactions_of(workspace, arguments)
    if arguments["name"] not in reactions:
        raise Refused("no_reaction")
    reactions.remove(arguments["name"])
    return {}


def set_topic(workspace, arguments, _url):
    workspace.topics[channel(arguments)] = arguments.get("topic", "")
    return {"channel": {"id": arguments["channel"], "topic": {"value": arguments.get("topic", "")}}}


def get_upload_url(workspace, arguments, url):
    name = f"F{len(workspace.files) + 1}"
    if not need(arguments, "length").isdigit() or int(arguments["length"]) == 0:
        raise Refused("invalid_arguments")
    workspace.files[name] = {"filename": need(arguments, "filename"), "length": int(arguments["length"])}
    return {"upload_url": f"{url}/upload/{name}", "file_id": name}


def complete_upload(workspace, arguments, _url):
    files = json.loads(need(arguments, "files"))
    for each in files:
        if "bytes" not in workspace.files.get(each["id"], {}):
            raise Refused("file_not_found")
        workspace.files[each["id"]].update(
            title=each.get("title"), channel=arguments.get("channel_id"), thread_ts=arguments.get("thread_ts"))
    return {"files": files}


def user_info(_workspace, arguments, _url):
    user = need(arguments, "user")
    if user.startswith("UX"):
        raise Refused("user_not_found")
    return {"user": {"id": user, "name": user.lower(), "profile": {"display_name": f"Name of {user}"}}}


def conversation_info(_workspace, arguments, _url):
    room = need(arguments, "channel")
    return {"channel": {"id": room, "name": f"room-{room.lower()}"}}


METHODS = {
    "apps.connections.open": None,
    "auth.test": auth_test,
    "chat.delete": delete,
    "chat.meMessage": me_message,
    "chat.postMessage": post_message,
    "chat.update": update,
    "conversations.info": conversation_info,
    "conversations.setTopic": set_topic,
    "files.completeUploadExternal": complete_upload,
    "files.getUploadURLExternal": get_upload_url,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
    "users.info": user_info,
}
