"""The measuring tools themselves: the reader refuses what has two readings, the scripted provider records what it got."""
from __future__ import annotations

import signal

import pytest

from support.client import Client, chunked, head, post
from support.daemon import check_end
from support.http1 import Broken, Malformed
from support.upstream import Upstream


@pytest.fixture
def provider():
    made = Upstream()
    yield made
    made.stop()


def test_records_exactly_what_was_sent(provider):
    with Client(provider.port) as client:
        answer = client.ask(post(b"hello", path="/v1/x?y"))
        assert answer.status == 200
        client.ask(head("POST /v1/z HTTP/1.1", "Transfer-Encoding: chunked") + chunked(b"a", b"bc", trailer=b"X-T: 1\r\n"))
    assert provider.wait(lambda u: len(u.requests) == 2)
    one, two = provider.requests
    assert (one.target, one.body, two.chunks, two.trailers) == (b"/v1/x?y", b"hello", [b"a", b"bc"], [(b"X-T", b"1")])
    assert provider.connections == 1 and not provider.violations


@pytest.mark.parametrize("raw", [
    head("POST / HTTP/1.1", "Content-Length: 5", "Transfer-Encoding: chunked"), head("POST / HTTP/1.1", "Content-Length: +5"),
    head("POST / HTTP/1.1", "Content-Length: 5", "Content-Length: 5"), head("POST / HTTP/1.1", "Transfer-Encoding: chunked, chunked"),
    head("POST / HTTP/1.1", b"A: b\nC: d"), head("POST / HTTP/1.1", "A : b"), head("POST / HTTP/1.1", b"A: b\x00"), head("POST / HTTP/1.1", "Host: b"),
    head("POST / HTTP/1.1", host=False), head("POST /a b HTTP/1.1"), head("POST / HTTP/2.0")])
def test_refuses_two_readings(provider, raw):
    with Client(provider.port) as client:
        client.send(raw)
        assert client.stream.closed(5)
    assert provider.violations and not provider.requests


@pytest.mark.parametrize("body", [b"5\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"-5\r\n", b" 5\r\nhello\r\n"])
def test_refuses_bad_chunks(provider, body):
    with Client(provider.port) as client:
        client.send(head("POST / HTTP/1.1", "Transfer-Encoding: chunked") + body)
        client.half_close()
        assert client.stream.closed(5)
    assert not provider.requests


@pytest.mark.parametrize("cut", range(1, 40))
def test_client_sees_a_cut(provider, cut):
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    provider.play(lambda exchange: (exchange.body(), exchange.send(whole[:-cut]), exchange.close()))
    with Client(provider.port) as client, pytest.raises(Broken):
        client.ask(post(b""))


def test_client_sees_bad_chunks(provider):
    provider.play(lambda exchange: (exchange.body(), exchange.start_stream(), exchange.send(b"zz\r\n"), exchange.close()))
    with Client(provider.port) as client, pytest.raises(Malformed):
        client.ask(post(b""))


@pytest.mark.parametrize("text, code", [
    ("ready\n==7==ERROR: AddressSanitizer: heap-use-after-free", 0), ("WARNING: ThreadSanitizer: data race (pid=7)", -signal.SIGKILL),
    ("==7==ERROR: LeakSanitizer: detected memory leaks", 99), ("a.cpp:1:2: runtime error: signed integer overflow", 0), ("ready", -signal.SIGSEGV)])
def test_end_shows_what_a_sanitizer_found(text, code):
    with pytest.raises(AssertionError, match="sanitizer found|crashed"):
        check_end(text, code)


@pytest.mark.parametrize("code", [0, 1, -signal.SIGKILL, -signal.SIGTERM])
def test_usual_ends_pass(code):
    check_end("ready\nstopped", code)
