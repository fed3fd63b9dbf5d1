"""The docker client, and one gateway as a container on this machine's network."""
from __future__ import annotations

import json
import socket
import subprocess
import uuid

from support.client import ORG_KEY
from support.daemon import ADMIN_PASSWORD, ADMIN_TOKEN, eventually

IMAGE = "lectr:latest"


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, (arguments, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Container:
    """Read-only root, no capability, the state in a volume of its own. `stop` and `start` keep the volume."""

    def __init__(self, provider_url: str):
        self.name = "lectr-" + uuid.uuid4().hex[:8]
        self.volume = self.name + "-state"
        self.provider_url = provider_url
        self.proxy_port = self.admin_port = 0

    def start(self) -> "Container":
        self.proxy_port, self.admin_port = free_port(), free_port()
        env = {"LECTR_PROXY_LISTEN": f"127.0.0.1:{self.proxy_port}", "LECTR_ADMIN_LISTEN": f"127.0.0.1:{self.admin_port}", "LECTR_BOOTSTRAP_ORG_KEY": ORG_KEY,
               "LECTR_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD, "LECTR_BOOTSTRAP_ADMIN_TOKEN": ADMIN_TOKEN, "LECTR_PROVIDER_OPENAI_BASE_URL": self.provider_url}
        docker("run", "--detach", "--name", self.name, "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
               "--volume", f"{self.volume}:/var/lib/lectr", "--health-interval", "1s", *(word for pair in env.items() for word in ("--env", "=".join(pair))), IMAGE)
        return self

    def state(self) -> dict:
        return json.loads(docker("inspect", self.name))[0]["State"]

    def wait_healthy(self) -> None:
        def settled() -> bool:
            state = self.state()
            return state["Health"]["Status"] == "healthy" or not state["Running"]
        assert eventually(settled, 60) and self.state()["Running"], (self.state(), self.logs())

    def execute(self, *arguments: str) -> str:
        return docker("exec", self.name, *arguments)

    def logs(self) -> str:
        done = subprocess.run(["docker", "logs", self.name], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def stop(self) -> int:
        """docker stop with its own grace. The exit code; the container is gone, its volume is not."""
        docker("stop", self.name)
        code = self.state()["ExitCode"]
        docker("rm", self.name)
        return code

    def __enter__(self) -> "Container":
        return self.start()

    def __exit__(self, *exc) -> None:
        if exc and exc[0]:
            print(self.logs()[-4000:])
        subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, timeout=60)
        subprocess.run(["docker", "volume", "rm", "--force", self.volume], capture_output=True, timeout=60)
