"""The first message to a root model: the question, and a description of each context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.context import Description
from rlm_kernel.secrets import safe_cut

LONG_QUESTION = 8_000
"""Characters of a question beyond which its middle is left to the variable that holds it."""


def opening(question: str, contexts: Sequence[Description], schema: Any = None) -> str:
    """Question and contexts; the contexts themselves stay out."""
    sections = [f"<question>\n{_bounded(question)}\n</question>"]
    sections += [
        f'<context name="{context.name}" type="{context.type}">\n{context.text}\n</context>'
        for context in contexts
    ]
    if not contexts:
        sections.append("There is no context variable; what you need is in the question or in the namespace.")
    if schema is not None:
        sections.append("The answer must validate as this type: " + schemas.name_of(schema))
    return "\n\n".join(sections)


def turn_line(step: int, steps: int, near: Sequence[str]) -> str:
    """Where in its budget the run is; the newest message is the only one to say so."""
    line = f"Step {step} of {steps}." if step <= steps else f"Step {step}."
    return f"{line} Budget: {'; '.join(near)}." if near else line


def _bounded(question: str) -> str:
    if len(question) <= LONG_QUESTION:
        return question
    half = LONG_QUESTION // 2
    head, tail = question[: safe_cut(question, half)], question[safe_cut(question, len(question) - half) :]
    return f"{head}\n[… {len(question):,} characters in all …]\n{tail}"
