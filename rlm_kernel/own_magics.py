"""Our own magics in the cells of a human: they steer runs, and are no part of what a cell does."""

from __future__ import annotations

import re

_COMMAND = re.compile(r"^(?P<before>[ \t]*(?:[\w, \t]+=)?[ \t]*)%rlm\b(?:.*\\\n)*.*$", re.MULTILINE)
_NOTHING = re.compile(r"(?:[ \t]*(?:#.*)?(?:\n|$))*")


def are_all(code: str) -> bool:
    """Whether a cell is a `%%rlm`, or nothing but `%rlm` lines."""
    if code.lstrip().startswith("%%rlm"):
        return True
    rest = _COMMAND.sub("", code)
    return rest != code and _NOTHING.fullmatch(rest) is not None


def without(code: str) -> str:
    """`code` with nothing in the places of its `%rlm` lines; the others keep their numbers."""
    return _COMMAND.sub(_blank, code)


def _blank(command: re.Match[str]) -> str:
    before = command["before"]
    nothing = "None" if before.rstrip().endswith("=") else "pass"
    return before + nothing + "\n" * command[0].count("\n")
