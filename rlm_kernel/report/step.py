"""One cell of a step, as shown above its outputs: the thought, then the code.

It is Markdown, because every front end then highlights the code in its own theme.  The
thought inside is HTML made of escaped text: see `markdown_html`.
"""

from __future__ import annotations

import re

from rlm_kernel.report.elements import DIM, NO_MATH, RULE, dim, element, fold, words
from rlm_kernel.report.markdown import markdown_html
from rlm_kernel.report.plain import one_line, plain

CODE_LIMIT = 20_000
THOUGHT_LIMIT = 20_000
THOUGHT_FOLDS = 700
"""Characters after which a thought is folded."""
SUMMARY = 160

_TICKS = re.compile("`{3,}")


def step_markdown(label: str, code: str, thought: str = "", reasoning: str = "") -> str:
    """The cell `label` (``3.1``) of a step; pass thought and reasoning with its first cell only."""
    parts = [thought_html(label, thought, reasoning), code_markdown(code)]
    return "\n\n".join(part for part in parts if part)


def step_text(label: str, code: str, thought: str = "") -> str:
    """The same as plain text."""
    said = f"{plain(thought.strip(), THOUGHT_LIMIT)}\n\n" if thought.strip() else ""
    body = plain(code.rstrip("\n"), CODE_LIMIT)
    return f"[{label}] {said}{body}" if said else f"[{label}]\n{body}"


def thought_html(label: str, thought: str, reasoning: str = "", note: str = "") -> str:
    """What stands above a step's first cell: long thoughts folded, its reasoning always."""
    step, _, cell = label.partition(".")
    said, reasoned = thought.strip(), reasoning.strip()
    if cell != "1" and not (said or reasoned):
        return ""
    blocks = [_heading(f"Step {step}")]
    if reasoned:
        blocks.append(fold(dim(f"Reasoning, {len(reasoned):,} characters"), _paragraphs(reasoned, DIM)))
    if len(said) > THOUGHT_FOLDS:
        blocks.append(fold(words(one_line(said, SUMMARY)), _paragraphs(said)))
    elif said:
        blocks.append(_paragraphs(said))
    if note:
        blocks.append(element("div", dim(words(note)), style="font-size:12px"))
    return _section(*blocks)


def prose_markdown(step: int, thought: str, reasoning: str = "", note: str = "") -> str:
    """A step of which no cell ran: its thought, and a `note` on why there is no code."""
    return thought_html(f"{step}.1", thought, reasoning, note)


def answer_heading(type_name: str) -> str:
    """The line between the last step and the answer, which a front end shows as it shows any object."""
    return _section(_heading("Answer", f" · {type_name}" if type_name else ""))


def code_markdown(code: str) -> str:
    """`code` in a frame, highlighted: the frame is HTML around the block of Markdown."""
    frame = f"border:1px solid {RULE};border-radius:2px;padding:4px 7px;margin:4px 0"
    style = f"{frame};overflow-x:auto;font-size:13px"
    opening, closing = element("div", "\n", style=style).split("\n")
    return f"{opening}\n\n{fenced(code)}\n\n{closing}"


def fenced(code: str) -> str:
    """`code` as a fenced block of Python, whatever fences it holds itself."""
    body = plain(code.strip("\n"), CODE_LIMIT)
    ticks = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(body))])
    return f"{ticks}python\n{body}\n{ticks}"


def _section(*blocks: str) -> str:
    """One line of HTML under a rule: a new line in it would begin Markdown."""
    style = f"border-top:1px solid {RULE};margin-top:10px;padding-top:6px"
    return element("div", *blocks, style=style, class_=NO_MATH).replace("\n", "&#10;")


def _heading(name: str, more: str = "") -> str:
    style = f"font-size:12px;line-height:1.4;{DIM}"
    return element("div", element("strong", words(name), style="font-weight:600"), words(more), style=style)


def _paragraphs(text: str, style: str = "") -> str:
    return element("div", markdown_html(text, THOUGHT_LIMIT), style=style)
