"""Looking names up in the tables: what a module, a part of one, or a method of a name does."""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType

from rlm_kernel.risks import tables as known


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


def names_in(function: FunctionType) -> Iterator[str]:
    """The names that a function's code, and what is nested in it, mentions."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        yield from code.co_names
        codes += [constant for constant in code.co_consts if isinstance(constant, type(code))]
