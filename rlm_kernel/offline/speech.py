"""Sentences in which the offline model speaks of itself and of what it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = "needle (find a fact), count, list-all-matching and most-frequent"
INTRODUCTION = "This is the offline model, a small program and not a language model."
FAILED = "The offline model could not read the context: its cell failed, as shown above."


def declined(why: str) -> str:
    """The sentence with which a question is declined; `why` completes "… because"."""
    return (
        f"The offline model declines this question because {why}: it is a small program, not a language "
        f"model, and answers only four kinds of questions: {KINDS}."
    )


def nothing_similar(similar: Sequence[Sequence[Any]]) -> str:
    """The end of a sentence about something that is not there, with spellings that are and their numbers."""
    if not similar:
        return ", in no spelling that was tried."
    return (
        "; similar are " + ", ".join(f"{form!r} ({in_words(count, 'time')})" for form, count in similar) + "."
    )


def quoted_names(names: Sequence[str]) -> str:
    """The names in quotation marks."""
    return " and ".join(repr(name) for name in names)


def in_words(number: int, thing: str) -> str:
    """``1 text``, ``2 texts``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
