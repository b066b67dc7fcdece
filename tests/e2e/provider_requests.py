"""What providers of SMS document of a request that sends a text: method, path, headers, body; and what they answer.

    PROVIDERS["twilio"].read(request)  # -> the Message that it asks for, or Wrong is raised
    PROVIDERS["twilio"].accepted(id)   # -> the status and the body of its answer

It is written after the providers' documentation; `provider_sdks_test.py` has their own packages say the same.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse
from dataclasses import dataclass

ID, SECRET, APPLICATION = "AC1234", "s3cret/+=", "app-1"
SECRET_OF_WEBHOOKS = "whsec_" + base64.b64encode(b"another secret").decode()
BASIC = "Basic " + base64.b64encode(f"{ID}:{SECRET}".encode()).decode()
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Wrong(Exception):
    """The request is not as documented."""


@dataclass(frozen=True)
class Message:
    """What a request asks for. Numbers with their `+`, whatever the provider wants them like."""

    sender: str
    to: str
    text: str


@dataclass(frozen=True)
class Provider:
    method: str
    path: str
    authorization: str
    content_types: tuple
    fields: dict  # name -> (what it is made from, whether it has to be there)
    message: object  # the fields -> Message
    accepted: object  # an id -> status, body
    check: object = None  # of the whole request, what is not in the fields

    def read(self, request):
        expect("method", request.method, self.method)
        path, _, query = request.target.partition("?")
        expect("path", path, self.path)
        expect("authorization", request.header("authorization"), self.authorization)
        if self.check:
            self.check(request)
        fields = self.fields_of(request, query)
        for name, value in fields.items():
            if name not in self.fields:
                raise Wrong(f"{name} is no field")
            if not self.fields[name][0](value):
                raise Wrong(f"{name} is {value!r}")
        missing = [name for name, (_, is_required) in self.fields.items() if is_required and name not in fields]
        if missing:
            raise Wrong(f"{missing} are missing")
        return self.message(fields)

    def fields_of(self, request, query):
        if self.method == "GET":
            expect("body", request.body, b"")
            return form(query)
        expect("query", query, "")
        media, _, parameter = request.header("content-type").lower().partition(";")
        if media not in self.content_types or parameter.strip() not in ("", "charset=utf-8"):
            raise Wrong(f"content type is {request.header('content-type')!r}")
        text = request.body.decode()
        return form(text) if media == FORM else json.loads(text, object_pairs_hook=once)


def expect(what, found, wanted):
    if found != wanted:
        raise Wrong(f"{what} is {found!r}, not {wanted!r}")


def once(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise Wrong(f"a field twice: {pairs}")
    return dict(pairs)


def form(text):
    return once(urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True))


# ---- What fields are made of --------------------------------------------------------------------------------------

def text(value):
    return isinstance(value, str) and value != ""


def url(value):
    return isinstance(value, str) and re.fullmatch(r"https?://[^ ]+", value) is not None


def e164(value):
    return isinstance(value, str) and re.fullmatch(r"\+[1-9]\d{6,14}", value) is not None


def digits(value):
    return isinstance(value, str) and re.fullmatch(r"[1-9]\d{6,14}", value) is not None


def one_of(*values):
    return lambda value: value in values


def only(kind):
    return lambda value: isinstance(value, list) and len(value) == 1 and kind(value[0])


def numbers(value):
    """A list of one, or numbers between commas, of which there is one."""
    return only(digits)(value) or digits(value)


def required(kind):
    return kind, True


def optional(kind):
    return kind, False


def plus(number):
    return "+" + number.lstrip("+")


GSM = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
          "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€")


def in_words(name, gsm, others):
    """The text, where the field that says what it is written in tells the truth."""
    def read(fields):
        expect(name, fields.get(name, gsm), gsm if GSM.issuperset(fields["text"]) else others)
        return fields["text"]
    return read


vonage_text, kannel_text = in_words("type", "text", "unicode"), in_words("coding", "0", "2")


def standard_webhook(request):
    """Of https://www.standardwebhooks.com: `webhook-signature` of id, time and body."""
    key = base64.b64decode(SECRET_OF_WEBHOOKS.removeprefix("whsec_"))
    signed = f"{request.header('webhook-id')}.{request.header('webhook-timestamp')}.".encode() + request.body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    expect("signature", request.header("webhook-signature"), "v1," + signature)
    if abs(time.time() - int(request.header("webhook-timestamp"))) > 60:
        raise Wrong("it was signed at another time")


# ---- Providers ----------------------------------------------------------------------------------------------------

PROVIDERS = {
    "twilio": Provider(
        "POST", f"/2010-04-01/Accounts/{ID}/Messages.json", BASIC, (FORM,),
        {"To": required(e164), "From": required(e164), "Body": required(text), "StatusCallback": optional(url)},
        lambda it: Message(it["From"], it["To"], it["Body"]),
        lambda id: (201, {"sid": id, "status": "queued", "num_segments": "1", "error_code": None})),
    "vonage-sms": Provider(
        "POST", "/sms/json", BASIC, (FORM, JSON),
        {"from": required(digits), "to": required(digits), "text": required(text),
         "type": optional(one_of("text", "unicode")), "client-ref": optional(text), "callback": optional(url)},
        lambda it: Message(plus(it["from"]), plus(it["to"]), vonage_text(it)),
        lambda id: (200, {"message-count": "1", "messages": [
            {"to": "15550123", "message-id": id, "status": "0", "remaining-balance": "3.14", "network": "12345"}]})),
    "vonage-messages": Provider(
        "POST", "/v1/messages", BASIC, (JSON,),
        {"from": required(digits), "to": required(digits), "channel": required(one_of("sms")),
         "message_type": required(one_of("text")), "text": required(text), "client_ref": optional(text),
         "webhook_url": optional(url)},
        lambda it: Message(plus(it["from"]), plus(it["to"]), it["text"]),
        lambda id: (202, {"message_uuid": id})),
    "plivo": Provider(
        "POST", f"/v1/Account/{ID}/Message/", BASIC, (JSON,),
        {"src": required(digits), "dst": required(digits), "text": required(text), "type": optional(one_of("sms")),
         "url": optional(url), "method": optional(one_of("POST"))},
        lambda it: Message(plus(it["src"]), plus(it["dst"]), it["text"]),
        lambda id: (202, {"api_id": "a-1", "message": "message(s) queued", "message_uuid": [id]})),
    "messagebird": Provider(
        "POST", "/messages", f"AccessKey {SECRET}", (JSON,),
        {"originator": required(e164), "recipients": required(numbers), "body": required(text),
         "datacoding": optional(one_of("auto", "plain", "unicode")), "reference": optional(text),
         "reportUrl": optional(url)},
        lambda it: Message(it["originator"], plus("".join(it["recipients"])), it["body"]),
        lambda id: (201, {"id": id, "recipients": {"totalCount": 1, "items": [{"messagePartCount": 1}]}})),
    "telnyx": Provider(
        "POST", "/v2/messages", f"Bearer {SECRET}", (JSON,),
        {"from": required(e164), "to": required(e164), "text": required(text), "messaging_profile_id": optional(text),
         "webhook_url": optional(url), "tags": optional(only(text))},
        lambda it: Message(it["from"], it["to"], it["text"]),
        lambda id: (200, {"data": {"id": id, "record_type": "message", "parts": 1}})),
    "sinch": Provider(
        "POST", f"/xms/v1/{ID}/batches", f"Bearer {SECRET}", (JSON,),
        {"from": required(digits), "to": required(only(digits)), "body": required(text),
         "type": optional(one_of("mt_text")), "client_reference": optional(text), "callback_url": optional(url),
         "delivery_report": optional(one_of("none", "summary", "full", "per_recipient"))},
        lambda it: Message(plus(it["from"]), plus(it["to"][0]), it["body"]),
        lambda id: (201, {"id": id, "to": ["15550123"], "canceled": False, "type": "mt_text"})),
    "bandwidth": Provider(
        "POST", f"/api/v2/users/{ID}/messages",
        "Basic " + base64.b64encode(f"user:{SECRET}".encode()).decode(), (JSON,),
        {"applicationId": required(one_of(APPLICATION)), "from": required(e164), "to": required(only(e164)),
         "text": required(text), "tag": optional(text)},
        lambda it: Message(it["from"], it["to"][0], it["text"]),
        lambda id: (202, {"id": id, "segmentCount": 1, "direction": "out"})),
    "kannel": Provider(
        "GET", "/cgi-bin/sendsms", "", (),
        {"username": required(one_of(ID)), "password": required(one_of(SECRET)), "from": required(text),
         "to": required(e164), "text": required(text), "charset": required(one_of("UTF-8")),
         "coding": required(one_of("0", "2")), "dlr-mask": optional(one_of("31")), "dlr-url": optional(url)},
        lambda it: Message(it["from"], it["to"], kannel_text(it)),
        lambda id: (202, "0: Accepted for delivery")),
    "generic": Provider(
        "POST", "/send", "", (JSON,),
        {"type": required(one_of("message.send")), "data": required(lambda it: isinstance(it, dict))},
        lambda it: Message(it["data"]["from"], it["data"]["to"], it["data"]["text"]),
        lambda id: (200, {"id": id}), standard_webhook),
}
