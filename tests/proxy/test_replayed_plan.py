"""A draft replayed over what has been comes true; a state made by clicking becomes a file, and a second gateway by it does the same."""
from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.daemon import ADMIN_PASSWORD, ADMIN_TOKEN, SLOW, binary, eventually
from support.api import Api
from support.rules import World

TOKENS = {"chat": (400, 100), "search": (50, 5), "batch": (1000, 1000)}
# What is asked, in this order and at this pace; about six seconds of it.
ASKED = [("chat", "gpt-4o")] * 3 + [("search", "gpt-4o")] * 3 + [("batch", "gpt-4o")] + [("untagged", "gpt-4.1")]
ROUNDS, PACE_S = 40, 0.018
# batch costs $0.0125 a request: ten dimes' worth of forty requests.
DRAFT = {"rules": [{"name": "chat small", "when": {"feature": "chat"}, "split": [{"model": "gpt-4o-mini"}]},
                   {"name": "untagged nano", "shadow": True, "when": {"feature": "untagged", "model": "gpt-4.1"}, "split": [{"model": "gpt-4.1-nano"}]},
                   {"name": "half away", "when": {"feature": "untagged"}, "split": [{"model": "gpt-4.1"}, {"model": "gpt-4.1-mini"}]}],
         "limits": [{"name": "search", "limit": 80, "feature": "search"}, {"name": "chat so far counted", "shadow": True, "limit": 30, "feature": "chat"}],
         "budgets": [{"name": "batch", "feature": "batch", "period": "month", "cap": "0.25"},
                     {"name": "batch so far counted", "shadow": True, "feature": "batch", "period": "month", "cap": "0.15"}]}


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


def shadow_came_true(after: dict, world: World) -> None:
    shadow, use = after["shadow"], world.api.get("/limits")
    would = {row["name"]: sum(scope["would_refuse_1h"] for scope in row["scopes"]) for row in use["limits"]} | {row["name"]: row["blocked"] for row in use["budgets"]}
    assert [row["name"] for row in after["limits"] + after["budgets"]] == ["search", "batch"], "what is in shadow stands apart"
    stopped = {row["name"]: row["requests"] for row in shadow["limits"] + shadow["budgets"]}
    assert stopped["chat so far counted"] == 90 == would["chat so far counted"]
    assert stopped["batch so far counted"] > 5  # of the 20 that the budget in force lets pass
    assert abs(stopped["batch so far counted"] - would["batch so far counted"]) <= 2, (stopped, would)
    assert shadow["stopped"] == sum(stopped.values()) and shadow["downgraded"] == 0
    assert shadow["rules"] == [{"name": "untagged nano", "requests": 40}]
    real = {row["name"]: row["shadow_requests"] for row in world.api.get("/routing?window=1h")["rules"]}
    assert real["untagged nano"] == 40


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
        assert before["shadow"] == {"stopped": 0, "downgraded": 0, "rules": [], "limits": [], "budgets": []}
        shadow_came_true(after, second)
        totals = second.api.get("/overview?window=1h")["totals"]
        close(float(after["cost"]), float(totals["cost"]), 0.1, "cost")
        assert float(after["cost_low"]) <= float(after["cost"]) <= float(after["cost_high"])
        assert float(before["cost"]) == pytest.approx(float(first.api.get("/overview?window=1h")["totals"]["cost"]), rel=1e-6)
    finally:
        first.stop()
        second.stop()


# As the dashboard's pages save it; groq's credential is set by a settings page.
CLICKED = [{"rules": [{"name": "chat to groq", "when": {"feature": "chat"}, "split": [{"provider": "groq", "model": "llama-3.3-70b-versatile"}]}]},
           {"limits": [{"name": "search", "limit": 5, "feature": "search"}, {"name": "backend", "limit": 4, "key": "batch backend"}]},
           {"budgets": [{"name": "batch", "feature": "batch", "period": "month", "cap": "0.06"}]}]


def lectr(world: World, *arguments: str, code: int = 0) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": str(world.daemon.folder), "LECTR_URL": f"http://127.0.0.1:{world.daemon.admin_port}", "LECTR_TOKEN": ADMIN_TOKEN}
    done = subprocess.run([str(binary()), *arguments], env=env | {k: v for k, v in world.daemon.env.items() if k.endswith("SAN_OPTIONS")},
                          capture_output=True, text=True, timeout=60 * SLOW)
    assert done.returncode == code, (arguments, done)
    return done.stdout


def met(world: World) -> list[tuple]:
    """What each of the same requests came to, one after the other."""
    seen = []
    for feature, model in ASKED * 8:
        answer = world.ask({"model": model, "user": feature, "max_tokens": 1200}, "X-Lectr-Debug: 1", tag="" if feature == "untagged" else feature)
        seen.append((feature, answer.status, *(answer.one(f"x-lectr-{name}") for name in ("provider", "model", "rule"))))
        if feature == "batch" and answer.status == 200:  # settled before the next one asks: what is in flight is another matter
            time.sleep(0.05)
    return seen


def as_key(world: World, key: dict, times: int) -> list[int]:
    return [world.ask({"model": "gpt-4.1", "user": "untagged", "max_tokens": 50}, org_key=key["key"]).status for _ in range(times)]


def a_key_made_later_is_limited_by_its_name(first: World, there: dict, second: World) -> None:
    """The limit was applied before there was such a key; of another id than where it comes from."""
    second.api.do("POST", "/keys", {"name": "somebody else's"}, 201)
    here = second.api.do("POST", "/keys", {"name": "batch backend"}, 201)
    assert here["id"] != there["id"]
    assert eventually(lambda: as_key(second, here, 1) != [401], 10 * SLOW)
    assert as_key(first, there, 1) == [200]  # as the one that has just passed
    assert as_key(first, there, 7) == as_key(second, here, 7) == [200] * 3 + [429] * 4
    fresh = second.api.do("POST", f"/keys/{here['id']}/rotate", {"overlap_s": 600}, 201)
    assert eventually(lambda: as_key(second, fresh, 1) != [401], 10 * SLOW)
    assert as_key(second, fresh, 1) == as_key(second, here, 1) == [429], "the key that replaces it shares its count"
    def replayed(key: str) -> int:
        draft = {"document": {"limits": [{"name": "one", "limit": 1, "key": key}]}, "window": "1h"}
        return first.api.do("POST", "/control/replay", draft)["states"]["after"]["limits"][0]["requests"]
    # Of the four that passed; what was refused from its head alone has no model, and is left out.
    assert eventually(lambda: replayed("batch backend") >= 3, 15 * SLOW), replayed("batch backend")
    assert replayed("somebody else's") == 0


@pytest.mark.timeout(120 * SLOW)
def test_a_state_made_by_clicking_does_the_same_on_a_second_gateway(tmp_path):
    first, second = World(tmp_path / "first"), World(tmp_path / "second")
    try:
        for world in (first, second):
            world.openai.play(answer)
            world.groq.play(answer)
        page = Api(first.daemon.admin_port, None)
        assert page.sign_in("admin", ADMIN_PASSWORD).status == 200
        page.do("PUT", "/settings/credentials/openai", {"reference": "env:OPENAI_API_KEY"}, 204)
        backend = page.do("POST", "/keys", {"name": "batch backend"}, 201)
        for click in CLICKED:
            now = page.get("/control")
            page.do("PUT", "/control", {"base_version": now["version"], "document": now["document"] | click})
        file = str(tmp_path / "control.yaml")
        lectr(first, "export", "-o", file)
        assert "no changes" in lectr(first, "plan", "-f", file).lower()
        assert "limits[1].key: the org has no key of this name in force" in lectr(second, "plan", "-f", file, code=2)
        lectr(second, "apply", "-f", file, "--yes", "--note", "from the first")
        assert second.api.get("/control")["document"] == first.api.get("/control")["document"]
        assert {row["via"] for row in first.api.get("/control/versions")["rows"]} == {"dashboard", "api"}
        assert second.api.get("/control/versions")["rows"][0]["via"] == "file"

        ones, others = met(first), met(second)
        assert ones == others
        assert {status for feature, status, *_ in ones if feature == "search"} == {200, 429}
        assert {status for feature, status, *_ in ones if feature == "batch"} == {200, 402}
        assert {(provider, model) for feature, _, provider, model, _ in ones if feature == "chat"} == {("groq", "llama-3.3-70b-versatile")}
        a_key_made_later_is_limited_by_its_name(first, backend, second)
        # Edited by hand since: told until the file is applied again.
        first.control({"rules": []})
        assert first.api.get("/control")["drift"] is None, "no file was ever applied here"
        second.control(second.api.get("/control")["document"] | {"limits": []})
        assert second.api.get("/control")["drift"]["edits"] == 1
        lectr(second, "apply", "-f", file, "--yes", "--force")
        assert second.api.get("/control")["drift"] is None
    finally:
        first.stop()
        second.stop()
