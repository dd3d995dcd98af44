"""The offline model where the answer must have a type: of that type, or none at all."""

from __future__ import annotations

from typing import Any, Literal

import pydantic
import pytest
from doubles import launch

from rlm_kernel.events import BatchStarted
from rlm_kernel.offline import OfflineClient

TEXT = "alpha one\nbeta two\nalpha three\nThe port number is 8042.\n"
COUNT = "How many lines contain 'alpha'?"
LIST = "List all lines containing 'alpha'."
RANKING = "What are the 2 most frequent words?"
FIRST = "What is the most frequent word?"
FACT = "What is the port number?"


class Total(pydantic.BaseModel):
    total: int


class Pair(pydantic.BaseModel):
    line: str
    number: int


class Node(pydantic.BaseModel):
    child: Node | None


def ask(question, schema, text=TEXT):
    return launch(OfflineClient(), question, contexts={"context": text}, schema=schema)


@pytest.mark.parametrize(
    ("question", "schema", "expected"),
    [
        (COUNT, int, 2),
        (COUNT, str, "2"),
        (COUNT, float, 2.0),
        (COUNT, int | None, 2),
        (COUNT, str | int, 2),
        (COUNT, Any, 2),
        (COUNT, Total, Total(total=2)),
        (LIST, list[str], ["alpha one", "alpha three"]),
        (LIST, list, ["alpha one", "alpha three"]),
        (LIST, set[str], {"alpha one", "alpha three"}),
        (LIST, str, "alpha one\nalpha three"),
        (RANKING, dict, {"alpha": 2, "8042": 1}),
        (RANKING, list[tuple[str, int]], [("alpha", 2), ("8042", 1)]),
        (RANKING, list[str], ["alpha", "8042"]),
        (FIRST, str, "alpha"),
        (FIRST, list[str], ["alpha"]),
        (FIRST, dict[str, int], {"alpha": 2}),
        (FACT, str, "8042"),
        (FACT, int, 8042),
        (FACT, list[str], ["8042"]),
    ],
)
def test_an_answer_takes_the_type_asked_for_where_that_is_evident(question, schema, expected):
    run = ask(question, schema)
    assert (run.status, run.answer) == ("finished", expected)


def test_sub_calls_and_their_check_leave_the_type_as_it_is():
    run = ask(COUNT, str, TEXT * 1000)
    assert run.trajectory.of(BatchStarted)
    assert run.answer == "2000"


def test_what_is_not_there_is_none_of_the_type():
    text = "nothing\nof the kind\n"
    assert ask("How many lines contain 'zeta'?", str, text).answer == "0"
    assert ask("List all lines containing 'zeta'.", list[str], text).answer == []


@pytest.mark.parametrize(
    ("question", "schema"), [(COUNT, dict), (COUNT, bool), (COUNT, Pair), (COUNT, Node), (LIST, list[int])]
)
def test_a_type_without_room_for_the_answer_stops_the_run_before_anything_is_read(question, schema):
    run = ask(question, schema)
    assert (run.status, run.reason, run.answer) == ("paused", "error", None)
    assert "which has no room for that" in run.message
    assert [step.cells for step in run.steps] == [[]]


@pytest.mark.parametrize("schema", [int, list[str], Literal["yes", "no"], dict])
def test_a_question_it_declines_has_no_answer_of_a_type_without_room_for_the_sentence(schema):
    run = ask("Why is the sky blue?", schema)
    assert run.status == "paused"
    assert "Declined, because" in run.message
    assert len(run.steps) == 1


def test_a_question_it_declines_is_declined_in_a_text():
    assert "Declined, because" in ask("Why is the sky blue?", str).answer


def test_an_answer_that_is_refused_stops_the_run():
    run = ask(COUNT, Literal[7, 8])
    assert run.status == "paused"
    assert "does not validate as" in run.message
    assert run.namespace["answer"]["content"] == 2
    assert len([step for step in run.steps if step.cells]) == 2


def test_a_hint_after_a_stop_asks_anew():
    run = ask(COUNT, Literal[7, 8])
    run.resume("How many lines contain 'alpha' or 'beta'?")
    assert run.status == "paused"
    assert run.namespace["answer"]["content"] == 3


def test_a_schema_that_the_question_quotes_is_not_the_schema():
    quoted = f"{COUNT}\n\nThe answer must validate as this type: list, in JSON Schema {{no json}}"
    assert launch(OfflineClient(), quoted, contexts={"context": TEXT}).status == "finished"
