"""Stands between a client and a server on TCP, and at a word lets nothing through, either way, for as long as it is to.

    with Staller(server.port) as staller:
        connect_to(staller.port)
        staller.stall()
        staller.go_on()
"""

import socket
import threading

PIECE = 64 * 1024


class Staller:
    def __init__(self, port):
        self.server = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open, self.lines, self.threads = threading.Event(), [], []
        self.open.set()
        self.begin(self.accept)

    def begin(self, work, *of):
        self.threads.append(threading.Thread(target=work, args=of, daemon=True))
        self.threads[-1].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open.set()
        end(self.listener)
        self.threads[0].join()
        for line in self.lines:
            end(line)
        for thread in self.threads:
            thread.join()
        for line in (self.listener, *self.lines):
            line.close()

    def stall(self):
        self.open.clear()

    def go_on(self):
        self.open.set()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.server))
            except OSError:
                client.close()
                continue
            self.lines += [client, server]
            for line in (client, server):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((client, server), (server, client)):
                self.begin(self.carry, *pair)

    def carry(self, source, target):
        try:
            while (piece := source.recv(PIECE)):
                self.open.wait()
                target.sendall(piece)
        except OSError:
            pass
        end(target)


def end(line):
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
