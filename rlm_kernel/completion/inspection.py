"""What a kernel shows where help is asked for in the line of a magic, as by Shift+Tab."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

_MAGIC = re.compile(r"\s*(%%?rlm)\b")

Json = dict[str, Any]


def inspect_lines(shell: Any) -> Callable[[], None]:
    """Let the help in a magic's line be that magic's, unless it is a name's; returns what ends that.

    By itself IPython takes ``%%rlm`` for ``%rlm``, and finds nothing at an option.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is None:  # a terminal
        return lambda: None
    inspected = kernel.do_inspect

    async def do_inspect(code: str, cursor_pos: int, *args: Any, **more: Any) -> Json:
        reply = inspected(code, cursor_pos, *args, **more)
        help_of: Json = await reply if inspect.isawaitable(reply) else reply
        begin = code.rfind("\n", 0, cursor_pos) + 1
        magic = _MAGIC.match(code, begin)
        if magic is None or (begin and code.startswith("%%rlm")):  # a question is no code
            return help_of
        if cursor_pos <= magic.end() or not help_of.get("found"):
            data = dict(shell.object_inspect_mime(magic[1]))
            if not shell.enable_html_pager:
                data.pop("text/html", None)
            return {"status": "ok", "found": True, "data": data, "metadata": {}}
        return help_of

    kernel.do_inspect = do_inspect
    return lambda: delattr(kernel, "do_inspect")
