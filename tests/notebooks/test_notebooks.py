"""Every notebook of the project runs top to bottom, offline, from a clean kernel."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from rlm_kernel.trajectory import read

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_top_to_bottom(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_recordings_alone(path, tmp_path):
    folders = [tmp_path / "recorded", tmp_path / "replayed"]
    for folder in folders:
        folder.mkdir()
    first = executed(path, folders[0])
    again = executed(path, folders[1], [run.source for run in runs_in(folders[0]) if not run.events[0].branch_of])
    assert [answers(cell) for cell in questions(again)] == [answers(cell) for cell in questions(first)]
    for run in runs_in(folders[1])[: len(questions(first))]:
        assert [e for e in run if e.type == "call_finished" and not e.cached] == []


def runs_in(folder):
    """The trajectories of the runs that ran in a folder, in their order."""
    found = [read(file) for file in (folder / "rlm_runs").glob("2*.jsonl")]
    return sorted(found, key=lambda trajectory: trajectory.events[0].time)


def questions(notebook):
    return [cell for cell in notebook.cells if cell.source.startswith("%%rlm")]


def answers(cell):
    """What a question showed as its answer, after its card and its steps."""
    return cell.outputs[-1]["data"]["text/plain"]


def executed(path, folder, recordings=()):
    """A notebook after it has run, each of its questions answered from a recording if there are some."""
    notebook = nbformat.read(path, as_version=4)
    for cell, recording in zip(questions(notebook), recordings, strict=False):
        cell.source = cell.source.replace("%%rlm", f"%%rlm --replay {recording}", 1)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=120, resources=resources).execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs_and_for_our_kernel(path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.kernelspec.name == "rlm"
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_first_notebook_gets_the_answer_that_a_count_by_hand_gives(tmp_path):
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    check = next(cell for cell in notebook.cells if cell.id == "check")
    answer, by_hand = eval(check.outputs[-1]["data"]["text/plain"])
    assert answer == by_hand > 0


def test_the_second_notebook_finds_the_mistake_and_mends_it(tmp_path):
    notebook = nbformat.read(NOTEBOOKS[1], as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {
        cell.id: eval(cell.outputs[-1]["data"]["text/plain"], {"Usage": dict})
        for cell in notebook.cells
        if cell.id in {"doubt", "check", "edit", "replay"}
    }
    wrong, ledger = shown["doubt"]
    assert wrong > ledger > 0
    assert shown["check"] == shown["edit"] == (ledger, ledger)
    answer, usage = shown["replay"]
    assert answer == wrong
    assert usage["input_tokens"] == 0
