"""The same load twice: what something in shadow says it would have done is what it does once it is enforced."""
from __future__ import annotations

import json
import threading

import pytest

from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.upstream import Exchange

from .test_limits import CHAT, control, own, provider  # noqa: F401

pytestmark = pytest.mark.timeout(60 * SLOW)

# Model and the tokens that its answer will have. Four times as many are allowed, so that an answer is expected as it will be before any was seen
# (a quarter of what is allowed) and after: how long answers are is learned from those that came, and a refused request has none.
LOAD = [("gpt-4o", 30), ("gpt-4o-mini", 30), ("gpt-4o", 30), ("gpt-4o-mini", 30), ("gpt-4o", 30), ("o3", 30)] * 4


def echo(exchange: Exchange) -> None:
    asked = json.loads(exchange.body())
    tokens = asked["max_tokens"] // 4
    exchange.reply(json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": asked["model"], "choices": [],
                               "usage": {"prompt_tokens": 12, "completion_tokens": tokens, "total_tokens": 12 + tokens}}).encode())


def body(model: str, tokens: int, **more) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4 * tokens} | more).encode()


def play(own: Daemon, tag: str) -> list[int]:
    """One connection, so one worker: a request begins when the one before is settled."""
    statuses, client = [], Client(own.proxy_port)
    for model, tokens in LOAD:
        got = client.ask(post(body(model, tokens), path=CHAT, tag=tag))
        statuses.append(got.status)
        if (got.one("connection") or "").lower() == "close":
            client.close()
            client = Client(own.proxy_port)
    client.close()
    return statuses


def rows(own: Daemon, tag: str, count: int = len(LOAD)) -> list[dict]:
    assert eventually(lambda: len(own.rows(tag)) >= count, 5 * SLOW)
    return own.rows(tag)


LIMITS = [{"name": "rpm", "kind": "requests", "limit": 7}, {"name": "each", "kind": "requests", "limit": 3, "model": "*"},
          {"name": "tpm", "kind": "tokens", "limit": 500}]


def limit_counts(own: Daemon, member: str) -> dict[str, dict[str, int]]:
    return {limit["name"]: {scope["scope"]: scope[member] for scope in limit["scopes"]} for limit in Api(own.admin_port).get("/limits")["limits"]}


def test_each_limit_counts_in_shadow_what_it_alone_refuses(own, control, provider):
    provider.play(echo)
    tag = new_tag()
    control(limits=[limit | {"feature": tag, "shadow": True} for limit in LIMITS])
    assert play(own, tag) == [200] * len(LOAD)
    would = limit_counts(own, "would_refuse_1h")
    named = [row["why"] for row in rows(own, tag) if row["why"]]  # the first that would have refused it
    assert set(named) <= {f"L:{limit['name']}" for limit in LIMITS}
    assert max(sum(scopes.values()) for scopes in would.values()) <= len(named) <= sum(sum(scopes.values()) for scopes in would.values())
    assert all(sum(scopes.values()) > 0 for scopes in would.values()), would
    for limit in LIMITS:
        alone = new_tag()
        control(limits=[limit | {"feature": alone}])
        statuses = play(own, alone)
        assert limit_counts(own, "refused_1h") == {limit["name"]: would[limit["name"]]}
        assert statuses.count(429) == sum(would[limit["name"]].values())
        assert sum(row["why"] == f"l:{limit['name']}" for row in rows(own, alone)) == statuses.count(429)


def test_streams_at_once(own, control, provider):
    def run(**more) -> list[int]:
        tag, release = new_tag(), threading.Event()
        def stream(exchange: Exchange) -> None:
            exchange.body()
            exchange.start_stream()
            release.wait(20)
            exchange.chunk(b"data: [DONE]\n\n")
            exchange.send(b"0\r\n\r\n")
        provider.play(stream)
        control(limits=[{"name": "streams", "kind": "streams", "limit": 2, "feature": tag} | more])
        clients = []
        for seen in range(1, 6):
            clients.append(Client(own.proxy_port).send(post(body("gpt-4o", 5, stream=True), path=CHAT, tag=tag)))
            # One after the other: with the provider, or refused.
            assert eventually(lambda: len(provider.requests) + len(own.rows(tag)) >= seen, 5 * SLOW)
        release.set()
        statuses = [client.response().status for client in clients]
        for client in clients:
            client.close()
        return statuses
    assert run(shadow=True) == [200] * 5
    assert limit_counts(own, "would_refuse_1h") == {"streams": {"": 3}}
    assert run() == [200, 200, 429, 429, 429]
    assert limit_counts(own, "refused_1h") == {"streams": {"": 3}}


BLOCK = {"period": "day", "cap": "0.0012"}
LOWER = BLOCK | {"at_cap": "downgrade", "downgrade": {"gpt-4o": "gpt-4o-mini"}, "downgrade_ceiling_percent": 200}


@pytest.mark.parametrize("one", [BLOCK, LOWER], ids=["block", "downgrade"])
def test_budgets(own, control, provider, one):
    provider.play(echo)
    def run(**more) -> tuple[list[int], dict, list[dict]]:
        tag = new_tag()
        control(budgets=[one | {"name": "b", "feature": tag} | more])
        statuses = play(own, tag)
        return statuses, Api(own.admin_port).get("/limits")["budgets"][0], rows(own, tag)
    statuses, would, seen = run(shadow=True)
    assert statuses == [200] * len(LOAD) and all(not row["notes"] for row in seen)
    assert sum(row["why"] == "B:b" for row in seen) == would["blocked"] and sum(row["why"] == "D:b" for row in seen) == would["downgraded"]
    assert all(row["why"] in (None, "", "B:b", "D:b") for row in seen)
    statuses, did, seen = run()
    assert would["downgraded"] == did["downgraded"]
    if one is BLOCK:
        assert would["blocked"] == did["blocked"] and would["spent"] == did["spent"], "what a shadow would have refused is not spent there"
    else:  # what the cheaper model would have cost is not known, so it leaves room in shadow that is gone in force
        assert 0 < would["blocked"] <= did["blocked"]
    assert statuses.count(402) == did["blocked"] > 0
    assert sum(row["why"] == "b:b" for row in seen) == did["blocked"]
    assert sum("downgraded" in row["notes"] for row in seen) == did["downgraded"]
    assert (did["downgraded"] > 0) == (one is LOWER)


def test_rules(own, control, provider):
    provider.play(echo)
    def run(**more) -> tuple[dict, list[dict]]:
        tag = new_tag()
        mine = {"when": {"feature": tag, "model": "gpt-4o"}, "split": [{"model": "gpt-4o-mini"}]}
        control(rules=[mine | {"name": f"mini-{tag}"} | more, {"name": f"all-{tag}", "when": {"feature": tag}, "first_byte_timeout_ms": 9000}])
        assert play(own, tag) == [200] * len(LOAD)
        seen = rows(own, tag)
        def hits() -> dict:
            found = Api(own.admin_port).get("/routing")
            return next(row for row in found["rules"] if row["name"] == f"mini-{tag}")
        assert eventually(lambda: hits()["requests"] + hits()["shadow_requests"] == 12, 10 * SLOW)
        return hits(), seen
    hits, seen = run(shadow=True)
    assert (hits["requests"], hits["shadow_requests"]) == (0, 12)
    assert sum(" s:mini-" in " " + row["why"] for row in seen) == 12 and {row["model_actual"] for row in seen} == {"gpt-4o", "gpt-4o-mini", "o3"}
    hits, seen = run()
    assert (hits["requests"], hits["shadow_requests"]) == (12, 0)
    assert sum(row["why"].startswith("r:mini-") for row in seen) == 12
