"""What a consumer may answer to CONNECT: accept, refuse, close; and what becomes of answers that cannot be sent."""

import unittest

from gateway import GatewayTest, wait_until
from wire import Connection, request

OFFER = ["Sec-WebSocket-Protocol: chat.v2, chat.v1"]


PATHS = ("/sync", "/inline", "/both")


class ConnectAnswerTest(GatewayTest):
    CONSUMERS = """
commands: { plugin: commands }
commands_inline: { plugin: commands_inline }
echo: { plugin: echo }
"""
    ROUTES = """
- { name: sync, match: { adapter: web, path: /sync }, to: commands }
- { name: inline, match: { adapter: web, path: /inline }, to: commands_inline }
- { name: both, match: { adapter: web, path: /both }, to: [echo, commands, commands_inline] }
"""

    def answer(self, path, query, headers=()):
        connection = Connection(self.gateway.port())
        self.addCleanup(connection.socket.close)
        connection.send(request(f"{path}?{query}", headers))
        return connection, *connection.response()

    def test_a_subprotocol_that_was_offered(self):
        for path in PATHS:
            connection, status, headers, _ = self.answer(path, "accept+chat.v1", OFFER)
            self.assertEqual(status, "HTTP/1.1 101 Switching Protocols")
            self.assertEqual(headers["sec-websocket-protocol"], "chat.v1")
            connection.leave()

    def test_further_headers(self):
        for path in PATHS:
            connection, status, headers, _ = self.answer(path, "accept++x-room+7+east")
            self.assertEqual((status, headers["x-room"]), ("HTTP/1.1 101 Switching Protocols", "7 east"))
            self.assertNotIn("sec-websocket-protocol", headers)
            connection.leave()

    def test_what_is_said_on_connect_comes_after_the_handshake_and_before_all_answers(self):
        for path in ("/sync", "/inline"):
            with self.subTest(path=path):
                connection, *_ = self.answer(path, "say+welcome;say+again")
                connection.text("say later")
                self.assertEqual([connection.message() for _ in range(3)], [b"welcome", b"again", b"later"])
                connection.leave()

    def test_a_refusal_has_the_consumers_status_and_text(self):
        for query, expected, text in (("refuse+403", "403 Forbidden", b"The connection was refused.\n"),
                                      ("refuse+401+Who+are+you?", "401 Unauthorized", b"Who are you?\n"),
                                      ("refuse+418+tea", "418", b"tea\n"),
                                      ("refuse+503", "503 Service Unavailable", b"The connection was refused.\n"),
                                      ("reject+429+slowly", "429 Too Many Requests", b"slowly\n"),
                                      ("refuse+200", "403 Forbidden", b"The connection was refused.\n"),
                                      ("refuse+99999", "403 Forbidden", b"The connection was refused.\n")):
            for path in PATHS:
                connection, status, headers, body = self.answer(path, query)
                self.assertTrue(status.startswith("HTTP/1.1 " + expected), status)
                self.assertEqual(body, text)
                self.assertEqual("retry-after" in headers, expected.startswith("503"))
                self.assertTrue(connection.is_at_end())

    def test_nothing_that_was_said_leaves_with_a_refusal(self):
        for path in PATHS:
            connection, status, _, body = self.answer(path, "say+hello;refuse+403+no")
            self.assertEqual((status, body), ("HTTP/1.1 403 Forbidden", b"no\n"))
            self.assertTrue(connection.is_at_end())

    def test_a_close_at_once_has_its_code_and_reason(self):
        for path in ("/sync", "/inline"):
            with self.subTest(path=path):
                connection, status, *_ = self.answer(path, "say+only+this;close+4003+not+today")
                self.assertEqual(status, "HTTP/1.1 101 Switching Protocols")
                self.assertEqual(connection.message(), b"only this")
                self.assertEqual(connection.closing(), (4003, "not today"))

    def test_a_consumer_that_fails_on_connect_is_not_now(self):
        for query in ("throw+9", "throw-number+9", "retry+9"):
            for path in PATHS:
                connection, status, headers, _ = self.answer(path, query)
                self.assertEqual(status, "HTTP/1.1 503 Service Unavailable")
                self.assertIn("retry-after", headers)
                self.assertTrue(connection.is_at_end())

    def test_an_answer_that_cannot_be_sent_is_the_gateways_fault_and_says_so_in_the_log(self):
        for query, headers in (("accept+chat.v9", OFFER), ("accept+chat.v1", ()), ("accept++connection+close", ()),
                               ("accept++sec-websocket-accept+x", ()), ("accept++no:token+x", ())):
            for path in PATHS:
                connection, status, *_ = self.answer(path, query, headers)
                self.assertEqual(status, "HTTP/1.1 500 Internal Server Error")
                self.assertTrue(connection.is_at_end())
        self.gateway.wait_line("the subprotocol `chat.v9` was not offered")

    def test_a_client_that_does_not_wait_for_the_answer(self):
        for path in PATHS:
            for query in ("say+hello", "refuse+403", "close+4000"):
                connection = Connection(self.gateway.port())
                connection.send(request(f"{path}?{query}"))
                connection.reset()
        wait_until(lambda: self.gateway.scopes() == 0, "no scope is left")


if __name__ == "__main__":
    unittest.main()
