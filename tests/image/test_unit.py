"""The package's unit under a real systemd, in a container: its sandbox holds, and the daemon works inside of it."""
from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from containers import docker
from support.daemon import eventually

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("LECTR_TEST_BUILD", "build/release")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    if not (BUILD / "lectr").exists():
        pytest.skip(f"NOT RUN: no binary in {BUILD} to pack (scripts/build)")
    folder = tmp_path_factory.mktemp("unit")
    subprocess.run(["cpack", "-G", "DEB", "--config", "CPackConfig.cmake", "-B", str(folder / "deb")], cwd=BUILD, check=True, capture_output=True, timeout=240)
    shutil.copy(next((folder / "deb").glob("*.deb")), folder / "lectr.deb")
    shutil.rmtree(folder / "deb")
    docker("build", "--quiet", "--network", "host", "--tag", "lectr-unit", "--file", str(ROOT / "tests/image/systemd/Dockerfile"), str(folder))
    name = "lectr-unit-" + uuid.uuid4().hex[:8]
    try:
        # What systemd itself needs for its sandboxes; no more of the machine.
        done = subprocess.run(["docker", "run", "--detach", "--name", name, "--network", "none", "--cap-add", "SYS_ADMIN", "--cap-add", "SYS_PTRACE", "--cap-add", "NET_ADMIN",
                               "--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--tmpfs", "/run", "--tmpfs", "/run/lock",
                               "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--cgroupns", "host", "--env", "container=docker", "lectr-unit"], capture_output=True, timeout=60)
        execute = Machine(name)
        if done.returncode != 0 or not eventually(lambda: execute.run("systemctl is-system-running").stdout.strip() in ("running", "degraded"), 60):
            pytest.skip("NOT RUN: systemd does not run in a container here")
        yield execute
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True, timeout=60)


class Machine:
    def __init__(self, name: str):
        self.name = name

    def run(self, script: str) -> subprocess.CompletedProcess:
        return subprocess.run(["docker", "exec", self.name, "bash", "-c", script], capture_output=True, text=True, timeout=90)

    def __call__(self, script: str) -> str:
        done = self.run(script)
        assert done.returncode == 0, (script, done.returncode, done.stdout[-2000:], done.stderr[-2000:], self.run("journalctl --no-pager -n 30 -u lectr").stdout)
        return done.stdout.strip()


HEALTH = "lectr health --config /etc/lectr/lectr.yaml"


def test_installing_starts_it_within_its_sandbox(machine):
    assert eventually(lambda: machine.run(HEALTH).returncode == 0, 30), machine("journalctl --no-pager -u lectr")
    status = dict(line.split(":", 1) for line in machine("cat /proc/$(systemctl show -P MainPID lectr)/status").splitlines())
    assert status["NoNewPrivs"].strip() == "1" and status["Seccomp"].strip() == "2" and int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["Uid"].split()[0] == machine("id -u lectr") and status["CoreDumping"].strip() == "0"
    # Its root, as it sees it, is read-only but for its state.
    mounts = machine("cat /proc/$(systemctl show -P MainPID lectr)/mountinfo").splitlines()
    options = {fields[4]: fields[5].split(",") for fields in (line.split() for line in mounts)}
    assert "ro" in options["/"] and "rw" in options["/var/lib/lectr"]


def test_secrets_of_the_first_start_stay_out_of_the_journal(machine):
    assert machine("stat -c '%U %a' /var/lib/lectr/first-start.txt") == "root 600"
    assert "lc_key_" in machine("cat /var/lib/lectr/first-start.txt")
    assert "ready proxy=" in (journal := machine("journalctl --no-pager -u lectr")) and "lc_key_" not in journal and "password" not in journal


def test_a_request_passes_and_the_row_outlives_a_restart(machine):
    machine("lectr demo --providers-only --listen 127.0.0.1:9000 >/dev/null 2>&1 & echo 'LECTR_PROVIDER_OPENAI_BASE_URL=http://127.0.0.1:9000' >>/etc/default/lectr; systemctl restart lectr")
    assert eventually(lambda: machine.run(HEALTH).returncode == 0, 30)
    answer = machine("""key=$(grep -o 'lc_key_[A-Za-z0-9_-]*' /var/lib/lectr/first-start.txt | head -1); body='{"model":"gpt-5-mini","messages":[]}'
        exec 3<>/dev/tcp/127.0.0.1/8080; printf 'POST /v1/chat/completions HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nX-Lectr-Key: %s\\r\\nX-Lectr-Debug: 1\\r\\nAuthorization: Bearer sk-x\\r\\nContent-Type: application/json\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "$key" "${#body}" "$body" >&3; cat <&3""")
    assert answer.startswith("HTTP/1.1 200"), answer
    request = next(line.split(": ")[1].strip() for line in answer.splitlines() if line.lower().startswith("x-lectr-request-id"))
    machine("systemctl reload lectr && systemctl stop lectr")
    assert machine("systemctl show -P Result lectr") == "success"
    assert request in machine(f"runuser -u lectr -- env LECTR_CONFIG=/etc/lectr/lectr.yaml lectr explain {request}")


def test_removing_stops_it_and_purging_leaves_nothing(machine):
    machine("systemctl start lectr && apt-get remove -y -q lectr")
    assert machine.run("systemctl is-active lectr").stdout.strip() in ("inactive", "unknown")
    machine("apt-get purge -y -q lectr")
    assert machine("ls -d /etc/lectr /var/lib/lectr /etc/default/lectr 2>/dev/null; getent passwd lectr; true") == ""
