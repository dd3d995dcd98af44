"""MIME bundles as nbformat can store them, and no larger than a notebook can bear."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

RICH = 10_000_000
"""Characters of one value of a bundle; a larger one is replaced by a sentence."""


def storable(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` as it is stored and shown: whatever is too large is named in its ``text/plain``.

    The text itself is kept whole here: how much of it there is room for is the cell's affair.
    """
    kept: dict[str, Any] = {}
    left_out = []
    for mime, value in data.items():
        stored, size = _stored(value)
        if mime != "text/plain" and size > RICH:
            left_out.append(f"[{mime} of {size:,} characters is left out: more than {RICH:,} are not shown]")
        else:
            kept[mime] = stored
    if left_out:
        plain = kept.get("text/plain")
        kept["text/plain"] = "\n".join([*([plain] if isinstance(plain, str) else []), *left_out])
    return kept


def _stored(value: Any) -> tuple[Any, int]:
    """Bytes as base64, and what JSON cannot hold as text; with the characters it takes."""
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode("ascii")
    if isinstance(value, str):
        return value, len(value)
    try:
        return value, len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
        return text, len(text)
