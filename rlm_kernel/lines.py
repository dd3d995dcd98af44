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


def unfinished(line: str) -> tuple[list[str], str]:
    """The words that are finished, quotes removed, and the one being written, to the letter.

    The last is empty where the next word has not begun.
    """
    begin, quote, is_escaped = 0, "", False
    for place, letter in enumerate(line):
        if is_escaped:
            is_escaped = False
        elif letter == "\\" and quote != "'":
            is_escaped = True
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter.isspace():
            begin = place + 1
    return shlex.split(line[:begin]), line[begin:]


def meaning(written: str) -> str:
    """What a word stands for whose quotes may still be open."""
    for closing in ("", "'", '"', "\\"):
        try:
            return "".join(shlex.split(written + closing)[:1])
        except ValueError:
            continue
    return written


def quoted(word: str) -> str:
    """A word as it is to be written in a line, in quotes only where it needs them."""
    try:
        is_itself = shlex.split(word) == [word]
    except ValueError:
        is_itself = False
    return word if is_itself else shlex.quote(word)


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
