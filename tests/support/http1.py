"""A strict HTTP/1.1 reader for both sides of the tests.

It shares no code with the gateway on purpose: what it refuses, a careful peer would refuse as well. Nothing is repaired."""
from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass, field

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Malformed(Exception):
    """The peer sent something that is no HTTP/1.1."""


class Broken(Exception):
    """The peer closed before the message was whole; `partial` is what came."""

    def __init__(self, partial: bytes, why: str):
        super().__init__(why)
        self.partial = partial


class Stream:
    """A socket with a read buffer and one deadline per call. Remembers every byte it received."""

    def __init__(self, sock: socket.socket, timeout: float = 10.0):
        self.sock = sock
        self.timeout = timeout
        self.buffer = bytearray()
        self.received = bytearray()
        self.arrivals: list[tuple[float, int]] = []  # time and size of each read
        self.eof = False
        self.reset = False

    def fill(self, timeout: float | None = None) -> bool:
        """Reads once. False at the end of the stream; socket.timeout when nothing came in time."""
        if self.eof:
            return False
        self.sock.settimeout(self.timeout if timeout is None else max(timeout, 0.001))
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            self.reset = True
            data = b""
        if not data:
            self.eof = True
            return False
        self.arrivals.append((time.monotonic(), len(data)))
        self.buffer += data
        self.received += data
        return True

    def until(self, mark: bytes, limit: int = 1 << 20) -> bytes:
        while True:
            at = self.buffer.find(mark)
            if at >= 0:
                out = bytes(self.buffer[: at + len(mark)])
                del self.buffer[: at + len(mark)]
                return out
            if len(self.buffer) > limit:
                raise Malformed("no end of line or head in sight")
            if not self.fill():
                raise Broken(bytes(self.buffer), "closed before " + repr(mark))

    def exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if not self.fill():
                raise Broken(bytes(self.buffer), "closed inside a body")
        out = bytes(self.buffer[:count])
        del self.buffer[:count]
        return out

    def rest(self) -> bytes:
        while self.fill():
            pass
        out = bytes(self.buffer)
        self.buffer.clear()
        return out

    def closed(self, timeout: float = 5.0) -> bool:
        """Waits for the peer to close. Bytes that come before stay in the buffer."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                if not self.fill(deadline - time.monotonic()):
                    return True
            except TimeoutError:
                return False
        return False


@dataclass
class Message:
    start: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    head: bytes = b""
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    trailers: list[tuple[bytes, bytes]] = field(default_factory=list)
    whole: bool = False
    at: float = 0.0

    def all(self, name: str) -> list[bytes]:
        wanted = name.lower().encode()
        return [v for k, v in self.headers if k.lower() == wanted]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{name} came {len(values)} times")
        return values[0].decode("latin-1") if values else None


@dataclass
class Request(Message):
    method: str = ""
    target: bytes = b""
    connection: int = 0


@dataclass
class Response(Message):
    status: int = 0
    interim: list["Response"] = field(default_factory=list)


def parse_fields(block: bytes) -> list[tuple[bytes, bytes]]:
    out = []
    for line in block.split(b"\r\n"):
        if not line:
            continue
        name, colon, value = line.partition(b":")
        if not colon or not TOKEN.fullmatch(name):
            raise Malformed(f"bad field line {line[:60]!r}")
        value = value.strip(b" \t")
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise Malformed(f"control character in {name!r}")
        out.append((name, value))
    return out


def read_head(stream: Stream, message: Message) -> None:
    raw = stream.until(b"\r\n\r\n")
    message.at = time.monotonic()
    message.head = raw
    message.start, _, block = raw[:-2].partition(b"\r\n")
    if b"\n" in raw.replace(b"\r\n", b""):
        raise Malformed("bare LF in a head")
    message.headers = parse_fields(block)


def framing(message: Message) -> tuple[str, int]:
    """("chunked", 0), ("length", n) or ("none", 0); Malformed when more than one reading is possible."""
    codings = message.all("transfer-encoding")
    lengths = message.all("content-length")
    if codings and lengths:
        raise Malformed("both Transfer-Encoding and Content-Length")
    if codings:
        if len(codings) != 1 or codings[0].lower() != b"chunked":
            raise Malformed(f"Transfer-Encoding {codings!r}")
        return "chunked", 0
    if lengths:
        if len(lengths) != 1 or not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
            raise Malformed(f"Content-Length {lengths!r}")
        return "length", int(lengths[0])
    return "none", 0


def read_chunked(stream: Stream, message: Message) -> None:
    while True:
        line = stream.until(b"\r\n")
        match = re.fullmatch(rb"([0-9A-Fa-f]{1,15})(;[^\r\n]*)?\r\n", line)
        if not match:
            raise Malformed(f"bad chunk line {line[:40]!r}")
        size = int(match[1], 16)
        if size == 0:
            break
        data = stream.exactly(size)
        message.body += data
        message.chunks.append(data)
        if stream.exactly(2) != b"\r\n":
            raise Malformed("no CRLF after chunk data")
    while (line := stream.until(b"\r\n")) != b"\r\n":
        message.trailers += parse_fields(line)


def read_body(stream: Stream, message: Message, kind: str, length: int) -> None:
    try:
        if kind == "chunked":
            read_chunked(stream, message)
        elif kind == "length":
            message.body += stream.exactly(length)
        elif kind == "close":
            message.body += stream.rest()
            if stream.reset:
                raise Broken(b"", "reset instead of closed")
    except Broken as error:
        if kind == "length":
            message.body += error.partial
        raise
    message.whole = True


def read_request_head(stream: Stream) -> Request:
    request = Request()
    read_head(stream, request)
    parts = request.start.split(b" ")
    if len(parts) != 3 or not TOKEN.fullmatch(parts[0]) or parts[2] not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Malformed(f"request line {request.start[:80]!r}")
    request.method, request.target = parts[0].decode(), parts[1]
    if len(request.all("host")) != 1:
        raise Malformed("not exactly one Host")
    framing(request)
    return request


def read_request_body(stream: Stream, request: Request) -> None:
    read_body(stream, request, *framing(request))


def read_response(stream: Stream, method: str = "POST") -> Response:
    """Reads interim responses and the final one. On a broken body, raises Broken with `.response` set."""
    interim: list[Response] = []
    while True:
        response = Response()
        read_head(stream, response)
        match = re.fullmatch(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\x00-\x08\x0a-\x1f]*)?", response.start)
        if not match:
            raise Malformed(f"status line {response.start[:80]!r}")
        response.status = int(match[1])
        if response.status >= 200 or response.status == 101:
            break
        interim.append(response)
    response.interim = interim
    kind, length = framing(response)
    if response.status in (101, 204, 304) or method == "HEAD":
        response.whole = True
        return response
    if kind == "none":
        kind = "close"
    try:
        read_body(stream, response, kind, length)
    except (Broken, Malformed) as error:
        error.response = response  # type: ignore[attr-defined]
        raise
    return response
