"""Making a text that a model or a document wrote safe to show, and short enough.

Control characters become the pictures Unicode has for them, so that no terminal obeys
them; characters that reorder what is read become visible marks, so that code is what it
looks like; lone surrogates, which no UTF-8 message can carry, become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from rlm_kernel.messages.observation import cut

_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_PICTURES[0x7F] = 0x2421
_REORDERING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}")
_C1 = dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SAFE = _PICTURES | _REORDERING | _C1


def plain(text: str, limit: int | None = None) -> str:
    """`text` without anything that a display would obey, cut in the middle to `limit` characters."""
    if limit is not None:
        text = cut(text, limit)
    return encodable(text).replace("\r\n", "\n").translate(_SAFE)


def encodable(text: str) -> str:
    """`text` with every lone surrogate replaced, so that it can be written as UTF-8."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


def map_texts(value: Any, change: Callable[[str], str], but: frozenset[str] = frozenset()) -> Any:
    """A JSON value with every string in it changed, except under the keys `but`."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: item if key in but else map_texts(item, change, but) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(item, change, but) for item in value]
    return value


_MARKS = re.compile(r"^(?:(?:#+|>+|[-*+])\s+)+")
"""What Markdown begins a heading, a quotation or an item with; ``-5`` is none."""


def one_line(text: str, width: int) -> str:
    """The first line of `text` that says something, ended by … where it is longer than `width`."""
    for line in text.lstrip()[: 4 * width].splitlines():
        stripped = _MARKS.sub("", line.strip()).replace("**", "")
        if stripped:
            return plain(clip(" ".join(stripped.split()), width))
    return ""


def clip(text: str, width: int) -> str:
    """`text` cut after `width` characters, the last of them … if it was."""
    return text if len(text) <= width else text[: width - 1] + "…"


def columns(lines: Sequence[Sequence[str]], *, right: bool = False) -> str:
    """Lines of cells under one another; with `right` all but the first column end at one edge."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def aligned(place: int, cell: str) -> str:
        return cell.rjust(widths[place]) if right and place else cell.ljust(widths[place])

    return "\n".join("  ".join(aligned(*cell) for cell in enumerate(line)).rstrip() for line in lines)
