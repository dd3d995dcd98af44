"""The card of a run as HTML: where it stands, what each step did, what it has used.

While a run goes on its card has the same parts in the same places with the same heights, but
for the box in which a reply streams, so that nothing jumps when it is painted again.
"""

from __future__ import annotations

from rlm_kernel.interfaces import Proposed
from rlm_kernel.report import phrases
from rlm_kernel.report.elements import (
    ACCENT,
    CONTENT,
    DIM,
    ERROR,
    MONO,
    NO_MATH,
    RULE,
    SUCCESS,
    TABULAR,
    WARN,
    code_block,
    coloured,
    dim,
    element,
    fold,
    progress,
    prose,
    words,
)
from rlm_kernel.report.parts import Answer, Batch
from rlm_kernel.report.plain import one_line
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.table import steps_html

QUESTION_LIMIT = 20_000
QUESTION_FOLDS = 240
"""Characters after which the question is folded."""
STREAM_LIMIT = 1_200
"""Characters of the end of a reply that show while it is being written."""
CODE_LIMIT = 20_000
ANSWER_LINE = 80
ANSWER_LIMIT = 100_000

_ELLIPSIS = "white-space:nowrap;overflow:hidden;text-overflow:ellipsis"
_SMALL = f"font-size:12px;{DIM}"

OVER = frozenset({"finished", "stopped"})
"""The states after which nothing more happens: what matters then is the answer."""

COLOURS = {
    "running": ACCENT,
    "proposed": ACCENT,
    "finished": SUCCESS,
    "failed": ERROR,
    "paused": WARN,
    "interrupted": WARN,
    "stopped": WARN,
}


CALM = "#888888"
"""The colour of a card that has handed its run on to another."""


def card_html(report: RunReport, now: float | None = None) -> str:
    """The card of a run at the Unix time `now`, by default that of its latest event."""
    style = (
        f"border:1px solid {RULE};{coloured('border-left:3px solid {}', _colour(report))};"
        "border-radius:2px;padding:8px 12px;margin:2px 0 6px 0;line-height:1.45;text-align:left;"
        f"font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:13px;{TABULAR}"
    )
    head = [_heading(report, now), _question(report.question), _notes(report)]
    if report.status in OVER or report.handed_on:
        body = [_outcome(report), _rebound(report), _warnings(report), _record(report)]
    else:
        present = _present(report, now)
        body = [steps_html(report), present, _rebound(report), _budget(report), _warnings(report)]
    return element("div", *head, *body, style=style, class_=NO_MATH)


def _colour(report: RunReport) -> str:
    return CALM if report.handed_on else COLOURS[report.status]


# -- the top --------------------------------------------------------------------------


def _heading(report: RunReport, now: float | None) -> str:
    status = element(
        "strong",
        f"{phrases.MARKS[report.status]} {phrases.status(report)}",
        style=f"{coloured('color:{}', _colour(report))};font-weight:600",
        # Only the end is announced: a running card is painted again and again.
        role=None if report.status == "running" else "status",
    )
    facts = dim(words(" · ".join(phrases.facts(report, now))))
    return _row(status, facts)


def _row(left: str, right: str, style: str = "") -> str:
    """One line with something at either end; a space between them where there are no styles."""
    layout = "display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 16px;align-items:baseline;"
    return element("div", left, " ", right, style=layout + style)


def _question(question: str) -> str:
    style = "margin:4px 0;white-space:pre-wrap;font-size:14px;overflow-wrap:break-word"
    text = question.strip()
    if len(text) <= QUESTION_FOLDS and text.count("\n") < 4:  # noqa: PLR2004
        return element("div", words(text), style=style)
    summary = element("span", words(one_line(text, QUESTION_FOLDS)), style="font-size:14px")
    return fold(summary, element("div", words(text, QUESTION_LIMIT), style=style))


def _notes(report: RunReport) -> str:
    notes = phrases.notes(report)
    return "".join(element("div", words(note), style=_SMALL) for note in notes)


# -- the present ----------------------------------------------------------------------


def _present(report: RunReport, now: float | None) -> str:
    """What is happening at this moment, or what the run waits for."""
    if report.status == "proposed":
        return _proposal(report)
    if report.status != "running":
        return _outcome(report)
    line = element("div", words(phrases.activity(report, now)), style=_ELLIPSIS)
    below = [_batch(batch) for batch in report.batches] or [_stream(report)]
    return element("div", line, *below, style="margin:4px 0;min-height:3.1em")


def _stream(report: RunReport) -> str:
    """The last lines of the reply, in a box of constant height that shows its own end; empty before."""
    if report.stream is None:
        return element("div", element("div"))
    box = (
        "height:4.35em;overflow:hidden;display:flex;flex-direction:column-reverse;font-size:12px;"
        f"padding-left:8px;border-left:1px solid {RULE};{DIM}"
    )
    parts = report.stream.parts()
    code = parts.cells[-1] if parts.unclosed else ""
    thought = parts.thought or report.stream.reasoning
    # Text shorter than the box stands at its top; of longer text the end shows.
    style = "flex:none;min-height:100%;white-space:pre-wrap;overflow-wrap:break-word;"
    style += MONO if code else ""
    return element("div", element("div", words((code or thought)[-STREAM_LIMIT:]), style=style), style=box)


def _batch(batch: Batch) -> str:
    label = phrases.batch_label(batch)
    bar = progress(batch.ended, max(1, batch.size), label)
    text = element("span", words(" · ".join(phrases.batch_facts(batch))), style=f"flex:0 0 auto;{TABULAR}")
    style = "display:flex;flex-wrap:wrap;gap:0 12px;align-items:center;min-height:1.6em"
    return element("div", bar, " ", text, style=style)


def _proposal(report: RunReport) -> str:
    step = report.step
    blocks = [_proposed(cell) for cell in (step.waiting.values() if step else ())]
    head = element("div", "Proposed, not run yet", style="margin:4px 0 2px 0;font-weight:600")
    return (
        head + "".join(blocks) + element("div", prose(phrases.what_next(report)), style=f"margin:4px 0;{DIM}")
    )


def _proposed(cell: Proposed) -> str:
    """A cell that waits, and why."""
    return (element("div", words(cell.why), style=_SMALL) if cell.why else "") + code_block(
        cell.code, CODE_LIMIT
    )


def _outcome(report: RunReport) -> str:
    """The answer, or why there is none and how to go on."""
    lines = []
    if report.answer is not None:
        lines.append(_answer_line(report.answer))
    if message := phrases.message(report):
        style = "white-space:pre-wrap;overflow-wrap:break-word"
        lines.append(element("div", words(message, 2_000), style=style))
    hint = phrases.what_next(report)
    if hint:
        lines.append(element("div", prose(hint), style=DIM))
    return element("div", *lines, style="margin:6px 0") if lines else ""


def _answer_line(answer: Answer) -> str:
    """The beginning of the answer, and its type; in full it is displayed below the last step."""
    value = one_line(answer.text, ANSWER_LINE)
    parts = [
        element("span", dim("Answer"), style="flex:none"),
        element("strong", words(value), style=f"font-weight:600;min-width:0;{_ELLIPSIS}"),
        *([element("span", dim(words(answer.type)), style="flex:none")] if answer.type != "str" else ()),
    ]
    return element("div", " ".join(parts), style="display:flex;gap:0 0.4em;font-size:14px")


def _rebound(report: RunReport) -> str:
    said = phrases.rebound(report)
    return element("div", words(said), style=f"margin:4px 0;{_SMALL}") if said else ""


# -- the bottom -----------------------------------------------------------------------


def _budget(report: RunReport) -> str:
    style = f"border-top:1px solid {RULE};padding-top:4px;margin-top:4px;{_SMALL}"
    return element("div", words(" · ".join(phrases.budget(report))), style=style)


def _record(report: RunReport) -> str:
    """What a run that is over has used, in a line; its steps unfold."""
    line = element("span", words(" · ".join(["Steps", *phrases.budget(report)])), style=_SMALL)
    return fold(line, steps_html(report)) if report.steps else _budget(report)


def _warnings(report: RunReport) -> str:
    lines = [
        element(
            "div",
            element("strong", "Warning ", style=coloured("color:{}", WARN)),
            words(message, 2_000),
            style="white-space:pre-wrap",
        )
        for message in report.warnings
    ]
    return "".join(lines)


# -- the answer -----------------------------------------------------------------------


def answer_html(text: str) -> str:
    """The answer as text, in full up to what a page can bear; a long one scrolls in itself."""
    style = (
        "white-space:pre-wrap;overflow-wrap:break-word;max-height:36em;overflow-y:auto;"
        f"margin:2px 0;line-height:1.5;{CONTENT};font-size:14px"
    )
    return element("div", words(text, ANSWER_LIMIT), style=style, class_=NO_MATH)
