"""A task → the instruction that the root writes for a sub-model, in words that any model understands.

The grammar reads each instruction back as the same task, which is how the offline sub-model
understands it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlm_kernel.offline.patterns import search_of
from rlm_kernel.offline.units import CODE, UNITS

if TYPE_CHECKING:
    from rlm_kernel.offline.task import Condition, Task

_VERBS = {
    "contains": "contain",
    "starts": "start with",
    "ends": "end with",
    "equals": "equal",
    "regex": "match the regular expression",
    "imports": "import",
    "defines": "define",
    "inherits": "inherit from",
}


def for_chunks(task: Task) -> Task:
    """What a sub-model is asked about one chunk, so that the replies can be combined."""
    part = replace(task, number=0, at_least=0, scope="", in_order=False, quoted=True)
    if task.kind == "top" or task.at_least:
        return replace(part, kind="tally")
    if task.unit == "document" or task.distinct or task.kind == "needle":
        return replace(part, kind="list", distinct=task.distinct and task.unit != "document", ask="")
    return part


def instruction(task: Task, *, files: bool = False) -> str:
    """The instruction for a task made by `for_chunks`; `files` if each text is headed by its path."""
    unit = UNITS[task.unit]
    where = f"{_conditions(task)} in the text between the markers{_notes(task, files=files)}."
    different = "different " if task.distinct else ""
    if task.kind == "count":
        return f"Count the {different}{unit.plural}{where} Reply with the number only."
    if task.kind == "list":
        what = "path" if task.unit == "document" else unit.singular
        return f"List all {different}{unit.plural}{where} Reply with one {what} per line, or (none)."
    by_file = "by file " if task.by_file else ""
    each = (
        "file: the number, a tab, the path"
        if task.by_file
        else f"different {unit.singular}: the number, a tab, the {unit.singular}"
    )
    return f"Tally {by_file}the {different}{unit.plural}{where} Reply with one line per {each}; or (none)."


def quoted(text: str) -> str:
    """`text` in quotation marks that it does not contain."""
    for opening, closing in ("''", '""', "``", "«»"):
        if opening not in text and closing not in text:
            return f"{opening}{text}{closing}"
    return f"“{text}”"


def _notes(task: Task, *, files: bool) -> str:
    case = " (case-sensitive)" if task.conditions else ""
    if search_of(task).folds:
        case = " (in lower case)"
    if task.ignore_case:
        case = ", ignoring case"
    headed = " (each file begins with a line === file: path ===)" if files else ""
    return case + headed


def _conditions(task: Task) -> str:
    if task.unit == "occurrence":
        return f" of {_values(task.conditions[0], task)}"
    if task.unit == "field":
        return f" of {quoted(task.field)}"
    said = [_condition(condition, task) for condition in task.conditions]
    return " " + " and ".join(said) if said else ""


def _condition(condition: Condition, task: Task) -> str:
    if condition.relation in {"longer", "shorter"}:
        return f"{condition.relation} than {condition.values[0]} characters"
    if condition.key:
        equals = "does not equal" if condition.negated else "equals"
        return f"whose {quoted(condition.key)} {equals} {_values(condition, task)}"
    negation = "do not " if condition.negated else ""
    who = "whose name" if task.unit in CODE and condition.relation == "contains" else "that"
    return f"{who} {negation}{_VERBS[condition.relation]} {_values(condition, task)}"


def _values(condition: Condition, task: Task) -> str:
    word = "the word " if task.whole_word and condition.relation == "contains" else ""
    return word + " or ".join(quoted(value) for value in condition.values)
