"""Our magics in the human's cells."""

from __future__ import annotations

import pytest

from rlm_kernel import own_magics


@pytest.mark.parametrize(
    ("code", "is_all"),
    [
        ("%rlm cost", True),
        ("\n  %rlm undo\n# again\n%rlm cells 2\n", True),
        ("%rlm ask what \\\n  is it?", True),
        ("%%rlm -c text\nWhat?", True),
        ("report = %rlm cost", True),
        ("%rlm undo\nfixed = [5]", False),
        ("fixed = [5]", False),
        ("", False),
        ("%rlmx", False),
    ],
)
def test_cells_that_are_nothing_but_commands(code, is_all):
    assert own_magics.are_all(code) is is_all


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("a = 1\n%rlm undo\nb = 2", "a = 1\npass\nb = 2"),
        ("if a:\n    %rlm undo\nb = 2", "if a:\n    pass\nb = 2"),
        ("r = %rlm cost", "r = None"),
        ("%rlm ask what \\\n  is it?\nb = 2", "pass\n\nb = 2"),
        ("a = b %rlm", "a = b %rlm"),
    ],
)
def test_code_without_them_keeps_its_lines(code, left):
    assert own_magics.without(code) == left
