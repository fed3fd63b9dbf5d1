"""Alerts through the real daemon to a real mail server and real web servers: each once, signed, tried again, and nothing in them that is nobody's business."""
from __future__ import annotations

import json
import re
import sqlite3
import time
from decimal import Decimal
from pathlib import Path

import pytest

from support.api import Api
from support.certs import Authority, server_context
from support.client import ORG_KEY, Client, new_tag, post
from support.daemon import ROOT, SLOW, Daemon, eventually
from support.fleet import chat, fleet
from support.receivers import PASSWORD, USER, MailServer, WebServer, free_port
from support.upstream import Upstream

from .test_limits import CHAT, answer, body

pytestmark = pytest.mark.timeout(120 * SLOW)

COST = (20 * Decimal("0.15") + 30 * Decimal("0.60")) / 1_000_000  # of one answer
SECRET = "canary-of-the-webhook"
HOSTILE = '<script>&<!channel> @all "month"'


class Receivers:
    def __init__(self, folder: Path):
        authority = Authority(folder / "ca")
        context = server_context(*authority.leaf("server"))
        self.authority = authority.certificate
        self.mail, self.hook, self.slack = MailServer(context, ("gone@example.com",)), WebServer(context), WebServer()

    def env(self) -> dict[str, str]:
        return {"LECTR_SMTP_URL": self.mail.url, "LECTR_SMTP_FROM": "lectr@example.com", "LECTR_SMTP_USER": USER, "LECTR_SMTP_PASSWORD": "env:SMTP_PASSWORD",
                "LECTR_SMTP_STARTTLS": "required", "LECTR_DASHBOARD_URL": "https://lectr.example.com", "LECTR_ALERTS_CA_FILE": str(self.authority),
                "SMTP_PASSWORD": PASSWORD, "HOOK_WEBHOOK_SECRET": SECRET, "TEAM_WEBHOOK_URL": self.slack.url + "/services/canary-of-slack"}

    def channels(self) -> list[dict]:
        return [{"name": "mail", "type": "email", "to": ["a@example.com", "gone@example.com"]},
                {"name": "hook", "type": "webhook", "url": self.hook.url + "/in", "secret": "env:HOOK_WEBHOOK_SECRET"},
                {"name": "team", "type": "slack", "url": "env:TEAM_WEBHOOK_URL"}]

    def counts(self) -> tuple[int, int, int]:
        return len(self.mail.mails), len(self.hook.posts), len(self.slack.posts)

    def clear(self) -> None:
        for kept in (self.mail.mails, self.hook.posts, self.slack.posts):
            kept.clear()
        self.hook.status = self.slack.status = 200

    def stop(self) -> None:
        for one in (self.mail, self.hook, self.slack):
            one.stop()


@pytest.fixture(scope="module")
def to(tmp_path_factory):
    made = Receivers(tmp_path_factory.mktemp("receivers"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def own(tmp_path_factory, to):
    provider = Upstream().play(answer)
    with Daemon(tmp_path_factory.mktemp("alerts") / "d", {"openai": provider.url}, env=to.env()) as made:
        yield made
    provider.stop()


@pytest.fixture
def api(own, to) -> Api:
    to.clear()
    return Api(own.admin_port)


def put(api: Api, **document) -> None:
    api.do("PUT", "/control", {"base_version": api.get("/control")["version"], "document": document})
    time.sleep(0.3)  # each worker takes it up at its next turn


def budget(tag: str, name: str) -> dict:
    return {"name": name, "feature": tag, "period": "day", "soft_cap": format(COST * 2, "f"), "alert_percent": [50]}


def spend(daemon: Daemon, tag: str, *headers: str, data: bytes | None = None) -> None:
    with Client(daemon.proxy_port) as client:
        assert client.ask(post(data or body(), *headers, path=CHAT, tag=tag)).status == 200


def rows_of(api: Api, channel: str) -> list[dict]:
    return api.get(f"/alerts?channel={channel}")["rows"]


def documented():
    """The function that docs/alerts.md gives to receivers, as it stands there."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "alerts.md").read_text(), re.S)[1]
    space: dict = {}
    exec(code, space)
    return space["verified"]


def test_a_threshold_is_one_message_on_each_channel(own, api, to):
    tag, prompt = new_tag(), "canary-prompt-" + new_tag()
    name = f"{HOSTILE} {tag}"
    put(api, budgets=[budget(tag, name)], alerts=to.channels())
    for _ in range(3):
        spend(own, tag, data=body(messages=[{"role": "user", "content": prompt}]))
    assert eventually(lambda: to.counts() == (1, 1, 1), 15 * SLOW), to.counts()

    mail = to.mail.mails[0]
    assert mail.tls and mail.sender == "lectr@example.com" and mail.recipients == ["a@example.com"]
    assert mail.message["subject"] == f"[Lectr] Budget “{name}” has reached 50 % of ${COST * 2:.6f}"
    assert set(mail.message.keys()) == {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert "since" in mail.text and "https://lectr.example.com/limits" in mail.text

    hook = to.hook.posts[0]
    told = json.loads(hook.body)
    assert (hook.path, told["type"], told["name"], told["detail"]["percent"]) == ("/in", "budget", name, 50)
    verified = documented()
    assert verified(hook.headers["lectr-signature"], hook.body, SECRET)
    assert not verified(hook.headers["lectr-signature"], hook.body + b" ", SECRET) and not verified(hook.headers["lectr-signature"], hook.body, "other")
    assert mail.message["message-id"].startswith("<alert.") and mail.message["message-id"].endswith("@example.com>") and told["id"]

    text = json.loads(to.slack.posts[0].body)["text"]
    assert "<!channel>" not in text and "@all" not in text and "&lt;script&gt;&amp;&lt;!channel&gt;" in text
    assert text.endswith("\n<https://lectr.example.com/limits|Open in Lectr>")

    assert eventually(lambda: [row["state"] for row in api.get("/alerts?limit=3")["rows"]] == ["sent"] * 3, 5 * SLOW)
    assert rows_of(api, "mail")[0]["result"] == "the mail server took it, but refused 1 of the addresses"
    time.sleep(2.5)  # two looks more: nothing is sent again
    assert to.counts() == (1, 1, 1)

    sent = mail.raw + hook.body + to.slack.posts[0].body + repr(hook.headers).encode()
    for secret in (prompt, ORG_KEY, SECRET, PASSWORD, "canary-of-slack", "sk-"):
        assert secret.encode() not in sent, secret
    kept = b"".join(path.read_bytes() for path in own.written_files())
    for secret in (prompt, SECRET, PASSWORD, "canary-of-slack"):
        assert secret.encode() not in kept, secret


def test_a_name_of_a_client_adds_no_header(own, api, to):
    """Clients' names come with anomalies; they are put into the tables here as a detector would."""
    put(api, alerts=to.channels())
    with sqlite3.connect(own.state / "lectr.db", timeout=10) as db:
        event = db.execute("INSERT INTO control_events (org_id, kind, name, key, at_us, detail) VALUES (1, 'anomaly', ?, ?, ?, ?)",
                           ("\r\nBcc: x@example.com\r\n\r\n<script>", new_tag(), 1_795_098_600_000_000,
                            json.dumps({"title": "Errors of \r\nBcc: y@example.com are high", "metric": "errors", "observed": 0.5, "baseline": 0.01,
                                        "sigma": 9.0, "severity": "high"}))).lastrowid
        for channel in ("mail", "hook", "team"):
            db.execute("INSERT INTO alert_deliveries (org_id, event_id, channel, state, attempts, created_at_us, next_at_us, changed_at_us, claim, status, result) "
                       "VALUES (1, ?, ?, 0, 0, 1, 1, 1, '', 0, '')", (event, channel))
    assert eventually(lambda: to.counts() == (1, 1, 1), 10 * SLOW), to.counts()
    mail = to.mail.mails[0]
    assert mail.recipients == ["a@example.com"] and "Bcc" not in mail.message.keys()
    assert mail.message["subject"] == "[Lectr] Errors of   Bcc: y@example.com are high"
    assert "<script>" in mail.text and "50.0 %" in mail.text and mail.message.get_content_type() == "text/plain"
    assert json.loads(to.hook.posts[0].body)["severity"] == "high"
    assert "\r" not in json.loads(to.slack.posts[0].body)["text"]


def test_a_receiver_that_comes_back_gets_it_once(own, api, to):
    tag, port = new_tag(), free_port()
    put(api, budgets=[budget(tag, tag)], alerts=[{"name": tag, "type": "webhook", "url": f"http://127.0.0.1:{port}/"}])
    spend(own, tag), spend(own, tag)
    assert eventually(lambda: rows_of(api, tag) and rows_of(api, tag)[0]["attempts"] == 1 and rows_of(api, tag)[0]["result"], 10 * SLOW)
    row = rows_of(api, tag)[0]
    assert (row["state"], row["status"], row["result"]) == ("pending", None, "the connection was refused, or nobody is there")
    assert api.ask("POST", f"/alerts/{row['id']}/retry").status == 409
    back = WebServer(port=port)
    try:
        assert eventually(lambda: len(back.posts) == 1, 20 * SLOW)
        assert "lectr-signature" not in back.posts[0].headers, "there is no secret"
        assert eventually(lambda: rows_of(api, tag)[0]["state"] == "sent", 5 * SLOW)
        assert rows_of(api, tag)[0]["attempts"] == 2
        time.sleep(1.5)
        assert len(back.posts) == 1
    finally:
        back.stop()


def test_what_is_dead_is_shown_and_tried_when_somebody_says_so(own, api, to):
    tag = new_tag()
    put(api, budgets=[budget(tag, tag)], alerts=[{"name": tag, "type": "webhook", "url": to.hook.url}])
    to.hook.status, to.hook.headers = 302, {"Location": to.slack.url}
    spend(own, tag), spend(own, tag)
    assert eventually(lambda: rows_of(api, tag) and rows_of(api, tag)[0]["state"] == "dead", 10 * SLOW)
    row = api.get(f"/alerts?state=dead&channel={tag}")["rows"][0]
    assert (row["status"], row["result"], row["next_attempt_at"]) == (302, "it answered 302, a redirect, which is not followed", None)
    assert to.slack.posts == [] and "could not be delivered" in own.log()
    to.hook.status, to.hook.headers = 200, {}
    first = json.loads(to.hook.posts[0].body)["id"]
    api.do("POST", f"/alerts/{row['id']}/retry", status=204)
    assert eventually(lambda: rows_of(api, tag)[0]["state"] == "sent", 10 * SLOW)
    assert [json.loads(p.body)["id"] for p in to.hook.posts] == [first, first], "receivers can tell"


def test_a_test_says_what_came_of_it(own, api, to):
    dead = f"http://127.0.0.1:{free_port()}/"
    stranger = to.hook.url.replace("127.0.0.1", "localhost.localdomain.invalid")
    put(api, alerts=to.channels() + [{"name": "dead", "type": "slack", "url": dead}, {"name": "no name", "type": "slack", "url": stranger},
                                     {"name": "metadata", "type": "webhook", "url": "http://169.254.169.254/"}])
    def tested(channel: str) -> tuple:
        got = api.do("POST", "/alerts/test", {"channel": channel})
        return got["sent"], got["status"], got["result"]
    assert tested("hook") == (True, 200, "it answered 200")
    assert json.loads(to.hook.posts[0].body)["type"] == "test"
    assert tested("mail") == (True, 250, "the mail server took it, but refused 1 of the addresses")
    assert tested("dead") == (False, None, "the connection was refused, or nobody is there")
    assert tested("no name") == (False, None, "its name could not be resolved")
    assert tested("metadata") == (False, None, "its address is link-local, where no alerts are sent")
    to.hook.status = 503
    assert tested("hook") == (False, 503, "it answered 503")
    assert api.ask("POST", "/alerts/test", {"channel": "nobody"}).status == 404


def test_a_secret_that_lectr_makes_signs_and_is_shown_once(own, api, to):
    name = new_tag()
    put(api, alerts=[{"name": name, "type": "webhook", "url": to.hook.url}] + to.channels())
    by_name = lambda: {row["name"]: row for row in api.get("/alerts/channels")["rows"]}  # noqa: E731
    assert (by_name()[name]["signed_by"], by_name()["hook"]["signed_by"], by_name()["mail"]["signed_by"]) == ("none", "reference", None)
    checked = api.do("POST", "/control/check", {"document": api.get("/control")["document"]})
    assert "unsigned" in json.dumps(checked["warnings"]) and checked["problems"] == []
    secret = api.do("POST", f"/alerts/channels/{name}/secret", status=201)["secret"]
    assert by_name()[name]["signed_by"] == "generated" and secret not in json.dumps(by_name())
    api.do("POST", "/alerts/test", {"channel": name})
    assert documented()(to.hook.posts[0].headers["lectr-signature"], to.hook.posts[0].body, secret)
    assert api.ask("POST", "/alerts/channels/hook/secret").status == 409 and api.ask("POST", "/alerts/channels/mail/secret").status == 409
    assert api.ask("POST", "/alerts/channels/nobody/secret").status == 404


def test_an_org_names_only_its_own_references_and_roles_hold(own, api, to):
    for url in ("env:SMTP_PASSWORD", "env:LECTR_DATABASE_URL", "file:/etc/passwd"):
        got = api.ask("PUT", "/control", {"base_version": api.get("/control")["version"], "document": {"alerts": [{"name": "x", "type": "slack", "url": url}]}})
        assert got.status == 400 and got.json["error"]["field"] == "alerts[0].url", url
    tokens = {role: Api(own.admin_port, api.do("POST", "/tokens", {"name": new_tag(), "role": role}, 201)["token"]) for role in ("viewer", "editor")}
    assert tokens["viewer"].ask("POST", "/alerts/test", {"channel": "x"}).status == 403 and tokens["viewer"].ask("POST", "/alerts/1/retry").status == 403
    assert tokens["editor"].ask("POST", "/alerts/channels/x/secret").status == 403
    assert tokens["viewer"].ask("GET", "/alerts").status == tokens["viewer"].ask("GET", "/alerts/channels").status == 200


def test_without_a_mail_server_the_channel_says_so(tmp_path):
    with Daemon(tmp_path / "d", {}) as alone:
        api = Api(alone.admin_port)
        put(api, alerts=[{"name": "mail", "type": "email", "to": ["a@example.com"]}])
        channels = api.get("/alerts/channels")
        assert channels["can_mail"] is False and "no mail server" in channels["rows"][0]["problem"]
        assert api.do("POST", "/alerts/test", {"channel": "mail"})["result"] == "no mail server is set (smtp.url in the daemon's settings)"


@pytest.mark.servers
def test_two_instances_send_each_message_once(tmp_path, to):
    to.clear()
    with fleet(2, tmp_path, to.env()) as of_two:
        of_two.openai.play(answer)
        tag = new_tag()
        of_two.control({"budgets": [budget(tag, f"{tag} {n}") | {"alert_percent": [10, 20, 30, 40, 50]} for n in range(4)], "alerts": to.channels()})
        for daemon in of_two.daemons * 3:
            with Client(daemon.proxy_port) as client:
                assert client.ask(chat(body(), f"X-Lectr-Feature: {tag}")).status == 200
        def told() -> int:
            return sum(event["kind"] == "budget" for event in of_two.apis[0].get("/control/events?limit=100")["rows"])
        assert eventually(lambda: told() == 20, 20 * SLOW), told()
        assert eventually(lambda: to.counts() == (20, 20, 20), 20 * SLOW), to.counts()
        time.sleep(3)
        assert to.counts() == (20, 20, 20)
        assert len({json.loads(p.body)["id"] for p in to.hook.posts}) == 20
        rows = of_two.apis[1].get("/alerts?limit=100")["rows"]
        assert len(rows) == 60 and {row["state"] for row in rows} == {"sent"} and {row["attempts"] for row in rows} == {1}
