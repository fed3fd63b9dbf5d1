"""Budgets through the real daemon: caps, holds, restart, and what the official SDKs make of a 402."""
from __future__ import annotations

import json
import threading
import time
from decimal import Decimal

import openai
import pytest

from support.api import Api
from support.client import ORG_KEY, PROVIDER_KEY, Client, error_of, head, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.upstream import Exchange, Upstream

from .test_limits import ANSWER, CHAT, answer, ask, body, control, own, provider  # noqa: F401

pytestmark = pytest.mark.timeout(60 * SLOW)

COST = (20 * Decimal("0.15") + 30 * Decimal("0.60")) / 1_000_000  # of one ANSWER


def budget(tag: str, answers: str, **more) -> dict:
    return {"name": "b", "feature": tag, "period": "day", "cap": format(COST * Decimal(answers), "f")} | more


def test_a_spent_budget_is_a_402_until_its_window_ends(own, control):
    tag = new_tag()
    control(budgets=[budget(tag, "3", name=f"hard {tag}")])
    statuses = [ask(own, tag=tag).status for _ in range(8)]
    assert statuses[0] == 200 and set(statuses[4:]) == {402} and statuses.count(200) <= 4, statuses
    got = ask(own, tag=tag)
    assert error_of(got)["code"] == "budget_exceeded" and f"Budget: hard {tag}." in error_of(got)["message"]
    assert got.one("x-should-retry") == "false" and got.one("retry-after") is None
    assert got.one("x-lectr-budget-reset").endswith("T00:00:00Z")
    row = own.row(tag, count=9)
    assert (row["status"], row["error_code"], row["error_category"]) == (402, "budget_exceeded", "money")
    assert ask(own).status == 200, "another feature is not meant"
    def told() -> list:
        rows = Api(own.admin_port).get("/control/events")["rows"]
        return [e["detail"]["percent"] for e in rows if e["kind"] == "budget" and e["name"] == f"hard {tag}"]
    assert eventually(lambda: told() == [100], 10 * SLOW), "no threshold was named, and the end of a hard cap is told all the same"


def test_a_spent_budget_stops_before_the_body_is_read(own, control):
    tag = new_tag()
    control(budgets=[budget(tag, "1")])
    assert eventually(lambda: ask(own, tag=tag).status == 402, 5 * SLOW)
    with Client(own.proxy_port) as client:
        got = client.ask(head(f"POST {CHAT} HTTP/1.1", "Content-Length: 5000000", "Content-Type: application/json", tag=tag))
        assert got.status == 402, "only the head was sent"


def test_requests_without_a_price_count_as_configured_and_are_told(own, control, provider):
    provider.play(lambda x: x.reply(json.dumps(ANSWER | {"model": json.loads(x.body())["model"]}).encode()))
    def told() -> tuple:
        b = Api(own.admin_port).get("/limits")["budgets"][0]
        return b["unknown_requests"], b["unknown_request_cost"], b["spent"]
    tag, strange = new_tag(), body(model="made-up-1")
    control(budgets=[budget(tag, "1000")])
    assert [ask(own, strange, tag=tag).status for _ in range(3)] == [200] * 3 and ask(own, tag=tag).status == 200
    assert eventually(lambda: told() == (3, "0", format(COST, "f")), 5 * SLOW), told()
    control(budgets=[budget(tag, "1000", unknown_request_cost="0.002") | {"name": "c"}])
    assert eventually(lambda: told() == (3, "0.002", format(COST + Decimal("0.006"), "f")), 10 * SLOW), told()


def test_holds_keep_requests_at_once_within_the_cap(own, control, provider):
    tag, release = new_tag(), threading.Event()
    control(budgets=[budget(tag, "2")])
    def slow(exchange: Exchange) -> None:
        exchange.body()
        release.wait(20)
        exchange.reply(json.dumps(ANSWER).encode())
    provider.play(slow)
    clients = [Client(own.proxy_port) for _ in range(12)]
    data = body(max_tokens=30)
    from support.client import post
    for client in clients:
        client.send(post(data, path=CHAT, tag=tag))
    time.sleep(1)
    release.set()
    got = [client.response() for client in clients]
    passed = [g for g in got if g.status == 200]
    refused = [g for g in got if g.status != 200]
    assert passed and {g.status for g in refused} == {429} and {error_of(g)["code"] for g in refused} == {"budget_reserved"}
    assert all(1000 <= int(g.one("retry-after-ms")) <= 5000 for g in refused)
    # One hold error for each in flight: an answer of 30 tokens was expected to be a quarter of that.
    assert len(passed) * COST <= 2 * COST + len(passed) * COST * 3 / 4
    for client in clients:
        client.close()


def test_what_was_spent_counts_after_a_restart(tmp_path, provider):
    provider.play(answer)
    tag = new_tag()
    with Daemon(tmp_path / "d", {"openai": provider.url}) as daemon:
        api = Api(daemon.admin_port)
        api.do("PUT", "/control", {"base_version": 0, "document": {"budgets": [budget(tag, "2")]}})
        assert eventually(lambda: ask(daemon, tag=tag).status == 402, 10 * SLOW)
        assert eventually(lambda: any(row["status"] == 402 for row in daemon.rows(tag)), 5 * SLOW)
        daemon.stop()
        daemon.start()
        assert ask(daemon, tag=tag).status == 402, "the store tells what was spent before"


@pytest.mark.sdk
def test_the_sdk_does_not_repeat_what_a_budget_stopped(own, control):
    tag = new_tag()
    control(budgets=[budget(tag, "1")])
    assert eventually(lambda: ask(own, tag=tag).status == 402, 5 * SLOW)
    before = len(own.rows(tag))
    with openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{own.proxy_port}/v1",
                       default_headers={"X-Lectr-Key": ORG_KEY, "X-Lectr-Feature": tag}, max_retries=3) as ai:
        with pytest.raises(openai.APIStatusError) as caught:
            ai.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "x"}])
    assert caught.value.status_code == 402 and caught.value.code == "budget_exceeded"
    assert eventually(lambda: len(own.rows(tag)) > before, 5 * SLOW)
    time.sleep(1)
    assert len([row for row in own.rows(tag) if row["client_retry"] > 0]) == 0


DEAR = (20 * Decimal("2.50") + 30 * Decimal("10")) / 1_000_000  # of one ANSWER by gpt-4o


def test_at_its_cap_a_budget_may_ask_for_a_cheaper_model(own, control, provider):
    """As asked up to the cap, the cheaper model up to the ceiling, then nothing; what has no cheaper model ends at the cap."""
    tag = new_tag()
    control(budgets=[budget(tag, "1") | {"name": "lower", "cap": format(DEAR * 2, "f"), "at_cap": "downgrade", "downgrade": {"gpt-4o": "gpt-4o-mini"},
                                         "downgrade_ceiling_percent": 110, "alert_percent": [50, 100]}])
    asked, api = [], Api(own.admin_port)
    def echo(exchange: Exchange) -> None:
        asked.append(json.loads(exchange.body())["model"])
        exchange.reply(json.dumps(ANSWER | {"model": asked[-1]}).encode())
    provider.play(echo)
    def settled() -> bool:
        return next(b for b in api.get("/limits")["budgets"] if b["name"] == "lower")["held"] == "0"
    statuses = []
    for _ in range(16):
        statuses.append(ask(own, body(model="gpt-4o", max_tokens=30), tag=tag).status)
        assert eventually(settled, 5 * SLOW), "the answer is there a moment before what was held for it is given back"
    ends = statuses.index(402)
    assert statuses == [200] * ends + [402] * (16 - ends), statuses
    assert asked[0] == "gpt-4o" and asked[-1] == "gpt-4o-mini" and asked == sorted(asked), asked
    assert 1 <= asked.count("gpt-4o") <= 2 and asked.count("gpt-4o-mini") >= 1
    assert len(asked) == ends
    assert eventually(lambda: len(api.get(f"/requests?feature={tag}&limit=50")["rows"]) == 16, 5 * SLOW)
    rows = api.get(f"/requests?feature={tag}&limit=50")["rows"]
    lower = [row for row in rows if "downgraded" in row["notes"]]
    assert {row["model_actual"] for row in lower} == {"gpt-4o-mini"} and {row["model_requested"] for row in lower} == {"gpt-4o"}
    assert all("d:lower" in row["why"] for row in lower) and len(lower) == asked.count("gpt-4o-mini")
    assert sum(Decimal(row["cost"] or 0) for row in rows) <= DEAR * 2 * Decimal("1.1")
    told = next(b for b in api.get("/limits")["budgets"] if b["name"] == "lower")
    assert told["downgraded"] == len(lower) and told["blocked"] >= 16 - ends
    assert ask(own, body(model="o3"), tag=tag).status == 402, "no cheaper model is named for it"
    def alerts() -> list[int]:
        return [e["detail"]["percent"] for e in api.get("/control/events")["rows"] if e["kind"] == "budget" and Decimal(e["detail"]["of"]) == DEAR * 2]
    assert eventually(lambda: sorted(alerts()) == [50, 100], 10 * SLOW), "what was reached is written down, once"
