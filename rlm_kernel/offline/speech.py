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


def no_room(name: str, what: str) -> str:
    """The sentences that end a run whose answer must be of the type `name`, where `what` would be one."""
    return (
        f"{what} It cannot say so as {name}, the type that the answer must have: "
        "ask for an answer of another type, or of any."
    )


def refused(name: str, why: str) -> str:
    """The sentence that ends a run whose answer was refused."""
    return (
        f"what the offline model found does not validate as {name} ({why}), and it has no other answer: "
        "what it found is in answer['content']"
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
