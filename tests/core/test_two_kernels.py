"""One paused run in two kernels: whoever goes on with it has it, and its file stays whole."""

from __future__ import annotations

import pytest
from doubles import cell, finish
from one_namespace import ask, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.events import Warned
from rlm_kernel.interfaces import CellResult, UsageError

OVERTAKEN = "another kernel has gone on with run .*: %rlm import .* reads it"


def gone_on_elsewhere(path):
    """What another kernel makes of the run in `path`, from its file."""
    notebook(finish("xs"), context="hello")
    elsewhere = rlm_kernel.load(path).resume(max_steps=9)
    assert elsewhere.answer == 1
    return elsewhere


def paused():
    notebook(cell("xs = 1"), cell("zs = 0"), finish("'the first kernel'"))
    run = ask(context="hello", max_steps=1)
    assert run.status == "paused"
    return run


def test_a_run_that_another_kernel_has_gone_on_with_is_not_resumed():
    run = paused()
    gone_on_elsewhere(run.trajectory.path)
    written = run.trajectory.path.read_bytes()
    with pytest.raises(UsageError, match=OVERTAKEN):
        run.resume(max_steps=9)
    assert run.status == "paused"
    assert run.trajectory.path.read_bytes() == written
    assert rlm_kernel.load(run.trajectory.path).status == "finished"


def test_cells_of_the_human_in_such_a_run_stay_in_memory_with_one_warning():
    run = paused()
    path = run.trajectory.path
    gone_on_elsewhere(path)
    written = path.read_bytes()
    for code in ("a = 1", "b = 2"):
        run._driver.human_cell(code, CellResult())
    (warned,) = run.trajectory.of(Warned)
    assert warned.message.endswith("reads it; what happens to it here is kept in memory only")
    with pytest.raises(UsageError, match=OVERTAKEN):
        run.resume(max_steps=9)
    assert path.read_bytes() == written


def test_a_run_that_has_gone_on_since_it_was_read_is_not_brought_back():
    path = paused().trajectory.path
    read_before = rlm_kernel.load(path)
    gone_on_elsewhere(path)
    with pytest.raises(UsageError, match=OVERTAKEN):
        read_before.resume(max_steps=9)


def test_a_run_that_is_brought_back_but_may_not_go_on_keeps_its_file_from_nobody():
    path = paused().trajectory.path
    book = notebook(finish("xs"), context="hello")
    refused = rlm_kernel.load(path)
    with pytest.raises(UsageError, match="max-steps"):
        refused.resume()
    gone_on_elsewhere(path)
    with pytest.raises(UsageError, match=OVERTAKEN):
        refused.resume(max_steps=9)
    assert book.client.requests == []


def test_the_kernel_that_goes_on_may_pause_and_go_on_again():
    path = paused().trajectory.path
    notebook(cell("ys = 2"), cell("zs = 3"), finish("(xs, ys)"), context="hello", ys=0)
    run = rlm_kernel.load(path).resume(max_steps=3)
    assert run.status == "paused"
    run._driver.human_cell("ys = 2", CellResult())
    assert run.resume(max_steps=9).answer == (1, 2)
    assert rlm_kernel.load(path).status == "finished"
