"""Certificates that a test makes for itself with the `openssl` command, in a folder."""

import pathlib
import subprocess


class Certificates:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.make("ca")

    def make(self, name, issuer=None, days=1, subject=None):
        """NAME.crt and NAME.key, signed by `issuer` or by itself; returns the paths of the two."""
        crt, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
                   "-keyout", key, "-out", crt, "-days", str(days), "-subj", f"/CN={subject or name}",
                   "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        if issuer:
            command += ["-CA", self.folder / f"{issuer}.crt", "-CAkey", self.folder / f"{issuer}.key",
                        "-addext", "basicConstraints=critical,CA:FALSE"]
        subprocess.run(command, check=True, capture_output=True)
        return crt, key

    def expire(self, name, issuer):
        """Has NAME.crt end yesterday."""
        crt, key, asked = (self.folder / f"{name}.{kind}" for kind in ("crt", "key", "csr"))
        subprocess.run(["openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", asked], check=True)
        subprocess.run(["openssl", "x509", "-req", "-in", asked, "-CA", self.folder / f"{issuer}.crt", "-CAkey",
                        self.folder / f"{issuer}.key", "-days", "-1", "-out", crt], check=True, capture_output=True)
