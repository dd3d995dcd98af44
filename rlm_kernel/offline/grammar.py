"""A question in English → a `Task`, or the refusal to guess.

The grammar takes what it understands out of the question, piece by piece.  Content words that are
left over mean that something was not understood, and then the question is declined: a wrong answer
is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline import cues, measures, needles
from rlm_kernel.offline.conditions import number
from rlm_kernel.offline.lexer import plain, tidy
from rlm_kernel.offline.task import NotUnderstoodError, Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlm_kernel.offline.lexer import Plain


def understand(question: str, containers: Iterable[str] = ()) -> Task:
    """The task that `question` sets; `containers` are names of the contexts, which may be mentioned in it.

    Raises
    ------
    NotUnderstoodError
        If the question is not one of the four kinds, or not wholly understood.
    """
    said = plain(question)
    _take_manners(said)
    if beyond := cues.BEYOND.search(said.text):
        asked = said.spelled(beyond[0])
        raise NotUnderstoodError(f"it asks for more than finding and counting ({asked!r})")
    base = _modifiers(said, containers)
    said.take(cues.TOPIC)
    if said.take(r"^tally\b"):
        by_file = bool(said.take(r"^by file\b"))
        return measures.measured(said, replace(base, kind="tally", by_file=by_file))
    if re.search(cues.RANKED, said.text):
        return measures.most_frequent(said, base)
    return needles.located(said, base) or measures.counted_or_listed(said, base) or needles.fact(said, base)


def _take_manners(said: Plain) -> None:
    """Take out what does not bear on the answer: politeness, punctuation, the form of the reply."""
    said.take(r"\breply (?:with|only|in)\b.*$")
    said.text = re.sub(r"[?!.;]+(?=\s|$)|\(each file .*?\)", " ", said.text)
    said.take_all(cues.POLITE)
    said.text = re.sub(cues.AGAIN, r"\1", said.text)
    said.text = tidy(re.sub(cues.TIME, "when", re.sub(cues.TELL, "find", said.text)))
    said.text = re.sub(r"\bsubclass(?:es)? of\b", "classes that inherit from", said.text)


def _modifiers(said: Plain, containers: Iterable[str]) -> Task:
    """What holds for the whole question: its files, letter case, order, thresholds."""
    said.take(cues.EXACT_CASE)
    base = Task(
        "count",
        "",
        ignore_case=said.take_all(cues.CASE),
        whole_word=said.take_all(cues.WHOLE),
        distinct=said.take_all(cues.UNIQUE),
        at_least=_threshold(said),
        scope=said.scope,
        in_order=said.take_all(cues.ORDER),
        quoted=said.quoted > 0,
    )
    names = [re.escape(name.lower()) for name in containers]
    said.take_all(cues.CONTAINER.format(nouns="|".join([cues.CONTAINERS, *names])))
    if names:
        said.take_all(rf"\b(?:in|from|of) (?:{'|'.join(names)})\b")
    return base


def _threshold(said: Plain) -> int:
    """How often an item must occur; 0 where once is enough."""
    if least := said.take(cues.LEAST):
        times = number(least["least"])
        return times if times > 1 else 0
    more = said.take(cues.MORE)
    return number(more["more"]) + 1 if more else 0
