"""Cells whose text had a key in it, of which the record has the name alone, when they run again."""

from __future__ import annotations

import pytest
from doubles import cell, finish
from one_namespace import ask, killed, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.interfaces import CellResult, UsageError

KEY = "tops3cret-value"


@pytest.fixture(autouse=True)
def known_key(monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", KEY)


def paused_with_a_key():
    """A run in whose pause the human ran a cell with a key in it."""
    book = notebook(cell("xs = [1]"), cell("ys = 2"))
    run = ask(context="hello", max_steps=1)
    exec(CODE, book.namespace)
    run._driver.human_cell(CODE, CellResult())
    return run


CODE = f"key = {KEY!r}"


def test_it_runs_again_with_the_key(folder):
    run = paused_with_a_key()
    assert KEY not in run.trajectory.path.read_text()
    path = killed(run, len(run.trajectory))
    book = notebook(finish("key"), context="hello")
    assert rlm_kernel.load(path).resume(max_steps=9).status == "finished"
    assert book.namespace["key"] == KEY
    assert KEY not in path.read_text()


def test_without_the_key_it_is_refused_in_a_sentence(monkeypatch):
    path = killed(run := paused_with_a_key(), len(run.trajectory))
    monkeypatch.delenv("SHOP_API_KEY")
    book = notebook(finish("key"), context="hello")
    with pytest.raises(UsageError, match=r"your cell after step 2 has a key in it.*SHOP_API_KEY must have"):
        rlm_kernel.load(path).resume(max_steps=9)
    assert book.namespace == {"context": "hello"}
    notebook(finish("xs"), context="hello")
    assert rlm_kernel.load(path).branch(1, max_steps=9).answer == [1]  # which ends before the cell


def test_names_in_brackets_that_are_code_stay_as_they_are():
    notebook(cell("SHOP_API_KEY = 0; ys = [1][SHOP_API_KEY]"), cell("zs = 1"), finish("ys"))
    run = ask(context="hello")
    notebook(finish("ys"), context="hello")
    assert run.branch(1).answer == 1


def test_a_replay_runs_cells_with_the_key_and_is_refused_without(monkeypatch):
    notebook(cell(f"key = {KEY!r}", "n = len(key)"), finish("n"))
    run = ask(context="hello")
    assert KEY not in run.trajectory.path.read_text()
    notebook("nobody answers")
    again = ask(context="hello", replay=str(run.trajectory.path))
    assert again.answer == run.answer == len(KEY)
    assert KEY not in again.trajectory.path.read_text()
    monkeypatch.delenv("SHOP_API_KEY")
    book = notebook("nobody answers")
    with pytest.raises(UsageError, match=r"cell 1.1 has a key in it.*SHOP_API_KEY must have its value"):
        ask(context="hello", replay=str(run.trajectory.path))
    assert book.namespace == {}


def test_a_replay_of_a_run_with_a_pause_is_refused_without_the_key(monkeypatch):
    run = paused_with_a_key()
    run.resume(max_steps=3)
    monkeypatch.delenv("SHOP_API_KEY")
    notebook("nobody answers")
    with pytest.raises(UsageError, match=r"your cell after step 2 has a key in it"):
        ask(context="hello", replay=str(run.trajectory.path))
