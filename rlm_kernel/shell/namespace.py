"""A REPL on a fresh namespace, in plain Python: a child's, or that of a script.

It needs no IPython: no magics and no ``!``, but ``await`` at the top level, the value of a
last expression, and `display`.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import linecache
import sys
import time
from collections.abc import MutableMapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import CodeType
from typing import Any

from rlm_kernel.interfaces import CellResult
from rlm_kernel.shell.awaiting import CellLoop, no_running_loop
from rlm_kernel.shell.reads import names_read
from rlm_kernel.shell.recorder import Recorder
from rlm_kernel.shell.routing import current_recorder, recording
from rlm_kernel.shell.tracebacks import cell_error

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_numbers = itertools.count(1)


class NamespaceREPL:
    """Runs cells in a dict of its own, on whichever thread calls it.

    Parameters
    ----------
    live
        Whether what cells print also goes to the terminal.
    is_root
        Whether this is the REPL of a root run, not of a child.
    """

    hidden: frozenset[str] = frozenset({"__builtins__", "__name__"})

    def __init__(self, *, live: bool = False, is_root: bool = False) -> None:
        # Functions of our own go into this namespace's builtins, not into the process's.
        self.functions: MutableMapping[str, Any] = {**vars(builtins), "display": _display}
        self.namespace: MutableMapping[str, Any] = {}
        self.is_seen = live
        """Whether what cells show goes to the user as well; see `live`."""
        self._is_root = is_root
        self._number = next(_numbers)
        self._count = 0
        self._labels: dict[str, str] = {}
        self._loop = CellLoop()

    def run_cell(self, code: str, label: str, running: AbstractContextManager[None]) -> CellResult:
        """Run `code`; see `REPL.run_cell`."""
        # Also for a cell after one that has emptied the namespace.
        self.namespace.update({"__builtins__": self.functions, "__name__": "__rlm__"})
        self._count += 1
        file = f"<cell {self._number}.{self._count}>"
        self._labels[file] = label
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        recorder = Recorder(live=self.is_seen)
        result = CellResult(reads=names_read(code, set(self.namespace)), execution_count=self._count)
        began = time.perf_counter()
        with recording(recorder, is_root=self._is_root):
            error = self._execute(code, file, recorder, running)
        result.seconds = time.perf_counter() - began
        if error is not None:
            result.interrupted = isinstance(error, KeyboardInterrupt)
            result.error = cell_error(error, self._labels.get)
            recorder.error(result.error.ename, result.error.evalue, result.error.traceback.splitlines())
        result.outputs, result.omitted = recorder.finish(), recorder.omitted
        return result

    def child(self) -> NamespaceREPL:
        """A REPL on another fresh namespace."""
        return NamespaceREPL()

    def wake(self) -> None:
        """See `REPL.wake`."""
        self._loop.wake()

    def close(self) -> None:
        """See `REPL.close`."""
        self._loop.close()

    def _execute(
        self, code: str, file: str, recorder: Recorder, running: AbstractContextManager[None]
    ) -> BaseException | None:
        try:
            with running:
                self._run(_compile(code, file), recorder)
        except BaseException as error:  # noqa: BLE001  (whatever the cell raised is its result)
            return _without_our_frames(error)
        return None

    def _run(self, parts: Sequence[Part], recorder: Recorder) -> None:
        if any(part.awaits for part in parts):
            with no_running_loop():
                self._loop.run(self._run_awaiting(parts, recorder))
            return
        for part in parts:
            self._show(part, self._evaluate(part), recorder)

    async def _run_awaiting(self, parts: Sequence[Part], recorder: Recorder) -> None:
        """The same on an event loop, which those parts that do not await may use as well."""
        for part in parts:
            value = self._evaluate(part)
            self._show(part, await value if part.awaits else value, recorder)

    def _evaluate(self, part: Part) -> Any:
        return eval(part.code, self.namespace)  # type: ignore[arg-type]  # noqa: S307  (running code is what this is for)

    def _show(self, part: Part, value: Any, recorder: Recorder) -> None:
        if not part.is_shown or value is None:
            return
        self.namespace["_"] = value
        data, metadata = _mime_bundle(value)
        recorder.display("execute_result", data, metadata, execution_count=self._count)
        if self.is_seen:
            sys.__stdout__ and print(data.get("text/plain", ""), file=sys.__stdout__)


@dataclass(frozen=True)
class Part:
    """Some of a cell's statements, or its last expression, whose value is shown."""

    code: CodeType
    is_shown: bool = False

    @property
    def awaits(self) -> bool:
        """Whether evaluating it gives a coroutine."""
        return bool(self.code.co_flags & inspect.CO_COROUTINE)


def _compile(code: str, file: str) -> list[Part]:
    tree = ast.parse(code, file)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or code.rstrip().endswith(";"):
        return [Part(compile(tree, file, "exec", flags=_FLAGS))]
    statements = ast.Module(tree.body[:-1], tree.type_ignores)
    return [
        Part(compile(statements, file, "exec", flags=_FLAGS)),
        Part(compile(ast.Expression(last.value), file, "eval", flags=_FLAGS), is_shown=True),
    ]


def _display(*values: Any, **_options: Any) -> None:
    recorder = current_recorder()
    for value in values:
        data, metadata = _mime_bundle(value)
        if recorder is None:
            print(data.get("text/plain", ""))  # noqa: T201
        else:
            recorder.display("display_data", data, metadata)


def _mime_bundle(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    # With IPython in the process its formatters know every rich type; without, repr will do.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        data, metadata = shell.display_formatter.format(value)
        return data, metadata
    return {"text/plain": repr(value)}, {}


def _without_our_frames(error: BaseException) -> BaseException:
    where = error.__traceback__
    while where is not None and where.tb_frame.f_globals.get("__name__") == __name__:
        where = where.tb_next
    return error.with_traceback(where)
