"""Reading span ids: whose they are and where in a run they hang."""

from __future__ import annotations

import re

ROOT = "r"

_NOT_ID = re.compile(r"[^\w-]", re.ASCII)

_RUN = re.compile(r"r(?:/\d+(?:\.\d+)?/r\d+)*(?=/|$)")
_STEP = re.compile(r"/(\d+)")
_CHILD = re.compile(r"/\d+(?:\.\d+)?/r\d+(?=/|$)")


def run_of(span: str) -> str:
    """The run that `span` is part of: ``r/3.1/r1`` for ``r/3.1/r1/2.1/q5``; empty outside any."""
    match = _RUN.match(span)
    return match[0] if match else ""


def is_within(span: str, run: str) -> bool:
    """Whether `span` is `run` or part of it."""
    return span.startswith(run) and span[len(run) : len(run) + 1] in {"", "/"}


def step_of(span: str, run: str = ROOT) -> int | None:
    """The number of `run`'s step that `span` is part of: 3 for ``r/3.1/r1/2.1/q5`` and the root."""
    match = _STEP.match(span, len(run))
    return int(match[1]) if match else None


def child_of(span: str, run: str = ROOT) -> str:
    """The child of `run` that `span` is part of: ``r/3.1/r1`` for ``r/3.1/r1/2.1/r4``; empty if none."""
    match = _CHILD.match(span, len(run))
    return run + match[0] if match else ""


def cell_id(run: str, span: str) -> str:
    """The id of a span's notebook cell, as nbformat wants it; equal for equal runs."""
    return _NOT_ID.sub("-", f"{run[:40]}-{span}")
