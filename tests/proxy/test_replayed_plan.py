"""A draft replayed over what has been, then put in force and met by the same requests again: the figures come true."""
from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.daemon import SLOW, eventually
from support.rules import World

TOKENS = {"chat": (400, 100), "search": (50, 5), "batch": (1000, 1000)}
# What is asked, in this order and at this pace; about six seconds of it.
ASKED = [("chat", "gpt-4o")] * 3 + [("search", "gpt-4o")] * 3 + [("batch", "gpt-4o")] + [("untagged", "gpt-4.1")]
ROUNDS, PACE_S = 40, 0.018
# batch costs $0.0125 a request: ten dimes' worth of forty requests.
DRAFT = {"rules": [{"name": "chat small", "when": {"feature": "chat"}, "split": [{"model": "gpt-4o-mini"}]},
                   {"name": "half away", "when": {"feature": "untagged"}, "split": [{"model": "gpt-4.1"}, {"model": "gpt-4.1-mini"}]}],
         "limits": [{"name": "search", "limit": 80, "feature": "search"}],
         "budgets": [{"name": "batch", "feature": "batch", "period": "month", "cap": "0.25"}]}


def answer(exchange):
    body = json.loads(exchange.body())
    feature = body["user"]
    into, out = TOKENS.get(feature, (100, 50))
    exchange.reply(json.dumps({"id": "x", "object": "chat.completion", "model": body["model"], "choices": [],
                               "usage": {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}}).encode())


def play(world: World) -> dict[int, int]:
    statuses: dict[int, int] = {}
    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        def one(feature: str, model: str) -> int:
            return world.ask({"model": model, "user": feature, "max_tokens": 1200}, tag="" if feature == "untagged" else feature).status
        waiting = []
        for number, (feature, model) in enumerate(ASKED * ROUNDS):
            time.sleep(max(0.0, begun + number * PACE_S * SLOW - time.monotonic()))
            waiting.append(pool.submit(one, feature, model))
        for done in waiting:
            statuses[done.result()] = statuses.get(done.result(), 0) + 1
    count = len(ASKED) * ROUNDS
    assert eventually(lambda: world.api.get("/overview?window=1h")["totals"]["requests"] >= count, 20 * SLOW), statuses
    return statuses


def close(predicted: float, real: float, share: float, what: str) -> None:
    assert abs(predicted - real) <= share * max(real, 1e-9), f"{what}: {predicted} predicted, {real} came"


@pytest.mark.timeout(120 * SLOW)
def test_what_a_replay_foretells_comes_true(tmp_path):
    first, second = World(tmp_path / "first"), World(tmp_path / "second")
    try:
        for world in (first, second):
            world.openai.play(answer)
        assert play(first) == {200: len(ASKED) * ROUNDS}
        plan = first.api.do("POST", "/control/replay", {"document": DRAFT, "window": "1h"})
        before, after = plan["states"]["before"], plan["states"]["after"]
        assert before["limited"] == before["blocked"] == before["rerouted"] == 0 and before["passed"] == len(ASKED) * ROUNDS
        assert plan["states"]["differ"] >= after["rerouted"] + after["limited"] + after["blocked"] > 0

        second.control(DRAFT)
        statuses = play(second)
        close(after["limited"], statuses.get(429, 0), 0.05, "limited")
        close(after["blocked"], statuses.get(402, 0), 0.05, "blocked")
        close(after["passed"], statuses[200], 0.05, "passed")
        def routed() -> dict[str, int]:
            return {row["name"]: row["requests"] for row in second.api.get("/routing?window=1h")["rules"]}
        assert sum(rule["requests"] for rule in after["rules"]) == 160
        assert eventually(lambda: sum(routed().values()) >= 160, 15 * SLOW), routed()  # counted once rows are rolled up
        for rule in after["rules"]:
            close(rule["requests"], routed()[rule["name"]], 0.05, rule["name"])
        totals = second.api.get("/overview?window=1h")["totals"]
        close(float(after["cost"]), float(totals["cost"]), 0.1, "cost")
        assert float(after["cost_low"]) <= float(after["cost"]) <= float(after["cost_high"])
        assert float(before["cost"]) == pytest.approx(float(first.api.get("/overview?window=1h")["totals"]["cost"]), rel=1e-6)
    finally:
        first.stop()
        second.stop()
