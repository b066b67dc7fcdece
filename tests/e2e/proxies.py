"""Debian's nginx, haproxy and stunnel4 on free ports, in folders of their own, that end TLS in front of others.

    with Nginx({"/sms": (port, ""), "/edge": (other_port, "/edge")}, cert, key) as proxy:
        connect to proxy.port_of("/sms")

What is under a path goes to that port, without the prefix behind it; Host becomes another.
"""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import urllib.parse

from gateway import wait_until
from mosquitto import free_port

DEADLINE_S = 30


class Proxy:
    """A program that runs until the block is left."""

    strips = True  # whether it can take prefixes away

    def __init__(self, routes, cert, key):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        (self.folder / "both.pem").write_text(cert.read_text() + key.read_text())
        self.routes = routes
        self.ports = self.listens()
        self.config, self.log = self.folder / "config", self.folder / "log"
        self.config.write_text(self.configuration())

    def listens(self):
        return dict.fromkeys(self.routes, free_port())

    def port_of(self, path):
        return self.ports[path]

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        try:
            wait_until(lambda: all(accepts(port) for port in self.ports.values()), type(self).__name__, DEADLINE_S)
        except BaseException:
            self.__exit__(True)
            raise
        return self

    def __exit__(self, failure, *_):
        self.process.terminate()
        try:
            self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if failure:
            print(f"---- {type(self).__name__} ----\n{self.log.read_text()[-4000:]}---- end ----")
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Proxy):
    def command(self):
        return [found("nginx"), "-p", self.folder, "-e", "stderr", "-c", self.config]

    def configuration(self):
        port = next(iter(self.ports.values()))
        places = "\n".join(
            f'location "{urllib.parse.unquote(path)}" '
            f"{{ proxy_pass http://127.0.0.1:{to}{path.removeprefix(strip) if strip else ''}; }}"
            for path, (to, strip) in self.routes.items())
        temporary = "\n".join(f"{kind}_temp_path {self.folder}/{kind};"
                              for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return f"""\
daemon off; master_process off; pid {self.folder}/pid; error_log stderr;
events {{ }}
http {{
  access_log off; {temporary}
  proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
  server {{
    listen 127.0.0.1:{port} ssl; server_name sms.example.com;
    ssl_certificate {self.folder}/both.pem; ssl_certificate_key {self.folder}/both.pem;
    {places}
  }}
}}
"""


class Haproxy(Proxy):
    def command(self):
        return [found("haproxy"), "-db", "-f", self.config]

    def configuration(self):
        port = next(iter(self.ports.values()))
        chosen, backends = "", ""
        for number, (path, (to, strip)) in enumerate(self.routes.items()):
            chosen += f"    use_backend b{number} if {{ path_beg {path} }}\n"
            stripped = f"    http-request replace-path {strip}(/.*) \\1\n" if strip else ""
            backends += (f"backend b{number}\n{stripped}    http-request set-header Host inside:{to}\n"
                         f"    server s 127.0.0.1:{to}\n")
        return f"""\
global
    log stderr format raw daemon err
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option forwardfor
frontend outside
    bind 127.0.0.1:{port} ssl crt {self.folder}/both.pem
{chosen}{backends}"""


class Stunnel(Proxy):
    """It knows nothing of HTTP: a port for each path, and the gateway sees what the client has sent."""

    strips = False

    def listens(self):
        return {path: free_port() for path in self.routes}

    def command(self):
        return [found("stunnel4"), self.config]

    def configuration(self):
        return "foreground = yes\npid =\nsyslog = no\n" + "".join(
            f"[s{number}]\naccept = 127.0.0.1:{self.ports[path]}\nconnect = 127.0.0.1:{to}\n"
            f"cert = {self.folder}/both.pem\n" for number, (path, (to, _)) in enumerate(self.routes.items()))


def found(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") or name


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False
