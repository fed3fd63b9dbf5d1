"""A scripted provider on a loopback port: plays what a test tells it, records what it got, byte for byte.

One thread accepts, one per connection; the script in force is looked up for every request, so connections may outlive a test. A script is
a function `script(exchange)`. It may read the body or not, send any bytes, pause on events, close or reset."""
from __future__ import annotations

import hashlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable

from support.http1 import Broken, Malformed, Request, Stream, read_request_body, read_request_head


class Exchange:
    def __init__(self, upstream: "Upstream", stream: Stream, request: Request, number: int):
        self.upstream, self.stream, self.request, self.number = upstream, stream, request, number
        self.keep = True
        self.epoch = upstream.epoch
        self.recorded = False

    def body(self) -> bytes:
        """Reads the rest of the request. It is on the record from then on, so before any answer to it."""
        if not self.request.whole:
            read_request_body(self.stream, self.request)
        self.record()
        return self.request.body

    def record(self) -> None:
        if self.recorded or not self.request.whole:
            return
        self.recorded = True
        with self.upstream.changed:
            if self.epoch == self.upstream.epoch:
                self.upstream.requests.append(self.request)
            self.upstream.changed.notify_all()

    def send(self, data: bytes) -> float:
        """Sends all of it. The time right before."""
        at = time.monotonic()
        self.stream.sock.settimeout(30)
        self.stream.sock.sendall(data)
        return at

    def reply(self, body: bytes = b"{}", status: str = "200 OK", headers: tuple[str, ...] = ("Content-Type: application/json",)) -> None:
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def chunk(self, data: bytes) -> float:
        return self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def start_stream(self, content_type: str = "text/event-stream", *more: str) -> None:
        extra = "".join(line + "\r\n" for line in more)
        self.send(f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n{extra}\r\n".encode())

    def close(self) -> None:
        self.keep = False

    def rst(self) -> None:
        self.stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.sock.close()
        self.keep = False

    def wait_gone(self, timeout: float = 10.0) -> bool:
        """Waits until the gateway closes this connection and notes when."""
        gone = self.stream.closed(timeout)
        if gone:
            self.upstream.note_gone(time.monotonic())
        self.keep = False
        return gone


Script = Callable[[Exchange], None]


def digest_echo(exchange: Exchange) -> None:
    """Answers with what was read, so that the client can compare both readings."""
    body = exchange.body()
    request = exchange.request
    seen = {"method": request.method, "target": request.target.decode("latin-1"), "length": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    payload = json.dumps(seen).encode()
    if request.method == "HEAD":
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(payload))
    else:
        exchange.reply(payload)


class Upstream:
    def __init__(self, tls: ssl.SSLContext | None = None, greeting: bytes = b""):
        self.tls = tls
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.changed = threading.Condition()
        self.script: Script = digest_echo
        self.serial = 0  # of connections, over all tests: pooled ones outlive a test
        self.clear()
        self.stopping = False
        self.open: set[socket.socket] = set()
        self.greeting = greeting  # sent to every new connection before it asked
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def clear(self) -> None:
        with self.changed:
            self.requests: list[Request] = []   # complete ones
            self.begun = 0                      # heads seen
            self.connections = 0
            self.violations: list[str] = []
            self.gone_at: list[float] = []
            self.sessions_reused: list[bool] = []
            self.epoch = getattr(self, "epoch", 0) + 1

    def play(self, script: Script | None = None) -> "Upstream":
        self.clear()
        self.script = script or digest_echo
        return self

    def note_gone(self, at: float) -> None:
        with self.changed:
            self.gone_at.append(at)
            self.changed.notify_all()

    def wait(self, condition: Callable[["Upstream"], bool], timeout: float = 5.0) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), timeout)

    def drop_connections(self) -> None:
        """Closes what is open; returns when no connection thread is left."""
        with self.changed:
            for sock in list(self.open):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            self.changed.wait_for(lambda: not self.open, 5)

    def stop(self) -> None:
        self.stopping = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.drop_connections()

    def _accept(self) -> None:
        while not self.stopping:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, raw: socket.socket) -> None:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock: socket.socket = raw
        try:
            if self.tls:
                raw.settimeout(10)
                sock = self.tls.wrap_socket(raw, server_side=True)
                with self.changed:
                    self.sessions_reused.append(bool(sock.session_reused))  # type: ignore[attr-defined]
        except OSError as error:
            with self.changed:
                self.violations.append(f"tls: {error}")
                self.changed.notify_all()
            raw.close()
            return
        with self.changed:
            self.connections += 1
            self.serial += 1
            number = self.serial
            self.open.add(sock)
            self.changed.notify_all()
        stream = Stream(sock, timeout=120)
        try:
            if self.greeting:
                sock.sendall(self.greeting)
            while self._one(stream, number):
                pass
        finally:
            try:
                sock.close()
            except OSError:
                pass
            with self.changed:
                self.open.discard(sock)
                self.changed.notify_all()

    def _one(self, stream: Stream, number: int) -> bool:
        epoch = self.epoch
        try:
            request = read_request_head(stream)
            epoch = self.epoch
            request.connection = number
            with self.changed:
                self.begun += 1
                self.changed.notify_all()
            exchange = Exchange(self, stream, request, self.begun)
            try:
                self.script(exchange)
            finally:
                exchange.record()
            if exchange.keep:
                exchange.body()
            return exchange.keep
        except Malformed as error:
            self._note(epoch, f"{error}")
        except Broken as error:
            if error.partial:
                with self.changed:
                    self.changed.notify_all()
        except (OSError, TimeoutError, ValueError):
            pass
        return False

    def _note(self, epoch: int, text: str) -> None:
        with self.changed:
            if epoch == self.epoch:
                self.violations.append(text)
            self.changed.notify_all()
