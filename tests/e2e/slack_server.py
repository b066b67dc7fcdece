"""Slack, as an app sees it: the Web API, Socket Mode, and events that come with the app's signature.

    with SlackServer() as slack:
        adapters = events_adapter(slack)                 # or socket_adapter(slack)
        slack.behave("chat.postMessage", ["429", "accept"])
        ...
        slack.rooms["C1"]                                # the messages that stand there, by their ts

It holds requests to what Slack documents: what is wrong with one is answered as Slack does, and raised when the block
is left. Official clients work against it (slack_sdk_test.py).
"""

import http.server
import json
import ssl
import threading
import time
import urllib.parse

from slack_methods import METHODS, Refused, Workspace
from slack_socket import SocketMode

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-1-of-a-test", "xapp-1-of-a-test", "8f742231b10e8888abcd99yyyzzz85a5"


class SlackServer:
    """`tls`: the paths of a certificate and its key, by which it is https and wss."""

    def __init__(self, tls=None):
        self.tls = tls
        self.workspace = Workspace()
        self.rooms = self.workspace.rooms
        self.lock = threading.RLock()
        self.news = threading.Condition(self.lock)
        self.plans, self.calls, self.wrong = {}, [], []
        self.is_over, self.release = threading.Event(), threading.Event()
        self.bot_token, self.app_token = BOT_TOKEN, APP_TOKEN
        self.socket = SocketMode(self)
        self.on_post = None  # Called with each message that the app has posted.

    def __enter__(self):
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
            self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, failure, *_):
        self.is_over.set()
        self.release.set()
        self.socket.close_all()
        self.http.shutdown()
        self.http.server_close()
        if not failure and self.wrong:
            raise AssertionError(f"not as documented: {self.wrong}")

    def behave(self, method, plan, room=None):
        """What the next calls of a method get, of all rooms or of one: `accept`, an HTTP status, `silent`, `close`,
        `held` until `release` is set (all three after it was done), or one of Slack's errors."""
        with self.lock:
            self.plans[method, room] = list(plan)

    def called(self, method, room=None):
        """The arguments of the calls so far, with `at_s` and `outcome`."""
        with self.lock:
            return [each for each in self.calls if each["method"] == method and room in (None, each.get("channel"))]

    def texts(self, room):
        with self.lock:
            return [message["text"] for _, message in sorted(self.rooms.get(room, {}).items())]

    def call(self, method, arguments, token):
        """-> (status, headers, body), or what else is to happen."""
        with self.lock:
            plan = self.plans.get((method, arguments.get("channel"))) or self.plans.get((method, None))
            what = plan.pop(0) if plan else "accept"
            record = {"method": method, "at_s": time.monotonic(), "outcome": what, **arguments}
            self.calls.append(record)
            self.news.notify_all()
            if what == "429":
                return 429, {"Retry-After": "1"}, {"ok": False, "error": "ratelimited"}
            if what.isdigit():
                return int(what), {}, {}
            if what not in ("accept", "held", "silent", "close"):
                return 200, {}, {"ok": False, "error": what}
            answer = self._accept(method, arguments, token)
            self.news.notify_all()
        if what == "held":
            self.release.wait()
        elif what != "accept":
            return what, None, None
        return 200, {"X-OAuth-Scopes": "chat:write,chat:write.customize,channels:history,users:read"}, answer

    def _accept(self, method, arguments, token):
        if method not in METHODS:
            self.wrong.append(f"there is no method {method}")
            return {"ok": False, "error": "unknown_method"}
        if not token:
            return {"ok": False, "error": "not_authed"}
        if token != (self.app_token if method == "apps.connections.open" else self.bot_token):
            return {"ok": False, "error": "invalid_auth"}
        if method == "apps.connections.open":
            return {"ok": True, "url": self.socket.ticket()}
        try:
            answer = METHODS[method](self.workspace, arguments, self.url)
        except Refused as why:
            return {"ok": False, "error": str(why)}
        if method in ("chat.postMessage", "chat.meMessage") and self.on_post:
            self.on_post(arguments["channel"], answer["ts"], self.rooms[answer["channel"]][answer["ts"]])
        return {"ok": True, **answer}


def handler_of(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/link":
                self.close_connection = True
                server.socket.serve(self, dict(urllib.parse.parse_qsl(query)))
            else:
                self.answer(404, {}, {})

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/upload/"):
                return self.answer(*server.workspace.take_bytes(self.path[len("/upload/"):], self.file(body)))
            if self.path.startswith("/response/"):
                return self.answer(*server.workspace.take_response(self.path[len("/response/"):], json.loads(body)))
            method = self.path.rsplit("/", 1)[-1]
            scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
            self.answer(*server.call(method, self.arguments(body), token if scheme == "Bearer" else ""))

        def file(self, body):
            """Of a body that is a file, or a form that has one."""
            kind, _, parameters = (self.headers.get("Content-Type") or "").partition(";")
            if kind != "multipart/form-data":
                return body
            boundary = b"--" + parameters.partition("boundary=")[2].strip('"').encode()
            return body.split(boundary)[1].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")

        def arguments(self, body):
            kind = (self.headers.get("Content-Type") or "").split(";")[0]
            if kind == "application/json":
                return json.loads(body or b"{}")
            if kind not in ("application/x-www-form-urlencoded", ""):
                server.wrong.append(f"a body of {kind}")
            return dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))

        def answer(self, status, headers, body):
            if status == "silent":
                server.is_over.wait()
            if status in ("silent", "close"):
                self.close_connection = True
                return
            content = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


def events_adapter(server, extra="", events="", name="slack"):
    return (f"{name}: {{ type: slack, bot_token: {{ plain: '{BOT_TOKEN}' }}, api_url: '{server.url}/api', events: "
            f"{{ listen: '127.0.0.1:0', signing_secret: {{ plain: '{SECRET}' }}{events} }}{extra} }}")


def socket_adapter(server, extra="", socket="", name="slack"):
    return (f"{name}: {{ type: slack, bot_token: {{ plain: '{BOT_TOKEN}' }}, api_url: '{server.url}/api', socket: "
            f"{{ app_token: {{ plain: '{APP_TOKEN}' }}{socket} }}{extra} }}")
