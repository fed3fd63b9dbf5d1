"""A provider's own quota, as its answers' headers tell it: four instances use it up, and it seldom has to refuse."""
from __future__ import annotations

import threading
import time

import pytest

from support.daemon import SLOW
from support.fleet import fleet, load
from support.rules import ANSWER
from support.upstream import Exchange


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


@pytest.mark.servers
@pytest.mark.timeout(120 * SLOW)
def test_four_instances_fill_a_quota_and_spill_before_the_429(tmp_path):
    with fleet(4, tmp_path) as four:
        four.control({"rules": [{"name": "spill", "split": [{"model": "gpt-4o"}], "fallback": [{"provider": "groq", "model": "llama"}]}]})
        quota = Quota(600, 3.0 * SLOW)
        four.openai.play(quota)
        with load(four.daemons) as seen:
            time.sleep(12.5 * SLOW)
        assert seen.failures() == [], "whoever asks notices nothing"
        whole = sorted(quota.passed)[1:-1]  # windows that were under load from end to end
        passed, refused = sum(quota.passed[w] for w in whole), sum(quota.refused.get(w, 0) for w in whole)
        print(f"{len(seen.seen)} requests; in {len(whole)} whole windows {passed} of {len(whole) * quota.limit} passed, {refused} refused "
              f"({refused / (passed + refused):.2%}), {len(four.groq.requests)} elsewhere")
        assert len(whole) >= 2 and len(four.groq.requests) > 0
        assert passed >= 0.98 * len(whole) * quota.limit
        assert refused <= 0.005 * (passed + refused)
