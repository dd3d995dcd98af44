"""What a task names literally, and whether it occurs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm_kernel.offline.facts import stem
from rlm_kernel.offline.patterns import field_of, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm_kernel.offline.task import Task

ANY_CASE = " (any case)"
"""What is added to a name whose hits are counted without regard to case."""

_WITHOUT_TEXT = frozenset({"longer", "shorter", "regex"})


def told_apart(task: Task) -> dict[str, str]:
    """The names that a task looks for, each with a regular expression: as written, and in any case."""
    if task.ask == "fact":
        return {word: f"(?i){stem(word)}" for word in task.keywords}
    forms: dict[str, str] = {}
    for name in _literals(task):
        forms[name] = f"(?i){quote(name)}" if task.ignore_case else quote(name)
        forms[f"{name}{ANY_CASE}"] = f"(?i){quote(name)}"
    if task.unit == "field":
        forms[task.field] = f"(?m){field_of(task.field)}"
    return forms


def absent(task: Task, hits: Mapping[str, int]) -> list[str]:
    """The names without which there can be no hit, if they do not occur."""
    missing = []
    for condition in task.conditions:
        if condition.relation in _WITHOUT_TEXT or condition.negated:
            continue
        if not any(hits.get(value, 0) for value in condition.values):
            missing += list(condition.values)
    return missing


def absent_in_any_case(missing: list[str], hits: Mapping[str, int]) -> bool:
    """Whether names that do not occur as written do not occur in another case either."""
    return not any(hits.get(f"{name}{ANY_CASE}") for name in missing)


def written_hits(hits: Mapping[str, int]) -> int:
    """How often the names occur as written, all together."""
    return sum(count for name, count in hits.items() if not name.endswith(ANY_CASE))


def similar_forms(names: list[str]) -> str:
    """A list, as source text, of patterns for other spellings of `names`."""
    forms = [
        r"[\s_.-]*".join(quote(part) for part in name.replace("_", " ").replace("-", " ").split())
        for name in names
    ]
    return repr([rf"\w*{form.removesuffix('s')}\w*" for form in forms])


def _literals(task: Task) -> list[str]:
    named = [c.values for c in task.conditions if c.relation not in _WITHOUT_TEXT]
    return list(dict.fromkeys(value for values in named for value in values))
