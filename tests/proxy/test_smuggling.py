"""One reading or a refusal: raw requests that invite two readings, seen from the client and from the provider.

For every case: the provider sees no more requests than were sent, its strict reading equals ours, the client is answered or the connection
closed in time, and the daemon lives."""
from __future__ import annotations

import hashlib
import json
import threading

import pytest

from smuggling_cases import ALL, Case
from support.client import ORG_KEY, Client, error_of, head, new_tag, post
from support.daemon import SLOW, eventually
from support.http1 import Broken, Malformed, Response

CODES = {400: {"invalid_request", "invalid_provider"}, 401: {"missing_lectr_key", "invalid_lectr_key"}, 408: {"request_timeout"}, 413: {"request_too_large"},
         431: {"headers_too_large"}, 414: {"headers_too_large", "invalid_request"}}
CLOSING = {400, 408, 413, 414, 431, 505}


def first_answer(client: Client, case: Case) -> Response | None:
    """The first answer, or None when the connection was closed without one."""
    try:
        return client.response(case.method)
    except Broken as broken:
        assert not broken.partial, f"half an answer: {broken.partial[:200]!r}"
        return None


def check_refused(case: Case, answer: Response | None, client: Client, upstream) -> None:
    if answer is None:
        assert case.close_ok, "closed without an answer"
    else:
        assert answer.status in case.statuses, f"{answer.status}, wanted {case.statuses}: {answer.body[:300]!r}"
        error = error_of(answer)
        assert error["code"] in CODES.get(answer.status, {error["code"]}), error
        assert ORG_KEY not in answer.body.decode()
        if answer.status in CLOSING:
            assert client.stream.closed(3 * SLOW), "refused, but the connection stays open"
            assert not client.stream.buffer, f"more than one answer: {bytes(client.stream.buffer)[:200]!r}"
    assert not upstream.requests, f"refused, but the provider got {upstream.requests[0].start!r}"


def check_passed(case: Case, answer: Response, client: Client, upstream) -> None:
    assert upstream.wait(lambda u: len(u.requests) == 1), f"{len(upstream.requests)} requests at the provider"
    got = upstream.requests[0]
    assert (got.method, got.body) == (case.method, case.body)
    if case.target is not None:
        assert got.target == case.target
    names = {name.lower().decode() for name, _ in got.headers} | {name.lower().decode() for name, _ in got.trailers}
    leaked = {name for name in names if name.startswith("x-lectr-")}
    assert not leaked, f"the provider saw {leaked}"
    assert not names & set(case.absent), f"the provider saw {names & set(case.absent)}"
    for name, value in case.present.items():
        assert got.all(name) == [value]
    if case.method != "HEAD":
        seen = json.loads(answer.body)
        assert (seen["length"], seen["sha256"]) == (len(case.body), hashlib.sha256(case.body).hexdigest())
    if case.after == "refused":
        second = client.response()
        assert second.status == 400 and error_of(second)["code"] == "invalid_request"
    if case.after:
        assert client.stream.closed(3 * SLOW), "the connection stays open"
        assert not client.stream.buffer, f"the rest was answered: {bytes(client.stream.buffer)[:200]!r}"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_client_side(case: Case, daemon, upstream):
    with Client(daemon.proxy_port, timeout=4 * SLOW) as client:
        client.send_quietly(case.data)
        if case.half_close:
            client.half_close()
        answer = first_answer(client, case)
        if answer is not None and answer.status < 300 and case.body is not None:
            check_passed(case, answer, client, upstream)
        else:
            assert case.statuses or case.close_ok, f"answered {answer and (answer.status, answer.body[:300])}, must pass"
            check_refused(case, answer, client, upstream)
    assert not upstream.violations, upstream.violations
    assert len(upstream.requests) <= 1
    with Client(daemon.proxy_port) as probe:
        assert probe.ask(head("GET /health HTTP/1.1", auth=False), "GET").status == 200


def test_two_requests_in_one_packet_are_two(daemon, upstream, client):
    first, second = post(b"first"), post(b"second!", path="/v1/other")
    client.send(first + second)
    sizes = [json.loads(client.response().body)["length"] for _ in range(2)]
    assert sizes == [5, 7]
    assert [r.target for r in upstream.requests] == [b"/v1/things", b"/v1/other"]


def test_request_split_at_every_byte_reads_the_same(daemon, upstream, client):
    """A reader that depends on packet borders has two readings."""
    data = head("POST /v1/things HTTP/1.1", "Transfer-Encoding: chunked") + b"5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nX-T: v\r\n\r\n"
    for at in range(1, len(data)):
        client.send(data[:at])
        client.send(data[at:])
        assert json.loads(client.response().body)["length"] == 8, f"split at {at}"
    assert [r.body for r in upstream.requests] == [b"helloabc"] * (len(data) - 1)
    assert not upstream.violations


# The other side: answers of a hostile or broken provider.

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"


def length(value: bytes, body: bytes = b"hello", more: bytes = b"") -> bytes:
    return OK + b"Content-Type: text/plain\r\nContent-Length: " + value + b"\r\n" + more + b"\r\n" + body


BAD_ANSWERS = {
    "not_http": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "tls_alert": bytes.fromhex("15030300020228"),
    "binary": bytes(range(256)) * 4,
    "http09_body_only": b"<html>hello</html>\r\n\r\n",
    "nothing_but_close": b"",
    "only_newlines": b"\r\n\r\n\r\n\r\n",
    "status_missing": b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "status_two_digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "status_four_digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    "status_letters": b"HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n",
    "status_negative": b"HTTP/1.1 -20 OK\r\nContent-Length: 0\r\n\r\n",
    "status_zero": b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    "version_2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "version_lower_case": b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "version_other": b"ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
    "reason_nul": b"HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n",
    "head_cut": b"HTTP/1.1 200 OK\r\nContent-Le",
    "head_bomb_value": OK + b"X-A: " + b"a" * (1 << 20) + b"\r\nContent-Length: 0\r\n\r\n",
    "head_bomb_name": OK + b"X" * (1 << 20) + b": a\r\nContent-Length: 0\r\n\r\n",
    "head_bomb_count": OK + b"X-Abcdefgh: 0123456789\r\n" * 40_000 + b"Content-Length: 0\r\n\r\n",
    "head_never_ends": OK + b"X-A: b\r\n" * 200_000,
    "header_nul": OK + b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "header_bare_cr": OK + b"X-A: b\rContent-Length: 0\r\n\r\n",
    "header_space_before_colon": OK + b"Content-Length : 5\r\n\r\nhello",
    "header_name_empty": OK + b": b\r\nContent-Length: 0\r\n\r\n",
    "header_no_colon": OK + b"words\r\nContent-Length: 0\r\n\r\n",
    "header_first_indented": OK + b" X-A: b\r\nContent-Length: 0\r\n\r\n",
    "cl_negative": length(b"-5"),
    "cl_plus": length(b"+5"),
    "cl_hex": length(b"0x5"),
    "cl_list_differs": length(b"5, 6"),
    "cl_twice_differs": length(b"5", more=b"Content-Length: 6\r\n"),
    "cl_overflow_to_5": length(b"18446744073709551621"),
    "cl_letters": length(b"five"),
    "cl_empty": length(b""),
    "te_unknown": OK + b"Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "te_chunked_twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "te_two_fields": OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "te_then_identity": OK + b"Transfer-Encoding: chunked, identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "te_and_cl_differ": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "switching_protocols_unasked": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nframes",
    "interim_endless": b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
    "interim_103_endless": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20_000,
}
# Where a recipient may repair: either our error, or this body.
REPAIRABLE = {
    "cl_list_same": (length(b"5, 5"), b"hello"),
    "cl_twice_same": (length(b"5", more=b"Content-Length: 5\r\n"), b"hello"),
    "fold": (length(b"5", more=b"X-A: b\r\n c\r\n"), b"hello"),
    "lf_only": (length(b"5").replace(b"\r\n", b"\n"), b"hello"),
    "te_and_cl_same_size": (OK + b"Transfer-Encoding: chunked\r\nContent-Length: 15\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
    "te_in_http10": (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
    "cl_leading_zeros": (length(b"0005"), b"hello"),
    "cl_on_204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b""),
    "reason_missing_with_space": (b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "reason_missing": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "reason_obs_text": (b"HTTP/1.1 200 \xe4h\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "status_599": (b"HTTP/1.1 599 Odd\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "status_600": (b"HTTP/1.1 600 Odd\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "interim_five": (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5 + length(b"5"), b"hello"),
    "close_delimited": (OK + b"\r\nhello", b"hello"),
    "http10_close_delimited": (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
    "many_headers_below_bound": (length(b"5", more=b"X-A: b\r\n" * 80), b"hello"),
}
# The head is good and may already be with the client when the body turns out wrong: the client must see the break.
BROKEN_BODIES = {
    "length_short": length(b"50"),
    "length_short_by_one": length(b"6"),
    "length_nothing": length(b"5", b""),
    "length_over_63_bits": length(b"9223372036854775807"),
    "chunk_size_garbage": CHUNKED + b"5\r\nhello\r\nzz\r\n",
    "chunk_size_empty": CHUNKED + b"5\r\nhello\r\n\r\n\r\n",
    "chunk_size_negative": CHUNKED + b"5\r\nhello\r\n-1\r\n",
    "chunk_size_overflow": CHUNKED + b"5\r\nhello\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    "chunk_size_0x": CHUNKED + b"5\r\nhello\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk_line_bare_lf": CHUNKED + b"5\r\nhello\r\n5\nhello\r\n0\r\n\r\n",
    "chunk_no_crlf_after_data": CHUNKED + b"5\r\nhello5\r\nhello\r\n0\r\n\r\n",
    "chunk_data_longer": CHUNKED + b"5\r\nhelloXX\r\n0\r\n\r\n",
    "chunk_extension_bomb": CHUNKED + b"5\r\nhello\r\n5;" + b"a" * (1 << 20) + b"\r\nhello\r\n0\r\n\r\n",
    "chunk_cut_in_size": CHUNKED + b"5\r\nhello\r\n5",
    "chunk_cut_in_data": CHUNKED + b"5\r\nhel",
    "chunk_cut_before_last": CHUNKED + b"5\r\nhello\r\n",
    "chunk_cut_in_last": CHUNKED + b"5\r\nhello\r\n0\r\n",
    "trailer_bomb": CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\n",
    "trailer_no_colon": CHUNKED + b"5\r\nhello\r\n0\r\nwords\r\n\r\n",
}


def scripted(raw: bytes):
    def script(exchange) -> None:
        exchange.body()
        try:
            exchange.send(raw)
        except OSError:
            pass
        exchange.close()
    return script


def check_row(daemon, tag: str, *, category: set[str], source: str = "provider", code: str | None = None) -> dict:
    row = daemon.row(tag)
    assert row["error_source"] == source, row
    assert row["error_category"] in category, row
    if code:
        assert row["error_code"] == code, row
    return row


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answer_becomes_our_error(name, daemon, upstream):
    upstream.play(scripted(BAD_ANSWERS[name]))
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        answer = client.ask(post(b"hello", tag=tag))
        assert answer.status == 502, (answer.status, answer.body[:200])
        assert error_of(answer)["code"] == "provider_bad_response"
    row = check_row(daemon, tag, category={"protocol", "network"}, code="provider_bad_response")
    assert row["status"] == 502
    assert upstream.begun == 1, f"{upstream.begun} requests for one sent"


@pytest.mark.parametrize("name", REPAIRABLE)
def test_odd_answer_has_one_reading(name, daemon, upstream):
    raw, body = REPAIRABLE[name]
    upstream.play(scripted(raw))
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        answer = client.ask(post(b"hello"))
        if answer.status == 502:
            assert error_of(answer)["code"] == "provider_bad_response"
        else:
            assert answer.body == body
    # A kept connection that the provider gives up just now: the request is not sent twice, so it may be heard of nowhere.
    assert upstream.begun == 1 or (answer.status == 502 and upstream.begun == 0)


@pytest.mark.parametrize("name", BROKEN_BODIES)
def test_broken_body_is_seen_as_broken(name, daemon, upstream):
    upstream.play(scripted(BROKEN_BODIES[name]))
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        client.send(post(b"hello", tag=tag))
        try:
            answer = client.response()
        except (Broken, Malformed):
            answer = None
        if answer is not None:
            assert answer.status == 502, f"a broken answer was made to look whole: {answer.head!r} {answer.body!r}"
        else:
            assert client.stream.closed(3 * SLOW), "after a broken body the connection can't be used again"
    check_row(daemon, tag, category={"protocol", "network"})
    assert upstream.begun == 1


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"a\": 1}\r\n0\r\n\r\n"


@pytest.mark.parametrize("at", range(len(WHOLE)))
def test_close_at_every_byte_of_an_answer(at, daemon, upstream):
    upstream.play(scripted(WHOLE[:at]))
    head_end = WHOLE.index(b"\r\n\r\n") + 4
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        client.send(post(b"hello"))
        try:
            answer = client.response()
            assert at < head_end + 20 and answer.status == 502, f"cut at {at}: {answer.head!r} {answer.body!r}"
            if answer.status == 502:
                assert error_of(answer)["code"] == "provider_bad_response"
        except Broken:
            assert at >= head_end, f"cut at {at} inside the head: the client is owed an error"
    assert upstream.begun == 1


@pytest.mark.parametrize("extra", [b"X", b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"], ids=["byte", "newline", "second_answer"])
@pytest.mark.parametrize("framed", ["length", "chunked", "no_content"])
def test_bytes_after_an_answer_reach_nobody(extra, framed, daemon, upstream, client):
    good = {"length": length(b"5"), "chunked": CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", "no_content": b"HTTP/1.1 204 No Content\r\n\r\n"}[framed]

    def script(exchange) -> None:
        exchange.body()
        if exchange.number == 1:
            exchange.send(good + extra)
        else:
            exchange.reply(b"second")
    upstream.play(script)
    first = client.ask(post(b"hello"))
    assert first.body == (b"" if framed == "no_content" else b"hello")
    second = client.ask(post(b"again"))
    assert second.body == b"second"
    assert len({r.connection for r in upstream.requests}) == 2, "a connection with bytes left over was used again"


def test_answer_before_the_request_is_not_taken_for_anothers(daemon, upstream, client):
    """Unasked bytes on an idle connection belong to no request."""
    def script(exchange) -> None:
        exchange.body()
        exchange.reply(b"first" if exchange.number == 1 else b"second")
        if exchange.number == 1:
            sent.append(exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"))
    sent: list[float] = []
    upstream.play(script)
    assert client.ask(post(b"1")).body == b"first"
    assert eventually(lambda: sent)
    assert client.ask(post(b"2")).body == b"second"


def test_early_answer_does_not_wait_for_the_body(daemon, upstream):
    """The provider answers after the head; the client has sent half of its body."""
    def script(exchange) -> None:
        exchange.reply(b'{"early": true}', "413 Content Too Large")
        exchange.close()
        exchange.wait_gone(5)
    upstream.play(script)
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        client.send(head("POST /v1/things HTTP/1.1", "Content-Length: 8000000") + b"x" * 2_000_000)
        answer = client.response()
        assert (answer.status, answer.body) == (413, b'{"early": true}')


def test_early_answer_desynchronises_nothing(daemon, upstream):
    """The unread rest of a body must never be taken for a request, on either side."""
    def script(exchange) -> None:
        if exchange.number == 1:
            exchange.reply(b"early")
            exchange.close()
        else:
            exchange.body()
            exchange.reply(b"second")
    upstream.play(script)
    evil = post(b"", path="/v1/smuggled")
    with Client(daemon.proxy_port, timeout=4 * SLOW) as client:
        client.send(head("POST /v1/things HTTP/1.1", f"Content-Length: {2 * len(evil)}") + evil)
        assert client.response().body == b"early"
        client.send_quietly(evil + post(b"x"))
        try:
            client.response()
        except (Broken, TimeoutError):
            pass
    assert all(r.target != b"/v1/smuggled" for r in upstream.requests)
    assert upstream.begun <= 2


def test_interim_then_silence_is_a_timeout(daemon, upstream):
    def script(exchange) -> None:
        exchange.body()
        exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        exchange.wait_gone()
    upstream.play(script)
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=6 * SLOW) as client:
        answer = client.ask(post(b"hello", tag=tag))
        assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")
    check_row(daemon, tag, category={"timeout"}, code="provider_timeout")
    assert upstream.wait(lambda u: u.gone_at)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX-A: b"], ids=["no_byte", "half_a_head"])
def test_provider_that_never_answers(start, daemon, upstream):
    def script(exchange) -> None:
        exchange.body()
        exchange.send(start)
        exchange.wait_gone()
    upstream.play(script)
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=6 * SLOW) as client:
        answer = client.ask(post(b"hello", tag=tag))
        assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")
        assert 1 <= int(answer.one("retry-after")) <= 60 and answer.one("retry-after-ms")
    row = check_row(daemon, tag, category={"timeout"}, code="provider_timeout")
    assert row["status"] == 504
    assert upstream.wait(lambda u: u.gone_at), "the provider's connection stays open"
    assert upstream.begun == 1


def test_head_trickled_past_the_deadline(daemon, upstream):
    """One byte now and then must not move the deadline."""
    def script(exchange) -> None:
        exchange.body()
        for byte in b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200:
            exchange.send(bytes([byte]))
            if exchange.stream.closed(0.1):
                return exchange.close()
        exchange.close()
    upstream.play(script)
    with Client(daemon.proxy_port, timeout=6 * SLOW) as client:
        answer = client.ask(post(b"hello"))
        assert (answer.status, error_of(answer)["code"]) == (504, "provider_timeout")


@pytest.mark.parametrize("when", ["before_answer", "in_head", "in_body"])
def test_provider_resets(when, daemon, upstream):
    def script(exchange) -> None:
        exchange.body()
        if when == "in_head":
            exchange.send(b"HTTP/1.1 200 OK\r\nX-")
        if when == "in_body":
            exchange.send(length(b"50"))
            assert arrived.wait(5)
        exchange.rst()
    arrived = threading.Event()
    upstream.play(script)
    tag = new_tag()
    with Client(daemon.proxy_port, timeout=5 * SLOW) as client:
        client.send(post(b"hello", tag=tag))
        if when == "in_body":
            client.stream.until(b"hello")
            arrived.set()
            assert client.stream.closed(3 * SLOW)
        else:
            answer = client.response()
            assert answer.status in (502, 503), answer.head
            assert error_of(answer)["code"] in ("provider_bad_response", "provider_unreachable")
    check_row(daemon, tag, category={"network", "protocol"})
    assert upstream.begun == 1


def test_provider_trickles_a_good_answer(daemon, upstream, client):
    raw = length(b"5")

    def script(exchange) -> None:
        exchange.body()
        for byte in raw:
            exchange.send(bytes([byte]))
    upstream.play(script)
    assert client.ask(post(b"hello")).body == b"hello"
