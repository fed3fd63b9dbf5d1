"""lectr selftest: an auditor's look at a running gateway. It passes on a good one, and finds what is wrong with one that is not."""
from __future__ import annotations

import re
import socket
import subprocess
import threading

import pytest

from support.api import Api
from support.certs import Authority
from support.daemon import SLOW, Daemon, binary
from support.postgres import cluster
from support.receivers import free_port
from support.scrape import scrape

pytestmark = pytest.mark.timeout(120 * SLOW)


def selftest(own: Daemon, *arguments: str) -> tuple[int, str]:
    env = own.env | {"LECTR_PROXY_LISTEN": f"127.0.0.1:{own.proxy_port}", "LECTR_ADMIN_LISTEN": f"127.0.0.1:{own.admin_port}"}
    done = subprocess.run([str(binary()), "selftest", *arguments], env=env, capture_output=True, text=True, timeout=60 * SLOW)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("gateway"), settings="compare_one_in: 1\n") as daemon:
        yield daemon


def test_a_good_gateway_passes_and_keeps_nothing(own):
    code, said = selftest(own, "--also", str(own.log_path), str(own.out_path))
    assert code == 0, said
    count = len(re.findall(r"(?m)^same ", said))
    assert count >= 13 and f"{count} of {count} exchanges" in said and "DIFFERS" not in said and "found nowhere" in said and "Not read" not in said, said
    now = scrape(own.admin_port)
    assert now.sum("lectr_compared_total") >= count and now.sum("lectr_mismatch_total") == 0
    # It leaves an org that is switched off, and the caller's own org as it was.
    assert re.search(r"\tselftest\tdisabled$", own.command("org", "list"), re.MULTILINE)
    assert Api(own.admin_port).get("/requests")["rows"] == []
    code, said = selftest(own, "--also", "/nowhere")  # and once more: the same org, rows of this run alone
    assert code == 0 and "Not read  /nowhere: is not there" in said, said


class Between:
    """A relay before the gateway that changes what passes, or writes it down. `change(bytes)` sees each read."""

    def __init__(self, port: int, up=lambda b: b, down=lambda b: b):
        self.port, self.up, self.down = port, up, down
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            gateway = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.pump, args=(client, gateway, self.up), daemon=True).start()
            threading.Thread(target=self.pump, args=(gateway, client, self.down), daemon=True).start()

    def pump(self, here: socket.socket, there: socket.socket, change) -> None:
        try:
            while data := here.recv(65536):
                there.sendall(change(data))
            there.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self) -> None:
        self.listener.close()


@pytest.mark.parametrize("side,change,words", [
    ("down", lambda b: b.replace(b"[DONE]", b"[DONF]"), ["the answer's body differs"]),
    ("down", lambda b: b.replace(b"x-request-id: req", b"x-request-id: rex"), ["status line or fields of the answer differ"]),
    ("up", lambda b: b.replace(b'"x" : 1.50', b'"x" : 1.5 '), ["the request's body differs"]),
    ("up", lambda b: b.replace(b"X-Twice: 2", b"X-Twice: 3"), ["request line or fields differ"])], ids=["answer", "answer_field", "request", "request_field"])
def test_what_changes_on_the_way_is_named(side, change, words, own):
    between = Between(own.proxy_port, **{side: change})
    try:
        code, said = selftest(own, "--proxy", between.address)
    finally:
        between.close()
    assert code == 2 and "DIFFERS" in said and all(word in said for word in words), said
    assert not re.search(r"^(\d+) of \1 exchanges", said, re.MULTILINE), said


def test_what_is_written_down_is_found(own, tmp_path):
    leak = tmp_path / "leak.log"

    def write(data: bytes) -> bytes:
        with leak.open("ab") as out:
            out.write(data)
        return data
    between = Between(own.proxy_port, up=write, down=write)
    try:
        code, said = selftest(own, "--proxy", between.address, "--also", str(leak))
    finally:
        between.close()
    assert code == 2 and "DIFFERS" not in said, said
    for what in ("the prompt", "the answer", "the provider's key", "the org's key"):
        assert f"{what} in {leak}" in said, said
    assert "canary" not in said and "lc_key_" not in said  # it tells where, never what


def test_over_postgres_and_tls(tmp_path):
    certificate, key = Authority(tmp_path / "ca").leaf("gateway")
    with cluster() as postgres:
        settings = f"proxy: {{listen: '127.0.0.1:0', tls: {{certificate: {certificate}, key: {key}}}}}\n"
        with Daemon(tmp_path / "gateway", settings=settings, env={"LECTR_DATABASE_URL": postgres.url}) as gateway:
            code, said = selftest(gateway)
            assert code == 0 and "Through https://" in said, said
            assert int(re.search(r"(\d+) tables", said)[1]) > 15, said


def test_without_a_gateway_nothing_is_changed(tmp_path, own):
    stranger = Daemon(tmp_path / "other")
    stranger.proxy_port, stranger.admin_port = free_port(), free_port()
    code, said = selftest(stranger)
    assert code == 1 and "No gateway is ready" in said and not (tmp_path / "other" / "state").exists(), said
    stranger.proxy_port = own.proxy_port  # a gateway, but not that of this store
    code, said = selftest(stranger)
    assert code == 1 and "has no org" in said, said
    for arguments, words in ((["--proxy", "nonsense"], "write http://"), (["--provider-host", "not-an-address"], "--provider-host")):
        code, said = selftest(own, *arguments)
        assert code == 1 and words in said, said
