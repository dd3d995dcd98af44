"""The next input: code that a kernel puts before its user, in a new cell or at the prompt."""

from __future__ import annotations

import os
from typing import Any

OURS = "rlm"
"""What a payload of ours has beside those of others."""


def offer(shell: Any, code: str) -> bool:
    """Put `code` before the user.

    Returns whether the front end is one that makes a cell of it when the executing cell ends
    without an error: what a Jupyter server has started is used by people at a notebook.
    """
    if getattr(shell, "kernel", None) is None:
        shell.set_next_input(code)
        return False
    payload = {"source": "set_next_input", "text": code, "replace": False, OURS: True}
    shell.payload_manager.write_payload(payload)
    return "JPY_SESSION_NAME" in os.environ


def is_ours(payload: Any) -> bool:
    """Whether a reply's payload has code of ours for the user."""
    return any(isinstance(item, dict) and OURS in item for item in payload or ())
