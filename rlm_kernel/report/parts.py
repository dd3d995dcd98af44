"""The pieces of a report: tallies, batches, children, cells and steps."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.interfaces import Proposed
from rlm_kernel.messages.reply import ReplyParts, split_reply

WINDOW = 10.0
"""Seconds that a rate looks back."""
GRAIN = 0.25
"""Seconds between the samples of a rate."""


@dataclass(slots=True)
class Tally:
    """What calls used, where for some of them no price may be known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: float = 0.0
    """US dollars of the calls whose price is known."""
    unpriced: int = 0
    """Calls whose price is not known."""

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def add(self, usage: dict[str, Any]) -> None:
        """Add the usage of one call, as its event holds it."""
        self.input_tokens += usage.get("input_tokens") or 0
        self.output_tokens += usage.get("output_tokens") or 0
        self.cached_tokens += usage.get("cached_tokens") or 0
        cost = usage.get("cost", 0.0)
        if cost is None:
            self.unpriced += 1
        else:
            self.cost += cost


@dataclass(slots=True)
class Calls:
    """How many calls ended in which way."""

    done: int = 0
    failed: int = 0
    cancelled: int = 0
    in_flight: int = 0
    reused: int = 0
    """Of those done: answered from an earlier reply, at no cost."""

    @property
    def ended(self) -> int:
        """Calls that are over, however they ended."""
        return self.done + self.failed + self.cancelled


class Pace:
    """How fast a count grows, over the last `WINDOW` seconds; keeps a few dozen samples."""

    def __init__(self, start: float) -> None:
        self._samples: deque[tuple[float, int]] = deque([(start, 0)])

    def note(self, time: float, count: int) -> None:
        """Record that the count is `count` at `time`."""
        samples = self._samples
        if len(samples) > 1 and time - samples[-2][0] < GRAIN:
            samples[-1] = (time, count)
        else:
            samples.append((time, count))
        while len(samples) > 2 and time - samples[1][0] >= WINDOW:  # noqa: PLR2004
            samples.popleft()

    def per_second(self) -> float:
        """The rate; 0 while nothing can be said of it."""
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return (after - before) / (last - first) if last > first else 0.0


@dataclass(slots=True)
class Batch:
    """A batch of calls or child runs that a cell is waiting for."""

    span: str
    cell: str
    """The span of the cell that asked."""
    kind: str
    """``llm`` or ``rlm``."""
    size: int
    started: float
    pace: Pace
    calls: Calls = field(default_factory=Calls)
    _asked: set[int] = field(default_factory=set)

    @property
    def ended(self) -> int:
        """Prompts whose call is over."""
        return min(self.calls.ended, self.size)

    def asks_again(self, index: int) -> bool:
        """Note that prompt `index` is asked; whether it was before (its reply did not fit the schema)."""
        before = index in self._asked
        self._asked.add(index)
        return before

    def seconds_left(self) -> float | None:
        """Seconds until the last call ends, at the present rate; None before there is one."""
        rate = self.pace.per_second()
        return (self.size - self.ended) / rate if rate > 0 else None


@dataclass(slots=True)
class Child:
    """A child run that has not ended."""

    question: str
    step: int = 0
    status: str = "running"


@dataclass(slots=True)
class Cell:
    """One cell of a step."""

    label: str
    """``3.1``: the step and the place in it."""
    author: str
    code: str
    running: bool = True
    seconds: float = 0.0
    error: str = ""
    """The name of the exception it raised, if any."""
    interrupted: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the human wrote it beside those of the step."""
        return self.label.endswith(".0")


SKIPPED, NOT_RUN = "skipped", "not run"
"""What became of a proposed cell that did not run: the user passed over it, or it never came to it."""


@dataclass(slots=True)
class Step:
    """One turn of the root model: its reply, its cells, and all that these caused."""

    number: int
    started: float
    last: bool = False
    """The extra turn that a run gets when a limit is reached."""
    taken_back: bool = False
    """Whether the user has taken back what it did to names."""
    thought: str = ""
    reasoning: str = ""
    proposed: tuple[str, ...] = ()
    """The code of the reply's cells, whether they have run or not."""
    waiting: dict[int, Proposed] = field(default_factory=dict)
    """The cells that wait for the human, by their numbers."""
    left_out: dict[int, Proposed] = field(default_factory=dict)
    """Those that were proposed, and wait no more without having run."""
    was_skipped: bool = False
    """Whether the user passed over them."""
    model: str = ""
    """The model that answered."""
    ended: float | None = None
    seconds: float = 0.0
    """What its turn and its cells took, but not the human who let them wait."""
    cells: list[Cell] = field(default_factory=list)
    usage: Tally = field(default_factory=Tally)
    """Of the turn itself and of everything its cells called."""
    calls: Calls = field(default_factory=Calls)
    """What its cells called: sub-calls, and the turns of child runs."""
    running_children: dict[str, Child] = field(default_factory=dict)
    children: Calls = field(default_factory=Calls)
    _busy_since: float | None = None

    def begin_work(self, time: float) -> None:
        """Its turn is asked, or one of its cells runs, from the Unix time `time`."""
        self._busy_since, self.ended = time, None

    def end_work(self, time: float, took: float = 0.0) -> None:
        """What had begun is over; a cell, which may have waited for its place, says how long it `took`."""
        if self._busy_since is not None:
            self.seconds += took or max(0.0, time - self._busy_since)
        self._busy_since, self.ended = None, time

    def leave_out(self, *, by_user: bool = False) -> None:
        """The cells that wait are not run."""
        if self.waiting:
            self.left_out, self.waiting, self.was_skipped = self.waiting, {}, by_user

    def run_waiting(self, number: int) -> None:
        """A cell runs, of those that waited or not."""
        self.waiting.pop(number, None)
        self.left_out.pop(number, None)

    @property
    def fate(self) -> str:
        """What became of the cells that were left out; empty where none was."""
        return (SKIPPED if self.was_skipped else NOT_RUN) if self.left_out else ""

    @property
    def code(self) -> str:
        """That of its first cell, whether it ran, waits, or was passed over."""
        return next((cell.code for cell in self._its_cells), "".join(self.proposed[:1]))

    @property
    def error(self) -> str:
        """The exception that ended its cells, if one did."""
        return next((cell.error for cell in reversed(self._its_cells) if cell.error), "")

    @property
    def interrupted(self) -> bool:
        """Whether one of its cells was interrupted."""
        return any(cell.interrupted for cell in self._its_cells)

    @property
    def _its_cells(self) -> list[Cell]:
        """The cells without those that the human ran beside them."""
        return [cell for cell in self.cells if not cell.is_own]


class Stream:
    """A reply as it is being written."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []

    def add(self, text: str, reasoning: str) -> None:
        """Take one more piece of the reply."""
        if text:
            self._text.append(text)
        if reasoning:
            self._reasoning.append(reasoning)

    @property
    def reasoning(self) -> str:
        """What the model has reasoned so far."""
        return "".join(self._reasoning)

    def parts(self) -> ReplyParts:
        """The thought and the cells written so far; the last cell may be unfinished."""
        return split_reply("".join(self._text))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the run answered, as its last event describes it."""

    type: str
    text: str
