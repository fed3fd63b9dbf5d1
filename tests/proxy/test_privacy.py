"""No prompt, answer, body, or key in anything the process writes. Canaries go in wherever content can; then every byte is searched."""
from __future__ import annotations

import base64
import json
import signal
import uuid
from pathlib import Path

import pytest

from support.client import ORG_KEY, Client, chunked, head, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.http1 import Broken, Malformed
from support.receivers import WebServer
from support.upstream import Upstream


class Canaries:
    """Marked strings, and all places a process writes to."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def new(self, what: str) -> str:
        made = "canary" + uuid.uuid4().hex
        self.planted[made] = what
        return made

    def add(self, text: str, what: str) -> str:
        self.planted[text] = what
        return text

    def spellings(self, canary: str) -> list[bytes]:
        raw = canary.encode()
        encoded = [base64.b64encode(b" " * pad + raw)[4:-4] for pad in range(3)]  # as it looks inside a longer base64 text
        return [raw, raw.upper(), raw.hex().encode(), raw[::-1], raw.decode().encode("utf-16-le"), *encoded]

    def found(self, places: dict[str, bytes]) -> list[str]:
        out = []
        for place, data in places.items():
            for canary, what in self.planted.items():
                if any(spelling in data for spelling in self.spellings(canary)):
                    out.append(f"{what} in {place}")
        return out


def sinks(own: Daemon, receiver: WebServer | None = None) -> dict[str, bytes]:
    """Every file below its folder (store, WAL, journal, logs), what its listeners tell, and what a receiver of telemetry got."""
    places = {str(path.relative_to(own.folder)): path.read_bytes() for path in own.written_files()}
    for number, got in enumerate(receiver.posts if receiver else []):
        places[f"POST {number} {got.path}"] = json.dumps(got.headers).encode() + got.body
    if own.alive():
        for path in ("/health", "/ready", "/metrics", "/api/v1/status", "/api/v1/requests?limit=200", "/api/v1/overview", "/api/v1/keys"):
            places[f"GET {path}"] = fetch(own, path)
        with Client(own.proxy_port) as client:
            places["GET proxy /health"] = client.ask(head("GET /health HTTP/1.1", auth=False), "GET").body
    return places


def fetch(own: Daemon, path: str) -> bytes:
    import http.client

    from support.daemon import ADMIN_TOKEN
    connection = http.client.HTTPConnection("127.0.0.1", own.admin_port, timeout=10 * SLOW)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        answer = connection.getresponse()
        return json.dumps(answer.getheaders()).encode() + answer.read()
    finally:
        connection.close()


SETTINGS = """\
log_level: debug
deadlines: {head: 1s, body: 1s, connect: 1s, first_byte: 1s, idle: 1s}
bounds: {body_bytes: 1MiB}
"""


class Traffic:
    """Sends marked exchanges that end in all the ways there are."""

    def __init__(self, own: Daemon, provider: Upstream, canaries: Canaries):
        self.own, self.provider, self.canaries = own, provider, canaries
        self.key = canaries.new("provider key")
        self.tag = new_tag()
        self.sent = 0

    def request(self, body: bytes, *more: str, path: str = "/v1/chat/completions", content_type: str = "application/json", framing: str = "") -> bytes:
        new = self.canaries.new
        return head(f"POST {path}?q={new('query')} HTTP/1.1", "Host: a", f"X-Lectr-Key: {ORG_KEY}", f"Authorization: Bearer sk-proj-{self.key}",
                    f"X-Lectr-Feature: {self.tag}", f"X-Custom: {new('header value')}", f"User-Agent: {new('user agent')}", f"Cookie: c={new('cookie')}",
                    f"X-{new('header name')}: 1", f"X-Lectr-Provider-Key-Groq: {new('other provider key')}", f"Content-Type: {content_type}",
                    framing or f"Content-Length: {len(body)}", *more, auth=False, host=False) + body

    def chat(self, **more) -> bytes:
        new = self.canaries.new
        return json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": new("prompt")}], "user": new("user field"),
                           "metadata": {new("metadata key"): new("metadata value")}, "tools": [{"name": new("tool name")}], **more}).encode()

    def once(self, data: bytes, script, read: bool = True) -> None:
        self.provider.play(script)
        self.sent += 1
        with Client(self.own.proxy_port, timeout=6 * SLOW) as client:
            client.send_quietly(data)
            if read:
                try:
                    client.response()
                except (Broken, Malformed, TimeoutError, OSError):
                    pass
            else:
                assert self.provider.wait(lambda u: u.begun == 1)

    def answer(self, status: str = "200 OK", wrap=lambda text: json.dumps({"id": "x", "model": "gpt-4o-mini", "choices": [{"message": {"content": text}}]})):
        new = self.canaries.new

        def script(exchange) -> None:
            exchange.body()
            exchange.reply(wrap(new("answer")).encode(), status, ("Content-Type: application/json", f"X-Answer: {new('answer header')}", f"Set-Cookie: {new('set-cookie')}"))
        return script

    def stream(self, end: str):
        new = self.canaries.new

        def script(exchange) -> None:
            exchange.body()
            exchange.start_stream()
            exchange.chunk(b'data: {"choices":[{"delta":{"content":"%s"}}]}\n\n' % new("stream answer").encode())
            if end == "garbled":
                exchange.chunk(b"data: {[%s\n\n" % new("garbled frame").encode())
            if end == "error":
                exchange.chunk(b'data: {"error":{"message":"%s","type":"server_error","code":"%s"}}\n\n' % (new("error message").encode(), new("error code").encode()))
            if end == "stall":
                exchange.wait_gone()
            if end in ("cut", "stall"):
                return exchange.close()
            exchange.send(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        return script

    def all(self) -> None:
        new, request, chat = self.canaries.new, self.request, self.chat
        self.once(request(chat()), self.answer())
        for end in ("whole", "cut", "garbled", "error", "stall"):
            self.once(request(chat(stream=True)), self.stream(end))
        for status in ("400 Bad Request", "401 Unauthorized", "429 Too Many Requests", "500 Oops", "529 Overloaded"):
            self.once(request(chat()), self.answer(status, lambda text: json.dumps({"error": {"message": text, "type": new("error type"), "code": new("error code")}})))
        self.once(request(chat()), lambda e: (e.body(), e.send(b"HTTP/1.1 2xx %s\r\n\r\n" % new("bad status line").encode()), e.close()))
        self.once(request(chat()), lambda e: (e.body(), e.send(b"HTTP/1.1 200 OK\r\n%s : x\r\n\r\n" % new("bad answer header").encode()), e.close()))
        self.once(request(chat()), lambda e: (e.body(), e.wait_gone()))
        self.once(request(chat()), lambda e: (e.body(), e.close()))
        self.once(request(chat()), lambda e: (e.body(), e.wait_gone()), read=False)
        boundary = "b" * 20
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{new("file name")}"\r\n\r\n{new("file")}\r\n'
        model = f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--{boundary}--\r\n'
        self.once(request((part + model).encode(), path="/v1/audio/transcriptions", content_type=f"multipart/form-data; boundary={boundary}"), self.answer())
        self.once(request(chunked(chat(), trailer=f"X-Trailer: {new('trailer')}\r\n".encode()), framing="Transfer-Encoding: chunked"), self.answer())
        self.once(request(b'{"model": "%s' % new("malformed body").encode()), self.answer())
        self.once(request(b'{"messages": "%s"}' % new("body without model").encode()), self.answer())
        self.once(request(new("binary").encode() * 10, path=f"/v1/files/{new('path id')}/content", content_type="application/octet-stream"), self.answer())
        self.once(request(b"x", "Content-Length: " + new("bad length")), self.answer())
        self.once(request(b"", f"{new('spaced name')} : x"), self.answer())
        self.once(request(b"x" * (2 << 20) + new("too large body").encode()), self.answer())
        self.once(request(chat(), f"X-Lectr-Provider: {new('provider override')}"), self.answer())
        self.once(head("POST /v1/chat/completions HTTP/1.1", f"X-Lectr-Key: lc_{new('wrong org key')}", "Content-Length: 0", auth=False), self.answer())
        self.once(head(f"GET /{new('path')} HTTP/9.9", auth=False), self.answer())
        self.once(b"%s\r\n\r\n" % new("noise").encode(), self.answer())
        gemini = f"/v1beta/models/gemini-2.5-flash:generateContent?key={new('key in the query')}&x="
        self.once(request(json.dumps({"contents": [{"parts": [{"text": new("gemini prompt")}]}]}).encode(), path=gemini), self.answer())


@pytest.fixture
def receiver():
    made = WebServer()
    yield made
    made.stop()


@pytest.fixture
def provider():
    made = Upstream()
    yield made
    made.stop()


@pytest.mark.timeout(180)
def test_nothing_written_holds_content_or_keys(folder, provider, receiver):
    canaries = Canaries()
    canaries.add(ORG_KEY, "org key")
    own = Daemon(folder, {"openai": provider.url, "gemini": provider.url}, SETTINGS + f"otlp: {{endpoint: '{receiver.url}', interval: 1s}}\n").start()
    try:
        traffic = Traffic(own, provider, canaries)
        traffic.all()
        assert traffic.sent > 25 and len(canaries.planted) > 200
        assert eventually(lambda: len(own.rows(traffic.tag)) >= 20, 10 * SLOW), f"{len(own.rows(traffic.tag))} rows: the search would look at too little"
        assert eventually(lambda: traffic.tag.encode() in b"".join(got.body for got in receiver.posts if got.path == "/v1/traces"), 5 * SLOW)
        places = sinks(own, receiver)
        assert any("lectr.db" in place for place in places) and any("journal" in place for place in places), list(places)
        assert traffic.tag.encode() in places["GET /metrics"] and any("/v1/metrics" in place for place in places), "metrics that say nothing hide nothing"
        assert not canaries.found(places)
        own.signal(signal.SIGTERM)
        own.wait()
        assert not canaries.found(sinks(own, receiver))
    finally:
        own.kill()


@pytest.mark.timeout(120)
def test_a_killed_process_leaves_nothing_behind(folder, provider):
    """Journal and WAL as they are in mid-flight, and no core file."""
    canaries = Canaries()
    own = Daemon(folder, {"openai": provider.url}, SETTINGS).start()
    traffic = Traffic(own, provider, canaries)
    for _ in range(20):
        traffic.once(traffic.request(traffic.chat()), traffic.answer())
    own.signal(signal.SIGABRT)
    own.wait()
    places = sinks(own)
    assert not [place for place in places if "core" in Path(place).name.split(".")], "a core file holds everything"
    assert not canaries.found(places)


@pytest.mark.parametrize("place", ["lectr.db", "journal", "log"])
@pytest.mark.parametrize("spelling", range(4))
def test_the_search_bites(place, spelling, folder, provider):
    """A canary that does lie somewhere is found there, however it is spelled."""
    canaries = Canaries()
    with Daemon(folder, {"openai": provider.url}, SETTINGS) as own:
        traffic = Traffic(own, provider, canaries)
        traffic.once(traffic.request(traffic.chat()), traffic.answer())
        assert eventually(lambda: own.rows(traffic.tag))
        leak = canaries.new("planted")
        data = canaries.spellings(leak)[spelling]
        target = {"lectr.db": own.state / "lectr.db-leak", "journal": own.state / "journal-leak", "log": own.folder / "leak.log"}[place]
        target.write_bytes(b"noise" + data + b"noise")
        assert [hit for hit in canaries.found(sinks(own)) if hit.startswith("planted in ")]


def test_a_feature_tag_is_found_where_it_belongs(folder, provider, receiver):
    """The search does see the store and what leaves: a tag, which is metadata and stored as it is, must turn up."""
    canaries = Canaries()
    with Daemon(folder, {"openai": provider.url}, SETTINGS + f"otlp: {{endpoint: '{receiver.url}', interval: 1s}}\n") as own:
        tag = canaries.new("feature tag")
        with Client(own.proxy_port) as client:
            client.ask(head("POST /v1/x HTTP/1.1", f"X-Lectr-Feature: {tag}", "Content-Length: 0"))
        assert own.row(tag)
        assert eventually(lambda: {got.path for got in receiver.posts} == {"/v1/traces", "/v1/metrics"}, 5 * SLOW)
        places = {hit.split(" in ")[1] for hit in canaries.found(sinks(own, receiver))}
        for part in ("lectr.db", "api/v1/requests", "GET /metrics", "/v1/traces", "/v1/metrics"):
            assert any(part in place for place in places), (part, places)
