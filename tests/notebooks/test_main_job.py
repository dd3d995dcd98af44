"""The main job of the README: a question about the standard library's source, offline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from corpus import copy_standard_library

import rlm_kernel

QUESTION = (Path(__file__).parents[1] / "data" / "main_question.txt").read_text().strip()
PHRASE = b"raise ValueError"


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    copy_standard_library(folder / "stdlib")
    words = [sys.executable, "-m", "rlm_kernel.cli", "run", QUESTION]
    words += ["--context", "stdlib", "--model", "offline", "--notebook", "job.ipynb"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return folder, done


def count_by_an_independent_reader(folder: Path) -> int:
    """Lines of text files that hold the phrase, read as bytes."""
    files = [path for path in folder.rglob("*") if path.is_file() and b"\0" not in path.read_bytes()]
    return sum(PHRASE in line for path in files for line in path.read_bytes().splitlines())


def test_it_prints_the_true_answer(job):
    folder, done = job
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == count_by_an_independent_reader(folder / "stdlib") > 100


def test_it_takes_several_steps_and_many_sub_calls(job):
    folder, _done = job
    [path] = (folder / "rlm_runs").glob("*.jsonl")
    run = rlm_kernel.load(path)
    calls = [event for event in run.trajectory if event.type == "call_finished" and event.role == "sub"]
    assert len(run.steps) >= 3
    assert len(calls) >= 20


def test_it_leaves_a_valid_notebook_of_real_cells(job):
    folder, _done = job
    notebook = nbformat.read(folder / "job.ipynb", as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if "skip-execution" in cell.metadata.get("tags", ())]
    assert len(cells) >= 3
    assert all(cell.outputs and cell.metadata.rlm.author == "model" for cell in cells[:2])
    assert rlm_kernel.load(folder / "job.ipynb").answer == int(job[1].stdout)


def test_the_corpus_is_about_ten_megabytes_of_text(job):
    folder, _done = job
    size = sum(path.stat().st_size for path in (folder / "stdlib").rglob("*.py"))
    assert 5_000_000 < size < 50_000_000
