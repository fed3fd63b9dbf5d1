"""The official Python SDKs, unchanged but for base URL and one header: each call works as against the provider, and leaves an exact row."""
from __future__ import annotations

import io
import threading
import time
from decimal import Decimal

import anthropic
import openai
import pytest

from support.client import ORG_KEY, PROVIDER_KEY, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.mock import Mock
from support.upstream import Upstream

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(60 * SLOW)]

CHAT, CLAUDE, EMBED = "gpt-4o-mini", "claude-haiku-4-5", "text-embedding-3-small"
# USD per million tokens: input, output, cached.
PRICES = {CHAT: ("0.15", "0.60", "0.075"), CLAUDE: ("1", "5", "0.10"), EMBED: ("0.02", "0", "0")}
ANTHROPIC_KEY = "sk-ant-api03-" + "a" * 93 + "AA"
MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
WEATHER = {"name": "get_weather", "description": "x", "parameters": {"type": "object", "properties": {"location": {"type": "string"}}}}


def cost(model: str, tokens_in: int, tokens_out: int, cached: int = 0) -> Decimal:
    rate_in, rate_out, rate_cached = (Decimal(text) / 1_000_000 for text in PRICES[model])
    return (tokens_in - cached) * rate_in + cached * rate_cached + tokens_out * rate_out


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    made = Mock(tmp_path_factory.mktemp("mock"))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mock):
    with Daemon(tmp_path_factory.mktemp("gateway"), mock.providers()) as own:
        yield own


@pytest.fixture
def tag():
    return new_tag()


def headers(tag: str) -> dict[str, str]:
    return {"X-Lectr-Key": ORG_KEY, "X-Lectr-Feature": tag}


@pytest.fixture
def ai(gateway, tag):
    with openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{gateway.proxy_port}/v1", default_headers=headers(tag), max_retries=0) as made:
        yield made


@pytest.fixture
def direct(mock):
    with openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"{mock.url}/v1", max_retries=0) as made:
        yield made


@pytest.fixture
def claude(gateway, tag):
    with anthropic.Anthropic(api_key=ANTHROPIC_KEY, base_url=f"http://127.0.0.1:{gateway.proxy_port}", default_headers=headers(tag), max_retries=0) as made:
        yield made


def check_row(gateway, tag, model, tokens_in, tokens_out, *, cached=0, streaming=False, provider="openai") -> dict:
    row = gateway.row(tag)
    assert (row["status"], row["provider"], row["model_requested"], row["streaming"]) == (200, provider, model, streaming), row
    assert (row["token_source"], row["tokens_input"], row["tokens_output"]) == ("provider", tokens_in, tokens_out), row
    assert Decimal(row["cost"]) == cost(model, tokens_in, tokens_out, cached), row
    assert (row["error_source"], row["error_category"]) == (None, None), row
    if streaming:
        assert row["verdict"] == "complete", row
    return row


def exact(tokens_in: int, tokens_out: int, cached: int = 0) -> dict[str, str]:
    return {"x-mock-input-tokens": str(tokens_in), "x-mock-output-tokens": str(tokens_out), "x-mock-cached-tokens": str(cached)}


# OpenAI.

@pytest.mark.parametrize("tokens", [(1, 1, 0), (1234, 567, 0), (100_000, 9_999, 60_001)])
def test_chat(tokens, ai, direct, gateway, tag):
    ask = {"model": CHAT, "messages": MESSAGES, "extra_headers": exact(*tokens)}
    answer = ai.chat.completions.create(**ask)
    assert answer.choices[0].message.content == direct.chat.completions.create(**ask).choices[0].message.content
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == tokens[:2]
    row = check_row(gateway, tag, CHAT, *tokens[:2], cached=tokens[2])
    assert row["tokens_cached"] == tokens[2] and row["endpoint"] == "/v1/chat/completions" and row["ttfb_us"] > 0


def test_chat_stream_with_usage(ai, gateway, tag):
    stream = ai.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True, stream_options={"include_usage": True}, extra_headers=exact(21, 34))
    chunks = list(stream)
    assert chunks[-1].usage.completion_tokens == 34 and chunks[-1].choices == []
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    check_row(gateway, tag, CHAT, 21, 34, streaming=True)


def test_chat_stream_without_usage_is_measured_and_says_so(ai, gateway, tag):
    chunks = list(ai.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert all(c.usage is None for c in chunks)
    row = gateway.row(tag)
    assert (row["token_source"], row["verdict"], row["streaming"]) == ("measured", "complete", True), row
    assert 0 < row["tokens_output_low"] <= row["tokens_output"] <= row["tokens_output_high"], row
    assert row["tokens_output_low"] <= len(text) / 4 * 1.5 and row["tokens_output_high"] >= len(text) / 4 / 1.5, "a band around four bytes to a token"
    assert row["tokens_input"], "the prompt costs as well, so it is measured too"
    assert Decimal(row["cost_low"]) <= Decimal(row["cost"]) <= Decimal(row["cost_high"])


def test_tools(ai, gateway, tag):
    answer = ai.chat.completions.create(model=CHAT, messages=MESSAGES, tools=[{"type": "function", "function": WEATHER}], extra_headers=exact(50, 20))
    call = answer.choices[0].message.tool_calls[0].function
    assert (call.name, "Paris" in call.arguments) == ("get_weather", True)
    check_row(gateway, tag, CHAT, 50, 20)


def test_tools_stream(ai, gateway, tag):
    stream = ai.chat.completions.create(model=CHAT, messages=MESSAGES, tools=[{"type": "function", "function": WEATHER}], stream=True,
                                        stream_options={"include_usage": True}, extra_headers=exact(50, 20))
    calls = [c.choices[0].delta.tool_calls[0] for c in stream if c.choices and c.choices[0].delta.tool_calls]
    assert calls[0].function.name == "get_weather" and "Paris" in "".join(c.function.arguments for c in calls)
    check_row(gateway, tag, CHAT, 50, 20, streaming=True)


def test_responses(ai, gateway, tag):
    answer = ai.responses.create(model=CHAT, input="hello", extra_headers=exact(12, 8))
    assert answer.output_text and answer.usage.output_tokens == 8
    check_row(gateway, tag, CHAT, 12, 8)


def test_responses_stream(ai, gateway, tag):
    events = list(ai.responses.create(model=CHAT, input="hello", stream=True, extra_headers=exact(12, 8)))
    assert events[-1].type == "response.completed" and any(e.type == "response.output_text.delta" for e in events)
    check_row(gateway, tag, CHAT, 12, 8, streaming=True)


def test_embeddings(ai, gateway, tag):
    answer = ai.embeddings.create(model=EMBED, input=["one", "two"], extra_headers=exact(9, 0))
    assert answer.data and answer.data[0].embedding
    row = gateway.row(tag)
    assert (row["tokens_input"], row["token_source"], Decimal(row["cost"])) == (9, "provider", cost(EMBED, 9, 0)), row


def test_images(ai, gateway, tag):
    assert ai.images.generate(model="gpt-image-1", prompt="a cat").data[0].b64_json
    row = gateway.row(tag)
    assert (row["status"], row["endpoint"], row["model_requested"]) == (200, "/v1/images/generations", "gpt-image-1"), row


def test_audio_down(ai, direct, gateway, tag):
    ask = {"model": "tts-1", "voice": "alloy", "input": "hello"}
    audio = ai.audio.speech.create(**ask).content
    assert audio == direct.audio.speech.create(**ask).content and len(audio) > 10_000
    assert gateway.row(tag)["bytes_out"] >= len(audio)


def test_audio_up(ai, gateway, tag):
    answer = ai.audio.transcriptions.create(model="whisper-1", file=("a.mp3", bytes(range(256)) * 2000, "audio/mpeg"))
    assert answer.text
    row = gateway.row(tag)
    assert (row["model_requested"], row["bytes_in"] > 512_000) == ("whisper-1", True), row


def test_files(ai, gateway, tag):
    content = io.BytesIO(b'{"a": 1}\n' * 300_000)
    made = ai.files.create(file=("batch.jsonl", content), purpose="batch")
    assert made.filename == "batch.jsonl" and made.bytes >= 2_700_000
    assert ai.files.list().data
    assert ai.files.content(made.id).content
    assert ai.files.delete(made.id).deleted
    labels = lambda: sorted(row["endpoint"] for row in gateway.rows(tag))  # noqa: E731
    assert eventually(lambda: len(labels()) == 4, 5 * SLOW)
    assert not [label for label in labels() if made.id in label], labels()


def test_models_and_moderations(ai, gateway, tag):
    assert ai.models.list().data
    assert ai.moderations.create(model="omni-moderation-latest", input="x").results
    assert eventually(lambda: len(gateway.rows(tag)) == 2, 5 * SLOW)


@pytest.mark.parametrize("status,kind,category", [(400, openai.BadRequestError, "request"), (401, openai.AuthenticationError, "auth"),
                                                  (404, openai.NotFoundError, "request"), (429, openai.RateLimitError, "rate"),
                                                  (500, openai.InternalServerError, "capacity"), (503, openai.InternalServerError, "capacity")])
@pytest.mark.parametrize("stream", [False, True])
def test_provider_errors_pass_unchanged(stream, status, kind, category, ai, direct, gateway, tag):
    ask = {"model": CHAT, "messages": MESSAGES, "stream": stream, "extra_headers": {"x-mock-status": str(status)}}
    with pytest.raises(kind) as through:
        ai.chat.completions.create(**ask)
    with pytest.raises(kind) as plain:
        direct.chat.completions.create(**ask)
    assert through.value.body == plain.value.body and through.value.status_code == status
    row = gateway.row(tag)
    assert (row["status"], row["error_source"], row["error_category"]) == (status, "provider", category), row
    assert row["cost"] is None or Decimal(row["cost"]) == 0, row


def test_our_own_errors_parse(gateway):
    base = f"http://127.0.0.1:{gateway.proxy_port}"
    with openai.OpenAI(api_key=PROVIDER_KEY, base_url=base + "/v1", max_retries=0) as client, pytest.raises(openai.AuthenticationError) as error:
        client.chat.completions.create(model=CHAT, messages=MESSAGES)
    assert error.value.code == "missing_lectr_key"
    with anthropic.Anthropic(api_key=ANTHROPIC_KEY, base_url=base, max_retries=0) as client, pytest.raises(anthropic.AuthenticationError) as error:
        client.messages.create(model=CLAUDE, max_tokens=10, messages=MESSAGES)
    assert error.value.body["type"] == "error" and "missing_lectr_key" in str(error.value.body)


def test_retry_after_is_honoured_and_marked(tmp_path):
    provider = Upstream()

    def script(exchange) -> None:
        exchange.body()
        if exchange.number == 1:
            exchange.reply(b'{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}', "429 Too Many Requests",
                           ("Content-Type: application/json", "retry-after-ms: 30", "retry-after: 1"))
        else:
            exchange.reply(b'{"id":"x","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"finish_reason":"stop",'
                           b'"message":{"role":"assistant","content":"ok"}}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}')
    provider.play(script)
    tag = new_tag()
    try:
        with Daemon(tmp_path, {"openai": provider.url}) as own, openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{own.proxy_port}/v1",
                                                                              default_headers=headers(tag), max_retries=2) as client:
            started = time.monotonic()
            assert client.chat.completions.create(model=CHAT, messages=MESSAGES).choices[0].message.content == "ok"
            assert time.monotonic() - started < 0.9 * SLOW, "retry-after-ms was lost on the way"
            assert eventually(lambda: len(own.rows(tag)) == 2, 5 * SLOW)
            good, limited = own.rows(tag)
            assert (limited["status"], limited["error_category"], limited["client_retry"]) == (429, "rate", 0), limited
            assert (good["status"], good["client_retry"], good["model_actual"]) == (200, 1, "gpt-4o-mini-2024-07-18"), good
            assert Decimal(good["cost"]) == cost(CHAT, 3, 2), good
    finally:
        provider.stop()


def test_abort_mid_stream_reaches_the_provider_at_once(ai, mock, gateway, tag):
    seen = len(mock.disconnects())
    stream = ai.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True, extra_headers={"x-mock-chunks": "2000", "x-mock-chunk-ms": "10"})
    for n, _ in enumerate(stream):
        if n == 5:
            break
    left = time.time()
    stream.close()
    assert eventually(lambda: len(mock.disconnects()) == seen + 1, 3 * SLOW), "the provider goes on for nobody"
    assert (mock.disconnects()[-1] - left) * 1000 < 50 * SLOW
    row = gateway.row(tag)
    assert (row["status"], row["verdict"], row["error_source"]) == (499, "client_gone", "client"), row
    assert row["tokens_output"] > 0 and Decimal(row["cost"]) > 0, row


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("stream", [False, True])
def test_compressed_answers(stream, coding, ai, gateway, tag):
    more = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    raw = ai.chat.completions.with_raw_response.create(model=CHAT, messages=MESSAGES, **more,
                                                       extra_headers={**exact(77, 33), "x-mock-encoding": coding, "accept-encoding": "gzip, deflate, br, zstd"})
    assert raw.headers["content-encoding"] == coding
    answer = raw.parse()
    text = "".join(c.choices[0].delta.content or "" for c in answer if c.choices) if stream else answer.choices[0].message.content
    assert text
    check_row(gateway, tag, CHAT, 77, 33, streaming=stream)


def test_split_characters(ai, direct, gateway, tag):
    ask = {"model": CHAT, "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}, "extra_headers": {"x-mock-mode": "utf8", **exact(5, 6)}}
    texts = ["".join(c.choices[0].delta.content or "" for c in client.chat.completions.create(**ask) if c.choices) for client in (ai, direct)]
    assert texts[0] == texts[1] and not texts[0].isascii() and "\ufffd" not in texts[0]
    check_row(gateway, tag, CHAT, 5, 6, streaming=True)


def test_one_megabyte_line(ai, gateway, tag):
    stream = ai.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True, stream_options={"include_usage": True},
                                        extra_headers={"x-mock-mode": "long-line", **exact(5, 6)})
    assert max(len(c.choices[0].delta.content or "") for c in stream if c.choices) > 1_000_000
    check_row(gateway, tag, CHAT, 5, 6, streaming=True)


@pytest.mark.parametrize("mode,verdict", [("cut", "truncated"), ("garble", "malformed")])
def test_broken_streams_stay_broken(mode, verdict, ai, gateway, tag):
    with pytest.raises(Exception) as error:
        list(ai.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True, extra_headers={"x-mock-mode": mode}))
    assert not isinstance(error.value, openai.APIStatusError)
    row = gateway.row(tag)
    assert (row["verdict"], row["error_source"]) == (verdict, "provider"), row


def test_many_at_once(gateway):
    """Answers never reach another caller."""
    tag, wrong = new_tag(), []

    def run(n: int) -> None:
        with openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{gateway.proxy_port}/v1", default_headers=headers(tag), max_retries=0) as client:
            for k in range(10):
                want = n * 1000 + k + 1
                answer = client.chat.completions.create(model=CHAT, messages=MESSAGES, extra_headers=exact(want, 1))
                if answer.usage.prompt_tokens != want:
                    wrong.append((want, answer.usage.prompt_tokens))
    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert eventually(lambda: len(gateway.rows(tag)) == 80, 5 * SLOW)
    assert sorted(row["tokens_input"] for row in gateway.rows(tag)) == sorted(n * 1000 + k + 1 for n in range(8) for k in range(10))


def test_org_key_in_place_of_the_api_key_is_told_apart(gateway):
    """Without a credential reference the provider's key is missing; the org key itself is never sent on."""
    with openai.OpenAI(api_key=ORG_KEY, base_url=f"http://127.0.0.1:{gateway.proxy_port}/v1", max_retries=0) as client, pytest.raises(openai.AuthenticationError) as error:
        client.chat.completions.create(model=CHAT, messages=MESSAGES)
    assert error.value.code == "missing_provider_key"


# Anthropic.

ASK = {"model": CLAUDE, "max_tokens": 100, "messages": MESSAGES}


def test_messages(claude, gateway, tag):
    answer = claude.messages.create(**ASK, extra_headers=exact(40, 30, 10))
    assert answer.content[0].text and (answer.usage.input_tokens, answer.usage.output_tokens) == (30, 30)
    row = check_row(gateway, tag, CLAUDE, 40, 30, cached=10, provider="anthropic")
    assert row["tokens_cached"] == 10


def test_messages_stream(claude, gateway, tag):
    with claude.messages.stream(**ASK, extra_headers=exact(40, 30)) as stream:
        text = "".join(stream.text_stream)
        assert text and stream.get_final_message().usage.output_tokens == 30
    check_row(gateway, tag, CLAUDE, 40, 30, streaming=True, provider="anthropic")


def test_messages_tools(claude, gateway, tag):
    tool = {"name": "get_weather", "description": "x", "input_schema": WEATHER["parameters"]}
    with claude.messages.stream(**ASK, tools=[tool], extra_headers=exact(40, 30)) as stream:
        final = stream.get_final_message()
    assert final.stop_reason == "tool_use" and final.content[-1].input == {"location": "Paris"}
    check_row(gateway, tag, CLAUDE, 40, 30, streaming=True, provider="anthropic")


def test_count_tokens(claude, gateway, tag):
    assert claude.messages.count_tokens(model=CLAUDE, messages=MESSAGES).input_tokens > 0
    assert gateway.row(tag)["provider"] == "anthropic"


@pytest.mark.parametrize("status,kind,category", [(400, anthropic.BadRequestError, "request"), (429, anthropic.RateLimitError, "rate"),
                                                  (500, anthropic.InternalServerError, "capacity"), (529, anthropic.InternalServerError, "capacity")])
def test_anthropic_errors(status, kind, category, claude, gateway, tag):
    with pytest.raises(kind) as error:
        claude.messages.create(**ASK, extra_headers={"x-mock-status": str(status)})
    assert error.value.body["type"] == "error"
    row = gateway.row(tag)
    assert (row["status"], row["error_source"], row["error_category"]) == (status, "provider", category), row


def test_anthropic_abort(claude, mock, gateway, tag):
    seen = len(mock.disconnects())
    with claude.messages.stream(**ASK, extra_headers={"x-mock-chunks": "2000", "x-mock-chunk-ms": "10"}) as stream:
        for n, _ in enumerate(stream):
            if n == 8:
                break
        left = time.time()
    assert eventually(lambda: len(mock.disconnects()) == seen + 1, 3 * SLOW)
    assert (mock.disconnects()[-1] - left) * 1000 < 50 * SLOW
    row = gateway.row(tag)
    assert (row["status"], row["verdict"]) == (499, "client_gone") and row["tokens_input"] > 0, row


async def _three(base: str, tag: str) -> list[str]:
    import asyncio
    async with openai.AsyncOpenAI(api_key=PROVIDER_KEY, base_url=base, default_headers=headers(tag), max_retries=0) as client:
        async def one() -> str:
            stream = await client.chat.completions.create(model=CHAT, messages=MESSAGES, stream=True)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
        return await asyncio.gather(*(one() for _ in range(3)))


def test_async_client(gateway, tag):
    import asyncio
    texts = asyncio.run(_three(f"http://127.0.0.1:{gateway.proxy_port}/v1", tag))
    assert len(set(texts)) == 1 and texts[0]
    assert eventually(lambda: len(gateway.rows(tag)) == 3, 5 * SLOW)
