"""One cell of a step, as shown above its outputs: the thought, then the code.

It is Markdown, because every front end then highlights the code in its own theme.  The
thought inside is HTML that was escaped: Markdown of a model could fetch an image from
anywhere, and so tell a stranger what the context holds.
"""

from __future__ import annotations

import re

from rlm_kernel.report.elements import DIM, NO_MATH, RULE, dim, element, fold, words
from rlm_kernel.report.plain import one_line, plain

CODE_LIMIT = 20_000
THOUGHT_LIMIT = 20_000
THOUGHT_FOLDS = 700
"""Characters after which a thought is folded."""
SUMMARY = 160

_TICKS = re.compile("`{3,}")


def step_markdown(label: str, code: str, thought: str = "", reasoning: str = "") -> str:
    """The cell `label` (``3.1``) of a step; pass thought and reasoning with its first cell only."""
    parts = [thought_html(label, thought, reasoning), fenced(code)]
    return "\n\n".join(part for part in parts if part)


def step_text(label: str, code: str, thought: str = "") -> str:
    """The same as plain text."""
    said = f"{plain(thought.strip(), THOUGHT_LIMIT)}\n\n" if thought.strip() else ""
    body = plain(code.rstrip("\n"), CODE_LIMIT)
    return f"[{label}] {said}{body}" if said else f"[{label}]\n{body}"


def thought_html(label: str, thought: str, reasoning: str = "") -> str:
    """What the model said before its code: long thoughts folded, its reasoning always.

    The result is one line, so that Markdown leaves it alone.
    """
    head, said, reasoned = dim(f"Step {label.partition('.')[0]}"), thought.strip(), reasoning.strip()
    if not (said or reasoned):
        return ""
    if len(said) > THOUGHT_FOLDS:
        blocks = [fold(f"{head} {words(one_line(said, SUMMARY))}", _prose(said))]
    else:
        blocks = [element("div", head), _prose(said)]
    if reasoned:
        blocks.append(fold(dim(f"Reasoning, {len(reasoned):,} characters"), _prose(reasoned, DIM)))
    style = f"border-top:1px solid {RULE};margin-top:8px;padding-top:4px"
    return element("div", *blocks, style=style, class_=NO_MATH).replace("\n", "&#10;")


def fenced(code: str) -> str:
    """`code` as a fenced block of Python, whatever fences it holds itself."""
    body = plain(code.strip("\n"), CODE_LIMIT)
    ticks = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(body))])
    return f"{ticks}python\n{body}\n{ticks}"


def _prose(text: str, style: str = "") -> str:
    layout = "white-space:pre-wrap;overflow-wrap:break-word;margin:2px 0 6px 0;line-height:1.45;"
    return element("div", words(text, THOUGHT_LIMIT), style=layout + style)
