"""The strict server that stands in a provider's place understands what the providers' own npm packages send, and they
understand its answers. Skipped, loudly, where node or the packages cannot be had."""

import json
import subprocess
import unittest

import npm
from gateway import DEADLINE_S
from provider_requests import APPLICATION, ID, PROVIDERS, SECRET, Message
from provider_server import ProviderServer

FOLDER = npm.install("provider_sdks")
FROM, TO, TEXT = "+15550100", "+15550123", "Grüße & + \"x\" %41 ☃😜"


class SdksTest(unittest.TestCase):
    def send(self, name, provider):
        asked = {"base": provider.url, "id": ID, "secret": SECRET, "application": APPLICATION, "from": FROM, "to": TO,
                 "text": TEXT, "report": "https://sms.example.com/report"}
        return subprocess.run(["node", "send.js", name], cwd=FOLDER, input=json.dumps(asked), capture_output=True,
                              text=True, timeout=DEADLINE_S * 2, check=False)

    def check(self, name):
        with ProviderServer(name) as provider:
            done = self.send(name, provider)
            self.assertEqual((done.returncode, provider.wrong), (0, []), done.stderr)
            self.assertEqual(provider.taken, [Message(FROM, TO, TEXT)])
            self.assertIn("id-1", done.stdout)


for provider_name in PROVIDERS.keys() - {"kannel", "generic"}:
    setattr(SdksTest, f"test_{provider_name.replace('-', '_')}", lambda self, name=provider_name: self.check(name))

if __name__ == "__main__":
    unittest.main()
