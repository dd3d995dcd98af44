"""A run as a value: what it shows, and what is left of it when read back from a file."""

from __future__ import annotations

import dataclasses

import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare
from IPython.lib.pretty import pretty

from rlm_kernel.events import RunFinished
from rlm_kernel.interfaces import Price, UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.read_back import run_from
from rlm_kernel.trajectory import Trajectory, read

REPLIES = [
    "First I look.\n" + cell("print(len(context))", "'shown'") + "\n" + cell("n = 0"),
    cell("xs = llm_query_batched(['a', 'b'])", "y = rlm_query('child?', context=[1, 2])", "1 / 0"),
    finish("{'xs': xs, 'y': y}"),
]


def root(request):
    if "child?" in request.messages[1].content:
        return cell("FINAL(sum(context))")
    return REPLIES[sum(message.role == "assistant" for message in request.messages)]


@pytest.fixture
def run(tmp_path):
    return launch(
        ScriptedClient([root], price=Price(1e-6, 2e-6)), "How long is it?", path=tmp_path / "run.jsonl"
    )


def plain(run):
    """Everything of a run that a file can hold."""
    return (
        run.id,
        run.question,
        run.status,
        run.reason,
        run.message,
        run.answer,
        [dataclasses.asdict(step) for step in run.steps],
        run.usage,
        [plain(child) for child in run.children],
    )


def test_the_attributes_of_a_finished_run(run):
    assert (run.id, run.question, run.status, run.reason) == (
        "run-1",
        "How long is it?",
        "finished",
        "answer",
    )
    assert run.answer == {"xs": ["reply to a", "reply to b"], "y": 3}
    assert run.parent is None
    assert [child.question for child in run.children] == ["child?"]
    assert run.namespace["n"] == 0


def test_the_steps_hold_thought_cells_outputs_and_errors(run):
    first, second, third = run.steps
    assert [step.number for step in run.steps] == [1, 2, 3]
    assert first.thought == "First I look."
    assert [c.code for c in first.cells] == ["print(len(context))\n'shown'", "n = 0"]
    assert first.cells[0].outputs[0] == {"output_type": "stream", "name": "stdout", "text": "11\n"}
    assert first.cells[0].outputs[1]["data"]["text/plain"] == "'shown'"
    assert second.cells[0].error.ename == "ZeroDivisionError"
    assert [change["name"] for change in second.cells[0].names] == ["xs", "y"]
    assert third.cells[0].author == "model"


def test_the_usage_is_that_of_all_calls_children_included(run):
    assert (run.usage.input_tokens, run.usage.output_tokens) == (
        600,
        60,
    )  # 3 turns, 2 sub-calls, 1 turn of the child
    assert run.usage.cost == pytest.approx(600e-6 + 120e-6)
    assert run.trajectory.of(RunFinished)[-1].usage["input_tokens"] == 600
    assert run.children[0].usage.input_tokens == 100


def test_a_run_read_back_is_equal(run, tmp_path):
    again = run_from(read(tmp_path / "run.jsonl"))
    assert plain(again) == plain(run)


def test_a_saved_run_is_equal_too(run, tmp_path):
    assert run.save(tmp_path / "copy.jsonl") == tmp_path / "copy.jsonl"
    assert plain(run_from(read(tmp_path / "copy.jsonl"))) == plain(run)


def test_a_paused_run_read_back_is_paused(tmp_path):
    run = launch(ScriptedClient([cell("x = 1")]), path=tmp_path / "run.jsonl", limits=Limits(max_steps=1))
    again = run_from(read(tmp_path / "run.jsonl"))
    assert (
        (again.status, again.reason, again.message)
        == (run.status, run.reason, run.message)
        == (
            "paused",
            "max_steps",
            "the budget of 1 step is used up",
        )
    )


def test_a_run_whose_kernel_died_reads_as_interrupted(run, tmp_path):
    lines = (tmp_path / "run.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "died.jsonl").write_text("".join(lines[:-3]))
    assert run_from(read(tmp_path / "died.jsonl")).status == "interrupted"


def test_a_run_that_was_read_can_be_looked_at_not_driven(run, tmp_path):
    again = run_from(read(tmp_path / "run.jsonl"))
    with pytest.raises(UsageError, match="was read from a file"):
        _ = again.namespace
    with pytest.raises(UsageError, match="only a paused run"):
        again.resume()


def test_a_trajectory_without_a_run_is_refused():
    with pytest.raises(UsageError, match="holds no run"):
        run_from(Trajectory("session-1"))


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("'text'", "text"),
        ("[1, {'a': None}]", [1, {"a": None}]),
        ("(1, 2)", "(1, 2)"),
        ("{1: 2}", "{1: 2}"),
        ("float('nan')", "nan"),
    ],
)
def test_an_answer_is_stored_as_itself_where_json_can_hold_it_and_else_as_text(tmp_path, value, stored):
    path = tmp_path / "run.jsonl"
    launch(ScriptedClient([finish(value)]), path=path)
    assert run_from(read(path)).answer == stored


def test_an_answer_changed_afterwards_is_not_changed_in_the_record():
    run = launch(ScriptedClient([finish("[1]")]))
    run.answer.append(2)
    assert run.trajectory.of(RunFinished)[-1].answer["json"] == [1]


def test_an_answer_whose_repr_fails_is_an_answer_all_the_same():
    run = launch(
        ScriptedClient([cell("class Bad:", "    def __repr__(self): raise ValueError('no')", "FINAL(Bad())")])
    )
    assert run.status == "finished"
    assert "whose repr fails" in run.trajectory.of(RunFinished)[-1].answer["text"]


def test_a_large_answer_is_stored_whole_only_on_request():
    def size(**options):
        run = launch(ScriptedClient([finish("'x' * 3_000_000")]), **options)
        return len(run.trajectory.of(RunFinished)[-1].answer["text"])

    assert size() < 1_100_000
    assert size(keep_answer=True) == 3_000_000


def test_the_repr_is_a_line(run):
    assert repr(run) == f"<Run {run.id}: finished, {len(run.steps)} steps, 'How long is it?'>"
    assert [child for child in map(repr, run.children) if "\n" in child] == []


def test_the_repr_of_a_run_shows_the_beginning_of_a_long_question():
    line = repr(launch(ScriptedClient([finish("1")]), "first line\n" + "word " * 1000))
    assert "1 step, 'first line'" in line


def test_steps_and_cells_are_shown_in_a_line():
    run = launch(ScriptedClient([cell("print('x')", "1 / 0"), finish("1")]))
    first, second = run.steps
    assert repr(first) == "<Step 1: 1 cell, 110 tokens>"
    assert repr(second.cells[0]) == """<Cell of the model: "answer['content'] = 1", 0 outputs>"""
    assert repr(first.cells[0]).endswith(", ZeroDivisionError>")


def test_ipython_shows_a_run_as_its_card_and_a_list_of_runs_as_lines(run):
    assert pretty(run) == str(run)
    assert pretty([run]) == f"[{run!r}]"


def test_the_text_of_a_run_is_a_card(run):
    text = str(run)
    assert "Finished" in text
    assert "How long is it?" in text
    assert "reply to a" in text


def test_the_html_is_a_card_too_and_escapes_what_others_wrote():
    run = launch(ScriptedClient([finish("'<script>alert(1)</script>'")]), "Is <b>this</b> safe?")
    html = run._repr_html_()
    assert "<script>alert" not in html
    assert "<b>this</b>" not in html


def test_a_run_can_be_shown_while_it_runs():
    shown = []

    def look(_request):
        shown.append(str(loop.run) + loop.run._repr_html_())
        return finish("1")

    loop = prepare(ScriptedClient([look]), "Is it there?")
    loop.start()
    assert "Is it there?" in shown[0]


@pytest.mark.parametrize("name", ["run.txt", "run", "run.json"])
def test_saving_as_something_else_is_refused(run, tmp_path, name):
    with pytest.raises(UsageError, match=r"name a \.jsonl or an \.ipynb file"):
        run.save(tmp_path / name)


def test_a_step_says_what_the_model_was_told_after_it():
    run = launch(ScriptedClient([cell("print(6 * 7)"), finish("1")]))
    assert "42" in run.steps[0].observation
    assert run.steps[1].observation == ""
