"""Dialects: how a family of models was taught to use an RLM.

A dialect is its prompts (files, one folder each) and what it has beyond what every dialect
does: all fences and all finishing functions are understood in every one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from string import Template
from typing import Any

from rlm_kernel import fast_rlm
from rlm_kernel.interfaces import UsageError
from rlm_kernel.messages.observation import CELL_LIMIT

DEFAULT_SUB_WINDOW = 100_000
"""Characters a sub-model is said to read well when its context window is not known."""
CHARACTERS_PER_TOKEN = 3
SHARE_OF_WINDOW = 0.5


@dataclass(frozen=True, slots=True)
class Dialect:
    """The wording of one dialect, and what is different in its cells."""

    name: str
    summary: str
    finishes_in_prose: bool = False
    """``FINAL(…)`` and ``FINAL_VAR(…)`` at the start of a line of prose finish the run."""
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Functions of its own, by name: its cells find them instead of the builtin ones."""

    def system(self, *, children: bool, sub_window: int | None) -> str:
        """The system prompt; the same to the byte for the same arguments.

        `sub_window` is the sub-model's context window in tokens, where it is known.
        """
        characters = DEFAULT_SUB_WINDOW
        if sub_window is not None:
            characters = min(500_000, int(sub_window * CHARACTERS_PER_TOKEN * SHARE_OF_WINDOW))
        return self._text("system").substitute(
            cell_limit=f"{CELL_LIMIT:,}",
            sub_window=f"{characters:,}",
            children=self._text("children").template.rstrip("\n") if children else "",
        )

    def reminder(self) -> str:
        """What is said to a reply without code."""
        return self._text("reminder").template.strip()

    def last_turn(self, limit: str) -> str:
        """What is said when a limit is reached."""
        return self._text("last_turn").substitute(limit=limit).strip()

    def _text(self, name: str) -> Template:
        return _prompt(self.name, name)


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("rlm", "cells in `repl` fences, the answer dictionary"),
        Dialect("paper", "as in the RLM paper: FINAL(…) and FINAL_VAR(…) in prose", finishes_in_prose=True),
        Dialect(
            "fast-rlm",
            "`await llm_query(…)` starts child runs, FINAL(…) in a cell",
            functions=fast_rlm.FUNCTIONS,
        ),
        Dialect("dspy", "cells in `python` fences, SUBMIT(…)"),
        Dialect("smolagents", "`Thought:`, cells in <code> tags, final_answer(…)"),
    )
}


def dialect(name: str) -> Dialect:
    """The dialect of that name; raises UsageError for one there is not."""
    if name not in DIALECTS:
        raise UsageError(f"there is no dialect {name!r}: choose one of {', '.join(DIALECTS)}")
    return DIALECTS[name]


@functools.cache
def _prompt(folder: str, name: str) -> Template:
    file = resources.files("rlm_kernel") / "prompts" / folder / f"{name}.md"
    return Template(file.read_text(encoding="utf-8"))
