"""The functions themselves: signatures, and what they do inside and outside a run."""

from __future__ import annotations

import inspect

import pytest
from doubles import ScriptedClient, cell, finish, launch, told

from rlm_kernel import functions
from rlm_kernel.functions import FINAL, FINAL_VAR, FUNCTIONS, SHOW_VARS, SUBMIT, final_answer, llm_query
from rlm_kernel.interfaces import UsageError

SIGNATURES = {
    "llm_query": "(prompt, *, model, schema, system, images, **sampling)",
    "llm_query_batched": "(prompts, *, model, schema, concurrency, on_error)",
    "rlm_query": "(prompt, *, context, model, schema)",
    "rlm_query_batched": "(prompts, *, contexts, model, schema, on_error)",
    "allm_query": "(prompt, *, model, schema, system, images, **sampling)",
    "allm_query_batched": "(prompts, *, model, schema, concurrency, on_error)",
    "arlm_query": "(prompt, *, context, model, schema)",
    "SHOW_VARS": "()",
    "FINAL_VAR": "(name)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signatures_are_those_of_the_contract(name):
    signature = inspect.signature(FUNCTIONS[name])
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty, default=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


def test_every_name_of_the_contract_is_there_and_documented():
    names = {*SIGNATURES, "FINAL", "SUBMIT", "final_answer", "llm_batch"}
    assert set(FUNCTIONS) == names
    assert all(inspect.getdoc(function) for function in FUNCTIONS.values())


def test_on_error_raises_unless_told_otherwise():
    for name in ("llm_query_batched", "allm_query_batched", "rlm_query_batched"):
        assert inspect.signature(FUNCTIONS[name]).parameters["on_error"].default == "raise"


@pytest.mark.parametrize("function", [FINAL, FINAL_VAR, SUBMIT, final_answer])
def test_outside_a_run_a_finishing_function_returns_its_argument(function):
    value = object()
    assert function(value) is value


def test_outside_a_run_submit_with_names_returns_a_dict():
    assert SUBMIT(a=1, b=2) == {"a": 1, "b": 2}


@pytest.mark.parametrize("arguments", [((), {}), ((1, 2), {}), ((1,), {"a": 2})])
def test_submit_takes_one_value_or_names(arguments):
    values, names = arguments
    with pytest.raises(TypeError, match="SUBMIT takes one value, or named fields"):
        SUBMIT(*values, **names)


@pytest.mark.parametrize("call", [lambda: llm_query("p"), SHOW_VARS])
def test_with_neither_run_nor_session_a_call_is_refused_in_one_sentence(call):
    with pytest.raises(UsageError, match="there is no run and no session here"):
        call()


def test_in_a_cell_a_finishing_function_returns_nothing_to_show():
    run = launch(ScriptedClient([cell("FINAL('quiet')")]))
    assert run.steps[0].cells[0].outputs == []


def test_show_vars_lists_variables_with_type_and_size():
    client = ScriptedClient([cell("xs = [1, 2]", "_hidden = 1", "print(SHOW_VARS())"), finish("1")])
    launch(client)
    text = told(client)
    assert "xs: list, 2 items" in text
    assert "context: str, 11 characters" in text
    assert "__builtins__" not in text
    assert "_rlm" not in text


def test_show_vars_of_a_child_are_its_own():
    def root(request):
        if "child?" in request.messages[1].content:
            return cell("mine = 1", "FINAL(SHOW_VARS())")
        return cell("theirs = 1", "FINAL(rlm_query('child?'))")

    text = launch(ScriptedClient([root])).answer
    assert "mine: int" in text
    assert "theirs" not in text


@pytest.mark.parametrize("name", ["'x'", "x", "`x`", " x "])
def test_final_var_takes_the_name_as_models_write_it(name):
    assert launch(ScriptedClient([cell("x = [7]", f"FINAL_VAR({name!r})")])).answer == [7]


def test_final_var_of_a_value_that_is_no_name_is_the_value():
    assert launch(ScriptedClient([cell("FINAL_VAR([1, 2])")])).answer == [1, 2]


def test_the_same_objects_serve_model_and_human():
    run = launch(ScriptedClient([cell("FINAL(llm_query)")]))
    assert run.answer is functions.llm_query
