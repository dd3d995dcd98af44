"""Which names a run keeps for itself, wherever the user may choose one."""

from __future__ import annotations

import pytest

import rlm_kernel
from rlm_kernel import functions, names, namespaces
from rlm_kernel.dialects import DIALECTS
from rlm_kernel.interfaces import UsageError


def test_every_function_a_cell_may_find_is_reserved():
    assert set(functions.FUNCTIONS) == set(names.FUNCTIONS) <= names.RESERVED
    assert {name for dialect in DIALECTS.values() for name in dialect.functions} <= names.RESERVED


@pytest.mark.parametrize(
    "name", ["answer", "llm_query", "batch_llm_query", "_rlm", "__x__", "1x", "class", "", 3]
)
def test_neither_a_context_nor_the_answer_may_have_such_a_name(name):
    for check in (lambda: names.check_contexts([name]), lambda: names.check_out(name)):
        with pytest.raises(UsageError) as error:
            check()
        assert "cannot be called" in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        *("In", "Out", "exit", "quit", "open", "get_ipython", "_exit_code"),
        *("_", "__", "___", "_i", "_ii", "_iii", "_i7", "_12", "_ih", "_oh", "_dh"),
    ],
)
def test_what_ipython_keeps_for_itself_is_refused(name):
    assert namespaces.is_housekeeping(name)  # and would not be among the run's variables
    for check in (lambda: names.check_contexts([name]), lambda: names.check_out(name)):
        with pytest.raises(UsageError, match=f"cannot be called {name}: "):
            check()


@pytest.mark.parametrize("name", ["_data", "_i7x", "_ix", "Inn", "print", "display", "i", "x_", "_dhs"])
def test_other_names_are_the_users_to_choose(name):
    names.check_contexts([name])
    assert names.check_out(name) == name


def test_the_answers_own_name_is_no_contexts():
    assert names.check_out("result") == "result"
    with pytest.raises(UsageError, match="the answer goes there"):
        names.check_contexts(["result"])


def test_contexts_and_the_answer_are_kept_apart():
    names.check_contexts(["a", "b"])
    names.check_apart(["a", "b"], "c")
    with pytest.raises(UsageError, match="two contexts are called a"):
        names.check_contexts(["a", "a"])
    with pytest.raises(UsageError, match="a context is called that"):
        names.check_apart(["a", "b"], "a")


@pytest.mark.parametrize(
    ("question", "given", "said"),
    [
        ("q", {"contexts": {"answer": 3}}, "a context cannot be called answer"),
        ("q", {"contexts": {"1x": 3}}, "a context cannot be called '1x'"),
        ("q", {"contexts": [1, 2]}, "contexts must be a dict"),
        ("q", {"context": 1, "contexts": {"context": 2}}, "two contexts are called context"),
        ("q", {"context": 1, "out": "context"}, "the answer cannot be bound to context"),
        ("q", {"out": "llm_query"}, "the answer cannot be called llm_query"),
        ("q", {"max_steps": 1.5}, "max_steps cannot be 1.5: it must be a whole number"),
        (3, {}, "the question must be a text, not int"),
        (" ", {}, "there is no question"),
    ],
)
def test_a_call_from_python_is_checked_before_anything_runs(question, given, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        rlm_kernel.run(question, model="offline", **given)
    assert str(error.value).startswith(said)
    assert list(tmp_path.iterdir()) == []
