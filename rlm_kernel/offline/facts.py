"""A fact in prose: which line says it, and which part of the line is the answer."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rlm_kernel.offline.patterns import quote
from rlm_kernel.offline.reading import lines_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm_kernel.offline.task import Task

ENOUGH = 0.6
"""The share of what the question names that a passage must mention, by weight."""

_SHORT_STEM = 4
_SPELLINGS = dict.fromkeys(("phone", "telephone"), r"(?:tele)?phone") | dict.fromkeys(
    ("email", "e-mail"), r"e-?mail"
)
_IS = (
    r"(?:\s+(?:is|are|was|were|will be|has been|reads|became|becomes|remains)"
    r"(?:\s+(?:now|set to|called|always))?\s+|\s*(?:(?!(?<=\d):\d):|=|->|=>|→)\s*)"
)
_END = r"(?=[\"'`”’]?(?:[.;,!?)]+(?:\s|$)|$|\s+(?:and|but|which|because|so|until|instead)\b))"
_PLACE = re.compile(
    (
        r"\b(?:(?:is|are|was|were|hidden|kept|lies|stands|put|left|hangs|sits|buried|"
        r"located|stored|lives|found)\s+)"
        r"((?:under|underneath|beneath|behind|inside|in|on|at|above|below|next to|near|"
        r"beside|between|within|over|by)\s+[^.;!?\n]+)"
    ),
    re.IGNORECASE,
)
_SHAPES = (
    (r"phone|telephone|mobile|fax", r"\+?\d[\d ()/-]{5,}\d"),
    (r"e-?mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    (r"url|link|website|web address", r"https?://\S+[^\s.,;:!?)\"'>]"),
    (r"\bip\b", r"\d+(?:\.\d+){3}"),
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_WHEN = (
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}:\d{2}(?:\s*[-–]\s*\d{1,2}:\d{2})?|"
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?: \d{{4}})?|"
    rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?|\b(?:1[5-9]|20)\d\d\b"
)


def stem(word: str) -> str:
    """A regular expression for `word` in its other forms; a name stays as it is."""
    if word in _SPELLINGS:
        return _SPELLINGS[word]
    if not word.islower() or not word.isalpha():
        return rf"(?<!\w){quote(word)}(?!\w)"
    short = re.sub(r"(?<=\w{3})(?:ations?|ions?|ings?|ers?|ed|es|en|e|s)$", "", word)
    short = re.sub(r"([^aeiouls])\1$", r"\1", short)
    start = "" if len(short) > _SHORT_STEM else r"\b"
    return rf"{start}{short}\w*"


def share(named: Sequence[str], hits: Mapping[str, int]) -> float:
    """The share of what a question names, by weight: a rare word weighs more, one that is missing most."""
    weights = {word: 1 / math.sqrt(max(count, 1)) for word, count in hits.items()}
    return sum(weights[word] for word in named) / sum(weights.values())


def from_text(task: Task, text: str) -> str:
    """The fact that `text` states; empty where no line says all that is asked and occurs."""
    lines = lines_of(text)
    patterns = [re.compile(stem(word), re.IGNORECASE) for word in task.keywords]
    best, best_score = "", 0.0
    for number, line in enumerate(lines):
        score = 1.0 * sum(bool(pattern.search(line)) for pattern in patterns)
        if score:
            nearby = "\n".join(lines[max(0, number - 2) : number + 3])
            score += sum(bool(pattern.search(nearby)) for pattern in patterns) / 2
            if score > best_score:
                best, best_score = line, score
    named = sum(bool(pattern.search(text)) for pattern in patterns)
    elsewhere = [word for word in task.keywords if word.islower() and mentions(text, word)]
    if not best or named < ENOUGH * len(patterns) or not all(mentions(best, word) for word in elsewhere):
        return ""
    return extract(task, best) or ("" if is_vague(task) else best.strip())


def is_vague(task: Task) -> bool:
    """Whether a line that mentions what is named is no answer: a word alone, or a question for a time."""
    return (len(task.keywords) == 1 and not task.quoted) or task.field == "when"


def extract(task: Task, line: str) -> str:
    """The part of `line` that answers; empty if no part can be told."""
    sentence = _most_telling(task, line)
    for attempt in (_by_shape, _by_place, _by_value, _by_number):
        if value := attempt(task, sentence):
            return bare(value)
    return ""


def mentions(text: str, word: str) -> bool:
    """Whether `text` has `word` in one of its forms."""
    return re.search(stem(word), text, re.IGNORECASE) is not None


def _most_telling(task: Task, line: str) -> str:
    """The sentence of `line` that mentions most of what the question names."""
    stems = [re.compile(stem(word), re.IGNORECASE) for word in task.keywords]
    return max(
        re.split(r"(?<=[.!?])\s+", line), key=lambda said: sum(bool(form.search(said)) for form in stems)
    )


def bare(value: str) -> str:
    """A value without the quotes, comment or comma around it."""
    value = re.sub(r"\s+#\s.*$", "", value.strip()) if not value.startswith("#") else value
    value = value.strip().rstrip(",;").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'`":
        return value[1:-1]
    return value


def _by_shape(task: Task, line: str) -> str:
    asked = " ".join(task.keywords).lower()
    for words, form in _SHAPES:
        if re.search(words, asked) and (match := re.search(form, line)):
            return match[0]
    if task.field == "when":
        after = line[_end_of_keywords(task.keywords, line) :]
        match = re.search(_WHEN, after) or re.search(_WHEN, line)
        return match[0] if match else ""
    return ""


def _by_place(task: Task, line: str) -> str:
    if task.field != "where":
        return ""
    match = _PLACE.search(line)
    return match[1] if match else ""


def _by_value(task: Task, line: str) -> str:
    """What stands after "… is" or "…: ", as near as can be after what the question names."""
    named = "|".join(stem(word) for word in task.keywords)
    form = (
        rf"(?:{named})(?:\s+(?:of|for|to|in|on|at|from)\b[^.;:=\n]*?|"
        rf"\s+[\w'’-]+){{0,3}}?{_IS}(?:\"([^\"\n]+)\"|'([^'\n]+)'|`([^`\n]+)`|"
        rf"([^\n]+?){_END})"
    )
    match = re.search(form, line, re.IGNORECASE)
    return match[match.lastindex or 0] if match else ""


def _by_number(task: Task, line: str) -> str:
    """A number or code that follows what the question names: ``build number 48211``."""
    named = "|".join(stem(word) for word in task.keywords)
    match = re.search(
        rf"(?:{named})\s+(?:(?:no\.?|number|nr\.?|code|id)\s+)?(#?[A-Z]*\d[\w:.-]*\w|\d)", line, re.IGNORECASE
    )
    return match[1] if match else ""


def _end_of_keywords(keywords: Sequence[str], line: str) -> int:
    ends = [match.end() for word in keywords if (match := re.search(stem(word), line, re.IGNORECASE))]
    return max(ends, default=0)
