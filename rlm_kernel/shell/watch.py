"""Recording the cells a human runs while a run is paused: they become part of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

from rlm_kernel import own_magics
from rlm_kernel.interfaces import REPL, CellResult
from rlm_kernel.scope import run_scope


class ByHand(Protocol):
    """Makes a proposed cell of a run out of one that the human runs."""

    @property
    def repl(self) -> REPL: ...

    def begin(self, code: str, cell: str | None) -> str: ...

    def next_input(self) -> str: ...


class Listener(Protocol):
    """What wants to know of the human's cells."""

    @property
    def by_hand(self) -> ByHand: ...

    def human_cell(self, code: str, result: CellResult) -> None: ...

    def end_by_hand(self, result: CellResult) -> None: ...


class CellWatch:
    """Records each cell of a shell while there are listeners.

    Parameters
    ----------
    shell
        The IPython shell.
    listeners
        Called before each cell and after it: who listens.
    """

    def __init__(self, shell: Any, listeners: Callable[[], Sequence[Listener]]) -> None:
        self._shell = shell
        self._listeners = listeners
        self._watched: _Watched | None = None
        self._running: list[Any] = []
        """The cells that are running, each inside the one before it, as `%%capture` runs one."""

    def start(self) -> None:
        """Begin to watch."""
        self._shell.events.register("pre_run_cell", self._before)
        self._shell.events.register("post_run_cell", self._after)

    def stop(self) -> None:
        """Watch no more."""
        self._shell.events.unregister("pre_run_cell", self._before)
        self._shell.events.unregister("post_run_cell", self._after)

    def _before(self, info: Any) -> None:
        watched = self._watched
        if run_scope() is not None:  # a model's cell, or one inside a proposed one that the human runs
            if watched is not None:
                watched.went_on = watched.proposer is None
            return
        self._running.append(info)
        if len(self._running) > 1:  # the outer one says it all
            return
        listeners = self._listeners()
        is_ours = own_magics.are_all(info.raw_cell or "")
        is_watched = listeners and info.store_history and not info.silent and not is_ours
        self._watched = _Watched(self._shell, info, listeners) if is_watched else None

    def _after(self, outcome: Any) -> None:
        info = getattr(outcome, "info", None)
        if not any(info is running for running in self._running):  # a model's, or begun before we watched
            return
        while self._running.pop() is not info:
            pass
        watched = self._watched
        if watched is not None and watched.info is info:
            self._watched = None
            watched.finish(outcome, self._listeners)


class _Watched:
    """One cell of the human's, while it runs."""

    def __init__(self, shell: Any, info: Any, listeners: Sequence[Listener]) -> None:
        from rlm_kernel.shell.hooks import recording_displays  # noqa: PLC0415  (only when a run is paused)
        from rlm_kernel.shell.recorder import Recorder  # noqa: PLC0415
        from rlm_kernel.shell.repl import ShellREPL  # noqa: PLC0415
        from rlm_kernel.shell.routing import recording_all  # noqa: PLC0415

        self.info = info
        self.went_on = False
        """Whether the run went on inside the cell, which then is none of its cells."""
        self._shell = shell
        self._listeners = listeners
        self._code = info.raw_cell or ""
        self._recorder = Recorder(live=True, shows_all=True)
        self._around = ExitStack()
        self._around.enter_context(recording_all(self._recorder))
        self._around.enter_context(recording_displays(shell))
        self.proposer, label = self._begin(getattr(info, "cell_id", None))
        """Of whose proposed cells it is one, if it is."""
        own = self.proposer.by_hand.repl if self.proposer is not None else None
        repl = own if isinstance(own, ShellREPL) else ShellREPL(shell)
        self._result_of = repl.following(self._code, label)

    def finish(self, outcome: Any, listeners: Callable[[], Sequence[Listener]]) -> None:
        """The cell has ended."""
        self._around.close()
        if self.went_on:
            return
        result = self._result_of(outcome, self._recorder)
        if self.proposer is not None:
            self.proposer.end_by_hand(result)
            self._offer_next(self.proposer)
        still = listeners()
        for listener in self._listeners:
            if listener in still and listener is not self.proposer:
                listener.human_cell(self._code, result)

    def _begin(self, cell: str | None) -> tuple[Listener | None, str]:
        """Let the cell be a proposed one of a run, the latest first, if it is; with its label."""
        for listener in reversed(self._listeners):
            label = listener.by_hand.begin(self._code, cell)
            if label:
                return listener, label
        return None, ""

    def _offer_next(self, proposer: Listener) -> None:
        """Put the next proposed cell before the user, unless the notebook has it."""
        from rlm_kernel.shell.next_input import offer  # noqa: PLC0415

        following = proposer.by_hand.next_input()
        if following:
            offer(self._shell, following)
