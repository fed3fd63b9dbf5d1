"""A raw client: sends exactly the bytes it is given."""
from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import uuid

from support.http1 import Response, Stream, read_response

ORG_KEY = "lc_key_test0000000000000000000000000000000000000000"
PROVIDER_KEY = "sk-proj-test0000T3BlbkFJ0000000000000000000000000000"


def new_tag() -> str:
    return "t-" + uuid.uuid4().hex[:16]


def head(line: str | bytes, *headers: str | bytes, auth: bool = True, host: bool = True, tag: str = "") -> bytes:
    """A request head with CRLF line ends and the empty line; credentials and Host unless told otherwise."""
    lines: list[bytes] = [line.encode("latin-1") if isinstance(line, str) else line]
    if host:
        lines.append(b"Host: gateway.test")
    if auth:
        lines += [b"X-Lectr-Key: " + ORG_KEY.encode(), b"Authorization: Bearer " + PROVIDER_KEY.encode()]
    if tag:
        lines.append(b"X-Lectr-Feature: " + tag.encode())
    lines += [h.encode("latin-1") if isinstance(h, str) else h for h in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def post(body: bytes, *headers: str | bytes, path: str = "/v1/things", tag: str = "", auth: bool = True) -> bytes:
    return head(f"POST {path} HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, tag=tag, auth=auth) + body


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n" + trailer + b"\r\n"


def error_of(response: Response) -> dict:
    """Our error object, in OpenAI's shape. Fails when the answer has another one."""
    document = json.loads(response.body)
    error = document["error"]
    assert {"message", "type", "code", "param"} <= set(error), document
    return error


class Client:
    def __init__(self, port: int, timeout: float = 10.0, tls: ssl.SSLContext | None = None, receive_buffer: int = 0):
        sock = socket.socket(socket.AF_INET)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(timeout)
        try:
            sock.connect(("127.0.0.1", port))
            self.sock: socket.socket = tls.wrap_socket(sock, server_hostname="localhost") if tls else sock
        except BaseException:
            sock.close()
            raise
        self.stream = Stream(self.sock, timeout)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exc) -> None:
        self.close()

    def send(self, data: bytes) -> "Client":
        self.sock.settimeout(self.stream.timeout)
        self.sock.sendall(data)
        return self

    def send_quietly(self, data: bytes) -> None:
        """Sends in the background: the peer may refuse half way and close."""
        def run() -> None:
            try:
                self.sock.sendall(data)
            except OSError:
                pass
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(0.2 if len(data) > 60_000 else None)

    def response(self, method: str = "POST") -> Response:
        return read_response(self.stream, method)

    def ask(self, data: bytes, method: str = "POST") -> Response:
        return self.send(data).response(method)

    def half_close(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def rst(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self) -> None:
        try:
            self.sock.close()
        except OSError:
            pass
