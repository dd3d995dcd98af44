"""Names that earlier runs have left: equal runs are told the same, whatever ran before them."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rlm_kernel.interfaces import CellResult
from rlm_kernel.namespaces import NameChange, Snapshot, size_text, type_name

_OWN_NAMES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
"""Expressions whose names are their own."""

_LINE = re.compile(r"^  Cell \S+, line (\d+)", re.MULTILINE)
"""The first frame of a traceback: the cell's own."""


class LeftOver:
    """The names that hold what earlier runs made, as long as no cell of this run has touched them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def as_in_a_first_run(
        self, code: str, changes: Sequence[NameChange], after: Snapshot, result: CellResult
    ) -> list[NameChange]:
        """What a cell did to names, as if those left over had not been there.

        What it rebinds was set; and so was what it binds to the object that it is bound to
        already, as an import does, as far as it came.  The order is that of the code, whatever
        the namespace's is.
        """
        if not self.names and len(changes) < 2:  # noqa: PLR2004  (there is an order of two)
            return list(changes)
        bound = _names_bound(code)
        bound_again = self.names & set(_names_bound(code, before=_line_reached(result)))
        told = {change.name: self._set(change) for change in changes}
        for name in bound_again - told.keys():
            told[name] = NameChange(name, "set", type_name(after[name][0]), size_text(after[name][0]))
        self.names -= told.keys()
        # In a first run names come into the namespace as the code binds them, after those it has.
        had = [name for name, change in told.items() if change.change not in {"set", "deleted"}]
        return [told.pop(name) for name in [*had, *bound, *after] if name in told] + list(told.values())

    def _set(self, change: NameChange) -> NameChange:
        is_ours = change.name in self.names and change.change == "rebound"
        return replace(change, change="set") if is_ours else change


def _line_reached(result: CellResult) -> float:
    """The line at which a cell ended early: 0 where that is not known, infinity where it came to its end."""
    if result.error is None and not result.interrupted:
        return math.inf
    line = _LINE.search(result.error.traceback) if result.error is not None else None
    return 0 if line is None else int(line[1])


def _names_bound(code: str, before: float = math.inf) -> list[str]:
    """The names that code binds at its top level, in the order of the text; none if it is no plain Python.

    Only those of statements that end before a line, where one is given.
    """
    try:
        statements = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    ran = [each for each in statements if (each.end_lineno or 0) < before]
    try:
        found = list(_bindings(ast.Module(ran, [])))
    except RecursionError:
        return []
    return list(dict.fromkeys(name for _, name in sorted(found)))


def _bindings(node: ast.AST) -> Iterator[tuple[tuple[int, int], str]]:
    """Where names are bound, functions and classes left aside: what is bound in these is theirs."""
    for child in ast.iter_child_nodes(node):
        place = (getattr(child, "lineno", 0), getattr(child, "col_offset", 0))
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield place, child.name
            continue
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield place, child.id
        elif isinstance(child, ast.alias):
            yield place, child.asname or child.name.partition(".")[0]
        elif isinstance(child, ast.ExceptHandler) and child.name:
            yield place, child.name
        if isinstance(child, _OWN_NAMES):  # of all that is bound in these, only ``:=`` binds outside
            inner = (each.target for each in ast.walk(child) if isinstance(each, ast.NamedExpr))
            yield from (((name.lineno, name.col_offset), name.id) for name in inner)
        else:
            yield from _bindings(child)
