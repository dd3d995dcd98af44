"""The functions themselves: signatures, and what they do inside and outside a run."""

from __future__ import annotations

import inspect

import pytest
from doubles import ScriptedClient, cell, finish, launch, told

from rlm_kernel import functions
from rlm_kernel.functions import FINAL, FINAL_VAR, FUNCTIONS, SHOW_VARS, SUBMIT, final_answer, llm_query
from rlm_kernel.interfaces import UsageError

SIGNATURES = {
    "llm_query": "(prompt, *, model=None, schema=None, system=None, images=None, **sampling)",
    "llm_query_batched": "(prompts, *, model=None, schema=None, concurrency=None, on_error='raise')",
    "rlm_query": "(prompt, *, context=None, model=None, schema=None)",
    "rlm_query_batched": "(prompts, *, contexts=None, model=None, schema=None, on_error='raise')",
    "allm_query": "(prompt, *, model=None, schema=None, system=None, images=None, **sampling)",
    "allm_query_batched": "(prompts, *, model=None, schema=None, concurrency=None, on_error='raise')",
    "arlm_query": "(prompt, *, context=None, model=None, schema=None)",
    "SHOW_VARS": "()",
    "FINAL": "(x)",
    "FINAL_VAR": "(name)",
    "final_answer": "(x)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signatures_are_those_of_the_contract(name):
    signature = inspect.signature(FUNCTIONS[name])
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()
    ]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


def test_every_name_of_the_contract_is_there_and_documented():
    names = {*SIGNATURES, "SUBMIT", "llm_batch"}
    assert set(FUNCTIONS) == names
    assert all(inspect.getdoc(function) for function in FUNCTIONS.values())


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


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("llm_query('a', model=3)", "llm_query takes model as str, not int"),
        ("llm_query('a', system=b's')", "llm_query takes system as str, not bytes"),
        ("llm_query('a', images=3)", "int is no image: give a URL"),
        ("llm_query_batched(['a'], model=['m'])", "llm_query_batched takes model as str, not list"),
        ("llm_query_batched(['a'], concurrency='2')", "concurrency is a whole number, 1 or more, not '2'"),
        ("llm_query_batched(['a'], concurrency=True)", "concurrency is a whole number, 1 or more, not True"),
        ("llm_query_batched(['a'], on_error=[])", 'on_error is "raise" or "return", not []'),
        ("llm_query_batched(5)", "llm_query_batched takes a list of prompts, not int"),
        ("llm_query_batched(['a', 5])", "llm_query_batched takes prompts as str, not int"),
        ("rlm_query('a', model=3)", "rlm_query takes model as str, not int"),
        ("rlm_query_batched(['a'], model=3)", "rlm_query_batched takes model as str, not int"),
        (
            "rlm_query_batched(['a'], contexts='b')",
            "rlm_query_batched takes a list of contexts, not one string",
        ),
        ("rlm_query_batched(['a'], contexts=5)", "rlm_query_batched takes a list of contexts, not int"),
        ("rlm_query('a', schema={'type': 'object'})", "{'type': 'object'} is not a schema"),
        ("rlm_query_batched(['a'], schema=5)", "5 is not a schema"),
        ("await allm_query('a', schema={'type': 'object'})", "{'type': 'object'} is not a schema"),
        ("await arlm_query('a', schema=5)", "5 is not a schema"),
    ],
)
def test_a_mistaken_call_is_one_sentence_and_asks_nobody(call, sentence):
    client = ScriptedClient([cell(f"try: {call}", "except Exception as error: FINAL(error)")])
    run = launch(client)
    assert isinstance(run.answer, (UsageError, TypeError))
    assert sentence in str(run.answer)
    assert "\n" not in str(run.answer)
    assert (len(client.requests), run.children) == (1, [])


ROW = ("import asyncio, pydantic", "class Row(pydantic.BaseModel):", "    n: int")


def rows(*code):
    """The answer of a run whose models, the child of "a" among them, all give one row."""

    def root(request):
        is_child = request.messages[1].content.startswith("<question>\na\n")
        return finish("[{'n': 1}]") if is_child else cell(*code)

    (row,) = launch(ScriptedClient([root], sub=lambda prompt: '[{"n": 1}]')).answer
    return f"{type(row).__name__} {row}"


@pytest.mark.parametrize(
    "call",
    [
        "llm_query('a', schema=list['Row'])",
        "llm_query_batched(['a'], schema=list['Row'])[0]",
        "await allm_query('a', schema=list['Row'])",
        "(await asyncio.gather(allm_query('a', schema=list['Row'])))[0]",
        "rlm_query('a', schema=list['Row'])",
        "await arlm_query('a', schema=list['Row'])",
    ],
)
def test_names_in_a_schema_are_those_of_the_cell(call):
    assert rows(*ROW, f"FINAL({call})") == "Row n=1"


def test_names_in_a_schema_may_be_local_to_the_function_that_asks():
    inside = [f"    {line}" for line in (*ROW, "return llm_query('a', schema=list['Row'])")]
    assert rows("def f():", *inside, "FINAL(f())") == "Row n=1"
