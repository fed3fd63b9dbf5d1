"""The dashboard in a real browser against the real daemon with some traffic in it."""
from __future__ import annotations

from pathlib import Path

import pytest

from support.client import ORG_KEY, Client, head, new_tag, post
from support.daemon import ADMIN_PASSWORD, SLOW, Daemon
from support.mock import Mock
from support.node import run_node_tests

HERE = Path(__file__).parent / "browser"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420 * SLOW)]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A daemon with a little of everything: streamed and not, failed, tagged and not, with a price and without."""
    folder = tmp_path_factory.mktemp("browser")
    mock = Mock(folder)
    try:
        with Daemon(folder / "gateway", mock.providers()) as own:
            tag = new_tag()
            with Client(own.proxy_port) as client:
                for n in range(24):
                    body = b'{"model":"gpt-4o-mini","stream":%s,"messages":[]}' % (b"true" if n % 2 else b"false")
                    assert client.ask(post(body, *(["x-mock-status: 500"] if n == 7 else []), path="/v1/chat/completions", tag=tag)).status in (200, 500)
                client.ask(post(b'{"model":"gpt-4o-mini","messages":[]}', path="/v1/chat/completions"))
                client.ask(head("GET /v1/models HTTP/1.1", tag=tag), "GET")
            own.row(tag, 25)
            yield own
    finally:
        mock.stop()


@pytest.mark.parametrize(("file", "least"), [("pages.test.js", 12), ("flows.test.js", 18), ("states.test.js", 9), ("control.test.js", 33), ("anomalies.test.js", 8), ("insight.test.js", 6), ("alerts.test.js", 6)])
def test_dashboard(gateway, file, least):
    env = {"LECTR_URL": f"http://127.0.0.1:{gateway.admin_port}", "LECTR_PASSWORD": ADMIN_PASSWORD, "LECTR_PROXY": f"http://127.0.0.1:{gateway.proxy_port}",
           "LECTR_KEY": ORG_KEY, "LECTR_SLOW": str(SLOW)}
    found = run_node_tests(HERE, file, env, timeout=400)
    failed = {name: detail for name, (passed, detail) in found.items() if not passed}
    assert not failed, "\n\n".join(f"{name}\n{detail}" for name, detail in failed.items())
    assert len(found) >= least, list(found)
