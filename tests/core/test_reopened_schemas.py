"""The type that an answer must be of, in a run that goes on from its record."""

from __future__ import annotations

import re

import pytest
from doubles import cell, finish
from one_namespace import ask, conversation, died_in_third_step, notebook, own_folder  # noqa: F401

import rlm_kernel
from rlm_kernel.events import RunStarted
from rlm_kernel.interfaces import UsageError
from rlm_kernel.registry import runs


def died(schema):
    notebook(cell("xs = [1]"), cell("ys = xs"), finish("ys"), list_of=list)
    return died_in_third_step(ask(schema=schema))


@pytest.mark.parametrize("schema", ["list[int]", "list_of[int] | None"])
def test_an_expression_is_looked_up_again_when_the_run_is_brought_back(schema):
    path = died(schema)
    book = notebook(finish("'no list'"), finish("ys"), list_of=list)
    again = rlm_kernel.load(path).resume()
    assert again.answer == [1]
    assert len(book.client.requests) == 2
    assert "list" in conversation(book.client)[-1][1]


def test_a_branch_from_a_file_answers_as_the_expression_says():
    path = died("list[int]")
    notebook(finish("'no list'"), finish("ys"))
    branch = rlm_kernel.load(path).branch(2)
    assert branch.answer == [1]
    assert branch.trajectory.of(RunStarted)[0].options["schema"] == "list[int]"


@pytest.mark.parametrize("go_on", [lambda run: run.resume(), lambda run: run.branch(2)])
def test_a_type_given_as_an_object_is_asked_for(go_on):
    path = died(list[int])
    size = path.stat().st_size
    notebook(finish("ys"))
    run = rlm_kernel.load(path)
    with pytest.raises(UsageError, match=re.escape("which no record holds (list[int]): rlm_kernel.load('")):
        go_on(run)
    assert path.stat().st_size == size


def test_a_type_that_is_given_again_holds_for_the_run_and_for_branches_of_it():
    path = died(list[int])
    notebook(finish("'no list'"), finish("ys"))
    run = rlm_kernel.load(path)
    assert run.resume(schema=list[int]).answer == [1]
    runs.clear()
    notebook(finish("'no list'"), finish("ys"))
    branch = rlm_kernel.load(path).branch(2, schema=list[int])
    assert branch.answer == [1]
    assert branch.trajectory.of(RunStarted)[0].options["schema_type"] == "list[int]"


def test_a_run_of_this_kernel_keeps_its_type():
    notebook(cell("xs = [1]"), cell("zs = 0"), finish("'no list'"), finish("xs"))
    run = ask(schema=list[int], max_steps=1)
    with pytest.raises(UsageError, match="has its schema: one is given only to a run read from a file"):
        run.resume(schema=int)
    with pytest.raises(UsageError, match="has its schema"):
        run.branch(1, schema=int)
    assert run.resume(max_steps=9).answer == [1]
