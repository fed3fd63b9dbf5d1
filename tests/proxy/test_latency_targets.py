"""Latency targets end to end: what is too slow is told, and a rule that is to be switched goes to its fallback first."""
from __future__ import annotations

import threading
import time

import pytest

from support.client import new_tag
from support.daemon import SLOW, eventually
from support.rules import ANSWER, World, ok


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("latency"))
    yield made
    made.stop()


def test_a_missed_target_switches_its_rule(world):
    def slow(exchange) -> None:
        exchange.body()
        time.sleep(0.25 * SLOW)
        exchange.reply(ANSWER)

    world.openai.play(slow), world.groq.play(ok)
    feature = new_tag()
    world.control({"rules": [{"name": "fast", "when": {"feature": feature}, "split": [{"model": "gpt-4o"}],
                              "fallback": [{"provider": "groq", "model": "llama"}]}],
                   "latency_targets": [{"name": "quick", "feature": feature, "p95_ms": 200, "window_min": 1, "switch_rule": "fast"},
                                       {"name": "easy", "feature": feature, "p95_ms": 3_600_000},
                                       {"name": "unused", "feature": "nobody", "ttfb_p95_ms": 1}]})

    def state() -> dict[str, dict]:
        return {row["name"]: row for row in world.api.get("/latency_targets")["rows"]}

    assert [row["state"] for row in state().values()] == ["no_data"] * 3
    threads = [threading.Thread(target=world.ask, args=({"model": "gpt-4o-mini"},), kwargs={"tag": feature}) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert eventually(lambda: state()["quick"]["state"] == "breached", 20 * SLOW)
    now = state()
    assert now["quick"]["requests"] >= 20 and now["quick"]["p95_ms"] >= 200 and now["quick"]["since"]
    assert now["easy"]["state"] == "within" and now["unused"]["state"] == "no_data"

    def goes_elsewhere() -> bool:
        before = len(world.groq.requests)
        return world.ask({"model": "gpt-4o-mini"}, tag=feature).status == 200 and len(world.groq.requests) == before + 1

    assert eventually(goes_elsewhere, 5 * SLOW)
    world.groq.play(ok)
    row = world.api.get(f"/requests?feature={feature}&limit=1")["rows"][0]
    assert eventually(lambda: world.api.get(f"/requests?feature={feature}&limit=1")["rows"][0]["provider"] == "groq", 5 * SLOW), row
    row = world.api.get(f"/requests?feature={feature}&limit=1")["rows"][0]
    assert "w:latency_target" in row["why"]
    assert "the same decision" in world.daemon.command("explain", row["id"])
    events = world.api.get("/control/events")["rows"]
    assert [(e["kind"], e["name"], e["detail"]["state"]) for e in events] == [("latency", "quick", "breached")]
    assert events[0]["detail"]["switch_rule"] == "fast" and events[0]["detail"]["p95_ms"] >= 200
