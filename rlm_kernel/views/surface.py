"""Where a view draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Surface(Protocol):
    """The output of a cell: displays in a front end, or the lines of a terminal.

    A view may call it from any thread.
    """

    rich: bool
    """Whether it can show displays and update them; a terminal can only append lines."""

    def show(self, bundle: Mapping[str, Any], key: str | None = None) -> None:
        """Add a display of the MIME bundle; one with a `key` can be updated."""
        ...

    def update(self, key: str, bundle: Mapping[str, Any]) -> None:
        """Replace what the display `key` shows."""
        ...

    def write(self, text: str) -> None:
        """Append text to a terminal."""
        ...
