"""What is said of lists, dicts, tables and arrays, from a bounded number of their items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any

from rlm_kernel.context.previews import brief, type_name
from rlm_kernel.context.sampling import rounded, spread
from rlm_kernel.context.sizes import count
from rlm_kernel.tokens import estimate_tokens

_SAMPLE = 64
_KEYS = 20
_COLUMNS = 40
_ROWS = 3
_VALUES = 8

Lines = tuple[str, list[str]]
"""A size in words, and the lines that a description has after its first."""


def describe_sequence(value: Sequence[Any]) -> Lines:
    """Types, lengths or keys of a sample of items, and the first and last of them."""
    length = len(value)
    if not length:
        return "0 items", []
    sample = [value[i] for i in spread(length, _SAMPLE)]
    lines = [_kinds(sample, length), *_details(sample, length)]
    first = min(3, length)
    lines += [f"[{i}] {brief(value[i])}" for i in range(first)]
    if length > first:
        lines.append(f"[{length - 1}] {brief(value[length - 1])}")
    return count(length, "item"), lines


def _kinds(sample: list[Any], length: int) -> str:
    found = Counter(type_name(item) for item in sample)
    whole = len(sample) == length
    if len(found) == 1:
        return (
            f"{'All' if whole else f'All {len(sample)} that were looked at'} are of type {next(iter(found))}."
        )
    shares = ", ".join(f"{kind} × {number}" for kind, number in found.most_common())
    return f"Types{'' if whole else f' of {len(sample)} looked at'}: {shares}."


def _details(sample: list[Any], length: int) -> list[str]:
    """How long strings are, or which keys dicts have, when all of the sample are."""
    if all(isinstance(item, str) for item in sample):
        lengths = [len(item) for item in sample]
        total, tokens = sum(lengths), sum(map(estimate_tokens, sample))
        mark = ""
        if len(sample) < length:
            mark, scale = "≈ ", length / len(sample)
            total, tokens = rounded(total * scale), rounded(tokens * scale)
        each = f"{mark}{min(lengths):,} to {count(max(lengths), 'character')} each"
        return [f"{each}, {mark}{count(total, 'character')} in all, about {count(tokens, 'token')}."]
    if all(isinstance(item, Mapping) for item in sample):
        keys = [f"{brief(key, 60)} ({_sized(item)})" for key, item in islice(sample[0].items(), _KEYS)]
        more = ", …" if len(sample[0]) > _KEYS else ""
        return [f"Keys of the first: {', '.join(keys)}{more}."]
    return []


def describe_mapping(value: Mapping[Any, Any]) -> Lines:
    """The first keys, with type, size and a glimpse of their values."""
    lines = [
        f"{brief(key, 80)}: {_sized(item)} = {brief(item, 80)}" for key, item in islice(value.items(), _KEYS)
    ]
    if len(value) > _KEYS:
        lines.append(f"… and {count(len(value) - _KEYS, 'more key', 'more keys')}")
    return count(len(value), "key"), lines


def _sized(value: Any) -> str:
    """The type of an item, with its size where that is cheap to know."""
    if isinstance(value, str):
        return f"str, {count(len(value), 'character')}"
    if isinstance(value, (bytes, bytearray)):
        return f"{type_name(value)}, {count(len(value), 'byte')}"
    if isinstance(value, (list, tuple, dict, set, frozenset)):
        return f"{type_name(value)}, {count(len(value), 'item')}"
    return type_name(value)


def describe_set(value: AbstractSet[Any]) -> Lines:
    """A few items."""
    return count(len(value), "item"), [brief(value)] if value else []


def describe_table(value: Any) -> Lines:
    """Columns of a pandas DataFrame with their dtypes, and its first rows."""
    rows, columns = value.shape
    names = [f"{brief(value.columns[i], 60)} ({value.dtypes.iloc[i]})" for i in range(min(columns, _COLUMNS))]
    more = f", … {columns:,} in all" if columns > _COLUMNS else ""
    lines = [f"Columns: {', '.join(names)}{more}"] if columns else []
    for row in range(min(rows, _ROWS)):
        cells = {value.columns[i]: value.iat[row, i] for i in range(min(columns, _VALUES))}
        lines.append(f"Row {row}: " + ", ".join(f"{brief(k, 40)}: {brief(v, 80)}" for k, v in cells.items()))
    return f"{count(rows, 'row')} × {count(columns, 'column')}", lines


def describe_series(value: Any) -> Lines:
    """The dtype and first values of a pandas Series or Index."""
    values = (
        ", ".join(brief(value.iat[i], 80) for i in range(min(len(value), _VALUES)))
        if hasattr(value, "iat")
        else ""
    )
    lines = [f"dtype {value.dtype}"] + ([f"First values: {values}"] if values else [])
    return count(len(value), "value"), lines


def describe_array(value: Any) -> Lines:
    """The dtype and first values of a numpy array."""
    first = ", ".join(brief(value.flat[i], 80) for i in range(min(value.size, _VALUES)))
    size = " × ".join(f"{n:,}" for n in value.shape) or "a single value"
    return size, [f"dtype {value.dtype}", *([f"First values: {first}"] if first else [])]
