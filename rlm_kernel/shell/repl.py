"""The notebook's own namespace as a REPL: cells are nested `run_cell` calls.

Everything a user's cell has, a model's cell has too: history, magics, ``!``, ``await``,
figures, rich displays.  What is taken away for the time of a cell is what would end the
kernel.
"""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Callable, Container, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from rlm_kernel.interfaces import CellResult
from rlm_kernel.shell.awaiting import CellLoop, no_running_loop
from rlm_kernel.shell.hooks import recording_displays, replaced
from rlm_kernel.shell.keeping import kept_usable
from rlm_kernel.shell.namespace import NamespaceREPL
from rlm_kernel.shell.reads import names_read
from rlm_kernel.shell.recorder import Recorder
from rlm_kernel.shell.routing import not_recording, recording
from rlm_kernel.shell.tracebacks import cell_error

Placing = Callable[[str], AbstractContextManager[bool]]

HISTORY_BATCH = 100
"""Cells of a model after which IPython's history goes to disk; writing each would hold up the next."""


class ShellREPL:
    """Runs cells in the namespace of an IPython shell, on its main thread.

    Parameters
    ----------
    shell
        The running `InteractiveShell`.
    live
        Whether the cells' output is shown as it comes; it is recorded in any case.
    placing
        Stands around each cell, given its label; yields whether a front end shows its output
        as that of a cell of its own.
    """

    def __init__(self, shell: Any, *, live: bool = True, placing: Placing | None = None) -> None:
        self.shell = shell
        self.is_seen = live
        """Whether what cells show goes to the user as well; see `live`."""
        self._placing = placing or _nowhere
        self.functions: MutableMapping[str, Any] = vars(builtins)
        self._labels: dict[int, str] = {}
        self._loop = CellLoop()

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The user's namespace."""
        return self.shell.user_ns  # type: ignore[no-any-return]

    @property
    def hidden(self) -> Container[str]:
        """The names IPython keeps for itself."""
        return self.shell.user_ns_hidden  # type: ignore[no-any-return]

    def run_cell(self, code: str, label: str, running: AbstractContextManager[None]) -> CellResult:
        """Run `code` as a cell of the notebook, with history; see `REPL.run_cell`."""
        placing = self._placing if self.is_seen else _nowhere
        with placing(label) as has_own_output:
            return self._run_cell(code, label, running, shares_output=not has_own_output)

    def _run_cell(
        self, code: str, label: str, running: AbstractContextManager[None], *, shares_output: bool
    ) -> CellResult:
        recorder = Recorder(live=self.is_seen, shares_output=shares_output)
        count = self.shell.execution_count
        self._labels[count] = label
        reads = self._reads(code)
        began = time.perf_counter()
        with (
            recording(recorder, is_root=True),
            recording_displays(self.shell),
            kept_usable(self.shell),
            # A terminal's own way gives `!command` the terminal itself, past every record.
            replaced(self.shell, "system", self.shell.system_piped),
            _history_in_batches(self.shell.history_manager),
            no_running_loop(),
            _awaiting_on(self._loop, self.shell),
        ):
            try:
                with running:
                    outcome = self.shell.run_cell(code, store_history=True)
                error = outcome.error_before_exec or outcome.error_in_exec
            except KeyboardInterrupt as interrupt:  # struck between IPython's lines and the code's
                error = interrupt
        self._say_what_was_cut(recorder)
        result = self.result_of(error, recorder)
        result.seconds, result.execution_count, result.reads = time.perf_counter() - began, count, reads
        return result

    def result_of(self, error: BaseException | None, recorder: Recorder) -> CellResult:
        """What a cell did, from the error it ended with and what was recorded of it."""
        result = CellResult()
        # `%run` and the display of a result show what went wrong and do not pass it on.
        error = error or recorder.shown_error
        if error is not None:
            result.interrupted = isinstance(error, KeyboardInterrupt)
            result.error = cell_error(error, self._cell_name)
        result.outputs, result.omitted = recorder.finish(), recorder.omitted
        return result

    def following(self, code: str, label: str = "") -> Callable[[Any, Recorder], CellResult]:
        """Follow a cell that IPython runs by itself; returns what makes a result of its outcome.

        `label` names it in tracebacks, where it is one of a run's.
        """
        began, reads = time.perf_counter(), self._reads(code)

        def result_of(outcome: Any, recorder: Recorder) -> CellResult:
            if label:
                self._labels[outcome.execution_count] = label
            result = self.result_of(outcome.error_before_exec or outcome.error_in_exec, recorder)
            result.seconds, result.reads = time.perf_counter() - began, reads
            result.execution_count = outcome.execution_count
            return result

        return result_of

    def child(self) -> NamespaceREPL:
        """A REPL on a fresh namespace, for a thread of its own."""
        child = NamespaceREPL()
        child.functions.update(
            {name: value for name, value in self.functions.items() if name not in child.functions}
        )
        return child

    def wake(self) -> None:
        """See `REPL.wake`."""
        self._loop.wake()

    def close(self) -> None:
        """See `REPL.close`."""
        self._loop.close()

    def _reads(self, code: str) -> tuple[str, ...]:
        try:
            plain = self.shell.transform_cell(code)
        except SyntaxError:
            return ()
        return names_read(plain, self.namespace)

    def _cell_name(self, file: str) -> str | None:
        """``3.1`` for a cell of this run, ``In [7]`` for one of the human's."""
        count = self.shell.compile._filename_map.get(file)  # noqa: SLF001  (there is no public way back)
        if count is None:
            return None
        return self._labels.get(count, f"In [{count}]")

    def _say_what_was_cut(self, recorder: Recorder) -> None:
        note = recorder.note()
        if note is not None and recorder.live:
            with not_recording():
                sys.stdout.write(note)


def _nowhere(_label: str) -> AbstractContextManager[bool]:
    """All output is the owner's."""
    return nullcontext(False)  # noqa: FBT003  (the value it yields)


@contextmanager
def _awaiting_on(loop: CellLoop, shell: Any) -> Iterator[None]:
    """Around a cell: it awaits on `loop`; another `%autoawait` than asyncio the user has chosen stays."""
    before = shell.loop_runner
    if str(before) == "asyncio":
        shell.loop_runner = loop.run
    try:
        yield
    finally:
        shell.loop_runner = before


@contextmanager
def _history_in_batches(history: Any) -> Iterator[None]:
    before = history.db_cache_size
    history.db_cache_size = max(before, HISTORY_BATCH)
    try:
        yield
    finally:
        history.db_cache_size = before
