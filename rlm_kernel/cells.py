"""Running the cells of one run: in the namespace, and in words for the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rlm_kernel import namespaces
from rlm_kernel.cell_record import CellRecord
from rlm_kernel.interfaces import REPL, Author, CellResult, RunInterrupted
from rlm_kernel.interrupts import CodeThread
from rlm_kernel.left_over import LeftOver
from rlm_kernel.messages.observation import observe_cell
from rlm_kernel.namespaces import NameChange
from rlm_kernel.rlm import Run
from rlm_kernel.scaffold import ANSWER, Scaffold
from rlm_kernel.scope import Finish, Scope, entered
from rlm_kernel.shared import Shared
from rlm_kernel.undo import LastStep, Undone


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one cell."""

    observation: str
    finish: Finish | None
    """The answer, if the cell gave one."""
    went_well: bool
    """It neither raised nor was interrupted."""
    did: str = ""
    """What it showed and did to names, in words that are equal when it does the same again."""
    names: list[dict[str, Any]] = field(default_factory=list)
    """What it did to names alone, as it is recorded."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A cell of a step that has begun."""

    author: Author
    code: str
    step: int
    number: int
    scope: Scope
    before: namespaces.Snapshot

    @property
    def label(self) -> str:
        return f"{self.step}.{self.number}"


class Cells:
    """Runs cells in a REPL, one at a time.

    Parameters
    ----------
    shared
        What the root run shares.
    run
        Whose cells they are.
    repl, scaffold
        Where they run, and what is kept in place there.
    depth
        Of the run; the root's is 0.
    """

    def __init__(self, shared: Shared, run: Run, repl: REPL, scaffold: Scaffold, depth: int) -> None:
        self.thread = CodeThread()
        self.replaced: dict[str, Any] = {}
        """What others had left under names that a cell of this run has rebound or deleted."""
        self.left_over = LeftOver()
        self.interrupted_after: float | None = None
        """Of a cell that runs again: the seconds after which the user interrupted it the first time."""
        self._shared = shared
        self._run = run
        self._repl = repl
        self._scaffold = scaffold
        self._depth = depth
        self._record = CellRecord(shared.trajectory, run.span, scaffold.lent)
        self._touched: set[str] = set()
        self.last_step = LastStep(repl, ANSWER, scaffold.lent)
        """What the last step did to names."""
        if depth:
            self.last_step.forget(
                "only a root run's last step can be taken back: a child's names are its own"
            )
        self._scope: Scope | None = None
        self._closed: str | None = None
        self._interrupted: str | None = None

    def run(self, code: str, step: int, number: int, author: Author = "model") -> Ran:
        """Run one cell of a step; of the human's where they wrote it anew."""
        begun = self.begin(author, code, step, number)
        result = self._execute(code, begun.label, begun.scope)
        if self.interrupted_after is not None and self._was_stopped(result):
            result.seconds = self.interrupted_after
        return self.end(begun, result)

    def begin(self, author: Author, code: str, step: int, number: int) -> Begun:
        """Record that a cell of a step begins, which whoever calls this then runs."""
        label = f"{step}.{number}"
        span = f"{self._run.span}/{label}"
        self._record.started(span, author, step, number, code)
        scope = self._scope = self._new_scope(span)
        before = self._snapshot()
        if self._depth == 0:  # a child's names are nobody's to look at
            self.last_step.before_cell(step, code, before)
        return Begun(author, code, step, number, scope, before)

    def end(self, begun: Begun, result: CellResult) -> Ran:
        """Record what a cell did; returns what is to be said of it."""
        label, scope = begun.label, begun.scope
        after = self._snapshot()
        changes = namespaces.changes(begun.before, after)
        self._keep_replaced(begun.before, changes)
        names = self.left_over.as_in_a_first_run(begun.code, changes, after, result)
        notices = [*scope.notices, *self._scaffold.restore()]
        self._record.finished(scope.span, begun.author, begun.step, begun.number, result, names)
        did = observe_cell(label, result, names)
        observation = "\n".join([did, *self._interruption(label, scope.span, result), *notices])
        finish = scope.finish or self._scaffold.ready_answer()
        went_well = result.error is None and not self._was_stopped(result)
        return Ran(observation, finish, went_well, did, [asdict(name) for name in names])

    def run_human(self, code: str, step: int) -> CellResult:
        """Run a cell of the human's again, as it was run after `step`; it is not recorded yet.

        It shows nothing: what it showed the first time stands in the human's own cell.
        """
        scope = self._scope = self._new_scope(f"{self._run.span}/{step}/h")
        with unseen(self._repl):
            return self._execute(code, "of the user", scope)

    def died_in(self, step: int, number: int) -> str:
        """What the model is told of a cell in which the kernel died, and whose calls are remembered."""
        label = f"{step}.{number}"
        span = self._interrupted = f"{self._run.span}/{label}"
        told = f"The kernel died while cell {label} was running; it was not run again."
        return " ".join([told, *self._record.finished_calls(span)])

    def record_human(self, code: str, result: CellResult, names: Sequence[NameChange], step: int) -> str:
        """Record a cell the human ran; returns what the model will be told of it, but for `names`."""
        self._record.human(code, result, names, step)
        told = observe_cell("of the user", result)
        return f"While you were paused, the user ran this cell:\n```python\n{code.rstrip()}\n```\n{told}"

    def undo(self) -> Undone:
        """Take back what the last step that ran cells did to names, on the record."""
        undone = self.last_step.take_back()
        self._record.undone(undone)
        return undone

    def made(self) -> dict[str, int]:
        """The ids of what this run's cells have left in the namespace, by name."""
        names = self._record.names_set()
        return {name: id(value) for name, value in self._repl.namespace.items() if name in names}

    def close(self, reason: str) -> None:
        """Refuse every further call of this run's cells, those of the running one too."""
        self._closed = reason
        if self._scope is not None:
            self._scope.closed = reason

    def interrupt(self) -> None:
        """End the cell that runs, and the calls it awaits; from another thread."""
        if self._scope is not None:
            self._shared.queries.give_up_calls(self._scope)
        self.thread.interrupt()
        self._repl.wake()

    def check(self) -> None:
        """Raise RunInterrupted if this run may make no more calls."""
        if self._closed is not None:
            raise RunInterrupted(self._closed)
        self._shared.stop.check()

    def remember_interrupted(self) -> None:
        """Let calls that an interrupted cell had finished be answered without asking again.

        Those of the cells before it too: a model may write its whole reply again.
        """
        span, self._interrupted = self._interrupted, None
        if span is None:
            return
        started, finished = self._record.calls_of_step(span)
        self._shared.queries.remember(finished, {event.span: event.key for event in started})

    def _keep_replaced(self, before: namespaces.Snapshot, changes: Sequence[NameChange]) -> None:
        for change in changes:
            name = change.name
            if change.change in {"rebound", "deleted"} and name not in self._touched:
                self.replaced[name] = before[name][0]
            self._touched.add(name)

    def _execute(self, code: str, label: str, scope: Scope) -> CellResult:
        running = self.thread.running_code(self._repl.namespace)
        if self._shared.stop:  # an interrupt has come since the cell was announced
            result = CellResult(interrupted=True)
        else:
            with entered(scope, is_root=self._depth == 0):
                result = self._repl.run_cell(code, label, running)
        if self._shared.stop:
            # Whatever the cell left in flight or running would go on at the user's cost.
            scope.closed = "the run was interrupted: this cell can make no more calls"
            self._shared.queries.cancel_calls()
            self._shared.spawn.settle(scope)
        elif scope.closed is None:
            result.interrupted = False  # the code's own KeyboardInterrupt is an error like any other
        return result

    def _interruption(self, label: str, span: str, result: CellResult) -> list[str]:
        """What the model is told of a cell that was interrupted."""
        if not self._was_stopped(result):
            return []
        self._interrupted = span
        by_user = self._shared.stop.reason in {None, "interrupt"} or self.interrupted_after is not None
        who = "The user interrupted cell" if by_user else "Interrupted: cell"
        sentence = f"{who} {label} after {result.seconds:.1f} s; it was not run again."
        return [" ".join([sentence, *self._record.finished_calls(span)])]

    def _was_stopped(self, result: CellResult) -> bool:
        return result.interrupted or bool(self._shared.stop)

    def _snapshot(self) -> namespaces.Snapshot:
        return namespaces.snapshot(self._repl.namespace, self._repl.hidden)

    def _new_scope(self, span: str) -> Scope:
        shared = self._shared
        return Scope(
            span=span,
            depth=self._depth,
            door=shared.queries,
            spawn=shared.spawn,
            stop=shared.stop,
            thread=self.thread,
            namespace=self._repl.namespace,
            owner=self._run,
            concurrency=shared.queries.settings.concurrency,
            hidden=self._scaffold.lent,
            closed=self._closed,
        )


@contextmanager
def unseen(repl: REPL) -> Iterator[None]:
    """While cells run again whose outputs the user has already."""
    before, repl.is_seen = repl.is_seen, False
    try:
        yield
    finally:
        repl.is_seen = before
