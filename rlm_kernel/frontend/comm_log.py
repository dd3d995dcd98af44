"""What is logged of comms that nobody has goes to the server's log, and not into a cell.

A page that is opened while a cell runs asks for the widgets of the kernel, some of which may
be gone.  ipykernel answers it beside the cell, and what it logs then is printed as that
cell's output, where a reader takes it, and a model would take it, for the cell's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

COMMS = "Comm"
"""The logger of the package ``comm``."""
ABOUT_NOBODY = "No such comm"


class _ToServer(logging.Filter):
    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._log = log

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is for the cell, as the error of a widget's callback is."""
        is_about_nobody = str(record.msg).startswith(ABOUT_NOBODY)
        if is_about_nobody:
            self._log.warning(record.getMessage())
        return not is_about_nobody


def log_comms_to_server(kernel: Any) -> Callable[[], None]:
    """Let the kernel's own log have what is said of comms that nobody has; returns what undoes it."""
    comms, to_server = logging.getLogger(COMMS), _ToServer(kernel.log)
    comms.addFilter(to_server)
    return lambda: comms.removeFilter(to_server)
