"""Streams of known usage teach what a model's text costs, and streams without usage are counted by that."""
from __future__ import annotations

import json
import random

import pytest

from support.client import Client, head, new_tag
from support.daemon import Daemon
from support.upstream import Upstream

DICE = random.Random(11)
WORDS = ["alpha", "of", "the", "gateway", "is", "measured", "and", "so", "on", "it", "unbelievable"]


def answer(tokens: int, usage: bool, per_delta: int, reasoning: int = 0):
    """So many tokens, each a word, in deltas of several; with usage where the client asks for it."""
    def script(exchange) -> None:
        exchange.body()
        exchange.start_stream("text/event-stream")
        for at in range(0, tokens, per_delta):
            text = " ".join(DICE.choice(WORDS) for _ in range(min(per_delta, tokens - at))) + " "
            exchange.chunk(b"data: " + json.dumps({"model": "gpt-4o-mini", "choices": [{"delta": {"content": text}}]}).encode() + b"\n\n")
        if usage:
            told = {"prompt_tokens": 3, "completion_tokens": tokens + reasoning, "total_tokens": 3 + tokens + reasoning,
                    "completion_tokens_details": {"reasoning_tokens": reasoning}}
            exchange.chunk(b"data: " + json.dumps({"model": "gpt-4o-mini", "choices": [], "usage": told}).encode() + b"\n\n")
        exchange.chunk(b"data: [DONE]\n\n")
        exchange.send(b"0\r\n\r\n")
    return script


@pytest.fixture
def world(tmp_path):
    upstream = Upstream()
    with Daemon(tmp_path, {"openai": upstream.url}, env={"LECTR_IO_THREADS": "1"}) as daemon:
        yield daemon, upstream
    upstream.stop()


def ask(client: Client, upstream: Upstream, tag: str, **more) -> None:
    upstream.play(answer(**more))
    body = json.dumps({"model": "gpt-4o-mini", "stream": True, "messages": []}).encode()
    client.send(head("POST /v1/chat/completions HTTP/1.1", "Content-Type: application/json", f"Content-Length: {len(body)}", tag=tag) + body)
    assert client.response().status == 200


def test_streams_of_known_usage_teach_those_without(world):
    daemon, upstream = world
    with Client(daemon.proxy_port) as client:
        before, after, thinking = new_tag(), new_tag(), new_tag()
        ask(client, upstream, before, tokens=200, usage=False, per_delta=2)
        for n in range(40):
            ask(client, upstream, "known", tokens=20 + n * 7, usage=True, per_delta=2)
        for _ in range(40):  # what is thought unseen is no part of the text, and teaches nothing about it
            ask(client, upstream, "known", tokens=20, usage=True, per_delta=2, reasoning=5000)
        ask(client, upstream, after, tokens=200, usage=False, per_delta=2)
        ask(client, upstream, thinking, tokens=20, usage=True, per_delta=2, reasoning=5000)
    prior, learned = daemon.row(before), daemon.row(after)
    assert (prior["token_source"], prior["notes"]) == ("measured", [])
    assert abs(prior["tokens_output"] - 200) > 20, prior
    assert (learned["token_source"], learned["notes"]) == ("measured", ["calibrated"])
    assert abs(learned["tokens_output"] - 200) <= 4 and learned["tokens_output_low"] <= 200 <= learned["tokens_output_high"], learned
    assert learned["tokens_output_high"] - learned["tokens_output_low"] < (prior["tokens_output_high"] - prior["tokens_output_low"]) / 2
    assert (daemon.row(thinking)["token_source"], daemon.row(thinking)["tokens_output"]) == ("provider", 5020)
