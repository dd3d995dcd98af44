"""The offline model against 200 phrasings of 40 questions, and 20 questions that it must decline."""

from __future__ import annotations

import json
from pathlib import Path

import offline_driver as driver
import pytest
from data.offline import corpora, truth

from rlm_kernel.offline.grammar import understand
from rlm_kernel.offline.instruct import for_chunks, instruction

HERE = Path(__file__).parent
DATA = HERE.parent / "data" / "offline"


QUESTIONS = json.loads((DATA / "questions.json").read_text(encoding="utf-8"))
DECLINED = json.loads((DATA / "declined.json").read_text(encoding="utf-8"))
PHRASINGS = [
    pytest.param(question, phrasing, id=f"{question['id']}-{place}")
    for question in QUESTIONS
    for place, phrasing in enumerate(question["phrasings"], 1)
]


@pytest.fixture(scope="module")
def texts():
    return {"log": corpora.log(), "letters": corpora.letters(), "python": corpora.python()}


def as_context(text):
    if isinstance(text, dict):
        return driver.Documents(driver.Document(path, content) for path, content in text.items())
    return text


def agrees(kind: str, answer, expected) -> bool:
    if kind == "needle":
        given = [answer] if isinstance(answer, str) else answer
        return bool(given) and all(expected in piece for piece in given)
    if isinstance(expected, set):
        return isinstance(answer, list) and len(answer) == len(expected) and set(answer) == expected
    return type(answer) is type(expected) and answer == expected


def test_there_are_ten_questions_of_each_kind_in_five_phrasings():
    kinds = [question["kind"] for question in QUESTIONS]
    assert {kind: kinds.count(kind) for kind in kinds} == dict.fromkeys(
        ["needle", "count", "list", "most-frequent"], 10
    )
    assert len({phrasing for question in QUESTIONS for phrasing in question["phrasings"]}) == 200


@pytest.mark.parametrize(("question", "phrasing"), PHRASINGS)
def test_every_phrasing_is_answered_as_an_independent_reader_does(question, phrasing, texts):
    text = texts[question["corpus"]]
    expected = getattr(truth, question["truth"])(text)
    answer = driver.run(phrasing, context=as_context(text)).answer
    assert agrees(question["kind"], answer, expected), f"expected {expected!r}, got {answer!r}"


@pytest.mark.parametrize("corpus", ["log", "letters", "python"])
def test_what_it_cannot_do_is_declined_in_a_sentence_that_names_it_and_its_kinds(corpus, texts):
    answers = [driver.run(question, context=as_context(texts[corpus])).answer for question in DECLINED]
    kept = [a for a in answers if isinstance(a, str) and "offline model" in a and "four kinds" in a]
    assert len(kept) >= len(DECLINED) - 1


MEASURES = [
    phrasing for question in QUESTIONS if question["kind"] != "needle" for phrasing in question["phrasings"]
]


@pytest.mark.parametrize("phrasing", MEASURES)
def test_every_instruction_for_a_sub_model_is_read_back_as_the_task_it_was_written_for(phrasing):
    part = for_chunks(understand(phrasing))
    assert understand(instruction(part)) == part


def test_no_word_that_only_the_tests_know_stands_in_the_program():
    program = "".join(
        path.read_text(encoding="utf-8")
        for path in (HERE.parents[1] / "rlm_kernel" / "offline").rglob("*.*")
        if path.suffix != ".pyc"
    )
    secrets = [
        "passphrase",
        "cobalt",
        "gateway",
        "boathouse",
        "flowerpot",
        "Farrow",
        "Tobias",
        "Whitby",
        "JSONDecodeError",
        "river",
        "pinning",
    ]
    assert [word for word in secrets if word.lower() in program.lower()] == []
