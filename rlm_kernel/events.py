"""The events of a trajectory: one small type each, with one literal tag.

Events are flat.  `span` says what an event is about and `parent` what that is part of,
so that `trajectory.tree` can nest them again.  Span ids are paths, equal in equal runs::

    r                the root run
    r/3              its third step
    r/3/q1           the call to the root model that wrote the step
    r/3.1            the step's first cell
    r/3.1/q5         the fifth call that cell made
    r/3.1/r1         the first child run it started (r/3.1/r1/2.1: a cell of that child)
    s/q1             a call a human made outside any run (in the session's trajectory)

An event stores what was *added*, never the whole conversation, so a trajectory grows
linearly with its run.  Times are Unix seconds, durations seconds, costs US dollars
(null where no price is known).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

SCHEMA_VERSION = 1

PROPOSING = frozenset({"step", "approve"})
"""The reasons for which a run pauses with cells that wait for the human."""
CUT_OFF = frozenset({"interrupt", "kernel"})
"""The reasons for which a child run stops because its parent does: an interrupt, or the end of the kernel."""
YOUR_TURN = "turn"
"""Why it pauses after a step of which the human has run the cells, or that has none."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has."""

    type: ClassVar[str] = ""
    transient: ClassVar[bool] = False
    """A transient event reaches the views and is not stored."""

    seq: int
    time: float
    run: str
    span: str
    parent: str | None

    def to_json(self) -> Json:
        fields = {name: getattr(self, name) for name in _field_names(type(self))}
        return {"v": SCHEMA_VERSION, "type": self.type, **fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A run, or a child run, begins."""

    type: ClassVar[str] = "run_started"
    question: str
    model: str
    sub_model: str
    dialect: str
    depth: int
    contexts: list[Json] = field(default_factory=list)
    """For each: name, expression, type, size, fingerprint, description."""
    limits: Json = field(default_factory=dict)
    options: Json = field(default_factory=dict)
    shadowed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unpriced: list[str] = field(default_factory=list)
    """The models whose price is not known."""
    models: Json = field(default_factory=dict)
    """By name: price (US dollars per token in, out, and in from a prompt cache) and window."""
    versions: Json = field(default_factory=dict)
    branch_of: Json = field(default_factory=dict)
    """Of a branch: the run it comes from, and the step after which it went another way."""
    cwd: str = ""
    """Of a root run: the working directory it began in."""
    shortened: bool = False
    """Whether it was read from the copy that a notebook holds, in which long texts are cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAdded(Event):
    """A system or user message joins the conversation (a reply joins it as `CallFinished`)."""

    type: ClassVar[str] = "message_added"
    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    """A turn of the model begins."""

    type: ClassVar[str] = "step_started"
    step: int
    last: bool = False
    """The extra turn that a run gets when a limit is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(Event):
    """A request goes to a model."""

    type: ClassVar[str] = "call_started"
    role: str
    """``root`` for the turn of a run, ``sub`` for a sub-call."""
    model: str
    key: str
    messages: list[Json] = field(default_factory=list)
    """Of a sub-call; those of a root call are the conversation so far."""
    params: Json = field(default_factory=dict)
    batch: str | None = None
    index: int | None = None
    function: str = ""
    """What the cell called: ``llm_query``, or ``rlm_query`` where no child run was allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelta(Event):
    """A piece of a root model's reply, while it is being written."""

    type: ClassVar[str] = "reply_delta"
    transient: ClassVar[bool] = True
    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRetried(Event):
    """A call failed in a way that may pass and will be made again."""

    type: ClassVar[str] = "call_retried"
    error: str
    wait: float
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFinished(Event):
    """A model replied."""

    type: ClassVar[str] = "call_finished"
    role: str
    model: str
    text: str
    reasoning: str = ""
    finish_reason: str = "stop"
    usage: Json = field(default_factory=dict)
    seconds: float = 0.0
    cached: bool = False
    """Answered from an earlier reply, at no cost; `usage` is then what that one used, if not in this run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFailed(Event):
    """A call ended without a reply."""

    type: ClassVar[str] = "call_failed"
    role: str
    model: str
    error: str
    message: str
    usage: Json = field(default_factory=dict)
    seconds: float = 0.0
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStarted(Event):
    """A cell asks many prompts at once."""

    type: ClassVar[str] = "batch_started"
    kind: str
    """``llm`` or ``rlm``."""
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinished(Event):
    """Every call of a batch has ended."""

    type: ClassVar[str] = "batch_finished"
    done: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellStarted(Event):
    """A cell begins to run in the namespace."""

    type: ClassVar[str] = "cell_started"
    author: str
    step: int
    cell: int
    code: str
    secrets: list[str] = field(default_factory=list)
    """Names of the keys whose values stood in the code, where the record has the names in brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFinished(Event):
    """A cell has run; `outputs` are nbformat outputs."""

    type: ClassVar[str] = "cell_finished"
    author: str
    step: int
    cell: int
    outputs: list[Json] = field(default_factory=list)
    omitted: int = 0
    error: Json | None = None
    """ename, evalue, traceback."""
    interrupted: bool = False
    seconds: float = 0.0
    execution_count: int | None = None
    names: list[Json] = field(default_factory=list)
    """For each name that changed: name, change, type, size."""
    reads: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone(Event):
    """The user took back what a step did to names."""

    type: ClassVar[str] = "step_undone"
    step: int
    removed: list[str] = field(default_factory=list)
    put_back: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Changed since, and left as they are."""
    changed: list[str] = field(default_factory=list)
    """Names whose objects were changed in place, and not restored."""
    doubtful: list[str] = field(default_factory=list)
    """Names whose objects may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsProposed(Event):
    """Cells of a reply wait for the human: the run pauses before they run."""

    type: ClassVar[str] = "cells_proposed"
    step: int
    cells: list[Json] = field(default_factory=list)
    """For each: cell (its number), code, and why it waits, where there is more to say than that it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPaused(Event):
    """The run handed the kernel back; it can be resumed."""

    type: ClassVar[str] = "run_paused"
    reason: str
    message: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """A paused run goes on."""

    type: ClassVar[str] = "run_resumed"
    hint: str | None = None
    limits: Json = field(default_factory=dict)
    command: str = "resume"
    """What made it go on: ``resume``, ``step``, ``accept``, or ``skip``, which leaves waiting cells out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """A run is over: ``finished``, ``stopped`` or ``failed``."""

    type: ClassVar[str] = "run_finished"
    status: str
    reason: str
    message: str = ""
    answer: Json | None = None
    """type, text, and the value as json where it is not too large."""
    usage: Json = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something went wrong beside the run, which goes on."""

    type: ClassVar[str] = "warned"
    message: str


EVENT_TYPES: dict[str, type[Event]] = {
    kind.type: kind
    for kind in (
        RunStarted,
        MessageAdded,
        StepStarted,
        CallStarted,
        ReplyDelta,
        CallRetried,
        CallFinished,
        CallFailed,
        BatchStarted,
        BatchFinished,
        CellStarted,
        CellFinished,
        StepUndone,
        CellsProposed,
        RunPaused,
        RunResumed,
        RunFinished,
        Warned,
    )
}

_FIELDS: dict[type[Event], tuple[str, ...]] = {
    kind: tuple(f.name for f in dataclasses.fields(kind)) for kind in EVENT_TYPES.values()
}


def _field_names(kind: type[Event]) -> tuple[str, ...]:
    return _FIELDS[kind]


class NewerVersion(ValueError):
    """The event was written by a later release, which has changed what events mean."""

    def __init__(self, version: int) -> None:
        super().__init__(
            f"this trajectory has schema version {version}, newer than {SCHEMA_VERSION}: "
            "read it with a newer rlm-kernel"
        )


def from_json(data: Json) -> Event:
    """The event that `Event.to_json` described; fields it does not know are passed over.

    Raises NewerVersion, or ValueError for what is no event of ours.
    """
    if not isinstance(data, dict):
        raise ValueError("an event is a JSON object")  # noqa: TRY004  (what was read is wrong, not the caller)
    version = data.get("v", SCHEMA_VERSION)
    if type(version) is not int:
        raise ValueError(f"a schema version is a number, not {version!r}")
    if version > SCHEMA_VERSION:
        raise NewerVersion(version)
    kind = EVENT_TYPES.get(data.get("type", ""))
    if kind is None:
        raise ValueError(f"unknown event type {data.get('type')!r}")
    return kind(**{name: data[name] for name in _field_names(kind) if name in data})
