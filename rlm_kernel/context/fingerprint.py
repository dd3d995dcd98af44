"""A short hash of a value, from samples: cheap for any size, equal in every process."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import PurePath
from typing import Any
from uuid import UUID

from rlm_kernel.context.documents import Documents
from rlm_kernel.context.sampling import spread

_PIECE = 1 << 16
_INNER_PIECE = 1 << 11
_PIECES = 8
_ITEMS = 24
_ORDERED = 1_000
"""Beyond so many items, sets count by their size only and dicts in their own order."""
_DEPTH = 4


def fingerprint(value: Any) -> str:
    """A hash that is equal for equal values, whatever process makes it; empty if there is none.

    It samples, so it notices that a value is another one, but not every change inside a
    large one; of documents it notices every change.  Equal dicts of more than 1,000 keys need
    the same order of keys too.
    """
    try:
        content = _content(value, _DEPTH)
    except Exception:  # noqa: BLE001 - a value may raise anything when it is looked at
        return ""
    return hashlib.blake2b(content, digest_size=16).hexdigest() if content else ""


def _content(value: Any, depth: int) -> bytes:
    """Bytes that stand for `value`; empty if nothing does."""
    kind = type(value).__qualname__.encode()
    for types, sampled in _SAMPLERS:
        if isinstance(value, types):
            return _joined(kind, sampled(value, depth))
    module = type(value).__module__.partition(".")[0]
    if module == "pandas" and hasattr(value, "iloc"):
        return _joined(kind, _of_table(value, depth))
    if module == "numpy" and hasattr(value, "dtype"):
        return _joined(kind, _of_array(value, depth))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _joined(kind, _of_fields(value, depth))
    return b""


def _joined(*parts: bytes) -> bytes:
    """The parts with their lengths, so that no two lists of parts look alike."""
    return b"".join(b"%d:%b" % (len(part), part) for part in parts)


def _of_text(value: str, depth: int) -> bytes:
    pieces = [piece.encode("utf-8", "surrogatepass") for piece in _pieces(value, depth)]
    return _joined(b"%d" % len(value), *pieces)


def _of_bytes(value: bytes | bytearray | memoryview, depth: int) -> bytes:
    view = memoryview(value)
    view = view.cast("B") if view.contiguous else memoryview(view.tobytes())
    return _joined(b"%d" % len(view), *(bytes(piece) for piece in _pieces(view, depth)))


def _pieces(value: Any, depth: int) -> Iterable[Any]:
    """All of a short sequence, evenly spaced pieces of a long one; smaller pieces of an inner one."""
    size = _PIECE if depth == _DEPTH else _INNER_PIECE
    if len(value) <= size * _PIECES:
        return [value]
    last = len(value) - size
    return (value[start : start + size] for start in (last * i // (_PIECES - 1) for i in range(_PIECES)))


def _of_number(value: complex, _depth: int) -> bytes:
    # Decimal digits of a huge int take quadratic time, and Python refuses to write them.
    return (f"{value:x}" if isinstance(value, int) else repr(value)).encode()


def _of_items(value: Sequence[Any], depth: int) -> bytes:
    return _joined(b"%d" % len(value), *(_element(value[i], depth) for i in spread(len(value), _ITEMS)))


def _of_mapping(value: Mapping[Any, Any], depth: int) -> bytes:
    if len(value) > _ORDERED:
        keys: Iterable[Any] = islice(value, _ITEMS)
    else:
        keys = sorted(value, key=lambda key: _element(key, depth))
        keys = [keys[i] for i in spread(len(keys), _ITEMS)]
    pairs = (_joined(_element(key, depth), _element(value[key], depth)) for key in keys)
    return _joined(b"%d" % len(value), *pairs)


def _of_set(value: AbstractSet[Any], depth: int) -> bytes:
    if len(value) > _ORDERED:
        return b"%d" % len(value)
    return _joined(b"%d" % len(value), *sorted(_element(item, depth) for item in value))


def _of_documents(value: Documents, _depth: int) -> bytes:
    names = (f"{document.path} {document.size}".encode("utf-8", "surrogateescape") for document in value)
    return _joined(b"%d" % len(value), hashlib.blake2b(_joined(*names)).digest(), value.digest())


def _of_fields(value: Any, depth: int) -> bytes:
    return _joined(*(_element(getattr(value, field.name), depth) for field in dataclasses.fields(value)))


def _of_table(value: Any, depth: int) -> bytes:
    rows = value.iloc[spread(len(value), _ITEMS)]
    names = [str(name) for name in (value.columns if value.ndim > 1 else [value.name])]
    return _joined(
        repr(value.shape).encode(),
        _of_items(names, depth),
        _of_items(rows.to_numpy(dtype=object).tolist(), depth),
    )


def _of_array(value: Any, depth: int) -> bytes:
    chosen = [value.flat[i] for i in spread(value.size, _ITEMS)] if value.ndim else [value.item()]
    return _joined(
        repr((value.shape, str(value.dtype))).encode(), _of_items([_plain(item) for item in chosen], depth)
    )


def _plain(item: Any) -> Any:
    return item.item() if hasattr(item, "item") else item


def _element(value: Any, depth: int) -> bytes:
    if depth <= 0:
        return type(value).__qualname__.encode()
    return _content(value, depth - 1) or type(value).__qualname__.encode()


_SAMPLERS: tuple[tuple[Any, Callable[[Any, int], bytes]], ...] = (
    (str, _of_text),
    ((bytes, bytearray, memoryview), _of_bytes),
    ((int, float, complex), _of_number),
    ((date, time, timedelta, Decimal, UUID), lambda value, _depth: str(value).encode()),
    (type(None), lambda _value, _depth: b"None"),
    (PurePath, lambda value, _depth: str(value).encode("utf-8", "surrogateescape")),
    (Documents, _of_documents),
    ((list, tuple, range), _of_items),
    (Mapping, _of_mapping),
    (AbstractSet, _of_set),
)
