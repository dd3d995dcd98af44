"""The notebook's own namespace as a REPL: cells are nested `run_cell` calls.

Everything a user's cell has, a model's cell has too: history, magics, ``!``, ``await``,
figures, rich displays.  What is taken away for the time of a cell is what would end the
kernel.
"""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from rlm_kernel.interfaces import CellResult
from rlm_kernel.shell.namespace import NamespaceREPL, no_running_loop
from rlm_kernel.shell.reads import names_read
from rlm_kernel.shell.recorder import Recorder, current_recorder, not_recording, recording
from rlm_kernel.shell.tracebacks import cell_error

HISTORY_BATCH = 100
"""Cells of a model after which IPython's history goes to disk; writing each would hold up the next."""


def _refuse_exit() -> None:
    """Stands in for `ask_exit`, which ``exit()`` and ``quit()`` call to end the user's kernel."""
    raise RuntimeError(
        "a model's cell cannot end the kernel: to finish, set answer['content'] and answer['ready'] = True"
    )


class ShellREPL:
    """Runs cells in the namespace of an IPython shell, on its main thread.

    Parameters
    ----------
    shell
        The running `InteractiveShell`.
    live
        Whether the cells' output is shown as it comes; it is recorded in any case.
    """

    def __init__(self, shell: Any, *, live: bool = True) -> None:
        self.shell = shell
        self._live = live
        self.functions: MutableMapping[str, Any] = vars(builtins)
        self._labels: dict[int, str] = {}

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The user's namespace."""
        return self.shell.user_ns  # type: ignore[no-any-return]

    @property
    def hidden(self) -> frozenset[str]:
        """The names IPython keeps for itself."""
        return frozenset(self.shell.user_ns_hidden)

    def run_cell(self, code: str, label: str, running: AbstractContextManager[None]) -> CellResult:
        """Run `code` as a cell of the notebook, with history; see `REPL.run_cell`."""
        recorder = Recorder(live=self._live, shares_output=True)
        count = self.shell.execution_count
        self._labels[count] = label
        reads = self._reads(code)
        began = time.perf_counter()
        with (
            recording(recorder, is_root=True),
            recording_displays(self.shell),
            self._kept_alive(),
            # A terminal's own way gives `!command` the terminal itself, past every record.
            _replaced(self.shell, "system", self.shell.system_piped),
            _history_in_batches(self.shell.history_manager),
            no_running_loop(),
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

    def _kept_alive(self) -> AbstractContextManager[None]:
        # A headless shell has nothing that could be asked to exit.
        can_exit = hasattr(self.shell, "ask_exit")
        return _replaced(self.shell, "ask_exit", _refuse_exit) if can_exit else nullcontext()

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

    def child(self) -> NamespaceREPL:
        """A REPL on a fresh namespace, for a thread of its own."""
        child = NamespaceREPL()
        child.functions.update(
            {name: value for name, value in self.functions.items() if name not in child.functions}
        )
        return child

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


@contextmanager
def recording_displays(shell: Any) -> Iterator[None]:
    """Record what the shell displays, shows as a result, or shows as an error.

    Errors need their own hook: ipykernel sends them to the front end by itself, past every
    stream and past the display publisher.
    """
    publisher, hook = shell.display_pub, shell.displayhook
    with (
        _replaced(publisher, "publish", _recorded_publish(publisher.publish)),
        _replaced(publisher, "clear_output", _recorded_clear(publisher.clear_output)),
        _replaced(hook, "write_output_prompt", _unrecorded(hook.write_output_prompt)),
        _replaced(hook, "write_format_data", _recorded_result(hook.write_format_data, shell)),
        _replaced(shell, "_showtraceback", _recorded_error(shell._showtraceback)),  # noqa: SLF001
    ):
        yield


@contextmanager
def _history_in_batches(history: Any) -> Iterator[None]:
    before = history.db_cache_size
    history.db_cache_size = max(before, HISTORY_BATCH)
    try:
        yield
    finally:
        history.db_cache_size = before


@contextmanager
def _replaced(owner: Any, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Give one object, not its class, another method for a time."""
    had_own = name in vars(owner)
    before = getattr(owner, name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        if had_own:
            setattr(owner, name, before)
        else:
            delattr(owner, name)


def _recorded_publish(publish: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        _source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **more: Any,
    ) -> None:
        recorder = current_recorder()
        if recorder is not None:
            display_id = (transient or {}).get("display_id")
            if update:
                recorder.update(display_id or "", data, metadata or {})
            else:
                data = recorder.display("display_data", data, metadata or {}, transient=transient or {})
        if recorder is None or recorder.live:
            with not_recording():
                publish(data, metadata, transient=transient, update=update, **more)

    return recorded


def _unrecorded(write: Callable[[], None]) -> Callable[[], None]:
    """A terminal's ``Out[3]:``, which the recorded result knows by itself."""

    def unrecorded() -> None:
        recorder = current_recorder()
        if recorder is None or recorder.live:
            with not_recording():
                write()

    return unrecorded


def _recorded_clear(clear_output: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(wait: bool = False) -> None:
        recorder = current_recorder()
        if recorder is not None:
            recorder.clear(wait=wait)
        if recorder is None or (recorder.live and not recorder.shares_output):
            with not_recording():
                clear_output(wait)

    return recorded


def _recorded_result(write: Callable[..., Any], shell: Any) -> Callable[..., Any]:
    def recorded(format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        recorder = current_recorder()
        if recorder is not None:
            count = shell.displayhook.prompt_count
            format_dict = recorder.display(
                "execute_result", format_dict, md_dict or {}, execution_count=count
            )
        if recorder is None or recorder.live:
            with not_recording():
                write(format_dict, md_dict)

    return recorded


def _recorded_error(show: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        recorder = current_recorder()
        if recorder is not None:
            recorder.error(etype.__name__, str(evalue), stb, evalue)
        if recorder is None or recorder.live:
            with not_recording():
                show(etype, evalue, stb)

    return recorded
