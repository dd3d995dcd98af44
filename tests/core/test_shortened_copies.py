"""A notebook's shortened copy of a run stays one, whatever file it is written to."""

from __future__ import annotations

import pytest
from doubles import cell, finish
from one_namespace import ask, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.interfaces import UsageError
from rlm_kernel.registry import runs


@pytest.fixture
def copy(folder):
    """The trajectory that was made from a run's notebook."""
    notebook(cell("xs = 'x' * 50_000; print(xs)"), finish("len(xs)"))
    ask().save("whole.ipynb")
    runs.clear()
    rlm_kernel.load("whole.ipynb").save("copy.jsonl")
    notebook(finish("len(xs)"))
    return folder / "copy.jsonl"


def test_it_can_be_looked_at(copy):
    run = rlm_kernel.load(copy)
    assert [run.status, run.answer, len(run.steps)] == ["finished", 50_000, 2]


def test_it_is_not_branched(copy):
    with pytest.raises(UsageError, match="holds a shortened copy of the run: read its"):
        rlm_kernel.load(copy).branch(1)


def test_it_is_not_brought_back(copy):
    lines = copy.read_bytes().splitlines(keepends=True)
    copy.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(UsageError, match="holds a shortened copy of the run"):
        rlm_kernel.load(copy).resume()


def test_it_is_not_replayed(copy):
    with pytest.raises(UsageError, match="this is a notebook's shortened copy; name the run's"):
        ask(replay=str(copy))
