"""A task → the regular expressions that find its items."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rlm_kernel.offline.task import Condition, NotUnderstoodError, Task
from rlm_kernel.offline.units import CODE, PASSED_OVER, UNITS, Shape

_DEFINES = r"(?:(?:async|export|default|pub|public|static)[ \t]+)*(?:def|class|function|func|fn)[ \t]+"
_MODULES_BEFORE = r"(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*"
_CODE_RELATIONS = frozenset({"imports", "defines", "inherits"})


@dataclass(frozen=True, slots=True)
class Search:
    """How the items of one text are found.

    An item is a match of `find` (of its group, if it has one), a line, or a whole document; `test`
    must then be found in it, unless it is empty.  A document that has a `find` must also match that.
    """

    shape: Shape
    find: str
    test: str
    ignore_case: bool = False
    splits: bool = False
    """A match may hold several items, with commas between them."""
    folds: bool = False
    """Items are put in lower case before they are tested."""

    @property
    def flags(self) -> re.RegexFlag:
        """How the regular expressions are compiled."""
        return re.MULTILINE | (re.IGNORECASE if self.ignore_case else re.NOFLAG)


def search_of(task: Task) -> Search:
    """The search that `task` asks for.

    Raises
    ------
    NotUnderstoodError
        If one of its conditions makes no sense for its unit.
    """
    unit = UNITS[task.unit]
    folds = unit.folds and (task.kind in {"top", "tally"} or not task.conditions) and _may_fold(task)
    find, conditions = unit.find, task.conditions
    if task.unit == "occurrence":
        find, conditions = _one(conditions[0], task), ()
    elif task.unit == "field":
        find = field_of(task.field)
    elif task.unit == "blank":
        return Search("line", "", r"^\s*$")
    elif unit.shape == "match" or task.unit == "document":
        find, conditions = _code_condition(unit.name, find, conditions, task)
    if unit.shape == "match" and any(c.relation in _CODE_RELATIONS or c.key for c in conditions):
        raise NotUnderstoodError("its conditions do not fit what it counts")
    return Search(unit.shape, find, _all(conditions, task), task.ignore_case, unit.splits, folds)


def quote(text: str) -> str:
    """`text` as a regular expression that people can read."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def value_of(name: str) -> str:
    """An assignment to `name`; the group is what it is set to."""
    return rf"(?<![\w.]){quote(name)}[\"']?\s*(?::[^=\n]+)?(?:=(?!=)|:(?!:))\s*([^\n]+)"


def definition_of(name: str) -> str:
    """The line on which `name` is defined."""
    bare = quote(name.removesuffix("()"))
    return rf"^[ \t]*{_DEFINES}{bare}\b|^{bare}[ \t]*(?::[^=\n]+)?=(?!=)"


def pair_of(condition: Condition, unit: str) -> str:
    """The value of a condition after its key: a line of its own in a record, a part of a line elsewhere.

    A value after ``=`` ends at a space, one after a colon at punctuation or with its line.
    """
    value = "|".join(quote(value) for value in condition.values)
    value = f"(?:{value})" if len(condition.values) > 1 else value
    key = "[ _-]?".join(quote(part) for part in re.split(r"[ _-]", condition.key))
    if unit == "document":
        return f"^(?i:{key}): {value}$"
    value, end = rf"[ \t]*[\"']?{value}[\"']?", r"[ \t]*(?:$|[,;|}\])])"
    return rf"(?<!\w)(?i:{key})[\"']?[ \t]*(?::{value}(?={end})|={value}(?={end}|\s))"


def _may_fold(task: Task) -> bool:
    return not any(value != value.lower() for condition in task.conditions for value in condition.values)


def field_of(name: str) -> str:
    """A value of the field `name`, as in ``name=value``, ``"name": "value"`` or a line ``name: value``."""
    plural = name.islower() and re.search(r"[^su]s$", name)
    forms = [quote(name), quote(name[:-1])] if plural else [quote(name)]
    rest_of_line = "|".join(rf"(?<=^{form}: )[^\n]+" for form in forms)
    value = rf"(?<=\")[^\"\n]*|(?<=')[^'\n]*|{rest_of_line}|[^\s\"',;|}}\])]+"
    return rf"(?<!\w)(?:{'|'.join(forms)})[\"']?[ \t]*[=:][ \t]*[\"']?({value})"


def _code_condition(
    unit: str, find: str, conditions: tuple[Condition, ...], task: Task
) -> tuple[str, tuple[Condition, ...]]:
    """Let `find` see to a condition that only a program's text outside of strings can fulfil."""
    code = [condition for condition in conditions if condition.relation in _CODE_RELATIONS]
    if len(code) != 1 or code[0].negated or (unit in CODE and code[0].relation != "inherits"):
        return find, conditions
    others = tuple(condition for condition in conditions if condition is not code[0])
    return PASSED_OVER + _one(code[0], task, group=True), others


def _one(condition: Condition, task: Task, *, group: bool = False) -> str:
    """The regular expression of a condition that is not negated."""
    if condition.relation == "regex":
        return _compiled(condition.values[0])
    if condition.key:
        return pair_of(condition, task.unit)
    if condition.relation == "longer":
        return f".{{{int(condition.values[0]) + 1},}}"
    if condition.relation == "shorter":
        return f"^.{{0,{int(condition.values[0]) - 1}}}$"
    text = "|".join(
        quote(value.removesuffix("()")) if condition.relation in _CODE_RELATIONS else quote(value)
        for value in condition.values
    )
    either = f"(?:{text})" if len(condition.values) > 1 else text
    opening = "(" if group else "(?:"
    forms = {
        "contains": rf"(?<!\w){either}(?!\w)" if task.whole_word else either,
        "starts": f"^{either}",
        "ends": f"{either}$",
        "equals": rf"^[ \t]*{either}[ \t]*$",
        "imports": rf"^[ \t]*{opening}import[ \t]+{_MODULES_BEFORE}{either}\b|from[ \t]+{either}\b)",
        "defines": rf"^[ \t]*{opening}{_DEFINES}{either}\b|(?<![ \t]){either}[ \t]*=(?!=))",
        "inherits": rf"^[ \t]*class[ \t]+{opening}\w+)[ \t]*\([^()]*(?<!\w){either}(?!\w)",
    }
    return forms[condition.relation]


def _all(conditions: tuple[Condition, ...], task: Task) -> str:
    """One regular expression for all conditions together."""
    if not conditions:
        return ""
    if len(conditions) == 1 and not conditions[0].negated:
        return _one(conditions[0], task)
    ahead = [rf"(?{'!' if c.negated else '='}[\s\S]*?(?:{_one(c, task)}))" for c in conditions]
    return r"\A" + "".join(ahead)


def _compiled(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as problem:
        raise NotUnderstoodError("its regular expression is not valid") from problem
    if groups > 1:
        raise NotUnderstoodError("its regular expression has more than one group")
    return pattern
