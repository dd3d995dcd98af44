"""When to paint again: soon while little was painted, more and more rarely after that.

Servers that execute notebooks append or drop updates of a display, and a notebook's
websocket has a rate limit, so a run may repaint its card only so many times.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

SHORTEST = 0.5
"""Seconds between two paintings at the least."""
ALLOWANCE = 199
"""Paintings of a run, its last one not counted."""
QUIET = 10.0
"""Seconds after which a card that is not dirty is painted too, so that its clock moves on."""


class Ticker:
    """Calls `paint` on a daemon thread while it is dirty, within the allowance.

    What `paint` raises ends the ticker and is kept in `failure`.
    """

    def __init__(self, paint: Callable[[], None]) -> None:
        self.failure: Exception | None = None
        self._paint = paint
        self._painted = 0
        self._dirty = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin, or go on after `stop` with what is left of the allowance."""
        self._stopped = threading.Event()
        threading.Thread(target=self._run, args=(self._stopped,), name="rlm-card", daemon=True).start()

    def touch(self) -> None:
        """What is shown has changed."""
        self._dirty.set()

    def stop(self) -> None:
        """Paint no more; returns at once, while a last painting may be under way."""
        self._stopped.set()

    def _run(self, stopped: threading.Event) -> None:
        latest = time.monotonic()
        while self._painted < ALLOWANCE and not stopped.wait(interval(self._painted)):
            if not self._dirty.is_set() and time.monotonic() - latest < QUIET:
                continue
            self._dirty.clear()
            self._painted += 1
            latest = time.monotonic()
            try:
                self._paint()
            except Exception as error:  # noqa: BLE001 - the view raises it where it is detached for it
                self.failure = error
                return


def interval(painted: int) -> float:
    """Seconds to the next painting after `painted` of them: 0.5 at first, 2 at half the allowance.

    The paintings of a card that is always dirty last for five hours.
    """
    return SHORTEST * (ALLOWANCE / (ALLOWANCE - painted)) ** 2
