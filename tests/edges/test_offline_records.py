"""The offline model on records and their fields: a key and its value, however a question puts them."""

from __future__ import annotations

import pytest
from offline_driver import Document, Documents, ask, run

from rlm_kernel.offline.grammar import understand
from rlm_kernel.offline.instruct import for_chunks, instruction

TICKETS = [
    {"id": number, "Colour": "red" if number % 3 else "dark red", "note": "red flag" if number == 5 else "-"}
    for number in range(30)
]
RED = sum(ticket["Colour"] == "red" for ticket in TICKETS)
ACCESS = "colour=red size=4\ncolour=blue size=4\n{'colour': 'red'}\ncolour: red, size: 9\ncolour: red wine\n"


@pytest.mark.parametrize(
    "question",
    [
        "How many rows have colour red?",
        "How many records have a colour of red?",
        "How many rows have colour 'red'?",
        "How many rows with the colour 'red' are there?",
        "Count the rows whose colour is red",
        "Count the rows where Colour is 'red'.",
        "How many rows have colour = red?",
        "How many rows have Colour 'red'?",
        "How many rows have red colour?",
    ],
)
def test_a_key_and_its_value_are_found_in_records_and_nothing_like_them(question):
    assert run(question, context=TICKETS).answer == RED


def test_the_last_turn_counts_what_the_words_were_seen_to_mean():
    last = {1: "\nThis is the last turn: give the answer now."}
    assert run("How many rows have colour red?", context=TICKETS, notes=last).answer == RED
    assert "four kinds" in run("How many rows have colour green?", context=TICKETS, notes=last).answer


def test_records_without_the_value_are_the_others():
    others = len(TICKETS) - RED
    assert run("How many rows do not have colour red?", context=TICKETS).answer == others
    assert run("Count the rows whose colour is not 'red'", context=TICKETS).answer == others


def test_records_with_the_value_are_listed():
    expected = [f"context[{place}]" for place, ticket in enumerate(TICKETS) if ticket["Colour"] == "red"]
    assert run("List all rows with colour red", context=TICKETS).answer == expected


def test_the_thought_says_how_the_words_were_read():
    assert (
        "in the context as 'colour: red'" in run("How many rows have colour red?", context=TICKETS).replies[1]
    )


def test_the_rows_of_a_dataframe_are_records():
    pandas = pytest.importorskip("pandas")
    trajectory = run("How many rows have colour red?", context=pandas.DataFrame(TICKETS))
    assert trajectory.answer == RED
    assert "count rows" in trajectory.replies[0]


def test_many_records_are_counted_by_sub_calls_that_agree():
    trajectory = run("How many rows have colour red?", context=TICKETS * 200)
    assert trajectory.calls >= 20
    assert trajectory.answer == RED * 200
    assert not any("disagree" in reply for reply in trajectory.replies)


def test_a_line_of_text_may_hold_a_key_and_its_value():
    assert run("How many lines have colour red?", context=ACCESS).answer == 3
    assert run("How many lines have size 4?", context=ACCESS).answer == 2


def test_files_may_hold_a_key_and_its_value_on_a_line():
    files = Documents([Document("a.md", "state: done\n\ntext\n"), Document("b.md", "state: undone\n")])
    assert run("Which files have state done?", context=files).answer == ["a.md"]


def test_words_that_the_context_holds_as_a_phrase_and_as_a_pair_are_declined():
    both = [{"state": "lost"}, {"note": "the state lost its case"}]
    assert "may mean either" in run("How many rows have state lost?", context=both).answer


@pytest.mark.parametrize(
    "question",
    [
        "How many rows have colour green?",
        "How many rows do not have colour green?",
        "List all rows with colour green",
        "How many rows have colour 'green'?",
        "How many rows have an id over 7?",
    ],
)
def test_a_value_that_is_nowhere_is_declined_rather_than_counted_as_none(question):
    assert "Declined, because nothing in the context reads" in run(question, context=TICKETS).answer


def test_a_sub_model_is_asked_in_words_that_it_reads_back():
    for question in ("rows whose 'a b' equals 'c'", "rows whose 'a' does not equal 'b'"):
        part = for_chunks(understand(f"Count the {question}"))
        assert understand(instruction(part)) == part


def test_the_sub_model_reads_a_key_and_its_value_too():
    asked = "How many rows have colour red?"
    assert ask(f"{asked}\n\nid: 1\ncolour: red\n") == "1"
    assert "four kinds" in ask(f"{asked}\n\nid,colour\n1,red\n")
