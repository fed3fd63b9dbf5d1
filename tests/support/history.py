"""Rows of days gone by, put into a store as the daemon writes them: what features do of a day, and what went wrong with them."""
from __future__ import annotations

import math
import random
import sqlite3
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MINUTE = 60_000_000
BUCKET = 5 * MINUTE
DAY = 86_400_000_000
INPUT_COST, OUTPUT_COST = 2_500_000_000, 10_000_000_000  # gpt-4o, 1e-15 dollars a token


@dataclass(frozen=True)
class Feature:
    name: str
    requests: float  # in five minutes, at noon; a third less at midnight
    model: str = "gpt-4o-mini"
    latency_us: int = 500_000
    cost: float = 2e12  # 1e-15 dollars, usually half of it to one and a half; prompts are as long as gpt-4o has for that


@dataclass(frozen=True)
class Incident:
    """What a feature does in [from_us, to_us) as a factor of the usual; `errors` is a share of requests."""
    feature: str
    from_us: int
    to_us: int
    requests: float = 1
    cost: float = 1
    latency: float = 1
    errors: float = 0


def _uuid7(at_us: int, dice: random.Random) -> bytes:
    low = dice.getrandbits(80)
    return (at_us // 1000).to_bytes(6, "big") + bytes([0x70 | low >> 76 & 15]) + (low >> 68 & 255).to_bytes(1, "big") + bytes([0x80 | low >> 62 & 63]) + (low & (1 << 56) - 1).to_bytes(7, "big")


def _poisson(dice: random.Random, mean: float) -> int:
    """A rounded normal would be nought once in some thousand times, which at this size is an outage."""
    count, left = 0, math.exp(-mean) / (1 - dice.random())
    while left < 1:
        left /= 1 - dice.random()
        count += 1
    return count


def _psql(url: str, command: str, text: str = "") -> str:
    done = subprocess.run(["psql", url, "-v", "ON_ERROR_STOP=1", "-qAtc", command], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


def _columns(store: Path | str) -> dict[str, object]:
    """Names, in order, and what is in them unless a row says otherwise."""
    if isinstance(store, str):
        asked = _psql(store, "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'events' ORDER BY ordinal_position")
        found = [line.split("|") for line in asked.splitlines()]
        return {name: None if nullable == "YES" else "" if kind in ("text", "uuid") else 0 for name, kind, nullable in found if name != "seq"}
    with sqlite3.connect(store) as db:
        found = db.execute("PRAGMA table_info(events)").fetchall()
    db.close()
    return {name: {"INTEGER": 0, "TEXT": "", "BLOB": b""}[kind] if needed else None for _, name, kind, needed, _, _ in found if name != "seq"}


def _insert(store: Path | str, columns: list[str], rows: list[list]) -> None:
    if isinstance(store, str):
        lines = ("\t".join("\\N" if value is None else value.hex() if isinstance(value, bytes) else str(value) for value in row) for row in rows)
        _psql(store, f"COPY events ({', '.join(columns)}) FROM STDIN", "\n".join(lines) + "\n")
        return
    with sqlite3.connect(store) as db:
        db.executemany(f"INSERT INTO events ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    db.close()


def fill(store: Path | str, features: Iterable[Feature], from_us: int, to_us: int, incidents: Iterable[Incident] = (), seed: int = 5) -> int:
    """Into a SQLite file or a Postgres by its URL; how many rows. `to_us` may lie ahead, so that traffic goes on while a test looks."""
    dice = random.Random(seed)
    incidents = tuple(incidents)
    usual = _columns(store) | {"org_id": 1, "key_id": 1, "provider": "openai", "endpoint": "/v1/chat/completions", "method": "POST", "status": 200, "attempts": 1,
                               "token_source": 1, "tokens_output": 100, "cost_source": 1}
    in_dollars = 1e-15 if isinstance(store, str) else 1
    names, plain, rows = list(usual), list(usual.values()), []
    at_of = {name: place for place, name in enumerate(names)}
    for bucket_us in range(from_us // BUCKET * BUCKET, to_us, BUCKET):
        busy = 1 - (1 - math.cos(2 * math.pi * (bucket_us % DAY / DAY - 0.5))) / 6
        for feature in features:
            wrong = next((one for one in incidents if one.feature == feature.name and one.from_us <= bucket_us < one.to_us), Incident(feature.name, 0, 0))
            mean = feature.requests * busy * wrong.requests
            for _ in range(_poisson(dice, mean)):
                at = bucket_us + dice.randrange(BUCKET)
                if not from_us <= at < to_us:
                    continue
                cost = int(feature.cost * wrong.cost * dice.uniform(0.5, 1.5))
                own = {"id": _uuid7(at, dice), "completed_at_us": at, "feature": feature.name, "model_requested": feature.model,
                       "model_actual": feature.model + "-2024-08-06", "latency_us": int(feature.latency_us * wrong.latency * dice.lognormvariate(0, 0.4)),
                       "tokens_input": max(0, int(cost - 100 * OUTPUT_COST) // INPUT_COST), "cost": cost if in_dollars == 1 else f"{cost * in_dollars:.15f}"}
                if dice.random() < 0.01 + wrong.errors:
                    own |= {"status": 503, "error_source": 2, "error_category": 2}
                row = plain.copy()
                for name, value in own.items():
                    row[at_of[name]] = value
                rows.append(row)
    _insert(store, names, rows)
    return len(rows)
