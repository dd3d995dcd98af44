"""Runs for the benchmarks, put together from the package's own parts."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from rlm_kernel.budget import Budget
from rlm_kernel.calls import CallSettings
from rlm_kernel.dialects import dialect
from rlm_kernel.engine import Engine
from rlm_kernel.events import StepStarted
from rlm_kernel.limits import Limits
from rlm_kernel.queries import Queries
from rlm_kernel.rlm import Run
from rlm_kernel.shell.namespace import NamespaceREPL
from rlm_kernel.trajectory import Trajectory
from tests.doubles import ScriptedClient


def run_script(client: Any, path: Any = None, *, model: str = "m", api_base: str | None = None) -> Run:
    """Run a client's script to its end, in a fresh namespace and without a view."""
    trajectory = Trajectory("bench", path)
    budget = Budget(Limits(max_steps=0, max_cost=0))
    queries = Queries(client, budget, trajectory, CallSettings(model, model, api_base=api_base))
    queries.describe([model], lambda: None)
    engine = Engine(queries, budget, trajectory, dialect("rlm"), model, model)
    return engine.root("question", NamespaceREPL(), []).start()


def step_seconds(run: Run) -> list[float]:
    """The time from each step's start to the next one's."""
    times = [event.time for event in run.trajectory.of(StepStarted)]
    return [after - before for before, after in zip(times, times[1:], strict=False)]


def milliseconds(seconds: Sequence[float]) -> float:
    """The median, in milliseconds."""
    return 1000 * statistics.median(seconds)


__all__ = ["ScriptedClient", "milliseconds", "run_script", "step_seconds"]
