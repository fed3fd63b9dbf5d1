"""A provider's own quota, as its answers' headers tell it: four instances use it up, and it seldom has to refuse."""
from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from support.api import Api
from support.client import Client, head
from support.daemon import ORG_KEY, SLOW, Daemon, eventually
from support.postgres import postgres
from support.rules import ANSWER, CHAT, ok
from support.upstream import Exchange, Upstream


class Quota:
    """`limit` requests in each window of `seconds`, for all who ask. Counts by window what it let pass and what it refused."""

    def __init__(self, limit: int, seconds: float):
        self.limit, self.seconds, self.lock = limit, seconds, threading.Lock()
        self.passed: dict[int, int] = {}
        self.refused: dict[int, int] = {}

    def __call__(self, exchange: Exchange) -> None:
        exchange.body()
        with self.lock:
            now = time.monotonic()
            window = int(now / self.seconds)
            good = self.passed.get(window, 0) < self.limit
            counts = self.passed if good else self.refused
            counts[window] = counts.get(window, 0) + 1
            left = self.limit - self.passed.get(window, 0)
            reset = (window + 1) * self.seconds - now
        lines = ("Content-Type: application/json", f"x-ratelimit-limit-requests: {self.limit}", f"x-ratelimit-remaining-requests: {left}",
                 f"x-ratelimit-reset-requests: {reset:.3f}s")
        if good:
            exchange.reply(ANSWER, headers=lines)
        else:
            exchange.reply(b'{"error":{"message":"slow","type":"requests","code":"rate_limit_exceeded"}}', "429 Too Many Requests",
                           (*lines, f"retry-after-ms: {reset * 1000:.0f}"))


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    """Four instances over one Postgres; openai has the quota, groq takes the rest."""
    openai, groq = Upstream(), Upstream().play(ok)
    with tempfile.TemporaryDirectory(prefix="lectr-pg-") as parent:
        os.chmod(parent, 0o755)
        cluster = Path(parent) / "cluster"
        postgres("start", cluster)
        daemons: list[Daemon] = []
        try:
            for n in range(4):
                daemons.append(Daemon(tmp_path_factory.mktemp(f"instance{n}") / "d", {"openai": openai.url, "groq": groq.url + "/openai"},
                                      env={"LECTR_DATABASE_URL": postgres("url", cluster), "GROQ_API_KEY": "gsk_of_the_org"}).start())
            api = Api(daemons[0].admin_port)
            api.do("PUT", "/settings/credentials/groq", {"reference": "env:GROQ_API_KEY"}, 204)
            version = api.do("PUT", "/control", {"base_version": 0, "document": {"rules": [
                {"name": "spill", "split": [{"model": "gpt-4o"}], "fallback": [{"provider": "groq", "model": "llama"}]}]}})["version"]
            assert eventually(lambda: [row["version"] for row in api.get("/instances")["rows"]] == [version] * 4, 10 * SLOW)
            yield daemons, openai, groq
        finally:
            for daemon in daemons:
                daemon.stop()
            openai.stop(), groq.stop()
            postgres("stop", cluster)


@pytest.mark.servers
@pytest.mark.timeout(120 * SLOW)
def test_four_instances_fill_a_quota_and_spill_before_the_429(four):
    daemons, openai, groq = four
    quota = Quota(600, 3.0 * SLOW)
    openai.play(quota)
    ends, answers = time.monotonic() + 12.5 * SLOW, []
    body = b'{"model":"gpt-4o-mini"}'
    request = head(f"POST {CHAT} HTTP/1.1", f"X-Lectr-Key: {ORG_KEY}", "Content-Type: application/json", "Authorization: Bearer sk-client",
                   f"Content-Length: {len(body)}", auth=False) + body

    def client(daemon: Daemon) -> None:
        with Client(daemon.proxy_port) as connection:
            while time.monotonic() < ends:
                answers.append(connection.ask(request).status)
                time.sleep(0.004 * SLOW)

    threads = [threading.Thread(target=client, args=(daemon,)) for daemon in daemons for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {200}, "whoever asks notices nothing"
    whole = sorted(quota.passed)[1:-1]  # windows that were under load from end to end
    passed, refused = sum(quota.passed[w] for w in whole), sum(quota.refused.get(w, 0) for w in whole)
    print(f"{len(answers)} requests; in {len(whole)} whole windows {passed} of {len(whole) * quota.limit} passed, {refused} refused "
          f"({refused / (passed + refused):.2%}), {len(groq.requests)} elsewhere")
    assert len(whole) >= 2 and len(groq.requests) > 0
    assert passed >= 0.98 * len(whole) * quota.limit
    assert refused <= 0.005 * (passed + refused)
