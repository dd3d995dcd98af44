"""A client that answers from a trajectory: no model, no network, and the same run again."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest

from rlm_kernel import interfaces
from rlm_kernel.events import CallFailed, Event, RunStarted
from rlm_kernel.interfaces import (
    Completion,
    Delta,
    Message,
    ModelInfo,
    NotRecorded,
    Origin,
    Price,
    Progress,
    ProviderFailed,
    QueryError,
    Request,
    Usage,
)
from rlm_kernel.recording import Recording, Reply, SubCall
from rlm_kernel.secrets import unmasked

COMPARED = 2_000
"""Characters of a prompt by which the nearest recorded one is found."""
CANDIDATES = 200
"""Recorded prompts of a cell that are compared."""
QUOTED = 80
"""Characters of a line that an error quotes."""


class NeverAnswered(NotRecorded):
    """The call was given up before its reply came."""


class NeverAsked(asyncio.CancelledError):
    """The call was cancelled while it waited beside the record, and nobody was asked."""


class ReplayClient:
    """Answers each turn by its run and step, each sub-call by what it asks and where.

    Parameters
    ----------
    events
        Of the trajectory to answer from.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        events = list(events)
        self._recording = Recording.of(events)
        self._models = {
            name: _model_info(name, about)
            for event in events
            if isinstance(event, RunStarted)
            for name, about in event.models.items()
        }
        self._missed: NotRecorded | None = None

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:  # noqa: ARG002  (`Client`'s)
        """What the recording knew of `model`."""
        return self._models.get(model, ModelInfo(model))

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """The recorded reply; raises NotRecorded for a call the recording does not have.

        Once a sub-call was missing, no turn is answered either: the run pauses there.
        """
        origin = request.origin
        assert origin is not None
        answer = self._turn if request.role == "root" else self._sub_call
        reply = answer(request, origin)
        if isinstance(reply, CallFailed):
            raise recorded_error(reply)
        text = reply.text
        if request.role == "root":  # its cells are to run with the keys that the record only names
            text = unmasked(text, self._recording.secrets[origin.parent])
        if on_progress is not None:
            on_progress(Delta(text, reply.reasoning))
        usage = Usage(**reply.usage)
        return Completion(text, usage, reply.model, reply.reasoning, reply.finish_reason, cached=True)

    def has_given_all(self, cell: str) -> bool:
        """Whether every recorded reply to a call of a cell, or below it, has been given."""
        return self._recording.has_given_all(cell)

    def _turn(self, request: Request, origin: Origin) -> Reply:
        if self._missed is not None:
            raise self._missed
        where = _step_name(origin.parent)
        turn = self._recording.turns.get(origin.parent)
        if turn is None or turn.reply is None:
            kind = NotRecorded if turn is None else NeverAnswered
            raise kind(f"the recording ends before the reply of {where}", origin.parent)
        difference = _difference(turn.messages, request.messages)
        if difference:
            raise NotRecorded(f"the replay leaves its recording at {where}: {difference}", origin.parent)
        return turn.reply

    def _sub_call(self, request: Request, origin: Origin) -> Reply:
        call = self._recording.take(origin)
        if call is None and self._recording.was_given_up(origin):
            raise NeverAnswered(self._missing(request, origin), origin.parent)
        if call is None or call.reply is None:
            missing = NotRecorded(self._missing(request, origin), origin.parent)
            self._missed = self._missed or missing
            raise missing
        return call.reply

    def _missing(self, request: Request, origin: Origin) -> str:
        prompt = request.messages[-1].content
        sentence = f"the recording has no reply to {_quoted(prompt)} in {_cell_name(origin.parent)}"
        left = [call for call in self._recording.asked_in(origin.parent) if not call.is_taken]
        if not left:
            return f"{sentence}, and no other call of that cell"
        nearest = max(left[:CANDIDATES], key=lambda call: _likeness(_prompt_of(call), prompt))
        if _prompt_of(nearest) == prompt:
            return f"{sentence}: {nearest.started.span} asked another model, or with other parameters"
        difference = first_difference(_prompt_of(nearest), prompt)
        return f"{sentence}; the nearest there, {nearest.started.span}, differs in {difference}"


def recorded_model(info: ModelInfo) -> dict[str, object]:
    """What `RunStarted.models` keeps of a model."""
    price = info.price
    return {
        "price": None if price is None else [price.input, price.output, price.cached],
        "window": info.window,
    }


def _model_info(name: str, about: dict[str, object]) -> ModelInfo:
    price = about.get("price")
    window = about.get("window")
    return ModelInfo(
        name,
        Price(*price) if isinstance(price, list) else None,
        window if isinstance(window, int) else None,
    )


def recorded_error(failed: CallFailed) -> QueryError:
    """The recorded failure as it was raised."""
    kind = getattr(interfaces, failed.error, None)
    if isinstance(kind, type) and issubclass(kind, QueryError):
        return kind(failed.message)
    return ProviderFailed(failed.message)


# -- in words -------------------------------------------------------------------------


def _step_name(span: str) -> str:
    run, _, step = span.rpartition("/")
    return f"step {step}" if "/" not in run else f"step {step} of the child run {run}"


def _cell_name(span: str) -> str:
    run, _, cell = span.rpartition("/")
    return f"cell {cell}" if "/" not in run else f"cell {cell} of the child run {run}"


def _difference(recorded: Sequence[Message], asked: Sequence[Message]) -> str:
    """Where two conversations differ first; empty if they do not."""
    for number, (before, now) in enumerate(zip_longest(recorded, asked), 1):
        if before is None or now is None:
            return f"message {number} is {'new' if before is None else 'missing'}"
        if (before.role, before.content) != (now.role, now.content):
            return f"message {number} ({now.role}) differs in {first_difference(before.content, now.content)}"
    return ""


def first_difference(recorded: str, asked: str) -> str:
    """The first line in which two texts differ, in words."""
    pairs = zip_longest(recorded.splitlines(), asked.splitlines())
    for number, (before, now) in enumerate(pairs, 1):
        if before != now:
            start = _start_of_difference(before or "", now or "")
            return f"line {number}: recorded {_quoted(before, start)}, now {_quoted(now, start)}"
    return "the ends of its lines"


def _start_of_difference(before: str, now: str) -> int:
    """From where two lines are quoted, so that what differs in them is to be seen."""
    pairs = enumerate(zip(before, now, strict=False))
    same = next((place for place, (then, here) in pairs if then != here), min(len(before), len(now)))
    return 0 if same < QUOTED // 2 else same - QUOTED // 4


def _quoted(line: str | None, start: int = 0) -> str:
    if line is None:
        return "nothing"
    piece = line[start : start + QUOTED]
    return repr(f"{'…' if start else ''}{piece}{'…' if start + QUOTED < len(line) else ''}")


def _prompt_of(call: SubCall) -> str:
    return str(call.started.messages[-1]["content"])


def _likeness(recorded: str, asked: str) -> float:
    return difflib.SequenceMatcher(None, recorded[:COMPARED], asked[:COMPARED]).quick_ratio()
