"""Looking names up in the tables: what a module, a part of one, or a method of a name does."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType, FunctionType

from rlm_kernel.risks import tables as known

_MODE = frozenset("rwaxbt+U")
_NAMES = {"LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME", "IMPORT_FROM"}
"""Instructions whose names are those of variables and modules; all others name attributes."""


def does(dotted: str) -> str | None:
    """What a module, or a part of one, does; None for what is in no table."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        found = known.DOES.get(".".join(parts[:end]))
        if found is not None:
            return found
    return None


def of_method(name: str) -> str | None:
    """What a method of that name does, whatever it is a method of; None for what is in no table."""
    if name in known.METHODS:
        return known.METHODS[name]
    return next((what for begins, what in known.BEGINNINGS.items() if name.startswith(begins)), None)


def is_listed(dotted: str) -> bool:
    """Whether a part of a module is known to be harmless by itself."""
    allowed = is_allowed(dotted)
    return dotted.partition(".")[0] in known.HARMLESS if allowed is None else allowed


def is_allowed(dotted: str) -> bool | None:
    """Whether it is one of the parts that a module is allowed; None where that is for no table to say."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        allowed = known.PARTLY.get(".".join(parts[:end]))
        if allowed is not None:
            return parts[end] in allowed
    return None


def is_dunder(name: str) -> bool:
    """Whether it is a name of Python's own, such as ``__class__``."""
    return name.startswith("__") and name.endswith("__")


def uses_of(function: FunctionType) -> Iterator[tuple[str, bool]]:
    """What a function's code, and what is nested in it, mentions: each name, and whether as an attribute."""
    for code in _codes(function):
        names = {each.argval for each in dis.get_instructions(code) if each.opname in _NAMES}
        yield from ((name, name not in names) for name in code.co_names)


def may_open_to_write(function: FunctionType) -> bool:
    """Whether a function opens something, and has a text that is a mode to write in."""
    codes = list(_codes(function))
    texts = {each for code in codes for each in code.co_consts if type(each) is str}
    return any("open" in code.co_names for code in codes) and any(map(is_mode_to_write, texts))


def is_mode_to_write(text: str) -> bool:
    """Whether a text, such as ``"wb"``, is a mode in which what is opened is written."""
    return set(text) <= _MODE and bool(set(text) & set("wax+"))


def _codes(function: FunctionType) -> Iterator[CodeType]:
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        yield code
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
