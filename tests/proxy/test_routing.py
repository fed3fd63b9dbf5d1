"""Routing rules end to end: what the provider gets, byte for byte, and what the row says."""
from __future__ import annotations

import pytest

from support.client import Client, chunked, head, new_tag
from support.daemon import ORG_KEY
from support.rules import CHAT, World, ok

TO_GROQ = {"name": "to-groq", "when": {"feature": "moved*"}, "split": [{"provider": "groq", "model": "llama-3.3-70b-versatile"}]}
MINI = {"name": "mini", "when": {"model": "gpt-4o"}, "split": [{"model": "gpt-4o-mini"}]}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("routing"))
    yield made
    made.stop()


@pytest.fixture
def world(shared):
    for upstream in (shared.openai, shared.groq, shared.mistral):
        upstream.play(ok)
    return shared


def test_a_rule_changes_the_model_and_not_one_other_byte(world):
    world.rules(MINI)
    tag = new_tag()
    body = b'{ "messages":[{"role":"user","content":"say \\"model\\": \\u00e9"}],\n\t"model" : "gpt-4o" ,"metadata":{"model":"inner"}, "x":1.50 }'
    answer = world.ask(body, "X-Custom:  kept", tag=tag)
    assert answer.status == 200
    got, = world.openai.requests
    assert got.body == body.replace(b'"model" : "gpt-4o"', b'"model" : "gpt-4o-mini"')
    assert got.one("content-length") == str(len(got.body)) and b"X-Custom:  kept\r\n" in got.head
    row = world.daemon.row(tag)
    assert (row["rule"], row["model_requested"], row["provider"]) == ("mini", "gpt-4o", "openai")
    assert row["why"].startswith("r:mini t:openai/gpt-4o-mini=200,")


def test_no_rule_leaves_the_request_alone(world):
    world.rules(MINI)
    tag = new_tag()
    body = b'{"model":"gpt-4.1"}'
    assert world.ask(body, tag=tag).status == 200
    assert world.openai.requests[0].body == body
    row = world.daemon.row(tag)
    assert not row["rule"] and not row["why"]


def test_another_provider_gets_its_own_credential_and_path(world):
    world.rules(TO_GROQ)
    tag = "moved-" + new_tag()
    answer = world.ask({"model": "gpt-4o"}, "X-Lectr-Debug: 1", tag=tag)
    assert answer.status == 200 and not world.openai.requests
    got, = world.groq.requests
    assert got.target == b"/openai/v1/chat/completions"
    assert got.all("authorization") == [b"Bearer gsk_of_the_org"] and b"sk-client" not in got.head
    assert got.body == b'{"model": "llama-3.3-70b-versatile"}'
    assert (answer.one("x-lectr-provider"), answer.one("x-lectr-rule"), answer.one("x-lectr-attempts")) == ("groq", "to-groq", "1")
    assert answer.one("x-lectr-model") == "llama-3.3-70b-versatile"
    assert world.daemon.row(tag)["provider"] == "groq"


def test_a_key_sent_along_comes_before_the_orgs(world):
    world.rules(TO_GROQ)
    assert world.ask({"model": "gpt-4o"}, "X-Lectr-Provider-Key-groq: gsk_sent_along", tag="moved-1").status == 200
    assert world.groq.requests[0].one("authorization") == "Bearer gsk_sent_along"


def test_the_org_key_alone_is_enough_when_the_rule_has_a_credential(world):
    world.rules(TO_GROQ)
    assert world.ask({"model": "gpt-4o"}, tag="moved-2", key=None).status == 200
    assert world.groq.requests and not world.openai.requests


@pytest.mark.parametrize("rule,path,why", [
    ({"split": [{"provider": "mistral", "model": "mistral-large-4"}]}, CHAT, "no_credential"),
    ({"split": [{"provider": "groq", "model": "x"}]}, "/v1/embeddings", "no_such_path"),
])
def test_a_rule_that_cant_work_passes_the_request_unchanged_with_a_note(world, rule, path, why):
    world.rules({"name": "cant", "when": {}} | rule)
    tag = new_tag()
    body = b'{"model":"gpt-4o","input":"x"}'
    assert world.ask(body, tag=tag, path=path).status == 200
    assert world.openai.requests[0].body == body and not world.groq.requests and not world.mistral.requests
    row = world.daemon.row(tag)
    assert f"n:{why}" in row["why"] and "rule_not_applied" in row["notes"] and not row["rule"]


def test_a_model_named_twice_is_not_touched(world):
    world.rules({"name": "m", "when": {}, "split": [{"model": "gpt-4o-mini"}]})
    tag = new_tag()
    body = b'{"model":"gpt-4","model":"gpt-4o"}'
    assert world.ask(body, tag=tag).status == 200
    assert world.openai.requests[0].body == body
    assert "n:model_not_replaceable" in world.daemon.row(tag)["why"]


def test_shadow_is_counted_and_does_nothing(world):
    world.rules(TO_GROQ | {"shadow": True}, MINI)
    tag = "moved-" + new_tag()
    assert world.ask({"model": "gpt-4o"}, tag=tag).status == 200
    assert not world.groq.requests and b"gpt-4o-mini" in world.openai.requests[0].body
    assert world.daemon.row(tag)["why"].startswith("r:mini s:to-groq ")


def test_chunked_bodies_are_sent_by_length_once_they_are_changed(world):
    world.rules(MINI)
    assert world.ask(chunks=(b'{"mod', b'el":"gpt-', b'4o","x":1}')).status == 200
    got, = world.openai.requests
    assert got.body == b'{"model":"gpt-4o-mini","x":1}' and not got.chunks and got.one("transfer-encoding") is None


def test_bodies_too_long_to_hold_are_streamed_on_behind_the_new_name(world):
    world.rules(MINI)
    body = b'{"model":"gpt-4o","x":"' + b"y" * 3_000_000 + b'"}'
    assert world.ask(body).status == 200
    assert world.openai.requests[0].body == body.replace(b"gpt-4o", b"gpt-4o-mini", 1)


def test_forms_and_deployments(world):
    world.rules({"name": "w", "when": {"model": "whisper-1"}, "split": [{"provider": "groq", "model": "whisper-large-v3"}]},
                {"name": "d", "when": {"model": "dep"}, "split": [{"model": "other dep"}]})
    form = b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n\x00\xff\r\n--b--\r\n'
    with Client(world.daemon.proxy_port) as client:
        answer = client.ask(head("POST /v1/audio/transcriptions HTTP/1.1", f"X-Lectr-Key: {ORG_KEY}", "Authorization: Bearer sk-client",
                                 "Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(form)}", auth=False) + form)
    assert answer.status == 200
    assert world.groq.requests[0].body == form.replace(b"whisper-1", b"whisper-large-v3")
    assert world.ask(b'{"messages":[]}', path="/openai/deployments/dep/chat/completions?api-version=1", key="a" * 32).status == 200
    assert world.openai.requests[0].target == b"/openai/deployments/other%20dep/chat/completions?api-version=1"


def test_a_split_keeps_a_user_where_it_is(world):
    world.rules({"name": "s", "when": {}, "split": [{"model": "a"}, {"model": "b"}], "sticky": "x-user-id"})
    with Client(world.daemon.proxy_port) as client:
        for user in range(12):
            for _ in range(3):
                assert world.ask({"model": "gpt-4o"}, f"X-User-Id: {user}", client=client).status == 200
    models = [r.body for r in world.openai.requests]
    assert all(len(set(models[i:i + 3])) == 1 for i in range(0, 36, 3))
    assert len(set(models)) == 2


def test_a_change_holds_for_the_next_request_on_the_same_connection(world):
    world.rules()
    with Client(world.daemon.proxy_port) as client:
        assert world.ask({"model": "gpt-4o"}, client=client).status == 200
        world.rules(MINI)
        assert world.ask({"model": "gpt-4o"}, client=client).status == 200
    assert [b"mini" in r.body for r in world.openai.requests] == [False, True]
