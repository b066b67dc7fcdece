"""Consumers that send to each other, through the whole gateway: the consumer `bank`, and a circle that has to end."""

import unittest

from gateway import GatewayTest, wait_until
from wire import Connection


class ChannelsTest(GatewayTest):
    CONSUMERS = """
bank: { plugin: bank, mailbox: { messages: 8 }, idle: 50ms }
ada: { plugin: penpal, idle: 50ms, config: { to: "ben:x" }, may_send: [ "ben:*" ] }
ben: { plugin: penpal, idle: 50ms, config: { to: "ada:x" }, may_send: [ "ada:*" ] }
"""
    ROUTES = """
- { name: bank, match: { adapter: web, path: /bank }, to: bank }
- { name: ada, match: { adapter: web, path: /ada }, to: ada }
"""

    def connect(self, path):
        connection = Connection(self.gateway.port(), path)
        self.addCleanup(connection.socket.close)
        return connection

    def test_accounts_outlive_their_channels(self):
        connection = self.connect("/bank")

        def ask(command):
            connection.text(command)
            return connection.message().decode()

        self.assertEqual(ask("open alice 100"), "balance 100")
        self.assertEqual(ask("open bob 0"), "balance 0")
        self.assertEqual(ask("7 transfer alice bob 30"), "7 sent 1")
        wait_until(lambda: ask("balance bob") == "balance 30", "the amount arrives")
        wait_until(lambda: self.gateway.scopes("channels") == 0, "channels that are idle are closed")
        self.assertEqual(ask("balance alice"), "balance 70")
        connection.leave()

    def test_two_that_greet_each_other_for_ever_end_as_a_dead_letter(self):
        connection = self.connect("/ada")
        connection.text("hello")
        wait_until(lambda: self.gateway.status()["dead_letters"]["kept"] == 1, "the circle ends")
        self.assertRegex(self.gateway.log(), r"(ada|ben): dead letter .*loop:")
        dead = sum(self.gateway.consumer(name)["dead"] for name in ("ada", "ben"))
        self.assertEqual(dead, 1)
        connection.leave()


if __name__ == "__main__":
    unittest.main()
