"""The names of a namespace: what they are, and who set them at which step of which run."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from rlm_kernel.events import CellFinished, Event, RunStarted, StepUndone
from rlm_kernel.namespaces import size_text, type_name
from rlm_kernel.report.spans import run_of
from rlm_kernel.rlm import Run

Json = dict[str, Any]


def names_of(namespace: Mapping[str, Any], hidden: Container[str], runs: Iterable[Run]) -> list[Json]:
    """The user's names, as far as `runs` know who set them.

    For each: name, type, size, and by (``human``, ``model``, or ``run`` for a context), with
    the run, step and span of the cell where there was one, and whether it was a step's own cell
    that the human had edited.
    """
    setters = _setters(runs)
    by_human = {"by": "human"}
    return [
        {"name": name, "type": type_name(value), "size": size_text(value), **setters.get(name, by_human)}
        for name, value in list(namespace.items())
        if not name.startswith("_") and name not in hidden
    ]


def _setters(runs: Iterable[Run]) -> dict[str, Json]:
    """Who set a name last."""
    found: dict[str, Json] = {}
    for run in runs:
        events = run.trajectory.events
        if events and isinstance(events[0], RunStarted):
            by_run = {"by": "run", "run": run.id}
            found |= {context["name"]: {**by_run, "is_context": True} for context in events[0].contexts}
            found["answer"] = by_run
            if run.status == "finished":
                found[str(events[0].options.get("out") or "result")] = by_run
        taken_back = _taken_back(events)
        put_back = {name for name, by in found.items() if by.get("is_context") and by["run"] == run.id}
        for event in events:
            # A child's names are in a namespace of its own.
            if isinstance(event, CellFinished) and run_of(event.span) == run.span:
                by = {"by": event.author, "run": run.id, "step": event.step, "span": event.span}
                by["is_edited"] = event.author == "human" and event.cell > 0
                found |= {
                    change["name"]: by
                    for change in event.names
                    if change["change"] != "deleted"
                    and not (event.author == "model" and change["name"] in put_back)
                    and (event.author, event.step, change["name"]) not in taken_back
                }
    return found


def _taken_back(events: Iterable[Event]) -> set[tuple[str, int, str]]:
    """The names that the model's cells of a step no longer set."""
    return {
        ("model", event.step, name)
        for event in events
        if isinstance(event, StepUndone)
        for name in (*event.removed, *event.put_back)
    }
