"""What a report says, in words: the same in the HTML card, in plain text and in a terminal."""

from __future__ import annotations

from rlm_kernel.report import figures
from rlm_kernel.report.parts import Batch, Step, Tally
from rlm_kernel.report.plain import one_line
from rlm_kernel.report.state import RunReport

LINE = 160
"""Characters of a step's line."""
CHILDREN_SHOWN = 3
LONG = 3.0
"""Seconds after which a wait is worth telling."""

MARKS = {
    "running": "●",
    "proposed": "◇",
    "paused": "‖",
    "interrupted": "‖",
    "finished": "✓",
    "stopped": "■",
    "failed": "✗",
}
"""A shape for each status, so that it does not hang on colour alone."""

OUT_OF = {
    "max_steps": "out of steps",
    "max_calls": "out of calls",
    "max_tokens": "out of tokens",
    "max_cost": "out of dollars",
    "max_seconds": "out of time",
}
"""What a limit that is used up is called; its option is ``--max-steps``."""

PLAIN_REASONS = {"", "answer", "step", "approve", "turn", "error", "kernel", "interrupt", "pause", "stop"}
"""Reasons that add nothing to the status."""

NEXT = {
    "proposed": "Run it by hand, edited if you like · `%rlm accept` runs it · `%rlm skip` passes it over",
    "failed": "`%rlm resume` tries again",
}
NAMES_SHOWN = 8
"""Names in a list, after which the rest are counted."""


def status(report: RunReport) -> str:
    """``Paused: out of steps``: the status, with its reason where that adds something."""
    said = report.status.capitalize()
    if report.handed_on and report.status == "proposed":
        return f"Proposed step {report.step.number if report.step else 0}, decided below"
    if report.handed_on:
        return f"{said} at step {report.step.number if report.step else 0}, then resumed below"
    if report.reason in PLAIN_REASONS:
        return said
    return f"{said}: {OUT_OF.get(report.reason, report.reason)}"


def message(report: RunReport) -> str:
    """Why a run stands still, in a sentence; empty where a step's line says it already."""
    told = report.reason == "interrupt" and report.step is not None and report.step.interrupted
    if report.status == "proposed" and report.handed_on:
        return ""  # what waited has been decided
    if report.status == "proposed" and report.step is not None and report.step.waiting:
        return figures.what_waits([*report.step.waiting.values()])  # some may have run since
    return "" if told and report.message == "interrupted" else report.message


def rebound(report: RunReport) -> str:
    """``Rebound your text, size; deleted your names``: what became of names the run did not make."""
    became = {
        change: [name for name, it in report.lost_names.items() if it == change]
        for change in ("rebound", "deleted")
    }
    said = [f"{change} your {_listed(names)}" for change, names in became.items() if names]
    sentence = "; ".join(said)
    return sentence[:1].upper() + sentence[1:]


def _listed(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def facts(report: RunReport, now: float | None = None) -> list[str]:
    """The models, the step and the time."""
    models = [report.model]
    if report.sub_model and report.sub_model != report.model:
        models.append(f"sub-model {report.sub_model}")
    said = [part for part in models if part]
    if report.status == "finished":
        said.append(figures.counted(len(report.steps), "step"))
    elif report.step is not None:
        said.append(_place(report.step, report.limits.get("max_steps")))
    if report.steps or report.status != "running":
        said.append(figures.duration(report.seconds(now)))
    return said


def _place(step: Step, limit: float | None) -> str:
    if step.last:
        return f"step {step.number}, last turn"  # the one after a limit, which may be that of steps
    return f"step {step.number}" + (f" of {limit:g}" if limit else "")


def notes(report: RunReport) -> list[str]:
    """What the run's first line says beside the question."""
    shadowed = ", ".join(report.shadowed)
    kept = [f"Your earlier {shadowed} is kept: %rlm restore puts it back."] if shadowed else []
    return [*report.notes, *kept]


def cost(usage: Tally) -> str:
    """Dollars; ``n/a`` where no price is known, ``≥`` where that is so for a part."""
    if not usage.unpriced:
        return figures.dollars(usage.cost)
    return f"≥ {figures.dollars(usage.cost)}" if usage.cost else "n/a"


def step_line(step: Step) -> str:
    """What a step did, in one line: the beginning of its thought, or else of its code."""
    line = one_line(step.thought, LINE) or one_line(step.code, LINE)
    human = sum(cell.is_own for cell in step.cells)
    mine = f" (then you ran {figures.counted(human, 'cell')})" if human else ""
    return (line or "…") + mine


def troubles(step: Step) -> list[str]:
    """What went wrong in a step's cells, and whether the user took it back."""
    found = [step.error] if step.error and not step.interrupted else []
    found += ["interrupted"] if step.interrupted else []
    found += [step.fate] if step.fate else []
    return [*found, "taken back"] if step.taken_back else found


def step_time(step: Step) -> str:
    """How long a step took; … while it goes on."""
    return "…" if step.ended is None else figures.duration(step.seconds)


def children(report: RunReport, step: Step) -> list[str]:
    """The child runs of a step: a line each for a few that run, one for all others."""
    lines = [
        f"child at step {child.step}: {one_line(child.question, 100)}"
        for child in list(step.running_children.values())[:CHILDREN_SHOWN]
    ]
    counts = step.children
    if not (counts.ended or counts.in_flight):
        return lines
    said = [f"{figures.counted(counts.ended + counts.in_flight, 'child run')}: {counts.done:,} done"]
    said += [f"{counts.failed:,} failed"] if counts.failed else []
    said += [f"{counts.cancelled:,} interrupted"] if counts.cancelled else []
    said += [f"{counts.in_flight:,} running"] if counts.in_flight and report.status == "running" else []
    return [" · ".join(said), *lines]


def activity(report: RunReport, now: float | None = None) -> str:
    """What a running run is doing at this moment, and for how long it has."""
    waited = max(0.0, (now or 0.0) - report.waiting_since)
    return _doing(report) + (f", {figures.duration(waited)}" if waited >= LONG else "")


def _doing(report: RunReport) -> str:
    if report.retrying:
        return f"Trying again: {one_line(report.retrying, LINE)}"
    if report.stream is not None:
        parts = report.stream.parts()
        if parts.unclosed:
            lines = figures.counted(parts.cells[-1].count("\n") + 1, "line")
            return f"{report.asking} is writing code, {lines}"
        return f"{report.asking} is {'writing' if parts.thought else 'thinking'}"
    if report.asking:
        return f"Waiting for {report.asking}"
    cell, step = report.running_cell, report.step
    if cell is None or step is None:
        return "Working" if step else "Starting"
    in_flight = 0 if report.batches else step.calls.in_flight  # a batch's own line has them
    return f"Running cell {cell.label}" + (
        f", {figures.counted(in_flight, 'call')} in flight" if in_flight else ""
    )


def batch_size(kind: str, size: int) -> str:
    """``600 calls``, ``1 child run``."""
    return figures.counted(size, "child run" if kind == "rlm" else "call")


def batch_label(batch: Batch) -> str:
    """The name of a batch's progress bar."""
    return f"{batch.ended:,} of {batch_size(batch.kind, batch.size)} ended"


def batch_facts(batch: Batch) -> list[str]:
    """Progress, failures, calls in flight, rate and time left of a batch."""
    said = [f"{batch.ended:,} of {batch_size(batch.kind, batch.size)}"]
    if batch.calls.failed:
        said.append(f"{batch.calls.failed:,} failed")
    if batch.calls.in_flight:
        said.append(f"{batch.calls.in_flight:,} in flight")
    rate, left = batch.pace.per_second(), batch.seconds_left()
    if rate and left:
        said += [figures.rate(rate), f"{figures.duration(left)} left"]
    return said


def budget(report: RunReport) -> list[str]:
    """What the run has used, each against its limit where it has one."""
    usage, limits, calls = report.usage, report.limits, report.calls
    if usage.unpriced or report.is_unpriced:
        said = [cost(usage) if usage.cost else "cost n/a"]
    else:
        said = [cost(usage) + _of(limits.get("max_cost"), "${:g}")]
    tokens = f"{figures.tokens(usage.input_tokens)} in + {figures.tokens(usage.output_tokens)} out"
    cached = f" ({figures.tokens(usage.cached_tokens)} cached)" if usage.cached_tokens else ""
    said.append(f"{tokens} tokens{cached}{_of(limits.get('max_tokens'), '{:,}')}")
    said.append(f"{figures.counted(calls.ended, 'call')}{_of(limits.get('max_calls'), '{:,}')}")
    if calls.failed:
        said.append(f"{calls.failed:,} failed")
    if calls.reused:
        said.append(f"{calls.reused:,} reused at no cost")
    return said


def _of(limit: float | None, form: str) -> str:
    return f" of {form.format(limit)}" if limit else ""


def what_next(report: RunReport) -> str:
    """The commands that fit the status; none for a run that went on elsewhere."""
    if report.handed_on:
        return ""
    if report.status == "interrupted":
        return f"`%rlm resume {report.run}` goes on in a new kernel, once the cells above have run"
    if report.status == "paused":
        return f"`{resume_command(report.reason)}` goes on · `%rlm stop` ends it"
    return NEXT.get(report.status, "")


def resume_command(reason: str) -> str:
    """The command by which a run that paused for `reason` goes on: a limit must be raised."""
    limit = f" --{reason.replace('_', '-')} N" if reason in OUT_OF else ""
    return f'%rlm resume{limit} [--hint "…"]'
