"""Reading the words of a line or of a command, where a mistake is one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from rlm_kernel.interfaces import UsageError


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are `UsageError`s of one sentence."""

    def __init__(self, prog: str, help_by: str | None = None, **more: Any) -> None:
        super().__init__(prog=prog, add_help=help_by is not None, allow_abbrev=False, **more)
        self._see = f"{prog} {help_by}" if help_by else f"{prog}?"

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The values given; raises UsageError, for words nobody expects too."""
        given, unknown = self.parse_known_args(args, namespace)
        self.refuse(unknown)
        return given

    def parse_mixed(self, args: Sequence[str]) -> Any:
        """`parse_args` where options may stand between the words."""
        given, unknown = self.parse_known_intermixed_args(args)
        self.refuse(unknown)
        return given

    def refuse(self, unknown: Sequence[str]) -> None:
        """Raise UsageError for words nobody expects, if there are any."""
        if unknown:
            self.error(_not_expected(unknown[0]))

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message.replace('argument ', '', 1)} (see {self._see})")


def _not_expected(word: str) -> str:
    if word.startswith("-"):
        return f"there is no option {word}"
    return f"{word!r} is not expected here: a text with spaces needs quotes around it"
