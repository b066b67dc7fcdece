"""A server of IRC that remembers what was said (CHATHISTORY), for one client at a time, the gateway; and whom it knows
speak through the test. It gives ids and times, sends back what the client says, and says nothing twice by itself.

    with HistoryServer() as server:
        server.say("#ops", "ada", "hello")       # also while nobody is connected
        server.heard["#ops"]                     # what the client has said there
"""

import socket
import threading
import time

PAGE = 50
CAPABILITIES = "message-tags server-time batch echo-message labeled-response draft/chathistory"


def server_time(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000)) + f".{ms % 1000:03d}Z"


class HistoryServer:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()  # Of all below.
        self.history, self.heard, self.rooms = {}, {}, set()
        self.line, self.nick, self.ids = None, "millrace", 0
        self.asked = 0  # How often for history.
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.is_over = False

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        self.thread.join()

    def cut(self):
        with self.lock:
            if self.line:
                self.line.shutdown(socket.SHUT_RDWR)

    def say(self, room, nick, text):
        with self.lock:
            self.ids += 1
            ms = int(time.time() * 1000)
            said = (ms, f"time={server_time(ms)};msgid=m{self.ids}", f":{nick}!u@h PRIVMSG {room} :{text}")
            self.history.setdefault(room, []).append(said)
            if room in self.rooms:
                self.send(f"@{said[1]} {said[2]}")

    def is_inside(self, room):
        with self.lock:
            return room in self.rooms

    def send(self, *lines):
        try:
            self.line.sendall("".join(line + "\r\n" for line in lines).encode())
        except OSError:  # It will be told by its reader.
            self.rooms.clear()

    def run(self):
        while not self.is_over:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.line = line
            try:
                for words in line.makefile("r", encoding="utf-8", errors="replace"):
                    with self.lock:
                        self.take(words.rstrip("\r\n"))
            except OSError:
                pass
            with self.lock:
                self.rooms.clear()
                self.line.close()
                self.line = None

    def take(self, line):
        tags, line = line[1:].split(" ", 1) if line.startswith("@") else ("", line)
        middle, _, last = line.partition(" :")
        words = middle.split() + ([last] if last else [])
        verb, label = words[0], next((f"label={tag[6:]};" for tag in tags.split(";") if tag.startswith("label=")), "")
        if verb == "CAP" and words[1] == "LS":
            self.send(f"CAP * LS :{CAPABILITIES}")
        elif verb == "CAP" and words[1] == "REQ":
            self.send(f"CAP * ACK :{words[2]}")
        elif verb == "NICK":
            self.nick = words[1]
        elif verb == "CAP" and words[1] == "END":
            self.send(f":s 001 {self.nick} :hi {self.nick}!m@h",
                      f":s 005 {self.nick} CHATHISTORY={PAGE} CHANTYPES=# :are", f":s 422 {self.nick} :no motd")
        elif verb == "JOIN":
            for room in words[1].split(","):
                self.rooms.add(room)
                now = server_time(int(time.time() * 1000))
                self.send(f"@time={now} :{self.nick}!m@h JOIN {room}", f":s 366 {self.nick} {room} :End")
        elif verb == "PING":
            self.send(f":s PONG s :{words[1]}")
        elif verb == "CHATHISTORY":
            self.tell_history(*words[2:5])
        elif verb == "PRIVMSG":
            self.ids += 1
            self.heard.setdefault(words[1], []).append(words[2])
            now = server_time(int(time.time() * 1000))
            self.send(f"@{label}time={now};msgid=m{self.ids} :{self.nick}!m@h PRIVMSG {words[1]} :{words[2]}")
        elif verb == "QUIT":
            self.send("ERROR :bye")
            self.line.shutdown(socket.SHUT_RDWR)

    def tell_history(self, room, after, limit):
        self.asked += 1
        since = after.removeprefix("timestamp=")
        found = [each for each in self.history.get(room, []) if server_time(each[0]) > since][:int(limit)]
        self.send(f"BATCH +h chathistory {room}", *(f"@batch=h;{tags} {line}" for _, tags, line in found), "BATCH -h")
