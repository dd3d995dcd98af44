"""Recording the cells a human runs while a run is paused: they become part of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

from rlm_kernel.interfaces import CellResult
from rlm_kernel.scope import run_scope


class Listener(Protocol):
    """What wants to know of the human's cells."""

    def human_cell(self, code: str, result: CellResult) -> None: ...


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
        self._finish: Callable[[Any], None] | None = None
        self._went_on = False
        """Whether the run went on inside the watched cell, which then is none of its cells."""

    def start(self) -> None:
        """Begin to watch."""
        self._shell.events.register("pre_run_cell", self._before)
        self._shell.events.register("post_run_cell", self._after)

    def stop(self) -> None:
        """Watch no more."""
        self._shell.events.unregister("pre_run_cell", self._before)
        self._shell.events.unregister("post_run_cell", self._after)

    def _before(self, info: Any) -> None:
        if run_scope() is not None:
            self._went_on = True
            return  # a model's cell
        listeners = self._listeners()
        code = info.raw_cell or ""
        if (
            not listeners
            or info.silent
            or not info.store_history
            or code.lstrip().startswith(("%rlm", "%%rlm"))
        ):
            self._finish = None
            return
        from rlm_kernel.shell.hooks import recording_displays  # noqa: PLC0415  (only when a run is paused)
        from rlm_kernel.shell.recorder import Recorder  # noqa: PLC0415
        from rlm_kernel.shell.repl import ShellREPL  # noqa: PLC0415
        from rlm_kernel.shell.routing import recording_all  # noqa: PLC0415

        self._went_on = False
        recorder = Recorder(live=True, shows_all=True)
        stack = ExitStack()
        stack.enter_context(recording_all(recorder))
        stack.enter_context(recording_displays(self._shell))

        def finish(outcome: Any) -> None:
            stack.close()
            if self._went_on:
                return
            result = ShellREPL(self._shell).result_of(
                outcome.error_before_exec or outcome.error_in_exec, recorder
            )
            still = self._listeners()
            for listener in listeners:
                if listener in still:
                    listener.human_cell(code, result)

        self._finish = finish

    def _after(self, outcome: Any) -> None:
        if run_scope() is not None or self._finish is None:
            return
        finish, self._finish = self._finish, None
        finish(outcome)
