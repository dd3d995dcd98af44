"""What the cells that wait were edited to, as the front end says that is about to let them run."""

from __future__ import annotations

import threading
from typing import Any

from rlm_kernel.frontend.feed import Feed
from rlm_kernel.interfaces import UsageError

PATIENCE = 30.0
"""Seconds that a front end gets to answer; it takes a tenth of one, for it has just asked something."""

Json = dict[str, Any]


class Edits:
    """Asks a front end for the texts of proposed cells that its user has changed."""

    def __init__(self) -> None:
        self._answered = threading.Event()
        self._run = ""
        self._cells: dict[str, str] = {}

    def ask(self, run: str, session: str, feed: Feed) -> dict[str, str]:
        """The cells of a run that are edited in the notebook of `session`, by label.

        Raises UsageError where that front end does not answer: the user's text is not to be
        passed over.
        """
        self._answered.clear()
        self._run = run
        feed.cell({"op": "report", "host": session})
        feed.flush()
        if not self._answered.wait(PATIENCE):
            raise UsageError(
                "JupyterLab does not say whether the proposed cells were edited:"
                " try again, or run them by hand"
            )
        return self._cells

    def take(self, request: Json) -> Json:
        """A front end answers, on the control thread."""
        cells = request.get("cells")
        if not isinstance(cells, dict) or not all(isinstance(code, str) for code in cells.values()):
            raise UsageError("an edit names the code of cells by their labels")
        if request.get("run") == self._run:
            self._cells = cells
            self._answered.set()
        return {}
