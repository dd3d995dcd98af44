"""Names that an earlier run left: the next run of the same question is told what it was told."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, cell, finish
from one_namespace import ask, conversation, notebook, own_folder  # noqa: F401  (each test has one)

MADE = cell("import re", "xs = (1, 2)", "ys = xs")


def second_time(*replies, **names):
    """What is said in the run of a question that is asked twice; between them `names` change."""
    book = notebook(MADE, *replies, **dict.fromkeys(names, False))
    ask(context="hello")
    book.namespace.update(names)
    book.client = ScriptedClient([MADE, *replies])
    ask(context="hello")
    return conversation(book.client)[-1][1]


def test_what_is_bound_to_the_same_object_again_was_set():
    assert "Names: `re` set (module); `xs` set (tuple, 2 items)" in second_time(finish("xs"))


@pytest.mark.parametrize("fails", ["1 / 0", "(\n    1 / 0\n)", "raise KeyboardInterrupt"])
def test_a_cell_that_failed_has_set_nothing_that_comes_after(fails):
    said = second_time(
        cell("import json", f"if boom: {fails}" if "\n" not in fails else f"zs = boom and {fails}", "vs = 1"),
        finish("1"),
        boom=True,
    )
    assert "raised" in said or "interrupted" in said
    assert said.count("Names: `json` set (module)\n") == 1
