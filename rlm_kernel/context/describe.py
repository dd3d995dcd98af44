"""What a model is told of a value that it cannot see: type, size, shape and a glimpse.

Every describer looks at a bounded part of its value, so that all take about the same
time.  Numbers that come from a sample are marked ≈.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from rlm_kernel.context.containers import (
    Lines,
    describe_array,
    describe_mapping,
    describe_sequence,
    describe_series,
    describe_set,
    describe_table,
)
from rlm_kernel.context.documents import Documents
from rlm_kernel.context.listing import left_out
from rlm_kernel.context.previews import EDGE, WIDTH, brief, place, quoted, type_name
from rlm_kernel.context.sampling import rounded, spread
from rlm_kernel.context.sizes import count
from rlm_kernel.context.text import sniff
from rlm_kernel.secrets import safe_cut
from rlm_kernel.tokens import estimate_tokens

_PATHS = 2_000
_SHOWN_PATHS = 12
_SHARES = 8
_PIECES = 64
_COUNTED = 1 << 20
"""Characters of a text whose lines are counted rather than estimated."""
_PIECE = 4096
_BYTES = 16_384
"""Of these the beginning is shown; a key that the end of it would cut in two is whole in them."""


@dataclass(frozen=True, slots=True)
class Description:
    """What is said of one value."""

    name: str
    type: str
    size: str
    """In words: ``10,485,760 characters``; empty if nothing is known."""
    text: str
    """All lines of the description, size included, for the prompt."""


def describe(name: str, value: Any) -> Description:
    """The description of `value` under `name`: bounded in time and length, the same in every process.

    Never raises and never advances an iterator.
    """
    try:
        kind = type_name(value)
        size, lines = _describer(value)(value)
    except Exception as error:  # noqa: BLE001 - a value may raise anything when it is looked at
        kind, size = type(value).__name__, ""
        lines = [f"It cannot be described: looking at it raises {type(error).__name__}."]
    return Description(name, kind, size, "\n".join([f"{kind}, {size}" if size else kind, *lines]))


def _describer(value: Any) -> Callable[[Any], Lines]:
    for types, describer in _DESCRIBERS:
        if isinstance(value, types):
            return describer
    library = str(type(value).__module__).partition(".")[0]
    if library == "pandas" and hasattr(value, "iloc"):
        return describe_table if value.ndim > 1 else describe_series
    if library == "numpy" and hasattr(value, "dtype") and hasattr(value, "flat"):
        return describe_array
    return _other


def _text(value: str) -> Lines:
    size = count(len(value), "character")
    return size, [
        f"About {count(estimate_tokens(value), 'token')}, {_line_count(value)}.",
        *_quotation(value),
    ]


def _quotation(value: str) -> list[str]:
    if not value:
        return []
    if len(value) <= 2 * EDGE:
        return ["It reads:", *quoted(value)]
    tail = value[safe_cut(value, len(value) - EDGE) :]
    return ["It begins:", *quoted(value[: safe_cut(value, EDGE)]), "It ends:", *quoted(tail)]


def _line_count(value: str) -> str:
    if len(value) <= _COUNTED:
        ends = value.count("\n")
        return count(ends + (not value.endswith("\n") and bool(value)), "line")
    pieces = [value[start : start + _PIECE] for start in spread(len(value) - _PIECE, _PIECES)]
    ends = sum(piece.count("\n") for piece in pieces)
    return f"≈ {count(max(1, rounded(ends * len(value) / (_PIECE * len(pieces)))), 'line')}"


def _bytes(value: bytes | bytearray | memoryview) -> Lines:
    view = memoryview(value)
    data = bytes(view[:_BYTES]) if view.contiguous and view.format == "B" else b""
    return count(view.nbytes, "byte"), [f"It begins: {data[: place(data, WIDTH)]!r}"] if data else []


def _path(value: PurePath) -> Lines:
    if not isinstance(value, Path):
        return "", [f"The path {str(value)!r}."]
    try:
        if value.is_dir():
            return "", [f"The folder {str(value)!r}."]
        return count(value.stat().st_size, "byte"), [f"The file {str(value)!r}, not read."]
    except OSError:
        return "", [f"The path {str(value)!r}, where there is no file that can be read."]


def _iterator(_value: Iterator[Any]) -> Lines:
    return "", ["An iterator: it has not been advanced, and can be gone through only once."]


def _documents(value: Documents) -> Lines:
    size = f"{count(len(value), 'document')}, {count(value.total_bytes, 'byte')}"
    out = left_out(value)
    lines = [f"Left out: {out}."] if out else []
    if not value:
        return size, lines
    positions = spread(len(value), _PATHS)
    paths = [value[i].path for i in positions]
    shown = paths if len(paths) <= _SHOWN_PATHS else [*paths[: _SHOWN_PATHS - 2], "…", *paths[-2:]]
    lines += [
        "A list of documents: d.path, d.size in bytes, d.text (read when asked for); also by path: x[path].",
        f"Suffixes: {_shares((_suffix(path) for path in paths), len(value) / len(paths))}.",
        f"Folders: {_shares((_folder(path) for path in paths), len(value) / len(paths))}.",
        f"Paths: {', '.join(map(repr, shown))}",
    ]
    return size, lines + _glimpse(value)


def _shares(labels: Iterable[str], scale: float) -> str:
    """How often each label occurs, most often first."""
    found = Counter(labels).most_common()
    mark = "" if scale == 1 else "≈ "
    said = [
        f"{label} {mark}{rounded(number * scale) if mark else number:,}" for label, number in found[:_SHARES]
    ]
    return ", ".join(said) + (", …" if len(found) > _SHARES else "")


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix or "(none)"


def _folder(path: str) -> str:
    top, slash, _ = path.partition("/")
    return top + slash if slash else "./"


def _glimpse(value: Documents) -> list[str]:
    """The head of the first document, where it can be had without work."""
    document = value[0]
    try:
        data = document.head()
    except OSError:
        return []
    encoding = sniff(data) if data else None
    if encoding is None:
        return []
    text = data.decode(encoding, "replace")
    return [f"{document.path!r} begins:", *quoted(text[: safe_cut(text, EDGE)])]


def _other(value: Any) -> Lines:
    size = count(len(value), "item") if hasattr(type(value), "__len__") else ""
    return size, [brief(value, EDGE)]


_DESCRIBERS: tuple[tuple[Any, Callable[[Any], Lines]], ...] = (
    (str, _text),
    ((bytes, bytearray, memoryview), _bytes),
    (Documents, _documents),
    ((list, tuple, range), describe_sequence),
    (Mapping, describe_mapping),
    (AbstractSet, describe_set),
    (PurePath, _path),
    (Iterator, _iterator),
)
