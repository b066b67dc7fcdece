"""Debian's Postfix on a free port, in a folder of its own, that hands what it gets on to a gateway.

    with Postfix({"in.example.com": f"smtp:[127.0.0.1]:{port}"}) as postfix:
        smtplib.SMTP("127.0.0.1", postfix.port)

It starts its parts as users of its own, and so has to be started by root.
"""

import pathlib
import shutil
import subprocess
import tempfile
import time

from mosquitto import free_port

DEADLINE_S = 30
SERVICES = """
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    def __init__(self, transports, options=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.log = self.folder / "log"
        for name in ("queue", "data", "config"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        table = " ".join(f"{{ {domain} = {transport} }}" for domain, transport in transports.items())
        (self.folder / "config" / "main.cf").write_text(
            f"compatibility_level = 3.6\nqueue_directory = {self.folder}/queue\ndata_directory = {self.folder}/data\n"
            f"maillog_file = {self.log}\nmaillog_file_prefixes = {self.folder}\n"
            "command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\n"
            "setgid_group = postdrop\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = mx.example.net\n"
            "mydestination =\nmynetworks = 127.0.0.0/8\nalias_maps =\nsmtpd_relay_restrictions = permit_mynetworks, "
            f"reject\ntransport_maps = inline:{{ {table} }}\nsmtp_host_lookup = native\nlmtp_host_lookup = native\n"
            f"minimal_backoff_time = 1s\nmaximal_backoff_time = 1s\nqueue_run_delay = 1s\n{options}\n")
        (self.folder / "config" / "master.cf").write_text(f"127.0.0.1:{self.port} inet n - n - - smtpd{SERVICES}")

    def __enter__(self):
        self.command("start")
        return self

    def __exit__(self, failure, *_):
        self.command("abort")
        if failure and self.log.exists():
            print(f"---- log of postfix ----\n{self.log.read_text()[-6000:]}---- end of log ----")
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, word):
        done = subprocess.run(["/usr/sbin/postfix", "-c", self.folder / "config", word], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False)
        if done.returncode != 0:
            log = self.log.read_text() if self.log.exists() else ""
            raise AssertionError(f"postfix {word}: {done.stdout}{done.stderr}{log}")

    def waits(self):
        """How many mails it still has."""
        folders = ("maildrop", "incoming", "active", "deferred")
        return sum(path.is_file() for folder in folders for path in (self.folder / "queue" / folder).rglob("*"))
