"""How a run comes to a stop, for a while or for good: in its state, in the namespace, and on the record."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

from rlm_kernel.answers import answer_json
from rlm_kernel.calls import usage_json
from rlm_kernel.events import PROPOSING, RunFinished, RunPaused, Warned
from rlm_kernel.interlude import Interlude
from rlm_kernel.parts import Parts
from rlm_kernel.rlm import Status


class Ending:
    """Brings one run to a stop.

    Parameters
    ----------
    parts, interlude
        The run, and what gives the namespace to the human.
    """

    def __init__(self, parts: Parts, interlude: Interlude) -> None:
        self.bound: dict[str, Sequence[object]] = {}
        """What the run has bound, by name, when it last came to a stop."""
        self.made: dict[str, int] = {}
        """The ids of what its cells had left by then, by name."""
        self._shared = parts.shared
        self._run = parts.run
        self._repl = parts.repl
        self._scaffold = parts.scaffold
        self._cells = parts.cells
        self._interlude = interlude
        self._parent_span = parts.parent_span
        self._is_root = parts.is_root

    def set(self, status: Status, reason: str = "", message: str = "") -> None:
        """Let the run be in another state, for a reason that is not on the record yet."""
        self.bound = self._scaffold.bound()
        if status == "finished":
            self.bound[self._shared.out] = (self._run.answer,)
        if status != "running":
            self.look_at_names()
        self._run.status, self._run.reason, self._run.message = status, reason, message

    def look_at_names(self) -> None:
        """Remember what the cells have left in the namespace by now."""
        self.made = self._cells.made()

    def paused(self, reason: str, message: str, step: int) -> None:
        """The kernel is the human's again, after `step`."""
        self._interlude.begin()
        self.set("proposed" if reason in PROPOSING else "paused", reason, message)
        trajectory = self._shared.trajectory
        trajectory.record(
            RunPaused, span=self._run.span, parent=None, reason=reason, message=message, step=step
        )
        trajectory.close()

    def finished(self, answer: Any) -> None:
        """The run has an answer."""
        if not self._is_given_up:
            self._run.answer = answer
        if self._is_root:
            self._cells.last_step.bind(self._shared.out, self._run.answer)
        self.over("finished", "answer", "")

    def failed(self, bug: BaseException) -> None:
        """An error of ours; the run can go on all the same."""
        self._interlude.begin()
        where = "".join(traceback.format_exception(bug))
        self._shared.trajectory.record(Warned, span=self._run.span, parent=None, message=where)
        self.over("failed", "error", f"an error of rlm-kernel itself: {type(bug).__name__}: {bug}")

    def over(self, status: Status, reason: str, message: str) -> None:
        """The run goes on no more by itself."""
        if self._is_given_up:
            return
        self.set(status, reason, message)
        shared, finished = self._shared, status == "finished"
        shared.trajectory.record(
            RunFinished,
            span=self._run.span,
            parent=self._parent_span,
            status=status,
            reason=reason,
            message=message,
            answer=answer_json(self._run.answer, whole=shared.keep_answer) if finished else None,
            usage=usage_json(shared.queries.usage_of(self._run.span)),
            seconds=shared.budget.seconds,
        )
        self._repl.close()
        if self._is_root:
            shared.trajectory.close()

    @property
    def _is_given_up(self) -> bool:
        """Whether this is a child that its parent has abandoned, and that ends after all."""
        return not self._is_root and self._run.status == "stopped"
