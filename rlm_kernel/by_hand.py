"""A proposed cell that the human runs, as any cell of theirs, with whatever their front end has for it."""

from __future__ import annotations

from contextlib import ExitStack

from rlm_kernel import scope
from rlm_kernel.interfaces import CellResult, Proposed
from rlm_kernel.interlude import Interlude
from rlm_kernel.interrupts import CodeThread
from rlm_kernel.parts import Parts
from rlm_kernel.proposals import unmarked
from rlm_kernel.report.figures import what_waits
from rlm_kernel.turns import Turns


class ByHand:
    """Makes a cell that somebody else runs one of a step's: its calls, its record, its answer.

    Parameters
    ----------
    parts
        The run whose cell it is.
    turns, interlude
        Whose reply it is of, and what tells the model.
    """

    def __init__(self, parts: Parts, turns: Turns, interlude: Interlude) -> None:
        self.repl = parts.repl
        self.is_running = False
        self._shared = parts.shared
        self._run = parts.run
        self._scaffold = parts.scaffold
        self._cells = parts.cells
        self._turns = turns
        self._interlude = interlude
        self._around = ExitStack()

    def begin(self, code: str, cell: str | None) -> str:
        """The human is about to run `code`; returns the label of the proposed cell it is, if it is one."""
        proposed = self._turns.proposals.find(code, cell, self._turns.step)
        if proposed is None or self.is_running:
            return ""
        self.is_running = True
        self._shared.stop.clear()
        self._interlude.take_names_again()
        self._interlude.tell()
        self._cells.thread = CodeThread()
        self._shared.budget.start_clock()
        self._run.shadowed.update(self._around.enter_context(self._scaffold.lending()))
        self._begin(proposed, unmarked(code))
        return f"{self._turns.step}.{proposed.number}"

    def _begin(self, proposed: Proposed, code: str) -> None:
        is_edited = code.strip() != proposed.code.strip()
        step, number = self._turns.step, proposed.number
        if is_edited:
            self._turns.note_edited(number, code)
        self._turns.proposals.waiting.remove(proposed)
        self._begun = self._cells.begin("human" if is_edited else "model", code, step, number)
        self._begun.scope.by_hand = True
        scope.enter(self._begun.scope)

    def end(self, result: CellResult) -> None:
        """The cell has run; what was recorded of it is `result`."""
        self.is_running = False
        scope.leave(self._begun.scope)
        if result.interrupted:
            self._shared.queries.cancel_calls()
            self._shared.spawn.settle(self._begun.scope)
        self._turns.take_cell(self._begun.number, self._cells.end(self._begun, result))
        if self._run.proposed:
            self._run.message = what_waits(self._run.proposed)
        self._around.close()
        self._shared.budget.stop_clock()
        self._shared.queries.cancel_calls()
        self._interlude.begin()

    def next_input(self) -> str:
        """The next waiting cell, for a front end that does not show it as one; else empty."""
        proposals = self._turns.proposals
        return "" if proposals.in_notebook else proposals.next_input(self._turns.step)
