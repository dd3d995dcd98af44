"""IPython's own syntax: magics, programs, requests for help; what of a cell is then left as Python."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

PROGRAM = "runs a program"
MAGIC = "uses a magic that is not known to be harmless"

HARMLESS_CELLS = frozenset({"time", "timeit", "capture", "prun"})
"""Cell magics whose cell is Python."""
TEXT_CELLS = frozenset({"markdown", "latex", "svg"})
HARMLESS_LINES = frozenset({
    "time", "timeit", "matplotlib", "who", "whos", "who_ls", "precision", "pinfo", "pinfo2", "psource", "pwd",
    "history", "lsmagic", "quickref", "xmode", "pprint",
})  # fmt: skip
STATEMENTS = frozenset({"time", "timeit"})
"""Line magics whose rest of the line is Python."""

_CELL = re.compile(r"\s*%%(\w+)[^\n]*\n?")
_ASSIGNED = re.compile(
    r"^(?P<indent>\s*)(?P<left>[\w.,\[\] ]+=\s*)?(?P<sign>!!?|%)(?P<name>\w*)(?P<rest>[^\n]*)$"
)
_HELP = re.compile(r"^\s*\??\??[\w.]+\??\??\s*$")
_OPTION = re.compile(r"\s*-\w+(\s*\d+)?")


@dataclass(slots=True)
class Taken:
    """A cell taken apart."""

    tree: ast.Module | None
    """The Python of it; None where it is none."""
    found: list[tuple[str, str]] = field(default_factory=list)
    """What its own syntax does, each with how it is written."""


def take_apart(code: str) -> Taken:
    """The Python of a cell, and what else stands in it."""
    whole = _parsed(code)
    if whole is not None:
        return Taken(whole)
    found: list[tuple[str, str]] = []
    cell = _CELL.match(code)
    if cell is not None:
        name = cell[1]
        if name in TEXT_CELLS:
            return Taken(ast.parse(""))
        if name not in HARMLESS_CELLS:
            return Taken(ast.parse(""), [(PROGRAM if name in _SHELLS else MAGIC, f"%%{name}")])
        code = code[cell.end() :]
    lines = [_plain(line, found) for line in code.splitlines()]
    return Taken(_parsed("\n".join(lines)), found)


_SHELLS = frozenset(
    {"bash", "sh", "script", "system", "sx", "cmd", "perl", "ruby", "python", "python3", "pypy"}
)
_SHELL_LINES = frozenset({"system", "sx", "sc", "pip", "conda", "mamba", "uv", "run"})


def _plain(line: str, found: list[tuple[str, str]]) -> str:
    """A line as Python; what it does otherwise is added to `found`."""
    match = _ASSIGNED.match(line)
    if match is None:
        is_help = "?" in line and _HELP.match(line)
        return "pass" if is_help else line
    sign, name, rest = match["sign"], match["name"], match["rest"]
    stands = f"{match['indent']}{match['left'] or ''}None"
    if sign != "%":
        found.append((PROGRAM, f"!{name}{rest}".strip()[:60]))
    elif name in _SHELL_LINES:
        found.append((PROGRAM, f"%{name}{rest}".strip()[:60]))
    elif name not in HARMLESS_LINES:
        found.append((MAGIC, f"%{name}"))
    elif name in STATEMENTS:
        return match["indent"] + _without_options(rest)
    return stands


def _without_options(rest: str) -> str:
    while (option := _OPTION.match(rest)) is not None:
        rest = rest[option.end() :]
    return rest.strip() or "pass"


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
