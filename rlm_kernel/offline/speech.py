"""Sentences in which the offline model speaks of itself and of what it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = "find a fact, count, list all matches, rank by frequency"
INTRODUCTION = "This is the offline model, a small program and not a language model."
NO_ANSWER_YET = (
    "This is the last turn, and the offline model has no answer yet: it goes on when the run is resumed with "
    "more steps."
)
FAILED = "The offline model could not read the context: its cell failed, as shown above."


def skipped(stage: str) -> str:
    """The sentence that ends a run whose step `stage` was passed over, where there is no way around it."""
    does = "gives the answer" if stage in {"Answer", "Finish", "Report"} else "reads the context"
    return f"The offline model has no answer: the cell that {does} was skipped."


def nothing_to_read(scope: str) -> str:
    """The sentence that ends a run whose contexts hold no text, or none of the files that `scope` means."""
    if scope:
        return f"The offline model finds no file {scope!r}."
    return "The offline model finds nothing to read: the context is empty."


def declined(why: str) -> str:
    """The sentences with which a question is declined; `why` completes "… because"."""
    return (
        f"Declined, because {why}. The offline model is a small program, not a language model, and "
        f"answers only four kinds of questions: {KINDS}."
    )


def no_room(name: str, what: str) -> str:
    """The sentences that end a run whose answer must be of the type `name`, where `what` would be one."""
    return (
        f"{what} The answer must be of type {name}, which has no room for that: give another schema, or none."
    )


def refused(name: str, why: str) -> str:
    """The sentence that ends a run whose answer was refused."""
    return (
        f"what the offline model found does not validate as {name} ({why}), and it has no other answer: "
        "what it found is in answer['content']"
    )


def unread(names: Sequence[str], similar: Sequence[Sequence[Any]] = ()) -> str:
    """Why a question is declined whose unquoted words occur nowhere as they stand."""
    others = nothing_similar(similar).removesuffix(".") if similar else ""
    return (
        f"nothing in the context reads {quoted_names(names)}{others}; in quotation marks it would be "
        "looked for to the letter"
    )


def nothing_similar(similar: Sequence[Sequence[Any]]) -> str:
    """The end of a sentence about something that is not there, with spellings that are and their numbers."""
    if not similar:
        return ", in no spelling that was tried."
    return "; similar are " + ", ".join(f"{form!r} ({how_often(count)})" for form, count in similar) + "."


def quoted_names(names: Sequence[str]) -> str:
    """The names in quotation marks."""
    *first, last = [repr(name) for name in names]
    return f"{', '.join(first)} and {last}" if first else last


def how_often(number: int) -> str:
    """``once``, ``2 times``."""
    return "once" if number == 1 else f"{number:,} times"


def in_words(number: int, thing: str) -> str:
    """``1 text``, ``2 texts``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
