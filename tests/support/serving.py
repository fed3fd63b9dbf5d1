"""A daemon of a test's own over SQLite or over a private Postgres."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daemon import Daemon
from support.postgres import cluster
from support.upstream import Upstream

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.servers)]


@contextlib.contextmanager
def serving(store: str, folder: Path, provider: Upstream) -> Iterator[Daemon]:
    urls = {name: provider.url for name in ("openai", "anthropic")}
    if store == "sqlite":
        with Daemon(folder / "d", urls) as made:
            yield made
        return
    with cluster() as postgres, Daemon(folder / "d", urls, env={"LECTR_DATABASE_URL": postgres.url}) as made:
        yield made
