"""The events in TypeScript are those in Python."""

from __future__ import annotations

import dataclasses
import runpy
from pathlib import Path
from typing import ClassVar

import pytest

from rlm_kernel import events as e

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "labextension" / "generate_events.py"
MEND = "python labextension/generate_events.py"


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(GENERATOR))


def check(generator):
    """Fail, saying what to do, unless the file is what would be generated now."""
    written = generator["TARGET"].read_text(encoding="utf-8")
    if written != generator["typescript"]():
        pytest.fail(
            "labextension/src/events.ts does not say what rlm_kernel/events.py says. Mend it:\n\n"
            f"    {MEND}\n",
            pytrace=False,
        )


def test_the_front_ends_types_are_those_of_the_events(generator):
    check(generator)


def test_a_change_of_the_events_is_noticed_and_the_command_that_mends_it_told(generator, monkeypatch):
    @dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
    class Sneezed(e.Event):
        """The kernel sneezed."""

        type: ClassVar[str] = "sneezed"
        loud: bool = False
        """Whether one could hear it."""

    monkeypatch.setitem(e.EVENT_TYPES, "sneezed", Sneezed)
    with pytest.raises(pytest.fail.Exception, match=MEND):
        check(generator)
    said = generator["typescript"]()
    assert "/** The kernel sneezed. */\nexport interface Sneezed extends BaseEvent {" in said
    assert "  /** Whether one could hear it. */\n  readonly loud: boolean;" in said
    assert "  | Sneezed;" in said


def test_the_command_is_there(generator):
    assert (ROOT / MEND.removeprefix("python ")).samefile(GENERATOR)


@pytest.mark.parametrize(
    ("annotation", "type_name"),
    [
        ("str", "string"),
        ("float", "number"),
        ("int | None", "number | null"),
        ("list[Json]", "Json[]"),
        ("Json | None", "Json | null"),
    ],
)
def test_annotations_become_types(generator, annotation, type_name):
    assert generator["type_of"](annotation) == type_name


def test_an_annotation_without_a_type_is_refused(generator):
    with pytest.raises(ValueError, match="add one"):
        generator["type_of"]("set[str]")
