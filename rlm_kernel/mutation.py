"""Whether an object was changed in place: signs that are cheap to take and honest about what they miss.

A sign holds up to `LIMIT` of an object's elements, none of them copied: an id alone may pass
to another object once its own is gone.
"""

from __future__ import annotations

import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Literal, NamedTuple

from rlm_kernel.context.documents import Document, Documents
from rlm_kernel.namespaces import signature

LIMIT = 1_000
"""Elements of an object that its sign holds."""
COLUMNS = 40
"""Columns of a table that are looked at: each takes its time."""

Verdict = Literal["unchanged", "changed", "unknown"]

_SCALARS = frozenset({int, float, complex, bool, str, bytes, type(None), type(...)})
_VALUES = frozenset({"datetime", "decimal", "fractions", "pathlib", "re", "uuid", "zoneinfo"})
"""Modules whose objects do not change."""
_FIXED = (FunctionType, BuiltinFunctionType, type, ModuleType, range, slice, Enum, Document, Documents)
"""What has no contents that a cell changes in place, or is code and not data."""
_BOXED = frozenset({"Timestamp", "Timedelta", "Period", "Interval"})
"""What pandas makes anew whenever an element is read."""


class Seen(NamedTuple):
    """What there is to see of an object without running code of its own."""

    facts: object = None
    """Compared as a whole."""
    elements: tuple[Any, ...] = ()
    """Compared one by one, by identity or as scalars."""
    is_all: bool = False
    """Whether nothing else can change in it but inside its elements."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What an object looked like at one moment."""

    value: Any
    size: object
    seen: Seen

    def verdict(self) -> Verdict:
        """Whether the object has changed since; unknown where that may be, and does not show."""
        now = sign_of(self.value)
        if now is None or now.size != self.size or now.seen.facts != self.seen.facts:
            return "unchanged" if now is None else "changed"
        if not _are_same(self.value, self.seen.elements, now.seen.elements):
            return "changed"
        return "unchanged" if self.shows_all and now.shows_all else "unknown"

    @property
    def shows_all(self) -> bool:
        """Whether nothing can change in the object that would not show here."""
        return self.seen.is_all and all(type(element) in _SCALARS for element in self.seen.elements)


def sign_of(value: Any) -> Sign | None:
    """The sign of an object; None for one that cannot be changed in place, such as a number."""
    if _is_fixed(value):
        return None
    try:
        seen = _look_for(type(value))(value)
    except Exception:  # noqa: BLE001  (an object that shows nothing of itself)
        seen = Seen()
    return Sign(value, signature(value), seen)


def _is_fixed(value: Any) -> bool:
    kind = type(value)
    if kind in _SCALARS or kind.__module__.partition(".")[0] in _VALUES or issubclass(kind, _FIXED):
        return True
    if kind not in {tuple, frozenset} or len(value) > LIMIT:
        return False
    return all(type(element) in _SCALARS for element in value)


def _are_same(value: Any, before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    try:
        if issubclass(type(value), set):  # which has no order
            return all(set.__contains__(value, element) for element in before)
        return len(before) == len(now) and all(map(_is_same, before, now))
    except Exception:  # noqa: BLE001  (an element's own code)
        return False


def _is_same(before: Any, now: Any) -> bool:
    """Whether two elements are one object, or values that are equal."""
    if before is now:
        return True
    kind = type(before)
    if kind is not type(now) or not (kind in _SCALARS or kind.__name__ in _BOXED):
        return False
    return bool(before == now or (before != before and now != now))  # noqa: PLR0124  (NaN)


# -- what is looked at ----------------------------------------------------------------
# The methods are those of the built-in types, so that no code of a subclass runs.


def _list(value: list[Any]) -> Seen:
    length = list.__len__(value)
    every = list.__getitem__(value, slice(None, None, _stride(length)))
    return Seen(None, (*every, *list.__getitem__(value, slice(-1, None))), length <= LIMIT)


def _dict(value: dict[Any, Any]) -> Seen:
    keys, values = dict.keys(value), dict.values(value)
    if dict.__len__(value) * 2 <= LIMIT:
        return Seen(None, (*keys, *values), is_all=True)
    ends = (*_ends(keys, reversed(keys), LIMIT // 2), *_ends(values, reversed(values), LIMIT // 2))
    return Seen(None, ends)


def _set(value: set[Any]) -> Seen:
    return Seen(None, tuple(islice(set.__iter__(value), LIMIT)), set.__len__(value) <= LIMIT)


def _deque(value: deque[Any]) -> Seen:
    facts = (deque.__len__(value), value.maxlen)
    if facts[0] <= LIMIT:
        return Seen(facts, tuple(deque.__iter__(value)), is_all=True)
    return Seen(facts, _ends(deque.__iter__(value), deque.__reversed__(value), LIMIT))


def _bytes(value: bytearray) -> Seen:
    return Seen(bytes(value[:: _stride(len(value))]), (), len(value) <= LIMIT)


def _array(value: array.array[Any]) -> Seen:
    return Seen((len(value), value[:: _stride(len(value))].tobytes()), (), len(value) <= LIMIT)


def _ndarray(value: Any) -> Seen:
    is_all = value.size <= LIMIT
    return Seen(*_numbers(value.flat[:: _stride(value.size)]), is_all=is_all)


def _series(value: Any) -> Seen:
    return Seen(*_numbers(value.iloc[:: _stride(len(value))].to_numpy()))


def _frame(value: Any) -> Seen:
    rows, columns = value.shape
    some = value.iloc[:: _stride(rows * min(columns, COLUMNS)), :COLUMNS]
    looks = [_numbers(some.iloc[:, place].to_numpy()) for place in range(some.shape[1])]
    facts = [*(facts for facts, _ in looks), *map(str, some.columns)]
    return Seen(facts, tuple(each for _, found in looks for each in found))


def _numbers(some: Any) -> tuple[object, tuple[Any, ...]]:
    """An array of few elements: its bytes, or its objects."""
    if some.dtype.hasobject:
        return str(some.dtype), tuple(some.tolist())
    return (str(some.dtype), some.tobytes()), ()


def _tensor(value: Any) -> Seen:
    return Seen(value._version)  # noqa: SLF001  (torch counts what is done to a tensor in place)


def _attributes(value: Any) -> Seen:
    return _dict(object.__getattribute__(value, "__dict__"))._replace(is_all=False)


_LOOKS: dict[tuple[str, str], Callable[[Any], Seen]] = {
    ("builtins", "list"): _list,
    ("builtins", "dict"): _dict,
    ("builtins", "set"): _set,
    ("builtins", "bytearray"): _bytes,
    ("collections", "deque"): _deque,
    ("array", "array"): _array,
    ("numpy", "ndarray"): _ndarray,
    ("pandas", "Series"): _series,
    ("pandas", "DataFrame"): _frame,
    ("torch", "Tensor"): _tensor,
}


def _look_for(kind: type) -> Callable[[Any], Seen]:
    """How to look at an object of a type, or of one that it is made from."""
    names = [(base.__module__.partition(".")[0], base.__name__) for base in kind.__mro__]
    known = next((name for name in names if name in _LOOKS), None)
    if known is None:
        return _attributes
    look = _LOOKS[known]
    return look if known == names[0] else lambda value: look(value)._replace(is_all=False)


def _ends(forward: Iterable[Any], backward: Iterable[Any], most: int) -> tuple[Any, ...]:
    """The first and the last of many elements."""
    return (*islice(forward, most // 2), *islice(backward, most // 2))


def _stride(length: int) -> int:
    return max(1, -(-length // LIMIT))
