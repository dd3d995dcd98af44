"""The card of a run as plain text, for ``text/plain``, ``str(run)`` and terminals."""

from __future__ import annotations

import textwrap

from rlm_kernel.report import figures, phrases
from rlm_kernel.report.parts import Batch, Step, Tally
from rlm_kernel.report.plain import one_line, plain
from rlm_kernel.report.state import RunReport

WIDTH = 100
ANSWER_LIMIT = 400


def card_text(report: RunReport, now: float | None = None) -> str:
    """The state of a run in a few lines: status, question, a line per step, what it has used."""
    lines = [head_line(report, now), f"  {one_line(report.question, WIDTH)}"]
    lines += [f"  {plain(note)}" for note in phrases.notes(report)]
    for step in report.steps:
        lines.append(step_line(step))
        lines += [f"       {line}" for line in phrases.children(report, step)]
    if report.status == "running":
        lines.append(f"  {phrases.activity(report, now)}")
        lines += [f"  {batch_line(batch)}" for batch in report.batches]
    if report.answer is not None:
        lines.append(f"  answer: {plain(report.answer.text, ANSWER_LIMIT)}")
    lines += status_lines(report)
    lines += [f"  warning: {plain(message, 2_000)}" for message in report.warnings]
    return "\n".join(lines)


def head_line(report: RunReport, now: float | None = None) -> str:
    """``✓ Finished · gpt-5 · step 3 of 20 · 12 s``."""
    return " · ".join(
        [f"{phrases.MARKS[report.status]} {phrases.status(report)}", *phrases.facts(report, now)]
    )


def end_text(report: RunReport) -> str:
    """How a run ended and what it used, without question and steps."""
    return "\n".join([head_line(report), *status_lines(report)])


def step_line(step: Step) -> str:
    """``  3  60 calls, 2 failed  88.1k tokens  $0.041  9.3 s  Ask about each…``."""
    figures_of = [
        f"{figures.counted(step.calls.ended, 'call')}" if step.calls.ended else "",
        f"{step.calls.failed:,} failed" if step.calls.failed else "",
        *_used(step.usage),
        phrases.step_time(step),
        *phrases.troubles(step),
    ]
    said = " · ".join(part for part in figures_of if part)
    return f"  {step.number:>2}  {one_line(phrases.step_line(step), WIDTH // 2)}  ({said})"


def _used(usage: Tally) -> list[str]:
    return (
        [f"{figures.tokens(usage.tokens)} tokens", phrases.cost(usage)]
        if usage.tokens or usage.unpriced
        else []
    )


def batch_line(batch: Batch) -> str:
    """``412 of 600 calls · 3 failed · 64 in flight · 31/s · 6 s left``."""
    return " · ".join(phrases.batch_facts(batch))


def status_lines(report: RunReport) -> list[str]:
    """What a run came to, what it has used, and how to go on."""
    said = [
        plain(phrases.message(report), 2_000),
        plain(phrases.rebound(report)),
        " · ".join(phrases.budget(report)),
        phrases.what_next(report).replace("`", ""),
    ]
    return [f"  {line}" for line in said if line]


def wrapped(text: str, width: int = WIDTH, indent: str = "  ") -> str:
    """`text` safe to print in a terminal, each of its paragraphs wrapped and indented."""
    lines: list[str] = []
    for line in plain(text).splitlines():
        lines += textwrap.wrap(line, width, initial_indent=indent, subsequent_indent=indent) or [""]
    return "\n".join(lines)
