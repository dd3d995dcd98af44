"""Views of a run: what they draw where, and how often."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t
from doubles import ScriptedClient, cell, finish, launch

from rlm_kernel import events as e
from rlm_kernel.display import Display
from rlm_kernel.limits import Limits
from rlm_kernel.report.share import TRAJECTORY_MIME
from rlm_kernel.trajectory import Trajectory
from rlm_kernel.views import ticker
from rlm_kernel.views.inline import InlineView
from rlm_kernel.views.terminal import TerminalView


class Page:
    """A surface that keeps what is drawn on it."""

    def __init__(self, rich=True):
        self.rich = rich
        self.shown = []
        self.updates = []
        self.text = ""
        self.painted = threading.Event()

    def show(self, bundle, key=None):
        self.shown.append((key, bundle))

    def update(self, key, bundle):
        self.updates.append((key, bundle))
        self.painted.set()

    def write(self, text):
        self.text += text


class BrokenPage(Page):
    def update(self, key, bundle):
        super().update(key, bundle)
        raise OSError("the front end went away")


def play(view, events):
    for event in events:
        view(event)


def drawn(story, **options):
    page = Page()
    view = InlineView(page, **options)
    play(view, story.events)
    view.close()
    return page


def cells_of(page):
    return [bundle["text/markdown"] for _, bundle in page.shown if "text/markdown" in bundle]


# -- inline ---------------------------------------------------------------------------


def test_a_run_is_a_card_a_display_for_each_cell_of_the_model_and_the_answers_heading():
    page = drawn(t.simple())
    keys = [key for key, _ in page.shown]
    assert keys == [page.shown[0][0], None, None, None, None]
    html, markdown = {"text/html", "text/plain"}, {"text/markdown", "text/plain"}
    assert [set(bundle) for _, bundle in page.shown] == [html, markdown, markdown, markdown, html]


def test_a_run_without_an_answer_has_no_heading_for_one():
    shown = [bundle["text/plain"].splitlines()[-1] for _, bundle in drawn(t.paused()).shown]
    assert not any(line.startswith("Answer") for line in shown)


def test_the_thought_stands_above_the_first_cell_of_its_step_only():
    first, second, third = cells_of(drawn(t.simple()))
    assert "add the column up" in first
    assert "The column is called" in second
    assert "\n\n```python\nFINAL(total)\n```\n\n" in third
    assert "Step" not in third


def test_a_console_that_ignores_updates_reads_the_end_state_above_the_answer():
    *_, (_, heading) = drawn(t.fanout()).shown
    status, used, answer = heading["text/plain"].splitlines()
    assert status.startswith("✓ Finished · openai/gpt-5 · sub-model openai/gpt-5-mini · 3 steps · ")
    assert "60 calls of 10,000" in used
    assert answer == "Answer · int"
    assert "Finished" not in heading["text/html"]


def talking_run():
    """A run whose first reply and last have no code."""
    story = t.Story()
    story.turn(1, "I will first *think*.")
    story.turn(2, t.PEEK)
    story.cell(2, t.code_of(t.PEEK))
    story.ran(2)
    story.turn(3, "FINAL(17)")
    story.finish("17")
    return story


def test_a_reply_without_code_is_shown_with_its_step_before_what_follows():
    shown = [bundle["text/plain"].splitlines()[0] for _, bundle in drawn(talking_run()).shown]
    assert [line[:4] for line in shown] == ["● Ru", "[1] ", "[2.1", "[3] ", "✓ Fi"]
    first, _, last = cells_of(drawn(talking_run()))
    assert "Step 1" in first
    assert "I will first <em>think</em>." in first
    assert "(no code)" in first
    assert "FINAL(17)" in last


def test_a_reply_whose_cells_did_not_run_is_shown_without_them():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.pause("interrupt", "interrupted", 1)
    (shown,) = cells_of(drawn(story))
    assert "I&#x27;ll look at what the context is" in shown
    assert "(its code did not run)" in shown


def test_a_step_that_waits_to_be_accepted_is_in_the_card_alone():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    assert cells_of(drawn(story)) == []


def test_cells_of_children_and_of_humans_are_not_shown():
    assert len(cells_of(drawn(t.children()))) == 3
    assert len(cells_of(drawn(t.paused()))) == 2


def test_the_last_card_carries_the_trajectory():
    page = drawn(t.fanout())
    key, bundle = page.updates[-1]
    assert key == page.shown[0][0]
    assert "Finished" in bundle["text/html"]
    assert bundle[TRAJECTORY_MIME]["events"][-1]["type"] == "run_finished"


def test_deltas_do_not_paint_by_themselves():
    story = t.Story()
    story.step(1)
    story.ask(1)
    for _ in range(1_000):
        story.delta(1, "word ", after=0.0)
    page = drawn(story)
    assert page.updates == []


def test_a_dirty_card_is_painted_by_the_ticker():
    page = Page()
    view = InlineView(page)
    play(view, t.fanning_out().events)
    assert page.painted.wait(5)
    view.close()
    assert "412 of 600 calls" in page.updates[0][1]["text/html"]


def test_nothing_is_painted_after_the_end():
    page = drawn(t.fanout())
    count = len(page.updates)
    time.sleep(3 * ticker.SHORTEST)
    assert len(page.updates) == count


def test_the_paintings_grow_rarer_and_are_limited():
    intervals = [ticker.interval(painted) for painted in range(ticker.ALLOWANCE)]
    assert intervals[0] == 0.5
    assert intervals == sorted(intervals)
    assert sum(intervals[:60]) < 60  # the first minute is lively
    assert sum(intervals) > 4 * 3_600


def test_quiet_draws_nothing():
    page = drawn(t.fanout(), quiet=True)
    assert (page.shown, page.updates) == ([], [])


def test_a_run_resumed_under_another_cell_gets_a_card_there():
    story = t.paused()
    first = drawn(story)
    history = list(story.events)
    story.record(e.RunResumed, "r", None)
    t.told_end(story)
    page = Page()
    play(InlineView(page, history=history), story.events[len(history) :])
    (key, card), (_, cell), _answer = page.shown
    assert key != first.shown[0][0]
    assert "I&#x27;ll look at what the context is" in card["text/html"]
    assert "The count is stable" in cell["text/plain"]
    assert len(page.updates[-1][1][TRAJECTORY_MIME]["events"]) == len(story.events)


def test_the_card_of_the_earlier_cell_says_that_the_run_was_resumed_and_leaves_the_copy_to_the_later():
    story = t.paused()
    page = Page()
    view = InlineView(page)
    play(view, story.events)
    view.close()
    told, shown = len(story.events), len(page.shown)
    story.record(e.RunResumed, "r", None)
    t.told_end(story)
    play(view, story.events[told:])
    (key, card) = page.updates[-1]
    assert key == page.shown[0][0]
    assert card["text/plain"].startswith("‖ Paused at step 2, then resumed below")
    assert "%rlm resume" not in card["text/html"] + card["text/plain"]
    assert TRAJECTORY_MIME not in card
    assert len(page.shown) == shown


def test_the_card_of_a_branch_follows_it_through_the_pauses_that_it_repeats():
    story = t.paused()
    story.record(e.RunResumed, "r", None)
    t.told_end(story)
    page = drawn(story)
    keys = {key for key, bundle in page.shown if key is not None}
    card = page.updates[-1][1]
    assert len(keys) == 1
    assert card["text/plain"].startswith("✓ Finished")
    assert len(card[TRAJECTORY_MIME]["events"]) == len(story.events)


@pytest.fixture
def pages():
    return []


@pytest.fixture
def host(pages):
    """What surrounds the runs of a session that draws each on a page of its own."""

    def view(run):
        pages.append(Page())
        return InlineView(pages[-1], history=list(run.trajectory.events))

    return Display(None, live=True, make_view=view).host(quiet=False)


def status_of(page):
    return page.updates[-1][1]["text/plain"].partition(" · ")[0]


def test_each_card_of_a_run_that_pauses_twice_tells_what_became_of_it(host, pages):
    client = ScriptedClient([cell("x = 1"), cell("x = 2"), cell("x = 3"), cell("x = 4"), finish("x")])
    run = launch(client, limits=Limits(max_steps=1), host=host)
    run.resume(max_steps=3)
    run.resume(max_steps=9)
    assert [status_of(page) for page in pages] == [
        "‖ Paused at step 2, then resumed below",
        "‖ Paused at step 4, then resumed below",
        "✓ Finished",
    ]


def test_stopping_a_paused_run_changes_its_card(host, pages):
    run = launch(ScriptedClient([cell("x = 1")]), limits=Limits(max_steps=1), host=host)
    assert status_of(pages[0]) == "‖ Paused: out of steps"
    run.stop()
    assert status_of(pages[0]) == "■ Stopped"


def test_the_card_of_a_paused_run_tells_when_it_is_stopped():
    story = t.paused()
    story.finish(None, status="stopped", reason="stop")
    card = drawn(story).updates[-1][1]
    assert card["text/plain"].startswith("■ Stopped")
    assert card[TRAJECTORY_MIME]["events"][-1]["type"] == "run_finished"


def test_a_turn_that_was_cut_off_is_shown_with_its_thought_when_it_is_taken_again():
    story = t.Story()
    story.step(1)
    story.ask(1)
    story.pause("interrupt", "interrupted", 1)
    history = list(story.events)
    story.record(e.RunResumed, "r", None)
    story.turn(1, t.PEEK)
    story.cell(1, t.code_of(t.PEEK))
    page = Page()
    play(InlineView(page, history=history), story.events[len(history) :])
    assert "I&#x27;ll look at what the context is" in cells_of(page)[0]


def test_a_view_whose_surface_breaks_is_detached_with_one_warning():
    trajectory = Trajectory("20260921-141320-0002")
    page = BrokenPage()
    trajectory.subscribe(InlineView(page))
    started = {"question": "?", "model": "m", "sub_model": "m", "dialect": "rlm", "depth": 0}
    trajectory.record(e.RunStarted, span="r", parent=None, **started)
    trajectory.record(e.StepStarted, span="r/1", parent="r", step=1)
    assert page.painted.wait(5)
    time.sleep(0.1)
    for step in range(2, 6):
        trajectory.record(e.StepStarted, span=f"r/{step}", parent="r", step=step)
    warnings = [event.message for event in trajectory.of(e.Warned)]
    assert len(warnings) == 1
    assert "the front end went away" in warnings[0]


def test_events_from_many_threads_are_all_counted():
    trajectory = Trajectory("20260921-141320-0003")
    page = Page()
    trajectory.subscribe(InlineView(page))
    started = {"question": "?", "model": "m", "sub_model": "m", "dialect": "rlm", "depth": 0}
    trajectory.record(e.RunStarted, span="r", parent=None, **started)

    def calls(thread):
        for index in range(100):
            span = f"r/1.1/q{thread}{index:03}"
            trajectory.record(e.CallFinished, span=span, parent="r/1.1", role="sub", model="m", text="x")

    threads = [threading.Thread(target=calls, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trajectory.record(e.RunFinished, span="r", parent=None, status="finished", reason="answer")
    assert "800 calls" in page.updates[-1][1]["text/plain"]


# -- terminal -------------------------------------------------------------------------


def written(story, **options):
    page = Page(rich=False)
    play(TerminalView(page, **options), story.events)
    assert page.shown == []
    return page.text


def test_a_terminal_gets_thought_code_and_a_line_for_each_step():
    lines = written(t.simple()).splitlines()
    assert lines[0].startswith("● Running · openai/gpt-5")
    assert "  I'll add the column up." in lines
    assert "  │ total = context['amount'].sum()" in lines
    assert any(line.startswith("   1  I'll add the column up.") and "KeyError" in line for line in lines)
    assert any(line.startswith("✓ Finished") for line in lines)


def test_a_batch_is_a_line_at_its_start_and_end_and_every_five_seconds_between():
    story, cell = t.told_up_to_fan_out()
    t.run_batch(story, cell, 600, 64, after=0.02)
    lines = written(story).splitlines()
    assert sum("600 calls" in line for line in lines) == 1 + 2
    assert any(line.startswith("  600 done, 12 s") for line in lines)


def test_a_proposed_cell_is_written_with_how_to_go_on():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    text = written(story)
    assert "[proposed 1.1]" in text
    assert "%rlm accept" in text


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_proposal_that_a_branch_repeats_waits_for_nobody(by_hand):
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    if not by_hand:
        story.record(e.RunResumed, "r", None, command="accept")
    story.cell(1, t.code_of(t.PEEK))
    story.ran(1)
    if by_hand:
        story.pause("turn", "you ran what was proposed", 1)
        story.record(e.RunResumed, "r", None)
    page = Page(rich=False)
    view = TerminalView(page, is_running=lambda: True)
    play(view, story.events)
    assert "proposed" not in page.text.lower()
    assert "%rlm" not in page.text
    assert "waits" not in page.text
    assert page.text.count("● Running") == 1
    assert page.text.count("[1.1]") == 1


def test_a_terminal_obeys_nothing_a_model_wrote():
    story = t.Story("\x1b]0;title\x07", notes=["\x1b[2J"])
    story.turn(1, "\x1b[31mred\n\n```repl\nprint('\x1b[2J')\n```")
    story.cell(1, "print('\x1b[2J')")
    story.ran(1)
    story.record(e.Warned, "r", None, message="\x1b[H")
    story.pause("error", "\x1b[H", 1)
    assert not set(written(story)) & {"\x1b", "\x07"}


def test_a_terminal_obeys_no_answer(capsys):
    Display(None, live=True).show_answer("gone\x1b[2J\ud800")
    assert capsys.readouterr().out == "gone␛[2J�\n"


def test_a_reply_without_code_says_so_in_a_terminal():
    assert "  I will first *think*.\n  (no code)\n" in written(talking_run())


def test_a_resumed_run_tells_only_what_is_new():
    story = t.paused()
    history = list(story.events)
    story.record(e.RunResumed, "r", None)
    t.told_end(story)
    page = Page(rich=False)
    play(TerminalView(page, history=history), story.events[len(history) :])
    assert "The count is stable" in page.text
    assert "Each report is short" not in page.text


def test_a_child_says_nothing_in_a_terminal():
    assert "I'll read it." not in written(t.children())


@pytest.mark.parametrize("tell", [*t.GOLDEN.values()], ids=[*t.GOLDEN])
def test_every_run_can_be_drawn_and_written(tell):
    assert drawn(tell()).updates
    assert written(tell())
