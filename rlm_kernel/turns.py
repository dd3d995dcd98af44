"""The turns of a run: ask, run what the reply says, note what the model will be told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rlm_kernel import schemas
from rlm_kernel.cells import Ran
from rlm_kernel.events import YOUR_TURN, StepStarted
from rlm_kernel.interfaces import Author, Completion, LimitExceeded, RunInterrupted, UsageError
from rlm_kernel.limits import Limits, limit_text
from rlm_kernel.messages import opening
from rlm_kernel.messages.reply import split_reply
from rlm_kernel.parts import Parts
from rlm_kernel.proposals import Proposals
from rlm_kernel.prose import answer_in_prose
from rlm_kernel.scaffold import RUN
from rlm_kernel.scope import Finish
from rlm_kernel.turn import Pause, Reply


class Turns:
    """Takes one turn after another, until the run has an answer or must pause.

    Parameters
    ----------
    parts
        The run whose turns they are.
    """

    def __init__(self, parts: Parts) -> None:
        self.step = 0
        """The last step whose reply has come."""
        self.finish: Finish | None = None
        """The answer, once there is one."""
        self.may_have_last_turn = True
        """Whether a limit that is reached still leaves the extra turn to answer in."""
        self.pause_asked = False
        """Whether to pause before the next turn."""
        self._shared = parts.shared
        self._run = parts.run
        self._repl = parts.repl
        self._scaffold = parts.scaffold
        self._cells = parts.cells
        self._conversation = parts.conversation
        self._model = parts.model
        self._is_root = parts.is_root
        self._schema = parts.schema
        self._reply = Reply(is_closed=True)
        self.proposals = Proposals(parts.shared, parts.run, parts.repl.namespace, is_root=parts.is_root)

    def take(self) -> None:
        """Go on until there is an answer; raises Pause, QueryError or RunInterrupted before that."""
        with self.lending():
            self.close()
            while self.finish is None:
                if self.pause_asked:
                    self.pause_asked = False
                    raise Pause("pause", "as you asked, after this step")
                self._turn()

    @contextmanager
    def lending(self) -> Iterator[None]:
        """Around cells of the model: the dialect's own functions stand in the namespace."""
        with self._scaffold.lending() as shadowed:
            self._run.shadowed.update(shadowed)
            yield

    def reopen(self) -> None:
        """Take back that there is an answer, so that the run goes on."""
        self.finish = None
        self._scaffold.reopen()

    def _turn(self) -> None:
        self._cells.check()
        limit = self._limit_reached()
        if limit is not None and not self.may_have_last_turn:
            spent = limit_text(limit, self._shared.budget.limits)
            raise Pause(limit, f"the budget of {spent} is used up")
        step, last = self.step + 1, limit is not None
        self._shared.trajectory.record(
            StepStarted, span=self._span(step), parent=self._run.span, step=step, last=last
        )
        self._tell(step, limit)
        completion = self._ask(step, last=last)
        self.step, self.may_have_last_turn = step, not last
        self.open(completion)
        self.close()

    def _tell(self, step: int, limit: str | None) -> None:
        if self._conversation.awaits_reply and limit is None:
            return  # the same turn is asked again
        budget = self._shared.budget
        more = [opening.turn_line(step, budget.limits.max_steps, budget.near())]
        if limit is not None:
            more.append(self._shared.dialect.last_turn(limit_text(limit, budget.limits)))
        self._conversation.say_pending(step, *more)

    def _ask(self, step: int, *, last: bool) -> Completion:
        try:
            completion = self._shared.queries.turn(
                self._conversation.messages,
                self._conversation.tokens,
                model=self._model,
                step_span=self._span(step),
                is_root=self._is_root,
                last=last,
                check=self._cells.check,
            )
        except LimitExceeded as error:
            self.may_have_last_turn = not last
            limit = limit_text(error.limit, self._shared.budget.limits)
            about = self._shared.budget.estimate(self._model, self._conversation.tokens).tokens
            sentence = (
                f"the budget of {limit} has no room for another turn, which may take about {about:,} tokens"
            )
            raise Pause(error.limit, sentence) from None
        self._conversation.add_reply(completion.text)
        return completion

    # -- a reply ----------------------------------------------------------------------

    def open(self, completion: Completion) -> None:
        """Take a reply, whose cells are to run now."""
        parts = split_reply(completion.text)
        was_cut = completion.finish_reason == "length"
        cells = parts.cells[:-1] if was_cut and parts.unclosed else parts.cells
        self._reply = Reply(parts.thought, tuple(cells), was_cut)
        self.proposals.clear()

    def run_cell(self, code: str, number: int | None = None, author: Author = "model") -> Ran:
        """Run `code` as the next cell of the reply, or as `number`, and note what the model is told of it."""
        number = number or self._reply.next
        ran = self._cells.run(code, self.step, number, author)
        if self._is_root:
            self._repl.namespace[RUN] = self._run
        self.take_cell(number, ran)
        self._reply.goes_on = self.finish is None and ran.went_well
        return ran

    def take_cell(self, number: int, ran: Ran) -> None:
        """A cell of the reply has run, by itself or by the human's hand."""
        reply = self._reply
        reply.ran.add(number)
        reply.went_well = reply.went_well and ran.went_well
        self._conversation.note(ran.observation)
        if ran.finish is not None:
            self.accept(ran.finish)
        if self.finish is not None:
            reply.goes_on = False
            self.proposals.clear()

    def note_edited(self, number: int, code: str) -> None:
        """Note for the model that a cell of its reply was edited before it ran."""
        self._conversation.note(
            f"The user edited cell {self.step}.{number} before it ran:\n```python\n{code.rstrip()}\n```"
        )

    def decide(self, command: str) -> None:
        """What the human says of the cells that wait, and of the next: `command` as in `RunResumed`."""
        self.proposals.once = command == "step"
        if self.finish is not None:
            self._reply.goes_on = False
            self.proposals.clear()
        elif command == "skip":
            self._skip()
        elif command != "resume" and self.proposals.waiting:
            self.proposals.accept()

    def _skip(self) -> None:
        """Pass over the cells that wait, and note it for the model."""
        reply, waiting = self._reply, self.proposals.waiting
        labels = " and ".join(f"{self.step}.{cell.number}" for cell in waiting)
        cells, did = ("cell", "it") if len(waiting) == 1 else ("cells", "they")
        self._conversation.note(f"The user skipped {cells} {labels}: {did} did not run.")
        reply.ran.update(cell.number for cell in waiting)
        reply.went_well = False
        self.proposals.clear()

    def pass_over_cell(self) -> None:
        """Count the next cell of the reply as one that did not end well, without running it."""
        self._reply.ran.add(self._reply.next)
        self._reply.goes_on = self._reply.went_well = False

    def close(self) -> None:
        """Run what is left of the reply, and note what else the model will be told of it, once."""
        reply = self._reply
        if reply.is_closed:
            return
        while reply.left and reply.goes_on:
            self._cells.check()  # what an interrupt has come before runs when the run goes on
            if not self._may_run(reply):
                break
            self._run_as_edited(*reply.left[0])
        reply.is_closed = True
        self.proposals.clear()
        if self.finish is None:
            self._note_skipped(len(reply.left))
        if reply.was_cut:
            self._conversation.note(
                "Your reply was cut at the model's output limit; an unfinished cell was not run."
                " Write shorter cells."
            )
        elif reply.went_well and self.finish is None and self._shared.dialect.finishes_in_prose:
            self._read_prose_final(reply.thought, bool(reply.cells))
        elif not reply.cells:
            self._conversation.note(self._shared.dialect.reminder())
        if self.finish is None and self._shared.stop:
            raise RunInterrupted
        if self.finish is None and self.proposals.every_step and not reply.cells:
            raise Pause(YOUR_TURN, "the model wrote no code")

    def _run_as_edited(self, number: int, code: str) -> None:
        """Run a cell of the reply, as the human has edited it where it waited."""
        edited = self.proposals.edited.pop(number, None)
        if edited is None:
            self.run_cell(code)
        else:
            self.note_edited(number, edited)
            self.run_cell(edited, number, "human")

    def _may_run(self, reply: Reply) -> bool:
        """Whether the next cell may run; raises Pause where it waits for the human."""
        hold = self.proposals.hold(self.step, reply.left)
        if hold is None:
            return True
        if self._is_root:
            raise Pause(hold.reason, hold.message)
        number, _ = reply.left[0]
        self._conversation.note(self.proposals.refusal(f"{self.step}.{number}", hold))
        reply.ran.add(number)
        reply.went_well = False
        return False

    def _note_skipped(self, skipped: int) -> None:
        if skipped:
            more = "1 more cell" if skipped == 1 else f"{skipped} more cells"
            self._conversation.note(f"{more} of your reply did not run.")

    # -- finishing --------------------------------------------------------------------

    def _read_prose_final(self, thought: str, had_cells: bool) -> None:
        found = answer_in_prose(thought, self._repl.namespace, self._scaffold)
        if isinstance(found, Finish):
            self.accept(found)
        elif found is not None:
            self._conversation.note(found)
        elif not had_cells:
            self._conversation.note(self._shared.dialect.reminder())

    def accept(self, found: Finish) -> None:
        """Finish with a value, unless the schema refuses it."""
        if self._schema is not None:
            try:
                found = Finish(schemas.validate(self._schema, found.value))
            except ValueError as error:
                self._scaffold.reopen()
                self._conversation.note(
                    f"The answer does not validate as the schema: {error}. Correct it and finish again."
                )
                return
        self.finish = found

    # -- limits -----------------------------------------------------------------------

    def _limit_reached(self) -> str | None:
        """The limit that is spent, or that one more turn and the one held back would overrun."""
        budget, said = self._shared.budget, self._conversation
        turn = budget.estimate(self._model, said.tokens + said.pending_tokens)
        return budget.exhausted(self.step) or budget.refuses_turn(turn, is_root=self._is_root)

    def refuse_spent_limit(self, limits: Limits) -> None:
        """Raise UsageError where a run that goes on under `limits` would find one spent at once."""
        budget = self._shared.budget
        before, budget.limits = budget.limits, limits
        # A run that never had its extra turn may still take it.
        spent = self._limit_reached() if self.finish is None and not self.may_have_last_turn else None
        budget.limits = before
        if spent is not None:
            option = f"--{spent.replace('_', '-')}"
            raise UsageError(
                f"the run's limit of {limit_text(spent, limits)} is spent:"
                f" resume it with a higher one, {option} N (in Python {spent}=N)"
            )

    def _span(self, step: int) -> str:
        return f"{self._run.span}/{step}"
