"""Chat networks with people on them, for a gateway that is killed among them.

A network is a class. `adapter()` is what the gateway is configured with, `is_there(gateway)` says whether it hears the
people by now, and `is_gone()` is told that it was killed. `person(number)` -> how one of them says a text, in the order
of their calls; where the network waits for an answer, so do they.

    SAYS_AGAIN   it brings again what the gateway has not taken
    ROOMS        what people say is said in these
    taken()      how many messages it will not say again; None: it does not know
    again()      how many it has brought more than once; None: it does not count them
"""

import http.client
import random
import socket
import threading

from irc_history import HistoryServer
from irc_servers import Ngircd
from slack_events import callback, message, post
from slack_server import SlackServer, events_adapter, socket_adapter
from telegram_server import TelegramServer

QUICK = "reconnect: { initial: 20ms, max: 50ms }"


class Network:
    SAYS_AGAIN = True
    ROOMS = ("#a", "#b")

    def __enter__(self):
        self.server = self.make().__enter__()
        return self

    def __exit__(self, *failure):
        self.server.__exit__(*failure)

    def room(self, number):
        return self.ROOMS[number % len(self.ROOMS)]

    def is_gone(self):
        pass

    def taken(self):
        return None

    def again(self):
        return None


class IrcHistory(Network):
    """IRC with CHATHISTORY."""

    make = HistoryServer

    def adapter(self):
        return (f"chat: {{ type: irc, server: 'irc://127.0.0.1:{self.server.port}', network: history, "
                f"join: {list(self.ROOMS)}, state: chat.state, {QUICK} }}")

    def is_there(self, gateway):
        return all(self.server.is_inside(room) for room in self.ROOMS)

    def person(self, number):
        return lambda text: self.server.say(self.room(number), f"p{number}", text)


class IrcPlain(Network):
    """IRC as ngircd speaks it: what is said while the gateway is away is gone."""

    SAYS_AGAIN = False
    make = Ngircd

    def __init__(self):
        self.lines = []

    def __exit__(self, *failure):
        for line in self.lines:
            line.close()
        super().__exit__(*failure)

    def adapter(self):
        return (f"chat: {{ type: irc, server: 'irc://127.0.0.1:{self.server.port}', network: plain, "
                f"join: {list(self.ROOMS)}, state: chat.state, nick: mill, alternatives: [mill1, mill2], {QUICK}, "
                "pace: { burst: 100, interval: 10ms } }")

    def is_there(self, gateway):
        return all(f"chat: in {room}\n" in gateway.log() for room in self.ROOMS)

    def person(self, number):
        line = socket.create_connection(("127.0.0.1", self.server.port))
        self.lines.append(line)
        line.sendall(f"NICK p{number}\r\nUSER p 0 * :p\r\n".encode())
        replies = line.makefile("r")
        while " 376 " not in (said := replies.readline()) and " 422 " not in said:
            assert said, "the server does not let them in"
        line.sendall(f"JOIN {self.room(number)}\r\n".encode())
        while " 366 " not in replies.readline():
            pass
        threading.Thread(target=self.listen, args=(line, replies), daemon=True).start()
        return lambda text: line.sendall(f"PRIVMSG {self.room(number)} :{text}\r\n".encode())

    @staticmethod
    def listen(line, replies):
        try:
            for said in replies:
                if said.startswith("PING"):
                    line.sendall(said.replace("PING", "PONG", 1).encode())
        except (OSError, ValueError):
            pass


class Slack(Network):
    """An event is brought until there is a yes for it; and now and then one more time, as Slack does."""

    ROOMS = ("C1", "C2", "C3", "C4")
    make = SlackServer

    def __init__(self):
        self.yes = self.came_again = 0
        self.is_up = threading.Event()

    def is_there(self, gateway):
        if "is millrace (U0BOT) in Tests" not in gateway.log():
            return False
        self.listen_to(gateway)
        self.is_up.set()
        return True

    def listen_to(self, gateway):
        pass

    def is_gone(self):
        self.is_up.clear()

    def person(self, number):
        dice, before = random.Random(number), []

        def say(text):
            event = callback(message(text, self.room(number), f"U{number}"))
            if before and dice.randrange(4) == 0:
                self.bring(before[0])
            brought = 1
            while not self.bring(event):
                brought += 1
            before[:] = [event]
            with self.server.lock:
                self.yes += 1
                self.came_again += brought > 1
        return say

    def taken(self):
        return self.yes

    def again(self):
        return self.came_again


class SlackEvents(Slack):
    def __init__(self):
        super().__init__()
        self.port, self.lines = None, threading.local()

    def adapter(self):
        return events_adapter(self.server, ", names: false", name="chat")

    def listen_to(self, gateway):
        self.port = gateway.port("chat")

    def bring(self, event):
        """Whether there was a yes."""
        self.is_up.wait()
        line = getattr(self.lines, "own", None)
        if not line or line.port != self.port:
            line = self.lines.own = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            status = post(0, event, connection=line)[0]
        except (OSError, http.client.HTTPException):
            line.close()
            return False
        if status not in (200, 503):
            self.server.wrong.append(f"an event is answered {status}")
        return status == 200


class SlackSocket(Slack):
    ACK_S = 3

    def adapter(self):
        return socket_adapter(self.server, ", names: false", name="chat")

    def is_there(self, gateway):
        return bool(self.server.socket.connections) and super().is_there(gateway)

    def is_gone(self):
        super().is_gone()
        with self.server.lock:
            self.server.news.notify_all()

    def bring(self, event):
        """Whether it was acknowledged."""
        self.is_up.wait()
        mode, lock, news = self.server.socket, self.server.lock, self.server.news
        with lock:
            if not mode.connections:
                news.wait(self.ACK_S)
                return False
            connection = mode.connections[next(mode.next) % len(mode.connections)]
        envelope = mode.push("events_api", event, connection=connection)
        with lock:
            news.wait_for(lambda: envelope in mode.payloads or connection not in mode.connections, self.ACK_S)
            return envelope in mode.payloads


class TelegramPolling(Network):
    """What was not confirmed comes again."""

    ROOMS = ("ops", "news", "dev", "fun")
    make = TelegramServer

    def __enter__(self):
        super().__enter__()
        self.groups = {room: self.server.group(room) for room in self.ROOMS}
        return self

    def adapter(self, more=""):
        return (f"chat: {{ type: telegram, token: {{ plain: '{self.server.token}' }}, api: '{self.server.url}', "
                f"state: chat.state, {QUICK}{more} }}")

    def is_there(self, gateway):
        return "chat: connected to" in gateway.log()

    def person(self, number):
        person = self.server.person(f"p{number}")
        return lambda text: self.server.says(person, text, self.groups[self.room(number)])

    def taken(self):
        return len(set(self.server.brought) - set(self.server.waiting()))

    def again(self):
        return sum(count > 1 for count in self.server.brought.values())


class TelegramWebhook(TelegramPolling):
    """What was not answered with 2xx comes again."""

    SECRET = "kill_Secret-1"
    WAITING_MAX = 100  # People could be faster than it.

    def person(self, number):
        say = super().person(number)

        def say_slowly(text):
            self.server.wait(lambda: len(self.server.updates) < self.WAITING_MAX, "it is brought")
            say(text)
        return say_slowly

    def adapter(self, more=""):
        return super().adapter(f", webhook: {{ listen: '127.0.0.1:0', secret: {{ plain: '{self.SECRET}' }} }}")

    def is_there(self, gateway):
        if not super().is_there(gateway):
            return False
        url = f"http://127.0.0.1:{gateway.port('chat')}/"
        self.server.call("setWebhook", {"url": url, "secret_token": self.SECRET})
        return True

    def is_gone(self):
        self.server.call("deleteWebhook", {})


NETWORKS = {"irc_history": IrcHistory, "irc_plain": IrcPlain, "slack_events": SlackEvents, "slack_socket": SlackSocket,
            "telegram_polling": TelegramPolling, "telegram_webhook": TelegramWebhook}
