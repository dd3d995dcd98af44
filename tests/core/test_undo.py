"""Taking a step back: what it did to names, by identity, and nothing that it cannot."""

from __future__ import annotations

import array
import datetime as dt
import gc
import math
import pathlib
import weakref
from collections import Counter, deque
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare, told

from rlm_kernel.events import StepUndone
from rlm_kernel.interfaces import ProviderFailed, UsageError
from rlm_kernel.inventory import names_of
from rlm_kernel.limits import Limits
from rlm_kernel.namespaces import snapshot
from rlm_kernel.read_back import run_from
from rlm_kernel.report.state import RunReport
from rlm_kernel.shell.namespace import NamespaceREPL
from rlm_kernel.trajectory import read
from rlm_kernel.undo import LastStep

VALUES = {
    **{module.__name__: module for module in (array, dt, math, np, pd, pathlib)},
    **{kind.__name__: kind for kind in (Counter, SimpleNamespace, deque)},
}
"""What the objects of the tests are made with."""


class Thing:
    """What a name can stand for."""


def paused(*replies, **options):
    """A run that paused after `replies` because its provider was down, its client, and its namespace."""
    names = options.pop("names", {})
    client = ScriptedClient([*replies, ProviderFailed("down"), finish("7")])
    repl = NamespaceREPL()
    repl.namespace.update(names)
    run = prepare(client, repl=repl, **options).start()
    assert (run.status, run.message) == ("paused", "down")
    return run, client, repl.namespace


# -- names ----------------------------------------------------------------------------


def test_names_that_were_set_are_removed_and_others_stand_for_their_former_objects():
    mine, kept, gone = Thing(), Thing(), Thing()
    run, _, names = paused(
        cell("mine = 1", "new = 2", "del gone", "same = kept"),
        names={"mine": mine, "kept": kept, "gone": gone},
    )
    undone = run.undo()
    assert (names["mine"], names["gone"], names["kept"]) == (mine, gone, kept)
    assert not {"new", "same"} & names.keys()
    assert undone.names == {
        "removed": ["new", "same"], "put_back": ["gone", "mine"], "left": [], "changed": [], "doubtful": ["kept"],
    }  # fmt: skip
    assert undone.sentences() == [
        "Took back what step 1 did to names.",
        "Removed: new, same.",
        "Put back: gone, mine.",
        "May have changed in place: kept.",
    ]


def test_only_the_last_step_that_ran_cells_is_taken_back_with_all_its_cells():
    run, _, names = paused(
        cell("a = 1", "b = 1"), cell("b = 2") + "\n" + cell("c = 3", "b = 3"), "only words"
    )
    assert run.undo().step == 2
    assert (names["a"], names["b"], "c" in names) == (1, 1, False)


def test_names_that_were_changed_since_stay_and_are_named():
    run, _, names = paused(cell("x = 1", "y = 2", "z = 3", "del w"), names={"x": 0, "w": 0})
    names["x"], names["w"] = "the user's", "the user's too"
    del names["y"]
    undone = run.undo()
    assert (names["x"], names["w"]) == ("the user's", "the user's too")
    assert (undone.left, undone.removed, undone.put_back) == (("w", "x"), ("z",), ())
    assert "Changed since, and left as they are: w, x." in undone.sentences()


def test_a_name_that_the_user_has_put_back_already_is_no_news():
    mine = Thing()
    run, _, names = paused(cell("mine = 1"), names={"mine": mine})
    names["mine"] = mine
    assert run.undo().sentences() == ["Took back what step 1 did to names.", "It had changed none."]


def test_a_cell_that_raised_is_taken_back_too():
    run, _, names = paused(cell("x = 1", "1 / 0"))
    run.undo()
    assert "x" not in names


def test_contexts_and_functions_stay():
    run, _, names = paused(cell("context = 1", "llm_query = 2", "x = 3"))
    assert run.undo().names["removed"] == ["x"]
    assert names["context"] == "hello world"
    assert "llm_query" not in names


def test_what_a_dialect_lends_is_not_put_back():
    run, _, names = paused(cell("x = 1"), dialect="fast-rlm")
    assert run.undo().names["put_back"] == []
    assert "batch_llm_query" not in names


# -- the run's own names --------------------------------------------------------------


def test_the_answer_as_it_was_filled_in_is_taken_back():
    run, _, names = paused(cell("answer['content'] = 'half'"))
    own = names["answer"]
    assert "Put back: answer." in run.undo().sentences()
    assert names["answer"] is own
    assert own == {"content": "", "ready": False}


def test_an_answer_that_was_rebound_is_taken_back_and_the_run_can_still_finish_by_it():
    run, client, names = paused(cell("answer['content'] = 'half'", "answer = {'content': 1, 'ready': False}"))
    run.undo()
    assert names["answer"] == {"content": "", "ready": False}
    run.resume()
    assert (run.status, run.answer, len(client.root_requests)) == ("finished", 7, 3)


def test_an_answer_that_the_user_filled_in_since_stays():
    run, _, names = paused(cell("answer['content'] = 'half'"))
    names["answer"]["ready"] = True
    assert run.undo().left == ("answer",)
    run.resume()
    assert (run.status, run.answer) == ("finished", "half")


def test_an_answer_the_step_did_not_touch_is_not_named():
    run, _, names = paused(cell("x = 1"))
    names["answer"]["ready"] = True
    assert run.undo().left == ()


def test_a_finished_run_stays_finished_and_its_result_goes():
    client = ScriptedClient([cell("x = 1"), finish("'seven'")])
    repl = NamespaceREPL()
    repl.namespace["result"] = mine = Thing()
    run = prepare(client, repl=repl).start()
    assert repl.namespace["result"] == "seven"
    undone = run.undo()
    assert repl.namespace["result"] is mine
    assert undone.put_back == ("answer", "result")
    assert (run.status, run.answer, repl.namespace["x"]) == ("finished", "seven", 1)


@pytest.mark.parametrize("ending", ["stopped", "failed"])
def test_a_run_that_ended_otherwise_is_taken_back_too(ending):
    run, _, names = paused(cell("x = 1"))
    run.stop()
    run.status = ending
    run.undo()
    assert "x" not in names


# -- objects that were changed in place -----------------------------------------------


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ("[1, 2]", "it.append(3)"),
        ("[1, 2]", "it[0] = 9"),
        ("[[1]]", "it[0] = [1]"),
        ("list(range(5_000))", "it[-1] = 0"),
        ("{'a': 1}", "it['a'] = 2"),
        ("{'a': 1}", "it['b'] = it.pop('a')"),
        ("{1, 2}", "it.discard(1); it.add(3)"),
        ("set(range(5_000))", "it.clear()"),
        ("bytearray(b'abc')", "it[1] = 0"),
        ("deque([1, 2])", "it.rotate()"),
        ("Counter('aab')", "it['a'] += 1"),
        ("array.array('d', [1, 2])", "it[0] = 5"),
        ("SimpleNamespace(a=1)", "it.a = 2"),
        ("numpy.arange(9)", "it[2] = 100"),
        ("numpy.zeros((300, 300))", "it += 1"),
        ("pandas.DataFrame({'a': [1, 2], 'b': list('xy')})", "it.loc[0, 'a'] = 5"),
        ("pandas.DataFrame({'a': [1, 2]})", "it['b'] = 0"),
        ("pandas.DataFrame({'a': [1, 2]})", "it.columns = ['c']"),
        ("pandas.Series([1.0, None])", "it[0] = 5"),
    ],
)
def test_an_object_that_was_changed_in_place_is_named_and_not_restored(before, code):
    it = eval(before, VALUES)
    run, _, names = paused(cell(code), names={"it": it})
    undone = run.undo()
    assert (undone.changed, undone.doubtful) == (("it",), ())
    assert names["it"] is it
    assert "Changed in place, not restored: it." in undone.sentences()


@pytest.mark.parametrize(
    "value",
    [
        "7", "'text'", "None", "(1, 'a')", "range(5)", "len", "math", "[1, float('nan')]", "{'a': 'b'}",
        "{1, 2}", "bytearray(b'abc')", "deque('ab')", "numpy.arange(9)",
        "datetime.date(2026, 1, 1)", "pathlib.Path('a')",
    ],
)  # fmt: skip
def test_an_object_that_cannot_have_changed_is_not_named(value):
    run, _, _ = paused(cell("str(it)"), names={"it": eval(value, VALUES)})
    undone = run.undo()
    assert (undone.changed, undone.doubtful) == ((), ())


@pytest.mark.parametrize(
    "value",
    [
        "[[1]]",
        "([],)",
        "{'a': []}",
        "list(range(5_000))",
        "iter([1])",
        "SimpleNamespace(a=1)",
        "numpy.zeros(5_000)",
        "pandas.DataFrame({'a': [1], 't': ['2026-01-01']}, dtype='datetime64[ns]')",
        "pandas.DataFrame({('a', 1): [1, 2], ('b', 2): list('xy')})",
        "pandas.DataFrame(numpy.zeros((2_000, 300)))",
        "pandas.Series(pandas.date_range('2026-01-01', periods=3, tz='UTC'))",
    ],
)
def test_an_object_that_may_have_changed_where_nobody_looked_is_named_as_such(value):
    run, _, _ = paused(cell("str(it)"), names={"it": eval(value, VALUES)})
    undone = run.undo()
    assert (undone.changed, undone.doubtful) == ((), ("it",))


def test_only_what_the_code_names_is_looked_at_also_through_functions_and_magics():
    code = "def store(): kept.append(1)\nclass Box:\n    def put(self): boxed.append(1)"
    names = {"kept": [], "boxed": [], "other": [], "magic": []}
    run, _, _ = paused(cell(code), cell("store()", "Box().put()"), names=names)
    assert run.undo().changed == ("boxed", "kept")
    run, _, _ = paused(cell("%time magic.append(1)"), names=names)
    assert run.undo().doubtful == ()  # the line did not run, and `magic` holds what it held


def test_what_the_user_changes_later_is_not_the_steps_doing():
    run, _, names = paused(cell("len(it)"), names={"it": [1]})
    names["it"].append(2)
    assert run.undo().changed == ()


def test_an_object_that_breaks_when_it_is_looked_at_breaks_nothing():
    class Bad(list):
        def __len__(self):
            raise RuntimeError

        __iter__ = __getitem__ = __eq__ = __getattribute__ = __len__

    run, _, _ = paused(cell("bad"), names={"bad": Bad([1])})
    assert run.undo().doubtful == ("bad",)


# -- once, and not for ever -----------------------------------------------------------


def test_a_step_is_taken_back_once():
    run, _, _ = paused(cell("x = 1"), cell("y = 1"))
    run.undo()
    with pytest.raises(UsageError, match="step 2 has been taken back: only the last step can be, and once"):
        run.undo()


def test_there_may_be_nothing_to_take_back():
    run, _, _ = paused()
    with pytest.raises(UsageError, match="has run no cell yet"):
        run.undo()


def test_a_running_run_is_not_taken_back_and_one_of_a_file_cannot_be(tmp_path):
    run, _, _ = paused(cell("x = 1"), path=tmp_path / "x.jsonl")
    with pytest.raises(UsageError, match="was read from a file"):
        run_from(read(tmp_path / "x.jsonl")).undo()
    run.status = "running"
    with pytest.raises(UsageError, match="is running"):
        run.undo()


def test_the_next_step_can_be_taken_back_again():
    run, _, names = paused(cell("x = 1"))
    run.undo()
    run.resume()
    assert run.status == "finished"
    assert run.undo().step == 2
    assert "result" not in names


def test_former_objects_live_until_the_next_step():
    run, _, names = paused(
        cell("kept = type('Kept', (), {})()"),
        cell("ref = weakref.ref(kept)", "kept = 1"),
        names={"weakref": weakref},
    )
    former = names["ref"]
    gc.collect()
    assert former() is not None
    run.resume()
    gc.collect()
    assert former() is None


def test_a_child_keeps_nothing():
    def root(request):
        is_child = "child?" in request.messages[1].content
        return (
            cell("x = 1", "FINAL(x)")
            if is_child
            else cell("answer.update(content=rlm_query('child?'), ready=True)")
        )

    run = launch(ScriptedClient([root]))
    [child] = run.children
    assert (run.answer, child.status) == (1, "finished")
    with pytest.raises(UsageError, match="only a root run's"):
        child.undo()


# -- on the record, and for the model -------------------------------------------------


def test_a_trajectory_tells_and_the_model_is_told_once(tmp_path):
    path = tmp_path / "x.jsonl"
    run, client, _ = paused(cell("x = 1", "xs.append(2)"), names={"xs": [1]}, path=path)
    run.undo()
    [event] = read(path).of(StepUndone)
    assert (event.span, event.parent, event.step) == ("r/1", "r", 1)
    assert (event.removed, event.changed) == (["x"], ["xs"])
    run.resume()
    said = told(client)
    assert (
        "The user took back what step 1 did to names: removed: `x`; changed in place and not restored: `xs`."
        in said
    )
    assert "changed names" not in said
    assert [e.to_json() for e in read(path)] == [e.to_json() for e in run.trajectory]


def test_what_the_user_does_after_it_is_told_beside_it():
    run, client, names = paused(cell("x = 1"))
    run.undo()
    names["x"] = "again"
    run.resume()
    assert "the user changed names: `x` set (str, 5 characters)" in told(client)


def test_the_card_and_the_list_of_names_know():
    run, _, names = paused(cell("mine = 1", "other = 2"), names={"mine": "text"})
    assert "Rebound your mine" in str(run)
    run.undo()
    assert "Rebound" not in str(run)
    assert "taken back" in str(run)
    by = {about["name"]: about["by"] for about in names_of(names, (), [run])}
    assert (by["mine"], by.get("other")) == ("human", None)


def test_the_next_run_takes_what_was_put_back_for_the_users():
    run, _, _ = paused(cell("mine = 1"), names={"mine": "text"})
    assert "mine" in run._driver.made
    run.undo()
    assert "mine" not in run._driver.made


def test_a_limit_that_is_spent_hinders_nothing():
    run, _, names = paused(cell("x = 1"), limits=Limits(max_steps=2))
    run.undo()
    assert "x" not in names
    assert RunReport.of(run.trajectory.events).steps[0].taken_back


def test_what_the_user_does_between_two_cells_of_a_step_is_the_users():
    repl = NamespaceREPL()
    names = repl.namespace
    names |= {"xs": [], "answer": {"content": "", "ready": False}}
    last = LastStep(repl, "answer")

    def run(code):
        last.before_cell(1, code, snapshot(names))
        exec(code, names)
        del names["__builtins__"]
        last.close()

    run("a = 1; xs.append(1)")
    names |= {"mine": 1, "a": "mine too"}
    names["answer"]["content"] = "the user's"
    run("b = 2; mine = 2; answer['ready'] = True")
    undone = last.take_back()
    assert names == {
        "xs": [1],
        "mine": 1,
        "a": "mine too",
        "answer": {"content": "the user's", "ready": False},
    }
    assert (undone.removed, undone.put_back, undone.changed) == (("b",), ("answer", "mine"), ("xs",))


def test_a_run_that_was_read_from_a_file_says_that_nothing_of_it_is_here(tmp_path):
    path = tmp_path / "run.jsonl"
    launch(ScriptedClient([cell("x = 1")]), path=path, limits=Limits(max_steps=1))
    run = run_from(read(path))
    for command in (run.undo, run.stop):
        with pytest.raises(
            UsageError, match=r"nothing of it is in this kernel: %rlm resume run-1 brings it here"
        ):
            command()
