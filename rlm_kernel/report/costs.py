"""What a run cost, by step, by model and by depth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from rlm_kernel.events import CallFailed, CallFinished, Event
from rlm_kernel.report import figures, phrases
from rlm_kernel.report.parts import Tally
from rlm_kernel.report.plain import columns, plain
from rlm_kernel.report.spans import ROOT, step_of
from rlm_kernel.trajectory import runs_above

Call = CallFinished | CallFailed
HEADS = ("calls", "tokens in", "of them cached", "tokens out", "cost")


class _Row:
    """The calls that are added up in one line."""

    def __init__(self) -> None:
        self.calls = 0
        self.recorded = 0
        self.usage = Tally()

    def add(self, call: Call) -> None:
        self.calls += 1
        if getattr(call, "cached", False):
            self.recorded += 1
        else:
            self.usage.add(call.usage)

    def cells(self) -> list[str]:
        calls = f"{self.calls:,}" + (f" ({self.recorded:,} from a record)" if self.recorded else "")
        usage = self.usage
        return [
            calls,
            figures.tokens(usage.input_tokens),
            figures.tokens(usage.cached_tokens),
            figures.tokens(usage.output_tokens),
            phrases.cost(usage),
        ]


def costs_text(events: Iterable[Event]) -> str:
    """A table each by step, by model and by depth of the runs; calls from a record cost nothing."""
    calls = [event for event in events if isinstance(event, Call)]
    tables = [
        _table("step", calls, lambda call: f"step {step_of(call.span, ROOT)}"),
        _table("model", calls, lambda call: plain(call.model)),
        _table("depth", calls, _depth),
    ]
    return "\n\n".join(tables)


def _depth(call: Call) -> str:
    depth = len(runs_above(call.span)) - 1
    who = "root" if depth == 0 else f"child run, depth {depth}"
    return f"{who}: {'turns' if call.role == 'root' else 'sub-calls'}"


def _table(name: str, calls: list[Call], row_of: Callable[[Call], str]) -> str:
    rows: defaultdict[str, _Row] = defaultdict(_Row)
    total = _Row()
    for call in calls:
        rows[row_of(call)].add(call)
        total.add(call)
    lines = [[f"by {name}", *HEADS], *([label, *row.cells()] for label, row in rows.items())]
    if len(rows) > 1:
        lines.append(["in all", *total.cells()])
    return columns(lines, right=True)
