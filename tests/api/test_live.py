"""The event stream through the real daemon."""
from __future__ import annotations

import json
import socket
import time

import pytest

from support.api import Api
from support.client import new_tag
from support.daemon import SLOW, eventually

pytestmark = pytest.mark.timeout(120 * SLOW)


def test_a_request_shows_within_a_second_of_its_end(api, ask):
    stream = api.live()
    try:
        assert stream.answer.getheader("content-type") == "text/event-stream"
        assert stream.event("hello")[1]["now"]
        assert "degraded" in stream.event("status")[1]
        ask(new_tag())  # whatever is slow the first time
        for _ in range(3):
            tag = new_tag()
            ask(tag)
            ended = time.monotonic()
            while tag not in json.dumps(stream.event("rows")):
                pass
            assert time.monotonic() - ended < 1 * SLOW
    finally:
        stream.close()


def test_it_ends_when_the_token_is_revoked(api, own):
    made = api.do("POST", "/tokens", {"name": "live", "role": "viewer"}, 201)
    stream = Api(own.admin_port, made["token"]).live()
    assert stream.event("hello")
    api.do("DELETE", f"/tokens/{made['id']}", status=204)
    began = time.monotonic()
    while stream.event() is not None:
        pass
    assert time.monotonic() - began < 12 * SLOW
    stream.close()


def test_there_are_64_and_leaving_makes_room(api):
    streams = [api.live() for _ in range(64)]
    try:
        assert all(stream.status == 200 for stream in streams)
        more = api.live()
        assert more.status == 503 and json.loads(more.answer.read())["error"]["code"] == "overloaded"
        more.close()
        for stream in streams[:8]:
            stream.close()

        def room() -> bool:
            stream = api.live()
            stream.close()
            return stream.status == 200
        assert eventually(room, 5 * SLOW), "a client that left still counts"
        assert api.ask("GET", "/me").status == 200, "the rest goes on"
    finally:
        for stream in streams:
            stream.close()


def test_an_export_that_nobody_reads_holds_nothing_up(api, own):
    with socket.create_connection(("127.0.0.1", own.admin_port)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(f"GET /api/v1/requests.csv HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n".encode())
        for _ in range(20):
            assert api.ask("GET", "/me").status == 200
