"""Hints of the human: what the offline model can act on, and what it says of them.

Two kinds change what it does.  One says which texts to leave out, to read alone or to look at
first; the other amends the question, or asks another.  Any other hint is named, and passed over.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline.access import names_texts
from rlm_kernel.offline.grammar import understand
from rlm_kernel.offline.speech import in_words, quoted_names
from rlm_kernel.offline.task import Condition, NotUnderstoodError, Selection, Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm_kernel.offline.conversation import ContextNote, Conversation, Hint
    from rlm_kernel.offline.task import Manner

_LOOK = r"(?:look|search|read|see|check|begin|start)(?: (?:at|in|into|inside|through|with|from))?"
_NOT_OF = (
    r"leave out|leave aside|skip|ignore|exclude|omit|except|without|pass over|"
    r"(?:do not|don't|not) (?:look|search|read)(?: (?:at|in|into))?"
)
_FORMS: tuple[tuple[str, Manner], ...] = (
    (r"(?:leave|keep) (?P<what>.+?) (?:out|aside)(?: of (?:it|this))?", "out"),
    (r"leave (?P<what>.+?) alone", "out"),
    (rf"(?:{_NOT_OF}) (?P<what>.+)", "out"),
    (r"(?:only|just) (?:look |search |read |use )?(?:(?:at|in|inside|within|from) )?(?P<what>.+)", "only"),
    (r"(?:look|search|read|use) (?:only|just) (?:(?:at|in|inside|within|from) )?(?P<what>.+)", "only"),
    (r"(?:look |search |read |use )?(?:(?:at|in|inside|within|from) )?(?P<what>.+) (?:only|alone)", "only"),
    (r"first (?:look|search|read|see|check|use)(?: (?:at|in|into|inside))? (?P<what>.+)", "first"),
    (r"use (?P<what>.+) first", "first"),
    (rf"{_LOOK} (?P<what>.+?)(?: first)?", "first"),
)
"""How a hint names texts, and what is to become of these."""
_THING = r"(?:files?|documents?|folders?|texts?|sections?|chapters?)"
_WHAT = re.compile(
    rf"(?:(?:the|a|an|any|all|every|these|those) )*(?:{_THING}(?: (?:called|named))? )?"
    r"(?P<name>\"[^\"]+\"|'[^']+'|`[^`]+`|[\w./*-]+(?: [\w./*-]+){0,2}?)"
    rf"(?: {_THING})?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r",? (?:and|or) |, ")
_AMENDS = re.compile(r"(?:letter )?case|order|lines?|words?", re.IGNORECASE)
"""What is no name of a text: hints such as ``ignore case`` amend the question."""
_BY_CONDITION = frozenset({"line", "entry", "document"})
"""Units that a condition can leave out."""
_SHOWN = 80


def heard(talk: Conversation) -> tuple[Task, int]:
    """What question and hints ask together, and the number of steps made before they asked it.

    Raises
    ------
    NotUnderstoodError
        If neither does.
    """
    names = [context.name for context in talk.contexts]
    task, since, why = None, 0, None
    try:
        task = understand(talk.question, names)
    except NotUnderstoodError as error:
        why = error
    for hint in talk.hints:
        amended = _amended(task, talk, hint.text)
        if amended is not None and amended != task:
            task, since = amended, hint.after
    if task is None:
        raise why or NotUnderstoodError("there is no question")
    return task, since


def said_of(talk: Conversation) -> str:
    """What the offline model says of a hint that nothing has been said of yet; empty where there is none."""
    if not talk.hint_is_new:
        return ""
    hint = talk.hints[-1].text
    shown = repr(hint if len(hint) <= _SHOWN else f"{hint[:_SHOWN]}…")
    before, now = _task(talk, talk.hints[:-1]), _task(talk, talk.hints)
    if now == before or now is None:
        return f"It has read the hint {shown}, but can do nothing with it and goes on without."
    if before is None or now.selections == before.selections:
        return f"It has read the hint {shown}, and asks anew with it."
    return f"It has read the hint {shown}: {_in_words(now.selections[-1])}."


def found_of(task: Task, seen: Mapping[str, Mapping[str, int]]) -> str:
    """What came of the hints that name texts, by what the look printed; empty where there are none."""
    return " ".join(_found(selection, seen[selection.manner]) for selection in task.selections)


def _task(talk: Conversation, hints: Sequence[Hint]) -> Task | None:
    try:
        return heard(replace(talk, hints=tuple(hints)))[0]
    except NotUnderstoodError:
        return None


def _amended(task: Task | None, talk: Conversation, hint: str) -> Task | None:
    """The task as a hint changes it; None where the hint is not understood."""
    if selections := _selections(hint):
        return None if task is None else _selected(task, selections, talk.contexts)
    names = [context.name for context in talk.contexts]
    for said in (f"{talk.question} {hint}", hint):
        try:
            amended = understand(said, names)
        except NotUnderstoodError:
            continue
        return replace(amended, selections=() if task is None else task.selections)
    return None


def _selections(hint: str) -> tuple[Selection, ...]:
    """Which texts a hint names, and what is to become of them; empty for any other hint."""
    sentences = [said for said in re.split(r"[.;!](?:\s+|$)|,? then ", hint.strip()) if said]
    found = [
        _selection(re.sub(r"^please |,? please$", "", said.strip(), flags=re.IGNORECASE))
        for said in sentences
    ]
    return tuple(each for each in found if each) if found and all(found) else ()


def _selection(said: str) -> Selection | None:
    for form, manner in _FORMS:
        if match := re.fullmatch(form, said, re.IGNORECASE):
            parts = [_WHAT.fullmatch(part) for part in _BETWEEN.split(match["what"])]
            names = tuple(part["name"].strip("\"'`") for part in parts if part)
            if len(names) < len(parts) or any(_AMENDS.fullmatch(name) for name in names):
                return None
            return Selection(manner, names)
    return None


def _selected(task: Task, selections: Sequence[Selection], contexts: Sequence[ContextNote]) -> Task | None:
    """The task with these texts left out, alone or first; None where that makes no difference to it."""
    for selection in selections:
        if selection.manner == "first" and (not names_texts(contexts) or task.kind != "needle"):
            continue
        if names_texts(contexts):
            task = replace(task, selections=_joined(task.selections, selection))
        elif task.unit in _BY_CONDITION and not task.ask:
            is_out = selection.manner == "out"
            mentioned = Condition("contains", selection.names, negated=is_out)
            task = replace(task, conditions=(*task.conditions, mentioned))
    return task


def _joined(selections: Sequence[Selection], new: Selection) -> tuple[Selection, ...]:
    """One selection of each manner, the newest last."""
    earlier = [name for each in selections if each.manner == new.manner for name in each.names]
    others = [each for each in selections if each.manner != new.manner]
    return (*others, replace(new, names=tuple(dict.fromkeys([*earlier, *new.names]))))


def _in_words(selection: Selection) -> str:
    named = f"texts whose name has {quoted_names(selection.names)}"
    if selection.manner == "only":
        return f"only {named} are read"
    done = "are left out" if selection.manner == "out" else "come first where several fit equally well"
    return f"{named} {done}"


def _found(selection: Selection, seen: Mapping[str, int]) -> str:
    if not seen["named"]:
        return f"No text's name has {quoted_names(selection.names)}: that hint changes nothing."
    if not seen["kept"]:
        return "That hint would leave out all texts, so it is passed over."
    many = in_words(seen["named"], "text")
    return {
        "out": f"The hint leaves out {many}.",
        "only": f"By the hint it reads {many} only.",
        "first": f"By the hint {many} come first.",
    }[selection.manner]
