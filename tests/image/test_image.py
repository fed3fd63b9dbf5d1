"""The image as an operator runs it: who it runs as, what it may write, how it tells its health, how it stops, what is in it."""
from __future__ import annotations

import json
import subprocess
import threading
import time

import pytest

from containers import IMAGE, Container, docker, free_port
from support.api import Api
from support.client import Client, new_tag, post
from support.daemon import ADMIN_TOKEN, eventually
from support.upstream import Upstream


@pytest.fixture(scope="module")
def image() -> dict:
    return json.loads(docker("image", "inspect", IMAGE))[0]


@pytest.fixture
def provider():
    made = Upstream()
    yield made
    made.stop()


def test_size(image):
    """The figure that the README names: the image as a registry would hold it."""
    size = int(subprocess.run(f"docker save {IMAGE} | gzip | wc -c", shell=True, check=True, capture_output=True, text=True).stdout)
    print(f"\nimage: {size / 1e6:.1f} MB compressed (docker save | gzip), {image['Size'] / 1e6:.1f} MB unpacked")
    binary = int(docker("run", "--rm", "--network", "none", "--entrypoint", "stat", IMAGE, "-c", "%s", "/usr/local/bin/lectr"))
    print(f"of that the binary: {binary / 1e6:.1f} MB unpacked")
    assert size <= 60_000_000


def test_metadata(image):
    config = image["Config"]
    assert config["User"] == "10001:10001" and config["Volumes"] == {"/var/lib/lectr": {}} and config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"] == ["CMD", "lectr", "health"]
    labels = config["Labels"]
    version = docker("run", "--rm", "--network", "none", IMAGE, "version").strip()
    assert version == "lectr " + labels["org.opencontainers.image.version"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0" and labels["org.opencontainers.image.revision"]


def test_nothing_that_builds_is_in_it():
    found = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", "for t in gcc cc npm node curl wget git; do command -v $t; done; ls /src; true")
    assert found.strip() == ""
    docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", "test -s /usr/share/doc/lectr/LICENSE && test -s /usr/share/zoneinfo/Europe/Berlin")


def test_runs_without_root_on_a_read_only_root(provider):
    tag = new_tag()
    with Container(provider.url) as gateway:
        gateway.wait_healthy()
        assert gateway.execute("id", "-u").strip() == "10001"
        assert gateway.execute("sh", "-c", "touch /x /etc/x /tmp/x 2>/dev/null; ls /x /etc/x /tmp/x 2>/dev/null; true") == "", "the root is read-only"
        assert "Cap" in (caps := gateway.execute("grep", "CapEff", "/proc/1/status")) and int(caps.split()[1], 16) == 0
        with Client(gateway.proxy_port) as client:
            assert client.ask(post(b'{"model":"gpt-x"}', path="/v1/chat/completions", tag=tag), "POST").status == 200
        api = Api(gateway.admin_port)
        assert eventually(lambda: len(api.get(f"/requests?feature={tag}")["rows"]) == 1, 10)
        volume = gateway.volume
        assert gateway.stop() == 0
        gateway.start()  # another container, the same state
        gateway.wait_healthy()
        assert len(Api(gateway.admin_port).get(f"/requests?feature={tag}")["rows"]) == 1 and gateway.volume == volume
        assert "lt_test" not in gateway.logs() and "sk-proj" not in gateway.logs()


def test_a_held_stream_is_cut_within_dockers_own_grace(provider):
    """docker stop waits ten seconds; what is under way gets eight of them, and its row is written."""
    tag, began = new_tag(), threading.Event()

    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("text/plain")
        exchange.chunk(b"begin ")
        began.set()
        exchange.wait_gone(30)
    provider.play(script)
    with Container(provider.url) as gateway:
        gateway.wait_healthy()
        with Client(gateway.proxy_port, timeout=30) as client:
            client.send(post(b"{}", tag=tag))
            client.stream.until(b"begin ")
            assert began.wait(5)
            start = time.monotonic()
            assert gateway.stop() == 0, "it was killed: 137"
            took = time.monotonic() - start
        print(f"\nstop with a held stream: {took:.1f} s")
        assert 6 < took < 10.5
        gateway.start()
        gateway.wait_healthy()
        rows = Api(gateway.admin_port).get(f"/requests?feature={tag}")["rows"]
        assert [row["error_code"] for row in rows] == ["gateway_shutdown"]


def test_an_idle_one_stops_at_once(provider):
    with Container(provider.url) as gateway:
        gateway.wait_healthy()
        start = time.monotonic()
        assert gateway.stop() == 0
        took = time.monotonic() - start
        print(f"\nstop when idle: {took:.1f} s")
        assert took < 5


def test_health_fails_where_nothing_listens():
    done = subprocess.run(["docker", "run", "--rm", "--network", "none", IMAGE, "health"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "/health" in done.stderr
