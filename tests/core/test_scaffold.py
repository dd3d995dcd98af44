"""The names a run puts into its namespace, and keeps there."""

from __future__ import annotations

import pytest

from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.scaffold import NOTHING_EARLIER, Earlier, Scaffold, new_answer
from rlm_kernel.shell.namespace import NamespaceREPL


@pytest.fixture
def repl():
    return NamespaceREPL()


@pytest.fixture
def scaffold(repl):
    made = Scaffold(repl, {"context": "the data"}, FUNCTIONS, "result")
    made.bind(NOTHING_EARLIER)
    return made


def test_binding_makes_context_answer_and_functions_reachable(repl, scaffold):
    assert repl.namespace["context"] == "the data"
    assert repl.namespace["answer"] == {"content": "", "ready": False}
    assert all(repl.functions[name] is function for name, function in FUNCTIONS.items())
    assert scaffold.restore() == []


def test_the_users_own_values_are_returned(repl):
    repl.namespace.update(context="mine", answer=3, result=[1], llm_query=len, other=1)
    shadowed = Scaffold(repl, {"context": "the data"}, FUNCTIONS, "result").bind(NOTHING_EARLIER)
    assert shadowed == {"context": "mine", "answer": 3, "result": [1], "llm_query": len}
    assert repl.namespace["other"] == 1
    assert "llm_query" not in repl.namespace


def test_a_context_that_is_the_users_variable_itself_is_not_shadowed(repl):
    data = ["the data"]
    repl.namespace["context"] = data
    assert Scaffold(repl, {"context": data}, FUNCTIONS).bind(NOTHING_EARLIER) == {}


def test_values_of_an_earlier_run_are_nobodys_loss(repl, scaffold):
    repl.namespace["result"] = outcome = object()
    bound = scaffold.bound() | {"result": [outcome]}
    assert Scaffold(repl, {"context": "new"}, FUNCTIONS, "result").bind(Earlier(bound)) == {}


def test_none_is_a_value_like_any_other(repl):
    repl.namespace.update(context=None, result=None, answer=None)
    bound = {"context": [None], "result": [None]}  # by an earlier run
    assert Scaffold(repl, {"context": "new"}, FUNCTIONS, "result").bind(Earlier(bound)) == {"answer": None}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_each_tool_that_is_hidden_or_taken_is_put_back_and_told(repl, scaffold, name):
    repl.namespace[name] = 5
    assert scaffold.restore() == [
        f"`{name}` is one of your tools and was put back: use another name for your own."
    ]
    del repl.functions[name]
    assert len(scaffold.restore()) == 1
    assert name not in repl.namespace
    assert repl.functions[name] is FUNCTIONS[name]


def test_a_context_is_put_back_and_told(repl, scaffold):
    repl.namespace["context"] = "changed"
    assert "was rebound" in scaffold.restore()[0]
    del repl.namespace["context"]
    assert "was deleted" in scaffold.restore()[0]
    assert repl.namespace["context"] == "the data"
    assert scaffold.restore() == []


def test_a_deleted_answer_is_put_back(repl, scaffold):
    del repl.namespace["answer"]
    assert "`answer` was deleted" in scaffold.restore()[0]
    assert repl.namespace["answer"] == new_answer()


@pytest.mark.parametrize("value", [42, None, "text", [1], {}, {"total": 5}])
def test_a_plain_answer_is_told_once(repl, scaffold, value):
    repl.namespace["answer"] = value
    assert f"now a plain {type(value).__name__}" in scaffold.restore()[0]
    assert scaffold.restore() == []


@pytest.mark.parametrize(
    "value", [{"content": 1}, {"ready": False}, {"content": 1, "ready": True, "note": "x"}]
)
def test_an_answer_in_the_making_is_not_complained_of(repl, scaffold, value):
    repl.namespace["answer"] = value
    assert scaffold.restore() == []


@pytest.mark.parametrize("ready", [True, 1, "yes"])
def test_a_ready_answer(repl, scaffold, ready):
    assert scaffold.ready_answer() is None
    repl.namespace["answer"].update(content=None, ready=ready)
    assert scaffold.ready_answer().value is None


def test_a_refused_answer_is_open_again(repl, scaffold):
    repl.namespace["answer"]["ready"] = True
    scaffold.reopen()
    assert repl.namespace["answer"]["ready"] is False
