"""The store in trouble: requests pass as if nothing were, rows wait and come once, and what ends ends."""
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time

import pytest

from support.client import ORG_KEY, Client, error_of, new_tag, post
from support.daemon import ADMIN_PASSWORD, ADMIN_TOKEN, SLOW, Daemon, eventually
from support.postgres import Cluster, cluster
from support.upstream import Upstream

from .test_lifecycle import all_rows, health


@pytest.fixture
def provider():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture
def postgres():
    with cluster() as made:
        yield made


@pytest.mark.servers
def test_postgres_away_under_traffic_loses_nothing(folder, provider, postgres):
    tag, total = new_tag(), 0
    url = postgres.url
    with Daemon(folder / "d", {"openai": provider.url}, env={"LECTR_DATABASE_URL": url}) as own:
        with Client(own.proxy_port) as client:
            def traffic(count: int) -> None:
                for _ in range(count):
                    assert client.ask(post(b"{}", tag=tag)).status == 200
            traffic(50)
            assert eventually(lambda: len(all_rows(own, tag)) == 50, 10 * SLOW)
            postgres.stop()
            traffic(100)
            assert health(own.proxy_port) == 200
            postgres.start()
            traffic(50)
            total = 200
        def back() -> bool:
            try:
                return len(all_rows(own, tag)) == total
            except AssertionError:
                return False  # the API may say 503 until the store is back
        assert eventually(back, 20 * SLOW)
        status = own.api("/api/v1/status")
        assert status["events_dropped"] == 0 and status["events_written"] >= total, status


@pytest.mark.servers
def test_a_start_while_postgres_is_away_goes_by_what_it_last_said(folder, provider, postgres):
    """Keys and rules come from disk, rows wait in the journal, and all is as usual when the store is back."""
    tag, url = new_tag(), postgres.url
    own = Daemon(folder / "d", {"openai": provider.url}, env={"LECTR_DATABASE_URL": url})
    with own:
        own.stop()
        postgres.stop()
        own.start()
        assert "starting without the store" in own.log()
        with Client(own.proxy_port) as client:
            for _ in range(20):
                assert client.ask(post(b"{}", tag=tag)).status == 200
            wrong = client.ask(post(b"{}", "X-Lectr-Key: lc_key_wrong", auth=False))
            assert wrong.status == 401 and error_of(wrong)["code"] == "invalid_lectr_key"
        saved = (own.state / "last_good.json").read_text()
        assert oct((own.state / "last_good.json").stat().st_mode)[-3:] == "600"
        assert ORG_KEY not in saved and ADMIN_PASSWORD not in saved and ADMIN_TOKEN not in saved
        postgres.start()

        def back() -> bool:
            try:
                return len(all_rows(own, tag)) == 20
            except AssertionError:
                return False
        assert eventually(back, 30 * SLOW)


@pytest.mark.servers
def test_a_first_start_without_postgres_says_so_and_ends(folder, postgres):
    url = postgres.url
    postgres.stop()
    own = Daemon(folder / "d", {}, env={"LECTR_DATABASE_URL": url})
    own.state.mkdir()
    for saved in (None, "{", '{"format":1,"database":"of another one","orgs":[],"keys":[],"states":[]}'):
        if saved is not None:
            (own.state / "last_good.json").write_text(saved)
        with pytest.raises(RuntimeError, match="the store could not be opened"):
            own.start()
    postgres.start()


@pytest.mark.servers
def test_frozen_postgres_neither_holds_requests_nor_the_end(folder, provider, postgres):
    """The kernel goes on to take packets, nobody answers: no time-out of the client library ends that."""
    tag = new_tag()
    env = {"LECTR_DATABASE_URL": postgres.url}
    with Daemon(folder / "d", {"openai": provider.url}, env=env) as own:
        with Client(own.proxy_port) as client:
            assert client.ask(post(b"{}", tag=tag)).status == 200
        assert eventually(lambda: len(all_rows(own, tag)) == 1, 10 * SLOW)
        frozen = subprocess.run(["pgrep", "-f", str(postgres.folder)], capture_output=True, text=True).stdout.split()
        frozen += [child for pid in frozen for child in subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split()]
        assert frozen, "no server to freeze"
        def send(sent: int, pids) -> None:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):  # a child that ended by itself
                    os.kill(int(pid), sent)
        try:
            send(signal.SIGSTOP, frozen)
            with Client(own.proxy_port) as client:
                for _ in range(20):
                    assert client.ask(post(b"{}", tag=tag)).status == 200
            own.signal(signal.SIGTERM)
            assert own.process.wait(30 * SLOW) == 0
        finally:
            send(signal.SIGCONT, reversed(frozen))
    with Daemon(folder / "d", {"openai": provider.url}, env=env) as own:
        assert eventually(lambda: len(all_rows(own, tag)) == 21, 20 * SLOW), "what the journal held is written"


def sql(url: str, text: str) -> None:
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def read_only(postgres: Cluster):
    """As a standby that was promoted elsewhere, or a disk that is nearly full, makes it."""
    sql(postgres.url, "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf();")
    yield
    sql(postgres.url, "SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();")


@contextlib.contextmanager
def locked(postgres: Cluster):
    """Every statement that writes waits."""
    with subprocess.Popen(["psql", "-X", "-q", postgres.url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as held:
        held.stdin.write("BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE;\n")
        held.stdin.flush()
        yield
        held.stdin.write("COMMIT;\n")
        held.stdin.close()
        held.wait(30)


@contextlib.contextmanager
def flapping(postgres: Cluster):
    done = threading.Event()

    def flap() -> None:
        for _ in range(3):
            postgres.stop()
            done.wait(0.3)
            postgres.start()
            done.wait(0.3)
    thread = threading.Thread(target=flap)
    thread.start()
    yield
    thread.join()


@pytest.mark.servers
@pytest.mark.parametrize("trouble", [read_only, locked, flapping])
def test_postgres_in_trouble_holds_up_no_request_and_loses_no_row(trouble, folder, provider, postgres):
    tag, sent, worst = new_tag(), 0, 0.0
    with Daemon(folder / "d", {"openai": provider.url}, env={"LECTR_DATABASE_URL": postgres.url}) as own:
        with Client(own.proxy_port) as client:
            def traffic(seconds: float) -> None:
                nonlocal sent, worst
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    began = time.monotonic()
                    assert client.ask(post(b"{}", tag=tag)).status == 200
                    worst = max(worst, time.monotonic() - began)
                    sent += 1
                    time.sleep(0.005)
            traffic(0.3)
            with trouble(postgres):
                traffic(2)
            traffic(0.3)
        assert worst < 0.5 * SLOW, f"{worst} s for one request"

        def back() -> bool:
            try:
                return len(all_rows(own, tag)) == sent
            except AssertionError:
                return False
        assert eventually(back, 30 * SLOW), sent
        assert own.api("/api/v1/status")["events_dropped"] == 0
