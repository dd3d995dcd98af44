"""A run, as a value: what was asked, what happened, what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from rlm_kernel.events import YOUR_TURN, Event, RunFinished
from rlm_kernel.interfaces import Proposed, Usage, UsageError
from rlm_kernel.secrets import mask
from rlm_kernel.steps import Step, steps_of
from rlm_kernel.trajectory import Trajectory
from rlm_kernel.undo import Undone

if TYPE_CHECKING:
    from rlm_kernel.report.diff import Difference

Status = Literal["running", "proposed", "paused", "interrupted", "finished", "stopped", "failed"]

MAY_GO_ON = frozenset({"proposed", "paused", "failed"})
"""The states of a run that came to a stop and can go on."""

ROOT = "r"
"""The span of a root run."""


class Driver(Protocol):
    """What can make a run go on."""

    @property
    def namespace(self) -> MutableMapping[str, Any]: ...

    def resume(self, hint: str | None, limits: dict[str, float], command: str = "resume") -> None: ...

    def remember(self, hint: str | None, limits: dict[str, float]) -> None: ...

    def stop(self) -> None: ...

    def undo(self) -> Undone: ...

    def pause_after_step(self) -> None: ...


class Run:
    """One question to a recursive language model, from question to answer.

    Attributes
    ----------
    id, question
        What names it, and what was asked.
    status
        ``running``, ``proposed``, ``paused``, ``interrupted`` (its kernel died), ``finished``,
        ``stopped`` or ``failed``.
    reason, message
        Why it is not running: ``answer``, ``interrupt``, ``max_steps``, ``max_cost``, ``error``…;
        and the same in a sentence.
    answer
        The Python object it returned, once finished.
    children, parent
        The runs it started with `rlm_query`, and the run that started it.
    namespace
        The live namespace its cells run in; a child has its own.
    trajectory
        Every event of the root run.
    shadowed
        The user's own values of names that the run bound.
    proposed
        The cells that wait to be accepted or skipped, while it is ``proposed``.
    """

    def __init__(
        self,
        question: str,
        trajectory: Trajectory,
        *,
        span: str = ROOT,
        parent: Run | None = None,
    ) -> None:
        self.question = question
        self.trajectory = trajectory
        self.span = span
        self.parent = parent
        self.id = trajectory.run if span == ROOT else f"{trajectory.run}:{span}"
        self.status: Status = "running"
        self.reason = ""
        self.message = ""
        self.answer: Any = None
        self.children: list[Run] = []
        self.shadowed: dict[str, Any] = {}
        self.proposed: list[Proposed] = []
        self.owner = ""
        """The id of the notebook cell it began in, where the front end told it."""
        self.objects: dict[str, Any] = {}
        """Of a run read from a file: contexts that were objects, by name, as far as they are known."""
        self._driver: Driver | None = None
        if parent is not None:
            parent.children.append(self)

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The live namespace of the run's cells; raises UsageError for a run read from a file."""
        if self._driver is None:
            raise UsageError(f"run {self.id} was read from a file: its namespace went with its kernel")
        return self._driver.namespace

    @property
    def steps(self) -> list[Step]:
        """The turns so far, with their cells."""
        return steps_of(self.trajectory, self.span)

    @property
    def usage(self) -> Usage:
        """Tokens and dollars of the run's calls, its children's included."""
        total = Usage()
        for event in self.trajectory:
            usage = getattr(event, "usage", None)
            is_paid = not isinstance(event, RunFinished) and not getattr(event, "cached", False)
            if usage and is_paid and event.span.startswith(f"{self.span}/"):
                total += Usage(**usage)
        return total

    def resume(
        self,
        hint: str | None = None,
        *,
        contexts: Mapping[str, Any] | None = None,
        schema: Any = None,
        **limits: float,
    ) -> Run:
        """Go on, with a hint for the model and new limits (``max_steps=40``) if given.

        A run whose kernel died is brought back first, by running its recorded cells again.
        `schema` is for one whose answer must be of a type that was given as an object: no record
        can hold that.
        Raises UsageError when the run cannot go on, saying what to do.
        """
        if self.status == "proposed":
            raise UsageError(
                f"run {self.id} has proposed cells that have not run: %rlm accept runs them, %rlm skip leaves"
                " them out, and either takes a hint"
            )
        if self.status not in {"paused", "failed"} and (self.status != "interrupted" or self._driver):
            raise UsageError(f"run {self.id} is {self.status}: only a paused run can be resumed")
        self.objects |= contexts or {}
        return self._go_on("resume", hint, limits, schema)

    def accept(self, hint: str | None = None, *, schema: Any = None, **limits: float) -> Run:
        """Run the proposed cells, and go on; see `resume`.

        Cells that were run by hand are not run again.
        """
        self._check_proposed("accept", may_have_run=True)
        return self._go_on("accept", hint, limits, schema)

    def skip(self, hint: str | None = None, *, schema: Any = None, **limits: float) -> Run:
        """Leave the proposed cells out, of which the model is told, and go on; see `resume`."""
        self._check_proposed("skip", may_have_run=False)
        return self._go_on("skip", hint, limits, schema)

    def step(self, hint: str | None = None, *, schema: Any = None, **limits: float) -> Run:
        """Run the proposed cells, if there are some, and propose those of the next step; see `resume`."""
        if self.status not in MAY_GO_ON:
            raise UsageError(f"run {self.id} is {self.status}: only a paused run can take a step")
        return self._go_on("step", hint, limits, schema)

    def branch(
        self,
        step: int,
        hint: str | None = None,
        *,
        code: str | Mapping[str, str] | None = None,
        propose: bool = False,
        contexts: Mapping[str, Any] | None = None,
        schema: Any = None,
        **limits: float,
    ) -> Run:
        """A new run that goes another way after a step of this one.

        The namespace goes back to what it was after `step`: the cells up to there run again,
        with recorded answers for their calls to models.  Then it goes on live, with a hint for
        the model and new limits (``max_steps=40``) if given.  It pauses where a cell does
        something else than it did.

        Parameters
        ----------
        step
            The last step that the two have in common; 1 is the first.
        hint
            What the model is to be told then.
        code
            What that step's cell is to be instead, or its cells by label: ``{"4.1": "…"}``.
            The model is told that the user edited them; new calls of theirs are made live.
        propose
            Whether the cells of the next step are to wait for the human, as with ``--step``.
        contexts
            Objects that the run was given, by the names they are bound to: for a run read from a
            file, or where one, such as a generator, is used up.
        schema
            What the answer must be, for a run read from a file that was given a type as an object.
        limits
            New totals for the branch.

        Raises
        ------
        UsageError
            When that cannot be, saying what to do.
        """
        self.objects |= contexts or {}
        return _reopening().branch(self, Branching(step, hint, code or {}, propose, limits, schema=schema))

    def stop(self) -> None:
        """End a paused run for good; what it made stays."""
        if self.status not in MAY_GO_ON:
            raise UsageError(f"run {self.id} is {self.status}: only a paused run can be stopped")
        self._live().stop()

    def undo(self) -> Undone:
        """Take back what the last step that ran cells did to names, by identity: nothing is copied.

        What it set is removed, what it rebound or deleted stands for its former object again;
        names that were changed since stay.  Objects that it changed in place are not restored,
        but named.  Raises UsageError while the run is running, and where there is nothing to
        take back: a step is taken back once, and only the last.
        """
        if self.status == "running":
            raise UsageError(f"run {self.id} is running: pause it, then take its last step back")
        return self._live().undo()

    def pause_after_step(self) -> None:
        """Pause when the step that runs now has come to its end; from any thread."""
        if self.status != "running":
            raise UsageError(f"run {self.id} is {self.status}: only a running one can be paused")
        self._live().pause_after_step()

    def diff(self, other: Run) -> Difference:
        """How it differs from another: where they part, step by step, in cost and in the answer."""
        if not isinstance(other, Run):
            raise UsageError(f"a run is compared with another run, not with {type(other).__name__}")
        from rlm_kernel.report.diff import difference  # noqa: PLC0415  (only who looks pays for it)
        from rlm_kernel.report.side import Side  # noqa: PLC0415

        return difference(*(Side(run.trajectory.events, run.span) for run in (self, other)))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the trajectory as ``.jsonl``, or the run as a notebook, ``.ipynb``."""
        target = Path(path)
        if target.suffix == ".jsonl":
            return self.trajectory.save(target)
        if target.suffix == ".ipynb" and notebook_writers:
            notebook_writers[-1](self.trajectory.events, target)
            return target
        raise UsageError(f"cannot save a run as {target.name!r}: name a .jsonl or an .ipynb file")

    def __repr__(self) -> str:
        from rlm_kernel.report import figures, plain  # noqa: PLC0415  (only who looks pays for it)

        steps = figures.counted(len(self.steps), "step")
        return f"<Run {self.id}: {self.status}, {steps}, {plain.one_line(mask(self.question), 60)!r}>"

    def __str__(self) -> str:
        from rlm_kernel.report.text import card_text  # noqa: PLC0415

        return card_text(self._report())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002  (IPython's protocol)
        """What IPython shows: the card; a line where the run is part of a list or dict."""
        printer.text(str(self) if len(printer.stack) == 1 else repr(self))

    def _repr_html_(self) -> str:
        from rlm_kernel.report.html import card_html  # noqa: PLC0415

        return card_html(self._report())

    def _report(self) -> Any:
        from rlm_kernel.report.state import RunReport  # noqa: PLC0415

        report = RunReport.of(list(self.trajectory.events), self.span)
        report.status = self.status
        return report

    def _go_on(self, command: str, hint: str | None, limits: dict[str, float], schema: Any) -> Run:
        if self._driver is not None:
            refuse_schema(self, schema)
        else:
            _reopening().revive(self, schema)
            if self.reason == "diverged":
                self._live().remember(hint, limits)
                return self
        self._live().resume(hint, limits, command)
        return self

    def _check_proposed(self, command: str, *, may_have_run: bool) -> None:
        ran_by_hand = may_have_run and self.status == "paused" and self.reason == YOUR_TURN
        if self.status == "proposed" or ran_by_hand:
            return
        how = ": %rlm resume goes on" if self.status in MAY_GO_ON else ""
        raise UsageError(f"run {self.id} is {self.status} and proposes nothing to {command}{how}")

    def _live(self) -> Driver:
        if self._driver is None:
            how = (
                f": %rlm resume {self.id} brings it here"
                if self.status in (*MAY_GO_ON, "interrupted")
                else ""
            )
            raise UsageError(f"run {self.id} was read from a file, and nothing of it is in this kernel{how}")
        return self._driver


@dataclass(frozen=True, slots=True)
class Branching:
    """Where a branch leaves its run, and how it is to go on; see `Run.branch`."""

    step: int
    hint: str | None = None
    code: str | Mapping[str, str] = field(default_factory=dict)
    propose: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    is_replay: bool = False
    """Whether the whole record is repeated, to its end."""
    schema: Any = None


def refuse_schema(run: Run, schema: Any) -> None:
    """Raise UsageError for a schema that is given to a run of this kernel."""
    if schema is not None:
        raise UsageError(f"run {run.id} has its schema: one is given only to a run read from a file")


class Reopening(Protocol):
    """What makes a recorded run go on, which takes more than a run knows."""

    def revive(self, run: Run, schema: Any = None) -> None: ...

    def branch(self, run: Run, how: Branching) -> Run: ...


reopenings: list[Reopening] = []
"""What reopens runs: the composition root puts it here."""


def _reopening() -> Reopening:
    if not reopenings:
        raise UsageError("import rlm_kernel and use rlm_kernel.load to read the run first")
    return reopenings[-1]


notebook_writers: list[Callable[[Sequence[Event], Path], object]] = []
"""What writes a run as a notebook: an edge's work, which the composition root puts here."""
