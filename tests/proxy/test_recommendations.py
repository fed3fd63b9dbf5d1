"""Recommendations end to end: from a feature's own traffic to a rule, and to what the rule saved."""
from __future__ import annotations

import json
from decimal import Decimal

import pytest

from support.api import Api
from support.client import new_tag
from support.daemon import SLOW, eventually
from support.rules import World

FROM, TO = "gpt-4o", "gpt-6-luna"
# Dollars per million tokens (src/config/prices.tsv): what the test expects is computed from these alone.
PRICE = {FROM: (Decimal("2.5"), Decimal("10")), TO: (Decimal("0.1"), Decimal("0.5"))}
TOKENS_IN, TOKENS_OUT, REQUESTS = 100_000, 100, 5


def cost(model: str, requests: int) -> Decimal:
    per_in, per_out = PRICE[model]
    return requests * (TOKENS_IN * per_in + TOKENS_OUT * per_out) / 1_000_000


def answer(exchange):
    body = json.loads(exchange.body())
    usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT, "total_tokens": TOKENS_IN + TOKENS_OUT}
    exchange.reply(json.dumps({"id": "x", "object": "chat.completion", "model": body["model"], "choices": [], "usage": usage}).encode())


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    made.openai.play(answer)
    yield made
    made.stop()


def send(world, feature: str, task: str | None, model: str = FROM, count: int = REQUESTS) -> None:
    for _ in range(count):
        headers = [f"X-Lectr-Task: {task}"] if task else []
        assert world.ask({"model": model}, *headers, tag=feature).status == 200


def settled(api: Api, feature: str, count: int) -> None:
    assert eventually(lambda: len(api.get(f"/requests?feature={feature}&limit=100")["rows"]) >= count, 10 * SLOW)


@pytest.mark.timeout(120 * SLOW)
def test_from_traffic_to_a_rule_to_what_it_saved(world):
    api = Api(world.daemon.admin_port)
    declared, guessed, thinking = "sort-" + new_tag(), "talk-" + new_tag(), "think-" + new_tag()
    send(world, declared, "classification")
    send(world, guessed, None)
    send(world, thinking, "reasoning")
    for feature in (declared, guessed, thinking):
        settled(api, feature, REQUESTS)

    rows = {row["feature"]: row for row in api.get("/recommendations")["rows"]}
    assert thinking not in rows, "reasoning is never recommended for downgrade"
    one, other = rows[declared], rows[guessed]
    assert (one["model"], one["to_provider"], one["to_model"], one["state"]) == (FROM, "openai", TO, "open")
    assert Decimal(one["cost"]) == cost(FROM, REQUESTS)
    assert Decimal(one["saving"]) == cost(FROM, REQUESTS) - cost(TO, REQUESTS)
    assert (one["confidence"], one["confidence_reason"]) == ("high", "the task is declared")
    assert other["confidence"] == "low" and other["guessed_task"] == "classification", "few requests"
    assert one["latency_p95_there_ms"] is None, "nobody measured the other model yet"
    saving = Decimal(one["saving"])
    assert Decimal(api.get("/recommendations")["open_saving"]) == 2 * saving

    # Dismissed, it stays in the list with its reason and counts no more; reopened, it is as before.
    path = f"/recommendations/{other['id']}"
    dismissed = api.do("POST", path + "/dismiss", {"reason": "we tried that"})
    assert (dismissed["state"], dismissed["reason"]) == ("dismissed", "we tried that")
    assert Decimal(api.get("/recommendations")["open_saving"]) == saving
    api.do("POST", path + "/dismiss", {"reason": ""}, 400)
    assert api.do("POST", path + "/reopen", {})["state"] == "open"

    # A draft changes nothing; its replay says what the rule would have done to these very requests.
    draft = api.do("POST", f"/recommendations/{one['id']}/draft", {"window": "24h"})
    assert draft["rule"]["when"] == {"feature": declared, "task": "classification", "provider": "openai", "model": FROM}
    assert draft["replay"]["rerouted"] == REQUESTS
    assert Decimal(draft["replay"]["cost_before"]) - Decimal(draft["replay"]["cost_after"]) == saving
    assert api.get("/control")["version"] == draft["base_version"]
    assert api.get(f"/recommendations/{one['id']}")["effect"] is None

    # Applied through the control state as any other change.
    change = {"base_version": draft["base_version"], "document": draft["document"], "note": "cheaper", "recommendation": one["id"]}
    api.do("PUT", "/control", change | {"recommendation": "0" * 16}, 400)
    api.do("PUT", "/control", change)
    assert eventually(lambda: api.get(f"/recommendations/{one['id']}")["rule_in_force"], 5 * SLOW)
    more = 7
    send(world, declared, "classification", count=more)
    send(world, thinking, "reasoning", count=1)
    settled(api, declared, REQUESTS + more)
    assert {json.loads(got.body)["model"] for got in world.openai.requests[-more - 1:-1]} == {TO}
    assert json.loads(world.openai.requests[-1].body)["model"] == FROM, "reasoning of another feature stays"

    applied = api.get(f"/recommendations/{one['id']}")
    effect = applied["effect"]
    assert (applied["state"], applied["rule"]) == ("applied", draft["rule"]["name"])
    assert effect["moved"] == more and effect["unpriced"] == 0
    assert Decimal(effect["saved"]) == cost(FROM, more) - cost(TO, more)
    assert (effect["error_rate"]["after"], effect["error_rate"]["verdict"]) == (0, "unclear"), "a dozen requests prove nothing"
    api.do("POST", f"/recommendations/{one['id']}/dismiss", {"reason": "no"}, 409)

    # Another org sees none of it.
    stranger = "other" + new_tag()
    world.daemon.command("org", "create", stranger)
    token = next(word for word in world.daemon.command("token", "create", "t", "--org", stranger, "--role", "admin").split() if word.startswith("lt_"))
    theirs = Api(world.daemon.admin_port, token)
    assert theirs.get("/recommendations")["rows"] == []
    theirs.get(f"/recommendations/{one['id']}", 404)
    theirs.do("POST", f"/recommendations/{one['id']}/dismiss", {"reason": "x"}, 404)
    theirs.do("POST", f"/recommendations/{one['id']}/draft", {}, 404)


@pytest.mark.timeout(120 * SLOW)
def test_trends_say_what_moved_and_what_ends(world):
    api = Api(world.daemon.admin_port)
    feature = "talk-" + new_tag()
    send(world, feature, None, count=3)
    send(world, "", None, count=1)
    settled(api, feature, 3)
    assert eventually(lambda: api.get("/trends")["untagged"]["requests"] == 1, 10 * SLOW)
    trends = api.get("/trends")
    assert trends["month"]["forecast"]["ready"] is False, "a week is needed"
    assert Decimal(trends["month"]["forecast"]["spent"]) == cost(FROM, 4)
    mover = trends["movers"]["rows"][0]
    assert (mover["name"], mover["move"]) == (feature, "new") and Decimal(mover["change"]) == cost(FROM, 3)
    assert trends["untagged"]["share"] == pytest.approx(0.25)
    ending, = trends["deprecated"]
    assert (ending["model"], ending["ends"], ending["replacement"]) == (FROM, "2027-01-14", TO)
    assert api.get("/trends?by=model")["movers"]["rows"][0]["name"] == FROM
    api.get("/trends?by=status_class", 400)
    assert not (trends["month"]["forecast"]["cost_estimated"] or trends["movers"]["cost_estimated"])

    def without_usage(exchange) -> None:
        exchange.body()
        exchange.start_stream("text/event-stream")
        exchange.chunk(b'data: {"model":"gpt-4o","choices":[{"delta":{"content":"hello there"}}]}\n\n')
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    world.openai.play(without_usage)
    measured = "told-" + new_tag()
    assert world.ask({"model": FROM, "stream": True, "messages": [{"role": "user", "content": "hello there"}]}, tag=measured).status == 200
    settled(api, measured, 1)
    assert eventually(lambda: api.get("/trends")["movers"]["cost_estimated"], 10 * SLOW)
    trends = api.get("/trends")
    assert trends["month"]["forecast"]["cost_estimated"]
    assert {row["name"]: row["cost_estimated"] for row in trends["movers"]["rows"] if row["name"] in (feature, measured)} == {feature: False, measured: True}
