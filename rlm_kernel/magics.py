"""``%%rlm`` and ``%rlm`` in a shell, and what else loading the extension puts there.

Loading must be quick: the parser, the session and everything behind them are imported when
a magic is first used.
"""

from __future__ import annotations

import builtins
import re
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError as IPythonUsageError
from IPython.core.inputtransformer2 import EscapedCommand, HelpEnd
from IPython.core.magic import MAGIC_NO_VAR_EXPAND_ATTR

from rlm_kernel import scope
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import RLMError
from rlm_kernel.registry import latest_run
from rlm_kernel.secrets import mask

if TYPE_CHECKING:
    from rlm_kernel.session import Session

CONFIG = "RLM"
_ASK = re.compile(r"\s*%rlm\s+ask\s")


class RunStopped(Exception):
    """The cell ends here because its run did not finish; the text says how to go on."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class _Magic:
    """A magic whose mistakes are one sentence, and whose help is made when it is asked for."""

    def __init__(self, shell: Any) -> None:
        self._shell = weakref.ref(shell)
        setattr(self, MAGIC_NO_VAR_EXPAND_ATTR, True)

    def _guarded(self, act: Callable[[Session], None]) -> None:
        from rlm_kernel import commands  # noqa: PLC0415
        from rlm_kernel.session import session_of  # noqa: PLC0415

        try:
            if scope.run_scope() is not None:
                raise commands.refused_to_model()
            act(session_of(self._shell()))
        except RLMError as error:
            raise IPythonUsageError(mask(str(error))) from None
        except commands.NotFinished as stopped:
            raise RunStopped(str(stopped)) from None


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
        _keep_question_marks(shell),
        _add_functions(),
        _add_settings(shell),
        _add_session(shell),
        _keep_prompt_number(shell),
        _watch_cells(shell),
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


class _AskLine(EscapedCommand):  # type: ignore[misc]
    """``%rlm ask Where is it?``, whose mark IPython would take for a request for help."""

    priority = HelpEnd.priority - 1

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> Any:
        for line in tokens_by_line:
            if _ASK.match(line[0].line):
                return super().find([line])
        return None


def _keep_question_marks(shell: Any) -> Callable[[], None]:
    transformers = shell.input_transformer_manager.token_transformers
    transformers.append(_AskLine)
    return lambda: transformers.remove(_AskLine)


def _add_functions() -> Callable[[], None]:
    vars(builtins).update(FUNCTIONS)

    def undo() -> None:
        for name, function in FUNCTIONS.items():
            if getattr(builtins, name, None) is function:
                delattr(builtins, name)

    return undo


def _add_settings(shell: Any) -> Callable[[], None]:
    from rlm_kernel.config import settings_of  # noqa: PLC0415

    settings = settings_of(shell)
    shell.configurables.append(settings)
    return lambda: shell.configurables.remove(settings)


def _add_session(shell: Any) -> Callable[[], None]:
    known = weakref.ref(shell)

    def session_scope() -> scope.Scope:
        from rlm_kernel.session import session_of  # noqa: PLC0415

        return session_of(known()).scope()

    scope.set_session(session_scope)

    def undo() -> None:
        scope.set_session(None)
        shell.user_ns.pop("_rlm", None)

    return undo


def _keep_prompt_number(shell: Any) -> Callable[[], None]:
    """Let a cell keep its own number although cells ran inside it.

    ipykernel replies with the number of the last cell that ran; front ends put that on the
    cell they sent.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return lambda: None
    do_execute = kernel.do_execute

    async def numbered(*args: Any, **kwargs: Any) -> Any:
        number = shell.execution_count
        reply = await do_execute(*args, **kwargs)
        if "execution_count" in reply and reply["execution_count"] > number:
            reply["execution_count"] = number
        return reply

    kernel.do_execute = numbered

    def undo() -> None:
        del kernel.do_execute

    return undo


def _watch_cells(shell: Any) -> Callable[[], None]:
    """Tell a paused run of the cells the human runs meanwhile."""
    from rlm_kernel.shell.watch import CellWatch  # noqa: PLC0415

    watch = CellWatch(shell, _paused_run)
    watch.start()
    return watch.stop


def _paused_run() -> Any:
    latest = latest_run()
    return latest._driver if latest is not None and latest.status in {"paused", "failed"} else None  # noqa: SLF001
