"""IPython's hook: what it asks when Tab is pressed, here or in a front end."""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

_CELL_LINE = re.compile(r"%%rlm\s(.*)")
_COMMAND_LINE = re.compile(r"\s*%rlm\s(.*)")


def complete_lines(shell: Any) -> Callable[[], None]:
    """Let the lines of the magics be completed in a shell; returns what ends that."""
    known = weakref.ref(shell)

    matcher = context_matcher(identifier="rlm")(lambda context: _result(context, known()))
    matchers = shell.Completer.custom_matchers
    matchers.append(matcher)
    return lambda: matchers.remove(matcher)


def _result(context: CompletionContext, shell: Any) -> SimpleMatcherResult:
    is_question = context.full_text.startswith("%%rlm") and context.cursor_line > 0
    cell = _CELL_LINE.fullmatch(context.text_until_cursor) if context.cursor_line == 0 else None
    command = _COMMAND_LINE.fullmatch(context.text_until_cursor) if not is_question else None
    if cell is None and command is None:
        return {"completions": []}
    from rlm_kernel.completion.line import in_cell_line, in_command_line  # noqa: PLC0415  (loading must be quick)
    from rlm_kernel.completion.offers import offers  # noqa: PLC0415
    from rlm_kernel.session import session_of  # noqa: PLC0415

    wanted = in_cell_line(cell[1]) if cell is not None else in_command_line(command[1] if command else "")
    found = [SimpleCompletion(offer.text, type=offer.kind) for offer in offers(wanted, session_of(shell))]
    return {
        "completions": found,
        "matched_fragment": wanted.written,
        "ordered": True,
        "suppress": True,  # nothing of Python's fits here
    }
