"""Runs the Node SDK tests against a gateway and the mock providers, and reports each of them."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.client import ORG_KEY
from support.daemon import ADMIN_TOKEN, SLOW, Daemon
from support.mock import Mock

HERE = Path(__file__).parent / "sdk-node"

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(300 * SLOW)]


def names() -> list[str]:
    """The test names as the file spells them; loops are written out by node, so they are found at run time and checked for absence of failures."""
    return re.findall(r"tagged\('([^']+)'", (HERE / "sdk.test.js").read_text())


@pytest.fixture(scope="module")
def outcome(tmp_path_factory) -> dict[str, tuple[bool, str]]:
    assert shutil.which("node"), "node is missing"
    assert (HERE / "node_modules" / "openai").exists(), "run npm ci in tests/proxy/sdk-node first"
    folder = tmp_path_factory.mktemp("node")
    mock = Mock(folder)
    try:
        with Daemon(folder / "gateway", mock.providers()) as own:
            env = {**os.environ, "LECTR_PROXY": f"http://127.0.0.1:{own.proxy_port}", "LECTR_ADMIN": f"http://127.0.0.1:{own.admin_port}", "LECTR_MOCK": mock.url,
                   "LECTR_ORG_KEY": ORG_KEY, "LECTR_TOKEN": ADMIN_TOKEN}
            done = subprocess.run(["node", "--test", "--test-reporter=tap", "sdk.test.js"], cwd=HERE, env=env, capture_output=True, text=True, timeout=240 * SLOW)
    finally:
        mock.stop()
    return read_tap(done.stdout, done.stderr)


def read_tap(text: str, errors: str) -> dict[str, tuple[bool, str]]:
    found: dict[str, tuple[bool, str]] = {}
    pieces = re.split(r"(?m)^\s*(not ok|ok) \d+ - (.*)$", text)
    for state, name, detail in zip(pieces[1::3], pieces[2::3], pieces[3::3]):
        found[name.strip()] = (state == "ok", detail.split("# Subtest")[0][:2000])
    assert found, f"node reported nothing:\n{text[-1000:]}\n{errors[-1000:]}"
    return found


@pytest.mark.parametrize("name", names())
def test_node(name, outcome):
    passed, detail = outcome[name]
    assert passed, detail


def test_node_cases_made_in_loops(outcome):
    """Those whose names are made at run time: at least as many as the loops have, none failed."""
    made = {name: result for name, result in outcome.items() if name not in names()}
    assert len(made) >= 10, json.dumps(list(made))
    failed = {name: detail for name, (passed, detail) in made.items() if not passed}
    assert not failed, failed
