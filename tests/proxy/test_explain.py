"""lectr explain on the rows of a running daemon: the decision is made again from the row, and is the same."""
from __future__ import annotations

import pytest

from support.client import new_tag
from support.rules import World, status

RULES = [{"name": "watched", "shadow": True, "when": {"model": "gpt-*"}, "split": [{"model": "o3"}]},
         {"name": "fall over", "when": {"feature": "over-*"}, "split": [{"model": "gpt-4o-mini"}], "fallback": [{"provider": "groq", "model": "llama"}]},
         {"name": "half", "when": {"feature": "half-*"}, "split": [{"model": "gpt-4o-mini"}, {"provider": "groq", "model": "llama"}]},
         {"name": "no credential", "when": {"feature": "lost-*"}, "split": [{"provider": "mistral", "model": "small"}]}]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("explain"))
    yield made
    made.stop()


def explained(world: World, tag: str, code: int = 0) -> str:
    row = world.daemon.row(tag)
    return world.daemon.command("explain", row["id"], code=code)


def test_the_same_decision_comes_out_of_the_row(world):
    world.rules(*RULES)
    world.openai.play(status("503 Busy"))
    over = "over-" + new_tag()
    assert world.ask({"model": "gpt-4o"}, tag=over).status == 200
    world.openai.play(status("200 OK"))
    said = explained(world, over)
    assert "attempts: 2\n" in said  # a number, not the byte that holds it
    assert "Rule     fall over" in said and "Shadow   watched" in said and "the same decision" in said
    assert "Target   openai/gpt-4o-mini: 503" in said and "Target   groq/llama: 200" in said and "2. groq/llama" in said
    seen = set()
    for _ in range(12):
        tag = "half-" + new_tag()
        world.ask({"model": "gpt-4o"}, tag=tag)
        seen.add(world.daemon.row(tag)["provider"])
        assert "the same decision" in explained(world, tag)
    assert seen == {"openai", "groq"}
    lost, plain = "lost-" + new_tag(), new_tag()
    world.ask({"model": "gpt-4o"}, tag=lost), world.ask({"model": "gpt-4o"}, tag=plain)
    assert "Not done no_credential" in explained(world, lost)
    assert "no rule matches" in explained(world, plain)


def test_later_versions_do_not_change_what_a_row_says(world):
    world.rules(*RULES)
    tag = "half-" + new_tag()
    world.ask({"model": "gpt-4o"}, tag=tag)
    world.rules(RULES[1])
    assert "the same decision" in explained(world, tag)


def test_what_is_no_request_is_told_so(world):
    assert "not a request id" in world.daemon.command("explain", "12", code=1)
    assert "No org has a request" in world.daemon.command("explain", "01a21351-c47e-715a-9bc9-d5645ba46aab", code=1)
