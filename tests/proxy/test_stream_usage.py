"""exact_stream_usage: the provider is asked for a stream's usage where the client did not ask, and the client sees the stream it asked for."""
from __future__ import annotations

import gzip
import json
import threading
import time

import openai
import pytest

from support.client import ORG_KEY, PROVIDER_KEY, Client, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.api import Api
from support.http1 import Broken
from support.mock import Mock
from support.rules import CHAT, World

SSE = "text/event-stream"
ASKED = b'"stream_options":{"include_usage":true},'
BODY = b'{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"say \\"usage\\""}]}'
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


def event(document: dict) -> bytes:
    return b"data: " + json.dumps(document, separators=(",", ":")).encode() + b"\n\n"


def events(asked: bool) -> list[bytes]:
    """As OpenAI writes them: every chunk has `usage` once it was asked for, and one chunk more holds it."""
    null = {"usage": None} if asked else {}
    texts = ['Hello', ' "usage":null', ' \u00e9\n\n']
    out = [event({"id": "c", "object": "chat.completion.chunk", "model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {"content": text}}], **null,
                  "obfuscation": "xyz"}) for text in texts]
    out.append(event({"id": "c", "model": "gpt-4o-mini", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **null}))
    if asked:
        out.append(event({"id": "c", "model": "gpt-4o-mini", "choices": [], "usage": USAGE}))
    return [*out, b"data: [DONE]\n\n"]


PLAIN = b"".join(events(False))


def asked_for(exchange) -> bool:
    return bool((json.loads(exchange.body()).get("stream_options") or {}).get("include_usage"))


def stream(exchange) -> None:
    asked = asked_for(exchange)
    exchange.start_stream(SSE)
    for one in events(asked):
        exchange.chunk(one)
    exchange.send(b"0\r\n\r\n")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("usage"))
    yield made
    made.stop()


@pytest.fixture
def world(shared):
    shared.control({"exact_stream_usage": True})
    for upstream in (shared.openai, shared.groq, shared.mistral):
        upstream.play(stream)
    return shared


def check_exact(world, tag: str) -> dict:
    row = world.daemon.row(tag)
    assert (row["token_source"], row["tokens_input"], row["tokens_output"], row["verdict"]) == ("provider", 11, 7, "complete"), row
    return row


def test_the_provider_is_asked_and_the_client_sees_what_it_asked_for(world):
    tag = new_tag()
    answer = world.ask(BODY, "Accept-Encoding: gzip, br", "X-Custom:  kept", tag=tag)
    assert (answer.status, answer.body) == (200, PLAIN)
    got, = world.openai.requests
    assert got.body == BODY.replace(b"{", b"{" + ASKED, 1)
    assert got.one("content-length") == str(len(got.body)) and got.all("accept-encoding") == [b"identity"] and b"X-Custom:  kept\r\n" in got.head
    row = check_exact(world, tag)
    assert row["notes"] == ["usage_asked"] and row["bytes_in"] == len(BODY), row


@pytest.mark.parametrize("options,wanted", [("null", '{"include_usage":true}'), ("{}", '{"include_usage":true}'),
                                            ('{"include_usage": false}', '{"include_usage": true}'),
                                            ('{"include_obfuscation":false}', '{"include_usage":true,"include_obfuscation":false}')])
def test_options_of_the_client_stay(options, wanted, world):
    tag = new_tag()
    body = BODY.replace(b'"stream":true', b'"stream":true,"stream_options" : ' + options.encode())
    assert world.ask(body, tag=tag).body == PLAIN
    assert world.openai.requests[0].body == body.replace(options.encode(), wanted.encode())
    check_exact(world, tag)


def test_who_asks_itself_gets_every_byte(world):
    body = BODY.replace(b'"stream":true', b'"stream":true,"stream_options":{"include_usage":true}')
    tag = new_tag()
    answer = world.ask(body, "Accept-Encoding: gzip", tag=tag)
    assert answer.chunks == events(True) and world.openai.requests[0].body == body
    assert world.openai.requests[0].all("accept-encoding") == [b"gzip"]
    assert check_exact(world, tag)["notes"] == []


@pytest.mark.parametrize("body,path,more", [
    (BODY.replace(b'"stream":true', b'"stream":false'), CHAT, ()), (BODY, "/v1/responses", ()), (b'{"model":"gpt-4o-mini","input":"x"}', "/v1/embeddings", ()),
    (BODY, CHAT, ("X-Lectr-Provider: groq",)), (BODY, CHAT, ("X-Lectr-Provider: mistral",)), (gzip.compress(BODY), CHAT, ("Content-Encoding: gzip",)),
    (BODY.replace(b'"stream":true', b'"stream":true,"stream_options":"odd"'), CHAT, ())],
    ids=["no_stream", "responses", "embeddings", "groq_tells_anyway", "mistral_tells_anyway", "coded", "no_object"])
def test_what_is_not_to_be_asked_passes_as_it_is(body, path, more, world):
    def take(exchange) -> None:
        exchange.body()
        exchange.reply(b'{"model":"m","choices":[]}')
    for upstream in (world.openai, world.groq, world.mistral):
        upstream.play(take)
    assert world.ask(body, *more, path=path).status == 200
    got, = [r for upstream in (world.openai, world.groq, world.mistral) for r in upstream.requests]
    assert got.body == body and not got.all("accept-encoding")


def test_a_chunked_request_goes_by_its_length(world):
    tag = new_tag()
    assert world.ask(b"", chunks=(BODY[:20], BODY[20:]), tag=tag).body == PLAIN
    got, = world.openai.requests
    assert got.body == BODY.replace(b"{", b"{" + ASKED, 1) and not got.all("transfer-encoding")
    check_exact(world, tag)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_however_the_provider_cuts_its_stream(size, world):
    def in_pieces(exchange) -> None:
        whole = b"".join(events(asked_for(exchange)))
        exchange.start_stream(SSE)
        exchange.send(b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (whole[i:i + size] for i in range(0, len(whole), size))) + b"0\r\n\r\n")
    world.openai.play(in_pieces)
    tag = new_tag()
    with Client(world.daemon.proxy_port) as client:
        assert world.ask(BODY, tag=tag, client=client).body == PLAIN
        assert world.ask(BODY, client=client).body == PLAIN  # the connection goes on
    check_exact(world, tag)


def test_chunks_arrive_when_they_are_sent(world):
    sent: list[float] = []
    pause = threading.Event()

    def slowly(exchange) -> None:
        exchange.body()
        exchange.start_stream(SSE)
        for n in range(10):
            sent.append(exchange.chunk(event({"choices": [{"delta": {"content": f"w{n}"}}], "usage": None})))
            pause.wait(0.05)
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    world.openai.play(slowly)
    arrived = []
    with Client(world.daemon.proxy_port) as client:
        client.send(request(BODY))
        for n in range(10):
            client.stream.until(f"w{n}".encode())
            arrived.append(time.monotonic())
    late = sorted((there - here) * 1000 for here, there in zip(sent, arrived))
    assert late[-2] < 20 * SLOW, late


def request(body: bytes, version: str = "1.1", tag: str = "x") -> bytes:
    return (f"POST {CHAT} HTTP/{version}\r\nHost: g\r\nX-Lectr-Key: {ORG_KEY}\r\nX-Lectr-Feature: {tag}\r\nAuthorization: Bearer {PROVIDER_KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_old_clients_and_providers_that_close(world):
    def until_close(exchange) -> None:
        asked = asked_for(exchange)
        exchange.send(f"HTTP/1.1 200 OK\r\nContent-Type: {SSE}\r\n\r\n".encode() + b"".join(events(asked)).removesuffix(b"\n"))
        exchange.close()
    for script, end in ((stream, b"\n"), (until_close, b"")):
        world.openai.play(script)
        tag = new_tag()
        with Client(world.daemon.proxy_port) as client:
            client.send(request(BODY, "1.0", tag))
            answer = client.response()
        assert answer.body == PLAIN.removesuffix(b"\n") + end and not answer.all("transfer-encoding"), answer
        check_exact(world, tag)


@pytest.mark.parametrize("how", ["length", "coded"])
def test_what_can_not_be_changed_passes_whole_and_the_row_says_so(how, world):
    def fixed(exchange) -> None:
        whole = b"".join(events(asked_for(exchange)))
        if how == "length":
            exchange.reply(whole, headers=(f"Content-Type: {SSE}",))
        else:
            exchange.start_stream(SSE, "Content-Encoding: gzip")
            exchange.chunk(gzip.compress(whole))
            exchange.send(b"0\r\n\r\n")
    world.openai.play(fixed)
    tag = new_tag()
    body = world.ask(BODY, tag=tag).body
    assert (gzip.decompress(body) if how == "coded" else body) == b"".join(events(True))
    assert check_exact(world, tag)["notes"] == ["usage_asked", "usage_not_taken_out"]


def test_a_cut_stream_stays_cut(world):
    def cut(exchange) -> None:
        asked = asked_for(exchange)
        exchange.start_stream(SSE)
        exchange.chunk(events(asked)[0])
        exchange.chunk(b'data: {"choices":[{"delta":{"con')
        exchange.close()
    world.openai.play(cut)
    tag = new_tag()
    with Client(world.daemon.proxy_port) as client:
        client.send(request(BODY, tag=tag))
        with pytest.raises(Broken):
            client.response()
        assert b'{"choices":[{"delta":{"con' in client.stream.received and b"[DONE]" not in client.stream.received
    row = world.daemon.row(tag)
    assert (row["verdict"], row["token_source"], row["error_code"]) == ("truncated", "measured", "provider_cut"), row


def test_an_error_passes_as_it_came(world):
    answer_body = b'{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null},"usage":null}'

    def refuse(exchange) -> None:
        exchange.body()
        exchange.reply(answer_body, "400 Bad Request")
    world.openai.play(refuse)
    tag = new_tag()
    answer = world.ask(BODY, tag=tag)
    assert (answer.status, answer.body) == (400, answer_body)
    assert world.daemon.row(tag)["notes"] == ["usage_asked"]


def refuses(exchange) -> None:
    """As servers do that know no stream_options."""
    if b"stream_options" in exchange.body():
        exchange.send(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (b'{"error":{"message":"Unknown parameter: stream_', b'options","type":"invalid_request_error"}}'):
            exchange.chunk(part)
            threading.Event().wait(0.02)
        exchange.send(b"0\r\n\r\n")
    else:
        stream(exchange)


@pytest.mark.parametrize("own_base", [False, True], ids=["registry", "own_base"])
@pytest.mark.parametrize("rule", [False, True], ids=["no_rule", "rule"])
def test_who_refuses_to_be_asked_gets_the_clients_own_request(rule, own_base, tmp_path):
    own = World(tmp_path, "http://127.0.0.1:9" if own_base else "")
    try:
        base = {"providers": [{"name": "openai", "base_url": own.openai.url}]} if own_base else {}
        wanted = BODY.replace(b"gpt-4o-mini", b"gpt-4o") if rule else BODY
        own.control(base | {"exact_stream_usage": True, "rules": [{"name": "on", "split": [{"model": "gpt-4o"}]}] if rule else []})
        own.openai.play(refuses)
        with Client(own.daemon.proxy_port) as client:  # one connection, so one worker
            first, second = new_tag(), new_tag()
            assert own.ask(BODY, tag=first, client=client).body == PLAIN
            asked, plain = own.openai.requests
            assert ASKED in asked.body and plain.body == wanted and plain.one("content-length") == str(len(wanted))
            assert own.ask(BODY, tag=second, client=client).body == PLAIN
            assert len(own.openai.requests) == 3 and own.openai.requests[2].body == wanted
        row = own.daemon.row(first)
        assert (row["status"], row["notes"], row["attempts"], row["token_source"]) == (200, ["usage_refused"], 2, "measured"), row
        row = own.daemon.row(second)
        assert (row["status"], row["notes"], row["attempts"]) == (200, [], 1), row
    finally:
        own.stop()


@pytest.mark.parametrize("end", [b"", b"0\r\n\r\n"], ids=["cut", "whole"])
def test_another_400_passes_as_it_came(end, world):
    def refuse(exchange) -> None:
        exchange.body()
        exchange.send(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Odd:  y\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n" + end)
        exchange.close()
    world.openai.play(refuse)
    with Client(world.daemon.proxy_port) as client:
        client.send(request(BODY))
        if end:
            answer = client.response()
            assert (answer.status, answer.chunks) == (400, [b'{"a":'])
        else:
            with pytest.raises(Broken):
                client.response()
        assert b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Odd:  y\r\n" in client.stream.received and b'{"a":' in client.stream.received
    assert len(world.openai.requests) == 1


def test_with_a_rule_the_name_changes_too_and_each_target_is_asked_as_it_needs(world):
    world.control({"exact_stream_usage": True, "rules": [{"name": "on", "split": [{"model": "gpt-4o"}], "fallback": [{"provider": "groq", "model": "llama-3.3-70b-versatile"}]}]})
    tag = new_tag()
    late = b'{"stream":true,"model":"gpt-4o-mini","stream_options":{},"messages":[]}'
    assert world.ask(late, tag=tag).body == PLAIN
    assert world.openai.requests[0].body == b'{"stream":true,"model":"gpt-4o","stream_options":{"include_usage":true},"messages":[]}'
    check_exact(world, tag)
    def fail(exchange) -> None:
        exchange.body()
        exchange.reply(b"{}", "503 No")
    world.openai.play(fail)
    tag = new_tag()
    assert world.ask(BODY, tag=tag).body == PLAIN
    assert world.openai.requests[0].body == BODY.replace(b"{", b"{" + ASKED, 1).replace(b"gpt-4o-mini", b"gpt-4o")
    assert world.groq.requests[0].body == BODY.replace(b"gpt-4o-mini", b"llama-3.3-70b-versatile")
    row = world.daemon.row(tag)
    assert (row["provider"], row["notes"], row["attempts"]) == ("groq", [], 2), row


def test_a_client_that_leaves_pays_for_what_came(world):
    def hold(exchange) -> None:
        asked = asked_for(exchange)
        exchange.start_stream(SSE)
        exchange.chunk(events(asked)[0])
        exchange.wait_gone()
    world.openai.play(hold)
    tag = new_tag()
    with Client(world.daemon.proxy_port) as client:
        client.send(request(BODY, tag=tag))
        client.stream.until(b"Hello")
    row = world.daemon.row(tag)
    assert (row["status"], row["verdict"], row["token_source"]) == (499, "client_gone", "measured") and row["tokens_output"] > 0, row


def test_the_official_sdk_sees_no_difference(tmp_path):
    mock = Mock(tmp_path)
    try:
        with Daemon(tmp_path / "gateway", mock.providers()) as gateway:
            api = Api(gateway.admin_port)

            def ask(base: str, tag: str = "", **more) -> list[dict]:
                ours = {"X-Lectr-Key": ORG_KEY, "X-Lectr-Feature": tag} if tag else {}
                with openai.OpenAI(api_key=PROVIDER_KEY, base_url=base, default_headers=ours, max_retries=0) as ai:
                    chunks = ai.chat.completions.create(model="gpt-4o-mini", stream=True, messages=[{"role": "user", "content": "hello there"}], **more)
                    return [chunk.model_dump(exclude={"id", "created"}, exclude_unset=True) for chunk in chunks]
            here = f"http://127.0.0.1:{gateway.proxy_port}/v1"
            exact = ask(mock.url + "/v1", stream_options={"include_usage": True})[-1]["usage"]
            plain = ask(mock.url + "/v1")
            tag = new_tag()
            assert ask(here, tag) == plain
            assert gateway.row(tag)["token_source"] == "measured"
            api.do("PATCH", "/org", {"exact_stream_usage": True})

            def counts_exactly() -> bool:
                nonlocal tag
                tag = new_tag()
                assert ask(here, tag) == plain
                return gateway.row(tag)["token_source"] == "provider"
            assert eventually(counts_exactly)
            row = gateway.row(tag)
            assert (row["tokens_input"], row["tokens_output"]) == (exact["prompt_tokens"], exact["completion_tokens"]), row
    finally:
        mock.stop()
