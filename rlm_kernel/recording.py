"""What a trajectory says of the calls to models: who was asked what, where, and what came back."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from rlm_kernel.events import (
    CallFailed,
    CallFinished,
    CallStarted,
    CellFinished,
    CellStarted,
    Event,
    MessageAdded,
    RunStarted,
)
from rlm_kernel.interfaces import Message, Origin

Reply = CallFinished | CallFailed


@dataclass(slots=True)
class Turn:
    """One turn of a root model, or of a child's: what it was sent, and how it replied."""

    model: str
    messages: list[Message]
    reply: Reply | None = None
    """Its reply, or how the last try ended; None where the trajectory ends before."""


@dataclass(slots=True)
class SubCall:
    """One sub-call."""

    started: CallStarted
    reply: Reply | None = None
    is_taken: bool = False
    """Whether it has answered a call already."""


@dataclass
class Recording:
    """The calls of a trajectory, in the ways they are asked for."""

    turns: dict[str, Turn] = field(default_factory=dict)
    """By the span of their step."""
    secrets: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the span of a step, the names of the keys that stand masked in what its cells are."""
    _interrupted: set[str] = field(default_factory=set)
    """The spans of cells that were."""
    _sub_calls: defaultdict[str, list[SubCall]] = field(default_factory=lambda: defaultdict(list))
    """By the span of their cell."""
    _alike: defaultdict[tuple[object, ...], deque[SubCall]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    """By cell and key; and by cell, key, batch and index."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Recording:
        """The calls in `events`."""
        recording = cls()
        said: defaultdict[str, list[Message]] = defaultdict(list)
        run_of: dict[str, str] = {}  # by the span of a step
        open_calls: dict[str, SubCall | Turn] = {}
        for event in events:
            if isinstance(event, RunStarted):
                said[event.span].clear()
            elif isinstance(event, MessageAdded) and event.parent is not None:
                said[event.parent].append(Message(event.role, event.content))  # type: ignore[arg-type]
            elif isinstance(event, CellStarted) and event.parent is not None:
                recording.secrets[event.parent].update(event.secrets)
            elif isinstance(event, CellFinished) and event.interrupted:
                recording._interrupted.add(event.span)
            elif isinstance(event, CallStarted) and event.parent is not None:
                if event.role == "sub":
                    open_calls[event.span] = recording._keep(event.parent, event)
                else:
                    run_of[event.parent] = run = event.parent.rpartition("/")[0]
                    turn = Turn(event.model, list(said[run]))
                    open_calls[event.span] = recording.turns[event.parent] = turn
            elif isinstance(event, CallFinished | CallFailed) and event.span in open_calls:
                open_calls.pop(event.span).reply = event
                if isinstance(event, CallFinished) and event.role == "root" and event.parent in run_of:
                    said[run_of[event.parent]].append(Message("assistant", event.text))
        return recording

    def take(self, origin: Origin) -> SubCall | None:
        """The recorded call that answers one asked here; each answers one.

        Of several that asked the same in this cell, the one at the same place of the same
        batch, else the first that has not answered yet.
        """
        asked = (origin.parent, origin.key)
        return self._next((*asked, origin.batch, origin.index)) or self._next(asked)

    def was_given_up(self, origin: Origin) -> bool:
        """Whether whoever asks here gave up then, or died.

        The same was asked in that cell and had no reply yet, or the cell, or one above it, was
        interrupted before it could ask.
        """
        above = accumulate(origin.parent.split("/"), lambda span, part: f"{span}/{part}")
        return not self._interrupted.isdisjoint(above) or any(
            call.started.key == origin.key and not _has_ended(call) for call in self.asked_in(origin.parent)
        )

    def has_given_all(self, cell: str) -> bool:
        """Whether each call of a cell, or of a child run it started, that has a reply has given it."""
        within = [
            call
            for span, calls in list(self._sub_calls.items())
            if span == cell or span.startswith(f"{cell}/")
            for call in calls
        ]
        return all(call.is_taken or not _has_ended(call) for call in within)

    def asked_in(self, cell: str) -> list[SubCall]:
        """The sub-calls of a cell, in the order they were asked."""
        return self._sub_calls[cell]

    def _next(self, which: tuple[object, ...]) -> SubCall | None:
        alike = self._alike[which]
        while alike:
            call = alike.popleft()
            if not call.is_taken and _has_ended(call):
                call.is_taken = True
                return call
        return None

    def _keep(self, cell: str, started: CallStarted) -> SubCall:
        call = SubCall(started)
        self._sub_calls[cell].append(call)
        self._alike[cell, started.key].append(call)
        self._alike[cell, started.key, started.batch, started.index].append(call)
        return call


def _has_ended(call: SubCall) -> bool:
    """Whether it has something to answer with; who cancelled a call never heard of it."""
    return call.reply is not None and not (isinstance(call.reply, CallFailed) and call.reply.cancelled)
