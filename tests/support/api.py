"""The REST API as a test asks it: JSON in and out, any method, any caller."""
from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

from support.daemon import ADMIN_TOKEN, SLOW


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Api:
    """One caller: a token, or a session after sign_in()."""

    def __init__(self, port: int, token: str | None = ADMIN_TOKEN):
        self.port, self.token, self.cookie = port, token, None

    def headers(self) -> dict[str, str]:
        if self.cookie:
            return {"Cookie": self.cookie, "X-Lectr-Csrf": "1"}
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def ask(self, method: str, path: str, body=None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * SLOW)
        try:
            sent = self.headers() | {name.replace("_", "-"): value for name, value in headers.items()}
            data = None
            if body is not None:
                data = json.dumps(body)
                sent["Content-Type"] = "application/json"
            connection.request(method, path if path.startswith("/api/") else "/api/v1" + path, data, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, status: int = 200):
        answer = self.ask("GET", path)
        assert answer.status == status, (path, answer.status, answer.body[:300])
        return answer.json

    def do(self, method: str, path: str, body=None, status: int = 200):
        answer = self.ask(method, path, body)
        assert answer.status == status, (method, path, answer.status, answer.body[:300])
        return answer.json if answer.body else None

    def declare(self, document: dict) -> int:
        """The version that this document became. What the org has of providers stays, unless the document says otherwise."""
        now = self.get("/control")
        kept = {"providers": now["document"]["providers"]} if "providers" in now["document"] else {}
        return self.do("PUT", "/control", {"base_version": now["version"], "document": kept | document})["version"]

    def sign_in(self, user: str, password: str) -> Answer:
        answer = self.ask("POST", "/login", {"user": user, "password": password})
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        return answer

    def live(self, timeout: float = 30 * SLOW) -> "Live":
        return Live(self, timeout)


class Live:
    """The event stream, read one event at a time."""

    def __init__(self, api: Api, timeout: float):
        self.connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=timeout)
        self.connection.request("GET", "/api/v1/live", headers=api.headers())
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def event(self, name: str | None = None):
        """The next event (of that name) and its data; None when the stream is over."""
        kind, data = "", ""
        while True:
            line = self.answer.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data = line[6:]
            elif not line and kind:
                if name in (None, kind):
                    return kind, json.loads(data)
                kind = data = ""

    def close(self) -> None:
        self.answer.close()
        self.connection.close()
