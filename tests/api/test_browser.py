"""The dashboard in a real browser against the real daemon with some traffic in it."""
from __future__ import annotations

from pathlib import Path

import pytest

from support.client import Client, head, new_tag, post
from support.daemon import ADMIN_PASSWORD, SLOW, Daemon
from support.mock import Mock
from support.node import run_node_tests

HERE = Path(__file__).parent / "browser"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300 * SLOW)]


def test_dashboard(tmp_path):
    mock = Mock(tmp_path)
    try:
        with Daemon(tmp_path / "gateway", mock.providers()) as own:
            tag = new_tag()
            with Client(own.proxy_port) as client:
                for n in range(12):
                    body = b'{"model":"gpt-4o-mini","stream":%s,"messages":[]}' % (b"true" if n % 2 else b"false")
                    assert client.ask(post(body, *(["x-mock-status: 500"] if n == 7 else []), path="/v1/chat/completions", tag=tag)).status in (200, 500)
                client.ask(head("GET /v1/models HTTP/1.1", tag=tag), "GET")
            own.row(tag, 13)
            found = run_node_tests(HERE, "page.test.js", {"LECTR_URL": f"http://127.0.0.1:{own.admin_port}", "LECTR_PASSWORD": ADMIN_PASSWORD})
    finally:
        mock.stop()
    failed = {name: detail for name, (passed, detail) in found.items() if not passed}
    assert not failed, "\n\n".join(f"{name}\n{detail}" for name, detail in failed.items())
    assert len(found) > 5, list(found)
