"""The loop: reply → cells → observation, until answer, limit, pause or interrupt.

A child run is the same loop on a child REPL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.by_hand import ByHand
from rlm_kernel.context import Description, describe
from rlm_kernel.ending import Ending
from rlm_kernel.events import YOUR_TURN, RunResumed
from rlm_kernel.interfaces import CellResult, LimitExceeded, QueryError, UsageError
from rlm_kernel.interlude import Interlude
from rlm_kernel.interrupts import CodeThread, Sigint
from rlm_kernel.messages import opening
from rlm_kernel.options import limits_from
from rlm_kernel.parts import Parts
from rlm_kernel.rlm import MAY_GO_ON, Run
from rlm_kernel.scaffold import NOTHING_EARLIER, RUN, Earlier
from rlm_kernel.starting import record_start
from rlm_kernel.turn import Pause
from rlm_kernel.turns import Turns
from rlm_kernel.undo import Undone

GAVE_THE_ANSWER = "what you ran gave the answer: resume, and the run is finished with it"
RAN, WAS_INTERRUPTED = "you ran what was proposed", "what you ran was interrupted"

Host = Callable[[Run], AbstractContextManager[object]]
"""What surrounds a root run while it is running: views, and whatever the front end needs."""


class Loop:
    """Drives one run, root or child, until it is paused or over.

    Parameters
    ----------
    parts
        The run, which has not begun.
    host
        Of a root run: what surrounds it while it is running.
    """

    def __init__(self, parts: Parts, host: Host | None = None) -> None:
        self.parts = parts
        self.run = parts.run
        self.cells = parts.cells
        self.host: Host = host or (lambda _run: nullcontext())
        self.turns = Turns(parts)
        self.interlude = Interlude(parts)
        self.ending = Ending(parts, self.interlude)
        self.by_hand = ByHand(parts, self.turns, self.interlude)
        """The cell of this run that the human runs, of those that wait."""
        self._shared = parts.shared
        self._conversation = parts.conversation
        self._kept_limits: dict[str, float] = {}
        parts.run._driver = self  # noqa: SLF001  (a run and its loop are two sides of one thing)

    @property
    def contexts(self) -> dict[str, Any]:
        """The contexts, by name, as the run was given them."""
        return {context.name: context.value for context in self.parts.contexts}

    @property
    def bound(self) -> dict[str, Sequence[object]]:
        """What the run has bound, by name, when it last came to a stop."""
        return self.ending.bound

    @property
    def made(self) -> dict[str, int]:
        """The ids of what its cells had left by then, by name."""
        return self.ending.made

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The live namespace of the run's cells."""
        return self.parts.repl.namespace

    # -- beginning --------------------------------------------------------------------

    def start(self, earlier: Earlier = NOTHING_EARLIER) -> Run:
        """Begin, and go on until the run is over or paused.

        Raises UsageError, before anything was bound or asked, for a schema that is none.
        """
        descriptions = self.look()
        try:
            with self.host(self.run):
                self.go(lambda: self._begin(earlier, descriptions))
        finally:
            if not self._conversation.messages:
                self.run.status = "stopped"  # interrupted before it had begun
        return self.run

    def begin(self) -> None:
        """Begin a child run: bind its names and say what is asked; no call is made."""
        self._begin(NOTHING_EARLIER, self.look())

    def look(self) -> list[Description]:
        """Describe the contexts, which runs code of theirs, before anything has changed."""
        if self.parts.schema is not None:
            schemas.check(self.parts.schema)
        return [describe(context.name, context.value) for context in self.parts.contexts]

    def bind(self, earlier: Earlier) -> None:
        """Put the run's names into the namespace, beside what `earlier` runs have left."""
        parts = self.parts
        self.run.shadowed |= parts.scaffold.bind(earlier)
        self.interlude.bound(set(self.run.shadowed))
        self.cells.left_over.names = {
            name
            for name, ids in earlier.made.items()
            if id(self.namespace.get(name)) in ids and name not in self.contexts
        }
        if parts.is_root:
            self.namespace[RUN] = self.run

    def say_opening(self, descriptions: Sequence[Description]) -> None:
        """Say what is asked, where that has not been said."""
        system, asked = self.opening(descriptions)
        said = self._conversation.messages
        if not said:
            self._conversation.add("system", system, step=1)
        if len(said) <= 1:
            self._conversation.note(asked)

    def opening(self, descriptions: Sequence[Description]) -> tuple[str, str]:
        """The system prompt, and how the message after it begins."""
        return self._system_prompt(), opening.opening(self.run.question, descriptions, self.parts.schema)

    def _begin(self, earlier: Earlier, descriptions: Sequence[Description]) -> None:
        self.bind(earlier)
        record_start(self.parts, descriptions)
        self.say_opening(descriptions)

    def _system_prompt(self) -> str:
        shared = self._shared
        children = self.parts.depth < shared.budget.limits.max_depth
        return shared.dialect.system(children=children, sub_window=shared.sub_window)

    # -- going on ---------------------------------------------------------------------

    def resume(self, hint: str | None, limits: dict[str, float], command: str = "resume") -> None:
        """Go on after a pause, as `command` says; raises UsageError for a spent limit that is not raised.

        Cells that wait need no further turn: they run, or are left out, also where a limit is spent.
        """
        if self.by_hand.is_running:
            raise UsageError(f"a cell of run {self.run.id} is running: go on when it has ended")
        budget, interlude = self._shared.budget, self.interlude
        limits = limits_from(self._kept_limits | limits)
        changed = budget.limits.with_changes(limits)
        by_hand = self.parts.scaffold.ready_answer(rebound=interlude.names_are_lost)
        waits = bool(self.run.proposed)
        if by_hand is None and not waits:
            self.turns.refuse_spent_limit(changed)
        self._shared.trajectory.check_ours()
        interlude.take_names_again()
        if self.turns.finish is None and by_hand is not None:
            self.turns.accept(by_hand)
        budget.limits, self._kept_limits = changed, {}
        self.turns.may_have_last_turn |= not waits or bool(limits)
        with self.host(self.run):
            self._shared.trajectory.record(
                RunResumed, span=self.run.span, parent=None, hint=hint, limits=limits, command=command
            )
            interlude.tell()
            self.turns.decide(command)
            self._conversation.note_hint(hint)
            self.cells.remember_interrupted()
            self.go()

    def remember(self, hint: str | None, limits: Mapping[str, float]) -> None:
        """Keep a hint and limits for when the run goes on: it has come to a stop before."""
        self._conversation.note_hint(hint)
        self._kept_limits = dict(limits)

    def take_edits(self, cells: Mapping[str, str]) -> None:
        """What cells that wait were edited to, by label, for when they are accepted."""
        self.turns.proposals.edited = {
            cell.number: cells[label]
            for cell in self.run.proposed
            if (label := f"{self.turns.step}.{cell.number}") in cells
        }

    def go(self, begin: Callable[[], None] = lambda: None) -> None:
        """Go on until the run is over or paused; never raises what stopped it."""
        shared = self._shared
        self.cells.thread = CodeThread()
        shared.stop.clear()
        with Sigint(shared.stop, self.cells.thread):
            shared.budget.start_clock()
            try:
                self.ending.set("running")
                begin()
                self.turns.take()
                self._finish()
            except Pause as pause:
                self.pause(pause.reason, pause.message)
            except KeyboardInterrupt:
                self.pause("interrupt", "interrupted")
            except QueryError as error:
                self.pause("error", str(error))
            except BaseException as bug:  # noqa: BLE001  (ours: the run stays as it is, and resumable)
                self.ending.failed(bug)
            finally:
                shared.budget.stop_clock()
                shared.queries.cancel_calls()  # tasks and threads that cells have left may have some

    def answer_or_raise(self) -> Any:
        """A child's answer; raises LimitExceeded, QueryError or RunInterrupted without one."""
        try:
            self.turns.take()
        except Pause as pause:
            self.ending.over("stopped", pause.reason, pause.message)
            sentence = f"child run {self.run.span} ended without an answer: {pause.message}"
            raise LimitExceeded(sentence, pause.reason) from None
        except KeyboardInterrupt:
            self.ending.over("stopped", "interrupt", "interrupted")
            raise
        except Exception as error:
            self.ending.over("failed", "error", str(error))
            raise
        self._finish()
        return self.run.answer

    # -- coming to a stop -------------------------------------------------------------

    def pause(self, reason: str, message: str) -> None:
        """Give the kernel back to the human."""
        self.ending.paused(reason, message, self.turns.step)

    def pause_after_step(self) -> None:
        """Pause when the present step has come to its end; from any thread."""
        self.turns.pause_asked = True

    def stop(self) -> None:
        """End the paused run for good."""
        self.ending.over("stopped", "stop", "stopped by the user")

    def _finish(self) -> None:
        assert self.turns.finish is not None
        self.ending.finished(self.turns.finish.value)

    # -- what the human does in a pause -----------------------------------------------

    def undo(self) -> Undone:
        """Take back what the last step that ran cells did to names; the model is told on resume."""
        undone = self.interlude.undo()
        if self.run.status != "finished":
            self.turns.finish = None
        self.ending.look_at_names()
        self._shared.trajectory.close()
        return undone

    def human_cell(self, code: str, result: CellResult) -> None:
        """Record a cell that the human ran while the run was paused, for the model to know."""
        if self.run.status in MAY_GO_ON:  # not if the cell itself resumed or stopped it
            self.interlude.cell(code, result, self.turns.step)
            self._shared.trajectory.close()  # as long as it stands still, nobody keeps the file

    def end_by_hand(self, result: CellResult) -> None:
        """The human has run one of the cells that wait."""
        self.by_hand.end(result)
        if not self.run.proposed:
            ran = WAS_INTERRUPTED if result.interrupted else RAN
            self.pause(YOUR_TURN, ran if self.turns.finish is None else GAVE_THE_ANSWER)


def loop_of(run: Run) -> Loop | None:
    """What drives a run of this kernel; None for one that was read from a file."""
    driver = run._driver  # noqa: SLF001  (a run and its loop are two sides of one thing)
    return driver if isinstance(driver, Loop) else None
