"""What the offline model declines rather than answer wrongly, and how it says so."""

from __future__ import annotations

import pytest
from doubles import launch
from offline_driver import Document, Documents, ask, run

from rlm_kernel.limits import Limits
from rlm_kernel.offline import OfflineClient

LEASES = Documents(
    Document(
        f"{tenant}-{year}.txt",
        f"Lease of {tenant.title()}\n\nSigned {year}-02-01. The lease runs on.\n\n"
        f"It ends with the tenant.\n\nThe deposit amount is {year % 10 * 100} francs.\n",
    )
    for tenant in ("odin", "vela", "nysa")
    for year in (2031, 2032, 2033)
)
KINDS = "four kinds of questions: find a fact, count, list all matches, rank by frequency."


def declined(answer: object) -> bool:
    return isinstance(answer, str) and answer.startswith("Declined, because") and answer.endswith(KINDS)


def test_a_decline_reads_as_one_and_names_the_model_and_its_kinds():
    assert declined(run("Why do we pay?", context=LEASES).answer)
    assert declined(ask("Why?\n\nSo."))


def test_a_decline_names_the_words_that_were_not_understood():
    answer = run("How many tenants are late?", context=LEASES).answer
    assert "does not understand 'tenants' and 'late'" in answer
    assert "('summarise')" in run("Summarise the leases.", context=LEASES).answer


@pytest.mark.parametrize(
    "question",
    [
        "How many lines mention vela deposits?",
        "List all lines with a tenant at odin",
        "How many lines mention ending?",
    ],
)
def test_unquoted_words_that_occur_otherwise_or_not_at_all_are_no_count_of_none(question):
    assert declined(run(question, context=LEASES).answer)


def test_what_is_quoted_or_called_a_phrase_may_be_counted_as_none():
    assert run("How many lines mention 'vela deposits'?", context=LEASES).answer == 0
    assert run("How many lines contain the phrase vela deposits?", context=LEASES).answer == 0
    assert run("List all lines containing 'vela deposits'.", context=LEASES).answer == []


def test_a_fact_is_taken_from_the_line_that_states_it_in_the_text_that_is_meant():
    assert run("What deposit amount does the odin lease of 2032 have?", context=LEASES).answer == "200 francs"


@pytest.mark.parametrize(
    "question",
    [
        "What deposit amount does the odin lease have?",
        "What insurance period does the odin lease of 2032 have?",
        "What deposit did the landlord of vela ask in 2032?",
    ],
)
def test_a_place_that_lacks_what_the_question_names_answers_nothing(question):
    assert declined(run(question, context=LEASES).answer)


def test_a_best_line_that_lacks_words_found_elsewhere_is_not_given_as_the_answer():
    pages = Documents(
        [Document("a.txt", "Harbour of Brest 2031\n"), Document("b.txt", "The crane limit was raised.\n")]
    )
    assert declined(run("What crane limit does the harbour of Brest have?", context=pages).answer)


def test_a_date_is_no_number_after_a_capital_letter():
    assert run("When was the odin lease of 2033 signed?", context=LEASES).answer == "2033-02-01"


def test_the_sub_model_counts_a_letter_that_is_also_an_article():
    assert ask("How many times does a occur in: a a b") == "2"
    assert ask("How often does a occur?\n\nb a b") == "1"


def test_lines_of_a_folder_are_listed_with_their_files_and_numbers():
    expected = [f"{lease.path}:5: It ends with the tenant." for lease in LEASES]
    assert run("List all lines that contain 'ends'", context=LEASES).answer == expected
    assert run("List all different lines that contain 'ends'", context=LEASES).answer == [
        "It ends with the tenant."
    ]
    assert run("List all lines that contain 'ends'", context="It ends.\n").answer == ["It ends."]


def test_lines_of_a_large_folder_are_listed_so_by_way_of_sub_calls():
    files = Documents(Document(f"{n}.txt", "hay\n" * 500 + "a needle\n") for n in range(60))
    trajectory = run("List all lines that contain 'needle'", context=files)
    assert trajectory.calls >= 20
    assert trajectory.answer == [f"{n}.txt:501: a needle" for n in range(60)]
    assert not any("disagree" in reply for reply in trajectory.replies)


def test_things_are_called_what_they_are():
    question = "How many items contain 'red'?"
    assert "count items" in run(question, context=["a red one", "b"]).replies[0]
    assert "count files" in run("How many files contain 'Lease'?", context=LEASES).replies[0]
    first, second, *_ = run("What is the deposit amount of Odin?", context=LEASES).replies
    assert "find a fact" in first
    assert "1 times" not in second


def test_a_tally_of_words_says_that_they_are_put_in_lower_case():
    trajectory = run("Which word starting with 'b' occurs most often?", context="Bee bee ant\n" * 5000)
    assert "(in lower case)" in trajectory.namespace["instruction"]
    assert trajectory.answer == "bee"
    assert not any("disagree" in reply for reply in trajectory.replies)


def test_without_an_answer_on_the_last_turn_the_run_pauses_and_goes_on_when_resumed():
    paused = launch(
        OfflineClient(),
        "What is the deposit amount?",
        contexts={"context": "x\n" * 9 + "The deposit amount is 7.\n"},
        limits=Limits(max_steps=1),
    )
    assert (paused.status, paused.reason, paused.answer) == ("paused", "max_steps", None)
    paused.resume(max_steps=9)
    assert (paused.status, paused.answer) == ("finished", "7")


NOTES = """The port is 8080.
ERROR timeout at 10:00
ERROR disk full at 10:05
red apple (2), red pear
"""


@pytest.mark.parametrize(
    "question",
    [
        "How many lines contain a number?",
        "How many lines end with a number?",
        "How many lines contain any numbers?",
        "How many lines contain a name?",
        "Which lines end with a period?",
        "How many lines contain a dot?",
        "How many lines contain a space?",
        "How many lines contain brackets?",
        "How many lines contain a quote?",
    ],
)
def test_a_kind_of_sign_is_no_word_to_be_looked_for(question):
    assert declined(run(question, context=NOTES).answer)


def test_such_a_word_in_quotes_is_looked_for():
    assert run("How many lines contain 'number'?", context=NOTES).answer == 0
    assert run("How many lines contain a comma?", context=NOTES).answer == 1


def test_a_sign_that_is_not_there_has_no_other_spellings():
    assert run("How many lines contain a semicolon?", context=NOTES).answer == 0


@pytest.mark.parametrize("asked", ["When was", "What time was", "At what time was"])
def test_a_time_is_told_whole(asked):
    assert run(f"{asked} the disk full?", context=NOTES).answer == "10:05"


def test_a_time_is_no_name_with_a_value():
    assert run("What is the timeout?", context=NOTES).answer != "00"


@pytest.mark.parametrize("again", ["List them all.", "Please list them.", "And show me all of them"])
def test_a_list_may_be_asked_for_twice(again):
    assert run(f"Which lines contain red? {again}", context=NOTES).answer == ["red apple (2), red pear"]


def test_a_count_and_a_list_are_two_questions():
    assert declined(run("How many lines contain red? List them all.", context=NOTES).answer)
