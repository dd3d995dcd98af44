"""What the offline model understood of a question, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as having
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rlm_kernel.offline.shapes import AnswerType

Kind = Literal["needle", "count", "list", "top", "tally"]
"""`tally` is what the root asks a sub-model for where counts must be added up: every item with its number."""

Relation = Literal[
    "contains", "starts", "ends", "equals", "regex", "imports", "defines", "inherits", "longer", "shorter"
]

Ask = Literal["", "line", "value", "definition", "fact"]
"""What a needle question wants to know: a line, an assigned value, a definition, or a fact in prose."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What an item must have: one of `values`, or none of them if `negated`."""

    relation: Relation
    values: tuple[str, ...]
    negated: bool = False
    key: str = ""
    """The name whose value is meant, as in ``status: late``; empty where the item itself is."""
    plain: bool = having(default=False, compare=False)
    """Its key or its values stood in no quotes, so they need not be meant to the letter."""

    @property
    def is_phrase(self) -> bool:
        """Whether it is several ordinary words, or a key and a value, which a context may put another way."""
        return self.plain and (self.key != "" or " " in self.values[0])


Manner = Literal["out", "only", "first"]
"""What a hint wants of the texts it names: left out, read alone, or looked at before the others."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Texts that a hint names by a part of their names."""

    manner: Manner
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One question of the four kinds."""

    kind: Kind
    unit: str
    """The name of a unit in `units.UNITS`: what is counted, listed or found."""
    conditions: tuple[Condition, ...] = ()
    field: str = ""
    """For the unit ``field``: the name whose values are meant."""
    ignore_case: bool = False
    whole_word: bool = False
    distinct: bool = False
    number: int = 0
    """How many a most-frequent question asks for; 0 where it asks for the one."""
    at_least: int = 0
    """Only items that occur this often."""
    by_file: bool = False
    """The unit is counted in each file, and files are what is asked for."""
    scope: str = ""
    """A pattern such as ``*.py`` for the files that are meant; empty for all."""
    selections: tuple[Selection, ...] = ()
    """Texts that hints leave out, or prefer; at most one of each manner."""
    in_order: bool = False
    """The list is to be sorted."""
    ask: Ask = ""
    keywords: tuple[str, ...] = ()
    """For a fact: what the question names."""
    located: bool = having(default=False, compare=False)
    """Each line of the list is given with its file and its number."""
    quoted: bool = having(default=False, compare=False)
    """The names stood in quotes, so they are meant to the letter."""
    wanted: AnswerType | None = having(default=None, compare=False)
    """The type that the answer must have."""


class NotUnderstoodError(Exception):
    """The question is of none of the four kinds, or something essential in it is unclear."""
