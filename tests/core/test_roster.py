"""The list of runs: which are of this kernel, and which are branches."""

from __future__ import annotations

from doubles import ScriptedClient, cell, finish, prepare

from rlm_kernel import shelf
from rlm_kernel.events import RunStarted
from rlm_kernel.log_file import LogFile
from rlm_kernel.roster import roster_text
from rlm_kernel.trajectory import Trajectory

QUESTION = {"question": "Which\none?", "model": "m", "sub_model": "m", "dialect": "rlm", "depth": 0}


def stored(folder, run, at, **more):
    trajectory = Trajectory(run, folder / f"{run}.jsonl")
    trajectory.record(RunStarted, span="r", parent=None, at=at, **QUESTION, **more)
    trajectory.close()


def test_the_newest_run_is_first_and_each_says_where_it_is(tmp_path):
    stored(tmp_path, "run-a", 1.0)
    stored(tmp_path, "run-b", 2.0)
    run = prepare(ScriptedClient([cell("x = 1"), finish("x")]), path=tmp_path / "run-3.jsonl").start()
    lines = roster_text([run], shelf.summaries(tmp_path)).splitlines()
    assert [line.split()[0] for line in lines] == [run.id, "run-b", "run-a"]
    assert ["this kernel" in line for line in lines] == [True, False, False]
    assert ["on disk" in line for line in lines] == [False, True, True]


def test_a_run_that_another_kernel_is_running_is_not_said_to_be_interrupted(tmp_path):
    stored(tmp_path, "run-a", 1.0)
    kept = LogFile(tmp_path / "run-a.jsonl")
    kept.open()
    assert roster_text([], shelf.summaries(tmp_path)).split()[1:5] == ["running", "0", "steps", "another"]
    kept.close()
    assert roster_text([], shelf.summaries(tmp_path)).split()[1:5] == ["interrupted", "0", "steps", "on"]


def test_a_branch_says_what_it_is_a_branch_of(tmp_path):
    stored(tmp_path, "run-2", 2.0, branch_of={"run": "20260301-141502-3f9a02c7", "step": 4})
    assert "(branch of 3f9a02c7 after step 4) Which" in roster_text([], shelf.summaries(tmp_path))


def test_a_key_in_a_question_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-verysecret-1234567890")
    asked = "Is sk-verysecret-1234567890 a key?"
    run = prepare(ScriptedClient([finish("1")]), asked, path=tmp_path / "run-3.jsonl").start()
    assert "Is [SOME_API_KEY] a key?" in roster_text([run], [])


def test_without_runs_it_is_empty(tmp_path):
    assert roster_text([], shelf.summaries(tmp_path)) == ""
