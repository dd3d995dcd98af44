"""An answer as the trajectory stores it; the run itself keeps the Python object."""

from __future__ import annotations

import json
from typing import Any

from rlm_kernel.messages.observation import clean, cut

STORED = 1_000_000
"""Characters of an answer that are stored unless it is to be kept whole."""


def answer_json(value: Any, *, whole: bool = False) -> dict[str, Any]:
    """Type and text of an answer, and the value itself where JSON can hold it unchanged."""
    text = value if isinstance(value, str) else _bounded_repr(value)
    stored: dict[str, Any] = {
        "type": type(value).__name__,
        "text": clean(text) if whole else cut(clean(text), STORED),
    }
    try:
        as_json = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return stored
    if whole or len(as_json) <= STORED:
        copy = json.loads(as_json)  # the namespace may go on to change the object itself
        if copy == value:
            stored["json"] = copy
    return stored


def _bounded_repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001  (the object's own code)
        return f"<{type(value).__name__}, whose repr fails: {type(error).__name__}>"
