"""Steps that wait for the human: proposed, accepted, skipped, run by hand; with a scripted model."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare, told

from rlm_kernel.events import CellFinished, CellsProposed, CellStarted, RunPaused, RunResumed
from rlm_kernel.interfaces import CellError, CellResult, UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.read_back import run_from
from rlm_kernel.report.cells import cells_text
from rlm_kernel.trajectory import read

RISKY = "open('out.txt', 'w').close()"


def spans(run, kind=CellStarted):
    return [(event.span, event.author) for event in run.trajectory.of(kind)]


def by_hand(run, code, cell_id=None, **result):
    """Run a cell as a front end does: announced, executed elsewhere, told."""
    loop = run._driver
    run.namespace["__builtins__"] = dict(loop.parts.repl.functions)
    label = loop.by_hand.begin(code, cell_id)
    if label:
        exec(code, run.namespace)
        loop.end_by_hand(CellResult(**result))
    return label


# -- step by step ---------------------------------------------------------------------


def test_a_step_is_proposed_before_its_cells_run():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    assert (run.status, run.reason, run.message) == ("proposed", "step", "a cell waits for you")
    assert [(c.number, c.code, c.why) for c in run.proposed] == [(1, "x = 1", "")]
    assert "x" not in run.namespace
    assert run.trajectory.of(CellsProposed)[0].cells == [{"cell": 1, "code": "x = 1", "why": ""}]


def test_accept_runs_what_waits_and_proposes_the_next_step():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    run.accept()
    assert run.namespace["x"] == 1
    assert (run.status, len(run.steps)) == ("proposed", 2)
    run.accept()
    assert (run.status, run.answer) == ("finished", 1)
    assert [event.command for event in run.trajectory.of(RunResumed)] == ["accept", "accept"]
    assert spans(run) == [("r/1.1", "model"), ("r/2.1", "model")]


def test_an_accepted_run_tells_its_model_what_one_that_never_waited_does():
    replies = [cell("print(1)") + "\n" + cell("y = 2"), finish("y")]
    waiting, free = ScriptedClient(replies), ScriptedClient(replies)
    run = launch(waiting, step=True)
    run.accept()
    launch(free)
    assert [r.messages for r in waiting.root_requests] == [r.messages for r in free.root_requests]


def test_skip_leaves_the_cells_out_and_tells_the_model():
    client = ScriptedClient([cell("x = 1") + "\n" + cell("y = 1"), finish("2")])
    run = launch(client, step=True)
    run.skip(hint="do it in one cell")
    assert run.status == "proposed"
    assert "The user skipped cells 1.1 and 1.2: they did not run." in told(client)
    assert "did not run.\n\nThe user says" in told(client)
    assert spans(run) == []
    assert "── cell 1.2 · proposed, did not run ──\ny = 1" in cells_text(run.trajectory, 1)
    run.accept()
    assert run.answer == 2


def test_step_on_a_paused_run_proposes_one_step_and_accept_then_goes_on_freely():
    client = ScriptedClient([cell("x = 1"), cell("x = 2"), cell("x = 3"), finish("x")])
    run = launch(client, limits=Limits(max_steps=1))
    assert run.status == "paused"
    run.step(max_steps=9)
    assert (run.status, [c.code for c in run.proposed]) == ("proposed", ["x = 3"])
    run.accept()
    assert (run.status, run.answer) == ("finished", 3)


def test_step_on_a_proposed_run_accepts_and_proposes_the_next():
    run = launch(ScriptedClient([cell("x = 1"), cell("x = 2"), finish("x")]), approve="all")
    run.step()
    assert (run.namespace["x"], run.status) == (1, "proposed")
    run.step()
    assert (run.namespace["x"], run.proposed[0].number) == (2, 1)


def test_a_step_without_code_ends_where_the_next_can_be_asked_for():
    run = launch(ScriptedClient(["I think.", finish("1")]), step=True)
    assert (run.status, run.reason, run.message) == ("paused", "turn", "the model wrote no code")
    run.resume()
    assert run.status == "proposed"


def test_resume_of_a_proposed_run_is_refused_and_says_what_to_do():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    with pytest.raises(UsageError, match="%rlm accept runs them, %rlm skip leaves"):
        run.resume()
    with pytest.raises(UsageError, match="%rlm accept"):
        run.resume(hint="go on")
    assert run.status == "proposed"


def test_what_proposes_nothing_cannot_be_accepted_or_skipped():
    run = launch(ScriptedClient([cell("x = 1"), cell("x = 1")]), limits=Limits(max_steps=1))
    assert run.status == "paused"
    with pytest.raises(UsageError, match="proposes nothing to accept: %rlm resume goes on"):
        run.accept()
    with pytest.raises(UsageError, match="proposes nothing to skip"):
        run.skip()
    finished = launch(ScriptedClient([finish("1")]))
    with pytest.raises(UsageError, match=r"is finished and proposes nothing to accept$"):
        finished.accept()
    with pytest.raises(UsageError, match="only a paused run can take a step"):
        finished.step()


def test_a_proposed_run_can_be_stopped():
    run = launch(ScriptedClient([cell("x = 1")]), step=True)
    run.stop()
    assert (run.status, run.namespace.get("x")) == ("stopped", None)


def test_a_spent_limit_does_not_keep_waiting_cells_from_running():
    client = ScriptedClient([cell("x = 1"), cell("x = 2"), finish("x")])
    run = launch(client, step=True, limits=Limits(max_steps=1))
    run.accept()
    assert (run.status, run.namespace["x"]) == ("proposed", 1)  # the extra turn's
    run.accept()
    assert (run.status, run.reason, run.namespace["x"]) == ("paused", "max_steps", 2)
    run.resume(max_steps=9)
    run.accept()
    assert run.answer == 2


def test_an_error_in_an_accepted_cell_leaves_the_others_out():
    client = ScriptedClient([cell("1 / 0") + "\n" + cell("y = 1"), finish("1")])
    run = launch(client, step=True)
    run.accept()
    assert "raised ZeroDivisionError" in told(client)
    assert "1 more cell of your reply did not run." in told(client)
    assert "y" not in run.namespace


def test_an_answer_that_the_human_gives_finishes_a_proposed_run():
    run = launch(ScriptedClient([cell("x = 1")]), step=True)
    run.namespace["answer"].update(content=5, ready=True)
    run.accept()
    assert (run.status, run.answer, run.namespace.get("x")) == ("finished", 5, None)


# -- approving ------------------------------------------------------------------------


def test_risky_cells_wait_and_harmless_ones_run():
    reply = cell("x = 1") + "\n" + cell(RISKY) + "\n" + cell("y = x")
    client = ScriptedClient([reply, finish("x")])
    run = launch(client, approve="risky")
    assert (run.status, run.reason) == ("proposed", "approve")
    assert run.message == "writes files: open(…, 'w')"
    assert run.namespace["x"] == 1
    assert [(c.number, c.why) for c in run.proposed] == [(2, "writes files: open(…, 'w')"), (3, "")]
    run.skip()
    assert (run.status, run.answer) == ("finished", 1)
    assert spans(run) == [("r/1.1", "model"), ("r/2.1", "model")]
    assert "The user skipped cells 1.2 and 1.3" in told(client)


def test_accepting_risky_cells_goes_on_freely(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = launch(ScriptedClient([cell(RISKY), cell("y = 1"), finish("y")]), approve="risky")
    run.accept()
    assert (run.status, run.answer) == ("finished", 1)
    assert (tmp_path / "out.txt").exists()


def test_approve_all_proposes_harmless_cells_too():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), approve="all")
    assert (run.status, run.reason, run.proposed[0].why) == ("proposed", "approve", "")
    run.accept()
    assert run.status == "proposed"


def test_a_childs_risky_cell_is_refused_because_it_cannot_wait(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    client = ScriptedClient([cell("z = rlm_query('sub')"), cell(RISKY), finish("'ok'"), finish("z")])
    run = launch(client, approve="risky")
    assert (run.status, run.answer) == ("finished", "ok")
    said = [r.messages[-1].content for r in client.root_requests]
    refusal = "Cell 1.1 was not run: it writes files: open(…, 'w'), and a child run cannot wait for the user."
    assert any(refusal in text for text in said)
    assert not (tmp_path / "out.txt").exists()


# -- by hand --------------------------------------------------------------------------


def test_a_cell_run_by_hand_as_it_is_is_the_models():
    client = ScriptedClient([cell("x = 1"), finish("x")])
    run = launch(client, step=True)
    assert by_hand(run, "x = 1\n") == "1.1"
    assert (run.status, run.reason, run.proposed) == ("paused", "turn", [])
    assert spans(run) == spans(run, CellFinished) == [("r/1.1", "model")]
    run.resume()
    assert "Cell 1.1: ran, no output\nNames: `x` set (int)" in told(client)
    assert "changed names" not in told(client)
    run.accept()
    assert run.answer == 1


def test_a_cell_that_was_edited_is_the_humans_and_the_model_is_told_what_ran():
    client = ScriptedClient([cell("x = 1"), finish("x")])
    run = launch(client, step=True)
    code = run._driver.by_hand.next_input().replace("x = 1", "x = 7")
    assert by_hand(run, code) == "1.1"
    assert spans(run) == [("r/1.1", "human")]
    assert run.trajectory.of(CellStarted)[0].code == "x = 7"
    run.accept()
    assert "The user edited cell 1.1 before it ran:\n```python\nx = 7\n```" in told(client)
    run.accept()
    assert run.answer == 7


def test_a_cell_is_known_by_its_id_in_the_notebook():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    assert by_hand(run, "x = 9", "run-1-r-1-1") == "1.1"
    assert spans(run) == [("r/1.1", "human")]
    assert run._driver.by_hand.next_input() == ""


def test_other_cells_of_the_human_are_none_of_the_step():
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    assert by_hand(run, "print(2)") == ""
    assert run.status == "proposed"


def test_the_cells_that_remain_still_wait():
    client = ScriptedClient([cell("x = 1") + "\n" + cell("y = x"), finish("y")])
    run = launch(client, step=True)
    assert run.message == "2 cells wait for you"
    by_hand(run, "x = 1")
    assert (run.status, [c.number for c in run.proposed]) == ("proposed", [2])
    assert run.message == "a cell waits for you"
    assert "a cell waits for you" in str(run)
    run.accept()
    assert spans(run) == [("r/1.1", "model"), ("r/1.2", "model")]
    run.accept()
    assert run.answer == 1


def test_the_second_cell_may_run_first():
    run = launch(ScriptedClient([cell("x = 1") + "\n" + cell("y = 2"), finish("y")]), step=True)
    by_hand(run, "y = 2")
    assert [c.number for c in run.proposed] == [1]
    run.accept()
    assert spans(run) == [("r/1.2", "model"), ("r/1.1", "model")]


@pytest.mark.parametrize("code", ["FINAL(3)", "answer['content'] = 3; answer['ready'] = True"])
def test_a_cell_run_by_hand_can_finish_the_run(code):
    run = launch(ScriptedClient([cell(code) + "\n" + cell("never = 1"), finish("0")]), step=True)
    by_hand(run, code)
    assert (run.status, run.reason) == ("paused", "turn")
    run.accept()
    assert (run.status, run.answer) == ("finished", 3)
    assert "never" not in run.namespace


def test_calls_of_a_cell_run_by_hand_are_the_runs():
    run = launch(ScriptedClient([cell("x = llm_query('hi')"), finish("x")]), step=True)
    by_hand(run, "x = llm_query('hi')")
    assert run.namespace["x"] == "reply to hi"
    assert "r/1.1/q1" in {event.span for event in run.trajectory}
    assert run.usage.tokens == 110 * 2


def test_what_the_human_did_before_is_told_before():
    client = ScriptedClient([cell("x = data"), finish("x")])
    run = launch(client, step=True)
    run.namespace["data"] = [1, 2]
    by_hand(run, "x = data")
    run.resume()
    said = told(client)
    assert said.index("the user changed names: `data` set") < said.index("Cell 1.1: ran")


def test_an_error_by_hand_is_the_cells_and_the_others_wait_on():
    run = launch(ScriptedClient([cell("x = 1") + "\n" + cell("y = 2"), finish("1")]), step=True)
    loop = run._driver
    loop.by_hand.begin("x = 1", None)
    loop.end_by_hand(CellResult(error=CellError("NameError", "x", "NameError: x")))
    assert (run.status, [c.number for c in run.proposed]) == ("proposed", [2])
    run.accept()
    assert run.steps[0].cells[0].error.ename == "NameError"
    assert run.namespace["y"] == 2


# -- on the record --------------------------------------------------------------------


def test_a_run_whose_kernel_died_while_it_proposed_loads_as_proposed(tmp_path):
    path = tmp_path / "run.jsonl"
    live = launch(ScriptedClient([cell("x = 1") + "\n" + cell("y = 2")]), path=path, step=True)
    by_hand(live, "x = 1")
    run = run_from(read(path))
    assert (run.status, run.reason) == ("proposed", "step")
    assert [(c.number, c.code) for c in run.proposed] == [(2, "y = 2")]
    live.skip()
    assert run_from(read(path)).proposed[0].code == "x = 1"  # of the next step
    assert "Proposed" in str(run)


def test_each_pause_is_recorded(tmp_path):
    run = launch(ScriptedClient([cell("x = 1"), finish("x")]), step=True)
    by_hand(run, "x = 1")
    assert [(p.reason, p.step) for p in run.trajectory.of(RunPaused)] == [("step", 1), ("turn", 1)]


def test_a_run_that_waits_says_so_everywhere():
    run = launch(ScriptedClient([cell(RISKY)]), approve="risky")
    for text in (str(run), run._repr_html_()):
        assert "Proposed" in text
        assert "writes files" in text
        assert "%rlm accept" in text


def test_prepare_passes_the_modes_on():
    loop = prepare(ScriptedClient([cell("x = 1")]), step=True)
    assert loop.start().status == "proposed"
