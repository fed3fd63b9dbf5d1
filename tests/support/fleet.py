"""Several instances over one Postgres, with openai and groq as scripted providers; and clients that keep asking them."""
from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.api import Api
from support.client import Client, head
from support.daemon import ORG_KEY, SLOW, Daemon, eventually
from support.postgres import Cluster, cluster
from support.rules import CHAT, ok
from support.upstream import Upstream


class Fleet:
    def __init__(self, daemons: list[Daemon], openai: Upstream, groq: Upstream, postgres: Cluster):
        self.daemons, self.openai, self.groq, self.postgres = daemons, openai, groq, postgres
        self.apis = [Api(daemon.admin_port) for daemon in daemons]

    def control(self, document: dict, through: int = 0, wait: bool = True) -> int:
        """The version; in force on every instance when it returns, unless it is not to `wait`."""
        api = self.apis[through]
        version = api.declare(document)
        def in_force() -> bool:
            rows = api.get("/instances")["rows"]
            return sum(row["version"] >= version for row in rows) == len(self.daemons)  # who was killed is a row for a while yet
        if wait:
            assert eventually(in_force, 10 * SLOW)
        return version


@contextlib.contextmanager
def fleet(count: int, folder: Path, env: dict[str, str] | None = None) -> Iterator[Fleet]:
    openai, groq = Upstream().play(ok), Upstream().play(ok)
    with cluster() as postgres:
        daemons: list[Daemon] = []
        try:
            for n in range(count):
                daemons.append(Daemon(folder / f"instance{n}", {"openai": openai.url, "groq": groq.url + "/openai"},
                                      env={"LECTR_DATABASE_URL": postgres.url, "GROQ_API_KEY": "gsk_of_the_org"} | (env or {})).start())
            made = Fleet(daemons, openai, groq, postgres)
            made.apis[0].do("PUT", "/settings/credentials/groq", {"reference": "env:GROQ_API_KEY"}, 204)
            yield made
        finally:
            for daemon in daemons:
                daemon.stop()
            openai.stop(), groq.stop()


def chat(body: bytes = b'{"model":"gpt-4o-mini"}', *more: str) -> bytes:
    return head(f"POST {CHAT} HTTP/1.1", f"X-Lectr-Key: {ORG_KEY}", "Content-Type: application/json", "Authorization: Bearer sk-client",
                f"Content-Length: {len(body)}", *more, auth=False) + body


@dataclass
class Load:
    """What clients saw: when each request began, when it ended, and its answer or the exception."""
    seen: list[tuple[float, float, object]] = field(default_factory=list)

    def failures(self) -> list[object]:
        return [answer for _, _, answer in self.seen if getattr(answer, "status", 0) != 200]


@contextlib.contextmanager
def load(daemons: list[Daemon], request: Callable[[], bytes] | bytes = chat(), clients: int = 2, pause: float = 0.004) -> Iterator[Load]:
    """`clients` for each of the daemons ask without end, on kept connections, until the block ends."""
    made, over = Load(), threading.Event()

    def client(daemon: Daemon) -> None:
        with Client(daemon.proxy_port, timeout=30 * SLOW) as connection:
            while not over.is_set():
                began = time.monotonic()
                try:
                    answer: object = connection.ask(request() if callable(request) else request)
                except Exception as failed:  # noqa: BLE001: whatever a client sees is what is looked at
                    made.seen.append((began, time.monotonic(), failed))
                    return
                made.seen.append((began, time.monotonic(), answer))
                time.sleep(pause * SLOW)

    threads = [threading.Thread(target=client, args=(daemon,)) for daemon in daemons for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        over.set()
        for thread in threads:
            thread.join()
