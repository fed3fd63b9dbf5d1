"""The official OpenAI SDK where rules decide: another model, another provider, a fallback. It sees what it would see there, and nothing of the way."""
from __future__ import annotations

import openai
import pytest

from support.api import Api
from support.client import ORG_KEY, PROVIDER_KEY, new_tag
from support.daemon import SLOW, Daemon, eventually
from support.mock import Mock

pytestmark = [pytest.mark.sdk, pytest.mark.timeout(60 * SLOW)]

MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
ELSEWHERE = {"provider": "groq", "model": "llama-3.3-70b-versatile"}
RULES = [{"name": "cheaper", "when": {"feature": "renamed-*"}, "split": [{"model": "gpt-4o-mini"}]},
         {"name": "elsewhere", "when": {"feature": "crossed-*"}, "split": [ELSEWHERE]},
         {"name": "broken first", "when": {"feature": "failed-*"}, "split": [{"model": "gpt-4o--error"}], "fallback": [ELSEWHERE]},
         {"name": "broken", "when": {"feature": "broken-*"}, "split": [{"model": "gpt-4o--error"}]}]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    mock = Mock(tmp_path_factory.mktemp("mock"))
    try:
        with Daemon(tmp_path_factory.mktemp("gateway"), mock.providers(), env={"GROQ_API_KEY": "gsk_" + "a" * 52}) as own:
            api = Api(own.admin_port)
            api.do("PUT", "/settings/credentials/groq", {"reference": "env:GROQ_API_KEY"}, 204)
            version = api.declare({"rules": RULES})
            assert eventually(lambda: [row["version"] for row in api.get("/instances")["rows"]] == [version], 5 * SLOW)
            yield own
    finally:
        mock.stop()


def sdk(gateway: Daemon, tag: str) -> openai.OpenAI:
    return openai.OpenAI(api_key=PROVIDER_KEY, base_url=f"http://127.0.0.1:{gateway.proxy_port}/v1", max_retries=0,
                         default_headers={"X-Lectr-Key": ORG_KEY, "X-Lectr-Feature": tag})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind,provider,model,rule,attempts", [("plain", "openai", "gpt-4o", None, 1), ("renamed", "openai", "gpt-4o-mini", "cheaper", 1),
                                                               ("crossed", "groq", ELSEWHERE["model"], "elsewhere", 1),
                                                               ("failed", "groq", ELSEWHERE["model"], "broken first", 2)])
def test_an_answer_is_as_from_where_it_went(gateway, kind, provider, model, rule, attempts, stream):
    tag = f"{kind}-{new_tag()}"
    with sdk(gateway, tag) as ai:
        if stream:
            frames = list(ai.chat.completions.create(model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
            said, answered, usage = "".join(f.choices[0].delta.content or "" for f in frames if f.choices), frames[0].model, frames[-1].usage
        else:
            answer = ai.chat.completions.create(model="gpt-4o", messages=MESSAGES)
            said, answered, usage = answer.choices[0].message.content, answer.model, answer.usage
    assert said and answered.startswith(model)
    row = gateway.row(tag)
    assert (row["status"], row["provider"], row["model_requested"], row["rule"], row["attempts"]) == (200, provider, "gpt-4o", rule, attempts)
    assert row["model_actual"].startswith(model) and row["streaming"] == stream
    assert (row["tokens_input"], row["tokens_output"]) == (usage.prompt_tokens, usage.completion_tokens) and row["cost"] is not None


def test_the_last_targets_error_is_the_sdks_own(gateway):
    tag = f"broken-{new_tag()}"
    with sdk(gateway, tag) as ai, pytest.raises(openai.InternalServerError) as failed:
        ai.chat.completions.create(model="gpt-4o", messages=MESSAGES)
    assert failed.value.status_code == 500 and "lectr" not in str(failed.value).lower()
    assert gateway.row(tag)["rule"] == "broken"
