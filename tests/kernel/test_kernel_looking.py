"""Looking into a run: `%rlm prompt`, `cells` and `cost`."""

from __future__ import annotations

import re

import pytest

SCRIPT = (
    "model = script(cell('print(\"x\" * 50_000)'), cell('n = 1', 'n / 0'), "
    "cell('replies = llm_query_batched([\"a\", \"b\"])', 'rlm_query(\"child?\")'), finish('7'), finish('replies'))"
)


@pytest.fixture
def asked(quiet):
    """A kernel with a finished run of four steps and a child."""
    quiet.run(SCRIPT)
    reply = quiet.run("%%rlm\nWhat is it?")
    assert reply.status == "ok", reply.errors
    return quiet


def test_prompt_shows_the_request_of_a_step_with_sizes_news_and_cuts(asked):
    first = asked.run("%rlm prompt 1").text
    assert first.splitlines()[0].startswith("step 1 · scripted · 2 messages, 2 new · ")
    assert "What is it?" in first
    second = asked.run("%rlm prompt 2").text
    assert second.splitlines()[0].startswith("step 2 · scripted · 4 messages, 1 new · ")
    heading = re.search(r"── 4 user · [\d,]+ characters · new · cut: ([\d,]+) characters of output", second)
    assert heading[1] == f"{50_001 - 20_000:,}"
    said = asked.value("[m.content for m in model.root_requests[1].messages]")
    assert all(content.rstrip("\n") in second for content in said)
    assert asked.run("%rlm prompt").text.startswith("step 4 ·")


def test_cells_shows_code_outputs_errors_and_names(asked):
    shown = asked.run("%rlm cells 2").text
    assert shown.startswith("── cell 2.1 · by the model · In [")
    assert "n = 1\nn / 0" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert shown.rstrip().endswith("names: n (set)")


def test_cells_a_human_ran_are_among_them(quiet):
    quiet.run("model = script(cell('1'), cell('2'), finish('3'))")
    quiet.run("%%rlm --max-steps 1\nq")
    quiet.run("mine = 'by hand'; mine")
    quiet.run("%rlm resume --max-steps 9")
    shown = quiet.run("%rlm cells 2").text
    assert "── a cell after step 2 · by the human" in shown
    assert "→ 'by hand'" in shown


def test_a_span_and_a_number_name_the_step_of_a_child(asked):
    shown = asked.run("%rlm prompt r/3.1/r1/1").text
    assert shown.startswith("step 1 · scripted · 2 messages, 2 new · ")
    assert "child?" in shown
    assert asked.run("%rlm cells r/3.1/r1/1").text.startswith("── cell 1.1 · by the model")
    assert asked.run("%rlm cells r/3").text == asked.run("%rlm cells 3").text


def test_another_run_than_the_latest_is_looked_into_and_compared(asked):
    asked.run("first = _rlm.id; model = script(cell('2'), finish('replies'))")
    asked.run("%%rlm\nAnd now?")
    first, second = asked.value("[first, _rlm.id]")
    assert "ZeroDivisionError" in asked.run(f"%rlm cells 2 {first}").text
    shown = difference(asked, f"{first[-6:]} {second}")
    assert shown.startswith(f"A  {first}\n   ✓ Finished")
    assert "Their questions differ. They part in the reply of step 1, line 2:" in shown
    asked.run("rlm_kernel.runs.clear()")
    assert difference(asked, f"{first} {second}") == shown


def difference(kernel, runs):
    """What ``%rlm diff`` shows as text, beside the HTML."""
    (shown,) = kernel.run(f"%rlm diff {runs}").outputs
    assert set(shown["data"]) == {"text/html", "text/plain"}
    return shown["data"]["text/plain"]


def test_cost_adds_up_by_step_model_and_depth(asked):
    shown = asked.run("%rlm cost").text
    by_step, by_model, by_depth = shown.strip().split("\n\n")
    assert [line.split("  ")[0] for line in by_step.splitlines()[1:]] == [
        "step 1",
        "step 2",
        "step 3",
        "step 4",
        "in all",
    ]
    assert by_model.splitlines()[1].startswith("scripted")
    assert [re.split(r"\s{2,}", line)[:2] for line in by_depth.splitlines()[1:]] == [
        ["root: turns", "4"],
        ["root: sub-calls", "2"],
        ["child run, depth 1: turns", "1"],
        ["in all", "7"],
    ]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("%rlm prompt 9", "has no step '9': it has 4 steps"),
        ("%rlm prompt two", "has no step 'two'"),
        ("%rlm cells", "usage: %rlm cells STEP"),
        ("%rlm cells 0", "has no step '0'"),
        ("%rlm prompt r/3.1/r1/2", "has no step 'r/3.1/r1/2': it has 1 step"),
        ("%rlm cells r/9.1/r1/1", "has no child run 'r/9.1/r1': it has r/3.1/r1"),
        ("%rlm cells 1 nowhere", "there is no run 'nowhere'"),
        ("%rlm prompt 1 2 3", "usage: %rlm prompt [STEP] [RUN]"),
        ("%rlm diff", "usage: %rlm diff RUN RUN"),
        ("%rlm diff nowhere nowhere", "there is no run 'nowhere'"),
        ("%rlm cost nowhere", "there is no run 'nowhere'"),
    ],
)
def test_a_step_that_is_none_is_one_sentence(asked, command, said):
    reply = asked.run(command)
    assert said in "".join(reply.errors) + reply.text


def test_vars_says_of_the_names_of_a_step_that_its_cell_was_edited(quiet):
    quiet.run("model = script(cell('n = 1'), finish('n'))")
    quiet.run("%%rlm --step\nq")
    quiet.run(quiet.value("_rlm._driver.by_hand.next_input()").replace("n = 1", "n = 2"))
    assert "step 1, as you edited it" in quiet.run("%rlm vars").text


def test_vars_says_of_each_name_what_it_is_and_who_set_it(quiet):
    quiet.run("model = script(cell('n = [1, 2]'), cell('x = 1'), cell('m = 2'))\nmine = 'abc'")
    quiet.run("%%rlm -c mine --max-steps 1\nq")
    quiet.run("by_hand = {1: 2}; n = (1,)")
    rows = {
        line.split("  ")[0]: re.split(r"\s{2,}", line)[1:]
        for line in quiet.run("%rlm vars").text.splitlines()
    }
    assert rows["context"] == ["str", "3 characters", "the run, as a context"]
    assert rows["x"] == ["int", "the model, step 2"]
    assert rows["n"] == ["tuple", "1 item", "you, after step 2"]
    assert rows["by_hand"] == ["dict", "1 item", "you, after step 2"]
    assert rows["mine"] == ["str", "3 characters", "you"]


def test_vars_says_which_other_run_bound_a_name(quiet):
    quiet.run("model = script(cell('context = 1'), finish('1'))\nmine = 'abc'")
    quiet.run("%%rlm -c mine\nq")
    first = quiet.value("_rlm.id")
    quiet.run("model = script(cell('x = 1'))\n%rlm ask --max-steps 1 q")
    said = [re.split(r"\s{2,}", line) for line in quiet.run("%rlm vars").text.splitlines()]
    by = {words[0]: words[-1] for words in said}
    assert (by["result"], by["context"]) == (f"run {first}", f"run {first}, as a context")
