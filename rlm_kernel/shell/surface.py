"""Where a view draws in IPython: the output of the cell that was running when it was made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rlm_kernel.shell.recorder import not_recording


class ShellSurface:
    """The output of the running cell.

    It goes past whatever a model's cell does to the display publisher: drawing a view is
    never part of the model's output.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self.rich = type(shell).__name__ != "TerminalInteractiveShell"

    def show(self, bundle: Mapping[str, Any], key: str | None = None) -> None:
        """Add a display; see `Surface.show`."""
        self._publish(bundle, {"display_id": key} if key else {}, update=False)

    def update(self, key: str, bundle: Mapping[str, Any]) -> None:
        """Change a display; see `Surface.update`."""
        self._publish(bundle, {"display_id": key}, update=True)

    def write(self, text: str) -> None:
        """Append text."""
        with not_recording():
            sys.stdout.write(text)
            sys.stdout.flush()

    def _publish(self, bundle: Mapping[str, Any], transient: dict[str, Any], *, update: bool) -> None:
        publisher = self._shell.display_pub
        with not_recording():
            type(publisher).publish(publisher, dict(bundle), {}, transient=transient, update=update)
