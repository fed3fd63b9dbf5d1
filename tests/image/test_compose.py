"""docker/compose.yaml and docker/compose.demo.yaml as they are, brought up and driven through the ports that they publish."""
from __future__ import annotations

import http.client
import json
import os
import subprocess
import threading
import time
import uuid
from pathlib import Path

from containers import free_port
from support.api import Api
from support.client import ORG_KEY, PROVIDER_KEY, new_tag
from support.daemon import ADMIN_PASSWORD, ADMIN_TOKEN, eventually

ROOT = Path(__file__).resolve().parents[2]


class Compose:
    def __init__(self, *files: str, **env: str):
        self.files = [word for file in files for word in ("-f", str(ROOT / file))]
        self.project = "lectr" + uuid.uuid4().hex[:8]
        self.proxy_port, self.admin_port = free_port(), free_port()
        self.env = os.environ | env | {"LECTR_PROXY_PORT": f"127.0.0.1:{self.proxy_port}", "LECTR_ADMIN_PORT": f"127.0.0.1:{self.admin_port}"}

    def run(self, *arguments: str) -> str:
        done = subprocess.run(["docker-compose", "-p", self.project, *self.files, *arguments], env=self.env, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, (arguments, done.stdout[-3000:], done.stderr[-3000:])
        return done.stdout

    def healthy(self, service: str) -> bool:
        container = self.run("ps", "-q", service).strip()
        done = subprocess.run(["docker", "inspect", "-f", "{{.State.Health.Status}}", container], capture_output=True, text=True, timeout=60)
        return done.stdout.strip() == "healthy"

    def __enter__(self) -> "Compose":
        try:
            self.run("up", "--detach")
        except BaseException:
            self.__exit__(True)
            raise
        return self

    def __exit__(self, *exc) -> None:
        if exc and exc[0]:
            print(self.run("logs", "--no-color", "--tail", "40"))
        subprocess.run(["docker-compose", "-p", self.project, *self.files, "down", "--volumes", "--timeout", "20"], env=self.env, capture_output=True, timeout=240)


def chat(port: int, tag: str, key: str = ORG_KEY, stream: bool = False) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = json.dumps({"model": "gpt-5-mini", "stream": stream, "messages": [{"role": "user", "content": "ping"}]})
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json", "X-Lectr-Key": key, "X-Lectr-Feature": tag,
                                                                  "Authorization": f"Bearer {PROVIDER_KEY}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except OSError:
        return 0, b""  # no answer
    finally:
        connection.close()


def test_two_gateways_behind_a_balancer():
    env = {"LECTR_BOOTSTRAP_ORG_KEY": ORG_KEY, "LECTR_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD, "LECTR_BOOTSTRAP_ADMIN_TOKEN": ADMIN_TOKEN,
           "LECTR_PROVIDER_OPENAI_BASE_URL": "http://providers:9000"}
    began = time.monotonic()
    with Compose("docker/compose.yaml", "tests/image/compose.test.yaml", **env) as compose:
        print(f"\nup, all healthy: {time.monotonic() - began:.0f} s")
        assert compose.healthy("gateway-1") and compose.healthy("gateway-2")
        tag = new_tag()
        assert eventually(lambda: chat(compose.proxy_port, tag)[0] == 200, 20)
        status, body = chat(compose.proxy_port, tag, stream=True)
        assert status == 200 and body.rstrip().endswith(b"data: [DONE]")
        api = Api(compose.admin_port)
        assert len(api.get("/instances")["rows"]) == 2
        assert eventually(lambda: api.get("/status")["redis"]["instances"] == 2, 15), "both share the limits"
        assert eventually(lambda: len(api.get(f"/requests?feature={tag}")["rows"]) >= 2, 15), "rows of both are in one store"

        # One of them goes away and comes back while requests come: none fails.
        answers: list[int] = []
        over = threading.Event()

        def traffic() -> None:
            while not over.wait(0.05):
                answers.append(chat(compose.proxy_port, tag)[0])
        worker = threading.Thread(target=traffic, daemon=True)
        worker.start()
        compose.run("stop", "--timeout", "30", "gateway-1")
        compose.run("start", "gateway-1")
        assert eventually(lambda: compose.healthy("gateway-1"), 60)
        over.set()
        worker.join(30)
        print(f"{len(answers)} requests while one gateway was stopped and started, {sum(a != 200 for a in answers)} failed")
        assert len(answers) > 20 and set(answers) == {200}


def test_demo_shows_traffic():
    began = time.monotonic()
    with Compose("docker/compose.demo.yaml") as compose:
        assert eventually(lambda: compose.healthy("demo"), 60)
        print(f"\ndemo healthy: {time.monotonic() - began:.0f} s")
        api = Api(compose.admin_port, token=None)
        assert api.sign_in("admin", "lectr-demo").status == 200
        assert len(api.get("/requests?limit=200")["rows"]) == 200, "two weeks of history"
        assert chat(compose.proxy_port, "hand", key="lc_key_demo")[0] == 200
        assert eventually(lambda: len(api.get("/requests?feature=hand")["rows"]) == 1, 15), "and what comes now"
        connection = http.client.HTTPConnection("127.0.0.1", compose.admin_port, timeout=10)
        connection.request("GET", "/")
        page = connection.getresponse()
        text = page.read()
        assert page.status == 200 and b"<script" in text, "the dashboard is in the image"
