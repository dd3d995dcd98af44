"""The loop: reply → cells → observation, until answer, limit, pause or interrupt.

A child run is the same loop on a child REPL.  The loop holds its conversation; everything
else that a root run and its children share is in `Engine`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

from rlm_kernel import namespaces, schemas
from rlm_kernel.answers import answer_json
from rlm_kernel.budget import Budget, Limits, limit_text
from rlm_kernel.children import ChildHandle, Children
from rlm_kernel.context import Context, describe, fingerprint
from rlm_kernel.dialects import Dialect
from rlm_kernel.events import (
    CallFinished,
    CallStarted,
    CellFinished,
    CellStarted,
    MessageAdded,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StepStarted,
    Warned,
)
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import (
    REPL,
    CellResult,
    Completion,
    LimitExceeded,
    Message,
    QueryError,
    RunInterrupted,
    UsageError,
)
from rlm_kernel.interrupts import CodeThread, Sigint, Stop
from rlm_kernel.messages import opening
from rlm_kernel.messages.observation import observe_cell
from rlm_kernel.messages.reply import prose_final, split_reply
from rlm_kernel.namespaces import NameChange
from rlm_kernel.queries import Queries, usage_json
from rlm_kernel.rlm import Run
from rlm_kernel.scaffold import Scaffold
from rlm_kernel.scope import ChildAsk, Finish, Scope, entered
from rlm_kernel.secrets import mask
from rlm_kernel.tokens import estimate_tokens
from rlm_kernel.trajectory import Trajectory

Host = Callable[[Run], AbstractContextManager[object]]
"""What surrounds a root run while it is running: views, and whatever the front end needs."""


class _Pause(Exception):  # noqa: N818  (control flow, never seen outside)
    """Ends the loop for now."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass
class Engine:
    """What a root run shares with all its children."""

    queries: Queries
    budget: Budget
    trajectory: Trajectory
    dialect: Dialect
    model: str
    sub_model: str
    sub_window: int | None = None
    """Tokens that fit the sub-model's context window, where known."""
    stop: Stop = field(default_factory=Stop)
    out: str = "result"
    """The name the answer is bound to."""
    keep_answer: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """As given, for the record."""
    notes: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.children = Children(self._run_child, self.trajectory, lambda: self.budget.limits.max_depth)

    def root(
        self,
        question: str,
        repl: REPL,
        contexts: Sequence[Context],
        *,
        schema: Any = None,
        host: Host | None = None,
    ) -> Loop:
        """A root run that has not begun."""
        run = Run(question, self.trajectory)
        return Loop(self, run, repl, contexts, model=self.model, depth=0, schema=schema, host=host)

    def child(self, scope: Scope, ask: ChildAsk, parent: Run, span: str) -> Loop:
        """Make a child run of `parent`, on a REPL of its own."""
        run = Run(ask.prompt, self.trajectory, span=span, parent=parent)
        owner = _loop_of(parent)
        context = Context(name="context", expression="context", value=ask.context if ask.has_context else ask.prompt)
        return Loop(
            self,
            run,
            owner.repl.child(),
            [context],
            model=ask.model or owner.model,
            depth=scope.depth + 1,
            schema=ask.schema,
            parent_span=scope.span,
        )

    def _run_child(self, scope: Scope, handle: ChildHandle) -> Any:
        parent = _owner_of(scope)
        loop = self.child(scope, handle.ask, parent, handle.span)
        handle.thread = loop.thread
        handle.close = loop.close
        if loop.model != _loop_of(parent).model:
            self.queries.describe([loop.model], scope.check)
        loop.begin({})
        return loop.answer_or_raise()


class Loop:
    """Drives one run, root or child, until it is paused or over."""

    def __init__(
        self,
        engine: Engine,
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
        self.engine = engine
        self.run = run
        self.repl = repl
        self.model = model
        self.depth = depth
        self.thread = CodeThread()
        self._contexts = contexts
        self._schema = schema
        self._parent_span = parent_span
        self._host: Host = host or (lambda _run: nullcontext())
        out = engine.out if depth == 0 else None
        self._scaffold = Scaffold(repl, {c.name: c.value for c in contexts}, FUNCTIONS, out)
        self._messages: list[Message] = []
        self._input_tokens = 0
        self._pending: list[str] = []
        """What the next message to the model will say."""
        self._step = 0
        self._had_last_turn = False
        self._interrupted_cell: str | None = None
        self._at_pause: namespaces.Snapshot = {}
        self._finish: Finish | None = None
        self._closed: str | None = None
        run._driver = self  # noqa: SLF001

    @property
    def namespace(self) -> Any:
        """The live namespace of the run's cells."""
        return self.repl.namespace

    @property
    def bound(self) -> dict[str, Any]:
        """The names the run has bound, with their values."""
        return {**self._scaffold.bound(), self.engine.out: self.run.answer}

    @property
    def is_root(self) -> bool:
        return self.depth == 0

    # -- starting, going on, ending ---------------------------------------------------

    def start(self, bound_before: Mapping[str, Any]) -> Run:
        """Begin, and go on until the run is over or paused.

        Raises UsageError before anything was bound or asked, for a schema that is none.
        """
        with self._host(self.run):
            self.begin(bound_before)
            self._go()
        return self.run

    def begin(self, bound_before: Mapping[str, Any]) -> None:
        """Bind the run's names and say what is asked; no call is made."""
        engine, run = self.engine, self.run
        if self._schema is not None:
            schemas.check(self._schema)
        descriptions = [describe(context.name, context.value) for context in self._contexts]
        run.shadowed = self._scaffold.bind(bound_before)
        self._bind_run()
        engine.trajectory.record(
            RunStarted,
            span=run.span,
            parent=self._parent_span,
            question=run.question,
            model=self.model,
            sub_model=engine.sub_model,
            dialect=engine.dialect.name,
            depth=self.depth,
            contexts=[
                {
                    "name": context.name,
                    "expression": context.expression,
                    "type": description.type,
                    "size": description.size,
                    "fingerprint": fingerprint(context.value),
                    "description": description.text,
                }
                for context, description in zip(self._contexts, descriptions, strict=True)
            ],
            limits=engine.budget.limits.to_json(),
            options=dict(engine.options),
            shadowed=sorted(run.shadowed),
            notes=[*engine.notes, *(note for context in self._contexts for note in context.notes)],
            versions=dict(engine.versions),
        )
        self._add_message("system", self._system_prompt())
        self._pending.append(opening.opening(run.question, descriptions, self._schema))

    def _go(self) -> None:
        """Go on until the run is over or paused; never raises what stopped it."""
        run, engine = self.run, self.engine
        self.thread = CodeThread()
        engine.stop.clear()
        engine.budget.start_clock()
        run.status, run.reason, run.message = "running", "", ""
        with Sigint(engine.stop, self.thread):
            try:
                self._turns()
                self._finished()
            except _Pause as pause:
                self._paused(pause.reason, pause.message)
            except KeyboardInterrupt:
                self._paused("interrupt", "interrupted")
            except QueryError as error:
                self._paused("error", str(error))
            except Exception as bug:  # noqa: BLE001  (ours; the run stays as it is, and resumable)
                self._failed(bug)
            finally:
                engine.budget.stop_clock()

    def answer_or_raise(self) -> Any:
        """A child's answer; raises LimitExceeded, QueryError or RunInterrupted without one."""
        try:
            self._turns()
        except _Pause as pause:
            self._over("stopped", pause.reason, pause.message)
            raise LimitExceeded(f"child run {self.run.span} ended without an answer: {pause.message}", pause.reason) from None
        except KeyboardInterrupt:
            self._over("stopped", "interrupt", "interrupted")
            raise
        except Exception as error:
            self._over("failed", "error", str(error))
            raise
        self._finished()
        return self.run.answer

    def resume(self, hint: str | None, limits: dict[str, float]) -> None:
        """Go on after a pause; raises UsageError when a limit that is spent is not raised."""
        engine = self.engine
        changed = engine.budget.limits.with_changes(limits)
        self._finish = self._finish or self._scaffold.ready_answer()
        self._refuse_spent_limit(changed)
        engine.budget.limits = changed
        self._had_last_turn = False
        with self._host(self.run):
            engine.trajectory.record(RunResumed, span=self.run.span, parent=None, hint=hint, limits=limits)
            self._tell_what_the_human_changed()
            if hint:
                self._pending.append(f"The user says:\n<hint>\n{hint}\n</hint>")
            self._remember_interrupted_cell()
            self._go()

    def stop(self) -> None:
        """End the paused run for good."""
        self._over("stopped", "stop", "stopped by the user")

    def close(self, reason: str) -> None:
        """Refuse every further call of this run's cells."""
        self._closed = reason

    def human_cell(self, code: str, result: CellResult) -> None:
        """Record a cell that the human ran while the run was paused, for the model to know."""
        span = self.engine.trajectory.child_span(f"{self.run.span}/{self._step}", "h")
        self._record_cell(span, "human", 0, code, result, [])
        self._pending.append(
            f"While you were paused, the user ran this cell:\n```python\n{code.rstrip()}\n```\n"
            + observe_cell("of the user", result)
        )

    # -- turns ------------------------------------------------------------------------

    def _turns(self) -> None:
        while self._finish is None:
            self._turn()

    def _turn(self) -> None:
        self.engine.stop.check()
        limit = self._limit_reached()
        if limit is not None and self._had_last_turn:
            raise _Pause(limit, self._limit_sentence(limit))
        number = self._step + 1
        self.engine.trajectory.record(
            StepStarted, span=self._span(number), parent=self.run.span, step=number, last=limit is not None
        )
        self._tell(number, limit)
        completion = self._ask(number, last=limit is not None)
        self._step = number
        self._had_last_turn = limit is not None
        self._read(completion)

    def _limit_reached(self) -> str | None:
        return self.engine.budget.exhausted(self._step) or self._turn_does_not_fit()

    def _turn_does_not_fit(self) -> str | None:
        """The limit that one more turn, and the one held back, would overrun."""
        pending = sum(estimate_tokens(text) for text in self._pending)
        estimate = self.engine.budget.estimate(self.model, self._input_tokens + pending)
        return self.engine.budget.refuses_turn(estimate, is_root=self.is_root)

    def _tell(self, number: int, limit: str | None) -> None:
        """One user message with everything the model has not been told yet."""
        if not self._pending and limit is None and self._messages[-1].role == "user":
            return  # the same turn is asked again
        budget = self.engine.budget
        steps = budget.limits.max_steps
        sections = [*self._pending, opening.turn_line(number, steps, budget.near())]
        if limit is not None:
            sections.append(self.engine.dialect.last_turn(limit_text(limit, budget.limits)))
        self._add_message("user", "\n\n".join(sections))
        self._pending.clear()

    def _ask(self, number: int, *, last: bool) -> Completion:
        try:
            completion = self.engine.queries.turn(
                self._messages,
                self._input_tokens,
                model=self.model,
                step_span=self._span(number),
                is_root=self.is_root,
                last=last,
                check=self._check,
            )
        except LimitExceeded as error:
            raise _Pause(error.limit, f"{self._limit_sentence(error.limit)}, with no room for a turn") from None
        self._keep(Message("assistant", completion.text))
        return completion

    def _read(self, completion: Completion) -> None:
        parts = split_reply(completion.text)
        cells, was_cut = list(parts.cells), completion.finish_reason == "length"
        if was_cut and parts.unclosed:
            cells.pop()
        ran_all = self._run_cells(cells)
        if was_cut:
            self._pending.append(
                "Your reply was cut at the model's output limit; an unfinished cell was not run. Write shorter cells."
            )
        if self._finish is None and ran_all and self.engine.dialect.finishes_in_prose:
            self._read_prose_final(parts.thought)
        if self._finish is None and not cells and not was_cut:
            self._pending.append(self.engine.dialect.reminder())
        if self._finish is None and self.engine.stop:
            raise RunInterrupted

    def _run_cells(self, cells: Sequence[str]) -> bool:
        """Run the cells in order, up to one that ends the turn; True when all of them ran well."""
        for number, code in enumerate(cells, 1):
            if not self._run_cell(code, number):
                skipped = len(cells) - number
                if skipped and self._finish is None:
                    self._pending.append(f"{skipped} more cell{'s' * (skipped > 1)} of your reply did not run.")
                return False
        return True

    # -- cells ------------------------------------------------------------------------

    def _run_cell(self, code: str, number: int) -> bool:
        """Run one cell and note what the model will be told; False when the turn ends here."""
        label = f"{self._step}.{number}"
        span = f"{self.run.span}/{label}"
        trajectory = self.engine.trajectory
        trajectory.record(
            CellStarted, span=span, parent=self._span(self._step), author="model", step=self._step, cell=number, code=code
        )
        scope = self._scope(span)
        before = namespaces.snapshot(self.repl.namespace, self.repl.hidden)
        result = self._execute(code, label, scope)
        names = namespaces.changes(before, namespaces.snapshot(self.repl.namespace, self.repl.hidden))
        notices = [*scope.notices, *self._scaffold.restore()]
        self._bind_run()
        self._record_cell(span, "model", number, code, result, names)
        self._pending.append("\n".join([self._observation(label, span, result, names), *notices]))
        self._take_finish(scope)
        return self._finish is None and result.error is None and not result.interrupted and not self.engine.stop

    def _bind_run(self) -> None:
        if self.is_root:
            self.repl.namespace["_rlm"] = self.run

    def _execute(self, code: str, label: str, scope: Scope) -> CellResult:
        with entered(scope, is_root=self.is_root):
            result = self.repl.run_cell(code, label, self.thread.running_code(self.repl.namespace))
        if self.engine.stop:
            # Whatever the cell left in flight or running would go on at the user's cost.
            self.engine.queries.cancel_calls(scope)
            scope.closed = "the run was interrupted: this cell can make no more calls"
        return result

    def _observation(self, label: str, span: str, result: CellResult, names: Sequence[NameChange]) -> str:
        text = observe_cell(label, result, names)
        if not (result.interrupted or self.engine.stop):
            return text
        self._interrupted_cell = span
        calls = [event for event in self.engine.trajectory.of(CallStarted) if event.parent == span]
        done = [event for event in self.engine.trajectory.of(CallFinished) if event.parent == span]
        sentence = f"The user interrupted cell {label} after {result.seconds:.1f} s; it was not run again."
        if calls:
            sentence += (
                f" {len(done)} of its {len(calls)} sub-calls had finished: asking exactly the same again"
                " gives their replies at no cost."
            )
        return f"{text}\n{sentence}"

    def _record_cell(
        self, span: str, author: str, number: int, code: str, result: CellResult, names: Sequence[NameChange]
    ) -> None:
        parent = self._span(self._step)
        trajectory = self.engine.trajectory
        if author == "human":
            trajectory.record(
                CellStarted, span=span, parent=parent, author=author, step=self._step, cell=number, code=code
            )
        trajectory.record(
            CellFinished,
            span=span,
            parent=parent,
            author=author,
            step=self._step,
            cell=number,
            outputs=result.outputs,
            omitted=result.omitted,
            error=asdict(result.error) if result.error else None,
            interrupted=result.interrupted,
            seconds=result.seconds,
            execution_count=result.execution_count,
            names=[asdict(name) for name in names],
            reads=list(result.reads),
        )

    def _scope(self, span: str) -> Scope:
        engine = self.engine
        return Scope(
            span=span,
            depth=self.depth,
            door=engine.queries,
            spawn=engine.children,
            stop=engine.stop,
            thread=self.thread,
            namespace=self.repl.namespace,
            owner=self.run,
            concurrency=engine.queries.settings.concurrency,
            closed=self._closed,
        )

    # -- finishing --------------------------------------------------------------------

    def _take_finish(self, scope: Scope) -> None:
        """Finishing is read from state after the cell: a call first, then the dictionary."""
        found = scope.finish or self._scaffold.ready_answer()
        if found is not None:
            self._accept(found)

    def _read_prose_final(self, thought: str) -> None:
        final = prose_final(thought)
        if final is None:
            return
        name = final.argument.strip("\"'`")
        if name.isidentifier() and name in self.repl.namespace:
            self._accept(Finish(self.repl.namespace[name]))
        elif final.function == "FINAL":
            self._accept(Finish(final.argument))
        else:
            self._pending.append(f"FINAL_VAR: there is no variable {name!r}: create it in a cell first.")

    def _accept(self, found: Finish) -> None:
        if self._schema is not None:
            try:
                found = Finish(schemas.validate(self._schema, found.value))
            except ValueError as error:
                self._scaffold.reopen()
                self._pending.append(f"The answer does not validate as the schema: {error}. Correct it and finish again.")
                return
        self._finish = found

    # -- how it ends ------------------------------------------------------------------

    def _finished(self) -> None:
        assert self._finish is not None
        self.run.answer = self._finish.value
        if self.is_root:
            self.repl.namespace[self.engine.out] = self.run.answer
        self._over("finished", "answer", "")

    def _paused(self, reason: str, message: str) -> None:
        self._at_pause = namespaces.snapshot(self.repl.namespace, self.repl.hidden)
        self._set("paused", reason, message)
        self.engine.trajectory.record(
            RunPaused, span=self.run.span, parent=None, reason=reason, message=message, step=self._step
        )
        self.engine.trajectory.close()

    def _failed(self, bug: Exception) -> None:
        self._at_pause = namespaces.snapshot(self.repl.namespace, self.repl.hidden)
        where = "".join(traceback.format_exception(bug))
        self.engine.trajectory.record(Warned, span=self.run.span, parent=None, message=where)
        self._over("failed", "error", f"an error of rlm-kernel itself: {type(bug).__name__}: {bug}")

    def _over(self, status: Any, reason: str, message: str) -> None:
        self._set(status, reason, message)
        finished = status == "finished"
        self.engine.trajectory.record(
            RunFinished,
            span=self.run.span,
            parent=self._parent_span,
            status=status,
            reason=reason,
            message=message,
            answer=answer_json(self.run.answer, whole=self.engine.keep_answer) if finished else None,
            usage=usage_json(self.run.usage),
            seconds=self.engine.budget.seconds,
        )
        if self.is_root:
            self.engine.trajectory.close()

    def _set(self, status: Any, reason: str, message: str) -> None:
        self.run.status, self.run.reason, self.run.message = status, reason, message

    # -- resuming ---------------------------------------------------------------------

    def _refuse_spent_limit(self, limits: Limits) -> None:
        budget, before = self.engine.budget, self.engine.budget.limits
        budget.limits = limits
        spent = self._limit_reached() if self._finish is None else None
        budget.limits = before
        if spent is not None:
            option = f"--{spent.replace('_', '-')}"
            raise UsageError(
                f"the run's limit of {limit_text(spent, limits)} is spent: "
                f"resume it with a higher one, {option} N"
            )

    def _tell_what_the_human_changed(self) -> None:
        now = namespaces.snapshot(self.repl.namespace, self.repl.hidden)
        changed = namespaces.changes(self._at_pause, now)
        self._at_pause = {}
        if changed:
            names = "; ".join(str(change) for change in changed)
            self._pending.append(f"While you were paused, the user changed names: {names}")

    def _remember_interrupted_cell(self) -> None:
        span, self._interrupted_cell = self._interrupted_cell, None
        if span is None:
            return
        trajectory = self.engine.trajectory
        keys = {event.span: event.key for event in trajectory.of(CallStarted) if event.parent == span}
        replies = [event for event in trajectory.of(CallFinished) if event.span in keys]
        self.engine.queries.remember(replies, keys)

    # -- the conversation -------------------------------------------------------------

    def _system_prompt(self) -> str:
        children = self.depth < self.engine.budget.limits.max_depth
        return self.engine.dialect.system(children=children, sub_window=self.engine.sub_window)

    def _add_message(self, role: Any, content: str) -> None:
        message = Message(role, mask(content))
        self._keep(message)
        self.engine.trajectory.record(
            MessageAdded, span=self._span(self._step + 1), parent=self.run.span, role=role, content=message.content
        )

    def _keep(self, message: Message) -> None:
        self._messages.append(message)
        self._input_tokens += estimate_tokens(message.content)

    def _span(self, step: int) -> str:
        return f"{self.run.span}/{step}"

    def _check(self) -> None:
        if self._closed is not None:
            raise RunInterrupted(self._closed)
        self.engine.stop.check()

    def _limit_sentence(self, limit: str) -> str:
        return f"the budget of {limit_text(limit, self.engine.budget.limits)} is used up"


def _loop_of(run: Run) -> Loop:
    loop = run._driver  # noqa: SLF001
    assert isinstance(loop, Loop)
    return loop


def _owner_of(scope: Scope) -> Run:
    assert isinstance(scope.owner, Run)
    return scope.owner
