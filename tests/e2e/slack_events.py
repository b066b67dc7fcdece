"""What Slack sends an app of what happens, signed as Slack signs it."""

import hashlib
import hmac
import http.client
import json
import time
import urllib.parse

from slack_methods import TEAM, numbers, ts
from slack_server import SECRET


def message(text, room="C1", user="U1", **more):
    event = {"type": "message", "channel": room, "user": user, "text": text, "ts": ts(),
             "channel_type": "im" if room.startswith("D") else "channel", **more}
    return {key: value for key, value in event.items() if value is not None}


def callback(event, event_id=None):
    """The envelope of an event."""
    return {"type": "event_callback", "token": "a verification token", "team_id": TEAM, "api_app_id": "A1",
            "event": event, "event_id": event_id or f"Ev{time.time_ns()}-{next(numbers)}",
            "event_time": int(time.time()), "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}]}


def command(name, text="", room="C1", user="U1", response_url="", **more):
    """The fields of a slash command."""
    return {"token": "a verification token", "team_id": TEAM, "channel_id": room, "channel_name": "general",
            "user_id": user, "user_name": user.lower(), "command": name, "text": text, "response_url": response_url,
            "trigger_id": f"{next(numbers)}.{time.time_ns()}", **more}


def signature(body, timestamp, secret=SECRET):
    signed = b"v0:" + str(timestamp).encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def post(port, content, path="/slack/events", headers=None, secret=SECRET, at_s=None, connection=None):
    """A signed request: JSON, or of a dict in a tuple a form -> (status, body, headers)."""
    is_form = isinstance(content, tuple)
    body = urllib.parse.urlencode(content[0]) if is_form else content if isinstance(content, bytes) else \
        json.dumps(content)
    body = body if isinstance(body, bytes) else body.encode()
    timestamp = str(int(time.time()) if at_s is None else at_s)
    kind = "application/x-www-form-urlencoded" if is_form else "application/json"
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        own.request("POST", path, body, {
            "Content-Type": kind, "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(body, timestamp, secret), **(headers or {})})
        answer = own.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        if not connection:
            own.close()
