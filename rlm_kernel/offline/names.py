"""What a task names literally, and whether it occurs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline.facts import stem
from rlm_kernel.offline.patterns import field_of, pair_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rlm_kernel.offline.task import Condition, Task

ANY_CASE = " (any case)"
"""What is added to a name whose hits are counted without regard to case."""

_WITHOUT_TEXT = frozenset({"longer", "shorter", "regex"})
_WITH_PAIRS = frozenset({"line", "entry", "document"})
"""Units that may hold a key and its value."""
_ENDING, _SHORT = 3, 4
"""Letters that an ending has at most, and a beginning at least."""
_BETWEEN = frozenset({"of", "is", "as"})
"""Words that may stand between the two."""


def told_apart(task: Task) -> dict[str, str]:
    """The names that a task looks for, each with a regular expression: as written, and in any case."""
    if task.ask == "fact":
        return {word: f"(?i){stem(word)}" for word in task.keywords}
    forms: dict[str, str] = {}
    for name, form, flags in _literals(task):
        written = f"{flags}i" if task.ignore_case else flags
        forms[name] = f"(?{written}){form}" if written else form
        forms[f"{name}{ANY_CASE}"] = f"(?{flags}i){form}"
    if task.unit == "field":
        forms[task.field] = f"(?m){field_of(task.field)}"
    return forms


def absent(task: Task, hits: Mapping[str, int]) -> list[str]:
    """The names without which there can be no hit, if they do not occur."""
    missing = []
    for condition in task.conditions:
        if condition.relation in _WITHOUT_TEXT or condition.negated:
            continue
        names = names_of(condition)
        if not any(hits.get(name) for name in names):
            missing += names
    return missing


def names_of(condition: Condition) -> list[str]:
    """What a condition looks for, under the names that the hits are told apart by."""
    return [f"{condition.key}: {value}" if condition.key else value for value in condition.values]


def pairs_in(condition: Condition, unit: str) -> list[Condition]:
    """The keys and values that a phrase may mean: ``status late``, ``status of late``, ``late status``."""
    if not condition.is_phrase or condition.key or unit not in _WITH_PAIRS:
        return []
    words = condition.values[0].split()
    pairs: list[tuple[list[str], list[str]]] = []
    for place in range(1, len(words)):
        left, right = words[:place], words[place:]
        if right[0] not in _BETWEEN:
            pairs += [(left, right), (right, left)]
        elif right[1:]:
            pairs.append((left, right[1:]))
    return [
        replace(condition, relation="equals", key=" ".join(key), values=(" ".join(value),))
        for key, value in pairs
    ]


def absent_in_any_case(missing: list[str], hits: Mapping[str, int]) -> bool:
    """Whether names that do not occur as written do not occur in another case either."""
    return not any(hits.get(f"{name}{ANY_CASE}") for name in missing)


def written_hits(hits: Mapping[str, int]) -> int:
    """How often the names occur as written, all together."""
    return sum(count for name, count in hits.items() if not name.endswith(ANY_CASE))


def similar_forms(names: list[str]) -> str:
    """A list, as source text, of patterns for other spellings of `names`; a sign has none."""
    return repr([rf"\w*{start}\w*" for name in names if (start := _start(name))])


def _start(name: str) -> str:
    """What other forms of `name` have in common: the beginning of a word, or its parts however joined."""
    if name.islower() and name.isalpha():
        return rf"(?:{name[: max(len(name) - _ENDING, _SHORT)]}|{stem(name)})"
    parts = name.replace("_", " ").replace("-", " ").split()
    return r"[\s_.-]*".join(quote(part) for part in parts).removesuffix("s")


def _literals(task: Task) -> Iterator[tuple[str, str, str]]:
    """Name, regular expression and its flags of all that the conditions look for or may look for."""
    for condition in task.conditions:
        if condition.relation in _WITHOUT_TEXT:
            continue
        for one in (condition, *pairs_in(condition, task.unit)):
            for name, value in zip(names_of(one), one.values, strict=True):
                if one.key:
                    yield name, pair_of(replace(one, values=(value,)), task.unit), "m"
                else:
                    yield name, quote(value), ""
