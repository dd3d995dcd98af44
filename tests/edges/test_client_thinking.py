"""Think tags, however a stream happens to cut them."""

from __future__ import annotations

import pytest

from rlm_kernel.client.thinking import ThinkSplitter

CASES = {
    "<think>a < b</think>\n\nYes.": ("Yes.", "a < b"),
    "\n <think>\na\n</think>Yes </think> no": ("Yes </think> no", "\na\n"),
    "Yes <think>not here</think>": ("Yes <think>not here</think>", ""),
    "<thing>": ("<thing>", ""),
    "<thi": ("<thi", ""),
    "<think>never closed </thin": ("", "never closed </thin"),
    "<think></think>x": ("x", ""),
    "  indented": ("  indented", ""),
    "": ("", ""),
}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("whole", CASES)
def test_a_reply_is_split_alike_in_pieces_of_any_size(whole, size):
    split = ThinkSplitter()
    deltas = [split.feed(whole[i : i + size]) for i in range(0, len(whole), size)] + [split.finish()]
    assert ("".join(d.text for d in deltas), "".join(d.reasoning for d in deltas)) == CASES[whole]


def test_ordinary_text_is_not_held_back():
    split = ThinkSplitter()
    assert split.feed("Hel").text == "Hel"
    assert split.feed("<think").text == "<think"
