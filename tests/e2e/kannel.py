"""Debian's kannel on free ports, in a folder of its own, between an operator's SMSC and who takes its messages.

    with Kannel(smsc_port, "http://127.0.0.1:8081/?id=%I&from=%p&to=%P&text=%a") as kannel:
        urllib.request.urlopen(f"http://127.0.0.1:{kannel.port}/cgi-bin/sendsms?..")
"""

import pathlib
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from gateway import wait_until
from mosquitto import free_port

DEADLINE_S = 30
USER, PASSWORD = "millrace", "s3cret"


class Kannel:
    def __init__(self, smsc_port, get_url):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kannel-"))
        self.port, self.admin_port, inner_port = free_port(), free_port(), free_port()
        self.config = self.folder / "kannel.conf"
        self.config.write_text(f"""\
group = core
admin-port = {self.admin_port}
admin-interface = 127.0.0.1
admin-password = {PASSWORD}
smsbox-port = {inner_port}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal
sms-resend-freq = 1

group = smsc
smsc = smpp
smsc-id = operator
host = 127.0.0.1
port = {smsc_port}
transceiver-mode = true
smsc-username = {USER}
smsc-password = pass
system-type = sms
reconnect-delay = 1
msg-id-type = 0

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {self.port}
sendsms-interface = 127.0.0.1
http-request-retry = 5
http-queue-delay = 1

group = sendsms-user
username = {USER}
password = {PASSWORD}
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 10
concatenation = true
omit-empty = true
accept-x-kannel-headers = true
get-url = "{get_url}"
""")
        self.processes = []

    def __enter__(self):
        try:
            self.start("bearerbox")
            wait_until(lambda: "ready" not in self.status() and "running" in self.status(), "bearerbox", DEADLINE_S)
            self.start("smsbox")
            wait_until(lambda: self.answers(self.port), "smsbox", DEADLINE_S)
            wait_until(lambda: "(online" in self.status(), "kannel is bound to the operator", DEADLINE_S)
        except BaseException:
            self.__exit__(True)
            raise
        return self

    def __exit__(self, failure, *_):
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if failure:
            for log in sorted(self.folder.glob("*.log")):
                print(f"---- {log.name} ----\n{log.read_text(errors='replace')[-6000:]}---- end ----")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, program):
        with (self.folder / f"{program}.log").open("w") as log:
            self.processes.append(subprocess.Popen([f"/usr/sbin/{program}", "-v", "0", self.config], stdout=log,
                                                   stderr=log, cwd=self.folder))

    def status(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}/status.txt?password={PASSWORD}",
                                        timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def answers(self, port):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True
