"""The part of the grammar that reads what an item must have: ``that contain 'x' but not 'y'``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rlm_kernel.offline.forms import CONDITIONS, LENGTH, LENGTHS, NAMED, NUMBERS, OCCURRENCES
from rlm_kernel.offline.lexer import MARK, Plain
from rlm_kernel.offline.task import Condition, NotUnderstoodError
from rlm_kernel.offline.units import first_noun
from rlm_kernel.offline.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_TARGET = words("no_target")
_ARTICLES = frozenset({"the", "a", "an", "any", "some"})
_SIGNS = {
    "semicolon": ";", "comma": ",", "colon": ":", "hyphen": "-", "apostrophe": "'", "at sign": "@",
    "question mark": "?", "exclamation mark": "!", "underscore": "_", "hash sign": "#", "dollar sign": "$",
}  # fmt: skip


def number(word: str) -> int:
    """The number that `word` is, in digits or letters."""
    return NUMBERS[word] if word in NUMBERS else int(word)


def values(plain: Plain, match: re.Match[str]) -> list[str]:
    """What the target of `match` names: several if it names several."""
    target = match["target"]
    marks = re.findall(MARK, target)
    if marks:
        return [plain.name(mark) for mark in marks]
    return [target if match["label"].endswith("word ") else _SIGNS.get(target, target)]


def takes_word(match: re.Match[str]) -> bool:
    """Whether the target was called a word, which then means the whole word."""
    return re.search(r"\b(?:word|name|term|identifier|token)\s", match["label"]) is not None


def _is_plain(match: re.Match[str]) -> bool:
    """Whether the target is ordinary words that nothing sets apart: neither quotes nor ``the phrase``."""
    return re.search(MARK, match["target"]) is None and not set(match["label"].split()) - _ARTICLES


def take_conditions(plain: Plain) -> Iterator[tuple[Condition, bool]]:
    """Take every condition out of the question; with each, whether it is about a whole word."""
    yield from ((condition, False) for condition in _take_lengths(plain))
    for form, relation, negated in CONDITIONS:
        while (match := re.search(form, plain.text)) and _can_be_target(match["target"]):
            key = match.groupdict().get("key", "")
            if key in _NO_TARGET:
                break
            plain.cut(match)
            named, whole = values(plain, match), takes_word(match)
            ordinary = _is_plain(match) or (key != "" and not plain.is_quoted(key))
            together = len(named) == 1 or _is_either(match) or negated
            for some in [tuple(named)] if together else [(value,) for value in named]:
                yield Condition(relation, some, negated, plain.spelled(key), ordinary), whole


def take_occurrence(plain: Plain) -> tuple[Condition, bool] | None:
    """Take ``occurrences of 'x'`` or ``does 'x' appear`` out; with it, whether it is about a whole word.

    Raises
    ------
    NotUnderstoodError
        If several things are named that would have to be counted one by one.
    """
    for form in (*OCCURRENCES, NAMED):
        match = re.search(form, plain.text)
        if match and _can_be_target(match["target"]):
            plain.cut(match)
            named = values(plain, match)
            if len(named) > 1 and not _is_either(match):
                raise NotUnderstoodError("it names several things to count at once")
            return Condition("contains", tuple(named), plain=_is_plain(match)), takes_word(match)
    return None


def _take_lengths(plain: Plain) -> Iterator[Condition]:
    for form, relation, more in LENGTHS:
        if match := plain.take(form):
            yield Condition(relation, (str(number(match["n"]) + more),))
    if exact := plain.take(LENGTH):
        length = number(exact["n"])
        yield Condition("longer", (str(length - 1),))
        yield Condition("shorter", (str(length + 1),))


def _is_either(match: re.Match[str]) -> bool:
    """Whether one of the names suffices: ``'a' or 'b'``."""
    return re.search(r"\bor\b|/", match["target"]) is not None


def _can_be_target(target: str) -> bool:
    """Whether plain words can be something to look for, rather than part of how the question is put."""
    noun = first_noun(target)
    return target.split(maxsplit=1)[0] not in _NO_TARGET and not (noun and noun[1].start() == 0)
