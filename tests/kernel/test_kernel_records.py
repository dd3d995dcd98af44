"""``--replay`` and ``--cache`` in a real kernel."""

from __future__ import annotations

from live_kernel import SETUP

COUNTED = "model = script(cell('replies = llm_query_batched([context, context[::-1]])'), finish('replies'))"
REFUSING = "model = script('no'); model.complete = None"
"""Whoever asks it fails."""


def said(reply):
    return "".join(reply.errors) + reply.text


def test_a_replay_needs_no_model_and_takes_the_options_of_its_recording(quiet):
    quiet.run(f"{COUNTED}\ntext = 'drawer'")
    quiet.run("%%rlm -c text -o found --max-steps 7\nWhat?")
    quiet.run("path = str(_rlm.trajectory.path); before = found, _rlm.id")
    quiet.run(f"{REFUSING}\nfound = None")
    reply = quiet.run("%rlm ask --replay $path What?".replace("$path", quiet.value("path")))
    assert reply.status == "ok", said(reply)
    assert quiet.value("found") == quiet.value("before[0]") == ["reply to drawer", "reply to reward"]
    assert quiet.value(
        "[_rlm.id != before[1], _rlm.usage.tokens, _rlm.trajectory.events[0].limits['max_steps']]"
    ) == [
        True,
        0,
        7,
    ]


def test_a_replay_needs_no_question_below_its_line(quiet):
    quiet.run("model = script(finish('7'))")
    quiet.run("%%rlm\nWhat?")
    path = quiet.value("str(_rlm.trajectory.path)")
    reply = quiet.run(f"%%rlm --replay {path}\n")
    assert reply.status == "ok", reply.text
    assert quiet.value("[result, _rlm.question]") == [7, "What?"]


def test_a_replay_that_differs_pauses_and_says_where(quiet):
    quiet.run(f"{COUNTED}\ntext = 'drawer'")
    quiet.run("%%rlm -c text\nWhat?")
    path = quiet.value("str(_rlm.trajectory.path)")
    quiet.run("text = 'redraw'")
    reply = quiet.run(f"%%rlm --replay {path}\nWhat?")
    assert reply.status == "error"
    assert "the replay leaves its recording at step 1" in reply.errors[-1]
    assert "drawer" in reply.errors[-1]
    assert quiet.value("_rlm.status") == "paused"


def test_files_that_cannot_be_replayed_are_refused_before_anything_begins(quiet):
    for file, why in {
        "missing.jsonl": "cannot read missing.jsonl",
        "run.ipynb": "a notebook holds a shortened copy",
    }.items():
        reply = quiet.run(f"%%rlm --replay {file}\nWhat?")
        assert reply.status == "error"
        assert why in said(reply)
    assert quiet.value("len(rlm_kernel.runs)") == 0


def test_run_replays_from_python_too(quiet):
    quiet.run(f"{COUNTED}\nfirst = rlm_kernel.run('What?', context='abc')")
    quiet.run(
        f"{REFUSING}\nagain = rlm_kernel.run('What?', context='abc', replay=str(first.trajectory.path))"
    )
    assert quiet.value("[again.status, again.answer == first.answer]") == ["finished", True]


def test_a_cached_run_costs_nothing_the_second_time_also_in_another_kernel(quiet, new_kernel):
    quiet.run(COUNTED)
    quiet.run("text = 'drawer'")
    quiet.run("%%rlm -c text --cache replies.db\nWhat?")
    folder = quiet.value("os.getcwd()")
    other = new_kernel()
    other.run(SETUP)
    other.run(f"import os, rlm_kernel\nos.chdir({folder!r})")
    other.run(f"{COUNTED}\ntext = 'drawer'")
    other.run("%config RLM.model = 'scripted'\n%config RLM.cache = 'replies.db'")
    reply = other.run("%%rlm -c text\nWhat?")
    assert reply.status == "ok", said(reply)
    assert other.value("result") == quiet.value("result")
    assert other.value("[len(model.requests), _rlm.usage.cost]") == [0, 0.0]


def test_a_cache_that_is_none_is_refused(quiet):
    quiet.run("open('notes.txt', 'w').write('hello ' * 1000)")
    reply = quiet.run("%%rlm --cache notes.txt\nWhat?")
    assert "--cache notes.txt: it is a file of another kind" in said(reply)
    assert quiet.value("len(rlm_kernel.runs)") == 0
