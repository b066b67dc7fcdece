"""Text messages' provider, as the sms adapter sees it: webhooks signed as Twilio signs them, and a REST API that takes
what is sent and answers as it is told.

    with Provider() as provider:
        adapters = twilio(provider)
        ...
        answer = post(port, message("hello"))
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import queue
import threading
import time
import urllib.parse

TOKEN = "a token of a test"
PUBLIC_URL = "https://sms.example.com/in"
OURS, THEIRS = "+15550100", "+15550123"


def twilio(provider, extra="", url=PUBLIC_URL):
    return (f"sms: {{ type: sms, listen: '127.0.0.1:0', provider: twilio, public_url: '{url}', "
            f"auth_token: {{ plain: '{TOKEN}' }}, send: {{ from: '{OURS}' }}, "
            f"account: {{ id: AC1, secret: {{ plain: s3cret }}, base_url: '{provider.url}' }}{extra} }}")


def message(text, sid=None, sender=THEIRS, to=OURS, **more):
    """The fields of a webhook that brings a message."""
    message.count += 1
    return {"MessageSid": sid or f"SM{message.count}-{time.time_ns()}", "From": sender, "To": to, "Body": text, **more}


message.count = 0


def signature(fields, url=PUBLIC_URL, token=TOKEN):
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def post(port, fields, path="/in", url=PUBLIC_URL, token=TOKEN, connection=None, headers=None):
    """A signed webhook -> (status, body, headers)."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        own.request("POST", path, urllib.parse.urlencode(fields), {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature(fields, url, token), **(headers or {})})
        answer = own.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        if not connection:
            own.close()


class Provider:
    """The REST API. `answers` are what the next requests get, (status, body, headers); None: the connection is cut
    after the request; "never": it is silent; then each is taken. `requests` has the forms that came."""

    def __init__(self):
        self.requests = queue.Queue()
        self.answers = queue.Queue()
        self.is_over = threading.Event()
        self.count = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
                form["path"], form["authorization"] = self.path, self.headers["Authorization"]
                answer = provider.next_answer()
                provider.requests.put(form)
                if answer == "never":
                    provider.is_over.wait(60)
                if answer is None or answer == "never":
                    self.close_connection = True
                    return
                status, text, headers = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def next_answer(self):
        try:
            return self.answers.get_nowait()
        except queue.Empty:
            self.count += 1
            return 201, f'{{"sid": "SM-out-{self.count}", "num_segments": "1"}}', {}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def take(self, timeout=15):
        return self.requests.get(timeout=timeout)
