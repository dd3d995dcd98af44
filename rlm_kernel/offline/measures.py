"""The part of the grammar for counts, lists and rankings."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline import cues
from rlm_kernel.offline.conditions import number, take_conditions, take_occurrence, values
from rlm_kernel.offline.forms import NAMED
from rlm_kernel.offline.lexer import MARK
from rlm_kernel.offline.speech import quoted_names
from rlm_kernel.offline.task import NotUnderstoodError, Task
from rlm_kernel.offline.units import CODE, first_noun
from rlm_kernel.offline.words import words

if TYPE_CHECKING:
    from rlm_kernel.offline.lexer import Plain

_FILLER = words("filler")
_ARTICLES = frozenset({"a", "an"})
_HOLDERS = frozenset({"document", "line", "entry"})
"""Units that hold what a question names."""
_CONTENT = rf"[^\W_][\w'-]*|{MARK}"
_SOME = 10
"""How many are given where the question asks for the most frequent ones and not for how many."""


def counted_or_listed(said: Plain, base: Task) -> Task | None:
    """The task of a count or a list; None where the question asks for neither."""
    if re.search(cues.COUNT, said.text):
        often = re.search(cues.OFTEN, said.text) is not None
        said.take_all(cues.COUNT)
        return measured(said, replace(base, kind="count"), often=often)
    if _asks_for_all(said):
        imported = said.take(cues.IMPORTED)
        said.take(rf"^{cues.ASKING}")
        said.take(cues.LIST)
        return measured(said, replace(base, kind="list", unit="import" if imported else ""))
    return None


def most_frequent(said: Plain, base: Task) -> Task:
    """The task of a ranking: of words, lines, files…"""
    _refuse_behaviour(said)
    top = said.take(cues.TOP)
    asked = next((group for group in top.groupdict().values() if group), "") if top else ""
    said.take(cues.COUNTS)
    single = asked == "one" or said.take(cues.HIGHEST) is not None
    said.take_all(rf"\b{cues.MOST}\b")
    single = single or re.search(cues.SINGLE, said.text) is not None
    imports = said.take(cues.IMPORTS)
    said.take(cues.LIST)
    said.take(r"\bby (?:number of )?(?:frequency|occurrences?|counts?)\b")
    several = _names_several(said) or (imports and re.search(r"(?:module|package|import)s\b", imports[0]))
    how_many = 0 if single else number(asked) if asked else _SOME if several else 0
    return measured(said, replace(base, kind="top", number=how_many, unit="import" if imports else ""))


def _asks_for_all(said: Plain) -> bool:
    """Whether several things are asked for: ``list …``, ``which files …``."""
    noun, asking = first_noun(said.text), re.match(cues.ASKING, said.text)
    if re.search(cues.LIST, said.text) and re.search(cues.IMPORTED, said.text):
        return True
    if not noun:
        return False
    if re.search(cues.LIST, said.text):
        return re.search(cues.EVERY, said.text) is not None or _names_several(said)
    return asking is not None and asking.end() == noun[1].start() and _names_several(said)


def _names_several(said: Plain) -> bool:
    """Whether the first unit that is named stands in the plural."""
    noun = first_noun(said.text)
    return noun is not None and re.search(r"[^s]s$", noun[1][0]) is not None


def measured(said: Plain, base: Task, *, often: bool = False) -> Task:
    """What is counted, listed or ranked, and its conditions; nothing may be left over.

    `often` says that the question is how often something occurs, whatever else it names.
    """
    _refuse_behaviour(said)
    named = bool(said.take(r"\b(?:whose|with a|with the|having a) names?(?: that)?\b"))
    valued = said.take(rf"\bvalues? (?:of|for|in) (?:the )?(?:field |column |key )?{NAMED}")
    found = list(take_conditions(said))
    unit = base.unit or ("field" if valued else _take_unit(said))
    if often and found and unit in _HOLDERS:
        unit = "occurrence"
    if not found and _may_occur(unit, base) and (occurrence := take_occurrence(said)):
        found = [occurrence]
    task = replace(
        base,
        unit=unit or "occurrence",
        conditions=tuple(condition for condition, _ in found),
        whole_word=base.whole_word or any(whole for _, whole in found),
        field=values(said, valued)[0] if valued else "",
    )
    said.take(r"\b(?:occurrences?|times|instances?|hits)\b")
    if not unit and not found:
        task = _field(said, task)
    task = _by_file(said, task)
    if left := [word for word in re.findall(_CONTENT, said.text) if word not in _FILLER]:
        raise _not_understood(said, left)
    return _checked(task, named=named)


def _not_understood(said: Plain, left: list[str]) -> NotUnderstoodError:
    """The refusal that names the words in question."""
    names = dict.fromkeys(said.spelled(word) for word in left)
    return NotUnderstoodError(f"it does not understand {quoted_names(list(names))}")


def _may_occur(unit: str, base: Task) -> bool:
    """Whether the question may name something that occurs, beside its unit."""
    ranks_items = base.kind in {"top", "tally"} and unit not in {"document", "occurrence"}
    return not ranks_items and (not unit or unit == "occurrence" or unit in _HOLDERS)


def _refuse_behaviour(said: Plain) -> None:
    """Definitions can be counted; who calls or uses them cannot be seen from names."""
    noun = first_noun(said.text)
    if (
        noun
        and noun[0] in {"function", "class"}
        and re.search(r"\b(?:call(?:s|ed|ing)?|used?|invoked|mentioned)\b", said.text)
    ):
        raise NotUnderstoodError("it asks what code does, and not what it defines")


def _take_unit(said: Plain) -> str:
    noun = first_noun(said.text)
    if not noun:
        return ""
    if noun[0] != "occurrence":
        said.cut(noun[1])
    return "" if noun[0] == "field" else noun[0]


def _by_file(said: Plain, task: Task) -> Task:
    """``which file has the most …`` counts something else in each file."""
    if task.unit != "document" or (task.kind not in {"top", "tally"} and not task.at_least):
        return task
    inner = first_noun(said.text)
    if inner and inner[0] != "document":
        said.cut(inner[1])
        return replace(task, unit=inner[0], by_file=True)
    return replace(task, unit="occurrence", by_file=True)


def _field(said: Plain, task: Task) -> Task:
    """The values of a named field are meant, if exactly one word says which."""
    words = [
        word
        for word in re.findall(rf"[^\W\d_][\w-]*|{MARK}", said.text)
        if word not in _FILLER - {"name"} | {"field"}
    ]
    counted = task.kind in {"top", "tally"} or task.distinct
    if words and not counted:
        raise _not_understood(said, words)
    if len(words) != 1:
        raise NotUnderstoodError("the question does not say what to look for")
    said.text = ""
    name = said.name(words[0]) if re.fullmatch(MARK, words[0]) else words[0]
    return replace(task, unit="field", field=name)


_UNQUOTED = frozenset({"occurrence", "line", "entry", "document", "word"})
"""Units that can be asked to contain something that stands in no quotation marks."""


def _checked(task: Task, *, named: bool) -> Task:
    """The task, if its parts go together."""
    occurs = [c for c in task.conditions if not c.negated and not c.key]
    if task.unit == "occurrence" and (len(occurs) != 1 or len(task.conditions) != 1):
        raise NotUnderstoodError("the question does not say what single thing to count")
    if task.unit in _HOLDERS and any(c.plain and c.values[0] in _ARTICLES for c in task.conditions):
        raise NotUnderstoodError("the question does not say what to look for")
    inside = any(condition.relation in {"contains", "longer", "shorter"} for condition in task.conditions)
    if task.unit in CODE and inside and not named and not task.by_file:
        raise NotUnderstoodError("it asks what code does, and not what it defines")
    if (
        task.unit not in _UNQUOTED
        and not task.quoted
        and any(c.relation == "contains" for c in task.conditions)
    ):
        raise NotUnderstoodError(
            "it is not clear whether that is meant to the letter; quotation marks would tell"
        )
    if task.unit == "document" and task.kind in {"top", "tally"} and not task.by_file:
        raise NotUnderstoodError("it does not say what to count in each file")
    if task.unit == "occurrence" and task.kind == "top" and not task.by_file:
        raise NotUnderstoodError("it does not say what kind of thing to rank")
    return task
