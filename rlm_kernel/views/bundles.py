"""The MIME bundles of a run's card and of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel.events import SCHEMA_VERSION, Event
from rlm_kernel.report.html import card_html
from rlm_kernel.report.parts import Step
from rlm_kernel.report.share import TRAJECTORY_MIME, shareable
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.step import answer_heading, prose_markdown, step_markdown, step_text
from rlm_kernel.report.text import card_text, end_text

Bundle = dict[str, Any]


def card_bundle(report: RunReport, now: float | None = None) -> Bundle:
    """The card of a run at the Unix time `now`."""
    return {"text/html": card_html(report, now), "text/plain": card_text(report, now)}


def live_bundle(report: RunReport) -> Bundle:
    """The card of a run that a labextension draws: it has the events by another way."""
    return {**card_bundle(report), TRAJECTORY_MIME: {"v": SCHEMA_VERSION, "run": report.run, "events": []}}


def final_bundle(report: RunReport, events: Sequence[Event]) -> Bundle:
    """The card of a run that stands still, with a copy of its trajectory."""
    return {**card_bundle(report), TRAJECTORY_MIME: shareable(events)}


def answer_bundle(report: RunReport) -> Bundle:
    """The heading that stands between the last step and the answer.

    As plain text it is the end state of the run too: a console shows that form alone, and
    has not obeyed the updates of the card.
    """
    kind = report.answer.type if report.answer is not None else ""
    heading = " · ".join(part for part in ("Answer", kind) if part)
    return {"text/html": answer_heading(kind), "text/plain": f"{end_text(report)}\n{heading}"}


def step_bundle(label: str, code: str, thought: str = "", reasoning: str = "") -> Bundle:
    """One cell of a step, to stand above its outputs; `thought` comes with the step's first cell."""
    return {
        "text/markdown": step_markdown(label, code, thought, reasoning),
        "text/plain": step_text(label, code, thought),
    }


def prose_bundle(step: Step) -> Bundle:
    """A step of which no cell ran."""
    note = "(its code did not run)" if step.proposed else "(no code)"
    return {
        "text/markdown": prose_markdown(step.number, step.thought, step.reasoning, note),
        "text/plain": step_text(str(step.number), note, step.thought),
    }
