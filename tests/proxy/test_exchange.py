"""One exchange as both sides see it: the same bytes, at the same time, and the break when there is one."""
from __future__ import annotations

import json
import threading
import time

import pytest

from support.client import PROVIDER_KEY, Client, chunked, error_of, head, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.http1 import Broken
from support.upstream import Upstream

SSE = "text/event-stream"


def sse(text: str) -> bytes:
    return f'data: {{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}\n\n'.encode()


CHAT = json.dumps({"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "hi"}]}).encode()
CHAT_PATH = "/v1/chat/completions"


# Connections.

def test_keep_alive_uses_one_connection_on_each_side(daemon, upstream, client):
    for n in range(20):
        assert json.loads(client.ask(post(b"x" * n)).body)["length"] == n
    assert upstream.connections <= 1
    assert len({r.connection for r in upstream.requests}) == 1


def test_pipelined_requests_are_answered_in_order(daemon, upstream, client):
    client.send(b"".join(post(b"x" * n, path=f"/v1/n{n}") for n in range(30)))
    for n in range(30):
        seen = json.loads(client.response().body)
        assert (seen["target"], seen["length"]) == (f"/v1/n{n}", n)


def test_pipelined_after_a_slow_one(daemon, upstream, client):
    release = threading.Event()

    def script(exchange) -> None:
        exchange.body()
        if exchange.request.target == b"/v1/slow":
            release.wait(5)
        exchange.reply(exchange.request.target)
    upstream.play(script)
    client.send(post(b"a", path="/v1/slow") + post(b"b", path="/v1/fast"))
    assert upstream.wait(lambda u: u.begun >= 1)
    release.set()
    assert [client.response().body for _ in range(2)] == [b"/v1/slow", b"/v1/fast"]


@pytest.mark.parametrize("version,header,stays", [("1.1", "", True), ("1.1", "Connection: close", False), ("1.0", "", False),
                                                  ("1.0", "Connection: keep-alive", None), ("1.1", "Connection: foo, Close", False)])
def test_who_keeps_the_connection(version, header, stays, daemon, upstream, client):
    more = [header] if header else []
    answer = client.ask(head(f"POST /v1/things HTTP/{version}", "Content-Length: 2", *more) + b"hi")
    assert json.loads(answer.body)["length"] == 2
    if stays is False:
        assert client.stream.closed(3)
    elif stays:
        assert client.ask(post(b"again")).status == 200
    if version == "1.0":
        assert not answer.all("transfer-encoding")


def test_http10_client_gets_a_chunked_answer_unchunked(daemon, upstream, client):
    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream()
        exchange.chunk(b"one ")
        exchange.chunk(b"two")
        exchange.send(b"0\r\n\r\n")
    upstream.play(script)
    answer = client.ask(head("POST /v1/things HTTP/1.0", "Content-Length: 0"))
    assert not answer.all("transfer-encoding")
    assert answer.body == b"one two"
    assert client.stream.closed(3)


def test_provider_that_closes_is_not_asked_again_on_that_connection(daemon, upstream, client):
    def script(exchange) -> None:
        exchange.body()
        exchange.reply(b"ok", headers=("Connection: close",))
        exchange.close()
    upstream.play(script)
    for _ in range(5):
        assert client.ask(post(b"x")).body == b"ok"
    assert upstream.wait(lambda u: len(u.requests) == 5)


def test_stale_connection_costs_no_request(daemon, upstream, client):
    """The provider closes an idle connection right before the next request."""
    for _ in range(5):
        assert client.ask(post(b"x")).status == 200
        upstream.drop_connections()
    assert client.ask(post(b"last")).status == 200
    assert [r.body for r in upstream.requests] == [b"x"] * 5 + [b"last"]


# Shapes of answers.

@pytest.mark.parametrize("method,status,headers,body", [
    ("HEAD", "200 OK", ("Content-Length: 1234",), b""), ("HEAD", "200 OK", ("Transfer-Encoding: chunked",), b""), ("GET", "204 No Content", (), b""),
    ("GET", "304 Not Modified", ('ETag: "x"',), b""), ("GET", "304 Not Modified", ("Content-Length: 99",), b""),
    ("POST", "200 OK", ("Content-Length: 0",), b""), ("POST", "205 Reset Content", ("Content-Length: 0",), b""), ("OPTIONS", "200 OK", ("Content-Length: 2",), b"ok"),
    ("POST", "418 Own Reason Here", ("Content-Length: 2",), b"ok"), ("POST", "307 Temporary Redirect", ("Location: http://other.test/", "Content-Length: 0"), b""),
    ("POST", "401 Unauthorized", ("WWW-Authenticate: Bearer", "Content-Length: 2"), b"no"), ("POST", "500 Oops", ("Content-Length: 3",), b"bad")])
def test_answer_shapes_pass(method, status, headers, body, daemon, upstream, client):
    raw = f"HTTP/1.1 {status}\r\n".encode() + "".join(h + "\r\n" for h in headers).encode() + b"\r\n"

    def script(exchange) -> None:
        exchange.body()
        exchange.send(raw + body if exchange.number == 1 else b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
    upstream.play(script)
    answer = client.ask(head(f"{method} /v1/things HTTP/1.1", "Content-Length: 0"), method)
    assert (answer.start.split(b" ", 1)[1].decode(), answer.body) == (status, body)
    for line in headers:
        name, value = line.split(": ", 1)
        if name != "Transfer-Encoding":  # hop by hop: an answer without content may leave it out
            assert answer.one(name) == value
    assert client.ask(post(b"x")).body == b"next"


def test_interim_answers_are_relayed(daemon, upstream, client):
    def script(exchange) -> None:
        exchange.body()
        exchange.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
        assert seen.wait(5)
        exchange.reply(b"done")
    seen = threading.Event()
    upstream.play(script)
    client.send(post(b"x"))
    early = client.stream.until(b"\r\n\r\n")
    assert early == b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    seen.set()
    assert client.response().body == b"done"


def test_interim_answers_are_kept_from_http10(daemon, upstream, client):
    def script(exchange) -> None:
        exchange.body()
        exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        exchange.reply(b"done")
    upstream.play(script)
    answer = client.ask(head("POST /v1/things HTTP/1.0", "Content-Length: 0"))
    assert (answer.interim, answer.body) == ([], b"done")


def test_trailers_pass_both_ways(daemon, upstream, client):
    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("text/plain", "Trailer: X-Sum")
        exchange.chunk(b"body")
        exchange.send(b"0\r\nX-Sum: 42\r\n\r\n")
    upstream.play(script)
    answer = client.ask(head("POST /v1/things HTTP/1.1", "Transfer-Encoding: chunked", "Trailer: X-Up") + chunked(b"up", trailer=b"X-Up: 7\r\n"))
    assert (answer.body, answer.trailers) == (b"body", [(b"X-Sum", b"42")])
    assert upstream.requests[0].trailers == [(b"X-Up", b"7")]


# 100-continue.

def test_continue_comes_when_the_key_is_good(daemon, upstream, client):
    body = b"y" * 100_000
    client.send(head("POST /v1/things HTTP/1.1", f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert client.stream.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
    client.send(body)
    assert json.loads(client.response().body)["length"] == len(body)


@pytest.mark.parametrize("path", ["/v1/things", CHAT_PATH])
def test_continue_does_not_come_for_a_bad_key(path, daemon, upstream, client):
    client.send(head(f"POST {path} HTTP/1.1", "Host: a", "X-Lectr-Key: lc_wrong", "Content-Length: 100", "Expect: 100-continue", auth=False, host=False))
    answer = client.response()
    assert (answer.interim, answer.status) == ([], 401)
    assert upstream.begun == 0


def test_continue_with_the_body_already_sent(daemon, upstream, client):
    answer = client.ask(post(b"hello", "Expect: 100-continue"))
    assert json.loads(answer.body)["length"] == 5


def test_early_refusal_of_an_expecting_client_passes(daemon, upstream, client):
    """A provider may refuse before the body; the client that waits must hear it."""
    def script(exchange) -> None:
        if exchange.request.one("expect"):
            exchange.reply(b"too big", "413 Content Too Large")
            exchange.close()
        else:
            exchange.body()
            exchange.reply(b"too big", "413 Content Too Large")
    upstream.play(script)
    client.send(head("POST /v1/things HTTP/1.1", "Content-Length: 10", "Expect: 100-continue"))
    first = client.stream.until(b"\r\n\r\n")
    if first.startswith(b"HTTP/1.1 100"):
        client.send(b"0123456789")
        answer = client.response()
        assert (answer.status, answer.body) == (413, b"too big")
    else:
        assert first.startswith(b"HTTP/1.1 413")


# Size and time.

def test_big_upload_is_streamed_in_bounded_memory(daemon, upstream, client):
    size, piece = 50 << 20, b"z" * (1 << 20)
    seen_early = threading.Event()

    def script(exchange) -> None:
        exchange.stream.exactly(1 << 20)
        seen_early.set()
        left = size - (1 << 20)
        while left:
            left -= len(exchange.stream.exactly(min(left, 1 << 16)))
            exchange.stream.received.clear()
        exchange.request.whole = True
        exchange.reply(b"got it")
    upstream.play(script)
    before = daemon.memory_kib()
    tag = new_tag()
    client.send(head("POST /v1/files HTTP/1.1", f"Content-Length: {size}", "Content-Type: application/octet-stream", tag=tag))
    for n in range(50):
        client.send(piece)
        if n == 4:
            assert seen_early.wait(5), "the provider sees nothing while the client sends"
    assert client.response().body == b"got it"
    assert daemon.memory_kib() - before < 12 * 1024 * SLOW, f"{daemon.memory_kib() - before} KiB more"
    assert daemon.row(tag)["bytes_in"] == size


@pytest.mark.parametrize("where", ["first", "last"])
def test_body_beyond_the_peek_bound_passes_whole(where, daemon, upstream, client):
    """Longer bodies are streamed: the model is known when it comes early, and never a reason to refuse."""
    text = "x" * (3 << 20)
    body = json.dumps({"model": "gpt-4o-mini", "input": text} if where == "first" else {"input": text, "model": "gpt-4o-mini"}).encode()
    tag = new_tag()
    assert json.loads(client.ask(post(body, path=CHAT_PATH, tag=tag)).body)["length"] == len(body)
    assert upstream.requests[0].body == body
    row = daemon.row(tag)
    assert row["bytes_in"] == len(body) and row["model_requested"] == ("gpt-4o-mini" if where == "first" else row["model_requested"])


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_compressed_request_is_understood_and_passes_as_it_is(coding, daemon, upstream, client):
    packed = encode(coding, CHAT.replace(b"true", b"false"))
    tag = new_tag()
    assert client.ask(post(packed, f"Content-Encoding: {coding}", path=CHAT_PATH, tag=tag)).status == 200
    assert upstream.requests[0].body == packed
    assert daemon.row(tag)["model_requested"] == "gpt-4o-mini"


@pytest.mark.parametrize("header", ["x-stainless-timeout: 1", "x-stainless-read-timeout: 1", "X-Server-Timeout: 1"])
def test_clients_own_patience_bounds_ours(header, tmp_path):
    provider = Upstream()
    provider.play(hold)
    try:
        with Daemon(tmp_path, {"openai": provider.url}) as own, Client(own.proxy_port, timeout=8 * SLOW) as client:
            tag = new_tag()
            answer = client.ask(post(CHAT, header, path=CHAT_PATH, tag=tag))
            assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")
            row = own.row(tag)
            assert (row["error_source"], row["status_source"], row["error_code"]) == ("provider", "proxy", "provider_timeout"), "the 504 is ours"
            assert provider.wait(lambda u: u.gone_at)
    finally:
        provider.stop()


@pytest.mark.parametrize("path,body", [("/v1/things", b"{}"), (CHAT_PATH, CHAT)], ids=["unknown", "chat"])
def test_chunks_arrive_when_they_are_sent(path, body, daemon, upstream, client):
    sent: list[float] = []
    done = threading.Event()

    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream(SSE)
        for n in range(20):
            sent.append(exchange.chunk(sse(f"w{n}")))
            done.wait(0.05)
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    upstream.play(script)
    client.send(post(body, path=path))
    client.stream.until(b"\r\n\r\n")
    arrived = []
    for n in range(20):
        client.stream.until(f"w{n}".encode())
        arrived.append(time.monotonic())
    late = sorted((there - here) * 1000 for here, there in zip(sent, arrived))
    # 20 ms for each; on a loaded machine one straggler may be the machine's own.
    assert late[-2] < 20 * SLOW and late[-1] < 60 * SLOW, f"latest {late[-3:]} ms"


def test_answer_bytes_are_the_providers_to_the_chunk_border(daemon, upstream, client):
    """No re-chunking, and chunk extensions, odd sizes and spellings survive where they are legal."""
    raw = b"5;ext=1\r\nhello\r\n00A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n"

    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("application/octet-stream")
        exchange.send(raw)
    upstream.play(script)
    answer = client.ask(post(b"x"))
    assert answer.chunks == [b"hello", b"0123456789", b"x"]


# Those who leave.

def hold(exchange) -> None:
    exchange.body()
    exchange.wait_gone()


def hold_mid_stream(exchange) -> None:
    exchange.body()
    exchange.start_stream(SSE)
    exchange.chunk(sse("one"))
    exchange.wait_gone()


@pytest.mark.parametrize("how", ["close", "rst", "half_close"])
@pytest.mark.parametrize("when", ["before_first_byte", "mid_stream"])
def test_client_that_leaves_stops_the_provider(how, when, daemon, upstream):
    """A half-close counts as gone: a client that waits for an answer keeps its side open."""
    upstream.play(hold if when == "before_first_byte" else hold_mid_stream)
    tag = new_tag()
    client = Client(daemon.proxy_port)
    client.send(post(CHAT, path=CHAT_PATH, tag=tag))
    assert upstream.wait(lambda u: u.begun == 1)
    if when == "mid_stream":
        client.stream.until(b"one")
    left = time.monotonic()
    getattr(client, how)()
    assert upstream.wait(lambda u: u.gone_at, 3), "the provider goes on for nobody"
    assert (upstream.gone_at[0] - left) * 1000 < 50 * SLOW, f"{(upstream.gone_at[0] - left) * 1000:.0f} ms"
    client.close()
    row = daemon.row(tag)
    assert (row["status"], row["error_source"], row["error_category"]) == (499, "client", "client_gone"), row
    assert row["verdict"] == "client_gone" or (when == "before_first_byte" and row["verdict"] in ("none", None)), row
    if when == "mid_stream":
        assert (row["tokens_output"] or 0) > 0 and row["token_source"] == "measured", "a stream that the client left costs what it cost"


def test_client_that_leaves_during_its_upload(daemon, upstream):
    upstream.play(lambda exchange: exchange.wait_gone())
    tag = new_tag()
    with Client(daemon.proxy_port) as client:
        client.send(head("POST /v1/files HTTP/1.1", "Content-Length: 5000000", tag=tag) + b"x" * 2_000_000)
        upstream.wait(lambda u: u.begun == 1)
    row = daemon.row(tag)
    assert row["status"] == 499, row
    assert not upstream.requests


@pytest.mark.parametrize("when", ["mid_stream", "mid_json"])
def test_stalled_provider_is_cut_and_named(when, daemon, upstream):
    def script(exchange) -> None:
        if when == "mid_stream":
            return hold_mid_stream(exchange)
        exchange.body()
        exchange.send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"id": 1')
        exchange.wait_gone()
    upstream.play(script)
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=6 * SLOW) as client:
        client.send(post(CHAT, path=CHAT_PATH, tag=tag))
        with pytest.raises(Broken):
            client.response()
    row = daemon.row(tag)
    assert (row["error_category"], row["error_source"], row["status_source"]) == ("timeout", "provider", "provider"), row
    if when == "mid_stream":
        assert row["verdict"] == "stalled", row
    assert upstream.wait(lambda u: u.gone_at)


@pytest.mark.parametrize("end,verdict,broken", [
    (b"", "truncated", True), (b"0\r\n\r\n", "truncated", False), (b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", "complete", False),
    (b"9\r\ndata: {[}\r\n2\r\n\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n", "malformed", False)], ids=["cut", "no_done", "complete", "garbled"])
def test_stream_verdicts(end, verdict, broken, daemon, upstream):
    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream(SSE)
        exchange.chunk(sse("one"))
        exchange.send(end)
        if broken:
            exchange.close()
    upstream.play(script)
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        client.send(post(CHAT, path=CHAT_PATH, tag=tag))
        if broken:
            with pytest.raises(Broken):
                client.response()
            assert b"[DONE]" not in client.stream.received
        else:
            assert client.response().body.startswith(sse("one"))
    row = daemon.row(tag)
    assert (row["verdict"], row["streaming"]) == (verdict, True), row


# WebSocket.

def test_websocket_bytes_pass_both_ways_and_are_counted(daemon, upstream, client):
    frames_up, frames_down = bytes(range(256)) * 40, bytes(reversed(range(256))) * 60

    def script(exchange) -> None:
        exchange.request.whole = True
        exchange.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: abc\r\n\r\n" + frames_down[:100])
        assert exchange.stream.exactly(len(frames_up)) == frames_up
        exchange.send(frames_down[100:])
        exchange.wait_gone()
    upstream.play(script)
    tag = new_tag()
    client.send(head("GET /v1/realtime?model=gpt-realtime HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                     "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: realtime", tag=tag) + frames_up[:50])
    answer = client.response("GET")
    assert (answer.status, answer.one("sec-websocket-accept"), (answer.one("upgrade") or "").lower()) == (101, "abc", "websocket")
    client.send(frames_up[50:])
    assert client.stream.exactly(len(frames_down)) == frames_down
    client.close()
    assert upstream.wait(lambda u: u.gone_at, 3)
    assert upstream.wait(lambda u: u.requests)
    seen = upstream.requests[0]
    assert (seen.one("upgrade") or "").lower() == "websocket" and "upgrade" in (seen.one("connection") or "").lower()
    row = daemon.row(tag)
    assert (row["status"], row["bytes_in"], row["bytes_out"]) == (101, len(frames_up), len(frames_down)), row


def test_websocket_refused_by_the_provider_is_an_answer(daemon, upstream, client):
    upstream.play(lambda exchange: (exchange.body(), exchange.reply(b"no", "403 Forbidden")))
    answer = client.ask(head("GET /v1/realtime HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"), "GET")
    assert (answer.status, answer.body) == (403, b"no")
    assert client.ask(post(b"next")).status == 403


# Slow peers.

def test_client_that_stops_reading_stops_the_provider(daemon, upstream):
    """Backpressure: neither the daemon's memory nor the provider's output grows for a reader that sleeps."""
    sent, stuck = [0], threading.Event()

    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("application/octet-stream")
        exchange.stream.sock.settimeout(0.7)
        block = b"%x\r\n" % (1 << 16) + b"q" * (1 << 16) + b"\r\n"
        try:
            while sent[0] < 400 << 20:
                exchange.stream.sock.sendall(block)
                sent[0] += len(block)
        except TimeoutError:
            stuck.set()
        exchange.close()
    upstream.play(script)
    before = daemon.memory_kib()
    with Client(daemon.proxy_port, receive_buffer=16384) as client:
        client.send(post(b"{}"))
        assert client.stream.fill()
        assert stuck.wait(20), f"the provider could send {sent[0]} bytes to nobody"
        assert sent[0] < 64 << 20
        assert daemon.memory_kib() - before < 8 * 1024 * SLOW, f"{daemon.memory_kib() - before} KiB more"


@pytest.mark.parametrize("sent", [b"P", b"POST /v1/things HTTP/1.1\r\nHost: a\r\nX-A: "], ids=["one_byte", "half_a_head"])
def test_slow_head_is_refused_at_the_deadline(sent, daemon, upstream):
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        started = time.monotonic()
        client.send(sent)
        answer = client.response()
        took = time.monotonic() - started
        assert (answer.status, error_of(answer)["code"]) == (408, "request_timeout")
        assert 0.7 < took < 3 * SLOW
        assert client.stream.closed(3 * SLOW)


def test_head_by_drops_does_not_move_the_deadline(daemon, upstream):
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        started = time.monotonic()
        client.send(b"POST /v1/things HTTP/1.1\r\nHost: a\r\n")
        while time.monotonic() - started < 5 * SLOW:
            try:
                client.send(b"X-A: b\r\n")
                client.stream.fill(0.1)
                break  # an answer, or the end
            except TimeoutError:
                continue  # silence: the next drop
            except OSError:
                break
        assert time.monotonic() - started < 3 * SLOW
        answer = client.response()
        assert answer.status == 408


@pytest.mark.parametrize("path", ["/v1/things", CHAT_PATH])
def test_body_that_stops_is_refused_at_the_deadline(path, daemon, upstream):
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=6 * SLOW) as client:
        client.send(head(f"POST {path} HTTP/1.1", "Content-Length: 100", "Content-Type: application/json", tag=tag) + b'{"model"')
        answer = client.response()
        assert (answer.status, error_of(answer)["code"]) == (408, "request_timeout")
        assert client.stream.closed(3 * SLOW)
    assert daemon.row(tag)["error_source"] == "client"
    assert not upstream.requests


def test_idle_connection_is_closed_without_a_word(tmp_path, shared_upstream):
    with Daemon(tmp_path, {"openai": shared_upstream.url}, "deadlines: {keep_alive: 500ms}\n") as own:
        with Client(own.proxy_port) as client:
            assert client.ask(head("GET /health HTTP/1.1", auth=False), "GET").status == 200
            assert client.stream.closed(4 * SLOW)
            assert not client.stream.buffer


def test_connection_and_exchange_bounds(tmp_path):
    provider = Upstream()
    provider.play(hold)
    try:
        with Daemon(tmp_path, {"openai": provider.url}, "bounds: {connections: 12, exchanges: 3}\n", {"LECTR_IO_THREADS": "1"}) as own:
            held = [Client(own.proxy_port, timeout=3 * SLOW) for _ in range(3)]
            for n, client in enumerate(held, 1):
                client.send(post(b"x"))
                assert provider.wait(lambda u, n=n: u.begun == n)
            with Client(own.proxy_port) as client:
                answer = client.ask(post(b"x"))
                assert (answer.status, error_of(answer)["code"]) == (503, "gateway_overloaded")
                assert 1 <= int(answer.one("retry-after")) <= 60
            assert provider.begun == 3
            more = []
            refused = False
            for _ in range(30):
                try:
                    client = Client(own.proxy_port, timeout=1 * SLOW)
                    more.append(client)
                    client.send(head("GET /health HTTP/1.1", auth=False))
                    if client.response("GET").status == 503:
                        refused = True
                        break
                except (OSError, Broken):
                    refused = True
                    break
            assert refused and len(more) <= 11, f"{len(more)} more connections with a bound of 12"
            for client in [*held, *more]:
                client.close()
            def works() -> bool:
                try:
                    with Client(own.proxy_port) as probe:
                        return probe.ask(head("GET /health HTTP/1.1", auth=False), "GET").status == 200
                except (OSError, Broken):
                    return False
            assert eventually(works, 5 * SLOW), "the slots never came back"
    finally:
        provider.stop()


# Our own errors.

NATIVE = [("/v1/chat/completions", "openai"), ("/v1/unheard-of", "openai"), ("/v1/messages", "anthropic"), ("/v1beta/models/gemini-2.5-flash:generateContent", "gemini")]


def check_shape(body: bytes, shape: str, code: str) -> None:
    document = json.loads(body)
    if shape == "anthropic":
        assert document["type"] == "error" and document["error"]["type"] and document["error"]["message"]
    elif shape == "gemini":
        assert isinstance(document["error"]["code"], int) and document["error"]["status"] and document["error"]["message"]
    else:
        assert document["error"]["code"] == code and {"message", "type", "code", "param"} <= set(document["error"])
    assert code in body.decode()


@pytest.mark.parametrize("path,shape", NATIVE)
@pytest.mark.parametrize("key,code", [(None, "missing_lectr_key"), ("lc_key_wrong", "invalid_lectr_key"), ("", "missing_lectr_key"), ("nonsense", "invalid_lectr_key")])
def test_unknown_callers_are_refused_in_the_shape_their_sdk_parses(path, shape, key, code, daemon, upstream, client):
    more = [] if key is None else [f"X-Lectr-Key: {key}"]
    answer = client.ask(head(f"POST {path} HTTP/1.1", f"Authorization: Bearer {PROVIDER_KEY}", "Content-Length: 2", *more, auth=False) + b"{}")
    assert answer.status == 401
    assert (answer.one("content-type") or "").startswith("application/json")
    if key == "nonsense":
        assert any(known in answer.body for known in (b"invalid_lectr_key", b"missing_lectr_key"))
    else:
        check_shape(answer.body, shape, code)
    assert upstream.begun == 0
    assert client.ask(post(b"{}")).status == 200, "a refusal of a well-framed request costs no connection"


@pytest.mark.parametrize("body,status,code", [(b"", 400, "invalid_request"), (b"{", 400, "invalid_request"), (b"[]", 400, "invalid_request"),
                                              (b'{"messages":[]}', 400, "invalid_request"), (b"not json", 400, "invalid_request"),
                                              (b'{"model":"gpt-4o-mini"', 400, "invalid_request")])
def test_body_without_a_model_is_refused(body, status, code, daemon, upstream, client):
    tag = new_tag()
    answer = client.ask(post(body, path=CHAT_PATH, tag=tag))
    assert (answer.status, error_of(answer)["code"]) == (status, code)
    row = daemon.row(tag)
    assert (row["status"], row["error_source"]) == (400, "client") or row["error_source"] == "proxy", row
    assert upstream.begun == 0


@pytest.mark.parametrize("headers,status,code", [(("X-Lectr-Provider: nobody",), 400, "invalid_provider"), (("X-Lectr-Provider: ",), None, None),
                                                 (("X-Lectr-Provider: OpenAI",), None, None), (("X-Lectr-Feature: " + "f" * 5000,), None, None),
                                                 (("X-Lectr-Task: whatever",), None, None)])
def test_lectr_headers_refuse_only_what_must_be_refused(headers, status, code, daemon, upstream, client):
    answer = client.ask(post(b"{}", *headers))
    assert answer.status == (status or 200), answer.body
    if code:
        assert error_of(answer)["code"] == code and upstream.begun == 0


def test_azure_without_a_base_url(tmp_path, shared_upstream):
    with Daemon(tmp_path, {"openai": shared_upstream.url}) as own, Client(own.proxy_port) as client:
        answer = client.ask(post(b"{}", "X-Lectr-Provider: azure"))
        assert (answer.status, error_of(answer)["code"]) == (400, "azure_config_missing")


def test_too_large_is_refused_before_the_body(daemon, upstream, client):
    client.send(head("POST /v1/files HTTP/1.1", "Content-Length: 999999999999"))
    answer = client.response()
    assert (answer.status, error_of(answer)["code"]) == (413, "request_too_large")
    assert upstream.begun == 0


def test_chunked_upload_beyond_the_bound(daemon, upstream):
    block = b"%x\r\n" % (1 << 20) + b"b" * (1 << 20) + b"\r\n"
    with Client(daemon.proxy_port, timeout=10 * SLOW) as client:
        client.send(head("POST /v1/files HTTP/1.1", "Transfer-Encoding: chunked"))
        try:
            for _ in range(80):
                client.send(block)
        except OSError:
            pass
        try:
            assert client.response().status == 413
        except Broken:
            pass  # the refusal may be lost when the client is still sending
    assert not upstream.requests, "64 MiB were allowed, 80 MiB arrived"


@pytest.mark.parametrize("where", ["refused", "unknown_host"])
def test_provider_that_is_not_there(where, tmp_path):
    probe = Upstream()
    port = probe.port
    probe.stop()
    url = f"http://127.0.0.1:{port}" if where == "refused" else "http://no-such-host.invalid"
    with Daemon(tmp_path, {"openai": url}, "deadlines: {connect: 2s}\n") as own, Client(own.proxy_port, timeout=10 * SLOW) as client:
        tag = new_tag()
        answer = client.ask(post(b"{}", tag=tag))
        assert answer.status in (502, 503) and error_of(answer)["code"] == "provider_unreachable", (answer.status, answer.body)
        assert 1 <= int(answer.one("retry-after")) <= 60 and int(answer.one("retry-after-ms")) <= 60_000
        row = own.row(tag)
        assert (row["error_source"], row["error_code"], row["error_category"]) == ("provider", "provider_unreachable", "network"), row
        assert row["status_source"] == "proxy", row


# Transparency.

GATEWAY_OWN = {"host", "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "content-length"}


def end_to_end(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Names with their spelling, values and order; hop-by-hop, Host and X-Lectr-* left out."""
    return [(k, v) for k, v in headers if k.lower().decode() not in GATEWAY_OWN and not k.lower().startswith(b"x-lectr-")]


BODIES = {"json": ("application/json", b'{"a": [1, 2.50, "\\u00e9\xc3\xa9"],\n  "b":null }'), "text": ("text/plain; charset=latin-1", b"caf\xe9\r\n\x00"),
          "binary": ("application/octet-stream", bytes(range(256)) * 300), "multipart": ('multipart/form-data; boundary="x y"', b"--x y\r\n\r\nodd\r\n--x y--\r\n"),
          "empty": ("application/json", b""), "megabytes": ("audio/mpeg", bytes(range(251)) * 20_000)}
CODINGS = ["identity", "gzip", "deflate", "br", "zstd"]


def encode(coding: str, data: bytes) -> bytes:
    import gzip
    import zlib
    import brotli
    from backports import zstd
    return {"identity": lambda d: d, "gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}[coding](data)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("kind", BODIES)
def test_both_sides_get_the_same_bytes_as_without_a_gateway(kind, coding, daemon, upstream):
    content_type, plain = BODIES[kind]
    up = encode(coding, plain)
    down = encode(coding, plain[::-1])
    coded = () if coding == "identity" else (f"Content-Encoding: {coding}",)

    def script(exchange) -> None:
        exchange.body()
        exchange.reply(down, "200 Fine By Me", (f"Content-Type: {content_type}", *coded, "X-Odd:   spaced\t", "x-LOWER: 1", "Set-Cookie: a=1", "Set-Cookie: b=2",
                                               "x-request-id: req_1", "Server: provider", "Date: Thu, 01 Jan 1970 00:00:00 GMT", "X-Latin: \xe9"))
    upstream.play(script)
    request = head("POST /v1/some%20thing?q=1&r HTTP/1.1", f"Content-Type: {content_type}", f"Content-Length: {len(up)}", *coded, "User-Agent: app/1", "X-Twice: 1",
                   "X-Twice: 2", "Accept: */*", "Accept-Encoding: gzip, br", "x-stainless-retry-count: 0", "Cookie: c=1", "X-UPPER: Y", "Via: 1.1 other") + up
    answers = []
    for port in (upstream.port, daemon.proxy_port):
        with Client(port, timeout=10 * SLOW) as client:
            answers.append(client.ask(request))
    direct, through = upstream.requests
    assert (direct.method, direct.target, direct.body) == (through.method, through.target, through.body)
    assert end_to_end(direct.headers) == end_to_end(through.headers)
    assert through.one("host") == f"127.0.0.1:{upstream.port}"
    assert (answers[0].start, answers[0].body) == (answers[1].start, answers[1].body)
    assert end_to_end(answers[0].headers) == end_to_end(answers[1].headers)
    assert answers[0].one("content-length") == answers[1].one("content-length")


def test_debug_headers_only_when_asked(daemon, upstream, client):
    plain = client.ask(post(CHAT.replace(b"true", b"false"), path=CHAT_PATH))
    assert not [k for k, _ in plain.headers if k.lower().startswith(b"x-lectr")]
    tag = new_tag()
    debug = client.ask(post(CHAT.replace(b"true", b"false"), "X-Lectr-Debug: 1", path=CHAT_PATH, tag=tag))
    names = {k.lower().decode(): v.decode() for k, v in debug.headers if k.lower().startswith(b"x-lectr")}
    assert names["x-lectr-provider"] == "openai" and names["x-lectr-model"] == "gpt-4o-mini" and names["x-lectr-attempts"] == "1", names
    assert names["x-lectr-request-id"] == daemon.row(tag)["id"]


ANTHROPIC_KEY = "sk-ant-api03-" + "a" * 93 + "AA"
OAUTH = "sk-ant-oat01-" + "b" * 40
GEMINI_KEY = "AIzaSy" + "c" * 33
LECTR = "X-Lectr-Key: lc_key_test0000000000000000000000000000000000000000"
GENERATE = "/v1beta/models/gemini-2.5-flash:generateContent"


@pytest.mark.parametrize("path,sent,wanted", [
    ("/v1/messages", (f"x-api-key: {ANTHROPIC_KEY}", "anthropic-version: 2023-06-01"), {"x-api-key": ANTHROPIC_KEY, "anthropic-version": "2023-06-01"}),
    ("/v1/messages", (f"Authorization: Bearer {ANTHROPIC_KEY}",), {"x-api-key": ANTHROPIC_KEY}),
    ("/v1/messages", (f"Authorization: Bearer {ANTHROPIC_KEY}", "anthropic-version: 2026-10-21"), {"authorization": f"Bearer {ANTHROPIC_KEY}", "anthropic-version": "2026-10-21"}),
    ("/v1/messages", (f"Authorization: Bearer {OAUTH}", "anthropic-version: 2023-06-01"), {"authorization": f"Bearer {OAUTH}"}),
    ("/v1/messages", (f"Authorization: Bearer {OAUTH}",), {"authorization": f"Bearer {OAUTH}"}),
    (GENERATE, (f"Authorization: Bearer {GEMINI_KEY}",), {"x-goog-api-key": GEMINI_KEY}),
    (GENERATE, (f"x-goog-api-key: {GEMINI_KEY}",), {"x-goog-api-key": GEMINI_KEY}),
    (GENERATE + f"?key={GEMINI_KEY}", (), {}),
    ("/v1/chat/completions", (f"Authorization: Bearer {PROVIDER_KEY}",), {"authorization": f"Bearer {PROVIDER_KEY}"}),
    ("/openai/deployments/d/chat/completions?api-version=1", (f"Authorization: Bearer {'0' * 32}", "X-Lectr-Provider: azure"), {"api-key": "0" * 32}),
    ("/openai/deployments/d/chat/completions?api-version=1", (f"api-key: {'0' * 32}", "X-Lectr-Provider: azure"), {"api-key": "0" * 32}),
    ("/openai/v1/chat/completions", ("Authorization: Bearer gsk_" + "d" * 52,), {"authorization": "Bearer gsk_" + "d" * 52})])
def test_credentials_reach_the_provider_where_it_looks(path, sent, wanted, daemon, upstream, client):
    body = b'{"model": "gpt-4o-mini"}' if "messages" not in path else b'{"model": "claude-haiku-4-5", "max_tokens": 5}'
    answer = client.ask(head(f"POST {path} HTTP/1.1", LECTR, *sent, f"Content-Length: {len(body)}", "Content-Type: application/json", auth=False) + body)
    assert answer.status == 200, answer.body
    got = upstream.requests[0]
    credentials = {name: got.one(name) for name in ("authorization", "x-api-key", "api-key", "x-goog-api-key") if got.one(name)}
    assert credentials == {k: v for k, v in wanted.items() if k != "anthropic-version"}, "one credential only, in the right place"
    assert got.target.decode() == path
    if "anthropic-version" in wanted:
        assert got.one("anthropic-version") == wanted["anthropic-version"]


def test_missing_provider_key(daemon, upstream, client):
    answer = client.ask(head("POST /v1/chat/completions HTTP/1.1", LECTR, f"Content-Length: {len(CHAT)}", auth=False) + CHAT)
    assert (answer.status, error_of(answer)["code"]) == (401, "missing_provider_key")
    assert upstream.begun == 0


@pytest.mark.parametrize("header", ["Authorization: Bearer {}", "x-api-key: {}", "api-key: {}", "x-goog-api-key: {}"])
def test_org_key_in_place_of_the_provider_key_is_never_forwarded(header, daemon, upstream, client):
    """The shared daemon has no credential reference: the org key is recognised, and the provider's is missing."""
    key = LECTR.split(": ")[1]
    answer = client.ask(head("POST /v1/chat/completions HTTP/1.1", header.format(key), f"Content-Length: {len(CHAT)}", auth=False) + CHAT)
    assert (answer.status, error_of(answer)["code"]) == (401, "missing_provider_key"), answer.body
    assert upstream.begun == 0


def test_health_and_ready(daemon, upstream, client):
    answer = client.ask(head("GET /health HTTP/1.1", auth=False), "GET")
    document = json.loads(answer.body)
    assert answer.status == 200 and {"status", "worker", "event_queue_depth"} <= set(document)
    assert client.ask(head("GET /ready HTTP/1.1", auth=False), "GET").status == 200
    assert upstream.begun == 0
