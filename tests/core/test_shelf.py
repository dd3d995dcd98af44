"""The runs on disk, as a list."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager

import pytest
from doubles import ScriptedClient, cell, finish, prepare

from rlm_kernel import finding, shelf
from rlm_kernel.events import CallFailed, CellFinished, RunFinished, RunStarted, StepStarted
from rlm_kernel.interfaces import UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.trajectory import Trajectory

NOISE = {
    "empty.jsonl": b"",
    "blank.jsonl": b"\n\n",
    "text.jsonl": b"no JSON\n",
    "binary.jsonl": b"\xff\xfe\x00\n\x80",
    "list.jsonl": b"[1, 2]\n",
    "deep.jsonl": b"[" * 100_000 + b"\n",
    "other.jsonl": b'{"type": ["run_started"], "v": "1"}\n',
    "newer.jsonl": b'{"v": 99, "type": "run_started"}\n',
    "lacking.jsonl": b'{"v": 1, "type": "run_started", "span": "r"}\n',
    "notes.txt": b"notes",
    ".gitignore": b"*\n",
}


def started(run, **more):
    """A trajectory that begins as every run's does."""
    trajectory = Trajectory(run, more.pop("path"))
    fields = {"question": "q", "model": "m", "sub_model": "m", "dialect": "rlm", "depth": 0}
    trajectory.record(RunStarted, span=more.pop("span", "r"), parent=None, **(fields | more))
    return trajectory


def write(folder, run, **more):
    started(run, path=folder / f"{run}.jsonl", **more).close()


def cut(path, size):
    """Leave of a file what a killed process would have written."""
    path.write_bytes(path.read_bytes()[:size])


def the_only(folder):
    (summary,) = shelf.summaries(folder)
    return summary


def test_a_finished_run_is_summed_up(tmp_path):
    client = ScriptedClient([cell("x = llm_query('a')"), finish("x")])
    began = time.time()
    run = prepare(client, "Which\none?", path=tmp_path / "run-1.jsonl").start()
    summary = the_only(tmp_path)
    assert (summary.id, summary.status, summary.steps) == ("run-1", "finished", 2)
    assert (summary.question, summary.path) == ("Which\none?", run.trajectory.path)
    assert began <= summary.started <= time.time()


def test_a_run_that_was_paused_stopped_or_resumed_is_as_it_was_left(tmp_path):
    client = ScriptedClient([cell("1"), cell("2"), cell("3"), finish("4")])
    run = prepare(client, limits=Limits(max_steps=1), path=tmp_path / "run.jsonl").start()
    seen = [(the_only(tmp_path).status, the_only(tmp_path).steps, len(run.steps))]
    run.resume(max_steps=3)
    seen.append((the_only(tmp_path).status, the_only(tmp_path).steps, len(run.steps)))
    assert seen == [("paused", 2, 2), ("finished", 4, 4)]


def test_a_stopped_run_is_stopped(tmp_path):
    run = prepare(
        ScriptedClient([cell("1")]), limits=Limits(max_steps=1), path=tmp_path / "run.jsonl"
    ).start()
    run.stop()
    assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("stopped", 2)


def test_a_run_cut_off_anywhere_is_interrupted_with_the_steps_it_began(tmp_path):
    path = tmp_path / "run.jsonl"
    prepare(ScriptedClient([cell("1"), finish("2")]), path=path).start()
    whole = path.read_bytes()
    begun = 0
    for end in [position for position, byte in enumerate(whole) if byte == ord("\n")][:-1]:
        begun += b'"type":"step_started"' in whole[:end].rpartition(b"\n")[2]
        for torn in (0, 40):  # the line is whole; the next one is torn
            path.write_bytes(whole[: end + 1 + torn])
            assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("interrupted", begun)
    assert begun == 2


def test_a_resumed_run_whose_kernel_died_is_interrupted(tmp_path):
    path = tmp_path / "run.jsonl"
    run = prepare(ScriptedClient([cell("1"), cell("2"), finish("3")]), limits=Limits(max_steps=1), path=path)
    run.start().resume(max_steps=3)
    after = path.read_bytes().index(b"\n", path.read_bytes().index(b'"run_resumed"'))
    cut(path, after + 1)
    assert the_only(tmp_path).status == "interrupted"


def test_calls_that_end_after_a_run_was_left_do_not_count(tmp_path):
    client = ScriptedClient([cell("1")])
    run = prepare(client, limits=Limits(max_steps=1), path=tmp_path / "run.jsonl").start()
    for number in range(100):
        run.trajectory.record(
            CallFailed,
            span=f"r/1.1/q{number}",
            parent="r/1.1",
            role="sub",
            model="m",
            error="Cancelled",
            message="x" * 500,
        )
    run.trajectory.close()
    assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("paused", 1)


def test_the_events_of_children_are_not_the_runs_own(tmp_path):
    client = ScriptedClient([cell("y = rlm_query('child?')"), finish("1")])
    path = tmp_path / "run.jsonl"
    prepare(client, path=path).start()
    lines = path.read_bytes().splitlines(keepends=True)
    child_ended = next(i for i, line in enumerate(lines) if b'"run_finished"' in line)
    path.write_bytes(b"".join(lines[: child_ended + 1]))
    assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("interrupted", 1)


def test_the_newest_run_is_the_last_whatever_the_files_are_called(tmp_path):
    for run in ("b", "c", "a"):
        write(tmp_path, run)
    assert [summary.id for summary in shelf.summaries(tmp_path)] == ["b", "c", "a"]


def test_what_is_no_run_is_passed_over(tmp_path):
    for name, data in NOISE.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "dangling.jsonl").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.jsonl")
    write(tmp_path, "session-1", span="s/r1")
    write(tmp_path, "run-1")
    assert [summary.id for summary in shelf.summaries(tmp_path)] == ["run-1"]
    assert shelf.find(tmp_path, "on-1") is None


def test_a_folder_that_is_not_there_holds_no_runs(tmp_path):
    assert shelf.summaries(tmp_path / "none") == []
    assert shelf.find(tmp_path / "none", "run-1") is None


def test_a_long_last_event_hides_nothing(tmp_path):
    trajectory = started("run-1", path=tmp_path / "run-1.jsonl")
    trajectory.record(StepStarted, span="r/1", parent="r", step=1)
    big = {"json": "é" * 1_000_000}
    trajectory.record(RunFinished, span="r", parent=None, status="finished", reason="answer", answer=big)
    trajectory.close()
    assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("finished", 1)


def test_a_long_trajectory_is_not_read_whole(tmp_path):
    trajectory = started("run-1", path=tmp_path / "run-1.jsonl")
    outputs = [{"text": "x" * 100_000}]
    for step in range(1, 141):
        trajectory.record(StepStarted, span=f"r/{step}", parent="r", step=step)
        trajectory.record(
            CellFinished,
            span=f"r/{step}.1",
            parent=f"r/{step}",
            author="model",
            step=step,
            cell=1,
            outputs=outputs,
        )
    trajectory.record(RunFinished, span="r", parent=None, status="finished", reason="answer")
    trajectory.close()
    assert trajectory.path.stat().st_size > 14_000_000
    shelf.summaries(tmp_path)
    began = time.perf_counter()
    assert the_only(tmp_path).steps == 140
    assert time.perf_counter() - began < 0.05  # parsing it takes longer


@contextmanager
def opened(folder):
    """The files of a folder that are opened meanwhile, each as often as it is."""
    files, is_over = [], []

    def hear(event, arguments):
        if event == "open" and not is_over and str(arguments[0]).startswith(str(folder)):
            files.append(arguments[0])

    sys.addaudithook(hear)  # there is no way to take it back
    yield files
    is_over.append(True)


def test_of_a_thousand_runs_each_file_is_opened_once_where_they_are_listed(tmp_path):
    prepare(ScriptedClient([cell("x = 1"), finish("x")]), path=tmp_path / "run-1.jsonl").start()
    text = (tmp_path / "run-1.jsonl").read_text()
    for number in range(2, 1001):
        (tmp_path / f"run-{number}.jsonl").write_text(text.replace('"run":"run-1"', f'"run":"run-{number}"'))
    with opened(tmp_path) as listed:
        assert len(shelf.summaries(tmp_path)) == 1000
    with opened(tmp_path) as found:
        assert shelf.find(tmp_path, "run-1000") == tmp_path / "run-1000.jsonl"
    assert len(listed) == 1000
    assert len(found) <= 1000


# -- one of them ----------------------------------------------------------------------


@pytest.fixture
def three(tmp_path):
    for run in ("20261122-184501-3f9a02c7", "20261122-184502-aaaa02c7", "20261122-184503-bbbb1111"):
        write(tmp_path, run)
    return tmp_path


@pytest.mark.parametrize("word", ["20261122-184501-3f9a02c7", "3f9a02c7", "9a02c7"])
def test_a_run_is_found_by_its_id_or_the_end_of_it(three, word):
    assert shelf.find(three, word) == three / "20261122-184501-3f9a02c7.jsonl"


@pytest.mark.parametrize("word", ["", "2c7", "20261122", "3f9a", "*", "../x", "nowhere"])
def test_less_or_other_than_the_end_of_an_id_finds_nothing(three, word):
    assert shelf.find(three, word) is None


def test_the_end_of_two_ids_is_refused(three):
    with pytest.raises(UsageError, match=r"several runs match '02c7': %rlm runs lists them"):
        shelf.find(three, "02c7")


def test_a_run_is_found_under_another_file_name_and_its_copy_beside_it(three):
    path = three / "20261122-184501-3f9a02c7.jsonl"
    (three / "copy.jsonl").write_bytes(path.read_bytes())
    assert shelf.find(three, "3f9a02c7") == path
    path.unlink()
    assert shelf.find(three, "3f9a02c7") == three / "copy.jsonl"


def test_a_run_of_a_later_release_is_found_by_its_name_so_that_it_can_be_refused(three):
    later = three / "20271122-184501-cccc2222.jsonl"
    later.write_text(json.dumps({"v": 99, "type": "run_started", "span": "r"}) + "\n")
    assert shelf.find(three, "2222") == later
    with pytest.raises(UsageError, match="schema version 99, newer than 1: read it with a newer rlm-kernel"):
        finding.run_called("2222", three)


def test_events_of_a_later_release_do_not_hide_how_a_run_ended(tmp_path):
    write(tmp_path, "run-1")
    with (tmp_path / "run-1.jsonl").open("a") as file:
        file.write(json.dumps({"v": 1, "type": "of_tomorrow", "span": "r/7"}) + "\n")
    assert (the_only(tmp_path).status, the_only(tmp_path).steps) == ("interrupted", 0)
