"""The names that must be there before a run is brought back: not those its own cells make."""

from __future__ import annotations

import pytest
from doubles import cell, finish
from one_namespace import ask, died_in_third_step, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.interfaces import UsageError

STEPS = cell("import math", "n = math.sqrt(4)", "print(n)"), cell("for i in range(3):", "    n += i")


def asked_again(*steps):
    """The file of a run that died after its second step, asked again in a kernel that had asked it before."""
    notebook(*steps, finish("n"), *steps, finish("n"))
    ask()
    return died_in_third_step(ask())


def test_a_question_asked_twice_can_be_brought_back():
    path = asked_again(*STEPS)
    notebook(finish("n"))
    assert rlm_kernel.load(path).resume().answer == 5.0


def test_a_name_that_a_cell_reads_before_it_binds_it_must_be_there():
    notebook(cell("xs = xs + [1]"), cell("n = xs"), finish("n"), xs=[0])
    path = died_in_third_step(ask())
    notebook(finish("n"))
    with pytest.raises(UsageError, match="the cells of the run read xs, which this kernel does not have"):
        rlm_kernel.load(path).resume()
