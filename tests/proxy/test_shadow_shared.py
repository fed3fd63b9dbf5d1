"""Two instances that share one Redis: the same load through both, in shadow and in force. What the one would have refused the other has."""
from __future__ import annotations

import json
import shutil
import time

import pytest

from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.fleet import Fleet, fleet
from support.redis import Redis
from support.upstream import Exchange

pytestmark = [pytest.mark.servers, pytest.mark.timeout(90 * SLOW),
              pytest.mark.skipif(not shutil.which("redis-server"), reason="NOT RUN: redis-server is missing (scripts/deps --test)")]

CHAT, TOKENS = "/v1/chat/completions", 3
COST = (12 * 2.5 + TOKENS * 10) / 1e6  # of an answer of gpt-4o, in dollars

# Below a hundred units nothing is taken ahead of need, so what is left is never with the other instance.
LIMITS = [{"name": "rpm", "kind": "requests", "limit": 7}, {"name": "each", "kind": "requests", "limit": 3, "model": "*"},
          {"name": "tpm", "kind": "tokens", "limit": 99}]
BUDGET = {"name": "day", "period": "day", "cap": f"{10.3 * COST:.6f}"}
# Which instance is asked for which models, one after the other. The first two parts only make the scopes known to both.
LOAD = [(0, ["gpt-4o", "gpt-4o-mini", "o3"]), (1, ["gpt-4o", "gpt-4o-mini", "o3"]), (0, ["gpt-4o", "gpt-4o", "gpt-4o-mini", "gpt-4o", "o3", "gpt-4o-mini"]),
        (1, ["gpt-4o", "o3", "gpt-4o-mini", "gpt-4o", "gpt-4o", "o3"])]


def echo(exchange: Exchange) -> None:
    model = json.loads(exchange.body())["model"]
    exchange.reply(json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": [],
                               "usage": {"prompt_tokens": 12, "completion_tokens": TOKENS, "total_tokens": 12 + TOKENS}}).encode())


def play(daemon: Daemon, models: list[str], tag: str) -> list[int]:
    """One connection, so one worker: a request begins when the one before is settled."""
    with Client(daemon.proxy_port, timeout=20 * SLOW) as client:
        bodies = [json.dumps({"model": m, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 4 * TOKENS}).encode() for m in models]
        return [client.ask(post(body, path=CHAT, tag=tag)).status for body in bodies]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    redis = Redis(tmp_path_factory.mktemp("redis"))
    redis.call("start")
    try:
        with fleet(2, tmp_path_factory.mktemp("shadows"), {"LECTR_REDIS_URL": redis.call("url"), "LECTR_IO_THREADS": "1"}) as made:
            def ready() -> bool:
                seen = [daemon.api("/api/v1/status")["redis"] for daemon in made.daemons]
                return all(one["instances"] == 2 and one["state"] == "ok" for one in seen)
            assert eventually(ready, 10 * SLOW)
            made.openai.play(echo)
            yield made
    finally:
        redis.call("stop")


def shown(daemon: Daemon) -> dict:
    return Api(daemon.admin_port).get("/limits")


def used(passed: dict[str, list[tuple[str, int]]], shadow: bool) -> dict:
    """What those that passed have used, as each instance should show it: of each limit and scope, and of the budget."""
    models = lambda name: [model for model, status in passed[name] if status == 200]  # noqa: E731
    each = models("each")
    return {("rpm", ""): len(models("rpm")), ("tpm", ""): min((12 + TOKENS) * len(models("tpm")), 99), "day": f"{COST * len(models('day')):.6f}",
            **{("each", f"model {model}"): each.count(model) for model in set(each)}} | {"shadow": shadow}


def shows(daemon: Daemon, shadow: bool) -> dict:
    now = shown(daemon)
    seen: dict = {"shadow": shadow}
    for limit in now["limits"]:
        if limit["shadow"] == shadow:
            seen |= {(limit["name"].split(" ")[0], scope["scope"]): scope["used"] for scope in limit["scopes"]}
    return seen | {"day": f"{float(b['spent']):.6f}" for b in now["budgets"] if b["shadow"] == shadow}


def count(two: Fleet, member: str) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for now in map(shown, two.daemons):
        for limit in now["limits"]:
            for scope in limit["scopes"]:
                key = limit["name"].split(" ")[0], scope["scope"]
                sums[key] = sums.get(key, 0) + scope[member]
    return {key: n for key, n in sums.items() if n}


def test_one_load_gives_one_count_over_two_instances(two):
    shadow, budget_shadow, budget_alone, taught = (new_tag() for _ in range(4))
    alone = {limit["name"]: new_tag() for limit in LIMITS}
    two.control({"limits": [limit | {"feature": shadow, "shadow": True} for limit in LIMITS]
                           + [limit | {"name": f"{limit['name']} alone", "feature": alone[limit["name"]]} for limit in LIMITS],
                 "budgets": [BUDGET | {"feature": budget_shadow, "shadow": True}, BUDGET | {"name": "day alone", "feature": budget_alone}]})
    for daemon in two.daemons:  # how long answers are, before it matters
        assert play(daemon, ["gpt-4o"] * 25, taught) == [200] * 25
    passed: dict[str, list[tuple[str, int]]] = {name: [] for name in [*alone, "day"]}
    for part, (which, models) in enumerate(LOAD):
        daemon = two.daemons[which]
        assert play(daemon, models, shadow) == [200] * len(models) == play(daemon, ["gpt-4o"] * len(models), budget_shadow), "a shadow refuses nothing"
        for name, tag in alone.items():
            passed[name] += zip(models, play(daemon, models, tag))
        passed["day"] += [("gpt-4o", status) for status in play(daemon, ["gpt-4o"] * len(models), budget_alone)]
        if part == 0:  # the other one does not know of these limits yet
            continue
        for shadows in (False, True):  # to look is what makes an instance ask
            want = [used(passed, shadows)] * 2
            found: list[dict] = []
            def all_told() -> bool:
                found[:] = [shows(d, shadows) for d in two.daemons]
                return found == want
            assert eventually(all_told, 5 * SLOW), "\n".join(map(str, [part, want[0], *found]))
        if part == 1:
            time.sleep(4)  # what was taken ahead of a budget's need goes back when it is idle for three seconds, so that the next part finds it
    would, did = count(two, "would_refuse_1h"), count(two, "refused_1h")
    assert would == did and {name for name, _ in did} == {limit["name"] for limit in LIMITS}
    for name in alone:
        assert sum(status == 429 for _, status in passed[name]) == sum(n for (of, _), n in did.items() if of == name)
    assert [status for _, status in passed["rpm"]] == [200] * 7 + [429] * 11
    assert [status for _, status in passed["day"]].count(200) == 10
    blocked = {name: sum(next(b["blocked"] for b in shown(d)["budgets"] if b["name"] == name) for d in two.daemons) for name in ("day", "day alone")}
    assert blocked == {"day": 8, "day alone": 8}
