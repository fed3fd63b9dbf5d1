"""Two orgs: what one has, the other neither sees nor touches. Every route of the document is walked, so a new one can't be forgotten."""
from __future__ import annotations

import json
import re

import pytest

from support.api import Api
from support.client import Client, head, new_tag, post
from support.daemon import SLOW, eventually

pytestmark = pytest.mark.timeout(120 * SLOW)

# A body that would be taken if the id were the caller's own.
BODIES = {"post /login": {"user": "x", "password": "x"}, "post /me/password": {"old": "x", "new": "x" * 12}, "post /keys": {"name": "x"},
          "post /keys/{id}/rotate": {}, "patch /keys/{id}": {"name": "stolen"}, "post /members": {"user": "{new}", "password": "x" * 12, "role": "viewer"},
          "patch /members/{id}": {"password": "x" * 12}, "post /tokens": {"name": "x", "role": "viewer"}, "patch /org": {},
          "put /settings/credentials/{provider}": {"reference": "env:A_API_KEY"}, "put /settings/base_urls/{provider}": {"base_url": "http://127.0.0.1:1"},
          "put /settings/prices": {"provider": "openai", "model": "m", "input": "1", "output": "1"},
          "put /control": {"base_version": 0, "document": {}}, "post /control/check": {"document": {}}, "post /control/plan": {"document": {}},
          "post /control/dry_run": {"request": {"provider": "openai", "path": "/v1/chat/completions", "model": "m"}}, "post /control/replay": {"document": {}},
          "post /alerts/test": {"channel": "x"}, "post /alerts/channels/{name}/secret": {}, "post /alerts/{id}/retry": {},
          "post /anomalies/{id}/dismiss": {"reason": "planned"}, "post /anomalies/{id}/reopen": {},
          "post /recommendations/{id}/dismiss": {"reason": "x"}, "post /recommendations/{id}/reopen": {}, "post /recommendations/{id}/draft": {}}


@pytest.fixture(scope="module")
def two(own, provider):
    """The second org with a marked thing of each kind; what the first must never see."""
    mark = "other" + new_tag()
    own.command("org", "create", mark)
    token = re.search(r"lt_\w+", own.command("token", "create", mark, "--org", mark, "--role", "admin"))[0]
    other = Api(own.admin_port, token)
    key = other.do("POST", "/keys", {"name": mark}, 201)
    other.do("PUT", "/settings/credentials/openai", {"reference": f"env:{mark.replace('-', '_')}_API_KEY"}, 204)
    other.do("PUT", "/settings/prices", {"provider": "openai", "model": mark, "input": "1", "output": "1"}, 204)
    alerts = {"budgets": [{"name": mark, "feature": mark, "soft_cap": "0.0001", "alert_percent": [50]}],
              "alerts": [{"name": mark, "type": "webhook", "url": "http://127.0.0.1:1/"}]}
    state = other.get("/control")
    other.do("PUT", "/control", {"base_version": state["version"], "document": state["document"] | alerts})
    member = other.do("POST", "/members", {"user": mark, "password": "x" * 12, "role": "admin"}, 201)

    def sent() -> bool:
        with Client(own.proxy_port) as client:
            body = json.dumps({"model": mark}).encode()
            return client.ask(post(body, f"X-Lectr-Key: {key['key']}", "Authorization: Bearer sk-proj-x", path="/v1/chat/completions", tag=mark,
                                   auth=False)).status == 200
    assert eventually(sent, 5 * SLOW)
    rows: list[dict] = []
    assert eventually(lambda: rows.extend(other.get(f"/requests?feature={mark}")["rows"]) or rows, 10 * SLOW)
    assert eventually(lambda: mark in json.dumps(other.get("/dimensions?window=15m")), 5 * SLOW)
    assert eventually(lambda: other.get("/alerts")["rows"], 10 * SLOW)
    ids = {"/alerts": other.get("/alerts")["rows"][0]["id"], "/requests": rows[0]["id"], "/keys": key["id"], "/members": member["id"], "/tokens": other.get("/tokens")["rows"][0]["id"],
           "/anomalies": 987654, "/recommendations": "0123456789abcdef"}  # nobody's; tests/proxy/test_recommendations.py asks for another org's own
    return {"mark": mark, "other": other, "ids": ids}


def operations(api: Api):
    for path, item in api.get("/openapi.json")["paths"].items():
        for verb in item:
            yield verb, path


def test_no_route_shows_or_changes_what_is_the_others(api, two):
    mark, other, ids = two["mark"], two["other"], two["ids"]
    def state() -> str:
        return json.dumps([other.get(path) for path in ("/keys", "/members", "/tokens", "/settings", "/org", f"/requests?feature={mark}")])
    def without_counts(text: str) -> str:
        return re.sub(r'"(last_used_at|requests_24h)": [^,}]*', "", text)
    before, walked = without_counts(state()), 0
    for verb, path in operations(api):
        if path in ("/live", "/logout"):
            continue
        walked += 1
        body = BODIES.get(f"{verb} {path}")
        if body is not None:
            body = json.loads(json.dumps(body).replace("{new}", new_tag()))
        assert verb in ("get", "delete") or body is not None, f"{verb} {path} is new: say what its body is"
        target = path
        if "{id}" in path:
            target = path.replace("{id}", str(ids["/" + path.split("/")[1]]))
            answer = api.ask(verb.upper(), target, body)
            assert answer.status == 404, (verb, path, answer.status, answer.body)
            assert mark.encode() not in answer.body
            continue
        if "{provider}" in path:
            target = path.replace("{provider}", "openai")
        if verb == "delete" and path == "/settings/prices":
            answer = api.ask("DELETE", f"{path}?provider=openai&model={mark}")
            assert answer.status == 404, "the other's price"
            continue
        answer = api.ask(verb.upper(), target, body)
        assert answer.status < 500, (verb, path, answer.status, answer.body)
        assert mark.encode() not in answer.body, (verb, path)
    assert walked > 40
    for undo in ("/settings/credentials/openai", "/settings/base_urls/openai", "/settings/prices?provider=openai&model=m"):
        api.ask("DELETE", undo)
    assert without_counts(state()) == before, "nothing of the other org was touched"


def test_filters_reach_nothing_of_the_other(api, two):
    mark, ids = two["mark"], two["ids"]
    for path in ("/overview", "/timeseries", "/costs", "/requests", "/requests.csv", "/dimensions"):
        for name, value in (("feature", mark), ("model", mark), ("key", ids["/keys"])):
            answer = api.ask("GET", f"{path}?window=1h&{name}={value}")
            assert answer.status == 200
            if path == "/overview":
                assert answer.json["totals"]["requests"] == 0
            if path == "/requests":
                assert answer.json["rows"] == []
            assert answer.body.count(mark.encode()) == 0, (path, name)
        assert api.ask("GET", f"{path}?org=2").json["error"]["code"] == "unknown_parameter"


def test_live_shows_the_own_orgs_rows_only(api, own, two, ask):
    stream, theirs = api.live(), two["other"].live()
    try:
        assert stream.event("hello") and theirs.event("hello")
        tag = new_tag()
        ask(tag)
        _, data = stream.event("rows")
        while tag not in json.dumps(data):
            assert two["mark"] not in json.dumps(data)
            _, data = stream.event("rows")
        theirs.connection.sock.settimeout(2)
        try:
            while True:
                assert tag not in json.dumps(theirs.event("rows"))
        except TimeoutError:
            pass
    finally:
        stream.close()
        theirs.close()


@pytest.mark.parametrize("token", [None, "lt_wrong", "lc_key_x"])
def test_nothing_is_open_without_a_login(token, own, api):
    stranger = Api(own.admin_port, token)
    for verb, path in operations(api):
        if path in ("/login", "/openapi.json", "/control/schema"):
            continue
        answer = stranger.ask(verb.upper(), path.replace("{id}", "1").replace("{provider}", "openai"), BODIES.get(f"{verb} {path}"))
        assert answer.status == 401, (verb, path, answer.status)
        assert answer.headers["cache-control"] == "no-store"
