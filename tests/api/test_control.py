"""The control state through the real daemon: versions, refusals, and that every instance has a change in force at once."""
from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import SLOW, Daemon, eventually
from support.fleet import fleet

pytestmark = pytest.mark.timeout(180 * SLOW)

RULE = {"name": "chat to groq", "when": {"feature": "chat"}, "split": [{"provider": "groq", "model": "llama-3.3-70b-versatile"}]}


def change(api: Api, document: dict, status: int = 200, base: int | None = None) -> dict:
    version = api.get("/control")["version"] if base is None else base
    return api.do("PUT", "/control", {"base_version": version, "document": document}, status)


def test_a_change_is_the_next_version_and_can_be_undone(api):
    before = api.get("/control")
    first = change(api, {"rules": [RULE]})
    assert first["version"] == before["version"] + 1 and first["document"] == {"rules": [RULE]} and first["via"] == "api"
    assert change(api, {}, 409, base=before["version"])["error"]["code"] == "version_moved"
    undone = change(api, before["document"])
    assert undone["version"] == first["version"] + 1 and undone["document"] == before["document"]
    rows = api.get("/control/versions?limit=2")["rows"]
    assert [row["summary"] for row in rows] == [["rule 'chat to groq' removed"], ["rule 'chat to groq' added"]]
    assert api.get(f"/control/versions/{first['version']}")["document"] == {"rules": [RULE]}


def test_a_wrong_document_names_its_fields_and_changes_nothing(api):
    before = api.get("/control")
    answer = change(api, {"rules": [{"name": "a", "split": [{"provider": "nobody"}]}, {"name": "b", "fallback": [{}]}]}, 400)
    assert [problem["field"] for problem in answer["problems"]] == ["rules[0].split[0].provider", "rules[1].fallback[0]", "rules[1].when"]
    assert api.get("/control") == before


def test_a_viewer_may_look_and_not_touch(api, own):
    viewer = Api(own.admin_port, api.do("POST", "/tokens", {"name": "looks", "role": "viewer"}, 201)["token"])
    assert viewer.get("/control") and viewer.do("POST", "/control/check", {"document": {}}) == {"problems": [], "warnings": []}
    change(viewer, {}, 403)


def test_the_version_outlives_the_daemon(tmp_path):
    with Daemon(tmp_path / "d", {}) as daemon:
        change(Api(daemon.admin_port), {"rules": [RULE]})
        daemon.stop()
        daemon.start()
        api = Api(daemon.admin_port)
        assert api.get("/control")["document"] == {"rules": [RULE]}
        assert eventually(lambda: [row["version"] for row in api.get("/instances")["rows"]] == [1], 5 * SLOW), "and who ended is gone"


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    with fleet(4, tmp_path_factory.mktemp("four")) as made:
        yield made.daemons


@pytest.mark.servers
def test_every_instance_has_a_change_in_force_at_once(four, ask_key):
    apis = [Api(daemon.admin_port) for daemon in four]
    waits = []
    for n in range(8):
        made = apis[n % 4].do("POST", "/keys", {"name": f"k{n}"}, 201)
        began = time.monotonic()
        for daemon in four:
            assert eventually(lambda: ask_key(daemon, made["key"]) == 200, 5 * SLOW)
        waits.append(time.monotonic() - began)
    print("until the last of four instances knew a key:", " ".join(f"{wait * 1000:.0f} ms" for wait in waits))
    assert sorted(waits)[len(waits) // 2] < 0.25 * SLOW


@pytest.mark.servers
def test_instances_tell_their_version_and_one_that_lags_is_named(four, tmp_path):
    apis = [Api(daemon.admin_port) for daemon in four]
    version = change(apis[0], {"time_zone": "Asia/Tokyo"})["version"]
    versions = lambda api: sorted(row["version"] for row in api.get("/instances")["rows"])  # noqa: E731
    assert eventually(lambda: versions(apis[1]) == [version] * 4, 5 * SLOW)
    os.kill(four[3].pid, 19)
    try:
        version = change(apis[0], {"time_zone": "Asia/Seoul"})["version"]
        lagging = lambda: [row["version"] for row in apis[0].get("/instances")["rows"] if row["lags"]]  # noqa: E731
        assert eventually(lambda: lagging() == [version - 1], 5 * SLOW)
        told = apply(four[0], tmp_path, "Asia/Manila", 3)  # its patience of 10 s is what this test takes
        assert f"Version {version + 1} is the newest one, but after 10 s not in force everywhere:" in told
        assert re.findall(r"^ +instance \S+ has version (\d+), last heard of at 20", told, re.M) == [str(version - 1)], told
    finally:
        os.kill(four[3].pid, 18)
    assert eventually(lambda: versions(apis[3]) == [version + 1] * 4, 10 * SLOW)
    four[3].stop()  # which says so: nobody waits for it
    assert f"Version {version + 2} is in force in every instance." in apply(four[0], tmp_path, "Asia/Tokyo", 0)
    assert versions(apis[0]) == [version + 2] * 3


def apply(daemon: Daemon, folder: Path, zone: str, code: int) -> str:
    file = folder / "control.yaml"
    file.write_text(f"time_zone: {zone}\n")
    return daemon.command("apply", "-f", str(file), "--yes", code=code)


@pytest.fixture
def ask_key():
    """One request through an instance with an org key; the status."""
    def send(daemon: Daemon, key: str) -> int:
        with Client(daemon.proxy_port) as client:
            return client.ask(post(b'{"model":"gpt-4o-mini","messages":[]}', f"X-Lectr-Key: {key}", "Authorization: Bearer sk-x",
                                   path="/v1/chat/completions", tag=new_tag(), auth=False)).status
    return send
