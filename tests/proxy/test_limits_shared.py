"""Four real daemons that share one Redis and one Postgres: what they let pass together is counted afterwards, in every window."""
from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from support.api import Api
from support.client import Client, error_of, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.fleet import Fleet, fleet
from support.redis import Redis
from support.upstream import Exchange

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240 * SLOW),
              pytest.mark.skipif(not shutil.which("redis-server"), reason="NOT RUN: redis-server is missing (scripts/deps --test)")]

CHAT, N, WINDOW = "/v1/chat/completions", 4, 60.0
ANSWER = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [{"index": 0, "finish_reason": "stop",
          "message": {"role": "assistant", "content": "ok"}}], "usage": {"prompt_tokens": 100, "completion_tokens": 2000, "total_tokens": 2100}}
COST = (100 * 2.5 + 2000 * 10) / 1e6  # of one answer, in dollars


def body(**more) -> bytes:
    return json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4000} | more).encode()


def redis_of(daemon: Daemon) -> dict:
    return daemon.api("/api/v1/status")["redis"]


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    made = Redis(tmp_path_factory.mktemp("redis"))
    made.call("start")
    yield made
    made.call("stop")


@pytest.fixture(scope="module")
def four(tmp_path_factory, redis):
    with fleet(N, tmp_path_factory.mktemp("shared"), {"LECTR_REDIS_URL": redis.call("url"), "LECTR_IO_THREADS": "1"}) as made:
        told = lambda: [redis_of(daemon) for daemon in made.daemons]  # noqa: E731
        assert eventually(lambda: all(one["instances"] == N and one["state"] == "ok" for one in told()), 10 * SLOW)
        yield made


@pytest.fixture(autouse=True)
def calm():
    """Ends what a test that failed has left running: the next one counts what reaches the provider."""
    yield
    while Load.begun:
        Load.begun.pop().end()


class Load:
    """Clients that ask on and on, each at its own daemon. Every answer is kept with the times between which it was decided."""

    begun: "list[Load]" = []

    def __init__(self, of: Fleet, redis: Redis, tag: str, clients: int = 2, pause: float = 0.02):
        self.seen: list[tuple[float, float, int, str]] = []
        self.broken: dict[int, int] = {}
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(i, d, tag, pause), daemon=True) for i, d in enumerate(of.daemons) for _ in range(clients)]
        self.daemons, self.waits = of.daemons, [redis_of(d) for d in of.daemons]
        self.calls = redis.claims()
        Load.begun.append(self)
        for thread in self.threads:
            thread.start()

    def _run(self, which: int, daemon: Daemon, tag: str, pause: float) -> None:
        try:
            with Client(daemon.proxy_port, timeout=20) as client:
                while not self.over.is_set():
                    began = time.monotonic()
                    got = client.ask(post(body(), path=CHAT, tag=tag))
                    self.seen.append((began, time.monotonic(), got.status, "" if got.status == 200 else error_of(got)["code"]))
                    self.over.wait(pause)
        except Exception:  # noqa: BLE001 what a killed daemon does to its clients; whose it was is looked at by the test
            self.broken[which] = self.broken.get(which, 0) + 1

    def run(self, seconds: float) -> "Load":
        time.sleep(seconds)
        return self

    def end(self) -> "Load":
        self.over.set()
        for thread in self.threads:
            thread.join(30)
        return self

    def admitted(self) -> list[tuple[float, float]]:
        return sorted((began, ended) for began, ended, status, _ in self.seen if status == 200)

    def greatest(self) -> int:
        """Most admissions that lie in one window for certain: all were decided after they were sent and before they were answered."""
        most = 0
        times = sorted(self.admitted(), key=lambda one: one[1])
        begun = sorted(began for began, _ in times)
        for first in begun[:: max(len(begun) // 400, 1)]:
            most = max(most, sum(began >= first and ended < first + WINDOW for began, ended in times))
        return most

    def waited(self) -> tuple[int, int, float, float]:
        """Decided since this load began, by the daemons that live; of them who waited for Redis; how long on average; and the longest since the daemons' start, in ms."""
        now = [(redis_of(d), before) for d, before in zip(self.daemons, self.waits) if d.alive()]
        asked, waited, sum_ms = (sum(one[what] - before[what] for one, before in now) for what in ("asked", "waited", "waited_ms"))
        return asked, waited, sum_ms / max(waited, 1), max(one["longest_ms"] for one, _ in now)

    def tell(self, what: str, redis: Redis) -> None:
        waits = sorted(ended - began for began, ended, status, _ in self.seen if status != 200) or [0.0]
        asked, waited, mean, longest = self.waited()
        print(f"\n{what}: {len(self.seen)} requests, {len(self.admitted())} admitted, greatest window {self.greatest()}, "
              f"{(redis.claims() - self.calls) / max(len(self.seen), 1):.3f} scripts a request (heartbeats included), "
              f"refusals: p50 {waits[len(waits) // 2] * 1e3:.1f} ms, p99 {waits[len(waits) * 99 // 100] * 1e3:.1f} ms, most {waits[-1] * 1e3:.1f} ms; "
              f"waited for Redis: {waited} of {asked} ({100 * waited / max(asked, 1):.2f} %), {mean:.2f} ms each, longest since the start {longest:.1f} ms")


def answer(exchange: Exchange) -> None:
    exchange.body()
    exchange.reply(json.dumps(ANSWER).encode())


def test_no_window_has_more_than_the_limit(four, redis):
    tag = new_tag()
    four.openai.play(answer)
    four.control(dict(limits=[{"name": "rpm", "kind": "requests", "limit": 600, "feature": tag}]))
    load = Load(four, redis, tag).run(68).end()
    load.tell("saturation, 600 a minute", redis)
    assert not load.broken and {status for _, _, status, _ in load.seen} == {200, 429}
    assert load.greatest() <= 600
    asked, waited, *_ = load.waited()
    assert waited < 0.03 * asked, "who is refused does not wait for it"
    first = load.admitted()[0][0]
    early = sum(ended < first + 55 for _, ended in load.admitted())
    assert early >= 0.97 * 600, "and what there is, is used"
    assert len(load.admitted()) > early + 100, "room came back when the first ones left the window"


def test_a_busy_fleet_within_its_limit_hardly_waits(four, redis):
    tag = new_tag()
    four.openai.play(answer)
    four.control(dict(limits=[{"name": "rpm", "kind": "requests", "limit": 60_000, "feature": tag}]))
    load = Load(four, redis, tag, clients=4, pause=0.017).run(15).end()
    load.tell(f"60,000 a minute at {len(load.seen) / 15:.0f} a second", redis)
    assert not load.broken and {status for _, _, status, _ in load.seen} == {200}
    asked, waited, *_ = load.waited()
    assert waited < 0.03 * asked


def test_small_limits_are_exact(four, redis):
    tag = new_tag()
    four.openai.play(answer)
    four.control(dict(limits=[{"name": "few", "kind": "requests", "limit": 10, "feature": tag}]))
    load = Load(four, redis, tag).run(5).end()
    load.tell("10 a minute", redis)
    assert not load.broken and len(load.admitted()) == 10


def test_redis_stopped_and_flushed(four, redis):
    tag = new_tag()
    four.openai.play(answer)
    four.control(dict(limits=[{"name": "rpm", "kind": "requests", "limit": 600, "feature": tag}]))
    load = Load(four, redis, tag, pause=0.1).run(3)
    pid = redis.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        load.run(5)
        assert all(redis_of(d)["state"] == "away" for d in four.daemons)
        assert four.daemons[0].wait_line("Redis does not answer", 1)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert eventually(lambda: all(redis_of(d)["state"] == "ok" for d in four.daemons), 15 * SLOW)
    load.run(4)
    redis.cli("FLUSHALL")
    load.run(40).end()
    load.tell("SIGSTOP for 5 s, then FLUSHALL", redis)
    assert not load.broken and {status for _, _, status, _ in load.seen} <= {200, 429}
    assert load.greatest() <= 600 * (1 + 1 / N), "the bound of the local share"
    assert len(load.admitted()) >= 540


def test_a_dollar_is_a_dollar(four, redis):
    tag = new_tag()
    def slowly(exchange: Exchange) -> None:
        exchange.body()
        time.sleep(0.1)
        exchange.reply(json.dumps(ANSWER).encode())
    four.openai.play(slowly)
    four.control(dict(budgets=[{"name": "cap", "feature": tag, "period": "day", "cap": "1"}]))
    load = Load(four, redis, tag, clients=4).run(12).end()
    load.tell("cap of $1", redis)
    spent = len(load.admitted()) * COST
    print(f"spent {spent:.4f} of 1")
    assert not load.broken and {status for _, _, status, _ in load.seen} <= {200, 402, 429}
    assert spent <= 1 + 4 * N * COST, "one hold's error for each request in flight at most"
    assert spent >= 0.9
    codes = {code for *_, code in load.seen}
    assert "budget_exceeded" in codes and "rate_limit_exceeded" not in codes, codes


def test_nothing_is_blocked_far_from_a_cap(four, redis):
    tag = new_tag()
    small = json.dumps(ANSWER | {"usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30}}).encode()
    four.openai.play(lambda x: (x.body(), x.reply(small)))
    four.control(dict(budgets=[{"name": "cap", "feature": tag, "period": "day", "cap": "100"}]))
    load = Load(four, redis, tag, clients=4)
    assert eventually(lambda: len(load.seen) >= 2000, 30 * SLOW)
    load.end().tell("far from a cap of $100", redis)
    blocked = sum(status != 200 for _, _, status, _ in load.seen)
    print(f"blocked {blocked} of {len(load.seen)}")
    assert not load.broken and blocked == 0


def per_second(count: Callable[[], int], seconds: int) -> list[int]:
    seen = [count()]
    for _ in range(seconds):
        time.sleep(1)
        seen.append(count())
    return [after - before for before, after in zip(seen, seen[1:])]


def test_redis_and_postgres_stopped_at_once(four, redis):
    tag = new_tag()
    four.openai.play(answer)
    four.control(dict(limits=[{"name": "rpm", "kind": "requests", "limit": 600, "feature": tag}]))
    psql = ["psql", four.postgres.url, "-Atc", "SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database"]
    counts = {"scripts": redis.claims, "transactions": lambda: int(subprocess.run(psql, capture_output=True, text=True, timeout=10, check=True).stdout)}
    load = Load(four, redis, tag, pause=0.1).run(3)
    usual = {what: max(per_second(count, 3)) for what, count in counts.items()}
    lines = lambda: [d.log().count("Redis does not answer") for d in four.daemons]  # noqa: E731  a status needs Postgres, to know who asks
    before, pids = lines(), [redis.pid(), *four.postgres.pids()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        load.run(5)
        assert lines() == [count + 1 for count in before], "said once"
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
    after = {}
    threads = [threading.Thread(target=lambda what=what, count=count: after.update({what: per_second(count, 8)})) for what, count in counts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(redis_of(d)["state"] == "ok" for d in four.daemons)
    load.run(30).end()
    load.tell("Redis and Postgres stopped for 5 s", redis)
    print(f"a second: {usual} at most before, {after} after")
    assert not load.broken and {status for _, _, status, _ in load.seen} == {200, 429}
    assert load.greatest() <= 600 * (1 + 1 / N), "the bound of the local share"
    assert eventually(lambda: not any(d.api("/api/v1/status")["degraded"] for d in four.daemons), 20 * SLOW)
    assert max(after["scripts"]) <= 4 * usual["scripts"] + 100 and max(after["transactions"]) <= 4 * usual["transactions"] + 100, "no storm"


def test_what_a_killed_one_held_of_a_budget_comes_back(four, redis):
    tag, release = new_tag(), threading.Event()
    def play(exchange: Exchange) -> None:
        if b"never" in exchange.body():
            release.wait(60 * SLOW)
        exchange.reply(json.dumps(ANSWER).encode())
    four.openai.play(play)
    four.control(dict(budgets=[{"name": "cap", "feature": tag, "period": "day", "cap": "1"}]))
    doomed = four.daemons[3]
    hanging = [Client(doomed.proxy_port, timeout=90 * SLOW).send(post(body(user="never"), path=CHAT, tag=tag)) for _ in range(40)]
    assert four.openai.wait(lambda p: len(p.requests) >= 40, 5 * SLOW)
    held = float(doomed.api("/api/v1/limits")["budgets"][0]["held"])
    time.sleep(0.6)  # it has told by then
    load = Load(SimpleNamespace(daemons=four.daemons[:3]), redis, tag, clients=2).run(0.5)
    doomed.kill()
    load.run(4)
    early = len(load.admitted()) * COST
    load.run(10).end()
    load.tell("one killed with requests in flight", redis)
    spent = len(load.admitted()) * COST
    print(f"it held {held:.4f}; spent 4 s after its death {early:.4f}, in the end {spent:.4f} of 1")
    release.set()
    for client in hanging:
        client.close()
    assert not load.broken and {status for _, _, status, _ in load.seen} <= {200, 402, 429}
    assert held > 0.2 and early <= 1 - held + 6 * COST, "it may live yet"
    assert 0.9 <= spent <= 1 + 6 * COST, "one hold's error for each request in flight; with what the dead one had in flight at most so much more was paid"
    doomed.start()
    assert eventually(lambda: all(redis_of(d)["instances"] == N for d in four.daemons), 10 * SLOW)
    four.apis[3] = Api(doomed.admin_port)


def test_streams_over_all_and_one_is_killed(four, redis):  # last: it leaves three
    tag, release = new_tag(), threading.Event()
    four.openai.play(lambda x: (x.body(), x.start_stream(), x.chunk(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'), release.wait(30),
                                   x.chunk(b"data: [DONE]\n\n"), x.send(b"0\r\n\r\n")))
    four.control(dict(limits=[{"name": "slots", "kind": "streams", "limit": 6, "feature": tag}]))
    opened, refused = [], 0
    for i in range(12):
        client = Client(four.daemons[i % N].proxy_port).send(post(body(stream=True), path=CHAT, tag=tag))
        opened.append((i % N, client))
    assert four.openai.wait(lambda p: len(p.requests) >= 6, 5 * SLOW)
    time.sleep(0.5)
    assert len(four.openai.requests) == 6, "six at once over all four"
    for _, client in opened[6:]:
        client.close()
    four.daemons[3].kill()
    def again() -> bool:
        with Client(four.daemons[0].proxy_port) as client:
            client.send(post(body(stream=True), path=CHAT, tag=tag))
            time.sleep(0.3)
            return len(four.openai.requests) > 6
    assert eventually(again, 12 * SLOW), "what the dead one held comes back when its claim runs out"
    release.set()
    assert eventually(lambda: redis_of(four.daemons[0])["instances"] == N - 1, 10 * SLOW)
