"""Nine days of rows in a store, of which the last forty minutes cost three times as much: found, explained, told once, dismissed."""
from __future__ import annotations

import datetime
import random
import sqlite3
import statistics
import time

import pytest

from support.api import Api
from support.daemon import SLOW, Daemon, eventually

MINUTE = 60_000_000
DAYS, LONG_US, ENDED_US = 9, 40 * MINUTE, 4 * MINUTE
FEATURES = {"chat": (20, "gpt-4o", 900_000), "search": (12, "gpt-4o-mini", 300_000)}  # requests in five minutes, model, usual latency


def uuid7(at_us: int, dice: random.Random) -> bytes:
    low = dice.getrandbits(80)
    return (at_us // 1000).to_bytes(6, "big") + bytes([0x70 | low >> 76 & 15]) + (low >> 68 & 255).to_bytes(1, "big") + bytes([0x80 | low >> 62 & 63]) + (low & (1 << 56) - 1).to_bytes(7, "big")


def fill(path, now_us: int) -> int:
    """Rows as the daemon writes them; when the spike began."""
    dice, begun_us = random.Random(5), now_us - ENDED_US - LONG_US
    with sqlite3.connect(path) as db:
        columns = {name: (kind, needed) for _, name, kind, needed, _, _ in db.execute("PRAGMA table_info(events)") if name != "seq"}
        usual = {name: {"INTEGER": 0, "TEXT": "", "BLOB": b""}[kind] if needed else None for name, (kind, needed) in columns.items()}
        rows = []
        for bucket_us in range((now_us - DAYS * 86_400_000_000) // (5 * MINUTE) * 5 * MINUTE, now_us - ENDED_US, 5 * MINUTE):
            for feature, (count, model, latency) in FEATURES.items():
                for _ in range(max(0, round(dice.gauss(count, count ** 0.5)))):
                    at = bucket_us + dice.randrange(5 * MINUTE)
                    cost = dice.uniform(0.5, 1.5) * 2e12 * (3 if feature == "chat" and at >= begun_us else 1)
                    rows.append(tuple((usual | {
                        "id": uuid7(at, dice), "completed_at_us": at, "org_id": 1, "key_id": 1, "provider": "openai", "endpoint": "/v1/chat/completions",
                        "method": "POST", "model_requested": model, "model_actual": model + "-2024-08-06", "feature": feature, "status": 200, "attempts": 1,
                        "latency_us": int(latency * dice.lognormvariate(0, 0.4)), "token_source": 1, "tokens_input": 500, "tokens_output": 100,
                        "cost": int(cost), "cost_source": 1}).values()))
        rows = [row for row in rows if row[list(usual).index("completed_at_us")] < now_us - ENDED_US]
        db.executemany(f"INSERT INTO events ({', '.join(usual)}) VALUES ({', '.join('?' * len(usual))})", rows)
    db.close()
    return begun_us


def stamp(text: str) -> float:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1e6


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("anomalies")
    with Daemon(folder / "d"):
        pass
    return folder / "d", fill(folder / "d" / "state" / "lectr.db", int(time.time() * 1e6))


def found(api: Api) -> list[dict]:
    return [row for row in api.get("/anomalies")["rows"] if row["feature"] == "chat" and row["metric"] == "cost"]


def test_a_spike_is_found_explained_told_once_and_dismissed(filled):
    folder, begun_us = filled
    with Daemon(folder) as daemon:
        api = Api(daemon.admin_port)
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
        assert whole["contribution"]["split"]["price"] > 0.7 * whole["contribution"]["extra"]
        told = [event for event in api.get("/control/events")["rows"] if event["kind"] == "anomaly"]
        assert len(told) == len({row["incident"] for row in answer["rows"]}) and any(event["detail"]["title"] == "Cost spike in chat" for event in told)

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
        assert again[-len(told):] == told
        known = {row["id"] for row in before}
        assert not [event for event in again[:-len(told)] if event["kind"] == "anomaly" and event["detail"]["anomaly"] in known], again


def test_before_there_are_two_days_it_says_how_long(tmp_path):
    with Daemon(tmp_path / "d") as daemon:
        answer = Api(daemon.admin_port).get("/anomalies")
        assert answer["rows"] == [] and answer["warm_up"] == {"active": False, "hours_left": 48, "begun": False}
