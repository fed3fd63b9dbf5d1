"""Fallback end to end: when the next target is asked, and when it must not be."""
from __future__ import annotations

import socket
import threading
import time
from email.utils import formatdate

import pytest

from support.client import Client, new_tag
from support.daemon import SLOW, eventually
from support.rules import ANSWER, World, ok, status

OVER = b'{"error":{"message":"no","type":"server_error","code":"server_is_overloaded"}}'


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("fallback"))
    yield made
    made.stop()


@pytest.fixture
def world(shared):
    for upstream in (shared.openai, shared.groq, shared.mistral):
        upstream.play(ok)
    return shared


def chain(world, **more) -> str:
    """openai first, as asked, then groq; targets of a name of their own, so that no test meets another one's breaker."""
    own = new_tag()
    world.rules({"name": "chain", "when": {}, "split": [{"model": own}], "fallback": [{"provider": "groq", "model": own + "-b"}]} | more)
    return own


@pytest.mark.parametrize("line", ["500 Oops", "503 Busy", "529 Overloaded", "429 Slow", "408 Late"])
def test_the_next_target_answers_and_the_client_sees_nothing(world, line):
    own = chain(world)
    world.openai.play(status(line, OVER))
    tag = new_tag()
    answer = world.ask({"model": "gpt-4o"}, tag=tag)
    assert answer.status == 200 and answer.body == ANSWER
    assert not [name for name, _ in answer.headers if name.lower().startswith(b"x-lectr")]
    assert len(world.openai.requests) == len(world.groq.requests) == 1
    assert world.groq.requests[0].body == b'{"model": "%s"}' % (own + "-b").encode()
    row = world.daemon.row(tag)
    assert (row["status"], row["provider"], row["attempts"], row["rule"]) == (200, "groq", 2, "chain")
    assert f"t:openai/{own}={line[:3]}," in row["why"] and f";groq/{own}-b=200," in row["why"]
    first, second = world.api.get(f"/requests/{row['id']}")["timeline"]
    assert (first["provider"], first["model"], first["outcome"]) == ("openai", own, line[:3]) and first["took_ms"] >= 0
    assert first["end_us"] is first["ttfb_us"] is None, "what is not kept is not made up"
    assert (second["provider"], second["model"], second["outcome"], second["start_us"]) == ("groq", own + "-b", "ok", None)
    assert (second["ttfb_us"], second["end_us"]) == (row["ttfb_us"], row["latency_us"])


def test_a_reset_falls_over(world):
    chain(world)
    def reset(exchange):
        exchange.body()
        exchange.rst()
    world.openai.play(reset)
    assert world.ask({"model": "gpt-4o"}).body == ANSWER


def test_a_refused_connection_falls_over(world, tmp_path):
    """A provider that is gone altogether, before any breaker knows: the next one has the request."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else gets the port
        alone = World(tmp_path, openai=f"http://127.0.0.1:{taken.getsockname()[1]}")
        try:
            own = chain(alone)
            tag = new_tag()
            assert alone.ask({"model": "gpt-4o"}, tag=tag).body == ANSWER
            row = alone.daemon.row(tag)
            assert (row["status"], row["provider"], row["attempts"]) == (200, "groq", 2)
            assert f"t:openai/{own}=unreachable," in row["why"]
        finally:
            alone.stop()


def test_a_stall_before_the_first_byte_falls_over(world):
    chain(world, first_byte_timeout_ms=300)
    hold = threading.Event()
    def stall(exchange):
        exchange.body()
        hold.wait(10 * SLOW)
        exchange.close()
    world.openai.play(stall)
    tag = new_tag()
    try:
        assert world.ask({"model": "gpt-4o"}, tag=tag).body == ANSWER
    finally:
        hold.set()
    assert "=timeout," in world.daemon.row(tag)["why"]


@pytest.mark.parametrize("line", ["400 Bad", "404 Unknown", "413 Large", "422 Wrong", "401 Who"])
def test_a_wrong_request_goes_nowhere_else(world, line):
    chain(world)
    body = b'{"error":{"message":"yours","type":"invalid_request_error","code":"invalid_value"}}'
    world.openai.play(status(line, body))
    answer = world.ask({"model": "gpt-4o"})
    assert answer.status == int(line[:3]) and answer.body == body and not world.groq.requests


def test_never_after_the_first_byte(world):
    chain(world)
    def cut(exchange):
        exchange.body()
        exchange.start_stream()
        exchange.chunk(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
        exchange.close()
    world.openai.play(cut)
    tag = new_tag()
    with pytest.raises(Exception):
        world.ask({"model": "gpt-4o", "stream": True}, tag=tag)
    assert not world.groq.requests
    assert world.daemon.row(tag)["verdict"] == "truncated"


def test_the_last_answer_passes_as_it_came(world):
    chain(world)
    world.openai.play(status("503 Busy", OVER))
    last = b'{"error":{"message":"slow","type":"x","code":"rate_limit_exceeded"},  "odd": 1}'
    world.groq.play(status("429 Slow Down", last, "Retry-After: 1", "X-Odd:  kept"))
    answer = world.ask({"model": "gpt-4o"})
    assert answer.status == 429 and answer.body == last and answer.one("retry-after") == "1"
    assert b"X-Odd:  kept" in answer.head


def test_a_target_without_credential_is_skipped_with_a_note(world):
    own = new_tag()
    world.rules({"name": "c", "when": {}, "split": [{"model": own}], "fallback": [{"provider": "mistral", "model": "m"}, {"provider": "groq", "model": own + "-b"}]})
    world.openai.play(status("503 Busy", OVER))
    tag = new_tag()
    assert world.ask({"model": "gpt-4o"}, tag=tag).body == ANSWER
    assert not world.mistral.requests and "mistral/m=no_credential" in world.daemon.row(tag)["why"]


def test_the_breaker_opens_and_closes_again(world):
    own = chain(world)
    world.openai.play(status("503 Busy", OVER))
    for _ in range(8):
        assert world.ask({"model": "gpt-4o"}).body == ANSWER
    assert len(world.openai.requests) == 5, "left alone after five failures in a row"
    tag = new_tag()
    assert world.ask({"model": "gpt-4o"}, tag=tag).body == ANSWER
    assert f"openai/{own}=open" in world.daemon.row(tag)["why"]
    told = world.api.get("/fallback")
    broken = next(t for t in told["targets"] if t["model"] == own)
    assert (broken["provider"], broken["state"], broken["failures"]) == ("openai", "open", 5)
    assert broken["reason"] and broken["since"] < broken["next_probe_at"]
    last = next(f for f in told["failovers"] if f["from"] == f"openai/{own}")
    assert (last["rule"], last["to"], last["reason"]) == ("chain", f"groq/{own}-b", "503")
    world.openai.play(ok)
    def back() -> bool:
        assert world.ask({"model": "gpt-4o"}).body == ANSWER
        return len(world.openai.requests) >= 3
    assert eventually(back, 15 * SLOW), "two good probes close it"


LATER = formatdate(time.time() + 3600, usegmt=True)
DELAY = b'{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"30s"}]}}'


@pytest.mark.parametrize("script", [status("429 Slow", OVER, "Retry-After: 30"), status("429 Slow", OVER, "retry-after-ms: 30000", "Retry-After: 1"),
                                    status("429 Slow", OVER, "x-ms-retry-after-ms: 30000"), status("503 Busy", OVER, f"Retry-After: {LATER}"),
                                    status("429 Slow", DELAY)], ids=["seconds", "milliseconds", "azure", "date", "gemini"])
def test_how_long_a_provider_asks_to_wait_is_honoured(world, script):
    chain(world)
    world.openai.play(script)
    for _ in range(3):
        assert world.ask({"model": "gpt-4o"}).body == ANSWER
    assert len(world.openai.requests) == 1


def test_a_used_up_quota_is_passed_by(world):
    """What the last answer told: nothing is left until the reset. No request is sent to hear it again."""
    own = chain(world)
    def last(exchange):
        exchange.body()
        exchange.reply(ANSWER, headers=("Content-Type: application/json", "x-ratelimit-limit-tokens: 1000", "x-ratelimit-remaining-tokens: 10",
                                        f"x-ratelimit-reset-tokens: {int(2 * SLOW)}s"))
    world.openai.play(last)
    big = {"model": "gpt-4o", "messages": [{"role": "user", "content": "word " * 200}]}
    assert world.ask(big).body == ANSWER
    tag = new_tag()
    assert world.ask(big, tag=tag).body == ANSWER
    assert len(world.openai.requests) == 1 and f"openai/{own}=full" in world.daemon.row(tag)["why"]
    assert world.ask({"model": "gpt-4o"}).body == ANSWER
    assert len(world.openai.requests) == 2, "a small one still fits"
    def again() -> bool:
        world.ask(big)
        return len(world.openai.requests) == 3
    assert eventually(again, 5 * SLOW), "after the reset"


def test_an_empty_account_closes_the_way_for_that_key_only(world):
    world.rules({"name": "money", "when": {}, "split": [{"model": new_tag()}], "fallback": [{"provider": "groq", "model": "m"}]})
    world.openai.play(status("429 No", b'{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}'))
    for _ in range(3):
        assert world.ask({"model": "gpt-4o"}, key="sk-poor").body == ANSWER
    assert len(world.openai.requests) == 1
    world.openai.play(ok)
    assert world.ask({"model": "gpt-4o"}, key="sk-rich").body == ANSWER
    assert len(world.openai.requests) == 1, "another key of the same provider is tried"


def test_retries_are_a_share_of_the_traffic(world):
    """Sixty requests at once to a failing provider: twenty retries in ten seconds are the floor (forty, should a window end just now); the rest see its error."""
    chain(world)
    both = threading.Barrier(60)
    def busy(exchange):
        exchange.body()
        both.wait(20 * SLOW)  # all are under way before any breaker can know
        exchange.reply(OVER, "503 Busy")
    world.openai.play(busy)
    seen: list[int] = []
    def one():
        with Client(world.daemon.proxy_port, timeout=30 * SLOW) as client:
            seen.append(world.ask({"model": "gpt-4o"}, client=client).status)
    threads = [threading.Thread(target=one) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 60 and set(seen) == {200, 503}
    assert seen.count(200) == len(world.groq.requests) <= 40


def test_requests_and_failures_of_a_target_both_count_attempts(world):
    """Also those that go although the breaker is open, for there is nothing else; and of a credential, which is known only once it was refused."""
    own, key = new_tag(), "sk-" + new_tag()
    def counts(model: str, credential: bool) -> list[tuple[int, int]]:
        return [(t["requests"], t["failures"]) for t in world.api.get("/fallback")["targets"] if t["model"] == model and t["credential"] == credential]
    world.rules({"name": "alone", "when": {}, "split": [{"model": own}]})
    world.openai.play(status("503 Busy", OVER))
    for _ in range(9):
        assert world.ask({"model": "gpt-4o"}).status == 503
    assert eventually(lambda: counts(own, False) == [(9, 9)]), counts(own, False)
    before = counts("", True)
    world.openai.play(status("429 No", b'{"error":{"message":"pay","type":"insufficient_quota","code":"insufficient_quota"}}'))
    world.rules({"name": "alone", "when": {}, "split": [{"model": own + "-poor"}]})
    for _ in range(3):
        assert world.ask({"model": "gpt-4o"}, key=key).status == 429
    assert eventually(lambda: counts(own + "-poor", False) == [(3, 0)]), "the account failed, not the target"
    assert eventually(lambda: sorted(counts("", True)) == sorted([*before, (3, 3)])), counts("", True)


def test_a_504_of_the_provider_is_told_from_ours(world):
    """A rule's own patience with the first byte, and a provider that says 504 itself."""
    world.rules({"name": "hurry", "when": {}, "first_byte_timeout_ms": 200})
    tags = {}
    def silent(exchange):
        exchange.body()
        exchange.wait_gone()
    for name, script in (("ours", silent), ("theirs", status("504 Gateway Timeout", OVER))):
        world.openai.play(script)
        tags[name] = new_tag()
        assert world.ask({"model": "gpt-4o"}, tag=tags[name]).status == 504
    ours, theirs = world.daemon.row(tags["ours"]), world.daemon.row(tags["theirs"])
    assert (ours["status_source"], ours["error_code"], ours["error_category"]) == ("proxy", "provider_timeout", "timeout"), ours
    assert (theirs["status_source"], theirs["error_source"], theirs["error_category"]) == ("provider", "provider", "capacity"), theirs
