"""The state of a run, reduced from its events."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel import events as e
from rlm_kernel.history import seconds_running
from rlm_kernel.report import phrases
from rlm_kernel.report.state import RunReport


def live(story):
    """The report as a view sees it, streaming included."""
    report = RunReport()
    for event in story.events:
        report.add(event)
    return report


def test_a_finished_run_has_its_answer_steps_and_usage():
    report = live(t.fanout())
    assert (report.status, report.reason) == ("finished", "answer")
    assert (report.answer.type, report.answer.text) == ("int", "17")
    assert [step.number for step in report.steps] == [1, 2, 3]
    assert report.steps[1].thought.startswith("Each report is short")
    assert report.calls.done == 60
    assert report.usage.input_tokens == 1_500 + 1_900 + 2_300 + 60 * 420
    assert report.usage.cached_tokens == 1_800


def test_the_usage_of_the_steps_adds_up_to_that_of_the_run():
    report = live(t.with_children()[0])
    assert sum(step.usage.tokens for step in report.steps) == report.usage.tokens
    assert sum(step.usage.cost for step in report.steps) == pytest.approx(report.usage.cost)


def test_a_batch_under_way_tells_progress_failures_rate_and_time_left():
    report = live(t.fanning_out(600, until=412))
    (batch,) = report.batches
    assert (batch.size, batch.ended, batch.calls.failed, batch.calls.in_flight) == (600, 412, 3, 63)
    assert batch.pace.per_second() == pytest.approx(50, rel=0.1)
    assert batch.seconds_left() == pytest.approx(188 / 50, rel=0.1)


def test_a_batch_that_has_ended_is_no_longer_open():
    assert live(t.fanout()).batches == []


def test_a_prompt_asked_again_for_its_schema_counts_once_in_its_batch():
    story, cell = t.told_up_to_fan_out()
    batch = story.batch(cell, 2)
    story.call(cell, 1, batch)
    story.answered(cell, 1, "not json")
    again = {"role": "sub", "model": t.SUB_MODEL, "key": "k"}
    story.record(e.CallStarted, f"{cell}/q3", cell, batch=batch, index=0, **again)
    story.answered(cell, 3, "{}")
    (open_batch,) = live(story).batches
    assert open_batch.ended == 1
    assert live(story).calls.done == 2


def test_failed_and_cancelled_calls_are_told_apart():
    report = live(t.paused())
    assert (report.calls.done, report.calls.failed, report.calls.cancelled) == (20, 0, 8)
    assert live(t.failed_calls()).calls.failed == 2


def test_calls_answered_from_earlier_replies_cost_nothing():
    story, cell = t.told_up_to_fan_out()
    before = live(story).usage.tokens
    story.call(cell, 1)
    story.answered(cell, 1, cached=True)
    report = live(story)
    assert report.usage.tokens == before
    assert (report.calls.done, report.calls.reused) == (1, 1)


def test_children_are_counted_and_the_running_ones_say_where_they_are():
    report = live(t.with_children(finished=4, running=2)[0])
    step = report.steps[1]
    assert (step.children.done, step.children.in_flight) == (4, 2)
    assert [child.step for child in step.running_children.values()] == [1, 2]
    assert step.calls.done == 4 + 1 + 2  # the turns of the children
    (batch,) = report.batches
    assert (batch.kind, batch.ended, batch.size) == ("rlm", 4, 6)


def test_a_child_that_stops_at_a_limit_counts_as_failed():
    assert live(t.children()).steps[1].children.failed == 1


@pytest.mark.parametrize("reason", ["interrupt", "kernel"])
def test_a_child_that_ends_with_its_parent_is_interrupted_and_has_not_failed(reason):
    story, cell, _batch = t.with_children(1, 1)
    story.finish(None, status="stopped", reason=reason, span=f"{cell}/r2", parent=cell)
    report = live(story)
    children = report.steps[1].children
    assert (children.done, children.failed, children.cancelled, children.in_flight) == (1, 0, 1, 0)
    assert phrases.children(report, report.steps[1]) == ["2 child runs: 1 done · 1 interrupted"]


def test_what_a_turn_took_that_was_interrupted_stays_with_the_step_that_is_taken_again():
    story = t.Story()
    story.record(e.StepStarted, "r/1", "r", step=1)
    turn = {"role": "root", "model": t.ROOT_MODEL}
    usage = {"input_tokens": 70, "output_tokens": 30, "cost": 0.01}
    story.record(e.CallStarted, "r/1/q1", "r/1", **turn, key="k")
    story.record(
        e.CallFailed,
        "r/1/q1",
        "r/1",
        2.0,
        **turn,
        error="Interrupted",
        message="",
        usage=usage,
        cancelled=True,
    )
    story.pause("interrupt", "interrupted", 1)
    story.record(e.RunResumed, "r", None)
    story.record(e.StepStarted, "r/1", "r", step=1)
    report = live(story)
    assert [(step.number, step.usage.tokens, step.seconds) for step in report.steps] == [(1, 100, 2.0)]
    assert report.usage.tokens == 100


def test_grandchildren_do_not_show_but_their_calls_are_counted():
    story, cell, _ = t.with_children(finished=0, running=1)
    before = live(story).steps[1].calls.done
    t.child_run(story, f"{cell}/r1/1.1", 1, "deeper")
    step = live(story).steps[1]
    assert len(step.running_children) == 1
    assert step.calls.done == before + 1


def test_a_streaming_reply_shows_its_thought_then_its_code_then_goes():
    story = t.Story()
    story.step(1)
    story.ask(1)
    story.delta(1, reasoning="hmm")
    story.delta(1, "I'll look.\n\n```repl\npri")
    report = live(story)
    assert report.stream.reasoning == "hmm"
    assert report.stream.parts().thought == "I'll look."
    assert report.stream.parts().cells == ("pri",)
    story.reply(1, "I'll look.\n\n```repl\nprint(1)\n```")
    assert live(story).stream is None


def test_a_retried_turn_starts_its_stream_anew():
    story = t.Story()
    story.step(1)
    story.ask(1)
    story.delta(1, "half a th")
    story.record(e.CallRetried, "r/1/q1", "r/1", error="no server answered", wait=2.0, attempt=1)
    report = live(story)
    assert report.stream is None
    assert "attempt 2 in 2 s" in report.retrying


@pytest.mark.parametrize(
    ("reason", "status"),
    [("step", "proposed"), ("approve", "proposed"), ("interrupt", "paused"), ("max_cost", "paused")],
)
def test_a_pause_is_a_proposal_when_its_reason_is_one(reason, status):
    story = t.Story()
    story.pause(reason, "why", 1)
    assert live(story).status == status


def test_a_resumed_run_runs_under_its_new_limits_and_its_pause_takes_no_time():
    story = t.paused()
    ran = live(story).seconds()
    story.record(e.RunResumed, "r", None, after=3_600, limits={"max_cost": 2.0})
    report = live(story)
    assert (report.status, report.limits["max_cost"]) == ("running", 2.0)
    assert report.seconds() == pytest.approx(ran)
    assert report.seconds(story.now + 5) == pytest.approx(ran + 5)


def test_a_recorded_run_that_stops_in_the_middle_was_interrupted():
    story = t.fanning_out()
    assert live(story).status == "running"
    assert RunReport.of(story.events).status == "interrupted"
    assert RunReport.of(t.fanout().events).status == "finished"


def test_where_no_price_is_known_the_calls_are_counted_as_unpriced():
    story = t.Story(priced=False)
    story.turn(1, t.PEEK)
    assert (live(story).usage.cost, live(story).usage.unpriced) == (0.0, 1)


def test_human_cells_are_told_from_the_models():
    cells = live(t.paused()).steps[1].cells
    assert [cell.author for cell in cells] == ["model", "human"]


def test_a_step_is_told_by_its_own_cells_not_by_those_of_the_human():
    story = t.Story()
    story.turn(1, "```repl\nx = 1\n```")
    story.propose(1, "x = 1")
    story.record(e.CellStarted, "r/1/h1", "r/1", author="human", step=1, cell=0, code="1 / 0")
    error = {"ename": "ZeroDivisionError", "evalue": "", "traceback": []}
    story.record(e.CellFinished, "r/1/h1", "r/1", author="human", step=1, cell=0, error=error)
    (step,) = live(story).steps
    assert phrases.step_line(step) == "x = 1 (then you ran 1 cell)"
    assert phrases.troubles(step) == []


def test_a_child_run_has_a_report_of_its_own():
    report = RunReport.of(t.with_children(4, 2)[0].events, "r/2.1/r6")
    assert (report.question, report.status) == ("Summarise the claims of chapter 6.", "interrupted")
    assert [step.number for step in report.steps] == [1, 2]
    assert (report.calls.ended, report.usage.input_tokens) == (0, 3_000)


def test_a_turn_that_is_taken_again_is_one_step():
    story = t.Story()
    story.step(1)
    story.ask(1)
    story.pause("error", "no server answered", 0)
    story.record(e.RunResumed, "r", None)
    story.turn(1, t.PEEK)
    report = live(story)
    assert [step.thought for step in report.steps] == [
        "I'll look at what the context is before I decide how to read it."
    ]


def test_a_batch_that_was_cut_off_is_not_open_when_the_run_goes_on():
    story = t.paused()
    story.record(e.RunResumed, "r", None)
    assert live(story).batches == []


def test_events_of_the_session_are_passed_over():
    story = t.Story()
    before = live(story).calls.done
    story.record(e.CallFinished, "s/q1", None, role="sub", model="m", text="x")
    assert live(story).calls.done == before


def test_warnings_are_kept_once_and_only_the_latest():
    story = t.Story()
    for number in [*range(20), 19]:
        story.record(e.Warned, "r", None, message=f"warning {number}")
    assert list(live(story).warnings) == [f"warning {n}" for n in range(15, 20)]


def test_ten_thousand_calls_take_no_memory_and_little_time():
    story, cell = t.told_up_to_fan_out()
    t.run_batch(story, cell, 10_000, 64)
    began = time.perf_counter()
    report = live(story)
    print(f"{len(story.events):,} events in {1e3 * (time.perf_counter() - began):.0f} ms")
    assert report.calls.done == 10_000
    assert report._ledger._open == {}
    assert report.batches == []


def changed(name, change):
    return {"name": name, "change": change, "type": "str", "size": ""}


def test_names_of_the_users_that_a_model_cell_took_are_told_from_the_runs_own():
    story = t.Story(options={"out": "total"})
    for number, names in enumerate(
        [
            [changed("text", "rebound"), changed("mine", "set"), changed("grown", "changed")],
            [changed("mine", "rebound"), changed("text", "rebound"), changed("size", "deleted")],
            [changed(name, "rebound") for name in ("context", "answer", "total")],
        ],
        start=1,
    ):
        story.turn(number, t.PEEK)
        story.cell(number, "…")
        story.ran(number, names=names)
    assert live(story).lost_names == {"text": "rebound", "size": "deleted"}


def test_it_is_known_from_the_start_that_no_model_has_a_price():
    assert live(t.Story(unpriced=[t.ROOT_MODEL, t.SUB_MODEL])).is_unpriced
    assert not live(t.Story(unpriced=[t.SUB_MODEL])).is_unpriced
    assert not live(t.Story()).is_unpriced


def test_that_a_run_was_to_pause_after_its_step_adds_nothing_to_its_status():
    assert phrases.status(RunReport.of(t.undone().events)) == "Paused"


def test_a_step_that_was_taken_back_has_lost_nobody_a_name():
    story = t.undone()
    report = live(story)
    assert (report.status, report.lost_names, report.steps[0].taken_back) == ("paused", {}, True)
    assert phrases.troubles(report.steps[0]) == ["taken back"]
    story.events.pop()
    assert live(story).lost_names == {"total": "rebound"}


def test_a_step_takes_what_its_turn_and_cells_take_and_not_what_it_waited_for_the_human():
    story = t.Story()
    story.turn(1, t.PEEK, after=2.0)
    story.propose(1, "x = 1")
    story.now += 600
    story.record(e.RunResumed, "r", None, command="accept")
    story.cell(1, "x = 1")
    story.ran(1, after=0.5)
    report = live(story)
    assert report.steps[0].seconds == pytest.approx(2.5)
    assert phrases.step_time(report.steps[0]) == "2.5 s"
    assert report.steps[0].fate == ""


def test_that_a_cell_waits_for_its_place_in_the_notebook_is_no_time_of_its_step():
    story = t.Story()
    story.turn(1, t.PEEK, after=2.0)
    story.cell(1, "x = 1")
    story.ran(1, after=5.0)
    story.events[-1] = replace(story.events[-1], seconds=0.5)
    report = live(story)
    assert report.steps[0].seconds == pytest.approx(2.5)


@pytest.mark.parametrize(("command", "fate"), [("skip", "skipped"), ("resume", "not run")])
def test_cells_that_were_left_out_are_told_as_what_became_of_them(command, fate):
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, "x = 1")
    story.record(e.RunResumed, "r", None, command=command)
    story.turn(2, t.PEEK)
    step = live(story).steps[0]
    assert (list(step.waiting), list(step.left_out), phrases.troubles(step)) == ([], [1], [fate])


def test_a_run_that_is_stopped_runs_no_cell_that_waits():
    story = t.proposed()
    story.finish(None, status="stopped", reason="stop")
    step = live(story).steps[0]
    assert (list(step.waiting), list(step.left_out), step.fate) == ([], [2], "not run")


def test_the_time_of_a_cell_run_by_hand_is_the_runs():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    before = live(story).seconds()
    story.now += 60
    story.cell(1, "look", cell=0, author="human")
    story.ran(1, cell=0, author="human", after=60)
    story.now += 60
    story.cell(1, t.code_of(t.PEEK))
    story.ran(1, after=2, interrupted=True)
    story.pause("turn", "what you ran was interrupted", 1)
    for seconds in (live(story).seconds(story.now + 60), seconds_running(story.events)):
        assert seconds == pytest.approx(before + 2, abs=0.5)
