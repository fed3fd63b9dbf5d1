"""A daemon whose Redis is silent, late or answers with errors: requests are decided in time and by its share, the log says so once, and it comes back."""
from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.redis import Redis, Relay
from support.upstream import Exchange, Upstream

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120 * SLOW),
              pytest.mark.skipif(not shutil.which("redis-server"), reason="NOT RUN: redis-server is missing (scripts/deps --test)")]

CHAT, BODY = "/v1/chat/completions", json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 40}).encode()
ANSWER = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": "ok"}}], "usage": {"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22}}).encode()


def answer(exchange: Exchange) -> None:
    exchange.body()
    exchange.reply(ANSWER)


class Own:
    """One daemon with its own Redis, and a relay between the two."""

    def __init__(self, redis: Redis, relay: Relay, daemon: Daemon):
        self.redis, self.relay, self.daemon = redis, relay, daemon

    def limit(self, **counts: int) -> None:
        api = Api(self.daemon.admin_port)
        document = {"limits": [{"name": tag, "kind": "requests", "limit": count, "feature": tag} for tag, count in counts.items()]}
        api.do("PUT", "/control", {"base_version": api.get("/control")["version"], "document": document})
        time.sleep(0.2)

    def now(self) -> dict:
        return self.daemon.api("/api/v1/status")["redis"]

    def is_in(self, state: str, timeout: float = 8 * SLOW) -> bool:
        return eventually(lambda: self.now()["state"] == state, timeout)

    def ask(self, tag: str, count: int) -> list[int]:
        with Client(self.daemon.proxy_port) as client:
            return [client.ask(post(BODY, path=CHAT, tag=tag)).status for _ in range(count)]

    def lines(self, text: str) -> list[str]:
        return [line for line in self.daemon.log().splitlines() if text in line]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.call("start")
    relay, provider = Relay(redis.call("url")), Upstream().play(answer)
    with Daemon(tmp_path_factory.mktemp("trouble") / "d", {"openai": provider.url}, env={"LECTR_REDIS_URL": relay.url, "LECTR_IO_THREADS": "1"}) as daemon:
        made = Own(redis, relay, daemon)
        assert made.is_in("ok")
        yield made
    relay.stop(), provider.stop(), redis.call("stop")


@contextlib.contextmanager
def stopped(own: Own) -> Iterator[None]:
    pid = own.redis.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def relayed(own: Own, mode: str) -> Iterator[None]:
    own.relay.mode = mode
    try:
        yield
    finally:
        own.relay.mode = "through"


class Clock:
    """Clients that are first admitted and then refused; how long each request took, from outside."""

    def __init__(self, own: Own, *tags: tuple[str, float]):
        self.took: list[tuple[float, float, int, str]] = []
        self._over = threading.Event()
        gc.collect(), gc.disable()  # with all that the provider has recorded it stops every thread for 0.1 s, which is no time of the daemon's
        self._threads = [threading.Thread(target=self._run, args=(own, *tag), daemon=True) for tag in tags]
        for thread in self._threads:
            thread.start()

    def _run(self, own: Own, tag: str, pause: float) -> None:
        with Client(own.daemon.proxy_port, timeout=20 * SLOW) as client:
            while not self._over.is_set():
                began = time.monotonic()
                status = client.ask(post(BODY, path=CHAT, tag=tag)).status
                self.took.append((began, time.monotonic() - began, status, tag))
                self._over.wait(pause)

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30 * SLOW)
        gc.enable()

    def figures(self, what: str, since: float) -> float:
        took = sorted(t for began, t, *_ in self.took if began >= since)
        admitted = sum(began >= since and status == 200 for began, _, status, _ in self.took)
        print(f"{what}: {len(took)} requests ({admitted} admitted), p50 {took[len(took) // 2] * 1e3:.1f} ms, p99 {took[len(took) * 99 // 100] * 1e3:.1f} ms, "
              f"most {took[-1] * 1e3:.1f} ms")
        return took[-1]


@pytest.mark.parametrize("name, trouble, state", [("stopped", stopped, "away"), ("black hole", lambda own: relayed(own, "hole"), "away"),
                                                  ("200 ms late", lambda own: relayed(own, "late"), "slow")])
def test_nobody_waits_for_a_silent_or_late_redis(own: Own, name: str, trouble: Callable, state: str):
    tag, small = new_tag(), new_tag()
    own.limit(**{tag: 1000, small: 90})  # used up during the trouble; of the small one each is asked for
    clock = Clock(own, (tag, 0.006), (tag, 0.006), (tag, 0.006), (small, 0.05))
    print()
    try:
        begun = time.monotonic()
        time.sleep(2)
        clock.figures(f"{name}, before", begun)
        with trouble(own):
            began = time.monotonic()
            time.sleep(6)
            most = clock.figures(name, began)
            assert own.now()["state"] == state
        assert own.is_in("ok")
    finally:
        clock.end()
    print(f"longest wait for a message, as the daemon has it: {own.now()['longest_ms']} ms")
    assert most < 0.05 * SLOW, "every one is decided in time"
    assert {status for _, _, status, _ in clock.took} == {200, 429}
    for of, limit in ((tag, 1000), (small, 90)):
        assert sum(status == 200 and one == of for _, _, status, one in clock.took) == limit, "one instance alone knows all that it admitted"


@contextlib.contextmanager
def told(own: Own, *words: tuple[str, ...], undo: tuple[str, ...]) -> Iterator[None]:
    for one in words:
        assert own.redis.cli(*one) == "OK", one
    try:
        yield
    finally:
        assert own.redis.cli(*undo) == "OK", undo


@contextlib.contextmanager
def cannot_save(own: Own) -> Iterator[None]:
    blocked = own.redis.folder / "dump.rdb"
    blocked.mkdir()
    try:
        with told(own, ("CONFIG", "SET", "save", "3600 1000000"), undo=("CONFIG", "SET", "save", "")):
            own.redis.cli("BGSAVE")
            yield
    finally:
        blocked.rmdir()


@contextlib.contextmanager
def busy(own: Own) -> Iterator[None]:
    own.redis.cli("CONFIG", "SET", "lua-time-limit", "50")
    endless = subprocess.Popen(["redis-cli", "-u", own.redis.call("url"), "EVAL", "while true do end", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        assert eventually(lambda: own.redis.cli("SCRIPT", "KILL") == "OK", 5 * SLOW)
        endless.wait(10)


@contextlib.contextmanager
def foreign_key(own: Own) -> Iterator[None]:
    keys = [key for key in own.redis.cli("KEYS", "lectr:{*}:w:*").split() if not key.endswith(":b")]
    for key in keys:
        own.redis.cli("SET", key, "x")
    try:
        yield
    finally:
        own.redis.cli("DEL", *keys)


ERRORS = {"OOM": lambda own: told(own, ("CONFIG", "SET", "maxmemory", "1"), undo=("CONFIG", "SET", "maxmemory", "0")),
          "READONLY": lambda own: told(own, ("REPLICAOF", "127.0.0.1", "1"), undo=("REPLICAOF", "NO", "ONE")),
          "NOPERM": lambda own: told(own, ("ACL", "SETUSER", "default", "-eval", "-evalsha"), undo=("ACL", "SETUSER", "default", "+@all")),
          "MISCONF": cannot_save, "BUSY": busy, "WRONGTYPE": foreign_key}


@pytest.mark.parametrize("error", ERRORS)
def test_errors_of_redis_are_as_good_as_its_absence(own: Own, error: str):
    tag = new_tag()
    own.limit(**{tag: 60})
    assert own.is_in("ok") and own.ask(tag, 20) == [200] * 20
    warned, back = len(own.lines("Redis refuses")), len(own.lines("Redis answers:"))
    with ERRORS[error](own):
        assert eventually(lambda: own.ask(tag, 1) and own.now()["state"] == "away", 5 * SLOW), "an error is noticed by whoever asks"
        assert own.daemon.wait_line(f"Redis refuses to count.*{error}", 5 * SLOW) or error == "BUSY"
        seen: list[int] = []
        until = time.monotonic() + 4
        while time.monotonic() < until:
            seen += own.ask(tag, 5)
            time.sleep(0.05)
        assert set(seen) <= {200, 429} and seen[-1] == 429, "the share of one instance is all that is left"
        assert own.now()["state"] == "away"
    assert own.is_in("ok"), "comes back by itself"
    assert own.ask(tag, 5) == [429] * 5, "what was admitted meanwhile is told"
    print(own.lines("Redis refuses")[warned:])
    assert len(own.lines("Redis refuses")) == warned + 1 and error in own.lines("Redis refuses")[-1], "said once, with its name"
    assert len(own.lines("Redis answers:")) == back + 1
