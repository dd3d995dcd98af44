"""The copy of a trajectory that travels in a notebook."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest
import trajectories as t

from rlm_kernel import events as e
from rlm_kernel.report.share import SHARED_SIZE, shareable
from rlm_kernel.report.state import RunReport
from rlm_kernel.trajectory import encode


def read_back(document):
    return [e.from_json(event) for event in json.loads(json.dumps(document))["events"]]


def size_of(document):
    return len(json.dumps(document, ensure_ascii=False).encode())


def test_a_small_run_is_copied_whole():
    stored = [event for event in t.fanout().events if not event.transient]
    document = shareable(stored)
    assert (document["v"], document["run"]) == (1, stored[0].run)
    assert read_back(document) == stored


def test_transient_events_are_left_out():
    story = t.Story()
    story.delta(1, "x")
    assert [event.type for event in read_back(shareable(story.events))] == ["run_started"]


def test_a_long_text_keeps_head_and_tail_and_its_length():
    story = t.Story()
    story.record(e.MessageAdded, "r", None, role="user", content="head" + "x" * 2_000_000 + "tail")
    document = shareable(story.events)
    content = read_back(document)[-1].content
    assert size_of(document) < SHARED_SIZE
    assert content.startswith("head")
    assert content.endswith("tail")
    assert "2,000,008 characters" in content


def test_the_prompts_of_sub_calls_are_cut_short_and_keys_and_replies_stay():
    story, cell = t.told_up_to_fan_out()
    for index in range(1, 51):
        said = [{"role": "user", "content": "Is there a leak?" + "x" * 10_000}]
        story.record(
            e.CallStarted, f"{cell}/q{index}", cell, role="sub", model="m", key=f"k{index}", messages=said
        )
        story.answered(cell, index, "no" * 100)
    document = shareable(story.events)
    started = [event for event in read_back(document) if event.type == "call_started" and event.role == "sub"]
    assert size_of(document) < 60_000
    assert started[0].messages[0]["content"].startswith("Is there a leak?")
    assert "10,016 characters" in started[0].messages[0]["content"]
    assert [event.key for event in started] == [f"k{index}" for index in range(1, 51)]
    assert [event.text for event in read_back(document) if event.type == "call_finished"][-1] == "no" * 100


def test_ten_thousand_calls_fit_and_still_add_up():
    story, cell = t.told_up_to_fan_out()
    t.run_batch(story, cell, 10_000, 64, fails=lambda i: i % 1_000 == 0)
    story.ran(2)
    t.told_end(story)
    document = shareable(story.events)
    whole, copy = RunReport.of(story.events), RunReport.of(read_back(document))
    assert size_of(document) < SHARED_SIZE
    assert copy.usage.tokens == whole.usage.tokens
    assert round(copy.usage.cost, 6) == round(whole.usage.cost, 6)
    assert copy.calls.ended == whole.calls.ended == 10_000
    assert copy.answer == whole.answer


def test_a_run_too_large_however_it_is_cut_keeps_its_beginning_and_end():
    story = t.Story()
    for number in range(1, 3_001):
        story.turn(number, t.PEEK)
    story.finish("done", "str")
    document = shareable(story.events, size=100_000)
    events = read_back(document)
    assert size_of(document) < 100_000
    assert [event.type for event in events] == ["run_started", "run_finished", "warned"]
    assert "3 of its" not in events[-1].message
    assert "2 of its 9,002 events" in events[-1].message


def test_pictures_stay_in_the_cells_and_out_of_the_copy():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.cell(1, "plot()")
    data = {"image/png": "A" * 500_000, "text/plain": "<Figure>"}
    story.ran(1, {"output_type": "display_data", "data": data, "metadata": {}})
    (output,) = read_back(shareable(story.events))[-1].outputs
    assert output["data"] == {"text/plain": "<Figure>"}


def test_the_value_of_a_long_answer_is_left_out_rather_than_cut():
    story = t.Story()
    story.finish("…", "str", value="x" * 50_000)
    assert read_back(shareable(story.events))[-1].answer == {"type": "str", "text": "…"}


def test_lone_surrogates_can_be_written():
    story = t.Story("caf\udce9")
    json.dumps(shareable(story.events), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", t.GOLDEN)
def test_the_trajectories_that_the_front_end_reads_are_current(name):
    told = b"".join(encode(event) for event in t.GOLDEN[name]().events)
    assert (t.DATA / f"{name}.jsonl").read_bytes() == told, "run: python tests/trajectories.py"
