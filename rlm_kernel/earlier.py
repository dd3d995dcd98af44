"""What the earlier runs of this process hold, as far as the next one needs to know."""

from __future__ import annotations

from typing import Any

from rlm_kernel.loop import Loop, loop_of
from rlm_kernel.registry import runs
from rlm_kernel.scaffold import RUN, Earlier


def bound_by_runs() -> Earlier:
    """What the runs of this process have bound, by name, and what they took the places of."""
    bound: dict[str, list[object]] = {RUN: list(runs.values())}
    displaced: dict[str, Any] = {}
    made: dict[str, set[int]] = {}
    for run in runs.values():
        displaced |= run.shadowed
        loop = loop_of(run)
        if loop is not None:
            for name, values in loop.bound.items():
                bound.setdefault(name, []).extend(values)
            for name, value_id in loop.made.items():
                made.setdefault(name, set()).add(value_id)
    return Earlier(bound, displaced, made)


def let_go_of_steps(beginning: Loop) -> None:
    """Before a run: what earlier ones in its namespace keep for taking a step back is let go."""
    for run in runs.values():
        loop = loop_of(run)
        if loop is not None and loop.namespace is beginning.namespace:
            loop.cells.last_step.forget(
                f"another run has begun since: the last step of run {run.id} cannot be taken back any more"
            )
