"""Daemons with several scripted providers, and control documents in force in them."""
from __future__ import annotations

import json

from support.api import Api
from support.client import Client, chunked, head
from support.daemon import ORG_KEY, Daemon, eventually
from support.upstream import Upstream

CHAT = "/v1/chat/completions"
ANSWER = b'{"id":"x","object":"chat.completion","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}'


def ok(exchange) -> None:
    exchange.body()
    exchange.reply(ANSWER)


def status(line: str, body: bytes = b'{"error":{"message":"no","type":"server_error","code":"server_error"}}', *headers: str):
    def script(exchange) -> None:
        exchange.body()
        exchange.reply(body, line, ("Content-Type: application/json", *headers))
    return script


class World:
    """openai, groq and mistral, each a scripted provider. The org has a credential for groq."""

    def __init__(self, folder, openai: str = ""):
        self.openai, self.groq, self.mistral = Upstream().play(ok), Upstream().play(ok), Upstream().play(ok)
        self.daemon = Daemon(folder, {"openai": openai or self.openai.url, "groq": self.groq.url + "/openai", "mistral": self.mistral.url,
                                      "anthropic": self.openai.url, "azure": self.openai.url, "gemini": self.openai.url},
                             env={"GROQ_API_KEY": "gsk_of_the_org"}).start()
        self.api = Api(self.daemon.admin_port)
        self.credential("groq", "env:GROQ_API_KEY")

    def credential(self, provider: str, reference: str) -> None:
        self.api.do("PUT", f"/settings/credentials/{provider}", {"reference": reference}, 204)

    def rules(self, *rules: dict) -> int:
        return self.control({"rules": list(rules)})

    def control(self, document: dict) -> int:
        """In force when it returns."""
        version = self.api.declare(document)
        def in_force() -> bool:
            return all(row["version"] >= version for row in self.api.get("/instances")["rows"])
        assert eventually(in_force, 10)
        return version

    def ask(self, body: bytes | dict = b'{"model":"gpt-4o"}', *headers: str, path: str = CHAT, tag: str = "", client: Client | None = None,
            key: str | None = "sk-client", chunks: tuple[bytes, ...] = (), org_key: str = ORG_KEY):
        body = json.dumps(body).encode() if isinstance(body, dict) else body
        lines = [f"X-Lectr-Key: {org_key}", "Content-Type: application/json", *headers]
        if tag:
            lines.append(f"X-Lectr-Feature: {tag}")
        if key:
            lines.append(f"Authorization: Bearer {key}")
        lines.append("Transfer-Encoding: chunked" if chunks else f"Content-Length: {len(body)}")
        request = head(f"POST {path} HTTP/1.1", *lines, auth=False) + (chunked(*chunks) if chunks else body)
        if client:
            return client.ask(request)
        with Client(self.daemon.proxy_port) as fresh:
            return fresh.ask(request)

    def stop(self) -> None:
        code = self.daemon.stop()
        for upstream in (self.openai, self.groq, self.mistral):
            upstream.stop()
        assert code == 0, self.daemon.log()[-3000:]

