"""Certificates made with the openssl command: an authority, and leaves for names, dates and strangers."""
from __future__ import annotations

import ssl
import subprocess
from pathlib import Path


def _run(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, folder: Path, name: str = "test authority"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, name
        self.key, self.certificate = folder / "ca.key", folder / "ca.pem"
        _run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
             "-keyout", str(self.key), "-out", str(self.certificate))

    def leaf(self, label: str, names: str = "DNS:localhost,IP:127.0.0.1", expired: bool = False) -> tuple[Path, Path]:
        """(certificate, key) as PEM paths."""
        key, request, out, extra = (self.folder / f"{label}.{end}" for end in ("key", "csr", "pem", "ext"))
        extra.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        _run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={label}", "-keyout", str(key), "-out", str(request))
        _run("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self.key), "-CAcreateserial", "-extfile", str(extra),
             "-days", "-1" if expired else "30", "-out", str(out))
        return out, key


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def client_context(authority: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority))
