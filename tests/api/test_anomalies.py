"""Nine days of rows in a store, of which the last forty minutes cost three times as much: found, explained, told once, dismissed."""
from __future__ import annotations

import datetime
import statistics
import time

import pytest

from support.api import Api
from support.daemon import SLOW, Daemon, eventually
from support.history import DAY, MINUTE, Feature, Incident, fill
from support.postgres import cluster

DAYS, LONG_US, ENDED_US = 9, 40 * MINUTE, 4 * MINUTE
FEATURES = [Feature("chat", 20, "gpt-4o", 900_000), Feature("search", 12, "gpt-4o-mini", 300_000)]


def stamp(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e6


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("anomalies")
    Daemon(folder / "d").command("migrate")  # not a start: one that ends at once may have learned from the empty store, and keeps what it learned
    ended_us = int(time.time() * 1e6) - ENDED_US
    spike = Incident("chat", ended_us - LONG_US, ended_us, cost=3)
    fill(folder / "d" / "state" / "lectr.db", FEATURES, ended_us - DAYS * DAY, ended_us, [spike])
    return folder / "d", spike.from_us


def found(api: Api) -> list[dict]:
    return [row for row in api.get("/anomalies")["rows"] if row["feature"] == "chat" and row["metric"] == "cost"]


def test_a_spike_is_found_explained_told_once_and_dismissed(filled):
    folder, begun_us = filled
    with Daemon(folder) as daemon:
        api = Api(daemon.admin_port)
        channels = [{"name": "nowhere", "type": "webhook", "url": "http://127.0.0.1:9/"}, {"name": "budgets", "type": "webhook", "url": "http://127.0.0.1:9/", "kinds": ["budget"]}]
        api.do("PUT", "/control", {"base_version": api.get("/control")["version"], "document": {"alerts": channels}})
        assert eventually(lambda: bool(found(api)), 120 * SLOW), daemon.log_path.read_text()[-2000:]
        eventually(lambda: api.get(f"/anomalies/{found(api)[0]['id']}")["chart"] is not None, 60 * SLOW)
        answer = api.get("/anomalies")
        assert answer["warm_up"] == {"active": True, "hours_left": 0, "begun": True}
        assert answer["counts"]["all"] <= 3, answer["rows"]  # it, the org in sum, and at most one lookalike
        [row] = found(api)
        assert row["direction"] == "high" and row["title"] == "Cost spike in chat" and row["unit"] == "usd_per_hour"
        assert row["peak_sigma"] > 3 and row["low"] < row["baseline"] < row["high"] < row["observed"]
        assert begun_us - 10 * MINUTE <= stamp(row["opened_at"]) <= begun_us + 15 * MINUTE
        whole = api.get(f"/anomalies/{row['id']}")
        chart = whole["chart"]
        assert len(chart["observed"]) == len(chart["usual"]) == len(chart["low"]) == len(chart["high"]) >= 288
        ratios = [seen / usual for seen, usual in zip(chart["observed"][-7:-2], chart["usual"][-7:-2])]  # usual for as many requests as there were
        assert 2.3 < statistics.median(ratios) < 3.9, ratios
        split = whole["contribution"]["split"]
        # The span begins before the spike and ends after it, which dilutes its five times as long prompts.
        assert split["input"] > 0.7 * whole["contribution"]["extra"], split
        assert split["input_tokens"]["now"] > 1.7 * split["input_tokens"]["usual"] and split["output_tokens"] == {"usual": 100, "now": 100}, split
        assert len(chart["sigma"]) == len(chart["observed"]) and statistics.median(chart["sigma"][-7:-2]) > 3
        hours = sum(seen - usual for seen, usual in zip(chart["observed"][-9:], chart["usual"][-9:])) / 12  # most of the forty minutes
        assert 0.6 * hours < chart["extra"] < 1.5 * hours, (chart["extra"], hours)
        told = [event for event in api.get("/control/events")["rows"] if event["kind"] == "anomaly"]
        incident_of = {row["id"]: row["incident"] for row in answer["rows"]}
        incidents = [incident_of[event["detail"]["anomaly"]] for event in told]  # a lookalike of days ago is told to nobody
        assert len(set(incidents)) == len(incidents) and row["incident"] in incidents, (told, answer["rows"])
        assert any(event["detail"]["title"] == "Cost spike in chat" for event in told)
        [first] = [event for event in told if event["detail"]["anomaly"] == row["incident"]]
        assert whole["alerted"] == {"at": first["at"], "anomaly": row["incident"], "channels": whole["alerted"]["channels"]}
        assert [(one["channel"], one["state"]) for one in whole["alerted"]["channels"]] == [("nowhere", "pending")], "tried again for three hours"

        assert api.ask("POST", f"/anomalies/{row['id']}/dismiss", {"reason": "because"}).status == 400
        dismissed = api.ask("POST", f"/anomalies/{row['id']}/dismiss", {"reason": "planned", "note": "archive"}).json
        assert dismissed["reason"] == "planned: archive" and dismissed["dismissed_at"]
        assert row["id"] in [one["id"] for one in api.get("/anomalies?status=dismissed")["rows"]]
        assert row["id"] not in [one["id"] for one in api.get("/anomalies?status=open")["rows"]]
        assert api.ask("POST", f"/anomalies/{row['id']}/reopen").json["dismissed_at"] is None
        assert api.ask("GET", "/anomalies/999999").status == 404


def test_a_restart_finds_and_tells_nothing_twice(filled):
    """What the minutes that have gone by since brought (the silence after the last row is an anomaly of its own) may come on top."""
    def what(row: dict) -> tuple:
        return row["feature"], row["metric"], row["direction"]

    folder, _ = filled
    with Daemon(folder) as daemon:
        api = Api(daemon.admin_port)
        before, told = api.get("/anomalies")["rows"], api.get("/control/events")["rows"]
        assert before and told
        time.sleep(25)  # a look at least
        after = {row["id"]: what(row) for row in api.get("/anomalies")["rows"]}
        assert {row["id"]: what(row) for row in before}.items() <= after.items()
        assert len(set(after.values())) == len(after), after
        again = api.get("/control/events")["rows"]  # the newest first
        def whom(events: list[dict]) -> list[tuple]:  # what it was like may be told better by now: it may have become graver
            return [(event["id"], event["at"], event["name"]) for event in events]
        assert whom(again[-len(told):]) == whom(told)
        known = {row["id"] for row in before}
        assert not [event for event in again[:-len(told)] if event["kind"] == "anomaly" and event["detail"]["anomaly"] in known], again


def test_before_there_are_two_days_it_says_how_long(tmp_path):
    with Daemon(tmp_path / "d") as daemon:
        answer = Api(daemon.admin_port).get("/anomalies")
        assert answer["rows"] == [] and answer["warm_up"] == {"active": False, "hours_left": 48, "begun": False}


@pytest.mark.servers
def test_a_store_that_is_away_between_looks_loses_and_repeats_nothing(tmp_path):
    """Every call that may fail is made to fail in tests/unit/app/anomaly_watch_test.cpp; this is the real thing once."""
    ahead_us = int(time.time() * 1e6) + 15 * MINUTE  # traffic goes on while the test looks
    spike = Incident("chat", ahead_us - 55 * MINUTE, ahead_us, cost=3)
    with cluster() as postgres:
        daemon = Daemon(tmp_path / "d", env={"LECTR_DATABASE_URL": postgres.url})
        daemon.command("migrate")
        fill(postgres.url, FEATURES[:1], ahead_us - 3 * DAY, ahead_us, [spike])
        with daemon:
            api = Api(daemon.admin_port)
            postgres.stop()  # before the first look has seen the rows rolled up
            assert daemon.wait_line("store: postgres (connection failed|client failed|SQLSTATE)", 30 * SLOW)
            postgres.start()
            assert eventually(lambda: api.ask("GET", "/anomalies").status == 200 and bool(found(api)), 120 * SLOW), daemon.log_path.read_text()[-2000:]
            def told() -> list[int]:
                return sorted(event["detail"]["anomaly"] for event in api.get("/control/events")["rows"] if event["kind"] == "anomaly")
            before = told()
            assert found(api)[0]["incident"] in before and len(found(api)) == 1
            postgres.stop()
            postgres.start()
            assert eventually(lambda: api.ask("GET", "/anomalies").status == 200, 30 * SLOW)
            assert len(found(api)) == 1 and len(set(told())) == len(told()) and set(before) <= set(told())
