"""Which of the windows on a notebook is the host of a run, writes its cells and saves them.

It is the window that asked, as long as it is there.  When windows come or go, those that
are there say which runs they have; a run whose host says nothing gets another one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from rlm_kernel.frontend.cells import NotebookCells
from rlm_kernel.frontend.channel import Channel
from rlm_kernel.frontend.placing import PATIENCE


class Hosts:
    """Sees to it that each run has a host that is there.

    Parameters
    ----------
    channel
        The line to the front ends.
    hosted
        By run, what writes its cells.
    """

    def __init__(self, channel: Channel, hosted: Callable[[], Mapping[str, NotebookCells]]) -> None:
        self._channel = channel
        self._hosted = hosted
        self._lock = threading.Lock()
        self._is_asking = False
        self._asks_again = False

    def review(self) -> None:
        """Find out who is there, on a thread of its own: the control thread takes the answers."""
        with self._lock:
            self._asks_again = self._is_asking
            if self._is_asking or not self._hosted():
                return
            self._is_asking = True
        threading.Thread(target=self._review, name="rlm-hosts", daemon=True).start()

    def _review(self) -> None:
        while True:
            hosted = dict(self._hosted())
            runs = [{"run": run, "owner": cells.anchor} for run, cells in hosted.items()]
            holding = self._channel.ask({"ask": "holds", "runs": runs}, PATIENCE)
            for run, cells in hosted.items():
                cells.host.choose([session for session, held in holding.items() if run in (held or [])])
            with self._lock:
                self._is_asking = self._asks_again
                self._asks_again = False
                if not self._is_asking:
                    return
