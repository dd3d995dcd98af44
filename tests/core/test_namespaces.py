"""What a cell did to the names of a namespace."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rlm_kernel.namespaces import changes, is_housekeeping, size_text, snapshot


def change(before, after, hidden=()):
    return [str(found) for found in changes(snapshot(before, hidden), snapshot(after, hidden))]


def test_set_rebound_and_deleted():
    assert change({"a": 1, "b": "x"}, {"b": "yy", "c": None}) == [
        "`b` rebound (str, 2 characters)",
        "`c` set (NoneType)",
        "`a` deleted",
    ]


@pytest.mark.parametrize(
    ("value", "act", "told"),
    [
        ([1], lambda v: v.append(2), "list, 2 items"),
        ({}, lambda v: v.update(a=1), "dict, 1 item"),
        ({1}, lambda v: v.add(2), "set, 2 items"),
        (bytearray(b"a"), lambda v: v.extend(b"b"), "bytearray, 2 bytes"),
        (pd.DataFrame({"a": [1]}), lambda v: v.insert(0, "b", 2), "DataFrame, 1 × 2"),
        (np.zeros(6), lambda v: setattr(v, "shape", (2, 3)), "ndarray, 2 × 3"),
    ],
)
def test_what_changed_in_place_is_seen_by_its_length_or_shape(value, act, told):
    before = snapshot({"v": value})
    act(value)
    assert [str(found) for found in changes(before, snapshot({"v": value}))] == [f"`v` changed ({told})"]


def test_an_untouched_name_is_not_listed():
    value = [1, 2]
    assert change({"v": value}, {"v": value}) == []


def test_hidden_names_and_housekeeping_are_not_listed():
    assert change(
        {}, {"mine": 1, "secret": 2, "_": 3, "_i1": "x", "__builtins__": {}, "In": [], "_12": 4}, {"secret"}
    ) == ["`mine` set (int)"]


@pytest.mark.parametrize(
    "name", ["_", "__", "___", "_i", "_ii", "_iii", "_3", "_i3", "In", "Out", "__name__", "_rlm", "_ih"]
)
def test_names_python_and_ipython_keep_are_housekeeping(name):
    assert is_housekeeping(name)


@pytest.mark.parametrize("name", ["x", "_private", "_index", "i", "_id", "result", "_i_am"])
def test_other_names_are_not(name):
    assert not is_housekeeping(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "1 character"),
        ("x" * 1_234_567, "1,234,567 characters"),
        (b"ab", "2 bytes"),
        ([], "0 items"),
        (range(10**6), "1,000,000 items"),
        (np.zeros((3, 4)), "3 × 4"),
        (5, ""),
        (object(), ""),
    ],
)
def test_the_size_of_a_value_in_words(value, text):
    assert size_text(value) == text


def test_an_unknown_object_is_asked_nothing():
    class Touchy:
        def __getattr__(self, name):
            raise AssertionError(f"asked for {name}")

        def __len__(self):
            raise AssertionError("asked for its length")

        def __eq__(self, other):
            raise AssertionError("compared")

        __hash__ = object.__hash__

    thing = Touchy()
    assert change({"t": thing}, {"t": thing}) == []
    assert change({}, {"t": thing}) == ["`t` set (Touchy)"]


def test_a_subclass_whose_length_fails_does_not_break_the_run():
    class Broken(list):
        def __len__(self):
            raise ValueError("no")

    assert change({}, {"b": Broken()}) == ["`b` set (Broken)"]
