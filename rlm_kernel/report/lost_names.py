"""The names of the user's that model cells took away, and that are not back yet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rlm_kernel import events as e


class LostNames:
    """Tells the names that a run made, or was to make, from those it found."""

    def __init__(self) -> None:
        self.how: dict[str, str] = {}
        """For each name ``rebound`` or ``deleted``."""
        self._own: set[str] = set()
        self._at: dict[str, int] = {}

    def begin(self, event: e.RunStarted) -> None:
        """The names that the run binds itself are its own."""
        contexts = (str(context.get("name", "")) for context in event.contexts)
        self._own = {"answer", event.options.get("out", "result"), *contexts}

    def note(self, names: Iterable[dict[str, Any]], step: int) -> None:
        """What a cell of a step did to names."""
        for changed in names:
            name, change = changed.get("name", ""), changed.get("change", "")
            if change in {"rebound", "deleted"} and name not in self._own:
                self.how[name], self._at[name] = change, step
            if change in {"set", "rebound"}:
                self._own.add(name)

    def put_back(self, names: Iterable[str], step: int) -> None:
        """A step was taken back, and with it what it did to these names."""
        for name in names:
            if self._at.get(name) == step:
                self.how.pop(name, None)
                self._own.discard(name)
