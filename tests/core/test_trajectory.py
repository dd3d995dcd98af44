"""The trajectory: an append-only log, in memory and on disk, and what reads it back."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from doubles import ScriptedClient, cell, finish, launch

from rlm_kernel.events import (
    EVENT_TYPES,
    SCHEMA_VERSION,
    CellFinished,
    CellStarted,
    MessageAdded,
    ReplyDelta,
    RunFinished,
    RunStarted,
    StepStarted,
    Warned,
)
from rlm_kernel.interfaces import UsageError
from rlm_kernel.log_file import GITIGNORE
from rlm_kernel.read_back import run_from
from rlm_kernel.shelf import summaries
from rlm_kernel.trajectory import Trajectory, from_events, new_run_id, read, tree

ROOT = Path(__file__).parents[2]


def step(trajectory, number=1):
    return trajectory.record(StepStarted, span=f"r/{number}", parent="r", step=number)


def test_a_trajectory_is_shown_in_a_line(tmp_path):
    trajectory = Trajectory("run-1", tmp_path / "rlm_runs" / "run-1.jsonl")
    step(trajectory)
    assert repr(trajectory) == "<Trajectory of 1 event: rlm_runs/run-1.jsonl>"
    assert repr(Trajectory("run-2")) == "<Trajectory of 0 events>"


def eventful(path=None):
    """A run with sub-calls, a batch, a child, an error and an answer."""
    replies = [
        cell("xs = llm_query_batched(['a', 'b'])", "print(xs)"),
        cell("y = rlm_query('child?')", "1 / 0"),
        finish("{'xs': xs, 'y': y}"),
    ]

    def root(request):
        if "child?" in request.messages[1].content:
            return cell("FINAL([1, 2])")
        return replies[sum(message.role == "assistant" for message in request.messages)]

    return launch(ScriptedClient([root]), path=path)


# -- recording ------------------------------------------------------------------------


def test_events_are_numbered_in_order_whoever_records_them():
    trajectory = Trajectory("x")
    threads = [threading.Thread(target=lambda: [step(trajectory) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.seq for event in trajectory] == list(range(800))


def test_every_event_says_what_it_is_about():
    for event in eventful().trajectory:
        data = event.to_json()
        assert {"v", "seq", "time", "run", "span", "parent", "type"} <= set(data)
        assert data["v"] == SCHEMA_VERSION
        assert data["run"] == "run-1"


def test_child_spans_are_counted_for_each_parent_and_kind():
    trajectory = Trajectory("x")
    asked = [("r/1.1", "q"), ("r/1.1", "q"), ("r/1.1", "r"), ("r/2.1", "q")]
    assert [trajectory.child_span(*a) for a in asked] == ["r/1.1/q1", "r/1.1/q2", "r/1.1/r1", "r/2.1/q1"]


def test_transient_events_are_shown_and_not_kept():
    trajectory, seen = Trajectory("x"), []
    trajectory.subscribe(seen.append)
    trajectory.record(ReplyDelta, span="r/1/q1", parent="r/1", text="hel")
    step(trajectory)
    assert [event.type for event in seen] == ["reply_delta", "step_started"]
    assert [event.seq for event in trajectory] == [0]


def test_a_subscriber_that_raises_is_detached_with_one_warning():
    trajectory, seen, calls = Trajectory("x"), [], []

    def broken(event):
        calls.append(event)
        raise ValueError("no display")

    trajectory.subscribe(broken)
    trajectory.subscribe(seen.append)
    step(trajectory, 1)
    step(trajectory, 2)
    assert len(calls) == 1
    (warning,) = trajectory.of(Warned)
    assert "a view of the run was detached because it failed: ValueError: no display" in warning.message
    assert [event.type for event in seen].count("step_started") == 2


def test_a_run_goes_on_without_a_view_that_fails():
    from contextlib import contextmanager

    @contextmanager
    def host(run):
        run.trajectory.subscribe(lambda event: 1 / 0)
        yield

    run = launch(ScriptedClient([finish("1")]), host=host)
    assert run.answer == 1
    assert len(run.trajectory.of(Warned)) == 1


def test_an_unsubscribed_view_hears_no_more():
    trajectory, seen = Trajectory("x"), []
    unsubscribe = trajectory.subscribe(seen.append)
    step(trajectory)
    unsubscribe()
    unsubscribe()
    step(trajectory)
    assert len(seen) == 1


# -- on disk --------------------------------------------------------------------------


def test_one_event_a_line_flushed_as_it_happens(tmp_path):
    path = tmp_path / "runs" / "x.jsonl"
    trajectory = Trajectory("x", path)
    for number in (1, 2, 3):
        step(trajectory, number)
        assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == list(
            range(1, number + 1)
        )


def test_the_folder_is_kept_out_of_git(tmp_path):
    step(Trajectory("x", tmp_path / "runs" / "x.jsonl"))
    assert (tmp_path / "runs" / ".gitignore").read_text() == GITIGNORE
    assert "*" in GITIGNORE.splitlines()


def test_a_gitignore_of_the_users_own_is_left_alone(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")
    step(Trajectory("x", tmp_path / "x.jsonl"))
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_reading_back_gives_equal_events(tmp_path):
    run = eventful(tmp_path / "run.jsonl")
    again = read(tmp_path / "run.jsonl")
    assert again.run == run.trajectory.run
    assert [event.to_json() for event in again] == [event.to_json() for event in run.trajectory]


def test_saving_writes_the_same_lines(tmp_path):
    run = eventful(tmp_path / "run.jsonl")
    saved = run.trajectory.save(tmp_path / "copy.jsonl")
    assert saved.read_bytes() == (tmp_path / "run.jsonl").read_bytes()


def test_any_text_survives(tmp_path):
    trajectory = Trajectory("x", tmp_path / "x.jsonl")
    for text in ("naïve — 日本 🙂", "\u2028 \x00 \x1b[0m", "lone \udc80 surrogate", 'quote " and \\'):
        trajectory.record(MessageAdded, span="r/1", parent="r", role="user", content=text)
    assert [event.content for event in read(tmp_path / "x.jsonl")] == [event.content for event in trajectory]


@pytest.mark.parametrize("lost", [1, 7, 40])
def test_a_torn_last_line_is_passed_over(tmp_path, lost):
    path = tmp_path / "x.jsonl"
    trajectory = Trajectory("x", path)
    for number in (1, 2, 3):
        trajectory.record(MessageAdded, span=f"r/{number}", parent="r", role="user", content="日本" * 20)
    path.write_bytes(path.read_bytes()[:-lost])
    assert len(read(path)) == (3 if lost == 1 else 2)


def test_a_broken_line_in_the_middle_is_refused_with_its_number(tmp_path):
    path = tmp_path / "x.jsonl"
    trajectory = Trajectory("x", path)
    for number in (1, 2, 3):
        step(trajectory, number)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:20], lines[2]]) + "\n")
    with pytest.raises(UsageError, match="line 2"):
        read(path)


def small(path):
    """A run of a few events, in a file, its texts in two alphabets."""
    trajectory = Trajectory("x", path)
    trajectory.record(
        RunStarted,
        span="r",
        parent=None,
        question="日本?",
        model="m",
        sub_model="m",
        dialect="rlm",
        depth=0,
    )
    step(trajectory, 1)
    trajectory.record(
        CellStarted, span="r/1.1", parent="r/1", author="model", step=1, cell=1, code='"é" + \'"\''
    )
    trajectory.record(CellFinished, span="r/1.1", parent="r/1", author="model", step=1, cell=1)
    trajectory.record(
        RunFinished, span="r", parent=None, status="finished", reason="answer", answer={"text": "é"}
    )
    trajectory.close()
    return trajectory


def test_a_file_cut_at_any_byte_is_read_up_to_its_last_whole_event_and_gone_on_with(tmp_path):
    path = tmp_path / "x.jsonl"
    events = [event.to_json() for event in small(path)]
    data = path.read_bytes()
    ends = [place for place, byte in enumerate(data) if byte == ord("\n")]
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        whole = sum(end <= cut for end in ends)
        if not whole:
            with pytest.raises(UsageError, match="holds no events"):
                read(path)
            continue
        again = read(path)
        assert [event.to_json() for event in again] == events[:whole], f"cut at byte {cut}"
        assert run_from(again).status == ("finished" if whole == len(events) else "interrupted")
        assert [summary.id for summary in summaries(tmp_path)] == ["x"]
        again.go_on_in(path)
        step(again, 7)
        again.close()
        assert [event.to_json() for event in read(path)][:-1] == events[:whole], f"gone on at byte {cut}"


def test_a_run_cut_at_a_random_byte_is_read_too(tmp_path):
    run = eventful(tmp_path / "run.jsonl")
    data = (tmp_path / "run.jsonl").read_bytes()
    path = tmp_path / "cut.jsonl"
    for cut in random.Random(4).sample(range(data.index(b"\n") + 1, len(data)), 40):
        path.write_bytes(data[:cut])
        again = read(path)
        assert [e.to_json() for e in again] == [e.to_json() for e in run.trajectory.events[: len(again)]]
        assert len(again) >= data[:cut].count(b"\n")


@pytest.mark.parametrize("whole_line", [True, False])
def test_a_newer_version_is_refused_in_one_sentence(tmp_path, whole_line):
    path = tmp_path / "x.jsonl"
    step(Trajectory("x", path))
    path.write_text(path.read_text().replace('"v":1', f'"v":{SCHEMA_VERSION + 1}'))
    if not whole_line:
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with pytest.raises(UsageError) as refused:
        read(path)
    assert str(refused.value) == (
        f"cannot read {path}: this trajectory has schema version 2, newer than 1: read it with a newer rlm-kernel"
    )


def test_an_older_version_is_read_and_what_it_lacks_is_filled_in(tmp_path):
    path = tmp_path / "x.jsonl"
    old = {
        "v": 0,
        "seq": 0,
        "time": 1.0,
        "run": "x",
        "span": "r/1",
        "parent": "r",
        "type": "step_started",
        "step": 1,
    }
    path.write_text(json.dumps(old) + "\n")
    assert read(path).events[0].last is False


FULL_DISK = """
import resource, sys
from doubles import ScriptedClient, cell, finish, launch
from pathlib import Path
from rlm_kernel.events import Warned

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
run = launch(ScriptedClient([cell("x = 'text' * 1_000", "print(x)"), finish("x[:4]")]), path=Path(sys.argv[1]))
[warning] = run.trajectory.of(Warned)
assert "kept in memory only" in warning.message, warning
print(run.status, run.answer, len(run.trajectory))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
@pytest.mark.parametrize("room", [0, 1_000, 9_000])
def test_a_disk_that_fills_up_gives_one_warning_and_what_was_written_can_be_read(tmp_path, room):
    path = tmp_path / "runs" / "x.jsonl"
    path.parent.mkdir()
    (path.parent / ".gitignore").touch()
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": "", "PYTHONDEVMODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), str(room)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    status, answer, events = done.stdout.split()
    assert (status, answer) == ("finished", "text")
    assert path.stat().st_size <= room
    if room == 9_000:
        assert 0 < len(read(path)) < int(events)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_that_is_full_gives_one_warning(tmp_path):
    (tmp_path / "x.jsonl").symlink_to("/dev/full")
    run = eventful(tmp_path / "x.jsonl")
    assert run.status == "finished"
    [warning] = run.trajectory.of(Warned)
    assert "No space left on device" in warning.message
    assert run.trajectory.save(tmp_path / "saved.jsonl").stat().st_size > 0


@pytest.mark.parametrize(
    "content", ["", "\n", "[1, 2]\n", "3\n", "{}\n", '{"type": "step_started"}\n', "hello\nworld\n", "null\n"]
)
def test_what_is_no_trajectory_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_text(content)
    with pytest.raises(UsageError):
        read(path)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "nowhere.jsonl")


def test_fields_of_a_later_minor_version_are_passed_over(tmp_path):
    path = tmp_path / "x.jsonl"
    step(Trajectory("x", path))
    data = json.loads(path.read_text())
    path.write_text(json.dumps(data | {"colour": "blue"}) + "\n")
    assert read(path).events[0].step == 1


@pytest.mark.parametrize("where", ["a file in the way", "a folder in the way"])
def test_a_folder_that_cannot_be_written_gives_one_warning_and_the_run_goes_on(tmp_path, where):
    if where == "a file in the way":
        (tmp_path / "runs").write_text("not a folder")
        path = tmp_path / "runs" / "x.jsonl"
    else:
        path = tmp_path / "x.jsonl"
        path.mkdir()
    run = eventful(path)
    assert run.status == "finished"
    (warning,) = run.trajectory.of(Warned)
    assert "kept in memory only" in warning.message


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path):
    from rlm_kernel.limits import Limits

    path = tmp_path / "x.jsonl"
    run = launch(ScriptedClient([cell("1"), cell("2"), finish("3")]), path=path, limits=Limits(max_steps=1))
    run.resume(max_steps=9)
    assert [event.to_json() for event in read(path)] == [event.to_json() for event in run.trajectory]


# -- secrets --------------------------------------------------------------------------


def test_secrets_are_masked_in_memory_on_disk_and_for_views(tmp_path, monkeypatch):
    monkeypatch.setenv("PROVIDER_API_KEY", "sk-do-not-show-this")
    path, seen = tmp_path / "x.jsonl", []
    trajectory = Trajectory("x", path)
    trajectory.subscribe(seen.append)
    trajectory.record(MessageAdded, span="r/1", parent="r", role="user", content="key sk-do-not-show-this.")
    assert "sk-do-not-show-this" not in path.read_text()
    assert seen[0].content == trajectory.events[0].content == "key [PROVIDER_API_KEY]."


def test_a_transient_event_is_masked_too(monkeypatch):
    monkeypatch.setenv("PROVIDER_API_KEY", "sk-do-not-show-this")
    trajectory, seen = Trajectory("x"), []
    trajectory.subscribe(seen.append)
    trajectory.record(ReplyDelta, span="r/1/q1", parent="r/1", text="sk-do-not-show-this")
    assert seen[0].text == "[PROVIDER_API_KEY]"


def test_a_secret_with_characters_that_json_escapes_is_masked(tmp_path, monkeypatch):
    monkeypatch.setenv("DB_SECRET", 'pass"word\\long')
    path = tmp_path / "x.jsonl"
    trajectory = Trajectory("x", path)
    trajectory.record(MessageAdded, span="r/1", parent="r", role="user", content='it is pass"word\\long')
    assert trajectory.events[0].content == "it is [DB_SECRET]"
    assert read(path).events[0].content == "it is [DB_SECRET]"


@pytest.mark.parametrize("value", ["question", "call_finished", "run_started"])
def test_a_key_variable_that_holds_an_ordinary_word_does_not_break_the_record(tmp_path, monkeypatch, value):
    monkeypatch.setenv("SORT_KEY", value)
    run = eventful(tmp_path / "x.jsonl")
    assert run.answer == {"xs": ["reply to a", "reply to b"], "y": [1, 2]}
    assert run_from(read(tmp_path / "x.jsonl")).status == "finished"


# -- views of the list ----------------------------------------------------------------


def test_the_tree_nests_spans_again():
    root = tree(eventful().trajectory)
    assert root.span == "r"
    first, second, third = root.children
    assert [node.span for node in (first, second, third)] == ["r/1", "r/2", "r/3"]
    assert [node.span for node in first.children] == ["r/1/q1", "r/1.1"]
    assert [node.span for node in first.children[1].children] == ["r/1.1/b1", "r/1.1/q1", "r/1.1/q2"]
    (child,) = second.children[1].children
    assert (child.span, child.events[0].type) == ("r/2.1/r1", "run_started")


def test_every_event_is_in_the_tree_once():
    trajectory = eventful().trajectory

    def events(node):
        return [*node.events, *(event for child in node.children for event in events(child))]

    assert sorted(event.seq for event in events(tree(trajectory))) == [event.seq for event in trajectory]


def test_a_tree_of_nothing_is_an_empty_root():
    assert tree([]).events == []


def test_a_trajectory_of_no_events_is_refused():
    with pytest.raises(UsageError, match="holds no events"):
        from_events([], "that file")


def test_run_ids_sort_by_time_and_differ():
    ids = {new_run_id() for _ in range(20)}
    assert len(ids) > 15
    assert all(len(run_id.split("-")) == 3 for run_id in ids)


def test_every_event_type_has_one_tag():
    assert all(kind.type == tag for tag, kind in EVENT_TYPES.items())
