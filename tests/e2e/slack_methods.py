"""What the methods of Slack's Web API do to a workspace, and how they refuse."""

import base64
import itertools
import json
import time

BOT, BOT_USER, TEAM = "B0BOT", "U0BOT", "T0TEAM"


numbers = itertools.count(1)


def ts():
    """Of something that happens now, unlike any other."""
    return f"{time.time_ns() // 1_000_000_000}.{next(numbers):06}"


class Refused(Exception):
    """With Slack's word for it."""


class Workspace:
    """Rooms with their messages by ts, of which each has text, user, thread_ts and reactions. A room that begins with
    `CX` is none that the app is in; `U..` opens the direct message `D..`."""

    def __init__(self):
        self.rooms, self.topics, self.files, self.responses = {}, {}, {}, []
        self.response_plan = []

    def add(self, room, text, user, **more):
        now = ts()
        self.put(room, {"type": "message", "text": text, "user": user, "ts": now, **more})
        return now

    def put(self, room, message):
        """It stands in the room, and the thread that it is in, if it is in one, counts it."""
        kept = {key: value for key, value in message.items() if key not in ("channel", "channel_type")}
        messages = self.rooms.setdefault(room, {})
        messages[message["ts"]] = kept
        root = messages.get(message.get("thread_ts"))
        if root and root is not kept:
            root.update(thread_ts=root["ts"], reply_count=root.get("reply_count", 0) + 1, latest_reply=kept["ts"])

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


def is_reply(message):
    return message.get("thread_ts", message["ts"]) != message["ts"]


def cursor_of(message):
    return base64.b64encode(f"next_ts:{message['ts']}".encode()).decode()


def page(arguments, messages):
    """Of these messages, in their order, those between `oldest` and `latest` that are to come next."""
    inclusive = str(arguments.get("inclusive", "0")).lower() not in ("0", "false")
    low, high = arguments.get("oldest", "0"), arguments.get("latest", "9999999999.999999")
    between = [each for each in messages if low < each["ts"] < high or (inclusive and each["ts"] in (low, high))]
    begin = 0
    if arguments.get("cursor"):
        begin = next((at for at, each in enumerate(between) if cursor_of(each) == arguments["cursor"]), None)
        if begin is None:
            raise Refused("invalid_cursor")
    limit = int(arguments.get("limit", 100))
    if not 0 < limit < 1000:
        raise Refused("invalid_limit")
    rest = between[begin + limit:]
    following = cursor_of(rest[0]) if rest else ""
    return {"messages": between[begin:begin + limit], "has_more": bool(rest),
            "response_metadata": {"next_cursor": following}}


def history(workspace, arguments, _url):
    messages = sorted(workspace.rooms.get(channel(arguments), {}).values(), key=lambda each: each["ts"], reverse=True)
    shown = [each for each in messages if not is_reply(each) or each.get("subtype") == "thread_broadcast"]
    return page(arguments, shown)


def replies(workspace, arguments, _url):
    messages, root = workspace.rooms.get(channel(arguments), {}), need(arguments, "ts")
    if root not in messages:
        raise Refused("thread_not_found")
    behind = sorted((each for each in messages.values() if each.get("thread_ts") == root and each["ts"] != root),
                    key=lambda each: each["ts"])
    answer = page(arguments, behind)
    if not arguments.get("cursor"):
        answer["messages"].insert(0, messages[root])
    return answer


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
    "conversations.history": history,
    "conversations.info": conversation_info,
    "conversations.replies": replies,
    "conversations.setTopic": set_topic,
    "files.completeUploadExternal": complete_upload,
    "files.getUploadURLExternal": get_upload_url,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
    "users.info": user_info,
}
