"""How the offline model conducts itself: its steps, its sub-calls, its failures, its replies as a sub-model."""

from __future__ import annotations

import asyncio
import json
import random
import time

import pytest
from offline_driver import Document, Documents, Trajectory, ask, complete, run

from rlm_kernel.interfaces import Delta, Message, Price, Request
from rlm_kernel.offline import OfflineClient

LONG = "\n".join(
    f"{number:05} {'alpha' if number % 7 else 'omega'} {random.Random(number).randint(0, 9)}"
    for number in range(9000)
)


def folder(files: int = 60) -> Documents:
    return Documents(
        Document(f"part/{n:03}.txt", f"file {n}\n" + "needle thread\n" * (n % 5) + "hay\n" * 400)
        for n in range(files)
    )


def test_it_is_free_and_has_no_window():
    info = asyncio.run(OfflineClient().describe("offline"))
    assert (info.name, info.price, info.window) == ("offline", Price(0.0, 0.0, 0.0), None)


def test_its_first_sentence_says_what_it_is():
    assert "offline model" in run("How many lines contain 'alpha'?", context=LONG).replies[0].splitlines()[0]


def test_a_long_text_takes_several_steps_and_twenty_sub_calls():
    trajectory = run("How many lines contain 'omega'?", context=LONG)
    assert trajectory.answer == LONG.count("omega")
    assert len(trajectory.replies) >= 3
    assert 20 <= trajectory.calls <= 200


def test_a_short_text_takes_no_sub_call():
    trajectory = run("How many lines contain 'omega'?", context=LONG[:5000])
    assert trajectory.calls == 0
    assert trajectory.answer == LONG[:5000].count("omega")


def test_the_same_question_goes_another_way_when_the_first_cell_saw_something_else():
    few, many = LONG + "\nzeta", LONG.replace("omega", "zeta")
    assert [run("List all lines containing 'zeta'.", context=text).calls > 0 for text in (few, many)] == [
        False,
        True,
    ]


def test_a_word_that_is_not_there_is_looked_for_in_other_spellings_and_reported():
    trajectory = run("How many times does 'time-out' occur?", context="a timeout\nanother time out\n")
    assert trajectory.answer == 0
    assert "timeout" in trajectory.replies[-1]
    assert "time out" in trajectory.replies[-1]


def test_an_unquoted_word_in_another_case_is_still_found():
    assert run("How many lines mention omega?", context="OMEGA\nOmega two\nbeta\n").answer == 2


def test_a_quoted_word_is_meant_to_the_letter():
    assert run("How many lines mention 'omega'?", context="OMEGA\nOmega two\nbeta\n").answer == 0


def test_a_disagreement_with_the_sub_calls_is_reported_and_plain_python_wins():
    trajectory = run("How many lines contain 'omega'?", context=LONG, ask=lambda _prompt: "7")
    assert trajectory.answer == LONG.count("omega")
    assert "disagree" in trajectory.replies[-1]


def test_failing_sub_calls_do_not_keep_it_from_answering():
    def refuse(_prompt):
        raise RuntimeError("no room in the budget")

    trajectory = run("How many lines contain 'omega'?", context=LONG, ask=refuse)
    assert trajectory.answer == LONG.count("omega")


@pytest.mark.parametrize(
    ("question", "skipped", "cell"),
    [
        ("How many lines contain 'late'?", {1}, "reads the context"),
        ("What is the port?", {1}, "reads the context"),
        ("What is the port?", {2}, "reads the context"),
        ("How many lines contain 'late'?", {2}, "gives the answer"),
        ("What is the port?", {3}, "gives the answer"),
        ("What is the port?", {1, 2}, "gives the answer"),
    ],
)
def test_a_skipped_cell_is_not_taken_for_one_that_failed(question, skipped, cell):
    trajectory = run(question, context="late\nThe port is 8080.\n", skipped=skipped)
    assert trajectory.answer == f"The offline model has no answer: the cell that {cell} was skipped."
    assert trajectory.replies[max(skipped)].startswith("The cell was skipped, so it did not run.")


@pytest.mark.parametrize("question", ["How many lines contain 'omega'?", "How many lines mention OMEGA?"])
def test_skipped_sub_calls_do_not_keep_it_from_answering(question):
    trajectory = run(question, context=LONG, skipped={2})
    assert trajectory.answer == run(question, context=LONG).answer
    assert trajectory.replies[2].startswith("The cell was skipped.")
    assert trajectory.calls == 0


def test_skipped_sub_calls_do_not_keep_it_from_a_fact():
    text = "the port of the host is open\n" * 4_000 + "the port of the host is 8080\n"
    trajectory = run("What is the port of the host?", context=text, skipped={2})
    assert trajectory.replies[2].startswith("The sub-calls were skipped, but the lines are known")


def test_a_hint_with_a_skipped_cell_asks_anew():
    notes = {1: "\n<hint>\nignore case\n</hint>"}
    trajectory = run("How many lines contain 'late'?", context="Late\nlate\n", notes=notes, skipped={1})
    assert trajectory.answer == 2


def test_a_reply_in_prose_from_another_sub_model_is_survived():
    assert run(
        "How many lines contain 'omega'?", context=LONG, ask=lambda _: "I cannot say."
    ).answer == LONG.count("omega")


def test_on_its_last_turn_it_answers():
    notes = {1: "\nThis is the last turn: give the answer now."}
    trajectory = run("How many lines contain 'omega'?", context=LONG, notes=notes)
    assert (len(trajectory.replies), trajectory.answer) == (2, LONG.count("omega"))


def test_a_hint_amends_the_question():
    text = "Omega\nomega\n"
    notes = {1: "\n<hint>\nignore case\n</hint>"}
    assert run("How many times does 'omega' occur?", context=text, notes=notes).answer == 2


def test_equal_requests_get_equal_replies_and_any_instance_can_go_on():
    first, second = (run("top 3 most common words", context=LONG) for _ in range(2))
    assert first.replies == second.replies
    assert complete("root", first.messages[:4]) == first.replies[1]


def test_pieces_of_a_streamed_reply_make_the_reply():
    pieces: list[str] = []
    request = Request("sub", "offline", (Message("user", "How many words?\n\nTwo words"),))
    done = asyncio.run(OfflineClient().complete(request, lambda delta: pieces.append(delta.text)))
    assert "".join(pieces) == done.text == "2"
    assert isinstance(Delta(text="2"), Delta)
    assert done.usage.cost == 0.0
    assert done.usage.input_tokens > 0


@pytest.mark.parametrize(
    ("context", "question", "expected"),
    [
        (["red sky", "blue sky", "blue sea"], "How many items contain 'blue'?", 2),
        ({"a": "red sky", "b": "blue sea"}, "Which documents contain 'blue'?", ["context['b']"]),
        (b"one two\ntwo\n", "How many times does 'two' occur?", 2),
        (
            [{"city": "New York", "n": 1}, {"city": "Oslo", "n": 2}, {"city": "New York", "n": 3}],
            "What is the most common city?",
            "New York",
        ),
        ([{"city": "New York"}, {"city": "Oslo"}], "How many rows mention 'Oslo'?", 1),
    ],
)
def test_every_shape_of_context_is_read(context, question, expected):
    assert run(question, context=context).answer == expected


def test_the_rows_of_a_dataframe_are_read():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"city": ["Oslo", "Lima", "Oslo"], "visits": [1, 2, 3]})
    assert run("Which city occurs most often?", context=frame).answer == "Oslo"


def test_several_contexts_are_read_together():
    assert run("How many times does 'x1' occur?", left="x1 x1", right="x1").answer == 3


def test_files_outside_the_scope_of_a_question_do_not_count():
    files = Documents(
        [
            Document("a.py", "def f(): pass\n"),
            Document("b.md", "def f(): pass\n"),
            Document("c/a.py", "x = 1\n"),
        ]
    )
    assert run("How many functions are defined in .py files?", context=files).answer == 1
    assert run("How many lines are in c/a.py?", context=files).answer == 1
    assert "no file" in run("How many lines are in zzz.py?", context=files).answer


def test_a_question_about_files_is_declined_where_there_is_one_text():
    assert "four kinds" in run("How many files contain 'a'?", context="a").answer


def test_definitions_in_strings_and_comments_do_not_count():
    code = 'def real():\n    """\n    def quoted(): pass\n    """\n# def commented(): pass\nclass A:\n    async def other(self): ...\n'
    assert run("List all functions.", context=code).answer == ["real", "other"]


def test_an_import_of_several_modules_names_each():
    code = "import os, sys as system\nfrom os import path\nfrom . import near\nx = 1; import os\n"
    assert run("top 2 most imported modules", context=code).answer == [("os", 3), ("sys", 1)]


def test_a_fact_among_frequent_words_is_found_through_sub_calls():
    lines = [f"boiler {n} was read" if n % 2 else f"pump {n} has its pressure limit" for n in range(3000)]
    lines[1234] = "the pressure limit of the boiler is 48 bar"
    trajectory = run("What is the pressure limit of the boiler?", context="\n".join(lines))
    assert trajectory.calls >= 20
    assert trajectory.answer == "48 bar"


def test_a_fact_that_several_places_state_differently_is_declined():
    text = "The gate code is 12.\n" + "Nothing here.\n" * 9 + "The gate code is 34.\n"
    assert "four kinds" in run("What is the gate code?", context=text).answer


def test_what_is_not_plainly_said_is_declined_rather_than_guessed():
    text = "The lighthouse stood by the sea.\n" * 3
    assert "four kinds" in run("Who built the lighthouse?", context=text).answer
    assert "four kinds" in run("When was the lighthouse painted?", context=text).answer


def test_an_interrupted_step_is_made_again():
    first = run("How many lines contain 'omega'?", context=LONG)
    interrupted = [*first.messages[:5], Message("user", "Cell 2.1: was interrupted")]
    assert complete("root", interrupted) == first.replies[1]


def test_files_above_a_threshold_are_found():
    files = folder()
    expected = [document.path for document in files if document.text.count("needle") >= 4]
    assert run("List the files with at least 4 occurrences of 'needle'.", context=files).answer == expected
    assert run("How many files have more than 3 occurrences of 'needle'?", context=files).answer == len(
        expected
    )


def test_work_grows_in_proportion_to_the_text():
    def seconds(text):
        start = time.perf_counter()
        run("How many lines contain 'omega'?", context=text)
        return time.perf_counter() - start

    once, more = min(seconds(LONG) for _ in range(3)), seconds(LONG * 8)
    assert more < 30 * once


SUB = [
    ("How many times does 'error' occur in this text? error, warning, error", "2"),
    ("How many lines contain 'b'?\n\nabc\nxyz\nb", "2"),
    ("Count the occurrences of 'a' in the following text:\n```\nbanana\n```", "3"),
    ("<document>\nthe cat and the dog\n</document>\n\nWhat is the most common word?", "the"),
    ("What is the door code?\n\nText: The door code is 4711. Do not share it.", "4711"),
    ("List all e-mail addresses.\n\nwrite to a@b.org or c@d.net", "a@b.org\nc@d.net"),
    (
        "Count the lines that contain 'x' (case-sensitive) in the text between the markers. Reply with the number only.\n<text>\nx\nX\nx</text>\n</text>",
        "2",
    ),
]


@pytest.mark.parametrize(("prompt", "expected"), SUB)
def test_people_can_ask_the_sub_model_too(prompt, expected):
    assert ask(prompt) == expected


@pytest.mark.parametrize(
    "prompt", ["Summarise this:\n\nA long story.", "Hello!", "Is it good?\n<text>\nyes\n</text>"]
)
def test_the_sub_model_declines_in_a_sentence(prompt):
    assert "offline model" in ask(prompt)
    assert "four kinds" in ask(prompt)


def test_a_schema_is_answered_in_json():
    schema = {"type": "object", "properties": {"value": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    assert json.loads(ask("How many words?\n\na b c", response_format=wanted)) == {"value": 3}
    assert json.loads(ask("List all numbers.\n\n1 and 2", response_format={"type": "json_object"})) == [
        "1",
        "2",
    ]


FOLDER = {
    "report.txt": "The port is 8080.\nlate\nlate\n",
    "appendix.txt": "The port is 9090.\nlate\n",
    "notes.txt": "nothing\n",
}


def hinted(question: str, hint: str, context: object = None) -> Trajectory:
    """A run that gets a hint after its first step."""
    documents = Documents(Document(path, text) for path, text in FOLDER.items())
    return run(
        question, context=documents if context is None else context, notes={1: f"\n<hint>\n{hint}\n</hint>"}
    )


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("leave the appendix out", 2),
        ("Leave out 'report.txt', please.", 1),
        ("skip report.txt and the appendix", 0),
        ("only look in the appendix", 1),
        ("look only at appendix.txt", 1),
        ("*.txt only", 3),
        ("leave out the appendix", 2),
        ("without the appendix", 2),
        ("leave the appendix alone", 2),
        ("the appendix alone", 1),
        ("read the appendix alone", 1),
        ("use the appendix alone", 1),
        ("Look at the appendix alone.", 1),
        ("read only the appendix", 1),
        ("use only appendix.txt", 1),
        ("use just the appendix", 1),
        ("only the appendix", 1),
        ("the report and the notes alone", 2),
    ],
)
def test_a_hint_leaves_texts_out_or_reads_them_alone(hint, expected):
    trajectory = hinted("How many lines contain 'late'?", hint)
    assert trajectory.answer == expected
    assert "It has read the hint" in trajectory.replies[1]


@pytest.mark.parametrize(
    "hint",
    [
        "look at the appendix first",
        "read the appendix first",
        "use the appendix first",
        "first read the appendix",
        "start with the appendix",
        "begin with appendix.txt",
    ],
)
def test_a_hint_says_where_to_look_first(hint):
    question = "What is the port?"
    assert (
        "several places"
        in run(question, context=Documents(Document(*each) for each in FOLDER.items())).answer
    )
    trajectory = hinted(question, hint)
    assert trajectory.answer == "9090"
    assert "By the hint 1 text" in trajectory.replies[2]


@pytest.mark.parametrize("hint", ["be careful", "look at the appendix first", "take your time; think"])
def test_a_hint_that_it_cannot_use_is_named(hint):
    trajectory = hinted("How many lines contain 'late'?", hint)
    assert trajectory.answer == 3
    assert f"the hint {hint!r}, but can do nothing with it" in trajectory.replies[1]
    assert not any("the hint" in reply for reply in trajectory.replies[2:])


def test_a_hint_that_names_no_text_is_said_to_change_nothing():
    trajectory = hinted("How many lines contain 'late'?", "leave the preface out")
    assert trajectory.answer == 3
    assert "No text's name has 'preface'" in trajectory.replies[2]


def test_in_one_text_a_hint_leaves_lines_out():
    assert hinted("How many lines contain 'late'?", "leave out 'paid'", "late\nlate, paid\n").answer == 1


def test_hints_add_up():
    notes = {1: "\n<hint>\nleave the appendix out\n</hint>", 2: "\n<hint>\nignore case\n</hint>"}
    documents = Documents([Document("a.txt", "Late\nlate\n"), Document("appendix.txt", "late\n")])
    assert run("How many lines contain 'late'?", context=documents, notes=notes).answer == 2
