"""What the cells of one run have on its record: written as they run, and read again."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import asdict
from typing import Any

from rlm_kernel.events import BatchStarted, CallFinished, CallStarted, CellFinished, CellStarted, StepUndone
from rlm_kernel.interfaces import Author, CellResult
from rlm_kernel.namespaces import NameChange
from rlm_kernel.secrets import secrets_in
from rlm_kernel.trajectory import Trajectory
from rlm_kernel.undo import Undone


class CellRecord:
    """The record of one run's cells.

    Parameters
    ----------
    trajectory
        Of the root run.
    run
        The span of the run whose cells they are.
    lent
        Names that are in the namespace for the run: that a cell reads one says nothing of it.
    """

    def __init__(self, trajectory: Trajectory, run: str, lent: Container[str]) -> None:
        self._trajectory = trajectory
        self._run = run
        self._lent = lent

    # -- written ----------------------------------------------------------------------

    def started(self, span: str, author: Author, step: int, number: int, code: str) -> None:
        """Record that a cell begins."""
        self._trajectory.record(
            CellStarted,
            span=span,
            parent=f"{self._run}/{step}",
            author=author,
            step=step,
            cell=number,
            code=code,
            secrets=secrets_in(code),
        )

    def finished(
        self,
        span: str,
        author: Author,
        step: int,
        number: int,
        result: CellResult,
        names: Sequence[NameChange],
    ) -> None:
        """Record what a cell did."""
        self._trajectory.record(
            CellFinished,
            span=span,
            parent=f"{self._run}/{step}",
            author=author,
            step=step,
            cell=number,
            outputs=result.outputs,
            omitted=result.omitted,
            error=asdict(result.error) if result.error else None,
            interrupted=result.interrupted,
            seconds=result.seconds,
            execution_count=result.execution_count,
            names=[asdict(name) for name in names],
            reads=[name for name in result.reads if name not in self._lent],
        )

    def human(self, code: str, result: CellResult, names: Sequence[NameChange], step: int) -> None:
        """Record a cell that the human ran after a step."""
        span = self._trajectory.child_span(f"{self._run}/{step}", "h")
        self.started(span, "human", step, 0, code)
        self.finished(span, "human", step, 0, result, names)

    def undone(self, undone: Undone) -> None:
        """Record that a step was taken back."""
        names: dict[str, Any] = dict(undone.names)
        span = f"{self._run}/{undone.step}"
        self._trajectory.record(StepUndone, span=span, parent=self._run, step=undone.step, **names)

    # -- read -------------------------------------------------------------------------

    def names_set(self) -> set[str]:
        """The names that cells of the run's steps did something to, without steps taken back."""
        undone = {event.step for event in self._trajectory.of(StepUndone) if event.parent == self._run}
        return {
            change["name"]
            for event in self._trajectory.of(CellFinished)
            if event.cell and event.span.rpartition("/")[0] == self._run and event.step not in undone
            for change in event.names
        }

    def calls_of_step(self, span: str) -> tuple[list[CallStarted], list[CallFinished]]:
        """The calls that a cell, by its span, and the others of its step have begun and finished."""
        return self._calls_below(f"{span.rpartition('.')[0]}.")

    def finished_calls(self, span: str) -> list[str]:
        """How many of a cell's sub-calls have replies, in words, if it asked any."""
        begun, ended = self._calls_below(f"{span}/")
        started = [call for call in begun if call.role == "sub"]
        finished = [call for call in ended if call.role == "sub"]
        batches = [e for e in self._trajectory.of(BatchStarted) if e.parent == span and e.kind == "llm"]
        # Of a batch all were asked, those included that had not begun.
        asked = sum(call.batch is None for call in started) + sum(batch.size for batch in batches)
        if not asked:
            return []
        how_many = f"{len(finished)} of its {asked} sub-calls had finished"
        return [f"{how_many}: asking exactly the same again gives their replies at no cost."]

    def _calls_below(self, below: str) -> tuple[list[CallStarted], list[CallFinished]]:
        started = [event for event in self._trajectory.of(CallStarted) if event.span.startswith(below)]
        return started, [event for event in self._trajectory.of(CallFinished) if event.span.startswith(below)]
