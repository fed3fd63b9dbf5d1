"""Bytes that have to wait arrive as they came, and the gateway's own comparison of both sides has seen it."""
from __future__ import annotations

import hashlib
import random
import threading

import pytest

from support.client import Client, head
from support.daemon import SLOW, eventually
from support.scrape import scrape

SIZE = 8 << 20
DATA = random.Random(7).randbytes(SIZE)
DIGEST = hashlib.sha256(DATA).hexdigest()
REQUEST = head("POST /v1/things HTTP/1.1", "Content-Type: application/octet-stream", f"Content-Length: {SIZE}")


def compared(daemon) -> float:
    now = scrape(daemon.admin_port)
    assert now.sum("lectr_mismatch_total") == 0, daemon.log()[-2000:]
    return now.sum("lectr_compared_total")


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_client_that_reads_in_sips_gets_every_byte(framing, daemon, upstream):
    def script(exchange) -> None:
        exchange.body()
        if framing == "length":
            exchange.reply(DATA, headers=("Content-Type: application/octet-stream",))
        elif framing == "chunked":
            exchange.start_stream("application/octet-stream")
            for at in range(0, SIZE, 1_000_003):
                exchange.chunk(DATA[at:at + 1_000_003])
            exchange.send(b"0\r\n\r\n")
        else:
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" + DATA)
            exchange.close()
    upstream.play(script)
    before, pause = compared(daemon), threading.Event()
    with Client(daemon.proxy_port, timeout=20 * SLOW, receive_buffer=8192) as client:
        client.send(head("POST /v1/things HTTP/1.1", "Content-Length: 0"))
        for _ in range(20):  # full buffers on the way, and everything from then on has to wait
            pause.wait(0.02)
            assert client.stream.fill()
        assert hashlib.sha256(client.response().body).hexdigest() == DIGEST
    assert eventually(lambda: compared(daemon) == before + 1, 5 * SLOW)


def test_a_provider_that_reads_in_sips_gets_every_byte(daemon, upstream):
    seen = hashlib.sha256()

    def script(exchange) -> None:
        stream, pause, left = exchange.stream, threading.Event(), SIZE
        for n in range(10_000):
            if n < 20:
                pause.wait(0.02)
            if not stream.buffer:
                stream.fill()
            taken = bytes(stream.buffer[:left])
            del stream.buffer[:len(taken)]
            seen.update(taken)
            left -= len(taken)
            if left == 0:
                break
        exchange.reply(b"{}")
        exchange.close()
    upstream.play(script)
    before = compared(daemon)
    with Client(daemon.proxy_port, timeout=20 * SLOW) as client:
        client.send_quietly(REQUEST + DATA)
        assert client.response().status == 200
    assert seen.hexdigest() == DIGEST
    assert eventually(lambda: compared(daemon) == before + 1, 5 * SLOW)
