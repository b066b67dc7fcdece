"""Somebody on a network of IRC who says much, and hears what others say. A thread reads, the test speaks."""

import socket
import threading


class Talker:
    """`hear(nick, text)` is called, by the thread, of what is said in the room."""

    def __init__(self, port, nick, room, hear):
        self.nick, self.room, self.hear = nick, room, hear
        self.line = socket.create_connection(("127.0.0.1", port))
        self.line.sendall(f"NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n".encode())
        self.replies = self.line.makefile("r", encoding="utf-8", errors="replace", newline="\n")
        self.wait(" 376 ", " 422 ")
        self.line.sendall(f"JOIN {room}\r\n".encode())
        self.wait(" 366 ")
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.replies.close()
        self.line.close()

    def wait(self, *words):
        while True:
            said = self.replies.readline()
            assert said, f"{self.nick} is not let in"
            if said.startswith("PING"):
                self.line.sendall(said.replace("PING", "PONG", 1).encode())
            if any(word in said for word in words):
                return

    def say(self, text):
        self.line.sendall(f"PRIVMSG {self.room} :{text}\r\n".encode())

    def listen(self):
        try:
            for said in self.replies:
                if said.startswith("PING"):
                    self.line.sendall(said.replace("PING", "PONG", 1).encode())
                source, _, rest = said.partition(" PRIVMSG ")
                if rest:
                    self.hear(source[1:].partition("!")[0], rest.partition(" :")[2].rstrip("\r\n"))
        except (OSError, ValueError):
            pass
