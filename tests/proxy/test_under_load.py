"""Four instances over one Postgres while clients keep asking: rules change, a provider goes away, and nobody notices."""
from __future__ import annotations

import json
import threading
import time

import pytest

from support.client import Client
from support.daemon import SLOW, eventually
from support.fleet import Fleet, chat, fleet, load
from support.rules import ANSWER, ok, status

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120 * SLOW)]

TO_GROQ = {"name": "move", "split": [{"provider": "groq", "model": "llama"}], "when": {"model": "gpt-4o-mini"}}
SPARE = {"name": "spare", "when": {}, "split": [{"provider": "openai", "model": "gpt-4o"}], "fallback": [{"provider": "groq", "model": "llama"}]}


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    with fleet(4, tmp_path_factory.mktemp("fleet")) as made:
        yield made


def test_a_changed_rule_holds_for_the_next_requests_and_fails_none(four: Fleet):
    """Clients on kept connections and one stream under way; the change comes through another instance than theirs."""
    four.control({})
    hold = threading.Event()

    def script(exchange) -> None:
        if b'"stream"' not in exchange.body():
            return exchange.reply(ANSWER)
        exchange.start_stream()
        exchange.chunk(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
        hold.wait(20 * SLOW)
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.chunk(b"")

    four.openai.play(script)
    with Client(four.daemons[0].proxy_port, timeout=30 * SLOW) as streaming:
        streaming.send(chat(b'{"model":"gpt-4o-mini","stream":true}'))
        assert eventually(lambda: len(four.openai.requests) == 1, 5 * SLOW)
        with load(four.daemons) as seen:
            time.sleep(1 * SLOW)
            assert not four.groq.requests
            four.control({"rules": [TO_GROQ]}, through=1, wait=False)
            answered = time.monotonic()
            time.sleep(0.25 * SLOW)
            before = len(four.openai.requests)
            time.sleep(1 * SLOW)
        hold.set()
        assert streaming.response().status == 200
    assert len(seen.seen) > 100 and seen.failures() == []
    late = [r for r in four.openai.requests if r.at > answered + 0.25 * SLOW]
    assert late == [] and len(four.openai.requests) == before, "250 ms after the answer every instance goes by the change"
    assert all(json.loads(r.body)["model"] == "llama" for r in four.groq.requests)


def test_a_provider_that_goes_away_is_not_noticed(four: Fleet):
    """Every kind of going: errors, resets, silence, and a listener that is gone. Streams that had begun are cut, as they must be; nothing else is."""
    four.control({"rules": [SPARE | {"first_byte_timeout_ms": int(500 * SLOW)}]})
    four.groq.play(ok)

    def reset(exchange) -> None:
        exchange.body()
        exchange.rst()

    def silent(exchange) -> None:
        exchange.body()
        exchange.wait_gone(5 * SLOW)

    for script in (ok, status("529 Overloaded"), ok, reset, ok, silent, ok, status("429 Slow", b"{}", "retry-after-ms: 100")):
        four.openai.play(script)
        with load(four.daemons) as seen:
            time.sleep(1.2 * SLOW)
        assert len(seen.seen) >= 8 and seen.failures() == [], script  # each client at least one: silence is waited for half a second at a time
    four.openai.play(ok)
    with load(four.daemons) as seen:
        time.sleep(0.5 * SLOW)
        four.openai.stop()  # nobody listens there any more
        time.sleep(1.5 * SLOW)
    assert len(seen.seen) > 100 and seen.failures() == []
