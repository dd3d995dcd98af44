"""`llm_query` and its family outside any run: the session's own budget, trajectories and scope.

A child run that a human starts with `rlm_query` is as any other, one level below the session.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from rlm_kernel.asides import SESSION
from rlm_kernel.budget import Budget, Estimate
from rlm_kernel.calls import CallSettings
from rlm_kernel.dialects import Dialect
from rlm_kernel.engine import Engine
from rlm_kernel.events import CallStarted, Event, RunStarted, Warned
from rlm_kernel.interfaces import REPL, Client, LimitExceeded, ModelInfo
from rlm_kernel.interrupts import CodeThread
from rlm_kernel.limits import Limits, limit_text
from rlm_kernel.queries import Queries
from rlm_kernel.scope import Scope
from rlm_kernel.trajectory import Trajectory, new_run_id


class Outside:
    """Keeps one scope as long as the settings stay the same, and one ledger whatever they are.

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
        self._ledger = Ledger(Limits())
        self._engine: Engine | None = None
        self._scope: Scope | None = None
        self._choosing = threading.Lock()

    def scope(
        self, settings: CallSettings, dialect: Dialect, limits: Limits, repl: REPL, notes: Sequence[str]
    ) -> Scope:
        """The scope for these settings; `notes` are shown before its first call."""
        with self._choosing:
            return self._scope_for(settings, dialect, limits, repl, notes)

    def _scope_for(
        self, settings: CallSettings, dialect: Dialect, limits: Limits, repl: REPL, notes: Sequence[str]
    ) -> Scope:
        self._ledger.limits = limits
        engine, scope = self._engine, self._scope
        if (
            engine is None
            or scope is None
            or engine.queries.settings != settings
            or engine.dialect != dialect
        ):
            if engine is not None:
                engine.trajectory.close()
            self._engine = engine = self._new_engine(settings, dialect, notes)
            self._scope = scope = _scope_of(engine, repl)
        engine.stop.clear()  # an interrupt ended the cell it struck, not the session
        return scope

    def _new_engine(self, settings: CallSettings, dialect: Dialect, notes: Sequence[str]) -> Engine:
        run_id = f"session-{new_run_id()}"
        trajectory = Trajectory(run_id, self._folder / f"{run_id}.jsonl")
        self._announce(trajectory, notes)
        self._ledger.learn_again()
        queries = Queries(self._client, self._ledger, trajectory, settings)
        return Engine(queries, self._ledger, trajectory, dialect, settings.model, settings.sub_model)

    def _announce(self, trajectory: Trajectory, notes: Sequence[str]) -> None:
        """Show the notes when the first call is made, once, and what goes wrong with the record."""
        to_show = list(notes)

        def on_event(event: Event) -> None:
            if isinstance(event, Warned):
                self._write(f"rlm: warning: {event.message}")
            elif isinstance(event, CallStarted | RunStarted):
                for note in to_show:
                    self._write(f"rlm: {note}")
                to_show.clear()

        trajectory.subscribe(on_event)


class Ledger(Budget):
    """What the calls outside runs have used, from the kernel's start; only dollars are limited."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self._learned: set[str] = set()

    def knows(self, model: str) -> bool:
        return model in self._learned

    def learn(self, info: ModelInfo) -> None:
        super().learn(info)
        self._learned.add(info.name)

    def learn_again(self) -> None:
        """Have prices looked up anew: at another server, a model of the same name has another."""
        self._learned.clear()

    def reserve(self, calls: Sequence[Estimate]) -> None:
        try:
            super().reserve(calls)
        except LimitExceeded as error:
            what = "this call does" if len(calls) == 1 else f"these {len(calls):,} calls do"
            how_many = "" if len(calls) == 1 else f"; {error.fits:,} would fit"
            raise LimitExceeded(
                f"{what} not fit the {limit_text(error.limit, self.limits)} that calls outside runs may take"
                f" in this kernel{how_many}: allow more with %config RLM.session_max_cost",
                error.limit,
                error.fits,
            ) from None


def _scope_of(engine: Engine, repl: REPL) -> Scope:
    # Children are children of something: of a run that never begins.
    session = engine.root("", repl, [])
    return Scope(
        span=SESSION,
        depth=0,
        door=engine.queries,
        spawn=engine.spawn,
        stop=engine.stop,
        thread=CodeThread(),
        namespace=repl.namespace,
        owner=session.run,
        in_run=False,
        concurrency=engine.queries.settings.concurrency,
    )
