"""The loop: reply → cells → observation, until answer, limit, pause or interrupt.

A child run is the same loop on a child REPL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.by_hand import ByHand
from rlm_kernel.cells import Cells
from rlm_kernel.context import Context, Description, describe
from rlm_kernel.conversation import Conversation
from rlm_kernel.ending import Ending
from rlm_kernel.events import YOUR_TURN, Event, RunResumed
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.history import seconds_running
from rlm_kernel.interfaces import REPL, CellResult, LimitExceeded, QueryError, UsageError
from rlm_kernel.interlude import Interlude
from rlm_kernel.interrupts import CodeThread, Sigint
from rlm_kernel.messages import opening
from rlm_kernel.options import limits_from
from rlm_kernel.rebuild import Rebuild
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.rlm import MAY_GO_ON, Branching, Run
from rlm_kernel.scaffold import NOTHING_EARLIER, RUN, Earlier, Scaffold
from rlm_kernel.shared import Shared
from rlm_kernel.starting import record_start
from rlm_kernel.turn import Pause
from rlm_kernel.turns import Turns
from rlm_kernel.undo import Undone

Host = Callable[[Run], AbstractContextManager[object]]
"""What surrounds a root run while it is running: views, and whatever the front end needs."""


class Loop:
    """Drives one run, root or child, until it is paused or over."""

    def __init__(
        self,
        shared: Shared,
        run: Run,
        repl: REPL,
        contexts: Sequence[Context],
        *,
        model: str,
        depth: int,
        schema: Any = None,
        parent_span: str | None = None,
        host: Host | None = None,
    ) -> None:
        self.run = run
        self.repl = repl
        self.model = model
        self.is_root = depth == 0
        self._shared = shared
        self._depth = depth
        self._contexts = contexts
        self.schema = schema
        self._parent_span = parent_span
        self._host: Host = host or (lambda _run: nullcontext())
        out = shared.out if self.is_root else None
        values = {context.name: context.value for context in contexts}
        self._scaffold = Scaffold(repl, values, FUNCTIONS, out, shared.dialect.functions)
        self.cells = Cells(shared, run, repl, self._scaffold, depth)
        self._conversation = Conversation(shared.trajectory, run.span)
        self._turns = Turns(
            shared,
            run,
            repl,
            self._scaffold,
            self.cells,
            self._conversation,
            model=model,
            is_root=self.is_root,
            schema=schema,
        )
        self._interlude = Interlude(run, repl, self._scaffold, self.cells, self._conversation, shared.out)
        self._ending = Ending(shared, run, repl, self._scaffold, self.cells, self._interlude, parent_span)
        self.by_hand = ByHand(
            shared, run, repl, self._scaffold, self.cells, self._turns, self._conversation, self._interlude
        )
        """The cell of this run that the human runs, of those that wait."""
        self._kept_limits: dict[str, float] = {}
        run._driver = self  # noqa: SLF001  (a run and its loop are two sides of one thing)

    @property
    def contexts(self) -> dict[str, Any]:
        """The contexts, by name, as the run was given them."""
        return {context.name: context.value for context in self._contexts}

    @property
    def bound(self) -> dict[str, Sequence[object]]:
        """What the run has bound, by name, when it last came to a stop."""
        return self._ending.bound

    @property
    def made(self) -> dict[str, int]:
        """The ids of what its cells had left by then, by name."""
        return self._ending.made

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The live namespace of the run's cells."""
        return self.repl.namespace

    # -- starting, going on, ending ---------------------------------------------------

    def start(self, earlier: Earlier = NOTHING_EARLIER) -> Run:
        """Begin, and go on until the run is over or paused.

        Raises UsageError, before anything was bound or asked, for a schema that is none.
        """
        descriptions = self._look()
        try:
            with self._host(self.run):
                self._go(lambda: self._begin(earlier, descriptions))
        finally:
            if not self._conversation.messages:
                self.run.status = "stopped"  # interrupted before it had begun
        return self.run

    def begin(self) -> None:
        """Begin a child run: bind its names and say what is asked; no call is made."""
        self._begin(NOTHING_EARLIER, self._look())

    def _look(self) -> list[Description]:
        """Describe the contexts, which runs code of theirs, before anything has changed."""
        if self.schema is not None:
            schemas.check(self.schema)
        return [describe(context.name, context.value) for context in self._contexts]

    def _begin(self, earlier: Earlier, descriptions: Sequence[Description]) -> None:
        self._bind(earlier)
        self._record_start(descriptions)
        self._open(descriptions)

    def _open(self, descriptions: Sequence[Description]) -> None:
        """Say what is asked, where that has not been said."""
        said = self._conversation.messages
        if not said:
            self._conversation.add("system", self._system_prompt(), step=1)
        if len(said) <= 1:
            self._conversation.note(opening.opening(self.run.question, descriptions, self.schema))

    def _bind(self, earlier: Earlier) -> None:
        self.run.shadowed |= self._scaffold.bind(earlier)
        self._interlude.bound(set(self.run.shadowed))
        self.cells.left_over.names = {
            name for name, ids in earlier.made.items() if id(self.repl.namespace.get(name)) in ids
        }
        if self.is_root:
            self.repl.namespace[RUN] = self.run

    def answer_or_raise(self) -> Any:
        """A child's answer; raises LimitExceeded, QueryError or RunInterrupted without one."""
        try:
            self._turns.take()
        except Pause as pause:
            self._ending.over("stopped", pause.reason, pause.message)
            sentence = f"child run {self.run.span} ended without an answer: {pause.message}"
            raise LimitExceeded(sentence, pause.reason) from None
        except KeyboardInterrupt:
            self._ending.over("stopped", "interrupt", "interrupted")
            raise
        except Exception as error:
            self._ending.over("failed", "error", str(error))
            raise
        self._finish()
        return self.run.answer

    def branch(
        self, record: Sequence[Event], client: RejoiningClient, earlier: Earlier, how: Branching
    ) -> Run:
        """Begin as a branch of a recorded run: repeat `record`, then go on from there as `how` says.

        Pauses where a cell does something else than it did.
        """
        descriptions = self._look()
        with self._host(self.run):
            self._bind(earlier)
            self._record_start(descriptions)
            rebuild = self._rebuild(record, client, stops_at_difference=True)
            assert not isinstance(how.code, str)
            rebuild.edits, rebuild.is_whole = how.code, how.is_replay
            is_as_it_was = self._repeat(rebuild)
            budget = self._shared.budget
            budget.limits = budget.limits.with_changes(dict(how.limits))
            self._turns.may_have_last_turn = True
            if is_as_it_was:
                self._go(lambda: self._part(how))
            else:
                self.remember(how.hint, {})
        return self.run

    def _part(self, how: Branching) -> None:
        """Go another way than the run that was repeated; raises Pause where cells of its last reply wait."""
        with self._turns.lending():
            self._turns.close()
        if how.hint:
            self._turns.reopen()
        self._conversation.note_hint(how.hint)
        self.cells.remember_interrupted()
        if how.propose:
            self._turns.decide("step")

    def remember(self, hint: str | None, limits: Mapping[str, float]) -> None:
        """Keep a hint and limits for when the run goes on: it has come to a stop before."""
        self._conversation.note_hint(hint)
        self._kept_limits = dict(limits)

    def revive(self, record: Sequence[Event], client: RejoiningClient, earlier: Earlier) -> None:
        """Bring the run back whose kernel died; it is paused then.

        Where its cells did something else than they did, the model is told on resume.
        """
        descriptions = self._look()
        self._bind(earlier)
        shared = self._shared
        rebuild = self._rebuild(record, client, stops_at_difference=False)
        self._ending.set("running")
        with shared.trajectory.repeating():
            rebuild.run()
        self._open(descriptions)
        shared.queries.take_up(record)
        shared.budget.set_clock(seconds_running(record))
        shared.trajectory.close()  # it stands still, and may be refused to go on
        if not rebuild.differences:
            self._ending.set("proposed" if self.run.proposed else "paused", "kernel", "its kernel died")
            return
        self._pause("diverged", rebuild.differences[0])
        told = "\n".join(rebuild.differences)
        self._conversation.note(
            f"The kernel died; to bring the names back, your cells were run again:\n{told}"
        )

    def _rebuild(
        self, record: Sequence[Event], client: RejoiningClient, *, stops_at_difference: bool
    ) -> Rebuild:
        return Rebuild(
            self._shared,
            self._conversation,
            self._turns,
            self.cells,
            self._interlude,
            client,
            record,
            stops_at_difference=stops_at_difference,
        )

    def _repeat(self, rebuild: Rebuild) -> bool:
        """Repeat what was recorded; False, with the run paused, when it is not as it was."""
        try:
            rebuild.run()
        except KeyboardInterrupt:
            done = f"step {self._turns.step}" if self._turns.step else "the first step"
            self._pause("interrupt", f"interrupted while its recorded cells were run again, at {done}")
            return False
        except BaseException as bug:  # noqa: BLE001  (ours: the run stays as it is, and resumable)
            self._ending.failed(bug)
            return False
        if rebuild.differences:
            self._pause("diverged", rebuild.differences[0])
        return not rebuild.differences

    def resume(self, hint: str | None, limits: dict[str, float], command: str = "resume") -> None:
        """Go on after a pause, as `command` says; raises UsageError for a spent limit that is not raised.

        Cells that wait need no further turn: they run, or are left out, also where a limit is spent.
        """
        if self.by_hand.is_running:
            raise UsageError(f"a cell of run {self.run.id} is running: go on when it has ended")
        budget = self._shared.budget
        limits = limits_from(self._kept_limits | limits)
        changed = budget.limits.with_changes(limits)
        by_hand = self._scaffold.ready_answer(rebound=self._interlude.names_are_lost)
        waits = bool(self.run.proposed)
        if by_hand is None and not waits:
            self._turns.refuse_spent_limit(changed)
        self._shared.trajectory.check_ours()
        self._interlude.take_names_again()
        if self._turns.finish is None and by_hand is not None:
            self._turns.accept(by_hand)
        budget.limits, self._kept_limits = changed, {}
        self._turns.may_have_last_turn |= not waits or bool(limits)
        with self._host(self.run):
            self._shared.trajectory.record(
                RunResumed, span=self.run.span, parent=None, hint=hint, limits=limits, command=command
            )
            self._interlude.tell()
            self._turns.decide(command)
            self._conversation.note_hint(hint)
            self.cells.remember_interrupted()
            self._go()

    def pause_after_step(self) -> None:
        """Pause when the present step has come to its end; from any thread."""
        self._turns.pause_asked = True

    def stop(self) -> None:
        """End the paused run for good."""
        self._ending.over("stopped", "stop", "stopped by the user")

    def undo(self) -> Undone:
        """Take back what the last step that ran cells did to names; the model is told on resume."""
        undone = self._interlude.undo()
        if self.run.status != "finished":
            self._turns.finish = None
        self._ending.look_at_names()
        self._shared.trajectory.close()
        return undone

    def human_cell(self, code: str, result: CellResult) -> None:
        """Record a cell that the human ran while the run was paused, for the model to know."""
        if self.run.status in MAY_GO_ON:  # not if the cell itself resumed or stopped it
            self._interlude.cell(code, result, self._turns.step)
            self._shared.trajectory.close()  # as long as it stands still, nobody keeps the file

    def end_by_hand(self, result: CellResult) -> None:
        """The human has run one of the cells that wait."""
        self.by_hand.end(result)
        if not self.run.proposed:
            self._pause(YOUR_TURN, "you ran what was proposed")

    def _go(self, begin: Callable[[], None] = lambda: None) -> None:
        """Go on until the run is over or paused; never raises what stopped it."""
        shared = self._shared
        self.cells.thread = CodeThread()
        shared.stop.clear()
        with Sigint(shared.stop, self.cells.thread):
            shared.budget.start_clock()
            try:
                self._ending.set("running")
                begin()
                self._turns.take()
                self._finish()
            except Pause as pause:
                self._pause(pause.reason, pause.message)
            except KeyboardInterrupt:
                self._pause("interrupt", "interrupted")
            except QueryError as error:
                self._pause("error", str(error))
            except BaseException as bug:  # noqa: BLE001  (ours: the run stays as it is, and resumable)
                self._ending.failed(bug)
            finally:
                shared.budget.stop_clock()
                shared.queries.cancel_calls()  # tasks and threads that cells have left may have some

    def _pause(self, reason: str, message: str) -> None:
        self._ending.paused(reason, message, self._turns.step)

    def _finish(self) -> None:
        assert self._turns.finish is not None
        self._ending.finished(self._turns.finish.value)

    def _system_prompt(self) -> str:
        shared = self._shared
        children = self._depth < shared.budget.limits.max_depth
        return shared.dialect.system(children=children, sub_window=shared.sub_window)

    def _record_start(self, descriptions: Sequence[Description]) -> None:
        record_start(
            self._shared,
            self.run,
            list(zip(self._contexts, descriptions, strict=True)),
            model=self.model,
            depth=self._depth,
            parent=self._parent_span,
        )
