"""What is being written at the cursor of a line of ``%%rlm`` or ``%rlm``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rlm_kernel.commands import COMMANDS
from rlm_kernel.lines import leading_options, unfinished
from rlm_kernel.options import LIMITS, SWITCHES, TABLE, Option, Takes

_NAMED = re.compile(r"[^\W\d]\w*=(?!=)")
"""The name that a context may be given, with its sign."""

_BY_FLAG: Mapping[str, Option] = {
    flag: option for option in TABLE for flag in (option.flag, option.short) if flag is not None
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What could stand at the cursor."""

    written: str
    """What is there already, to the letter: a completion takes its place."""
    kind: Takes | Literal["flag", "command", "run", "step"] = ""
    flags: tuple[str, ...] = ()
    """The options that could stand there."""


def in_cell_line(text: str) -> Wanted:
    """What is wanted at the end of `text`, which follows ``%%rlm``."""
    words, written = unfinished(text)
    return _of_options(words, written)


def in_command_line(text: str) -> Wanted:
    """What is wanted at the end of `text`, which follows ``%rlm``."""
    words, written = unfinished(text)
    if not words:
        return Wanted(written, "command")
    command = COMMANDS.get(words[0])
    if command is None:
        return Wanted(written)
    if "[options]" in command.usage:
        return _before_a_question(words[1:], written, text.lstrip().partition(" ")[2])
    return _of_command(command.usage, words[1:], written)


def _of_options(words: Sequence[str], written: str) -> Wanted:
    awaiting = _BY_FLAG.get(words[-1]) if words else None
    if awaiting is not None and not awaiting.is_switch:
        return _value(awaiting, written)
    flag, sign, value = written.partition("=")
    if sign and flag in _BY_FLAG:
        return _value(_BY_FLAG[flag], value)
    given = [_BY_FLAG.get(word.partition("=")[0]) for word in words]
    return Wanted(
        written, "flag", tuple(option.flag for option in TABLE if option.repeatable or option not in given)
    )


def _value(option: Option, written: str) -> Wanted:
    named = _NAMED.match(written) if option.takes == "data" else None
    return Wanted(written[named.end() :] if named else written, option.takes)


def _before_a_question(words: Sequence[str], written: str, line: str) -> Wanted:
    """The options of ``%rlm ask``; nothing where the question has begun."""
    _, question = leading_options(line, SWITCHES)
    if "--" in words or question not in ("", written):
        return Wanted(written)
    return _of_options(words, written)


def _of_command(usage: str, words: Sequence[str], written: str) -> Wanted:
    """What a command's usage says: ``[RUN]``, ``PATH``, ``[--hint TEXT]`` and ``[--max-… N]``."""
    if "PATH" in usage:
        return Wanted(written, "path")
    flags = re.findall(r"--\w+(?= )", usage)
    if "--max-…" in usage:
        flags += [option.flag for option in LIMITS]
    if words and words[-1] in flags:
        return Wanted(written)
    open_to = tuple(flag for flag in flags if flag not in words)
    places = re.sub(r"\[--[^]]*\]", "", usage).split()[1:]
    here = "".join(places[len(words) : len(words) + 1])
    if written.startswith("-") or (words and not here):
        return Wanted(written, "flag", open_to)
    return Wanted(written, "run" if "RUN" in here else "step" if "STEP" in here else "", open_to)
