"""Answers that stand in the prose of a reply: ``FINAL(…)`` and ``FINAL_VAR(…)``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from rlm_kernel.messages.reply import prose_final
from rlm_kernel.scaffold import ANSWER, Scaffold
from rlm_kernel.scope import Finish


def answer_in_prose(thought: str, namespace: Mapping[str, Any], scaffold: Scaffold) -> Finish | str | None:
    """The answer that a thought gives, or what to tell the model of one that is none; None without any."""
    final = prose_final(thought)
    if final is None:
        return None
    name = final.argument.strip("\"'`")
    if name == ANSWER and scaffold.is_empty_answer():
        return "`answer` is still empty: give the answer itself."
    if name.isidentifier() and name in namespace:
        return Finish(namespace[name])
    if final.function == "FINAL":
        return Finish(_unquoted(final.argument))
    return f"FINAL_VAR: there is no variable {name!r}: create it in a cell first."


def _unquoted(text: str) -> str:
    """What a quoted text says; any other text as it is."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if isinstance(value, str) else text
