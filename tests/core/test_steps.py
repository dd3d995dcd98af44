"""Where a run has come to, told from its steps."""

from __future__ import annotations

import pytest

from rlm_kernel.steps import Cell, Step, where_stopped


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([], "before its first step"),
        ([Step(1, "done"), Step(2, "a reply", cells=[Cell("model", "x = 1")])], "after step 2"),
        (
            [Step(1, "done"), Step(2, "a reply", cells=[Cell("model", "x = 1", interrupted=True)])],
            "in step 2",
        ),
        ([Step(1, "done"), Step(2)], "in step 2"),
    ],
)
def test_a_step_that_was_cut_off_has_not_come_to_its_end(steps, where):
    assert where_stopped(steps) == where
