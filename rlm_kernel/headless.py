"""A run without a front end: a shell that shows nothing, takes no input, and keeps stdout clean."""

from __future__ import annotations

import builtins
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

from rlm_kernel.interfaces import UsageError
from rlm_kernel.session import Session


def headless_session(*, quiet: bool) -> Session:
    """A session on an IPython shell of its own, whose cells' output is recorded, not shown.

    Cells of this process can read no input from then on.
    """
    # Set before anything imports matplotlib: figures become outputs, as in a notebook.
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    from rlm_kernel.views.progress import ProgressView  # noqa: PLC0415

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.warn_venv = False  # another active environment is none of the run's business
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "rlm_kernel")
    _refuse_input(shell)
    stderr = sys.stderr  # a cell that runs has another in its place
    return Session(shell, live=False, make_view=lambda _: None if quiet else ProgressView(stderr))


@contextmanager
def take_stdout() -> Iterator[TextIO]:
    """The process's standard output, for the answer alone, which whoever writes it is to flush.

    Whatever else is written there, by a program that a cell starts or a thread that it left,
    goes to standard error from then on.  Raises UsageError where it is closed.
    """
    if sys.stdout is None:
        raise UsageError("standard output is closed: there is nowhere to print the answer")
    sys.stdout.flush()
    encoding = sys.stdout.encoding
    kept = os.dup(1)  # which no program inherits
    os.dup2(2, 1)
    # A model's text may hold what has no place in the encoding, such as a lone surrogate.
    stdout = os.fdopen(kept, "w", encoding=encoding, errors="backslashreplace")
    try:
        yield stdout
    finally:
        with suppress(OSError):  # closing would try once more what the flush could not write
            stdout.close()


def _refuse_input(shell: Any) -> None:
    """Let what asks for input fail instead of waiting for somebody who is not there."""
    builtins.input = _no_input
    getpass.getpass = _no_input  # it would open the terminal by itself
    # Not before the first cell: the expression of a context may read standard input.
    shell.events.register("pre_run_cell", _close_stdin)


def _no_input(*_prompt: Any, **_options: Any) -> NoReturn:
    from IPython.core.error import StdinNotImplementedError  # noqa: PLC0415

    raise StdinNotImplementedError("this run takes no input: nobody is there to type it")


def _close_stdin(_info: Any) -> None:
    """Put an empty file in the place of standard input, for programs that a cell starts too."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
