"""What a question leaves open, settled by what the context holds: letter case, and keys with their values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline.names import ANY_CASE, absent, names_of, pairs_in
from rlm_kernel.offline.speech import quoted_names
from rlm_kernel.offline.task import NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlm_kernel.offline.task import Condition, Task


def settled(task: Task, hits: Mapping[str, int]) -> Task:
    """The task as the context must be searched for it; `hits` are those of the names told apart.

    Raises
    ------
    NotUnderstoodError
        If the context holds a phrase in several readings, so that nothing says which is meant.
    """
    task = replace(task, conditions=tuple(_settled(condition, task, hits) for condition in task.conditions))
    if task.quoted or not absent(task, hits):
        return task
    return replace(task, ignore_case=True)


def unclear(task: Task, hits: Mapping[str, int]) -> list[str]:
    """Phrases and pairs of a settled task that occur nowhere: that they do not occur answers nothing.

    Whoever writes ``rows that have status late`` may mean something that the context puts
    otherwise; only what stands in quotes, or is called a phrase, is meant to the letter.
    """
    missing = []
    for condition in task.conditions:
        case = "" if condition.key and task.quoted else ANY_CASE
        names = names_of(condition)
        if condition.is_phrase and not any(hits.get(f"{name}{case}") for name in names):
            missing += names
    return missing


def has_phrases(task: Task) -> bool:
    """Whether the context must be seen before it is clear what the task looks for."""
    return any(condition.is_phrase for condition in task.conditions)


def _settled(condition: Condition, task: Task, hits: Mapping[str, int]) -> Condition:
    """The one reading of a condition that occurs; the condition itself where none or nothing else does."""
    pairs = pairs_in(condition, task.unit)
    held = [pair for pair in pairs if hits.get(f"{names_of(pair)[0]}{ANY_CASE}")]
    if not held:
        return condition
    if hits.get(f"{condition.values[0]}{ANY_CASE}"):
        held.append(condition)
    if len(held) > 1:
        readings = quoted_names([names_of(reading)[0] for reading in held])
        raise NotUnderstoodError(f"the context has {readings}, and the question may mean either")
    return held[0]
