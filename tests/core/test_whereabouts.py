"""Runs that go on from their record start again in the folder they began in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from doubles import ScriptedClient, cell, finish
from one_namespace import ask, died_in_third_step, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.events import RunStarted
from rlm_kernel.interfaces import UsageError
from rlm_kernel.report.share import shareable

MOVING = (
    cell("import os; os.chdir('below'); xs = [len(context)]"),
    cell("ys = open('../number').read()"),
    finish("ys"),
)


def asked(book):
    return book.ask("What is it?", {"context": ["text.txt"], "model": "m", "max_cost": 0})


@pytest.fixture
def files(folder):
    (folder / "below").mkdir()
    (folder / "number").write_text("7")
    (folder / "text.txt").write_text("hello")
    return folder


def test_a_branch_begins_where_its_run_did_and_is_kept_beside_it(files):
    book = notebook(*MOVING)
    run = asked(book)
    assert [run.answer, Path.cwd()] == ["7", files / "below"]
    book.client = ScriptedClient([finish("(xs, ys)")])
    branch = run.branch(2)
    assert [branch.status, branch.message] == ["finished", ""]
    assert branch.trajectory.path.parent == run.trajectory.path.parent == files / "rlm_runs"
    assert not (files / "below" / "rlm_runs").exists()
    assert branch.trajectory.of(RunStarted)[0].cwd == str(files)
    assert Path.cwd() == files / "below"


def test_a_run_whose_kernel_died_is_brought_back_from_any_folder(files, capsys):
    path = died_in_third_step(asked(notebook(*MOVING)))
    os.chdir(files.parent)
    notebook(finish("ys"))
    again = rlm_kernel.load(os.path.relpath(path)).resume()
    assert again.answer == "7"
    assert Path.cwd() == files / "below"
    assert f"rlm: the working directory is {files} again, where the run began" in capsys.readouterr().out
    assert rlm_kernel.load(path).status == "finished"


def test_a_refusal_leaves_the_working_directory_as_it_is(files):
    path = died_in_third_step(asked(notebook(*MOVING)))
    (files / "text.txt").write_text("another")
    os.chdir(files.parent)
    notebook(finish("ys"))
    with pytest.raises(UsageError, match="not what the run began with"):
        rlm_kernel.load(path).resume()
    assert Path.cwd() == files.parent


def test_a_shared_copy_does_not_say_where_it_was(files):
    notebook(finish("1"))
    run = ask()
    assert run.trajectory.of(RunStarted)[0].cwd == str(files)
    assert str(files) not in str(shareable(run.trajectory.events)["events"][0])
