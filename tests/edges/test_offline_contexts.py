"""What the offline model reads of contexts that are neither a text nor a list, and which it does not."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from doubles import launch

from rlm_kernel.offline import OfflineClient

QUESTION = "How often does 'red' occur?"


def asked(value, question=QUESTION):
    return launch(OfflineClient(), question, contexts={"context": value}).answer


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (iter(["red"]), "an iterator, whose values come only once"),
        ((word for word in ["red"]), "an iterator, whose values come only once"),
        (io.StringIO("red"), "an iterator, whose values come only once"),
        (Path(__file__), "a path, and not what stands there"),
        (Path(__file__).parent, "a path, and not what stands there"),
        (re, "no text, list or table"),
        (asked, "no text, list or table"),
        (object(), "no text, list or table"),
    ],
)
def test_what_does_not_show_what_it_holds_is_declined_and_not_counted(value, why):
    assert asked(value).startswith(f"Declined, because context is {why}")


def test_an_iterator_is_not_advanced_by_being_declined():
    words = iter(["red"])
    asked(words)
    assert next(words) == "red"


@pytest.mark.parametrize("value", [b"red red", bytearray(b"red red"), memoryview(b"red red"), "red red"])
def test_bytes_are_read_as_text(value):
    assert asked(value) == 2


def test_an_array_is_read_whole_however_it_prints():
    numpy = pytest.importorskip("numpy")
    assert asked(numpy.array(["red"] * 5_000)) == 5_000
    assert asked(numpy.array([["red", "blue"]] * 2_000)) == 2_000


def test_an_index_is_read_whole_however_it_prints():
    pandas = pytest.importorskip("pandas")
    assert asked(pandas.Index(["red"] * 500)) == 500


@pytest.mark.parametrize("empty", [[], {}])
@pytest.mark.parametrize("question", [QUESTION, "What is the port?"])
def test_an_empty_context_is_called_empty(empty, question):
    assert asked(empty, question) == "The offline model finds nothing to read: the context is empty."


def test_a_text_in_angle_brackets_is_a_text():
    assert asked("<module red='red'>") == 2
