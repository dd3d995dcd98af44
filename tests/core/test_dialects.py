"""Dialects: prompts that are files, equal to the byte for equal options."""

from __future__ import annotations

import ast
import re

import pytest
from doubles import ScriptedClient, cell, finish, launch

from rlm_kernel.dialects import DIALECTS, dialect
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import UsageError
from rlm_kernel.messages.observation import CELL_LIMIT
from rlm_kernel.messages.reply import split_reply

ALL = sorted(DIALECTS)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("children", [True, False])
@pytest.mark.parametrize("window", [None, 8_000, 1_000_000])
def test_the_system_prompt_is_whole_and_stable(name, children, window):
    text = dialect(name).system(children=children, sub_window=window)
    assert text == dialect(name).system(children=children, sub_window=window)
    assert "$" not in text
    assert f"{CELL_LIMIT:,}" in text
    told_of_children = "rlm_query(" in text or "worker like you" in text
    assert told_of_children is children


@pytest.mark.parametrize("name", ALL)
def test_the_sub_models_window_is_told_in_characters(name):
    assert "12,000 characters" in dialect(name).system(children=False, sub_window=8_000)
    assert "500,000 characters" in dialect(name).system(children=False, sub_window=10_000_000)
    assert "100,000 characters" in dialect(name).system(children=False, sub_window=None)


@pytest.mark.parametrize("name", ALL)
def test_a_prompt_names_only_functions_there_are(name):
    text = dialect(name).system(children=True, sub_window=None)
    named = set(re.findall(r"\b(\w*(?:lm_query|llm_batch|SHOW_VARS|FINAL|SUBMIT)\w*)\(", text))
    assert named
    assert named <= {*FUNCTIONS, *dialect(name).functions}


@pytest.mark.parametrize("name", ALL)
def test_the_examples_of_a_prompt_are_cells_that_compile(name):
    cells = split_reply(dialect(name).system(children=True, sub_window=None)).cells
    assert cells
    for code in cells:
        compile(code, "<example>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", ALL)
def test_the_last_turn_names_the_limit_and_the_reminder_is_short(name):
    assert "(20 steps)" in dialect(name).last_turn("20 steps")
    assert 0 < len(dialect(name).reminder()) < 400
    assert "$" not in dialect(name).reminder()


def test_an_unknown_dialect_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="choose one of rlm, paper, fast-rlm, dspy, smolagents"):
        dialect("latin")


TAUGHT = {
    "rlm": ("```repl\n", 'answer["ready"] = True'),
    "paper": ("```repl\n", "FINAL_VAR("),
    "fast-rlm": ("```repl\n", "FINAL("),
    "dspy": ("```python\n", "SUBMIT("),
    "smolagents": ("<code>\n", "final_answer("),
}


@pytest.mark.parametrize("name", ALL)
def test_a_dialect_teaches_its_own_fence_and_its_own_way_to_finish(name):
    fence, finishing = TAUGHT[name]
    text = dialect(name).system(children=True, sub_window=None)
    assert fence in text
    assert all(other not in text for other, _ in TAUGHT.values() if other != fence)
    assert finishing in text
    assert finishing in dialect(name).last_turn("20 steps")


def test_smolagents_takes_its_steps_with_thought_and_tags():
    client = ScriptedClient(
        [
            "Thought: look\n<code>\nn = len(context)\nprint(n)\n</code>",
            "Thought: done\n<code>\nfinal_answer(n)\n</code>",
        ]
    )
    run = launch(client, dialect="smolagents")
    assert run.answer == 11
    assert [step.thought for step in run.steps] == ["Thought: look", "Thought: done"]


def test_dspy_submits_a_value_or_named_fields():
    client = ScriptedClient(["Reasoning.\n```python\nn = len(context)\nSUBMIT(n=n, of=type(context))\n```"])
    assert launch(client, dialect="dspy").answer == {"n": 11, "of": str}


def test_only_paper_finishes_in_prose():
    assert [name for name in ALL if dialect(name).finishes_in_prose] == ["paper"]


@pytest.mark.parametrize("name", ALL)
def test_every_dialect_accepts_all_fences_and_all_functions(name):
    for reply in (
        finish("1"),
        "<code>\nFINAL(1)\n</code>",
        "```python\nSUBMIT(1)\n```",
        cell("final_answer(1)"),
    ):
        assert launch(ScriptedClient([reply]), dialect=name).answer == 1
