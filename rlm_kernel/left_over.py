"""Names that earlier runs have left: equal runs are told the same, whatever ran before them."""

from __future__ import annotations

import symtable
from collections.abc import Sequence
from dataclasses import replace

from rlm_kernel.namespaces import NameChange, Snapshot, size_text, type_name


class LeftOver:
    """The names that hold what earlier runs made, as long as no cell of this run has touched them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def as_in_a_first_run(
        self, code: str, changes: Sequence[NameChange], after: Snapshot
    ) -> list[NameChange]:
        """What a cell did to names, as if those left over had not been there.

        What it rebinds was set; and so was what it binds to the object that it is bound to
        already, as an import does.
        """
        if not self.names:
            return list(changes)
        told = {change.name: self._set(change) for change in changes}
        for name in (_names_bound(code) & self.names) - told.keys():
            told[name] = NameChange(name, "set", type_name(after[name][0]), size_text(after[name][0]))
        self.names -= told.keys()
        return [told.pop(name) for name in after if name in told] + list(told.values())

    def _set(self, change: NameChange) -> NameChange:
        is_ours = change.name in self.names and change.change == "rebound"
        return replace(change, change="set") if is_ours else change


def _names_bound(code: str) -> set[str]:
    """The names that code binds at its top level; none if it is no plain Python."""
    try:
        table = symtable.symtable(code, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {
        symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()
    }
