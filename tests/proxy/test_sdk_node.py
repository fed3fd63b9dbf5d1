"""Runs the Node SDK tests against a gateway and the mock providers, and reports each of them."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.client import ORG_KEY
from support.daemon import ADMIN_TOKEN, SLOW, Daemon
from support.mock import Mock
from support.node import run_node_tests

HERE = Path(__file__).parent / "sdk-node"

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(300 * SLOW)]


def names() -> list[str]:
    """Test names as the file spells them; those made in loops are looked at together."""
    return re.findall(r"tagged\('([^']+)'", (HERE / "sdk.test.js").read_text())


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> dict[str, tuple[bool, str]]:
    folder = tmp_path_factory.mktemp("node")
    mock = Mock(folder)
    try:
        with Daemon(folder / "gateway", mock.providers()) as own:
            return run_node_tests(HERE, "sdk.test.js", {"LECTR_PROXY": f"http://127.0.0.1:{own.proxy_port}", "LECTR_ADMIN": f"http://127.0.0.1:{own.admin_port}",
                                                        "LECTR_MOCK": mock.url, "LECTR_ORG_KEY": ORG_KEY, "LECTR_TOKEN": ADMIN_TOKEN})
    finally:
        mock.stop()


@pytest.mark.parametrize("name", names())
def test_node(name, outcome):
    passed, detail = outcome[name]
    assert passed, detail


def test_node_cases_made_in_loops(outcome):
    made = {name: result for name, result in outcome.items() if name not in names()}
    assert len(made) >= 10, list(made)
    failed = {name: detail for name, (passed, detail) in made.items() if not passed}
    assert not failed, failed
