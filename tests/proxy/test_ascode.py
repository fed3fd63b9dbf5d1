"""The control state as a file, by the real commands: over the API of a running gateway, and directly on its state directory."""
from __future__ import annotations

import json
import os
import subprocess

import pytest

from support.api import Api
from support.certs import Authority
from support.daemon import ADMIN_TOKEN, ROOT, SLOW, Daemon, binary, eventually

pytestmark = pytest.mark.timeout(120 * SLOW)

DOCUMENT = """# what we want
time_zone: Europe/Berlin
rules:
  - name: chat
    when: {feature: chat}
    split: [{model: gpt-4o-mini, weight: 3}, {model: gpt-4o}]
  - name: search
    when: {feature: search}
    fallback: [{provider: groq, model: llama-3.3-70b-versatile}]
limits: [{name: per key, limit: 600, key: "*"}]
budgets:
  - {name: month, cap: 12.50, alert_percent: [50, 80]}
"""


class Ran:
    def __init__(self, done: subprocess.CompletedProcess):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        assert ADMIN_TOKEN not in self.out + self.err

    def __repr__(self) -> str:
        return f"code {self.code}\n{self.out}\n{self.err}"


class Shell:
    """Runs commands against one daemon in one of the two ways, with a home of its own."""

    def __init__(self, daemon: Daemon, way: str, home):
        self.daemon, self.way, self.home = daemon, way, home
        home.mkdir()

    def __call__(self, *arguments: str, code: int = 0, stdin: str | None = None, **env: str) -> Ran:
        own = {"PATH": os.environ["PATH"], "HOME": str(self.home)} | {k: v for k, v in self.daemon.env.items() if k.endswith("SAN_OPTIONS")}
        if self.way == "http":
            own |= {"LECTR_URL": f"http://127.0.0.1:{self.daemon.admin_port}/", "LECTR_TOKEN": ADMIN_TOKEN}
        else:
            own |= {"LECTR_STATE_DIR": str(self.daemon.state)}
        done = subprocess.run([str(binary()), *arguments], env=own | env, cwd=self.home, input=stdin or "", capture_output=True, text=True, timeout=40 * SLOW)
        ran = Ran(done)
        assert ran.code == code, (arguments, ran)
        return ran

    def write(self, text: str, name: str = "control.yaml") -> str:
        (self.home / name).write_text(text)
        return name


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("ascode") / "d") as made:
        yield made


@pytest.fixture(params=["http", "direct"])
def shell(request, daemon, tmp_path) -> Shell:
    made = Shell(daemon, request.param, tmp_path / "home")
    api = Api(daemon.admin_port)
    api.do("PUT", "/control", {"base_version": api.get("/control")["version"], "document": {}})
    return made


def newest(daemon: Daemon) -> dict:
    return Api(daemon.admin_port).get("/control")


def in_force(daemon: Daemon) -> int:
    return next((row["version"] for row in Api(daemon.admin_port).get("/instances")["rows"] if row["this"]), 0)


def test_from_a_file_into_force_and_back(shell, daemon):
    file, base = shell.write(DOCUMENT), newest(daemon)["version"]
    planned = shell("plan", "-f", file, code=2)
    assert f"Against version {base}, 5 to add:" in planned.out, planned
    assert "+ rule 'chat'" in planned.out and 'cap: "12.5"' in planned.out and "\x1b" not in planned.out
    assert f"{file}:9:17: rules[1].fallback[0].provider: the org has no credential for groq" in planned.out
    assert newest(daemon)["version"] == base, "a plan changes nothing"
    assert "say --yes" in shell("apply", "-f", file, code=1).err and newest(daemon)["version"] == base

    applied = shell("apply", "-f", file, "--yes", "--note", "as reviewed")
    assert f"Version {base + 1} is in force in every instance." in applied.out
    state = newest(daemon)
    assert (state["version"], state["via"], state["note"]) == (base + 1, "file", "as reviewed")
    assert state["document"]["budgets"] == [{"name": "month", "period": "month", "cap": "12.5", "alert_percent": [50, 80]}]
    assert in_force(daemon) == base + 1

    exported = shell("export").out
    assert exported.startswith(f"# Control state of org default, version {base + 1}, made 20")
    for text in (exported, shell("export", "--json").out, DOCUMENT):
        assert f"No changes: version {base + 1} says the same." in shell("plan", "-f", shell.write(text, "again")).out
    assert "No changes" in shell("apply", "-f", "again").out

    edited = exported.replace("weight: 3", "weight: 2").replace("name: per key", "name: each key")
    edited = edited.replace("rules:\n", "rules:\n  - name: first\n    when: {task: translation}\n")
    changed = shell("plan", "-f", shell.write(edited), code=2).out
    assert "2 to add, 1 to change, 1 to remove:" in changed, changed
    for line in ("+ rule 'first'", "~ rule 'chat'\n      split[0].weight: 3 -> 2\n", "- limit 'per key'", "+ limit 'each key'"):
        assert line in changed, changed
    shell("apply", "-f", file, "--yes")

    told = shell("history", "--limit", "2").out
    assert told.startswith(f"v{base + 2} ") and "(file): as reviewed" in told and "rule 'first' added" in told
    assert "split[0].weight: 3 -> 2" in shell("diff", str(base + 1), str(base + 2)).out
    fields = json.loads(shell("diff", str(base + 2), str(base + 1), "--json").out)
    assert fields["after"] == state["document"] and len(fields["changes"]) == 4

    assert "say --yes" in shell("rollback", str(base + 1), code=1).err
    back = shell("rollback", str(base + 1), "--yes")
    assert "split[0].weight: 2 -> 3" in back.out
    state = newest(daemon)
    assert (state["version"], state["note"]) == (base + 3, f"back to version {base + 1}")
    assert "No changes" in shell("plan", "-f", shell.write(exported)).out
    assert f"there is no version {base + 99}" in shell("rollback", str(base + 99), "--yes", code=1).err


def test_a_state_that_moved_since_the_plan_is_not_overwritten(shell, daemon):
    file = shell.write(DOCUMENT)
    shell("plan", "-f", file, code=2)
    base, api = newest(daemon)["version"], Api(daemon.admin_port)
    api.do("PUT", "/control", {"base_version": base, "document": {"time_zone": "Asia/Tokyo"}})
    refused = shell("apply", "-f", file, "--yes", code=1)
    assert f"was against version {base}, the newest is {base + 1} by " in refused.err and not refused.out
    assert newest(daemon)["document"] == {"time_zone": "Asia/Tokyo"}
    assert "moved" in shell("apply", "-f", file, "--yes", "--base-version", str(base), code=1, HOME=str(shell.home / "elsewhere")).err
    notes = shell.home / ".cache/lectr/plans.json"
    assert notes.stat().st_mode & 0o777 == 0o600 and "Berlin" not in notes.read_text()
    shell("apply", "-f", file, "--yes", "--force")
    assert newest(daemon)["document"]["time_zone"] == "Europe/Berlin"


def test_a_wrong_document_names_every_place_and_changes_nothing(shell, daemon):
    before = newest(daemon)
    file = shell.write(DOCUMENT.replace("weight: 3", "weight: none").replace("limit: 600", "limit: 12.5").replace("cap: 12.50", "caps: 1"))
    wanted = [f"{file}:6:34: rules[0].split[0].weight: a whole number from 1 to 1000 is needed",
              f"{file}:10:26: limits[0].limit: a whole number", f"{file}:12:19: budgets[0].caps: there is no such field"]
    for command in (("plan",), ("apply", "--yes"), ("validate",)):
        lines = shell(*command, "-f", file, code=1).err.splitlines()
        assert len(lines) == 3 and all(line.startswith(want) for line, want in zip(lines, wanted)), lines
    problems = json.loads(shell("plan", "-f", file, "--json", code=1).out)["problems"]
    assert [(p["line"], p["column"]) for p in problems] == [(6, 34), (10, 26), (12, 19)]
    for text, want in (("rules: [", ":1:9: not YAML"), ("a: 1\na: 2\n", ":2:1: a: is given twice in one object"), ("a: &x 1\nb: *x\n", ":2:4: b: aliases")):
        assert shell("apply", "--yes", "-f", shell.write(text), code=1).err.startswith("control.yaml" + want)
    assert newest(daemon) == before
    assert "nothing.yaml can't be read" in shell("plan", "-f", "nothing.yaml", code=1).err


def test_from_standard_input_and_what_it_would_have_meant(shell):
    planned = json.loads(shell("plan", "-f", "-", "--json", "--replay", "1h", code=2, stdin=DOCUMENT).out)
    assert planned["replay"]["requests"] == 0 and {change["action"] for change in planned["changes"]} == {"added"}
    told = shell("plan", "-f", "-", "--replay", "1h", code=2, stdin=DOCUMENT).out
    assert "Replayed over 0 requests from " in told and "  Note: " in told


def test_what_stands_in_the_way_is_said_with_what_to_do(daemon, tmp_path):
    shell = Shell(daemon, "http", tmp_path / "home")
    viewer = Api(daemon.admin_port).do("POST", "/tokens", {"name": "ci-plan", "role": "viewer"}, 201)["token"]
    file = shell.write("time_zone: Asia/Singapore\n")
    shell("plan", "-f", file, code=2, LECTR_TOKEN=viewer)
    assert "an editor or admin may do this" in shell("apply", "-f", file, "--yes", code=1, LECTR_TOKEN=viewer).err
    for env, want in (({"LECTR_TOKEN": "lt_wrong"}, "lectr token create"), ({"LECTR_TOKEN": ""}, "LECTR_TOKEN"), ({"LECTR_URL": "http://127.0.0.1:1"}, "nobody listens"),
                      ({"LECTR_URL": f"https://127.0.0.1:{daemon.admin_port}"}, "TLS"), ({"LECTR_URL": "ftp://x"}, "must be like https://"),
                      ({"LECTR_URL": f"http://127.0.0.1:{daemon.admin_port}/x"}, "address of the dashboard")):
        assert want in shell("export", code=1, **env).err
    token = tmp_path / "token"
    token.write_text(ADMIN_TOKEN + "\n")
    shell("export", "--token-file", str(token), LECTR_TOKEN="")
    assert "there is no store in" in shell("export", "--state-dir", str(tmp_path), code=1).err


def test_over_tls_only_whom_the_named_authority_vouches_for(tmp_path):
    ours, others = Authority(tmp_path / "ca"), Authority(tmp_path / "others", "another authority")
    certificate, key = ours.leaf("dashboard", "IP:127.0.0.1")
    with Daemon(tmp_path / "d", settings=f"admin: {{tls: {{certificate: {certificate}, key: {key}}}}}\n") as daemon:
        shell = Shell(daemon, "http", tmp_path / "home")
        trusted = {"LECTR_URL": f"https://127.0.0.1:{daemon.admin_port}"}
        file = shell.write("time_zone: Asia/Singapore\n")
        def on(*arguments: str, code: int, **env: str) -> Ran:
            return shell(*arguments, "-f", file, code=code, **(trusted | env))
        assert "Against version 0, 1 to add" in on("plan", "--ca-file", str(ours.certificate), code=2).out
        for more, env in (((), {}), (("--ca-file", str(others.certificate)), {}),
                          (("--ca-file", str(ours.certificate)), {"LECTR_URL": f"https://localhost:{daemon.admin_port}"})):  # not the certificate's name
            assert "is not trusted" in on("apply", "--yes", *more, code=1, **env).err
        assert "can't be read as certificates" in on("plan", "--ca-file", str(tmp_path / "none.pem"), code=1).err
        assert "Version 1 is in force in every instance." in on("apply", "--yes", "--ca-file", str(ours.certificate), code=0).out


def test_the_example_is_valid(daemon, tmp_path):
    shell = Shell(daemon, "direct", tmp_path / "home")
    assert shell("validate", "-f", str(ROOT / "config" / "control.example.yaml")).out.endswith("is fine.\n")


def test_the_state_of_one_gateway_goes_to_another(daemon, tmp_path):
    first, api = Shell(daemon, "http", tmp_path / "a"), Api(daemon.admin_port)
    document = {"rules": [{"name": "a", "when": {"feature": "x"}, "split": [{"provider": "groq", "model": "llama-3.3-70b-versatile"}]}],
                "budgets": [{"name": "b", "period": "day", "cap": "3"}], "alerts": [{"name": "n", "type": "webhook", "url": "http://127.0.0.1:1/"}]}
    api.do("PUT", "/control", {"base_version": api.get("/control")["version"], "document": document})
    with Daemon(tmp_path / "d") as empty:
        second = Shell(empty, "direct", tmp_path / "b")
        file = str(tmp_path / "state.yaml")
        first("export", "-o", file)
        assert "Against version 0, 3 to add:" in second("plan", "-f", file, code=2).out
        second("apply", "-f", file, "--yes")
        assert newest(empty)["document"] == newest(daemon)["document"] and in_force(empty) == 1
        assert "No changes" in first("plan", "-f", file).out
        second("rollback", "0", "--yes")
        assert newest(empty)["document"] == {} and eventually(lambda: in_force(empty) == 2, 5 * SLOW)
        empty.stop()
        assert "no gateway runs on it now" in second("apply", "-f", file, "--yes").out
        several_orgs_are_told_apart(empty, second)


def several_orgs_are_told_apart(daemon, shell):
    daemon.command("org", "create", "second")
    file = shell.write("time_zone: Asia/Tokyo\n")
    assert "say which with --org (default, second)" in shell("plan", "-f", file, code=1).err
    shell("apply", "-f", file, "--org", "second", "--yes")
    assert shell("history", "--org", "second").out.startswith("v1 ") and shell("history", "--org", "default").out.startswith("v3 ")
    assert "no org of that name" in shell("history", "--org", "third", code=1).err
