"""The part of the grammar for needles: where something stands, what it is set to, a fact in prose."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline.conditions import take_conditions, takes_word, values
from rlm_kernel.offline.forms import APPEAR, NAMED, TARGET
from rlm_kernel.offline.lexer import MARK
from rlm_kernel.offline.task import Condition, NotUnderstoodError, Relation, Task
from rlm_kernel.offline.words import words

if TYPE_CHECKING:
    from rlm_kernel.offline.lexer import Plain

_ONE_FILE = (
    r"\b(?:in |from )?(?:which|what)(?: one)?(?: of the)?(?: (?:source|text|log|python))? "
    r"(?:file|module|document|script|letter|page)s?\b"
)
_THE_FILE = (
    r"\b(?:find|give me|show me|name) (?:the|a) (?:source |text )?(?:file|module|document|script)\b(?!s)"
)
_ONE_LINE = (
    r"\b(?:on |in |at )?(?:which|what) (?:\w+ )?line(?: numbers?)?\b|\bthe line number\b|"
    r"\b(?:find|give me|show me|show|quote|get|return|print) (?:me )?(?:the|a) (?:\w+ )?line\b(?!s)"
)
_SEVERAL = re.compile(
    r"\b(?:how many|how often|most|list|all|every|each|count)\b|\bnumber of (?:lines|files|times)"
)
_VALUES = (
    rf"\bvalue (?:is |was )?(?:assigned|given|set|bound) to {NAMED}",
    (
        rf"\b(?:what is|what's|what does|what was|to what is|to which value is) {NAMED} "
        r"(?:set|equal|assigned|bound|initiali[sz]ed|have as(?: its)? value)(?: to| as)?(?: what)?"
    ),
    rf"\bvalue (?:of|for) (?:the )?(?:\w+ )?{NAMED}",
    rf"\bvalue (?:does|is|has) {NAMED} (?:have|set to|got)?",
    rf"{NAMED}(?:'s)? (?:equals?|is|has) (?:what|which)(?: value)?",
    rf"\b(?:find|what is|what's) {NAMED}'s? value\b",
)
_DEFINED = (
    (
        rf"\bwhere (?:is|are|was|does) {NAMED}(?: class| function| method)? "
        r"(?:get )?(?:defined|declared|implemented)"
    ),
    rf"\bwhere (?:is|can i find) the (?:definition|declaration) of {NAMED}",
)
_PLACES = (
    rf"\bwhere (?:is|are|does|do|can i find|did|was) {NAMED} (?:in the text )?{APPEAR}",
    rf"\bwhere (?:is|are|can i find) (?:the )?(?:string|text|phrase|word|message) {NAMED}",
    rf"\bfirst (?:occurrence|appearance|mention) of {TARGET}",
)
_STOP = words("stop")
_KIND_WORDS = re.compile(
    r"\b(?:what|which|when|where|who|whose|find|locate|look|looking|tell|need|"
    r"how much|identify|search|give)\b"
)


def located(said: Plain, base: Task) -> Task | None:
    """The task of a question after a line, a file, a definition or an assigned value; None for any other."""
    return _value(said, base) or _definition(said, base) or _line_or_file(said, base) or _place(said, base)


def fact(said: Plain, base: Task) -> Task:
    """The task of a question after something that the text says in its own words.

    Raises
    ------
    NotUnderstoodError
        If nothing asks, or nothing is named that could be searched for.
    """
    if not _KIND_WORDS.search(said.text) or _SEVERAL.search(said.text):
        raise NotUnderstoodError("it is none of the kinds of question")
    named = [said.name(mark) for mark in re.findall(MARK, said.text)]
    words = [
        word.removesuffix("'s").strip("'-")
        for word in re.findall(r"[^\W_][\w'-]*", re.sub(MARK, " ", said.text))
    ]
    words = [word for word in words if word not in _STOP and (len(word) > 1)]
    where = (
        ("where",)
        if re.search(r"\bwhere\b|\bplace\b", said.text)
        else ("when",)
        if re.search(r"\bwhen\b", said.text)
        else ()
    )
    keywords = tuple(dict.fromkeys([*words, *named]))
    if not keywords or len(keywords) > _MOST_KEYWORDS:
        raise NotUnderstoodError("it does not name what to look for")
    return replace(base, kind="needle", unit="line", ask="fact", keywords=keywords, field="".join(where))


_MOST_KEYWORDS = 12


def _value(said: Plain, base: Task) -> Task | None:
    for form in _VALUES:
        if match := re.search(form, said.text):
            condition = Condition("contains", tuple(values(said, match)))
            return replace(base, kind="needle", unit="line", ask="value", conditions=(condition,))
    alone = re.fullmatch(rf"(?:what is|what's|find|look up) (?:the )?{NAMED}", said.text)
    if alone and re.fullmatch(r"\w+", values(said, alone)[0]):
        return replace(
            base,
            kind="needle",
            unit="line",
            ask="value",
            conditions=(Condition("contains", (values(said, alone)[0],)),),
        )
    return None


def _definition(said: Plain, base: Task) -> Task | None:
    for form in _DEFINED:
        if match := re.search(form, said.text):
            return replace(
                base,
                kind="needle",
                unit="line",
                ask="definition",
                conditions=(Condition("defines", tuple(values(said, match))),),
            )
    return None


def _place(said: Plain, base: Task) -> Task | None:
    for form in _PLACES:
        if match := re.search(form, said.text):
            condition = Condition("contains", tuple(values(said, match)))
            return replace(
                base,
                kind="needle",
                unit="line",
                ask="line",
                conditions=(condition,),
                whole_word=takes_word(match),
            )
    return None


def _line_or_file(said: Plain, base: Task) -> Task | None:
    if _SEVERAL.search(said.text) or base.at_least:
        return None
    for form, unit in ((_ONE_FILE, "document"), (_THE_FILE, "document"), (_ONE_LINE, "line")):
        match = re.search(form, said.text)
        if not match or (
            re.search(r"(?:files|modules|documents|scripts|letters|pages|lines)\b", match[0])
            and "of the" not in match[0]
        ):
            continue
        said.cut(match)
        conditions, whole = _held(said)
        if not conditions:
            raise NotUnderstoodError("it does not say what the file or line contains")
        return replace(
            base,
            kind="needle",
            unit=unit,
            ask="line" if unit == "line" else "",
            conditions=conditions,
            whole_word=whole,
        )
    return None


def _held(said: Plain) -> tuple[tuple[Condition, ...], bool]:
    found = list(take_conditions(said))
    if found:
        return tuple(condition for condition, _ in found), any(whole for _, whole in found)
    match = re.search(NAMED, said.text)
    if not match:
        return (), False
    relation: Relation = (
        "defines" if re.search(r"\b(?:class|function|method)\s", match["label"]) else "contains"
    )
    return (Condition(relation, tuple(values(said, match))),), takes_word(match)
