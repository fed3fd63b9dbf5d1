"""Who alerts come to: a mail server that demands STARTTLS and a login, and a web server that keeps every POST."""
from __future__ import annotations

import email.policy
import socket
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "lectr", "canary-of-the-mail-server"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@dataclass
class Mail:
    sender: str
    recipients: list[str]
    raw: bytes
    tls: bool

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=email.policy.default).parsebytes(self.raw)

    @property
    def text(self) -> str:
        return self.message.get_content()


class MailServer:
    """`refuses` are addresses that it does not take."""

    def __init__(self, context: ssl.SSLContext, refuses: tuple[str, ...] = (), port: int = 0):
        self.mails: list[Mail] = []
        self.refuses = refuses
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), tls_context=context, require_starttls=True, auth_required=True,
                                     authenticator=self._authenticate)
        self.controller.start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=data.login == USER.encode() and data.password == PASSWORD.encode())

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refuses:
            return "550 no such address"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content, session.ssl is not None))
        return "250 OK"

    def stop(self) -> None:
        self.controller.stop()


@dataclass
class Post:
    path: str
    headers: dict[str, str]
    body: bytes


class WebServer:
    """Answers `status` to each, after `delay` seconds; the port is kept while it is stopped."""

    def __init__(self, context: ssl.SSLContext | None = None, port: int = 0):
        self.posts: list[Post] = []
        self.status, self.headers = 200, {}
        self.delay, self.begun = 0.0, 0
        self.ending = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.begun += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.delay and outer.ending.wait(outer.delay):
                    return
                outer.posts.append(Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
