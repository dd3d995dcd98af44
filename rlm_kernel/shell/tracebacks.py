"""Tracebacks for a model: plain text, the cells' own frames, cells named ``step.cell``."""

from __future__ import annotations

import linecache
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType

from rlm_kernel.interfaces import CellError

CellName = Callable[[str], str | None]
"""The name of the cell whose code has this file name; None for any other file."""

_PACKAGE = __name__.partition(".")[0]


def cell_error(error: BaseException, cell_name: CellName) -> CellError:
    """What the model is told of an error that left its cell."""
    return CellError(type(error).__name__, _message(error), format_error(error, cell_name))


def format_error(error: BaseException, cell_name: CellName) -> str:
    """The traceback of `error`, with the errors that led to it, trimmed to the cells' frames.

    Where the error was raised in a library, the innermost frame there is named in one line;
    this package is none.
    """
    parts = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        parts += [format_error(cause, cell_name), "\nwhich led to:\n"]
    frames = _frames(error.__traceback__, cell_name)
    if frames:
        parts.append("Traceback (most recent call last):\n" + "".join(frames))
    parts.append(_last_lines(error, cell_name))
    return "".join(parts)


def _frames(where: TracebackType | None, cell_name: CellName) -> list[str]:
    lines: list[str] = []
    library = ""
    for frame, number in traceback.walk_tb(where):
        code = frame.f_code
        name = cell_name(code.co_filename)
        if name is None and _is_ours(frame):
            continue
        if name is None:
            library = f"  … in {code.co_name}, {_short(code.co_filename)}:{number}\n" if lines else ""
            continue
        library = ""
        inside = "" if code.co_name.startswith("<") else f", in {code.co_name}"
        source = linecache.getline(code.co_filename, number).strip()
        lines.append(f"  Cell {name}, line {number}{inside}\n" + (f"    {source}\n" if source else ""))
    return [*_without_repeats(lines), library]


def _is_ours(frame: FrameType) -> bool:
    """Whether this package's own code ran there, which is nothing to a reader of the cell's."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE


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


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:  # noqa: BLE001  (the exception's own code)
        return f"<no text: {type(failure).__name__}>"
