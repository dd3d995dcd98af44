"""Two runs side by side."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from doubles import ScriptedClient, cell, finish, launch

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel.interfaces import CellResult, ProviderFailed, UsageError
from rlm_kernel.read_back import run_from
from rlm_kernel.trajectory import read

FIRST = "I look.\n" + cell("xs = [1, 2]", "print(len(xs))")


def run(*replies, question="What is it?", **more):
    return launch(ScriptedClient(replies), question, **more)


def table(text):
    """The lines on the steps, below their heads."""
    return next(part for part in text.split("\n\n") if part.startswith("step")).splitlines()[1:]


def rows(text):
    """The line of each step, as cells."""
    return [re.split(r"\s{2,}", line) for line in table(text) if line[0].isdigit()]


def test_a_run_is_compared_with_a_run():
    with pytest.raises(UsageError, match="with another run, not with str"):
        run(finish("2")).diff("the other")


def test_two_equal_runs_do_not_part():
    text = run(FIRST, finish("2")).diff(run(FIRST, finish("2")))
    assert "They do not part: same replies, code and outputs, and the same answer." in text
    assert [row[1] for row in rows(text)] == ["same", "same"]
    assert text.endswith("both answered (int): 2")
    assert repr(text) == text


def test_the_first_line_that_differs_is_named():
    text = run(FIRST, finish("2")).diff(run(FIRST.replace("2]", "3, 4]"), cell("1"), finish("3")))
    assert "They part in the reply of step 1, line 3:\n  A  xs = [1, 2]\n  B  xs = [1, 3, 4]" in text
    assert [row[:2] for row in rows(text)] == [
        ["1", "reply, code, output"],
        ["2", "reply, code, output"],
        ["3", "only B"],
    ]
    assert text.endswith("A answered (int): 2\nB answered (int): 3")


def test_what_the_human_ran_is_told_from_the_steps_code():
    waiting = [run(FIRST, finish("2"), step=True) for _ in range(2)]
    waiting[1]._driver.human_cell("ys = 1", CellResult())
    for each in waiting:
        each.accept().accept()
    text = waiting[0].diff(waiting[1])
    assert "They part in your cells at step 1, line 1:\n  A  (nothing)\n  B  ys = 1" in text
    assert [row[1] for row in rows(text)] == ["your cells", "same"]


def test_equal_code_may_show_something_else():
    text = run(cell("print(context)"), finish("1"), contexts={"context": "a"}).diff(
        run(cell("print(context)"), finish("1"), contexts={"context": "b"})
    )
    # What the model was sent is not compared, only what came of it.
    assert "They part in the output of step 1, line 1:\n  A  a\n  B  b" in text


def test_an_error_is_an_output():
    text = run(cell("1 / context"), finish("1"), contexts={"context": 0}).diff(
        run(cell("1 / context"), finish("1"), contexts={"context": 1})
    )
    assert "the output of step 1, line 1:\n  A  ZeroDivisionError: division by zero\n  B  1.0" in text


def test_other_questions_and_shorter_runs():
    text = run(finish("1"), question="Why?").diff(run(finish("1")))
    assert "Their questions differ. They do not part" in text
    shorter = run(FIRST, ProviderFailed("down"))
    text = shorter.diff(run(FIRST, cell("3"), finish("4")))
    assert "They part in the reply of step 2, line 1:\n  A  (nothing)\n  B  ```repl" in text
    assert "A has no answer" in text


def test_the_totals_stand_side_by_side():
    text = run(FIRST, finish("llm_query('a')")).diff(run(finish("1")))
    totals = next(part for part in text.split("\n\n") if "\ntokens" in part)
    cells = [re.split(r"\s{2,}", line.strip()) for line in totals.splitlines()]
    assert cells[:4] == [["A", "B"], ["steps", "2", "1"], ["calls", "1", "0"], ["tokens", "330", "110"]]


def test_children_that_differ_have_a_line_each():
    def with_children(*answers):
        code = "; ".join(f"rlm_query('child {number}')" for number in range(len(answers)))

        def root(request):
            asked = re.search(r"child (\d)", request.messages[1].content)
            if asked:
                return cell(f"FINAL({answers[int(asked[1])]!r})")
            return finish("1") if len(request.messages) > 2 else cell(code)

        return launch(ScriptedClient([root]))

    text = with_children("same", "this").diff(with_children("same", "that"))
    assert [line.strip() for line in table(text)][2:6] == [
        "↳ 1.1/r2",
        "A  finished · 1 step · n/a: this",
        "B  finished · 1 step · n/a: that",
        "↳ 1 child run the same",
    ]


def test_no_line_is_longer_than_a_narrow_notebook():
    long = "word " * 60
    one = run(f"{long}one\n" + cell("1"), finish("2"), question=long)
    other = run(f"{long}two\n" + cell("1"), finish("2"), question=long)
    text = one.diff(other)
    assert max(len(line) for line in text.splitlines()) <= 80
    # What differs shows, however far behind it stands.
    assert "  A  …word word word word one\n  B  …word word word word two" in text


def test_as_html_a_line_is_broken_behind_what_it_begins_with_and_is_text():
    shown = run("<b>One</b>\n" + cell("1"), finish("2")).diff(run(FIRST, finish("2")))._repr_html_()
    assert "<b>" not in shown
    assert re.search(r'padding-left:9ch;text-indent:-9ch">\s+A  &lt;b&gt;One', shown)


@pytest.mark.parametrize("name", t.GOLDEN)
def test_any_trajectory_is_compared_also_from_a_file(name):
    one = run_from(read(t.DATA / f"{name}.jsonl"))
    assert "They do not part" in one.diff(one)
    assert "They part in the reply of step 1" in one.diff(run(finish("1")))


def test_children_can_be_compared_themselves():
    one = run_from(read(t.DATA / "children.jsonl"))
    text = one.children[0].diff(one.children[1])
    assert text.startswith(f"A  {one.id}:r/2.1/r1\n")
    assert "Their questions differ. They do not part" in text


def test_what_a_run_says_is_safe_to_print():
    text = run("\x1b[31mred\x1b]0;t\x07 " + finish("1")).diff(run(finish("1")))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
