"""The real daemon over SQLite and over a private Postgres, with some traffic in it."""
from __future__ import annotations

import json

import pytest

from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import SLOW, eventually
from support.serving import STORES, serving
from support.upstream import Exchange, Upstream

USAGE = {"model": "gpt-4o-mini-2024-07-18", "choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}}


def answer(exchange: Exchange) -> None:
    """A provider that reports its usage, or fails when it is asked to."""
    exchange.body()
    if exchange.request.one("x-test-fail"):
        exchange.reply(b'{"error":{"message":"no","type":"server_error"}}', "500 Internal Server Error")
    else:
        exchange.reply(json.dumps(USAGE).encode())


@pytest.fixture(scope="session")
def provider():
    made = Upstream()
    made.play(answer)
    yield made
    made.stop()


@pytest.fixture(scope="session", params=STORES)
def own(request, tmp_path_factory, provider):
    with serving(request.param, tmp_path_factory.mktemp(request.param), provider) as made:
        yield made


@pytest.fixture
def api(own) -> Api:
    return Api(own.admin_port)


@pytest.fixture
def ask(own, provider):
    """Sends one request through the gateway; the status."""
    def send(tag: str, *headers: str, model: str = "gpt-4o-mini") -> int:
        provider.play(answer)
        with Client(own.proxy_port) as client:
            return client.ask(post(json.dumps({"model": model, "messages": []}).encode(), *headers, path="/v1/chat/completions", tag=tag)).status
    return send


@pytest.fixture
def rows_in(api):
    """Waits until a tag has so many rows."""
    def wait(tag: str, count: int) -> list[dict]:
        found: list[dict] = []

        def enough() -> bool:
            found[:] = api.get(f"/requests?feature={tag}&limit=200")["rows"]
            return len(found) >= count
        assert eventually(enough, 10 * SLOW), (tag, len(found), count)
        return found
    return wait
