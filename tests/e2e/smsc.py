"""An operator's SMSC: npm `smpp` in a process of its own (tests/e2e/smpp). Its output is events, by what they have.

    with Smsc(npm.install("smpp")) as smsc:
        smsc.deliver("15550123", "15550100", "hello")   # a phone sends
        smsc.wait("submitted", 1)                       # what phones have got
"""

import json
import subprocess
import threading

from gateway import DEADLINE_S, wait_until


class Smsc:
    def __init__(self, folder):
        self.folder = folder
        self.events = []

    def __enter__(self):
        self.process = subprocess.Popen(["node", "smsc.js"], cwd=self.folder, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def __exit__(self, failure, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        if failure:
            print(f"---- smsc ----\n{self.events}\n---- end ----")

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def tell(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def deliver(self, sender, to, text):
        """A phone's message; returns when it was taken."""
        before = len(self.all("delivered"))
        self.tell(deliver={"from": sender, "to": to, "text": text})
        event = self.wait("delivered", before + 1)[before]
        assert (event["delivered"], event["status"]) == (text, 0), event

    def report(self, id, state):
        self.tell(report=id, state=state)

    def all(self, kind):
        return [event for event in list(self.events) if kind in event]

    def wait(self, kind, count):
        """All events of that kind, once there are so many."""
        return wait_until(lambda: len(found := self.all(kind)) >= count and found, f"{count} {kind}: {self.events}",
                          DEADLINE_S * 2)
