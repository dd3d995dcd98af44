"""The places where a fact may stand: which of them says it, and whether that is sure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rlm_kernel.offline import facts
from rlm_kernel.offline.access import names_pattern
from rlm_kernel.offline.speech import quoted_names
from rlm_kernel.offline.task import NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm_kernel.offline.task import Task

MOST = 20
"""Places that a cell prints, at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line that mentions some of what the question names, as a cell printed it."""

    score: float
    path: str
    number: int
    line: str
    around: list[str]
    """The words of the question that stand in the line or near it."""


def chosen(task: Task, places: Sequence[Place], hits: Mapping[str, int]) -> tuple[Place, str]:
    """The place that answers, of `places` with the best first, and the part of its line; empty for all of it.

    Raises
    ------
    NotUnderstoodError
        If nothing tells the right place from others, or no place says all that is asked.
    """
    equals = _preferred(task, [place for place in places if place.score == places[0].score])
    best = equals[0]
    if len({facts.extract(task, place.line) for place in equals}) > 1:
        raise NotUnderstoodError("several places fit it equally well")
    occurring = [word for word, count in hits.items() if count]
    if lacking := [word for word in occurring if word not in best.around]:
        raise NotUnderstoodError(f"no place that mentions the rest mentions {quoted_names(lacking)}")
    elsewhere = [word for word in occurring if word.islower() and not _mentions(best, word)]
    if elsewhere:
        return _stated_nearby(task, places, elsewhere)
    value = facts.extract(task, best.line)
    if not value and facts.is_vague(task):
        raise NotUnderstoodError("the lines that mention it do not plainly say what is asked")
    return best, value


def _preferred(task: Task, equals: list[Place]) -> list[Place]:
    """Of places that fit equally well, those in texts that a hint puts first, if there are any."""
    first = next((selection for selection in task.selections if selection.manner == "first"), None)
    form = re.compile(names_pattern(first), re.IGNORECASE) if first else None
    return [place for place in equals if form and form.search(place.path)] or equals


def _stated_nearby(task: Task, places: Sequence[Place], lacking: list[str]) -> tuple[Place, str]:
    """The line near a best one that says what that one leaves out, if there is only one such statement."""
    best = places[0]
    stated: dict[str, Place] = {}
    for place in places:
        if set(place.around) >= set(best.around) and all(_mentions(place, word) for word in lacking):
            stated.setdefault(facts.extract(task, place.line), place)
    if len(stated) > 1 or (len(places) == MOST and set(places[-1].around) >= set(best.around)):
        raise NotUnderstoodError("several places fit it equally well")
    if not stated or "" in stated:
        raise NotUnderstoodError(f"the place that fits it best does not mention {quoted_names(lacking)}")
    ((value, place),) = stated.items()
    return place, value


def _mentions(place: Place, word: str) -> bool:
    """Whether the line, or the name of its text, has `word`."""
    return facts.mentions(f"{place.path}\n{place.line}", word)
