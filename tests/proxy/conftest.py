"""One daemon and one scripted provider per test process; tests that change the process start their own."""
from __future__ import annotations

from pathlib import Path

import pytest

from support.client import Client
from support.daemon import Daemon
from support.scrape import scrape
from support.upstream import Upstream

# Every exchange is hashed on both sides, so that each test is one of that, too. Deadlines short enough to be awaited; bounds small enough to be hit. The proportions are those of the defaults.
SETTINGS = """\
compare_one_in: 1
deadlines:
  head: 1s
  body: 1s
  keep_alive: 20s
  connect: 1s
  first_byte: 1500ms
  idle: 1s
  total: 20s
  drain: 5s
bounds:
  header_bytes: 32KiB
  header_count: 100
  body_bytes: 64MiB
"""


@pytest.fixture(scope="session")
def shared_upstream():
    upstream = Upstream()
    yield upstream
    upstream.stop()


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory, shared_upstream):
    daemon = Daemon(tmp_path_factory.mktemp("daemon"), {"openai": shared_upstream.url, "anthropic": shared_upstream.url, "gemini": shared_upstream.url,
                                                         "azure": shared_upstream.url, "groq": shared_upstream.url + "/openai"}, SETTINGS).start()
    yield daemon
    seen = scrape(daemon.admin_port)
    assert seen.sum("lectr_mismatch_total") == 0, daemon.log()[-3000:]
    assert daemon.alive(), "the daemon died during the tests:\n" + daemon.log()[-3000:]
    assert daemon.stop() == 0, daemon.log()[-3000:]


@pytest.fixture
def upstream(shared_upstream):
    yield shared_upstream.play()
    shared_upstream.play()


@pytest.fixture
def daemon(shared_daemon):
    assert shared_daemon.alive(), "the daemon died in an earlier test:\n" + shared_daemon.log()[-3000:]
    yield shared_daemon
    assert shared_daemon.alive(), "the daemon died:\n" + shared_daemon.log()[-3000:]


@pytest.fixture
def client(daemon):
    with Client(daemon.proxy_port) as made:
        yield made


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path
