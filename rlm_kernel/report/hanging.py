"""Lines of text as HTML that a narrow page breaks behind what they begin with."""

from __future__ import annotations

import re

from rlm_kernel.report.elements import MONO, NO_MATH, element, words

_LEAD = re.compile(r"\s*(?:[A-Z=↳]\s+|\d+\s+)?")
"""What a line begins with: blanks, and a mark or a number."""


def hanging_html(text: str) -> str:
    """The lines under one another; what does not fit goes on where the line's words began."""
    lines = (_line(line) for line in text.splitlines())
    size = "line-height:1.5;font-size:var(--jp-code-font-size, 13px)"
    style = f"padding:0.25em 0 0.25em 0.5em;{size};color:inherit;{MONO}"
    return element("div", *lines, style=style, class_=NO_MATH)


def _line(line: str) -> str:
    lead = len(_LEAD.match(line)[0])  # type: ignore[index]  # it always does, with nothing if need be
    style = f"white-space:pre-wrap;overflow-wrap:anywhere;padding-left:{lead}ch;text-indent:-{lead}ch"
    return element("div", words(line) or "<br>", style=style)
