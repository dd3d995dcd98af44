"""The card of a run whose kernel has died, as the next kernel knows it by the run's file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel.frontend.cards import card_handed_on, card_left_behind
from rlm_kernel.interfaces import UsageError
from rlm_kernel.report.share import TRAJECTORY_MIME


def left(folder, story):
    """The run's file, as a kernel leaves it that dies; returns the id of the run."""
    lines = [json.dumps(event.to_json()) for event in story.events if not event.transient]
    run = story.events[0].run
    (folder / f"{run}.jsonl").write_text("\n".join(lines) + '\n{"v": 1, "se')
    return run


def test_a_run_that_was_running_is_said_to_be_interrupted_in_every_form(tmp_path):
    story, _cell = t.told_up_to_fan_out()
    card = card_left_behind(tmp_path, left(tmp_path, story))
    for form in ("text/plain", "text/html"):
        assert "Interrupted" in card[form]
        assert "Running" not in card[form]
        assert f"%rlm resume {story.events[0].run}" in card[form]
    assert len(card[TRAJECTORY_MIME]["events"]) == sum(not event.transient for event in story.events)


def test_a_run_that_came_to_pause_before_its_kernel_died_is_said_to_be_paused(tmp_path):
    assert card_left_behind(tmp_path, left(tmp_path, t.paused()))["text/plain"].startswith("‖ Paused")


def test_of_a_run_without_a_file_nothing_is_said(tmp_path):
    with pytest.raises(UsageError, match="there is no run"):
        card_left_behind(tmp_path, "20260921-141320-0001")


def test_an_earlier_card_says_where_the_run_went_on_and_has_no_copy_of_it():
    story, _cell = t.told_up_to_fan_out()
    card = card_handed_on(story.events)
    assert "Interrupted at step 2, then resumed below" in card["text/plain"]
    assert "%rlm resume" not in card["text/html"]
    assert TRAJECTORY_MIME not in card
