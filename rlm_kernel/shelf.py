"""The runs on disk: a folder's trajectories, listed without being read whole.

How a run began stands in the first line of its file, and how it was left in the last
ones, so that listing costs the same however long the runs were.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from rlm_kernel.events import (
    PROPOSING,
    Event,
    MessageAdded,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StepStarted,
    from_json,
)
from rlm_kernel.interfaces import UsageError
from rlm_kernel.rlm import ROOT

SHORTEST_ID = 4
"""Characters of the end of a run's id that may stand for it."""

LOOK_BACK = 200
"""Events from the end in which a run says how it was left: calls that were in flight end after it."""

LONGEST_LINE = 1 << 24
"""Bytes a first line may have; a file that goes on without a line's end is none of ours."""

BLOCK = 1 << 14
"""Bytes that are read from the end at first."""

_STEP = re.compile(rf"{ROOT}/(\d{{1,9}})")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run on disk."""

    id: str
    status: str
    """As `Run.status`; ``interrupted`` also for one that another kernel is running right now."""
    steps: int
    question: str
    started: float
    """Unix seconds."""
    path: Path
    branch_of: Mapping[str, Any]
    """Of a branch: the run it comes from, and after which step."""


def summaries(folder: Path) -> list[RunSummary]:
    """The runs whose files are in `folder`, newest last; other files are passed over."""
    found = [summary for path in _files(folder) if (summary := _summary(path)) is not None]
    return sorted(found, key=lambda summary: (summary.started, summary.id))


def find(folder: Path, word: str) -> Path | None:
    """The file in `folder` of the run whose id is `word`, or ends with it; None where there is none.

    One that cannot be read, as one of a later release, is known by its name alone.  The end of
    an id has at least `SHORTEST_ID` characters.  Raises UsageError where it is that of several
    runs.
    """
    paths: dict[str, Path] = {}
    for path in _files(folder):
        run = _run_in(path)
        run = path.stem if run is None and _is_unreadable(path) else run
        if run is not None and (run not in paths or path.stem == run):  # a copy does not hide its original
            paths[run] = path
    if word in paths:
        return paths[word]
    matching = [path for run, path in paths.items() if len(word) >= SHORTEST_ID and run.endswith(word)]
    if len(matching) > 1:
        raise UsageError(f"several runs match {word!r}: %rlm runs lists them")
    return matching[0] if matching else None


def _files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(
                Path(entry.path) for entry in entries if entry.name.endswith(".jsonl") and entry.is_file()
            )
    except OSError:  # nothing has been written there yet
        return []


def _run_in(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            begun = _beginning(file)
    except OSError:
        return None
    return None if begun is None else begun.run


def _is_unreadable(path: Path) -> bool:
    """Whether the first line of a file is none of this release."""
    try:
        with path.open("rb") as file:
            return _event(file.readline(LONGEST_LINE)) is None
    except OSError:
        return False


def _summary(path: Path) -> RunSummary | None:
    try:
        with path.open("rb") as file:
            begun = _beginning(file)
            if begun is None:
                return None
            status, steps = _end(file)
    except OSError:
        return None
    return RunSummary(begun.run, status, steps, begun.question, begun.time, path, begun.branch_of)


def _beginning(file: BinaryIO) -> RunStarted | None:
    """The start of the root run that the file is of; None for a session's, or what is no trajectory."""
    event = _event(file.readline(LONGEST_LINE))
    if not isinstance(event, RunStarted) or event.span != ROOT:
        return None
    is_ours = all(isinstance(text, str) for text in (event.run, event.question))
    is_ours = is_ours and isinstance(event.branch_of, dict)
    return event if is_ours and isinstance(event.time, int | float) else None


def _end(file: BinaryIO) -> tuple[str, int]:
    """The status a run was left in, and its steps."""
    status: str | None = None
    steps: int | None = None
    for line in islice(_lines_from_the_end(file), LOOK_BACK):
        event = _event(line)
        if event is not None:
            status = status or _status_after(event)
            steps = _step_of(event) if steps is None else steps
        if status is not None and steps is not None:
            break
    return status or "interrupted", steps or 0


def _status_after(event: Event) -> str | None:
    """The status of a root run whose last event of its own is `event`; None for one of another's."""
    if event.span == ROOT and isinstance(event, RunFinished):
        return str(event.status)
    if event.span == ROOT and isinstance(event, RunPaused):
        return "proposed" if event.reason in PROPOSING else "paused"
    goes_on = isinstance(event, RunResumed) and event.span == ROOT
    return "interrupted" if goes_on or (isinstance(event, StepStarted) and event.parent == ROOT) else None


def _step_of(event: Event) -> int | None:
    """The root run's step that an event is part of."""
    if isinstance(event, MessageAdded):  # the first ones are told to step 1, which has yet to begin
        return None
    match = _STEP.match(str(event.span))
    return int(match[1]) if match is not None else None


def _lines_from_the_end(file: BinaryIO) -> Iterator[bytes]:
    start, size, rest = file.seek(0, os.SEEK_END), BLOCK, b""
    while start:
        end, start = start, max(0, start - size)
        file.seek(start)
        rest, *lines = (file.read(end - start) + rest).split(b"\n")
        yield from reversed(lines)
        size *= 2
    yield rest


def _event(line: bytes) -> Event | None:
    """The event in a line; None for a torn line, or one that is no event."""
    try:
        return from_json(json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
