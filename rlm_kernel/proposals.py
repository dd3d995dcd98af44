"""Cells that wait for the human: which of a reply's, why, and which of the human's own is one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rlm_kernel.events import CellsProposed
from rlm_kernel.interfaces import Proposed
from rlm_kernel.report.figures import what_waits
from rlm_kernel.report.spans import cell_id
from rlm_kernel.risks import why_risky
from rlm_kernel.rlm import Run
from rlm_kernel.shared import Shared

_MARK = re.compile(r"# proposed step \d+\.\d+ of run [\w-]+:[^\n]*\n?")
_CELL_MAGIC = "%%"
"""What a cell begins with that can have no line above it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a run pauses before cells."""

    reason: str
    message: str


class Proposals:
    """The cells of one run's present reply that wait for the human.

    Parameters
    ----------
    shared, run
        What the root run shares, and whose cells they are.
    namespace
        What the names of its cells stand for.
    is_root
        Whether it is the root run, which can wait; a child cannot.
    """

    def __init__(self, shared: Shared, run: Run, namespace: Mapping[str, Any], *, is_root: bool) -> None:
        self.once = False
        """Whether the next step is to wait, whatever the run's own mode."""
        self.in_notebook = False
        """Whether the human has run one of them as the notebook cell it is shown as."""
        self.edited: dict[int, str] = {}
        """What some of them were edited to, by number: what runs once they are accepted."""
        self._accepted = False
        self._shared = shared
        self._run = run
        self._namespace = namespace
        self._is_root = is_root

    @property
    def every_step(self) -> bool:
        """Whether the run returns before every step's cells."""
        return self._is_root and (self._shared.step or self.once)

    @property
    def waiting(self) -> list[Proposed]:
        """The cells that wait."""
        return self._run.proposed

    def hold(self, step: int, cells: Sequence[tuple[int, str]]) -> Hold | None:
        """What the human is to see before the first of `cells` runs; None where it need not wait.

        What comes after a cell that waits, waits too.
        """
        if self._accepted or not cells:
            return None
        why = self._why(cells[0][1])
        if why is None:
            return None
        if self._is_root:
            self._record(step, [Proposed(number, code, self._why(code) or "") for number, code in cells])
        return Hold(
            "step" if self.every_step else "approve",
            what_waits([Proposed(number, code, why) for number, code in cells]),
        )

    def refusal(self, label: str, hold: Hold) -> str:
        """What the model of a child is told of a cell that would have to wait."""
        why = f"it {hold.message}" if self._shared.approve == "risky" else "every cell needs approval"
        return f"Cell {label} was not run: {why}, and a child run cannot wait for the user."

    def repeat(self, event: CellsProposed) -> None:
        """Let the cells wait that waited in a recorded run."""
        self._record(event.step, [Proposed(cell["cell"], cell["code"], cell["why"]) for cell in event.cells])

    def accept(self) -> None:
        """The human lets the cells run that wait."""
        self.waiting.clear()
        self._accepted = True

    def clear(self) -> None:
        """No cell waits any more."""
        self._accepted = False
        self.waiting.clear()
        self.edited.clear()

    def find(self, code: str, cell: str | None, step: int) -> Proposed | None:
        """The waiting cell that the human is about to run, as it is or edited.

        It is known by its id in the notebook, by the line that `marked` puts above it, and
        else by its code.
        """
        mark = _MARK.match(code)
        for proposed in self.waiting:
            span = f"{self._run.span}/{step}.{proposed.number}"
            if cell is not None and cell == cell_id(self._run.id, span):
                self.in_notebook = True
                return proposed
            if mark and mark[0].startswith(_mark(self._run, step, proposed)):
                return proposed
        return next((p for p in self.waiting if p.code.strip() == unmarked(code).strip()), None)

    def next_input(self, step: int) -> str:
        """The first waiting cell, to be put before the human; empty where none waits."""
        if not self.waiting:
            return ""
        first = self.waiting[0]
        if first.code.startswith(_CELL_MAGIC):
            return first.code
        return f"{_mark(self._run, step, first)} run it as it is, or edit it first\n{first.code}"

    def _record(self, step: int, cells: list[Proposed]) -> None:
        self.waiting[:] = cells
        self.edited.clear()
        self.in_notebook = False
        span = f"{self._run.span}/{step}"
        told = [{"cell": cell.number, "code": cell.code, "why": cell.why} for cell in cells]
        self._shared.trajectory.record(CellsProposed, span=span, parent=self._run.span, step=step, cells=told)

    def _why(self, code: str) -> str | None:
        """Why a cell waits, empty where that is for no reason of its own; None where it does not."""
        approve = self._shared.approve
        if approve == "none" and not self.every_step:
            return None
        risk = why_risky(code, self._namespace)
        return risk or ("" if approve == "all" or self.every_step else None)


def unmarked(code: str) -> str:
    """Code without the line that says which proposed cell it is."""
    return _MARK.sub("", code, count=1) if _MARK.match(code) else code


def _mark(run: Run, step: int, cell: Proposed) -> str:
    return f"# proposed step {step}.{cell.number} of run {run.id[-4:]}:"
