#!/usr/bin/env python3
"""What testssl.sh finds in a gateway that speaks TLS: nothing that is worse than LOW.

The certificate is signed by an authority that nobody else knows, and revokes nothing: findings about that are left out.
Skipped where testssl is not installed.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from certificates import Certificates  # noqa: E402
from gateway import Gateway  # noqa: E402

SKIPPED = 77
DEADLINE_S = 900
TOLERABLE = {"DEBUG", "INFO", "OK", "LOW"}
OF_THE_AUTHORITY = ("cert_chain_of_trust", "cert_trust", "cert_revocation", "cert_crlDistributionPoints",
                    "cert_ocspURL", "OCSP_stapling", "DNS_CAArecord", "certificate_transparency", "overall_grade",
                    "grade_cap_reason")
# What testssl cannot ask (WARN): Debian's OpenSSL has no GOST, a WebSocket server answers GET / with 426, and it sends
# no page in the way in which resumption is tried; tests/e2e/tls_faults_test.py resumes.
NOT_ASKED = {"engine_problem", "HTTP_status_code", "sessionresumption_ticket"}
GONE = ("SSLv2", "SSLv3", "TLS1", "TLS1_1")


def scan(port, folder):
    report = folder / "report.json"
    command = ["testssl", "--jsonfile", report, "--color", "0", "--quiet", "--warnings", "batch", "--nodns", "none",
               "--sneaky", f"127.0.0.1:{port}"]
    subprocess.run([str(word) for word in command], timeout=DEADLINE_S, check=False, stdout=subprocess.DEVNULL,
                   stdin=subprocess.DEVNULL)
    return json.loads(report.read_text())


def main():
    if not shutil.which("testssl"):
        print("testssl is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        crt, key = Certificates(folder).make("web", issuer="ca", days=90)
        tls = f"{{ cert: {crt}, key: {{ file: {key} }} }}"
        with Gateway(f"web: {{ type: websocket, listen: '127.0.0.1:0', tls: {tls} }}",
                     "echo: { plugin: echo }", "- { name: echo, match: {}, to: echo }") as gateway:
            found = scan(gateway.port(), folder)
    for each in found:
        print(f"{each['severity']:9} {each['id']}: {each['finding']}")
    by_id = {each["id"]: each for each in found}
    assert all(by_id[name]["finding"].startswith("not offered") for name in GONE), "an old version is offered"
    assert all(by_id[name]["finding"].startswith("offered") for name in ("TLS1_2", "TLS1_3")), "a version is missing"
    bad = [each for each in found
           if each["severity"] not in TOLERABLE and not each["id"].startswith(OF_THE_AUTHORITY)
           and (each["severity"], each["id"]) not in {("WARN", name) for name in NOT_ASKED}]
    assert not bad, bad
    print(f"{len(found)} findings, none above LOW")
    return 0


if __name__ == "__main__":
    sys.exit(main())
