"""What a cell did to the names of a namespace.

A snapshot is shallow: it holds the objects and a cheap sign of their shape, no copies.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Literal

_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
_SHAPED_MODULES = ("numpy", "pandas", "polars", "torch", "jax", "scipy", "xarray", "pyarrow")


@dataclass(frozen=True, slots=True)
class NameChange:
    """One name that a cell set, rebound, changed in place or deleted."""

    name: str
    change: Literal["set", "rebound", "changed", "deleted"]
    type: str = ""
    size: str = ""

    def __str__(self) -> str:
        kind = f"{self.type}, {self.size}" if self.size else self.type
        return f"`{self.name}` {self.change}" + (f" ({kind})" if kind else "")


Snapshot = dict[str, tuple[Any, object]]


def snapshot(namespace: Mapping[str, Any], hidden: Container[str] = ()) -> Snapshot:
    """The names of a namespace that belong to its user, with their objects."""
    return {
        name: (value, signature(value))
        for name, value in list(namespace.items())
        if name not in hidden and not is_housekeeping(name)
    }


def changes(before: Snapshot, after: Snapshot) -> list[NameChange]:
    """What differs between two snapshots, in the order of the names' first appearance."""
    found = []
    for name, (value, signature) in after.items():
        if name not in before:
            found.append(NameChange(name, "set", type_name(value), size_text(value)))
        elif before[name][0] is not value:
            found.append(NameChange(name, "rebound", type_name(value), size_text(value)))
        elif before[name][1] != signature:
            found.append(NameChange(name, "changed", type_name(value), size_text(value)))
    found += [NameChange(name, "deleted") for name in before if name not in after]
    return found


def is_housekeeping(name: str) -> bool:
    """Whether IPython or Python keeps this name for itself: ``In``, ``_i3``, ``__builtins__``…"""
    if name in {"In", "Out", "exit", "quit", "get_ipython", "open", "_rlm", "_exit_code"}:
        return True
    if not name.startswith("_"):
        return False
    rest = name.strip("_").lstrip("i")
    return name.startswith("__") or rest == "" or rest.isdigit() or name in {"_ih", "_oh", "_dh"}


def type_name(value: Any) -> str:
    """``list``, ``DataFrame``: the name a person would use."""
    return type(value).__name__


def size_text(value: Any) -> str:
    """The size of a value where it is cheap to know, in words; else an empty string."""
    shape = _shape(value)
    if shape is not None:
        return " × ".join(f"{n:,}" for n in shape)
    kind = type(value)
    length = _length(value) if issubclass(kind, _SIZED) else None
    if length is None:
        return ""
    if issubclass(kind, str):
        return _counted(length, "character")
    return _counted(length, "byte" if issubclass(kind, (bytes, bytearray)) else "item")


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def signature(value: Any) -> object:
    """The length or shape of an object where that is cheap to know; None for what has none to change."""
    kind = type(value)  # not `isinstance`, which asks the object for its class
    if issubclass(kind, (FunctionType, type, ModuleType, int, float, str, bytes)):
        return None
    return _length(value) if issubclass(kind, _SIZED) else _shape(value)


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except Exception:  # noqa: BLE001  (a subclass's own code)
        return None


def _shape(value: Any) -> tuple[int, ...] | None:
    # Only well-known libraries: asking an unknown object for .shape runs its code.
    if type(value).__module__.partition(".")[0] not in _SHAPED_MODULES:
        return None
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and all(isinstance(n, int) for n in shape):
        return shape
    return None
