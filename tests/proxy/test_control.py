"""What an operator changes beside a running daemon holds at once: keys, orgs, credential references."""
from __future__ import annotations

import re

import pytest

from support.api import Api
from support.client import ORG_KEY, PROVIDER_KEY, Client, error_of, head, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.upstream import Upstream

CHAT = b'{"model":"gpt-4o-mini"}'
CLAUDE = b'{"model":"claude-haiku-4-5","max_tokens":5}'


@pytest.fixture(scope="module")
def provider():
    made = Upstream()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def own(tmp_path_factory, provider):
    folder = tmp_path_factory.mktemp("control")
    secret = folder / "anthropic-key"
    secret.write_text("sk-ant-api03-" + "f" * 93 + "AA\n")
    env = {"OPENAI_FROM_ENV": "sk-proj-from-env-T3BlbkFJ"}
    with Daemon(folder / "d", {name: provider.url for name in ("openai", "anthropic", "gemini")}, env=env) as made:
        made.command("org", "credential", "openai", "env:OPENAI_FROM_ENV")
        made.command("org", "credential", "anthropic", f"file:{secret}")
        yield made


def ask(own: Daemon, *headers: str, path: str = "/v1/chat/completions", body: bytes = CHAT):
    with Client(own.proxy_port) as client:
        return client.ask(head(f"POST {path} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "Content-Type: application/json", auth=False) + body)


@pytest.mark.parametrize("header", ["Authorization: Bearer {}", "x-api-key: {}", "api-key: {}", "x-goog-api-key: {}", "X-Lectr-Key: {}"])
@pytest.mark.parametrize("path,body,name,value", [("/v1/chat/completions", CHAT, "authorization", "Bearer sk-proj-from-env-T3BlbkFJ"),
                                                  ("/v1/messages", CLAUDE, "x-api-key", "sk-ant-api03-" + "f" * 93 + "AA")])
def test_org_key_alone_uses_the_referenced_credential(header, path, body, name, value, own, provider):
    assert eventually(lambda: ask(own, header.format(ORG_KEY), path=path, body=body).status == 200, 5 * SLOW), "a new reference is not in force"
    provider.play()
    assert ask(own, header.format(ORG_KEY), path=path, body=body).status == 200
    got = provider.requests[0]
    credentials = {n: got.one(n) for n in ("authorization", "x-api-key", "api-key", "x-goog-api-key") if got.one(n)}
    assert credentials == {name: value}, "one credential, the provider's own"
    assert ORG_KEY.encode() not in got.head


def test_the_clients_own_provider_key_wins(own, provider):
    provider.play()
    assert ask(own, f"X-Lectr-Key: {ORG_KEY}", f"Authorization: Bearer {PROVIDER_KEY}").status == 200
    assert provider.requests[0].one("authorization") == f"Bearer {PROVIDER_KEY}"


def test_a_new_key_works_and_a_revoked_one_does_not(own, provider):
    printed = own.command("key", "create", "second")
    number, secret = re.search(r"key (\d+)", printed)[1], re.search(r"lc_key_\w+", printed)[0]
    header = (f"X-Lectr-Key: {secret}", f"Authorization: Bearer {PROVIDER_KEY}")
    assert eventually(lambda: ask(own, *header).status == 200, 3 * SLOW)
    tag = new_tag()
    assert ask(own, *header, f"X-Lectr-Feature: {tag}").status == 200
    assert str(own.row(tag)["key_id"]) == number
    own.command("key", "revoke", number)
    assert eventually(lambda: ask(own, *header).status == 401, 3 * SLOW), "a revoked key still works"
    assert error_of(ask(own, *header))["code"] == "invalid_lectr_key"


def test_a_disabled_org_is_refused_and_comes_back(own, provider):
    header = (f"X-Lectr-Key: {ORG_KEY}", f"Authorization: Bearer {PROVIDER_KEY}")
    own.command("org", "disable", "default")
    try:
        assert eventually(lambda: ask(own, *header).status == 401, 3 * SLOW)
        assert error_of(ask(own, *header))["code"] == "org_disabled"
    finally:
        own.command("org", "enable", "default")
    assert eventually(lambda: ask(own, *header).status == 200, 3 * SLOW)


def test_orgs_never_see_each_others_rows(own, provider):
    own.command("org", "create", "other")
    key = re.search(r"lc_key_\w+", own.command("key", "create", "k", "--org", "other"))[0]
    token = re.search(r"lt_\w+", own.command("token", "create", "t", "--org", "other"))[0]
    header = (f"X-Lectr-Key: {key}", f"Authorization: Bearer {PROVIDER_KEY}")
    tag = new_tag()
    assert eventually(lambda: ask(own, *header).status == 200, 3 * SLOW)
    assert ask(own, *header, f"X-Lectr-Feature: {tag}").status == 200
    seen = lambda: own.api(f"/api/v1/requests?feature={tag}", token)["rows"]  # noqa: E731
    assert eventually(lambda: len(seen()) == 1, 5 * SLOW)
    assert own.rows(tag) == [], "the first org sees the other's row"


def test_rollups_made_anew_give_the_same_numbers(own, provider):
    header = (f"X-Lectr-Key: {ORG_KEY}", f"Authorization: Bearer {PROVIDER_KEY}")
    tag = new_tag()
    assert eventually(lambda: ask(own, *header, f"X-Lectr-Feature: {tag}").status == 200, 3 * SLOW)
    own.row(tag)
    def numbers() -> dict:
        all_of = own.api("/api/v1/overview?window=24h")
        return {name: all_of[name] for name in ("requests", "errors", "streaming", "tokens_input", "tokens_output", "latency_p95_us")}
    before = numbers()
    assert before["requests"] > 0
    assert "anew" in own.command("rollup", "rebuild")
    assert numbers() == before


@pytest.mark.parametrize("provider_name,reference", [("opneai", "env:OPENAI_FROM_ENV"), ("openai", "env:"), ("openai", "env:NOT A NAME"), ("openai", "sk-proj-x")])
def test_a_reference_that_no_instance_could_use_is_refused_and_changes_nothing(provider_name, reference, own):
    api = Api(own.admin_port)
    before = api.get("/control")["version"]
    assert own.command("org", "credential", provider_name, reference, code=1)
    assert api.get("/control")["version"] == before
