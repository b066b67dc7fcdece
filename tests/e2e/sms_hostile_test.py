"""Every row of sms_hostile: the exact answer, and the messages that consumers get of it."""

import unittest

from gateway import Gateway, wait_until
from sms_hostile import ADAPTERS, ROWS
from wire import Connection

CONSUMERS = "journal: { plugin: journal, config: { path: journal } }"
ROUTES = "- { name: all, match: { kind: MESSAGE }, to: journal }"
YES = {"twilio": ('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")}


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway(ADAPTERS, CONSUMERS, ROUTES)
        cls.gateway.__enter__()
        cls.addClassCleanup(cls.gateway.__exit__, None)

    def check(self, row):
        with Connection(self.gateway.port(row.adapter)) as connection:
            connection.send(row.sent)
            status, headers, body = connection.response()
            self.assertEqual(status, f"HTTP/1.1 {row.status}", body)
            if row.text is None:
                self.assertEqual((body.decode(), headers.get("content-type")), YES.get(row.adapter, ("", None)))
            else:
                self.assertEqual(body.decode(), row.text + "\n")
            self.assertEqual("allow" in headers, row.status.startswith("405"))

    def test_is_answered_exactly_so(self):
        self.assertGreaterEqual(len(ROWS), 150)
        for row in ROWS:
            with self.subTest(row.adapter, name=row.name, answer=row.status):
                before = self.messages()
                self.check(row)
                if row.is_event:
                    wait_until(lambda: self.messages() == before + 1, "its message")
                self.assertEqual(self.messages(), before + row.is_event)
        self.gateway.check_counts()

    def messages(self):
        return sum(event["kind"] == "MESSAGE" for event in self.gateway.journal())


if __name__ == "__main__":
    unittest.main()
