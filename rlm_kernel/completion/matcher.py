"""IPython's hook: what it asks when Tab is pressed, here or in a front end."""

from __future__ import annotations

import builtins
import re
import weakref
from collections.abc import Callable
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

_CELL_LINE = re.compile(r"%%rlm\s(.*)")
_COMMAND_LINE = re.compile(r"\s*%rlm\s(.*)")
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*\Z")
"""A name that is being written, which is no attribute."""


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
        return {"completions": []} if is_question else _functions(context)
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


def _functions(context: CompletionContext) -> SimpleMatcherResult:
    """The functions that a cell finds; of what is a builtin Python's own completion knows Python's alone."""
    from rlm_kernel.names import FUNCTIONS  # noqa: PLC0415  (loading must be quick)

    name = _NAME.search(context.text_until_cursor)
    written = name[0] if name else ""
    fitting = [one for one in FUNCTIONS if written and one.startswith(written) and hasattr(builtins, one)]
    return {
        "completions": [SimpleCompletion(one, type="function") for one in fitting],
        "matched_fragment": written,
    }
