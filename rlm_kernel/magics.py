"""``%%rlm`` and ``%rlm`` in a shell, and what else loading the extension puts there.

Loading must be quick: the parser, the session and everything behind them are imported when
a magic is first used.
"""

from __future__ import annotations

import builtins
import copy
import re
import sys
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError as IPythonUsageError
from IPython.core.inputtransformer2 import EscapedCommand, HelpEnd
from IPython.core.magic import MAGIC_NO_VAR_EXPAND_ATTR

from rlm_kernel import scope
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import RLMError
from rlm_kernel.registry import runs
from rlm_kernel.secrets import mask
from rlm_kernel.shell.stopping import RunStopped, end_quietly

if TYPE_CHECKING:
    from rlm_kernel.session import Session

CONFIG = "RLM"
_CELL = re.compile(r"%%rlm(?!\?)(\s|$)")
_COMMAND = re.compile(r"\s*%rlm\s+\S")


class _Magic:
    """A magic whose mistakes are one sentence, and whose help is made when it is asked for."""

    def __init__(self, shell: Any) -> None:
        self._shell = weakref.ref(shell)
        setattr(self, MAGIC_NO_VAR_EXPAND_ATTR, True)

    def _guarded(self, act: Callable[[Session], None]) -> None:
        from rlm_kernel.commands import refused_to_model  # noqa: PLC0415
        from rlm_kernel.going_on import NotFinished  # noqa: PLC0415
        from rlm_kernel.session import session_of  # noqa: PLC0415

        try:
            if scope.run_scope() is not None:
                raise refused_to_model()
            act(session_of(self._shell()))
        except RLMError as error:
            raise IPythonUsageError(mask(str(error))) from None
        except NotFinished as stopped:
            raise RunStopped(str(stopped), is_shown=stopped.is_shown) from None
        except KeyboardInterrupt:  # while there was no run that could be paused
            raise RunStopped("rlm: interrupted") from None


class CellMagic(_Magic):
    """``%%rlm``."""

    __name__ = "rlm"

    def __call__(self, line: str, cell: str) -> None:
        from rlm_kernel.commands import ask  # noqa: PLC0415

        self._guarded(lambda session: ask(session, line, cell))

    def getdoc(self) -> str:
        """What ``%%rlm?`` shows."""
        from rlm_kernel.commands import documentation  # noqa: PLC0415

        return documentation()


class LineMagic(_Magic):
    """``%rlm``."""

    __name__ = "rlm"

    def __call__(self, line: str) -> None:
        from rlm_kernel.commands import command  # noqa: PLC0415

        self._guarded(lambda session: command(session, line))

    def getdoc(self) -> str:
        """What ``%rlm?`` shows."""
        from rlm_kernel.commands import command_documentation  # noqa: PLC0415

        return command_documentation()


_undo: weakref.WeakKeyDictionary[Any, list[Callable[[], None]]] = weakref.WeakKeyDictionary()


def load(shell: Any) -> None:
    """Bring the magics, the functions and the settings into a shell; twice is once."""
    if shell in _undo:
        return
    _undo[shell] = [
        _add_magics(shell),
        _complete_lines(shell),
        _inspect_lines(shell),
        _keep_question_marks(shell),
        _take_empty_questions(shell),
        _add_functions(),
        _add_settings(shell),
        _add_session(shell),
        _follow_execution(shell),
        _watch_cells(shell),
        _trim_tracebacks(shell),
        end_quietly(shell),
        _open_channel(shell),
    ]


def unload(shell: Any) -> None:
    """Take away everything that `load` brought; refused to a model's cell."""
    if scope.run_scope() is not None:
        raise IPythonUsageError("a model's cell cannot unload the extension it runs in")
    for undo in reversed(_undo.pop(shell, [])):
        undo()


def _add_magics(shell: Any) -> Callable[[], None]:
    shell.register_magic_function(CellMagic(shell), "cell", "rlm")
    shell.register_magic_function(LineMagic(shell), "line", "rlm")

    def undo() -> None:
        for kind in ("cell", "line"):
            shell.magics_manager.magics[kind].pop("rlm", None)

    return undo


def _complete_lines(shell: Any) -> Callable[[], None]:
    from rlm_kernel.completion.matcher import complete_lines  # noqa: PLC0415

    return complete_lines(shell)


def _inspect_lines(shell: Any) -> Callable[[], None]:
    from rlm_kernel.completion.inspection import inspect_lines  # noqa: PLC0415

    return inspect_lines(shell)


class _CommandLine(EscapedCommand):  # type: ignore[misc]
    """``%rlm ask Where is it?``, whose mark IPython would take for a request for help on ``it``."""

    priority = HelpEnd.priority - 1

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> Any:
        for line in tokens_by_line:
            if _COMMAND.match(line[0].line):
                return super().find([line])
        return None


def _keep_question_marks(shell: Any) -> Callable[[], None]:
    transformers = shell.input_transformer_manager.token_transformers
    transformers.append(_CommandLine)
    return lambda: transformers.remove(_CommandLine)


def _with_a_body(lines: list[str]) -> list[str]:
    """Give a bare ``%%rlm`` line an empty body, or IPython would advise to use ``%rlm`` instead."""
    is_bare = len(lines) == 1 and _CELL.match(lines[0]) is not None
    return [f"{lines[0].rstrip()}\n", "\n"] if is_bare else lines


def _take_empty_questions(shell: Any) -> Callable[[], None]:
    transformers = shell.input_transformers_cleanup
    transformers.append(_with_a_body)
    return lambda: transformers.remove(_with_a_body)


def _add_functions() -> Callable[[], None]:
    vars(builtins).update(FUNCTIONS)

    def undo() -> None:
        for name, function in FUNCTIONS.items():
            if getattr(builtins, name, None) is function:
                delattr(builtins, name)

    return undo


def _add_settings(shell: Any) -> Callable[[], None]:
    from rlm_kernel.config import forget_settings, settings_of  # noqa: PLC0415

    settings = settings_of(shell)
    shell.configurables.append(settings)
    from_files = copy.deepcopy(shell.config.get(CONFIG))  # %config writes into the shell's own

    def undo() -> None:
        shell.configurables.remove(settings)
        forget_settings(shell)
        shell.config.pop(CONFIG, None)
        if from_files is not None:
            shell.config[CONFIG] = from_files

    return undo


def _add_session(shell: Any) -> Callable[[], None]:
    known = weakref.ref(shell)

    def session_scope() -> scope.Scope:
        from rlm_kernel.session import session_of  # noqa: PLC0415

        return session_of(known()).scope()

    scope.set_session(session_scope)

    def undo() -> None:
        scope.set_session(None)
        sessions = sys.modules.get("rlm_kernel.session")  # where a magic was ever used
        if sessions is not None:
            sessions.forget(shell)
        shell.user_ns.pop("_rlm", None)

    return undo


def _follow_execution(shell: Any) -> Callable[[], None]:
    if getattr(shell, "kernel", None) is None:  # a terminal
        return lambda: None
    from rlm_kernel.frontend.served import complete  # noqa: PLC0415
    from rlm_kernel.shell.execution import Execution  # noqa: PLC0415

    execution = Execution(shell, lambda request: complete(shell, request))
    execution.start()
    return execution.stop


def _watch_cells(shell: Any) -> Callable[[], None]:
    """Tell a paused run of the cells the human runs meanwhile."""
    from rlm_kernel.shell.watch import CellWatch  # noqa: PLC0415

    watch = CellWatch(shell, _paused_runs)
    watch.start()
    return watch.stop


def _trim_tracebacks(shell: Any) -> Callable[[], None]:
    from rlm_kernel.shell.trimming import trim_tracebacks  # noqa: PLC0415

    return trim_tracebacks(shell)


def _open_channel(shell: Any) -> Callable[[], None]:
    from rlm_kernel.frontend.channel import open_channel  # noqa: PLC0415

    return open_channel(shell)


def _paused_runs() -> list[Any]:
    if not runs:
        return []
    from rlm_kernel.rlm import MAY_GO_ON  # noqa: PLC0415

    paused = [run for run in runs.values() if run.status in MAY_GO_ON]
    return [run._driver for run in paused if run._driver is not None]  # noqa: SLF001
