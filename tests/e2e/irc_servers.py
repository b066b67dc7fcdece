"""Debian's ngircd and InspIRCd on free ports, and people on them (python3-irc).

    with Ngircd() as server, server.person("ada", "#ops") as ada:
        ada.say("#ops", "hello")
        ada.hears("answer")
"""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import irc.client

from gateway import SCALE
from mosquitto import free_port

DEADLINE_S = 20 * SCALE


class Server:
    """One server in a folder of its own. `links`: names of others that it is to be one network with, and
    their ports, where it is to connect to them."""

    def __init__(self, name="irc.a.test", links=(), tls=None, options=""):
        self.name, self.links, self.tls, self.options = name, links, tls, options
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="irc-"))
        self.folder.chmod(0o755)
        self.port, self.tls_port, self.link_port = free_port(), free_port(), free_port()
        self.process = None
        self.log = self.folder / "log"

    def __enter__(self):
        (self.folder / "conf").write_text(self.config())
        self.start()
        return self

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + DEADLINE_S
        while True:
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, failure, *_):
        if failure:
            print(f"---- {self.name} ----\n{self.log.read_text()}")
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def person(self, nick, *rooms):
        return Person(self.port, nick, rooms)


class Ngircd(Server):
    """RFC 1459 and little more."""

    def command(self):
        return ["/usr/sbin/ngircd", "--nodaemon", "--config", self.folder / "conf"]

    def config(self):
        ssl = ""
        if self.tls:
            cert, key = self.tls
            ssl = f"[SSL]\nCertFile = {cert}\nKeyFile = {key}\nPorts = {self.tls_port}\n"
        links = "".join(f"[Server]\nName = {name}\nHost = 127.0.0.1\nPort = {port or 1}\nMyPassword = pw\n"
                        f"PeerPassword = pw\nPassive = {'no' if port else 'yes'}\n" for name, port in self.links)
        return (f"[Global]\nName = {self.name}\nInfo = test\nAdminEMail = a@b.test\nMotdPhrase = hello\n"
                f"Listen = 127.0.0.1\nPorts = {self.port}\nNetwork = testnet\n"
                "ServerUID = 0\nServerGID = 0\n"
                f"[Limits]\nMaxConnectionsIP = 0\nMaxNickLength = 20\nConnectRetry = 5\nMaxJoins = 50\n"
                f"{self.options or 'MaxPenaltyTime = 0'}\n"
                f"[Options]\nPAM = no\nDNS = no\nIdent = no\n{ssl}{links}")


class Inspircd(Server):
    """With the IRCv3 that it has. `options`: more of its configuration."""

    MODULES = ("cap", "ircv3", "ircv3_accounttag", "ircv3_batch", "ircv3_capnotify", "ircv3_ctctags",
               "ircv3_echomessage", "ircv3_labeledresponse", "ircv3_msgid", "ircv3_servertime", "monitor",
               "services_account", "sasl", "namesx", "uhnames", "spanningtree", "chghost", "setname", "chanhistory")

    def command(self):
        return ["/usr/sbin/inspircd", f"--config={self.folder / 'conf'}", "--nofork", "--runasroot", "--nopid"]

    def config(self):
        number = ord(self.name[4]) % 10
        modules = "".join(f'<module name="{name}">\n' for name in self.MODULES)
        if self.tls:
            cert, key = self.tls
            modules += ('<module name="ssl_gnutls">\n<module name="sslinfo">\n'
                        f'<sslprofile name="tls" provider="gnutls" certfile="{cert}" keyfile="{key}" hash="sha256" '
                        'requestclientcert="yes">\n'
                        f'<bind address="127.0.0.1" port="{self.tls_port}" type="clients" sslprofile="tls">\n')
        flood = self.options or ('<connect allow="*" timeout="60" threshold="1000" commandrate="100000" '
                                 'recvq="65536" softsendq="1M" hardsendq="4M" localmax="1000" globalmax="1000" '
                                 'resolvehostnames="no" fakelag="no" useconnflood="no">')
        links = "".join(f'<link name="{name}" ipaddr="127.0.0.1" port="{port or 1}" allowmask="127.0.0.0/8" '
                        'sendpass="pw" recvpass="pw">\n' +
                        (f'<autoconnect period="1" server="{name}">\n' if port else "")
                        for name, port in self.links)
        links += "".join(f'<uline server="{name}" silent="yes">\n' for name, _ in self.links if "services" in name)
        return (f'<server name="{self.name}" description="test" network="testnet" id="{number}AB">\n'
                '<admin name="a" email="a@b.test" nick="a">\n'
                f'<bind address="127.0.0.1" port="{self.port}" type="clients">\n'
                f'<bind address="127.0.0.1" port="{self.link_port}" type="servers">\n'
                f'<path configdir="{self.folder}" datadir="{self.folder}" logdir="{self.folder}">\n'
                f'{modules}{flood}\n{links}'
                '<options splitwhois="no" hidesplits="no" defaultmodes="no" casemapping="rfc1459">\n'
                '<security announceinvites="dynamic" maxtargets="20">\n<sasl target="services.test">\n'
                '<limits maxnick="30" maxchan="64" maxline="512">\n<channels users="50" opers="60">\n')


class Atheme:
    """Services for an Inspircd with a link to `services.test`: accounts, by SASL and NickServ."""

    MODULES = ("protocol/inspircd", "backend/opensex", "crypto/posix", "nickserv/main", "nickserv/register",
               "nickserv/identify", "nickserv/ghost", "nickserv/cert", "saslserv/main", "saslserv/plain",
               "saslserv/external")

    def __init__(self, server):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="atheme-"))
        modules = "".join(f'loadmodule "modules/{name}";\n' for name in self.MODULES)
        (self.folder / "conf").write_text(
            f'{modules}serverinfo {{ name = "services.test"; desc = "services"; numeric = "0SV"; recontime = 1; '
            'netname = "testnet"; adminname = "a"; adminemail = "a@b.test"; registeremail = "a@b.test"; '
            'auth = none; maxlogins = 5; maxusers = 5; mdlimit = 30; casemapping = rfc1459; };\n'
            f'uplink "{server.name}" {{ host = "127.0.0.1"; port = {server.link_port}; password = "pw"; }};\n'
            'nickserv { nick = "NickServ"; user = "NickServ"; host = "services.test"; real = "NickServ"; };\n'
            'saslserv { nick = "SaslServ"; user = "SaslServ"; host = "services.test"; real = "SaslServ"; };\n'
            "general { };\n")
        self.log = self.folder / "log"

    def __enter__(self):
        command = ["/usr/bin/atheme-services", "-n", "-c", self.folder / "conf", "-D", self.folder, "-l", self.log,
                   "-p", self.folder / "pid"]
        with (self.folder / "out").open("w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, cwd=self.folder)
        return self

    def __exit__(self, failure, *_):
        if failure:
            print((self.folder / "out").read_text(), self.log.read_text() if self.log.exists() else "")
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Person:
    """Somebody who talks, by python3-irc. What happens to them is looked at in hears() and the like."""

    def __init__(self, port, nick, rooms=()):
        self.reactor = irc.client.IRC()
        self.events, self.nick = [], nick
        self.reactor.add_global_handler("all_events", lambda _, event: self.events.append(event))
        self.connection = self.reactor.server()
        self.connection.buffer_class.errors = "replace"
        self.connection.connect("127.0.0.1", port, nick)
        self.wait(lambda event: event.type in ("endofmotd", "nomotd"))
        for room in rooms:
            self.join(room)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        line = self.connection.socket
        self.connection.disconnect()
        if line:
            line.close()

    def join(self, room):
        self.connection.join(room)
        self.wait(lambda event: event.type == "endofnames" and event.arguments[0] == room)

    def say(self, to, text):
        self.connection.send_raw(f"PRIVMSG {to} :{text}")

    def turn(self):
        self.reactor.process_once(0.02)

    def wait(self, is_it, what="an event", deadline_s=DEADLINE_S):
        """The first event, since the last one that was waited for, that is it."""
        end = time.monotonic() + deadline_s
        while True:
            for number, event in enumerate(self.events):
                if is_it(event):
                    del self.events[:number + 1]
                    return event
            if time.monotonic() > end:
                seen = [(event.type, str(event.source), event.target, event.arguments) for event in self.events[-20:]]
                raise AssertionError(f"{self.nick} has not seen {what}, but {seen}")
            self.turn()

    def hears(self, text, room=None, kind="pubmsg", who="millrace"):
        """A message of somebody's: to a room, or to them alone."""
        kind = kind if room else "privmsg"
        return self.wait(lambda event: event.type == kind and event.arguments[0] == text and event.source.nick == who
                         and (not room or event.target == room), f"{text!r} by {who}")

    def sees(self, kind, nick="millrace", deadline_s=DEADLINE_S):
        """Somebody comes, goes, and so on."""
        return self.wait(lambda event: event.type == kind and event.source.nick == nick, f"{kind} of {nick}",
                         deadline_s)
