"""`llm_query` outside any run: the session's own budget, trajectory and scope."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from rlm_kernel.budget import Budget, Limits
from rlm_kernel.children import Children
from rlm_kernel.events import CallStarted, Event
from rlm_kernel.interfaces import Client
from rlm_kernel.interrupts import CodeThread, Stop
from rlm_kernel.queries import CallSettings, Queries
from rlm_kernel.scope import Scope
from rlm_kernel.trajectory import Trajectory, new_run_id

NO_LIMITS = Limits(max_steps=0, max_calls=0, max_cost=0.0, max_depth=0)


class Outside:
    """Keeps one scope as long as the settings stay the same.

    Parameters
    ----------
    client
        Answers the calls.
    folder
        Where trajectories are written.
    write
        Shows a line to the user.
    """

    def __init__(self, client: Client, folder: Path, write: Callable[[str], None]) -> None:
        self._client = client
        self._folder = folder
        self._write = write
        self._queries: Queries | None = None
        self._scope: Scope | None = None

    def scope(
        self,
        settings: CallSettings,
        notes: Sequence[str],
        max_cost: float,
        namespace: MutableMapping[str, Any],
    ) -> Scope:
        """The scope for these settings; `notes` are shown before its first call."""
        if self._queries is None or self._scope is None or self._queries.settings != settings:
            self._queries, self._scope = self._make(settings, notes, namespace)
        self._queries.budget.limits = NO_LIMITS.with_changes({"max_cost": max_cost})
        return self._scope

    def _make(
        self, settings: CallSettings, notes: Sequence[str], namespace: MutableMapping[str, Any]
    ) -> tuple[Queries, Scope]:
        run_id = f"session-{new_run_id()}"
        trajectory = Trajectory(run_id, self._folder / f"{run_id}.jsonl")
        self._announce(trajectory, notes)
        queries = Queries(self._client, Budget(NO_LIMITS), trajectory, settings)
        scope = Scope(
            span="s",
            depth=0,
            door=queries,
            spawn=Children(_no_child, trajectory, lambda: 0),
            stop=Stop(),
            thread=CodeThread(),
            namespace=namespace,
            concurrency=settings.concurrency,
        )
        return queries, scope

    def _announce(self, trajectory: Trajectory, notes: Sequence[str]) -> None:
        """Show the notes when the first call is made, once."""

        def on_event(event: Event) -> None:
            if isinstance(event, CallStarted):
                unsubscribe()
                for note in notes:
                    self._write(f"rlm: {note}")

        unsubscribe = trajectory.subscribe(on_event)


def _no_child(_scope: Scope, _handle: Any) -> NoReturn:
    raise AssertionError("outside a run the depth limit is 0")
