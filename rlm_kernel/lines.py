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


def leading_options(line: str, switches: frozenset[str]) -> tuple[str, str]:
    """The options a line begins with, and what comes after them, to the letter.

    `switches` are the options without a value.  The options end at the first word that is
    none, or at ``--``.  Text that stands in quotes as a whole loses them.
    """
    options, end, awaits_value = 0, 0, False
    for match in _WRITTEN.finditer(line):
        word = match[0]
        if not awaits_value and not word.startswith("-"):
            break
        end = match.end()
        if word == "--":
            break
        options = end
        awaits_value = not awaits_value and _takes_next(word, switches)
    return line[:options], _without_quotes(line[end:].strip())


def _takes_next(word: str, switches: frozenset[str]) -> bool:
    complete = "=" in word if word.startswith("--") else len(word) > len("-m")
    return not complete and word not in switches


def _without_quotes(text: str) -> str:
    whole = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text.count(text[0]) == len("''")
    return text[1:-1] if whole else text
