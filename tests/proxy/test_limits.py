"""Limits of requests, tokens and streams through the real daemon, and what the official SDKs make of a 429."""
from __future__ import annotations

import json
import re
import threading
import time

import openai
import pytest

from support.api import Api
from support.client import ORG_KEY, PROVIDER_KEY, Client, error_of, head, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.upstream import Exchange, Upstream

pytestmark = pytest.mark.timeout(60 * SLOW)

CHAT = "/v1/chat/completions"
ANSWER = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [{"index": 0, "finish_reason": "stop",
          "message": {"role": "assistant", "content": "ok"}}], "usage": {"prompt_tokens": 20, "completion_tokens": 30, "total_tokens": 50}}


def answer(exchange: Exchange) -> None:
    exchange.body()
    exchange.reply(json.dumps(ANSWER).encode())


@pytest.fixture(scope="module")
def provider():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def own(tmp_path_factory, provider):
    with Daemon(tmp_path_factory.mktemp("limits") / "d", {"openai": provider.url}) as made:
        yield made


@pytest.fixture
def control(own, provider):
    """Puts limits or budgets in force, for this test only."""
    provider.play(answer)
    api = Api(own.admin_port)
    def put(**document) -> None:
        version = api.get("/control")["version"]
        api.do("PUT", "/control", {"base_version": version, "document": document})
        time.sleep(0.1)  # the answer says that it is published; each worker takes it up at its next turn
    yield put
    put()


def body(**more) -> bytes:
    return json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 40} | more).encode()


def ask(own: Daemon, data: bytes | None = None, tag: str = "", *headers: str):
    with Client(own.proxy_port) as client:
        return client.ask(post(data or body(), *headers, path=CHAT, tag=tag or new_tag()))


def test_requests_per_minute(own, control, provider):
    tag = new_tag()
    control(limits=[{"name": "feature rpm", "kind": "requests", "limit": 3, "feature": tag}])
    assert [ask(own, tag=tag).status for _ in range(3)] == [200] * 3
    got = ask(own, tag=tag)
    assert got.status == 429 and error_of(got)["code"] == "rate_limit_exceeded" and "feature rpm" in error_of(got)["message"]
    wait = int(got.one("retry-after-ms"))
    assert 55_000 < wait <= 60_000 and int(got.one("retry-after")) == -(-wait // 1000)
    assert (got.one("x-ratelimit-limit-requests"), got.one("x-ratelimit-remaining-requests")) == ("3", "0")
    assert re.fullmatch(r"5\d\.\d{3}s|60\.000s", got.one("x-ratelimit-reset-requests"))
    assert got.one("x-should-retry") is None
    assert len([r for r in provider.requests if tag.encode() not in r.head]) == len(provider.requests), "our headers stay here"
    assert ask(own).status == 200, "another feature is not meant"
    row = own.row(tag, count=4)
    assert (row["status"], row["error_code"], row["error_category"], row["error_source"]) == (429, "rate_limit_exceeded", "rate", "proxy")
    assert row["attempts"] == 0


def test_a_refusal_comes_before_the_body_is_read(own, control):
    tag = new_tag()
    control(limits=[{"name": "rpm", "kind": "requests", "limit": 1, "feature": tag}])
    assert ask(own, tag=tag).status == 200
    with Client(own.proxy_port) as client:
        got = client.ask(head(f"POST {CHAT} HTTP/1.1", "Content-Length: 5000000", "Content-Type: application/json", tag=tag))
        assert got.status == 429, "only the head was sent"
    with Client(own.proxy_port) as client:
        got = client.ask(head(f"POST {CHAT} HTTP/1.1", "Content-Length: 50", "Expect: 100-continue", tag=tag))
        assert got.status == 429, "no 100 Continue for a body that nobody wants"


def test_each_key_and_each_model_has_its_own_count(own, control):
    control(limits=[{"name": "each", "kind": "requests", "limit": 2, "key": "*", "model": "*"}])
    tag = new_tag()
    assert [ask(own, tag=tag).status for _ in range(3)] == [200, 200, 429]
    assert [ask(own, body(model="gpt-4o"), tag=tag).status for _ in range(3)] == [200, 200, 429]
    key = re.search(r"lc_key_\w+", own.command("key", "create", "second"))[0]
    with_other = lambda: _with_key(own, key)  # noqa: E731
    assert eventually(lambda: with_other() == 200, 5 * SLOW)


def _with_key(own: Daemon, key: str) -> int:
    data = body()
    with Client(own.proxy_port) as client:
        return client.ask(head(f"POST {CHAT} HTTP/1.1", f"X-Lectr-Key: {key}", f"Authorization: Bearer {PROVIDER_KEY}", f"Content-Length: {len(data)}",
                               "Content-Type: application/json", auth=False) + data).status


def test_tokens_are_debited_by_estimate_and_corrected_by_usage(own, control):
    tag = new_tag()
    control(limits=[{"name": "tpm", "kind": "tokens", "limit": 400, "feature": tag}])
    statuses = [ask(own, tag=tag).status for _ in range(10)]
    assert statuses[:7] == [200] * 7 and statuses[-1] == 429, "50 tokens each, as the provider said: seven fit, and an eighth if it is expected to be short"
    got = ask(own, tag=tag)
    assert error_of(got)["code"] == "token_limit_exceeded"
    assert got.one("x-ratelimit-limit-tokens") == "400" and int(got.one("x-ratelimit-remaining-tokens")) < 60
    assert int(got.one("retry-after-ms")) <= 60_000


def test_streams_at_once(own, control, provider):
    tag, release = new_tag(), threading.Event()
    control(limits=[{"name": "streams", "kind": "streams", "limit": 2, "feature": tag}])
    def stream(exchange: Exchange) -> None:
        exchange.body()
        exchange.start_stream()
        exchange.chunk(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
        release.wait(20)
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    provider.play(lambda x: stream(x) if b'"stream": true' in x.body() else answer(x))
    data = body(stream=True)
    open_ones = [Client(own.proxy_port).send(post(data, path=CHAT, tag=tag)) for _ in range(2)]
    assert provider.wait(lambda p: len(p.requests) == 2)
    got = ask(own, data, tag=tag)
    assert got.status == 429 and error_of(got)["code"] == "concurrent_streams_exceeded" and got.one("retry-after-ms") == "1000"
    assert ask(own, tag=tag).status == 200, "what is no stream takes no slot"
    open_ones[0].close()  # a client that leaves gives its slot back
    third = Client(own.proxy_port)
    assert eventually(lambda: _begins(third, data, tag, own), 5 * SLOW)
    release.set()
    assert open_ones[1].response().status == 200
    assert eventually(lambda: ask(own, data, tag=tag).status == 200, 5 * SLOW), "and one that ends"
    for client in (*open_ones, third):
        client.close()


def _begins(client: Client, data: bytes, tag: str, own: Daemon) -> bool:
    """Whether a stream is let in: it stays open, a refusal comes at once."""
    client.close()
    fresh = Client(own.proxy_port, timeout=0.5)
    client.sock, client.stream = fresh.sock, fresh.stream
    client.send(post(data, path=CHAT, tag=tag))
    try:
        return client.response().status == 200
    except Exception:  # it has begun and is not over
        return True


def test_shadow_counts_and_refuses_nothing(own, control):
    tag = new_tag()
    control(limits=[{"name": "shadow", "kind": "requests", "limit": 1, "feature": tag, "shadow": True}])
    assert [ask(own, tag=tag).status for _ in range(4)] == [200] * 4
    newest = own.row(tag, 4)
    assert sorted(row["why"] or "" for row in own.rows(tag)) == [""] + ["L:shadow"] * 3
    assert Api(own.admin_port).get(f"/requests/{newest['id']}")["route"]["holds"] == [{"kind": "limit", "name": "shadow", "outcome": "would_refuse"}]


def test_a_higher_limit_holds_at_once_and_the_count_goes_on(own, control):
    tag = new_tag()
    control(limits=[{"name": "l", "kind": "requests", "limit": 1, "feature": tag}])
    assert [ask(own, tag=tag).status for _ in range(2)] == [200, 429]
    control(limits=[{"name": "l", "kind": "requests", "limit": 3, "feature": tag}])
    assert [ask(own, tag=tag).status for _ in range(3)] == [200, 200, 429]


def test_many_clients_at_once_get_exactly_the_limit(own, control):
    tag = new_tag()
    control(limits=[{"name": "l", "kind": "requests", "limit": 50, "feature": tag}])
    statuses: list[int] = []
    def work() -> None:
        with Client(own.proxy_port) as client:
            for _ in range(20):
                got = client.ask(post(body(), path=CHAT, tag=tag))
                statuses.append(got.status)
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (statuses.count(200), statuses.count(429)) == (50, 110)


@pytest.mark.sdk
def test_the_sdks_own_back_off_waits_as_long_as_we_say(own, control, provider):
    tag, release = new_tag(), threading.Event()
    control(limits=[{"name": "one stream", "kind": "streams", "limit": 1, "feature": tag}])
    def stream(exchange: Exchange) -> None:
        exchange.body()
        exchange.start_stream()
        exchange.chunk(b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
        release.wait(20)
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    provider.play(stream)
    first = Client(own.proxy_port).send(post(body(stream=True), path=CHAT, tag=tag))
    assert provider.wait(lambda p: len(p.requests) == 1)
    def leave_once_refused(answer) -> None:
        if answer.status_code == 429:
            release.set()
    began = time.monotonic()
    http = openai.DefaultHttpxClient(event_hooks={"response": [leave_once_refused]})
    with openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{own.proxy_port}/v1", http_client=http,
                       default_headers={"X-Lectr-Key": ORG_KEY, "X-Lectr-Feature": tag}, max_retries=2) as ai:
        chunks = list(ai.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "x"}], stream=True))
    took = time.monotonic() - began
    assert len(chunks) == 1 and took >= 1.0, "it was refused, waited for retry-after-ms, and then went"
    assert took < 5 * SLOW
    first.close()
    statuses = sorted(row["status"] for row in own.rows(tag)) if eventually(lambda: len(own.rows(tag)) == 3, 5 * SLOW) else []
    assert statuses == [200, 200, 429]


def test_the_api_tells_what_is_used(own, control):
    tag = new_tag()
    control(limits=[{"name": "rpm", "kind": "requests", "limit": 2, "feature": tag}, {"name": "off", "kind": "tokens", "limit": 5, "enabled": False}],
            budgets=[{"name": "b", "feature": tag, "period": "day", "cap": "1"}])
    assert [ask(own, tag=tag).status for _ in range(3)] == [200, 200, 429]
    state = Api(own.admin_port).get("/limits")
    assert state["mode"] == "local"
    assert state["limits"] == [{"name": "rpm", "kind": "requests", "limit": 2, "shadow": False, "enabled": True,
                                "scopes": [{"scope": "", "used": 2, "rest": 0, "refused_1h": 1, "would_refuse_1h": 0}]},
                               {"name": "off", "kind": "tokens", "limit": 5, "shadow": False, "enabled": False, "scopes": []}]
    (budget,) = state["budgets"]
    assert budget["spent"] == "0.000042" and budget["held"] == "0" and budget["state"] == "ok" and budget["cap"] == "1"
    assert budget["from"] < budget["to"]
