"""The words of a magic's line."""

from __future__ import annotations

import re
import shlex

from rlm_kernel.interfaces import UsageError

_WRITTEN = re.compile(r"""(?:[^ \t\r\n'"\\]|\\.|'[^']*'|"(?:\\.|[^"\\])*")+""", re.DOTALL)
"""A word with its quotes, as a shell cuts it."""


class Quoted(str):
    """A word that was written in quotes."""

    __slots__ = ()


def split(line: str) -> list[str]:
    """The words of a line, quotes removed, nothing expanded; raises UsageError.

    A word that begins with a quote is `Quoted`.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"cannot read the line: {str(error).lower()} in {line.strip()!r}") from None
    written = _WRITTEN.findall(line)
    return [
        Quoted(word) if as_written.startswith(("'", '"')) else word
        for word, as_written in zip(words, written, strict=True)
    ]
