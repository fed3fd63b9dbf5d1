"""What a team does with the API, through the real daemon."""
from __future__ import annotations

import csv
import http.client
import io
import re
from decimal import Decimal
from urllib.parse import quote

import pytest

from support.api import Api
from support.client import ORG_KEY, Client, head, new_tag, post
from support.daemon import ADMIN_PASSWORD, SLOW, eventually
from support.upstream import Upstream

pytestmark = pytest.mark.timeout(120 * SLOW)


def test_sums_show_a_request_within_two_seconds(api, ask, rows_in):
    tag = new_tag()
    for fail in (False, False, True):
        ask(tag, *(["x-test-fail: 1"] if fail else []))
    rows_in(tag, 3)
    assert eventually(lambda: api.get(f"/overview?window=15m&feature={tag}")["requests"] == 3, 2 * SLOW)
    overview = api.get(f"/overview?window=15m&feature={tag}&compare=true")
    assert overview["totals"]["errors"] == 1 and overview["totals"]["tokens_input"] == 2000
    assert overview["previous"]["requests"] == 0
    assert overview["providers"][0]["provider"] == "openai" and sum(overview["providers"][0]["spark"]) == 3
    series = api.get(f"/timeseries?window=15m&feature={tag}&metric=requests,error_rate,latency_p95&by=status_class")
    assert series["metrics"]["requests"]["all"]["total"] == 3
    assert {s["label"] for s in series["metrics"]["requests"]["series"]} == {"2xx", "5xx"}
    assert len(series["times"]) == len(series["metrics"]["requests"]["all"]["values"])
    costs = api.get(f"/costs?window=15m&feature={tag}&by=model")
    assert costs["rows"][0]["metrics"]["cost"] == overview["totals"]["cost"] != "0"
    assert tag in api.get("/dimensions?window=15m")["features"]


def test_every_filter_finds_and_hides(api, ask, rows_in):
    tag = new_tag()
    ask(tag)
    ask(tag, "x-test-fail: 1")
    good, bad = sorted(rows_in(tag, 2), key=lambda row: row["status"])
    assert (good["status"], bad["status"]) == (200, 500)
    for filter_, wanted in [("status=500", [bad]), ("status_class=2", [good]), ("errors=true", [bad]), ("error_source=provider", [bad]),
                            ("error_category=" + bad["error_category"], [bad]), ("token_source=provider", [good]), ("cost_source=unknown_model", []),
                            ("method=POST", [bad, good]), ("method=GET", []), ("endpoint=%2Fv1%2Fchat%2Fcompletions", [bad, good]), ("min_tokens=1500", [good]),
                            ("min_tokens=1501", []), ("min_attempts=1", [bad, good]), ("min_attempts=2", []), ("min_cost=0.0001", [good]), ("min_cost=1", []),
                            ("streaming=false", [bad, good]), ("streaming=true", []), ("verdict=truncated", []), ("note=retried_stale", []),
                            ("max_latency_ms=100000", [bad, good]), ("min_latency_ms=100000", []), ("window=15m", [bad, good]), ("rule=x", []),
                            ("provider=openai", [bad, good]), ("provider=groq", []), ("model=gpt-4o-mini", [bad, good])]:
        got = api.get(f"/requests?feature={tag}&{filter_}")["rows"]
        assert sorted(row["id"] for row in got) == sorted(row["id"] for row in wanted), filter_


@pytest.mark.parametrize("sort", ["time", "latency", "ttfb", "tokens", "cost"])
def test_pages_of_any_order_hold_each_row_once(sort, api, ask, rows_in):
    tag = new_tag()
    for _ in range(7):
        ask(tag)
    rows_in(tag, 7)
    seen, cursor = [], ""
    for _ in range(10):
        page = api.get(f"/requests?feature={tag}&sort={sort}&limit=3{cursor}")
        seen += [row["id"] for row in page["rows"]]
        if page["next"] is None:
            break
        cursor = "&cursor=" + page["next"]
    assert len(seen) == len(set(seen)) == 7


def test_one_request_has_its_key_and_timeline(api, ask, rows_in):
    tag = new_tag()
    ask(tag)
    row = rows_in(tag, 1)[0]
    detail = api.get(f"/requests/{row['id']}")
    assert detail["key_name"] == "default" and detail["timeline"][0]["outcome"] == "ok"
    assert detail["timeline"][0]["end_us"] == row["latency_us"]


def test_one_request_has_the_prices_in_force(api, ask, rows_in):
    tag = new_tag()
    ask(tag)
    row = rows_in(tag, 1)[0]
    price = api.get(f"/requests/{row['id']}")["price"]
    assert price["version"] == row["price_version"] and price["source"] == "price_table" and price["as_of"].startswith("20")
    per = {name: Decimal(value or 0) for name, value in price["per_million"].items()}
    cached = row["tokens_cached"] or 0
    cost = (row["tokens_input"] - cached) * per["input"] + cached * per["cached"] + row["tokens_output"] * per["output"]
    assert cost / 1_000_000 == Decimal(row["cost"]), "the lines make up the cost"
    api.do("PUT", "/settings/prices", {"provider": "openai", "model": row["model_actual"], "input": "7", "output": "8"}, 204)
    try:
        own = api.get(f"/requests/{row['id']}")["price"]
        assert (own["source"], own["version"], own["as_of"]) == ("org_override", "org", None)
        assert own["per_million"] == {"input": "7", "cached": None, "cache_write": None, "output": "8", "reasoning": None}
    finally:
        api.do("DELETE", f"/settings/prices?provider=openai&model={row['model_actual']}", status=204)


def test_csv_is_whole_and_harmless(api, own, provider, rows_in):
    tag = new_tag()
    evil = f"=cmd|'/C calc'!A0 {tag}"
    with Client(own.proxy_port) as client:
        for _ in range(3):
            client.ask(head("GET /v1/models HTTP/1.1", tag=evil), "GET")
    assert eventually(lambda: len(api.get(f"/requests?feature={quote(evil)}")["rows"]) == 3, 10 * SLOW)
    answer = api.ask("GET", f"/requests.csv?feature={quote(evil)}")
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.fullmatch(r'attachment; filename="lectr-requests-\d{4}-\d\d-\d\d\.csv"', answer.headers["content-disposition"])
    lines = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert [line["feature"] for line in lines] == ["'" + evil] * 3
    for name in ("overview", "timeseries", "costs", "providers", "keys", "members", "tokens"):
        answer = api.ask("GET", f"/{name}.csv")
        assert answer.status == 200, name
        for line in csv.reader(io.StringIO(answer.body.decode(), newline="")):
            assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in line), (name, line)


def test_rotation_keeps_the_old_key_for_the_overlap(api, own, provider):
    made = api.do("POST", "/keys", {"name": "web"}, 201)

    def status(secret: str) -> int:
        with Client(own.proxy_port) as client:
            return client.ask(head("GET /v1/models HTTP/1.1", f"X-Lectr-Key: {secret}", "Authorization: Bearer sk-proj-x", auth=False), "GET").status
    assert eventually(lambda: status(made["key"]) == 200, 5 * SLOW)
    kept = api.do("POST", f"/keys/{made['id']}/rotate", {"overlap_s": 3600}, 201)
    assert kept["replaces"] == made["id"]
    assert eventually(lambda: status(kept["key"]) == 200, 5 * SLOW) and status(made["key"]) == 200
    last = api.do("POST", f"/keys/{kept['id']}/rotate", {"overlap_s": 0}, 201)
    assert eventually(lambda: status(kept["key"]) == 401, 5 * SLOW), "no overlap: the old one ends"
    assert eventually(lambda: status(last["key"]) == 200, 5 * SLOW)
    listed = {key["id"]: key for key in api.get("/keys")["rows"]}
    assert eventually(lambda: {k["id"]: k for k in api.get("/keys")["rows"]}[made["id"]]["requests_24h"] > 0, 5 * SLOW)
    assert listed[made["id"]]["expires_at"] and "key" not in listed[last["id"]]
    api.do("DELETE", f"/keys/{last['id']}", status=204)
    assert eventually(lambda: status(last["key"]) == 401, 5 * SLOW)
    api.do("PATCH", f"/keys/{last['id']}", {"name": "x"}, 409)


def test_roles_may_what_they_may(api, own):
    secrets = {role: api.do("POST", "/tokens", {"name": role, "role": role}, 201) for role in ("viewer", "editor", "admin")}
    callers = {role: Api(own.admin_port, made["token"]) for role, made in secrets.items()}
    for role, key, org in (("viewer", 403, 403), ("editor", 201, 403), ("admin", 201, 200)):
        assert callers[role].ask("GET", "/keys").status == 200
        assert callers[role].ask("POST", "/keys", {"name": role}).status == key
        assert callers[role].ask("PATCH", "/org", {"exact_stream_usage": False}).status == org
    api.do("DELETE", f"/tokens/{secrets['viewer']['id']}", status=204)
    assert callers["viewer"].ask("GET", "/me").status == 401, "revoked: at once"


def test_members_come_and_go(api, own):
    name = new_tag()
    made = api.do("POST", "/members", {"user": name, "password": "a long enough one", "role": "editor"}, 201)
    assert api.ask("POST", "/members", {"user": name, "password": "a long enough one", "role": "editor"}).json["error"]["field"] == "user"
    there, elsewhere = Api(own.admin_port, None), Api(own.admin_port, None)
    assert there.sign_in(name, "a long enough one").json["role"] == "editor"
    assert elsewhere.sign_in(name, "a long enough one").status == 200
    api.do("PATCH", f"/members/{made['id']}", {"role": "viewer"})
    assert there.ask("POST", "/keys", {"name": "x"}).status == 403, "a role holds at once"
    assert there.ask("POST", "/me/password", {"old": "wrong", "new": "another long one"}).status == 403
    there.do("POST", "/me/password", {"old": "a long enough one", "new": "another long one"}, 204)
    assert there.ask("GET", "/me").status == 200 and elsewhere.ask("GET", "/me").status == 401
    api.do("PATCH", f"/members/{made['id']}", {"password": "set by an admin"})
    assert there.ask("GET", "/me").status == 401
    assert there.sign_in(name, "set by an admin").status == 200
    api.do("DELETE", f"/members/{made['id']}", status=204)
    assert there.ask("GET", "/me").status == 401
    admin = next(m for m in api.get("/members")["rows"] if m["user"] == "admin")
    assert api.ask("DELETE", f"/members/{admin['id']}").status == 409


def test_a_price_of_ones_own_prices_the_next_request(api, ask, rows_in):
    api.do("PUT", "/settings/prices", {"provider": "openai", "model": "gpt-4o-mini", "input": "1000", "output": "2000"}, 204)
    try:
        tag = new_tag()
        ask(tag)
        row = rows_in(tag, 1)[0]
        assert (row["cost"], row["cost_source"]) == ("2", "org_override"), row
    finally:
        api.do("DELETE", "/settings/prices?provider=openai&model=gpt-4o-mini", status=204)
    tag = new_tag()
    ask(tag)
    assert rows_in(tag, 1)[0]["cost_source"] != "org_override"


def test_an_address_of_ones_own_is_where_the_next_request_goes(api, own, ask):
    elsewhere = Upstream()
    azure = ["X-Lectr-Provider: azure"]
    try:
        with Client(own.proxy_port) as client:
            assert client.ask(post(b'{"model":"x"}', *azure, path="/openai/v1/responses")).status == 400
        api.do("PUT", "/settings/base_urls/openai", {"base_url": elsewhere.url}, 204)
        api.do("PUT", "/settings/base_urls/azure", {"base_url": elsewhere.url}, 204)
        rows = {row["provider"]: row for row in api.get("/providers?window=1h")["rows"]}
        assert rows["openai"]["base_url_source"] == rows["azure"]["base_url_source"] == "org"
        with Client(own.proxy_port) as client:
            assert client.ask(post(b'{"model":"x"}', *azure, path="/openai/v1/responses")).status == 200
        ask(new_tag())
        assert [r.target for r in elsewhere.requests] == [b"/openai/v1/responses", b"/v1/chat/completions"]
    finally:
        for name in ("openai", "azure"):
            api.ask("DELETE", f"/settings/base_urls/{name}")
        elsewhere.stop()
    assert ask(new_tag()) == 200


def test_a_credential_reference_serves_clients_without_a_key(api, own, provider):
    for wrong in ("sk-proj-secretsecret", "env:LECTR_DATABASE_URL", "env:PGPASSWORD", "file:/etc/shadow", "file:/run/secrets/../x"):
        answer = api.ask("PUT", "/settings/credentials/anthropic", {"reference": wrong})
        assert answer.status == 400 and b"sk-proj" not in answer.body
    secret = own.state / "secrets" / "anthropic"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("sk-ant-api03-" + "f" * 93 + "AA\n")
    api.do("PUT", "/settings/credentials/anthropic", {"reference": f"file:{secret}"}, 204)
    assert next(c for c in api.get("/settings")["credentials"] if c["provider"] == "anthropic")["found"] is True
    provider.play()
    body = b'{"model":"claude-haiku-4-5","max_tokens":5}'
    with Client(own.proxy_port) as client:
        sent = head("POST /v1/messages HTTP/1.1", f"X-Lectr-Key: {ORG_KEY}", f"Content-Length: {len(body)}", "Content-Type: application/json", auth=False) + body
        assert client.ask(sent).status == 200
    assert provider.requests[0].one("x-api-key").startswith("sk-ant-api03-")
    api.do("DELETE", "/settings/credentials/anthropic", status=204)


def test_a_failing_provider_is_down_and_says_so(api, ask, rows_in):
    tag = new_tag()
    for _ in range(6):
        assert ask(tag, "x-test-fail: 1", "X-Lectr-Provider: anthropic") == 500
    rows_in(tag, 6)

    def health() -> dict:
        return {row["provider"]: row for row in api.get("/providers?window=15m")["rows"]}["anthropic"]["health"]
    assert eventually(lambda: health()["state"] != "idle", 5 * SLOW)
    assert health()["state"] in ("down", "degraded") and "requests failed in" in health()["reason"] and health()["last_request"]


def test_org_settings(api):
    before = api.get("/org")
    assert before["retention"] == {"row_days": 90, "rollup_days": 400} and api.get("/orgs")["rows"] == [before]
    changed = api.do("PATCH", "/org", {"name": new_tag(), "retention": {"row_days": 30}})
    assert changed["retention"] == {"row_days": 30, "rollup_days": 400} == api.get("/settings")["retention"]
    api.do("PATCH", "/org", {"name": before["name"], "retention": before["retention"]})
    assert api.ask("PATCH", "/org", {"retention": {"row_days": -1}}).json["error"]["field"] == "retention.row_days"


@pytest.mark.parametrize("path", ["/", "/assets/none.js", "/api/v1/me", "/api/v1/nothing", "/api/v1/openapi.json", "/health", "/api/v1/requests.csv"])
def test_security_headers_are_on_every_answer(path, api):
    headers = raw_headers(api, path)
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    if path.startswith("/api"):
        assert headers["cache-control"] == "no-store"


def raw_headers(api: Api, path: str) -> dict[str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10 * SLOW)
    connection.request("GET", path, headers=api.headers())
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return {name.lower(): value for name, value in answer.getheaders()}


def test_login_cookie_is_strict(own):
    caller = Api(own.admin_port, None)
    cookie = caller.sign_in("admin", ADMIN_PASSWORD).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert Api(own.admin_port, None).ask("POST", "/keys", {"name": "x"}, Cookie=caller.cookie).status == 403, "a cookie alone changes nothing"
