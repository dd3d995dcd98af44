"""What stands behind a name of the namespace: the code that a use of it may run.

It is looked at and never asked: nothing of the user's runs.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from rlm_kernel.risks import tables as known
from rlm_kernel.risks.lookup import does, is_allowed, may_open_to_write, of_method, uses_of

_OS = {"posix": "os", "nt": "os"}
"""Modules whose functions `os` has."""
_BUILTIN = {"builtins", "_io", "io"}
"""Modules of Python's builtin functions."""
_PLAIN = {"__main__", "functools"} | _BUILTIN
"""Modules whose objects do nothing by themselves."""
_INSIDE = {functools.partial: "func", MethodType: "__func__", type(functools.cache(len)): "__wrapped__"}
"""Where the function is that an object of a type wraps."""


def behind(name: str, namespace: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the object that a name stands for may do to the world, each with how it is written."""
    seen = {name}
    queue = [name]
    while queue:
        value = _unwrapped(namespace.get(queue.pop()))
        functions = _written_here(value)
        if not functions:
            yield from _elsewhere(name, value)
        if any(map(may_open_to_write, functions)):
            yield known.FILES_WRITTEN, f"open, in your {name}"
        uses = dict.fromkeys(use for function in functions for use in uses_of(function))
        for written, is_attribute in uses:
            stands_for = namespace.get(written) if not is_attribute else None
            what = _does(stands_for.__name__ if type(stands_for) is ModuleType else written, is_attribute)
            if what is not None:
                yield what, f"{written}, in your {name}"
            elif not is_attribute and written not in seen and _written_here(_unwrapped(stands_for)):
                seen.add(written)
                queue.append(written)


def _does(written: str, is_attribute: bool) -> str | None:
    """What code does that mentions a name, as a variable or module, or as an attribute."""
    if is_attribute:
        leads_out = known.REACHES if written.lstrip("_") in known.LEADING_OUT else None
        writes = known.FILES_WRITTEN if written in known.WRITES_ON else None
        return known.METHODS.get(written) or writes or leads_out
    is_partly = written.partition(".")[0] in known.PARTLY
    return known.FUNCTIONS.get(written) or does(written) or (known.REACHES if is_partly else None)


def _unwrapped(value: Any) -> Any:
    """The function of a method, of one that has some of its arguments, or of one that is cached."""
    while (inside := _INSIDE.get(type(value))) is not None:
        value = getattr(value, inside)
    return value


def _written_here(value: Any) -> list[FunctionType]:
    """The functions that a use of an object runs, as far as they were written in the notebook."""
    if type(value) is FunctionType:
        return [value] if _home(value) == "__main__" else []
    kind = value if issubclass(type(value), type) else type(value)
    classes = [each for each in type.__getattribute__(kind, "__mro__") if _home(each) == "__main__"]
    return [function for each in classes for function in map(_function, _parts(each)) if function]


def _parts(kind: type) -> list[Any]:
    return list(type.__getattribute__(kind, "__dict__").values())


def _function(part: Any) -> FunctionType | None:
    """The function that a part of a class is, or wraps."""
    if type(part) is property:
        part = part.fget
    elif type(part) in {staticmethod, classmethod}:
        part = part.__func__
    return part if type(part) is FunctionType else None


def _home(value: Any) -> str:
    """The module that an object, or its type, is from."""
    home = value.__module__ if _is_code(value) else type(value).__module__
    return _OS.get(home, home) if isinstance(home, str) else "__main__"


def _is_code(value: Any) -> bool:
    return issubclass(type(value), type | FunctionType | BuiltinFunctionType)


def _elsewhere(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """What something does that comes from a module, as its name there or the module tells."""
    home = _home(value)
    top = home.partition(".")[0]
    if _is_code(value) and (what := _named(home, top, value.__name__)) is not None:
        yield what, f"{name}, which is {'' if top in _BUILTIN else f'{top}.'}{value.__qualname__}"
    elif top not in known.HARMLESS and top not in _PLAIN:
        yield does(home) or known.UNLISTED, f"{name}, of {top}"


def _named(home: str, top: str, name: str) -> str | None:
    """What a function or class of a module does, by its name; None where that tells nothing."""
    if top in _BUILTIN:
        return known.FILES_WRITTEN if name == "open" else known.FUNCTIONS.get(name)
    what = does(f"{home}.{name}") or does(f"{top}.{name}")
    return what or (None if is_allowed(f"{top}.{name}") else of_method(name))
