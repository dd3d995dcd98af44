"""What a cell that runs again does otherwise than it did, in a sentence; empty where it does the same."""

from __future__ import annotations

import re

from rlm_kernel.cells import Ran
from rlm_kernel.events import CellFinished
from rlm_kernel.history import did_of, names_by_line, result_of, shown_by
from rlm_kernel.interfaces import CellResult
from rlm_kernel.replay import first_difference
from rlm_kernel.scaffold import RUN
from rlm_kernel.secrets import mask

LOOKS_AT_RUNS = frozenset({RUN, "rlm_kernel"})
"""Names by which a cell gets at runs."""
_TIMES = re.compile(
    r"^(?:(?:CPU times|Wall time): |The slowest run took |.* per loop \(mean ± std\. dev\. of ).*\n?",
    re.MULTILINE,
)
"""What ``%time`` and ``%timeit`` show."""


def of_cell(label: str, then: CellFinished, ran: Ran, *, was_stopped: bool) -> str:
    """Of a cell of the model's, which was interrupted again or not."""
    if then.interrupted and not was_stopped:
        return f"cell {label} was interrupted then, and ran to its end now"
    if then.interrupted:  # what it had shown by then depends on the moment
        lines = names_by_line(then.names), names_by_line(ran.names)
        other = "" if ran.names == then.names else first_difference(*lines)
        return f"cell {label} was interrupted then, and left other names: {other}" if other else ""
    before, now = _untimed(did_of(label, then)), _untimed(mask(ran.did))
    if before == now:
        return ""
    return f"cell {label} did not do what it did then: {first_difference(before, now)}"


def of_human_cell(then: CellFinished, result: CellResult) -> str:
    """Of a cell of the human's; one that looks at runs shows something else each time."""
    before, now = _untimed(shown_by(result_of(then))), _untimed(shown_by(result))
    if before == now or LOOKS_AT_RUNS & set(then.reads):
        return ""
    return f"did not do what it did then: {first_difference(before, now)}"


def _untimed(text: str) -> str:
    """A text without the times that IPython's magics measure."""
    return _TIMES.sub("", text)
