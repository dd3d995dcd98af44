"""Sizes as people write them and read them."""

from __future__ import annotations

import re

from rlm_kernel.interfaces import UsageError

_SIZE = re.compile(r"\s*(\d[\d_]*(?:\.\d+)?)\s*([kmgt]?)(i?)(b?)\s*", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """The bytes that ``10 MB``, ``500kB``, ``2GiB`` or ``1048576`` mean (k = 1000, Ki = 1024).

    Raises UsageError.
    """
    match = _SIZE.fullmatch(text)
    if match is None or (match[3] and not match[2]):
        raise UsageError(f"{text!r} is not a size: write it like 10MB, 500kB, 2GiB or 1048576")
    number, prefix, binary, _ = match.groups()
    unit: int = (1024 if binary else 1000) ** _POWERS[prefix.lower()]
    return round(float(number) * unit) if "." in number else int(number) * unit


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 file``, ``1,234 files``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
