"""What a ``%rlm`` command is, and how it reads its line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rlm_kernel.interfaces import UsageError
from rlm_kernel.lines import split
from rlm_kernel.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """One ``%rlm`` command."""

    name: str
    usage: str
    help: str
    act: Callable[[Session, str], None]


def only(line: str, name: str, usage: str) -> str | None:
    """The one word a command may take, if it is there; raises UsageError for more."""
    words = split(line)
    if len(words) > bool(usage):
        raise UsageError(f"usage: %rlm {name} {usage}".rstrip())
    return words[0] if words else None


def needed(line: str, name: str, usage: str) -> str:
    """The one word a command takes; raises UsageError where it is missing, or not alone."""
    words = split(line)
    if len(words) != 1:
        raise UsageError(f"usage: %rlm {name} {usage}")
    return words[0]
