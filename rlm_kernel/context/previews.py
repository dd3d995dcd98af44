"""Short, deterministic renderings of values that may be huge or hostile."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any

from rlm_kernel.context.sizes import count
from rlm_kernel.secrets import safe_cut

WIDTH = 200
"""Characters of one rendered value."""
EDGE = 500
"""Characters of a text that are shown at its head and at its tail."""

_ITEMS = 5
_DEPTH = 2
_HUGE_BITS = 512
_SORTED_SET = 1_000
_LONGEST_SECRET = 10_000
"""Bytes in which a secret is sought behind a cut."""
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def brief(value: Any, width: int = WIDTH, depth: int = _DEPTH) -> str:
    """At most about `width` characters that say what `value` is; never raises.

    Containers show their first items; the repr of any other object is called once, and
    memory addresses in it are masked.
    """
    try:
        text = _rendered(value, width, depth)
    except Exception as error:  # noqa: BLE001 - a repr may raise anything
        text = f"<{type_name(value)} whose repr raises {type(error).__name__}>"
    return shortened(text, width)


def shortened(text: str, width: int = WIDTH) -> str:
    """`text`, without its middle if it is longer than `width`."""
    if len(text) <= width:
        return text
    half = width // 2
    return f"{text[: safe_cut(text, width - half)]} … {text[safe_cut(text, len(text) - half) :]}"


def place(value: str | bytes | bytearray, at: int) -> int:
    """Where to cut `value`, at `at` or a little before: no known secret is cut in two."""
    if isinstance(value, str):
        return safe_cut(value, at)
    return safe_cut(bytes(value[: at + _LONGEST_SECRET]).decode("latin-1"), at)


def type_name(value: Any) -> str:
    """``list``, ``pandas.DataFrame``: the type's name, with its library where it is not built in."""
    kind = type(value)
    library = str(kind.__module__).partition(".")[0]
    return kind.__name__ if library in ("builtins", "__main__") else f"{library}.{kind.__name__}"


def quoted(text: str) -> list[str]:
    """The lines of `text`, each behind a bar, with control characters written as escapes."""
    visible = _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    return [f"| {line}" for line in visible.split("\n")]


def _rendered(value: Any, width: int, depth: int) -> str:
    for types, renderer in _RENDERERS:
        if isinstance(value, types):
            return renderer(value, width, depth)
    if _is_array(value):
        return f"<{type_name(value)} of shape {value.shape}>" if value.shape else repr(value.item())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value, width, depth)
    return _ADDRESS.sub("0x…", repr(value))


def _text(value: str | bytes | bytearray, width: int, _depth: int) -> str:
    unit = "character" if isinstance(value, str) else "byte"
    if len(value) <= width:
        return repr(value)
    return f"{value[: place(value, max(width - 30, 10))]!r}… ({count(len(value), unit)})"


def _integer(value: int, _width: int, _depth: int) -> str:
    # Writing out a huge int takes quadratic time, and Python refuses to.
    bits = value.bit_length()
    return f"<int of {count(bits, 'bit')}>" if bits > _HUGE_BITS else repr(value)


def _mapping(value: Mapping[Any, Any], width: int, depth: int) -> str:
    items = islice(value.items(), _ITEMS)
    pairs = (f"{brief(key, 60, depth - 1)}: {brief(item, width // 2, depth - 1)}" for key, item in items)
    return _collected("{", pairs, "}", len(value), depth)


def _sequence(value: list[Any] | tuple[Any, ...], width: int, depth: int) -> str:
    opening, closing = "[]" if isinstance(value, list) else "()"
    items = (brief(item, width // 2, depth - 1) for item in value[:_ITEMS])
    return _collected(opening, items, closing, len(value), depth)


def _set(value: AbstractSet[Any], width: int, depth: int) -> str:
    # The order of a set differs from process to process, and sorting a large one takes time.
    few = value if len(value) <= _SORTED_SET else ()
    items = sorted(brief(item, width // 2, depth - 1) for item in few)[:_ITEMS]
    return _collected("{", items or ["…"], "}", len(value), depth)


def _fields(value: Any, width: int, depth: int) -> str:
    fields = dataclasses.fields(value)
    parts = (f"{f.name}={brief(getattr(value, f.name), width // 2, depth - 1)}" for f in fields[:_ITEMS])
    return type(value).__name__ + _collected("(", parts, ")", len(fields), depth)


def _collected(opening: str, parts: Iterable[str], closing: str, length: int, depth: int) -> str:
    if depth <= 0 and length:
        return f"{opening}… {count(length, 'item')}{closing}"
    more = f", … {length:,} in all" if length > _ITEMS else ""
    return opening + ", ".join(parts) + more + closing


def _is_array(value: Any) -> bool:
    """Whether `value` is numpy's or pandas': seen without importing them."""
    library = str(type(value).__module__).partition(".")[0]
    return library in ("numpy", "pandas") and isinstance(getattr(value, "shape", None), tuple)


_RENDERERS: tuple[tuple[Any, Callable[[Any, int, int], str]], ...] = (
    ((str, bytes, bytearray), _text),
    (int, _integer),
    (Mapping, _mapping),
    ((list, tuple), _sequence),
    (AbstractSet, _set),
)
