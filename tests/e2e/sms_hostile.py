"""Webhooks at the edge of what is right and beyond it: the bytes, and all that is said to them.

A row has the adapter that gets it, and whether a consumer gets a message of it. Rows stand together by their answer:
the status line's end and the line of the body; None is the provider's yes.
"""

import base64
import hashlib
import hmac
import itertools
import json
import time
import urllib.parse
from dataclasses import dataclass

from provider import OURS, THEIRS, TOKEN, signature

ORIGIN = "https://sms.example.com"
BODY_MAX = 64 * 1024
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
USER = "user:pw"
ADAPTERS = "\n".join(
    f"{name}: {{ type: sms, listen: '127.0.0.1:0', provider: {provider}, public_url: '{ORIGIN}/in', "
    f"auth_token: {{ plain: '{token}' }}, max_body: 64KiB, {more} }}"
    for name, provider, token, more in [("twilio", "twilio", TOKEN, ""), ("sinch", "sinch", TOKEN, ""),
                                        ("vonage", "vonage-sms", TOKEN, "verify: vonage-sha256"),
                                        ("kannel", "kannel", USER, "")])
FORGED = "403 Forbidden", "The signature does not fit."
OK = "200 OK", None
IDS = itertools.count(1)
ROWS = []


@dataclass
class Row:
    adapter: str
    name: str
    sent: bytes
    status: str
    text: str
    is_event: bool


def rows(adapter, answer, sent, is_event=False):
    ROWS.extend(Row(adapter, name, each, *answer, is_event) for name, each in sent.items())


def request(method, target, headers, body=b"", version="HTTP/1.1", host="Host: sms.example.com", length=True):
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} {version}", *([host] if host else []), *headers]
    if length and (body or method == "POST"):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def fields(**more):
    return {"MessageSid": f"SM{next(IDS)}", "From": THEIRS, "To": OURS, "Body": "hi"} | more


def twilio(form=None, body=None, target="/in", headers=(), method="POST", signed=None, kind=FORM, url=None, **more):
    """Signed over `form`, or over what is said to be `signed`."""
    form = fields() if form is None else form
    body = urllib.parse.urlencode(form) if body is None else body
    proof = signature(form if signed is None else signed, url or ORIGIN + target)
    kinds = [f"Content-Type: {kind}"] if kind else []
    return request(method, target, [*kinds, f"X-Twilio-Signature: {proof}", *headers], body, **more)


def sinch(body, when=None, nonce="n", headers=(), kind=JSON, **more):
    body = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
    when = str(int(time.time()) if when is None else when)
    proof = base64.b64encode(hmac.new(TOKEN.encode(), body + f".{nonce}.{when}".encode(), hashlib.sha256).digest())
    return request("POST", "/in", [
        f"Content-Type: {kind}", f"x-sinch-webhook-signature: {proof.decode()}",
        f"x-sinch-webhook-signature-nonce: {nonce}",
        f"x-sinch-webhook-signature-timestamp: {when}", "x-sinch-webhook-signature-algorithm: HmacSHA256", *headers],
        body, **more)


def text_of_sinch(**more):
    return {"type": "mo_text", "id": f"s{next(IDS)}", "from": "15550123", "to": "15550100", "body": "hi"} | more


def vonage(pairs, sig=None):
    """A GET with `sig` of the pairs."""
    signed = "".join(f"&{name}={value.replace('&', '_').replace('=', '_')}" for name, value in sorted(pairs.items()))
    own = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return request("GET", "/in?" + urllib.parse.urlencode(pairs | {"sig": own if sig is None else sig}), [])


def pairs_of_vonage(**more):
    return {"msisdn": "15550123", "to": "15550100", "messageId": f"v{next(IDS)}", "text": "hi", "type": "text",
            "timestamp": str(int(time.time()))} | more


def kannel(query, auth=USER, **more):
    proof = base64.b64encode(auth.encode()).decode()
    return request("GET", "/in?" + query, [f"Authorization: Basic {proof}"], **more)


def kannel_query(**more):
    return urllib.parse.urlencode({"id": f"k{next(IDS)}", "from": "+15550123", "to": "+15550100", "data": "hi",
                                   "coding": "0"} | more)


def signed_bytes(pairs):
    """A form of bytes, with its signature."""
    data = (ORIGIN + "/in").encode() + b"".join(name + value for name, value in sorted(pairs))
    return base64.b64encode(hmac.new(TOKEN.encode(), data, hashlib.sha1).digest()).decode()


def raw_form(text, *pairs):
    """A message's fields and those that are not UTF-8: `text` as it is sent, `pairs` what is signed of it."""
    id = f"SM{next(IDS)}"
    own = [(b"MessageSid", id.encode()), (b"From", THEIRS.encode()), (b"To", OURS.encode())]
    body = f"MessageSid={id}&From=%2B15550123&To=%2B15550100&{text}"
    return request("POST", "/in", [f"Content-Type: {FORM}", f"X-Twilio-Signature: {signed_bytes(own + list(pairs))}"],
                   body.encode("latin-1"))


def chunks(text, *headers):
    return twilio(body="", headers=["Transfer-Encoding: chunked", *headers], length=False) + text.encode()


def as_chunks(form, extension="", trailer=""):
    body = urllib.parse.urlencode(form)
    return twilio(form, body="", headers=["Transfer-Encoding: chunked"], length=False) + \
        f"{len(body):x}{extension}\r\n{body}\r\n0\r\n{trailer}\r\n".encode()


def by_signature(*lines):
    form = fields()
    right = signature(form, ORIGIN + "/in")
    return request("POST", "/in", [f"Content-Type: {FORM}", *(line.format(right) for line in lines)],
                   urllib.parse.urlencode(form))


def without(name, all_fields):
    return {each: value for each, value in all_fields.items() if each != name}


# ---- HTTP ---------------------------------------------------------------------------------------------------------

def bad(text):
    return "400 Bad Request", text


rows("twilio", OK, {
    "as it should be": twilio(), "HTTP/1.0": twilio(version="HTTP/1.0"), "another Host": twilio(host="Host: evil.org"),
    "HTTP/1.0 without Host": twilio(version="HTTP/1.0", host=None), "below the path": twilio(target="/in/x"),
    "dots in the path": twilio(target="/in/../in"), "an upgrade": twilio(headers=["Upgrade: websocket"]),
    "in chunks": as_chunks(fields()), "with an extension": as_chunks(fields(), extension=";a=b"),
    "with a trailer": as_chunks(fields(), trailer="X: y\r\n"),
    "identity": twilio(headers=["Content-Encoding: identity"]),
    "a body of GET": twilio(method="GET"), "96 headers more": twilio(headers=[f"X-{i}: y" for i in range(96)]),
}, is_event=True)
rows("twilio", ("405 Method Not Allowed", "This path takes GET, POST alone."), {
    method[:10]: twilio(method=method) for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post", "X" * 100)})
rows("twilio", bad("The request's target is no path."), {
    "CONNECT": request("CONNECT", "sms.example.com:443", []), "no slash": twilio(target="in"),
    "another scheme": twilio(target="ftp://sms.example.com/in"), "a tab": twilio(target="/in\tx"),
    "8 bits": twilio(target="/in\xff")})
rows("twilio", bad("The first line is not METHOD TARGET HTTP/1.1."), {
    "no method": b" /in HTTP/1.1\r\nHost: a\r\n\r\n", "a bracket": twilio(method="P[ST"),
    "two targets": twilio(target="/in /in"), "TLS": bytes.fromhex("16030100f8010000f40303") + b"\r\n\r\n",
    **{version: twilio(version=version) for version in ("HTTP/11", "http/1.1", "HTTP/1.1 ", "HTTP/1.1x", "FTP/1.1")}})
rows("twilio", ("505 HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are spoken here."), {
    **{version: twilio(version=version) for version in ("HTTP/2.0", "HTTP/1.2", "HTTP/0.9")},
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"})
rows("twilio", ("404 Not Found", "There is nothing at this path."), {
    target: twilio(target=target) for target in ("/", "/inn", "/IN", "/%69n", "//in", "/in;x", "*", "/i")})
rows("twilio", ("414 URI Too Long", "The request's target is too long."), {
    "a long target": twilio(target="/in" * 3000)})
rows("twilio", bad("The request needs one Host header."), {
    "no Host": twilio(host=None), "two Hosts": twilio(headers=["Host: b"])})
rows("twilio", bad("The Host header names no host."), {
    "a path": twilio(host="Host: a/b"), "a name": twilio(host="Host: u@a"), "a blank": twilio(host="Host: a b")})
rows("twilio", bad("The request may have one Content-Length header."), {
    "two lengths": twilio(headers=["Content-Length: 5"]),
    "that agree": twilio(body="hello", headers=["Content-Length: 5"])})
rows("twilio", bad("Content-Length is no number."), {
    f"length {it!r}": twilio(length=False, headers=[f"Content-Length: {it}"])
    for it in ("-1", "+5", "0x5", "5,5", "", "5 5", "5.0", "\u00b2")})
rows("twilio", ("413 Payload Too Large", "The request's body is too large."), {
    **{f"length {it}": twilio(length=False, headers=[f"Content-Length: {it}"])
       for it in (BODY_MAX + 1, 1 << 32, 10**30)},
    "a chunk": chunks("10001\r\n"), "a large chunk": chunks("ffffffff\r\n"),
    "a body": twilio(body="x" * (BODY_MAX + 1))})
rows("twilio", bad("The request may not have both Content-Length and Transfer-Encoding."), {
    "both": chunks("0\r\n\r\n", "Content-Length: 5"), "both in the other order": twilio(
        headers=["Transfer-Encoding: chunked"])})
rows("twilio", ("501 Not Implemented", "Of the transfer codings, `chunked` alone is understood."), {
    it: twilio(length=False, headers=[f"Transfer-Encoding: {it}"])
    for it in ("gzip, chunked", "chunked, chunked", "identity", "chunked;x=1", "xchunked", "chunked,", "")})
rows("twilio", bad("The request may have one Transfer-Encoding header."), {
    "two codings": chunks("0\r\n\r\n", "Transfer-Encoding: chunked")})
rows("twilio", bad("HTTP/1.0 has no Transfer-Encoding."), {
    "chunks of 1.0": twilio(version="HTTP/1.0", length=False, headers=["Transfer-Encoding: chunked"])})
rows("twilio", bad("The body's chunks are malformed."), {
    repr(it): chunks(it) for it in ("x\r\n", "-1\r\n", "0x5\r\nhello\r\n", "5\nhello\n", "5\r\nhello0\r\n\r\n",
                                    "5\r\nhel\r\n0\r\n\r\n", " 5\r\nhello\r\n", "FFFFFFFFFFFFFFFFF\r\n", ";a\r\n",
                                    "\r\n")})
rows("twilio", bad("The body's chunks have too many extensions."), {"extensions": chunks("5;" + "x" * 5000)})
rows("twilio", ("431 Request Header Fields Too Large", "The request's header is too large."), {
    "trailers": chunks("0\r\n" + "X: y\r\n" * 2000), "a long header": twilio(headers=["X: " + "y" * 9000])})
rows("twilio", ("431 Request Header Fields Too Large", "The request has too many headers."), {
    "97 headers more": twilio(headers=[f"X-{i}: y" for i in range(97)]),
    "many headers": twilio(headers=["X: y"] * 1200)})
rows("twilio", bad("A header's name is no token."), {
    **{it: twilio(headers=[it]) for it in ("Nonsense", "X : y", ": y", "X\0: y", "(X): y", "\xff: y")},
    "a trailer": chunks("0\r\nX\r\n\r\n")})
rows("twilio", bad("A header's value has a control character."), {
    repr(it): twilio(headers=[it]) for it in ("X: a\0b", "X: a\rb", "X: \x7f", "X: \x1b[2J")})
rows("twilio", bad("A header may not go on in the next line."), {"folded": twilio(headers=[" folded: x"])})
rows("twilio", bad("Each line of the header has to end with CRLF."), {
    "one bare LF": twilio().replace(b"\r\n", b"\n", 1), "all of them": twilio().replace(b"\r\n", b"\n")})
rows("twilio", ("417 Expectation Failed", "Of the expectations, `100-continue` alone can be met."), {
    "an expectation": twilio(headers=["Expect: 200-ok"])})
rows("twilio", ("415 Unsupported Media Type", "Bodies may not be compressed."), {
    it: twilio(headers=[f"Content-Encoding: {it}"]) for it in ("gzip", "br", "identity, gzip", "x")})

# ---- What has to be a webhook -------------------------------------------------------------------------------------

rows("twilio", ("415 Unsupported Media Type", "The content has no type, or two."), {
    "no type": twilio(kind=None), "two types": twilio(headers=["Content-Type: application/json"])})
rows("twilio", ("415 Unsupported Media Type", "The content is not UTF-8."), {
    it: twilio(kind=f"{FORM}; charset={it}") for it in ("iso-8859-1", "utf-16", "utf8x", "")})
rows("twilio", OK, {
    it: twilio(kind=it) for it in (FORM.upper(), f"{FORM};charset=UTF-8", f'{FORM}; charset="utf-8"', f"{FORM}; x=y")},
     is_event=True)
rows("twilio", FORGED, {
    **{f"a form as {it}": twilio(kind=it) for it in ("text/plain", "multipart/form-data; boundary=x", JSON, "x", " ")},
    "the whole URL as the target": twilio(target="http://sms.example.com/in"),
    "another's URL": twilio(target="http://evil.example.org/in"), "a fragment": twilio(target="/in#x"),
    "no signature": by_signature(), "empty": by_signature("X-Twilio-Signature:"),
    "two": by_signature("X-Twilio-Signature: {0}", "X-Twilio-Signature: {0}"),
    "cut": by_signature("X-Twilio-Signature: {0:.27}"), "longer": by_signature("X-Twilio-Signature: {0}A"),
    "a blank within": by_signature("X-Twilio-Signature: {0:.5} {0:.22}"),
    "of other letters": by_signature(f"X-Twilio-Signature: {'_' * 27}="),
    "huge": by_signature(f"X-Twilio-Signature: {'A' * 4000}"),
    "of 32 bytes": by_signature(f"X-Twilio-Signature: {base64.b64encode(bytes(32)).decode()}"),
    "of another token": by_signature(f"X-Twilio-Signature: {signature(fields(), ORIGIN + '/in', token='x')}"),
    "a field that is not signed": twilio(fields(Body="more"), signed=fields()),
    "a byte that is not signed": twilio(body="Body=%ff", signed={"Body": "\xff"})})
DIGEST = hashlib.sha256(b"{}").hexdigest()
rows("twilio", FORGED, {
    f"digest {digest:.9} of {body}": twilio(target=f"/in?bodySHA256={digest}", body=body, form={}, kind=JSON)
    for digest, body in ((DIGEST, "{ }"), (DIGEST[:-1], "{}"), ("", "{}"), (DIGEST.upper(), "{}"), (DIGEST, "{}\n"))})
rows("twilio", bad("The form has too many fields."), {
    "a form bomb": twilio(fields() | {f"f{number}": "" for number in range(1100)})})
rows("twilio", bad("The query has too many fields."), {
    "a query bomb": twilio(target="/in?" + "&".join(f"{number}" for number in range(1100)))})
rows("twilio", OK, {
    "900 fields": twilio(fields() | {f"f{number}": "" for number in range(900)}),
    "a long text": twilio(fields(Body="x" * (BODY_MAX - 100))),
    "no UTF-8": raw_form("Body=%FF", (b"Body", b"\xff")), "half a character": raw_form("Body=%C3", (b"Body", b"\xc3")),
    "a surrogate": raw_form("Body=%ED%A0%80", (b"Body", b"\xed\xa0\x80")),
    "an overlong NUL": raw_form("Body=%C0%80", (b"Body", b"\xc0\x80")), "a NUL": raw_form("Body=%00", (b"Body", b"\0")),
    "a raw byte": raw_form("Body=\xff", (b"Body", b"\xff")), "a percent sign": raw_form("Body=%", (b"Body", b"%")),
    "no digits": raw_form("Body=%zz", (b"Body", b"%zz")), "one digit": raw_form("Body=%4", (b"Body", b"%4")),
    "no name": raw_form("=x&Body=a", (b"", b"x"), (b"Body", b"a")), "no value": raw_form("Body", (b"Body", b"")),
    "a field twice": raw_form("Body=a&Body=b", (b"Body", b"a"), (b"Body", b"b")),
    **{f"{name}={value:.12}": twilio(fields(**{name: value})) for name, value in (
        ("NumMedia", "-1"), ("NumMedia", "4294967296"), ("NumMedia", "99"), ("NumSegments", "x"),
        ("OptOutType", "NONSENSE"), ("From", "ACME"), ("From", "whatsapp:+15550123"))},
}, is_event=True)
rows("twilio", OK, {  # It is Twilio's, and says nothing that is known here.
    **{f"without {name}": twilio(without(name, fields())) for name in ("MessageSid", "From", "To")},
    **{f"{name} is empty": twilio(fields(**{name: ""})) for name in ("MessageSid", "From", "To")},
    "no body": twilio({}, body=""), "no body and no type": twilio({}, body="", kind=None),
    "separators": twilio({}, body="&" * 5000), "a digest": twilio(
        target=f"/in?bodySHA256={DIGEST}", body="{}", form={}, kind=JSON)})

rows("sinch", OK, {"as it should be": sinch(text_of_sinch())}, is_event=True)
rows("sinch", OK, {  # Signed, and yet no message.
    repr(body)[:40]: sinch(body) for body in (
        "", " ", "{}", "hello", '{"type": "mo_text"', '{"type":"mo_text",}', "{}{}", "{}//x", "{'type':'x'}",
        '{"type":NaN}', b"\xef\xbb\xbf{}", '{"type":"mo_text"}'.encode("utf-16"), b'{"type":"mo_text","id":"\xff"}',
        '{"id":"\\ud800"}', "[" * 10_000, "[" * 500 + "]" * 500, '{"a":' * 10_000, "[]", '"x"', "null", "1",
        '{"type":"mo_text","id":1e999}', '{"type":' + "9" * 5000 + "}", '{"type":"x"}',
        {"type": "recipient_delivery_report_sms", "batch_id": "1", "recipient": "15550123"})})
rows("sinch", OK, {
    f"{name} is {value!r}": sinch(text_of_sinch(**{name: value}))
    for name, value in (("id", {}), ("id", ""), ("from", None), ("to", None), ("type", 5))})
rows("sinch", FORGED, {
    **{f"time {when:.9}": sinch(text_of_sinch(), when=when) for when in (
        str(int(time.time()) - 400), str(int(time.time()) + 4000), "-1", "x", "", "9" * 40, "1.5", "0")},
    "a nonce twice": sinch(text_of_sinch(), headers=["x-sinch-webhook-signature-nonce: n"]),
    "GET": request("GET", "/in", [])})
rows("sinch", ("413 Payload Too Large", "The request's body is too large."), {
    "a wide object": sinch(text_of_sinch(**{f"k{number}": number for number in range(6000)}))})

rows("vonage", OK, {"as it should be": vonage(pairs_of_vonage())}, is_event=True)
rows("vonage", OK, {"no msisdn": vonage(without("msisdn", pairs_of_vonage()))})
rows("vonage", FORGED, {
    "no time": vonage(without("timestamp", pairs_of_vonage())), "empty": vonage(pairs_of_vonage(), sig=""),
    "short": vonage(pairs_of_vonage(), sig="0" * 32), "no hex": vonage(pairs_of_vonage(), sig="g" * 64),
    **{f"time {when}": vonage(pairs_of_vonage(timestamp=when)) for when in ("1000000000", "x", "-1", "")},
    "twice": vonage(pairs_of_vonage()).replace(b" HTTP/1.1", b"&sig=0 HTTP/1.1"),
    "one field more": vonage(pairs_of_vonage()).replace(b" HTTP/1.1", b"&x=1 HTTP/1.1")})

AUTH = base64.b64encode(USER.encode()).decode()
rows("kannel", OK, {
    it: request("GET", "/in?" + kannel_query(), [f"Authorization: {it}"]) for it in (
        f"Basic {AUTH}", f"basic {AUTH}", f"Basic  {AUTH}")}, is_event=True)
rows("kannel", FORGED, {
    "nobody": request("GET", "/in?" + kannel_query(), []),
    "two": request("GET", "/in?" + kannel_query(), [f"Authorization: Basic {AUTH}"] * 2),
    **{it: request("GET", "/in?" + kannel_query(), [f"Authorization: {it}"]) for it in (
        f"Bearer {AUTH}", "Basic ???", f"Basic {AUTH.rstrip('=')}", f"Basic{AUTH}", AUTH, "Basic")},
    **{it: kannel(kannel_query(), auth=it) for it in ("user:PW", "userpw", ":", "user:pw:", "USER:pw")}})
rows("kannel", OK, {it: kannel(it) for it in (
    "", "id=k", "from=1&to=2", "report=1&from=%2B15550100&to=%2B15550123", "report=1&reference=!!&from=1&to=2")})
