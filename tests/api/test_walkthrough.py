"""What an operator does with what the detector found: eight days of rows in a store, three things that went wrong within the last hour and one test run, and a model
that is dearer than it need be. A mail server that is away at first costs none of its mails."""
from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from support.api import Api
from support.certs import Authority, server_context
from support.client import Client, post
from support.daemon import SLOW, Daemon, eventually
from support.history import BUCKET, DAY, MINUTE, Feature, Incident, fill
from support.receivers import PASSWORD, USER, MailServer, free_port
from support.upstream import Upstream

pytestmark = pytest.mark.timeout(180 * SLOW)

# The P95 of a dozen requests in five minutes is nearly their slowest one: four times as much of it would be found late, or not at all.
FEATURES = [Feature("chat", 20, "gpt-4o", 900_000), Feature("search", 14), Feature("summaries", 40, latency_us=2_000_000), Feature("batch", 8)]
AHEAD_US = 15 * MINUTE  # rows go on past now: a test that takes long must not see traffic end
# Feature, metric, and since how many minutes. All within the hour in which what is found is told.
PLANTED = {("chat", "cost"): 50, ("summaries", "latency"): 40, ("search", "errors"): 30, ("batch", "volume"): 30}


def history(now_us: int) -> list[Incident]:
    since = {feature: (now_us - minutes * MINUTE) // BUCKET * BUCKET for (feature, _), minutes in PLANTED.items()}
    end_us = now_us + AHEAD_US
    return [Incident("chat", since["chat"], end_us, cost=3), Incident("summaries", since["summaries"], end_us, latency=4),
            Incident("search", since["search"], end_us, errors=0.5), Incident("batch", since["batch"], end_us, requests=6),
            Incident("summaries", now_us - 3 * DAY, now_us - 3 * DAY + 40 * MINUTE, errors=0.6)]  # of three days ago: in the list, and told to nobody any more


def answer(exchange) -> None:
    body = json.loads(exchange.body())
    usage = {"prompt_tokens": 500, "completion_tokens": 100, "total_tokens": 600}
    exchange.reply(json.dumps({"id": "x", "object": "chat.completion", "model": body["model"], "choices": [], "usage": usage}).encode())


@pytest.fixture
def world(tmp_path):
    """A daemon over those rows, with a channel to a mail server that does not run yet; and how to start that."""
    authority = Authority(tmp_path / "ca")
    context, port, servers = server_context(*authority.leaf("server")), free_port(), []
    provider = Upstream().play(answer)
    env = {"LECTR_SMTP_URL": f"smtp://127.0.0.1:{port}", "LECTR_SMTP_FROM": "lectr@example.com", "LECTR_SMTP_USER": USER, "LECTR_SMTP_PASSWORD": "env:SMTP_PASSWORD",
           "LECTR_SMTP_STARTTLS": "required", "LECTR_ALERTS_CA_FILE": str(authority.certificate), "SMTP_PASSWORD": PASSWORD}

    def serve_mail() -> MailServer:
        servers.append(MailServer(context, port=port))
        return servers[-1]

    daemon = Daemon(tmp_path / "d", {"openai": provider.url}, env=env)
    daemon.command("migrate")
    now_us = int(time.time() * 1e6)
    fill(daemon.state / "lectr.db", FEATURES, now_us - 8 * DAY, now_us + AHEAD_US, history(now_us))
    with daemon:  # the days are rolled up before they are looked at, so the channel is there first
        Api(daemon.admin_port).declare({"alerts": [{"name": "ops", "type": "email", "to": ["ops@example.com"]},
                                                        {"name": "grave", "type": "email", "to": ["grave@example.com"], "min_severity": "high"}]})
        yield daemon, serve_mail
    for server in servers:
        server.stop()
    provider.stop()


def told_rows(api: Api) -> list[dict]:
    """One for each incident that was told."""
    told = {event["detail"]["anomaly"] for event in api.get("/control/events")["rows"] if event["kind"] == "anomaly"}
    return [row for row in api.get("/anomalies?limit=200")["rows"] if row["id"] in told]


def test_from_the_incidents_to_the_saving(world):
    daemon, serve_mail = world
    api = Api(daemon.admin_port)

    # The planted incidents, each with what was usual, what was seen, and how far that is off.
    def found() -> dict:
        return {(row["feature"], row["metric"]): row for row in api.get("/anomalies?status=open")["rows"]}
    assert eventually(lambda: PLANTED.keys() <= found().keys(), 120 * SLOW), (found().keys(), daemon.log_path.read_text()[-2000:])
    for which in PLANTED:
        row = found()[which]
        assert row["direction"] == "high" and row["low"] <= row["baseline"] <= row["high"] < row["observed"] and row["peak_sigma"] > 3, row
    old = [row for row in api.get("/anomalies?limit=200")["rows"] if (row["feature"], row["metric"]) == ("summaries", "errors")]
    assert len(old) == 1 and old[0]["closed_at"], old

    # The mail server is away at first. Then one mail for each incident, and none for what is old.
    assert eventually(lambda: any(row["attempts"] for row in api.get("/alerts")["rows"]), 15 * SLOW)
    mail = serve_mail()
    told = told_rows(api)
    incidents = {found()[which]["incident"] for which in PLANTED}  # what the org in sum shows first gives its name to one
    assert len(incidents) == len(PLANTED) and incidents <= {row["id"] for row in told} and old[0]["id"] not in {row["id"] for row in told}, told
    def mailed(to: str) -> list[str]:
        return sorted(one.message["subject"] for one in mail.mails if one.recipients == [f"{to}@example.com"])
    def each_once() -> bool:
        return mailed("ops") == sorted(f"[Lectr] {row['title']}" for row in told_rows(api))
    assert eventually(each_once, 30 * SLOW), ([one.message["subject"] for one in mail.mails], told_rows(api), api.get("/alerts")["rows"])

    # All open on little evidence. Who wants only grave ones hears of those that became so, once each.
    def grave() -> list[str]:
        return sorted(f"[Lectr] {row['title']}" for row in told_rows(api) if row["severity"] == "high")
    assert eventually(lambda: grave() and mailed("grave") == grave(), 15 * SLOW), (mailed("grave"), grave())

    # The test run: out of the list and out of the baseline.
    run = found()["batch", "volume"]
    api.do("POST", f"/anomalies/{run['id']}/dismiss", {"reason": "planned", "note": "load test"})
    assert ("batch", "volume") not in found()
    assert [row["reason"] for row in api.get("/anomalies?status=dismissed")["rows"] if row["id"] == run["id"]] == ["planned: load test"]

    # The cheaper model: drafted, replayed, in force, and what it saved.
    advice = next(row for row in api.get("/recommendations")["rows"] if row["feature"] == "chat")
    assert Decimal(advice["saving"]) > 0 and advice["confidence_reason"]
    draft = api.do("POST", f"/recommendations/{advice['id']}/draft", {"window": "24h"})
    assert Decimal(draft["replay"]["cost_after"]) < Decimal(draft["replay"]["cost_before"])
    api.do("PUT", "/control", {"base_version": draft["base_version"], "document": draft["document"], "recommendation": advice["id"]})
    assert eventually(lambda: api.get(f"/recommendations/{advice['id']}")["rule_in_force"], 5 * SLOW)
    request = json.dumps({"model": advice["model"], "messages": []}).encode()
    with Client(daemon.proxy_port) as client:
        for _ in range(3):
            assert client.ask(post(request, path="/v1/chat/completions", tag="chat")).status == 200
    def effect() -> dict:
        return api.get(f"/recommendations/{advice['id']}")["effect"]
    assert eventually(lambda: effect()["moved"] == 3, 10 * SLOW), effect()
    assert Decimal(effect()["saved"]) > 0

    assert eventually(each_once, 15 * SLOW), "nothing was told twice, and what was dismissed not again"
