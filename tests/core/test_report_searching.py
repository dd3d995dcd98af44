"""Finding a text in what a run has on record."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel.report.searching import search
from rlm_kernel.trajectory import read


def events(name):
    return read(t.DATA / f"{name}.jsonl").events


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("REPORT 11 MENTION", ["r/2.1/q11"]),  # as in labextension/tests/view-filter.spec.ts
        ("llm_query_batched(", ["r/2/q1", "r/2.1"]),
        ("try again in 20 s", ["r/2.1/q4", "r/2.1/q9"]),
        ("no such thing", []),
    ],
)
def test_a_search_looks_into_prompts_replies_code_and_errors_in_any_case(text, spans):
    found = search(events("failed_calls"), text, -1, 60)
    assert (found.spans, found.more) == (spans, False)


def test_a_search_without_time_goes_on_where_it_was():
    told = events("fanout")
    parts, after, more = [], -1, True
    while more:
        now = iter([0.0, 0.0, 1.0])  # time for one event
        clock = pytest.MonkeyPatch()
        clock.setattr("rlm_kernel.report.searching.monotonic", lambda now=now: next(now, 1.0))
        spans, after, more = search(told, "report", after, 0.5)
        clock.undo()
        parts += spans
    assert after == told[-1].seq
    assert set(parts) == set(search(told, "report", -1, 60).spans)
