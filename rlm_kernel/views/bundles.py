"""The MIME bundles of a run's card and of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel.events import Event
from rlm_kernel.report.html import card_html
from rlm_kernel.report.share import TRAJECTORY_MIME, shareable
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.step import answer_heading, step_markdown, step_text
from rlm_kernel.report.text import card_text

Bundle = dict[str, Any]


def card_bundle(report: RunReport, now: float | None = None) -> Bundle:
    """The card of a run at the Unix time `now`."""
    return {"text/html": card_html(report, now), "text/plain": card_text(report, now)}


def final_bundle(report: RunReport, events: Sequence[Event]) -> Bundle:
    """The card of a run that stands still, with a copy of its trajectory."""
    return {**card_bundle(report), TRAJECTORY_MIME: shareable(events)}


def answer_bundle(type_name: str) -> Bundle:
    """The heading that stands between the last step and the answer."""
    return {"text/html": answer_heading(type_name), "text/plain": "Answer"}


def step_bundle(label: str, code: str, thought: str = "", reasoning: str = "") -> Bundle:
    """One cell of a step, to stand above its outputs; `thought` comes with the step's first cell."""
    return {
        "text/markdown": step_markdown(label, code, thought, reasoning),
        "text/plain": step_text(label, code, thought),
    }
