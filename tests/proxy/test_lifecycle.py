"""Start, reload, drain, sudden death and return; TLS on both sides; what a person is told when it can't start."""
from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from support.certs import Authority, client_context, server_context
from support.client import Client, error_of, head, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.http1 import Broken
from support.upstream import Upstream


@pytest.fixture
def provider():
    made = Upstream()
    yield made
    made.stop()


def health(port: int, tls=None) -> int:
    with Client(port, timeout=5 * SLOW, tls=tls) as client:
        return client.ask(head("GET /health HTTP/1.1", auth=False), "GET").status


# What the start used is given back.

@pytest.mark.skipif(SLOW > 1, reason="a sanitizer keeps a shadow of all memory")
def test_an_idle_daemon_holds_less_than_20_mib(folder):
    own = Daemon(folder).start()  # the first start makes a database and hashes a password
    own.stop()
    own.start()
    try:
        assert eventually(lambda: own.memory_kib("VmRSS") < 20 * 1024), f"{own.memory_kib('VmRSS')} KiB"
        assert health(own.proxy_port) == 200
    finally:
        own.stop()


# SIGTERM.

def test_sigterm_lets_a_stream_finish_and_takes_no_one_new(folder, provider):
    release = threading.Event()

    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("text/plain")
        exchange.chunk(b"begin ")
        release.wait(15 * SLOW)
        exchange.chunk(b"end")
        exchange.send(b"0\r\n\r\n")
    provider.play(script)
    tag = new_tag()
    own = Daemon(folder, {"openai": provider.url}, "deadlines: {drain: 20s}\n").start()
    try:
        with Client(own.proxy_port) as idle, Client(own.proxy_port) as client:
            assert idle.ask(head("GET /health HTTP/1.1", auth=False), "GET").status == 200
            client.send(post(b"{}", tag=tag))
            client.stream.until(b"begin ")
            own.signal(signal.SIGTERM)
            assert eventually(lambda: not accepts(own.proxy_port), 5 * SLOW), "still accepts"
            assert idle.stream.closed(5 * SLOW), "an idle connection is kept while draining"
            assert own.alive()
            release.set()
            client.stream.until(b"end")
            client.stream.until(b"0\r\n\r\n")
            assert client.stream.closed(5 * SLOW)
        assert own.wait() == 0
    finally:
        release.set()
        own.kill()
    with Daemon(folder, {"openai": provider.url}) as again:
        assert again.row(tag)["status"] == 200, "the row of the drained stream is in the store"


def test_sigterm_insists_at_the_drain_deadline(folder, provider):
    provider.play(lambda exchange: (exchange.body(), exchange.start_stream(), exchange.chunk(b"data: x\n\n"), exchange.wait_gone(20)))
    tag = new_tag()
    own = Daemon(folder, {"openai": provider.url}, "deadlines: {drain: 500ms}\n").start()
    with Client(own.proxy_port, timeout=10 * SLOW) as client:
        client.send(post(b"{}", tag=tag))
        client.stream.until(b"data: x")
        own.signal(signal.SIGTERM)
        assert own.wait(10 * SLOW) == 0
        assert client.stream.closed(3 * SLOW)
    with Daemon(folder, {"openai": provider.url}) as again:
        assert again.row(tag)["error_source"] == "proxy"


def accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def test_sigterm_loses_no_event(folder, provider):
    tag = new_tag()
    own = Daemon(folder, {"openai": provider.url}).start()
    with Client(own.proxy_port) as client:
        for n in range(300):
            assert client.ask(post(b"{}", tag=tag)).status == 200
        own.signal(signal.SIGTERM)
    assert own.wait() == 0
    with Daemon(folder, {"openai": provider.url}) as again:
        assert len(all_rows(again, tag)) == 300


def all_rows(own: Daemon, tag: str) -> list[dict]:
    rows, cursor = [], ""
    while True:
        page = own.api(f"/api/v1/requests?feature={tag}&limit=200" + (f"&cursor={cursor}" if cursor else ""))
        rows += page["rows"]
        cursor = page["next"]
        if not cursor:
            assert len({row["id"] for row in rows}) == len(rows), "a row came twice"
            return rows


# SIGKILL.

@pytest.mark.parametrize("round_", range(3))
def test_sigkill_loses_at_most_the_last_20_ms(round_, folder, provider):
    """Answers older than 20 ms (and the machine's own hiccups) must have their rows after a restart; none twice."""
    tag = new_tag()
    own = Daemon(folder, {"openai": provider.url}).start()
    answered: list[float] = []
    enough = threading.Event()

    def ask() -> None:
        with contextlib.suppress(OSError, Broken), Client(own.proxy_port) as client:
            while True:
                client.ask(post(b"{}", tag=tag))
                answered.append(time.monotonic())
                if len(answered) >= 200 + 100 * round_:
                    enough.set()
    asker = threading.Thread(target=ask)
    asker.start()
    assert enough.wait(20 * SLOW)
    killed = time.monotonic()
    own.kill()
    asker.join(10)
    due = sum(at < killed - 0.020 * SLOW for at in answered)
    with Daemon(folder, {"openai": provider.url}) as again:
        assert eventually(lambda: len(all_rows(again, tag)) >= due, 10 * SLOW), f"{len(all_rows(again, tag))} rows, {due} are owed"
        # The journal ends with the process: a later look shows no more and none twice.
        status = again.api("/api/v1/status")
        assert len(all_rows(again, tag)) <= len(answered) + 1, status


def test_sigkill_before_the_store_is_written_replays(folder, provider, tmp_path):
    """The store is locked by another process, so that rows can only be in the journal when the daemon dies."""
    import sqlite3
    tag = new_tag()
    own = Daemon(folder, {"openai": provider.url}).start()
    lock = sqlite3.connect(own.state / "lectr.db", isolation_level=None, timeout=5)
    lock.execute("BEGIN IMMEDIATE")
    with Client(own.proxy_port) as client:
        for _ in range(50):
            assert client.ask(post(b"{}", tag=tag)).status == 200
    assert eventually(lambda: own.api("/api/v1/status")["events_journaled"] >= 50, 5 * SLOW)
    own.kill()
    lock.execute("ROLLBACK")
    lock.close()
    with Daemon(folder, {"openai": provider.url}) as again:
        assert eventually(lambda: len(all_rows(again, tag)) == 50, 10 * SLOW), f"{len(all_rows(again, tag))} rows of 50"


# TLS to clients.

def tls_settings(certificate, key) -> str:
    return f"proxy:\n  tls:\n    certificate: {certificate}\n    key: {key}\n"


def serial(port: int, context: ssl.SSLContext) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw, context.wrap_socket(raw, server_hostname="localhost") as sock:
        return sock.getpeercert()["serialNumber"]


def test_tls_listener_serves_and_swaps_its_certificate_under_traffic(folder, provider):
    authority = Authority(folder / "ca")
    certificate, key = authority.leaf("first")
    trust = client_context(authority.certificate)
    with Daemon(folder / "d", {"openai": provider.url}, tls_settings(certificate, key)) as own:
        before = serial(own.proxy_port, trust)
        stop, failures, done = threading.Event(), [], [0]

        def traffic() -> None:
            while not stop.is_set():
                try:
                    with Client(own.proxy_port, tls=trust) as client:
                        for _ in range(5):
                            assert client.ask(post(b"hello")).status == 200
                            done[0] += 1
                except Exception as error:  # noqa: BLE001 every kind of failure counts
                    failures.append(repr(error))
        with Client(own.proxy_port, tls=trust) as stays:
            assert stays.ask(post(b"1")).status == 200
            thread = threading.Thread(target=traffic)
            thread.start()
            assert eventually(lambda: done[0] > 20, 10 * SLOW)
            second, second_key = authority.leaf("second")
            os.replace(second_key, key)
            os.replace(second, certificate)
            own.signal(signal.SIGHUP)
            swapped = eventually(lambda: serial(own.proxy_port, trust) != before, 5 * SLOW)
            seen = done[0]
            eventually(lambda: done[0] > seen + 20, 10 * SLOW)
            stop.set()
            thread.join(10)
            assert swapped, "the old certificate is still served"
            assert not failures, failures[:3]
            assert stays.ask(post(b"2")).status == 200, "connections made before the reload live on"


@pytest.fixture()
def two_providers():
    pair = [Upstream(), Upstream()]
    for each in pair:
        each.play(lambda exchange: exchange.reply())
    yield pair
    for each in pair:
        each.stop()


def test_reload_takes_up_providers_and_a_wrong_file_changes_nothing(folder, two_providers):
    first, second = two_providers
    with Daemon(folder / "d", settings=f"providers: {{openai: {{base_url: '{first.url}'}}}}") as own:
        file = folder / "d" / "lectr.yaml"

        def ask() -> int:
            with Client(own.proxy_port) as client:
                return client.ask(post(b"x")).status

        assert ask() == 200 and (first.begun, second.begun) == (1, 0)
        file.write_text(f"providers: {{openai: {{base_url: '{second.url}'}}}}")
        own.signal(signal.SIGHUP)
        assert eventually(lambda: ask() == 200 and second.begun > 0, 5 * SLOW), "the new base URL is not used"
        file.write_text("providers: {openai: {base_urls: x}}")
        own.signal(signal.SIGHUP)
        assert own.wait_line("base_urls", 5 * SLOW), "nobody is told"
        seen = second.begun
        assert ask() == 200 and second.begun == seen + 1


def test_bad_new_certificate_keeps_the_old_one(folder, provider):
    authority = Authority(folder / "ca")
    certificate, key = authority.leaf("first")
    trust = client_context(authority.certificate)
    with Daemon(folder / "d", {"openai": provider.url}, tls_settings(certificate, key)) as own:
        before = serial(own.proxy_port, trust)
        certificate.write_text("not a certificate\n")
        own.signal(signal.SIGHUP)
        assert own.wait_line(str(certificate.name), 5 * SLOW), "nobody is told"
        assert own.alive() and serial(own.proxy_port, trust) == before


def test_plain_client_on_the_tls_port_harms_no_one(folder, provider):
    authority = Authority(folder / "ca")
    with Daemon(folder / "d", {"openai": provider.url}, tls_settings(*authority.leaf("x"))) as own:
        with Client(own.proxy_port, timeout=15 * SLOW) as client:
            client.send(post(b"hello"))
            assert client.stream.closed(12 * SLOW)
        assert health(own.proxy_port, client_context(authority.certificate)) == 200
    assert not provider.begun


# TLS to providers.

def over_tls(folder, label: str, ca: Authority | None, certificate, key, **more):
    upstream = Upstream(tls=server_context(certificate, key))
    settings = "deadlines: {connect: 3s}\n"
    if ca:
        settings += f"providers:\n  openai:\n    base_url: {upstream.url}\n    ca_file: {ca.certificate}\n"
        return upstream, Daemon(folder / label, {}, settings, **more)
    return upstream, Daemon(folder / label, {"openai": upstream.url}, settings, **more)


def test_tls_provider_is_verified_reused_and_resumed(folder):
    authority = Authority(folder / "ca")
    upstream, own = over_tls(folder, "d", authority, *authority.leaf("good"), env={"LECTR_IO_THREADS": "1"})
    try:
        with own:
            with Client(own.proxy_port) as client:
                for n in range(4):
                    assert client.ask(post(b"x" * n)).status == 200
            assert upstream.connections == 1
            upstream.drop_connections()
            with Client(own.proxy_port) as client:
                assert client.ask(post(b"again")).status == 200
            assert upstream.sessions_reused == [False, True], "the second handshake must resume the session"
    finally:
        upstream.stop()


@pytest.mark.parametrize("fault", ["wrong_name", "expired", "self_signed", "other_authority", "system_trust_only"])
def test_tls_provider_that_is_not_who_it_should_be(fault, folder):
    authority, other = Authority(folder / "ca"), Authority(folder / "other", "other authority")
    if fault == "wrong_name":
        leaf = authority.leaf("leaf", "DNS:other.test,IP:127.0.0.9")
    elif fault == "expired":
        leaf = authority.leaf("leaf", expired=True)
    elif fault == "self_signed":
        leaf = (other.certificate, other.key)
    else:
        leaf = (other if fault == "other_authority" else authority).leaf("leaf")
    upstream, own = over_tls(folder, "d", None if fault == "system_trust_only" else authority, *leaf)
    try:
        with own, Client(own.proxy_port, timeout=10 * SLOW) as client:
            tag = new_tag()
            answer = client.ask(post(b"secret", tag=tag))
            assert answer.status in (502, 503) and error_of(answer)["code"] == "provider_unreachable", (answer.status, answer.body)
            row = own.row(tag)
            assert (row["error_source"], row["error_category"]) == ("provider", "network"), row
        assert upstream.begun == 0, "a provider that failed verification got the request"
    finally:
        upstream.stop()


# What a person is told.

def complaint(own: Daemon, pattern: str) -> str:
    own.spawn()
    try:
        code = own.wait(15 * SLOW)
    except subprocess.TimeoutExpired:
        own.kill()
        raise
    text = own.log()
    assert code != 0, text
    assert own.wait_line(pattern, 0.1) or pattern_in(pattern, text), f"no {pattern!r} in:\n{text}"
    assert "terminate called" not in text and "core dumped" not in text, text
    return text


def pattern_in(pattern: str, text: str) -> bool:
    import re
    return re.search(pattern, text) is not None


@pytest.mark.parametrize("which", ["PROXY", "ADMIN"])
def test_busy_port_says_which(which, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        complaint(Daemon(folder, env={f"LECTR_{which}_LISTEN": f"127.0.0.1:{port}"}), rf"127\.0\.0\.1:{port}")


@pytest.mark.parametrize("text,where,field", [
    ("bounds:\n  header_bytes: many\n", r"lectr\.yaml:2", "header_bytes"), ("deadlines:\n  head: 5s\n  conect: 5s\n", r"lectr\.yaml:3", "conect"),
    ("deadlines: {first_byte: soon}\n", r"lectr\.yaml:1", "first_byte"), ("nonsense: 1\n", r"lectr\.yaml:1", "nonsense"),
    ("bounds: [1, 2\n", r"lectr\.yaml:\d", ""), ("proxy:\n  tls:\n    certificate: /nowhere/at/all.pem\n    key: /nowhere/key.pem\n", r"lectr\.yaml:\d", "certificate")])
def test_bad_settings_name_file_line_and_field(text, where, field, folder):
    log = complaint(Daemon(folder, settings=text), where)
    assert field in log


@pytest.mark.parametrize("env,word", [({"LECTR_PROXY_LISTEN": "nowhere"}, "LECTR_PROXY_LISTEN"), ({"LECTR_UNHEARD_OF": "1"}, "LECTR_UNHEARD_OF"),
                                      ({"LECTR_CONFIG": "/nowhere/lectr.yaml"}, "/nowhere/lectr.yaml"), ({"LECTR_STATE_DIR": "/proc/nowhere"}, "/proc/nowhere")])
def test_bad_environment_is_named(env, word, folder):
    complaint(Daemon(folder, env=env), word.replace(".", r"\."))


def test_second_daemon_on_one_state_dir_is_refused(folder, provider):
    with Daemon(folder, {"openai": provider.url}) as first:
        complaint(Daemon(folder / "second", {"openai": provider.url}, env={"LECTR_STATE_DIR": str(first.state)}), str(first.state))
        assert health(first.proxy_port) == 200


def test_first_start_prints_the_key_once_and_never_logs_it(folder, provider):
    env = {"LECTR_BOOTSTRAP_ORG_KEY": "", "LECTR_BOOTSTRAP_ADMIN_PASSWORD": "", "LECTR_BOOTSTRAP_ADMIN_TOKEN": ""}
    own = Daemon(folder, {"openai": provider.url})
    for name in env:
        del own.env[name]
    import re
    with own:
        printed = own.out_path.read_text()
        keys = re.findall(r"lc_key_\w+", printed)
        assert len(set(keys)) == 1, printed
        with Client(own.proxy_port) as client:
            raw = head("POST /v1/things HTTP/1.1", f"X-Lectr-Key: {keys[0]}", "Authorization: Bearer sk-x", "Content-Length: 0", auth=False)
            assert client.ask(raw).status == 200
        assert not re.search(r"lc_key_\w{12,}", own.log_path.read_text()), "the key is in the log"
    own.out_path.unlink()
    with own:
        assert "lc_key_" not in own.out_path.read_text(), "printed again"
