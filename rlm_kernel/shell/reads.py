"""Which names a cell reads: what a resumed run needs to find."""

from __future__ import annotations

import symtable
from collections.abc import Container, Iterator


def names_read(code: str, known: Container[str]) -> tuple[str, ...]:
    """The global names `code` refers to that are in `known`, sorted; none if it does not parse."""
    try:
        table = symtable.symtable(code, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(sorted({name for name in _referenced(table) if name in known}))


def _referenced(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _referenced(child)
