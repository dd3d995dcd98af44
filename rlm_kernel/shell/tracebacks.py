"""Tracebacks for a model: plain text, the cells' own frames, cells named ``step.cell``."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable, Sequence
from types import TracebackType

from rlm_kernel.interfaces import CellError
from rlm_kernel.messages.observation import cut
from rlm_kernel.shell.trimming import is_ours

MESSAGE = 4_000
"""Characters of an error's own text: leaves room for its frames in what a model is told."""
TRACEBACK = 20_000
"""Characters of a traceback for a model, and of one entry of a traceback that is shown."""
ENTRIES = 200
"""Entries of a traceback that is shown."""
CHAIN = 5
"""Errors told of each end of a long chain, in which each led to the next."""

CellName = Callable[[str], str | None]
"""The name of the cell whose code has this file name; None for any other file."""


def cell_error(error: BaseException, cell_name: CellName) -> CellError:
    """What the model is told of an error that left its cell."""
    told = cut(format_error(error, cell_name), TRACEBACK)
    return CellError(type(error).__name__, bounded_message(message_of(error)), told)


def message_of(error: BaseException) -> str:
    """The text of `error`, whatever its own code does."""
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001  (the exception's own code)
        return f"<no text: {type(failure).__name__}>"


def bounded_message(text: str) -> str:
    """An error's text without its middle, if it is very long."""
    return cut(text, MESSAGE)


def bounded_lines(lines: Sequence[str]) -> list[str]:
    """The entries of a traceback as a shell shows it, each without its middle, if it is very long."""
    bounded = list(lines)
    if len(lines) > ENTRIES:
        half = ENTRIES // 2
        bounded = [*lines[:half], f"[… {len(lines) - 2 * half:,} more …]", *lines[-half:]]
    return [cut(line, TRACEBACK) for line in bounded]


def format_error(error: BaseException, cell_name: CellName) -> str:
    """The traceback of `error`, with the errors that led to it, trimmed to the cells' frames.

    Where the error was raised in a library, the innermost frame there is named in one line;
    this package is none.
    """
    chain = _chain(error)[::-1]
    told = [_one_error(each, cell_name) for each in (*chain[:-CHAIN][:CHAIN], *chain[-CHAIN:])]
    if len(chain) > 2 * CHAIN:
        told.insert(CHAIN, f"[… {len(chain) - 2 * CHAIN:,} more errors …]\n")
    return "\nwhich led to:\n".join(told)


def _chain(error: BaseException | None) -> list[BaseException]:
    """`error`, what led to it, what led to that, as long as it does not go in a circle."""
    chain: dict[int, BaseException] = {}
    while error is not None and id(error) not in chain:
        chain[id(error)] = error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return list(chain.values())


def _one_error(error: BaseException, cell_name: CellName) -> str:
    frames = _frames(error.__traceback__, cell_name)
    head = "Traceback (most recent call last):\n" + "".join(frames) if frames else ""
    return head + cut(_last_lines(error, cell_name), MESSAGE)


def _frames(where: TracebackType | None, cell_name: CellName) -> list[str]:
    lines: list[str] = []
    library = ""
    for frame, number in traceback.walk_tb(where):
        code = frame.f_code
        name = cell_name(code.co_filename)
        if name is None and is_ours(frame):
            continue
        if name is None:
            library = f"  … in {code.co_name}, {_short(code.co_filename)}:{number}\n" if lines else ""
            continue
        library = ""
        inside = "" if code.co_name.startswith("<") else f", in {code.co_name}"
        source = linecache.getline(code.co_filename, number).strip()
        lines.append(f"  Cell {name}, line {number}{inside}\n" + (f"    {source}\n" if source else ""))
    return [*_without_repeats(lines), library]


def _without_repeats(lines: list[str]) -> list[str]:
    """A deep recursion repeats one frame a thousand times: once will do."""
    kept: list[str] = []
    repeats = 0
    for line in lines:
        if kept and line == kept[-1]:
            repeats += 1
            continue
        if repeats:
            kept.append(f"  … {repeats} more times\n")
        kept.append(line)
        repeats = 0
    return kept if not repeats else [*kept, f"  … {repeats} more times\n"]


def _last_lines(error: BaseException, cell_name: CellName) -> str:
    text = "".join(traceback.format_exception_only(error))
    if isinstance(error, SyntaxError) and error.filename:
        name = cell_name(error.filename)
        if name is not None:
            text = text.replace(f'File "{error.filename}"', f"Cell {name}")
    return text


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").rsplit("/", 2)[-2:])
