"""The steps of a run as an HTML table, a line each."""

from __future__ import annotations

from rlm_kernel.report import figures, phrases
from rlm_kernel.report.elements import RULE, TABULAR, WARN, coloured, dim, element, fold, prose, words
from rlm_kernel.report.parts import Calls, Step
from rlm_kernel.report.state import RunReport

NONE = "–"
STEPS_SHOWN = 12
"""Steps after which the earlier ones are folded."""

_WIDTHS = ("2em", "auto", "8em", "5.5em", "5.5em", "5.5em")
_CELL = "padding:2px 0 2px 12px;border:none;background:transparent;vertical-align:top;font-weight:400;"
_NUMBER = f"{_CELL}text-align:right;white-space:nowrap;{TABULAR}"
_FIRST = f"{_CELL}padding-left:0;text-align:left;white-space:nowrap;{TABULAR}"
_TEXT = f"{_CELL}text-align:left;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"
_ROW = "background:transparent;border:none"


def steps_html(report: RunReport) -> str:
    """A table of the steps; of a long run the earlier ones are folded."""
    if not report.steps:
        return ""
    earlier, later = report.steps[:-STEPS_SHOWN], report.steps[-STEPS_SHOWN:]
    if not earlier:
        return _table(report, later)
    summary = dim(f"Steps {earlier[0].number} to {earlier[-1].number}")
    return fold(summary, _table(report, earlier)) + _table(report, later)


def _table(report: RunReport, steps: list[Step]) -> str:
    style = (
        "width:100%;table-layout:fixed;border-collapse:collapse;border:none;margin:6px 0 0 0;"
        f"border-top:1px solid {RULE};font-size:12px;color:inherit"
    )
    columns = "".join(f'<col style="width:{width}">' for width in _WIDTHS)
    return element(
        "table",
        element("colgroup", columns),
        element("thead", _heads(), style="border:none"),
        element("tbody", *(_rows(report, step) for step in steps)),
        style=style,
    )


def _heads() -> str:
    heads = (
        element("th", dim("#"), scope="col", align="left", style=_FIRST),
        element("th", dim("Step"), scope="col", align="left", style=_TEXT),
        *(
            element("th", dim(name), scope="col", align="right", style=_NUMBER)
            for name in ("Calls", "Tokens", "Cost", "Time")
        ),
    )
    return element("tr", *heads, style=_ROW)


def _rows(report: RunReport, step: Step) -> str:
    line = phrases.step_line(step)
    troubles = "".join(
        element("span", words(trouble), style=coloured("color:{}", WARN)) + " · "
        for trouble in phrases.troubles(step)
    )
    used = bool(step.usage.tokens or step.usage.unpriced)
    numbers = (
        _calls(step.calls),
        figures.tokens(step.usage.tokens) if used else NONE,
        words(phrases.cost(step.usage)) if used else NONE,
        words(phrases.step_time(step)),
    )
    cells = (
        element("td", dim(str(step.number)), align="left", style=_FIRST),
        element("td", troubles, prose(line), align="left", style=_TEXT, title=line),
        *(element("td", number, align="right", style=_NUMBER) for number in numbers),
    )
    children = (_child_row(child) for child in phrases.children(report, step))
    return "".join([element("tr", *cells, style=_ROW), *children])


def _child_row(line: str) -> str:
    text = element("td", dim("↳ ", words(line)), align="left", style=_TEXT, colspan=len(_WIDTHS) - 1)
    return element("tr", element("td", style=_FIRST), text, style=_ROW)


def _calls(calls: Calls) -> str:
    if not calls.ended and not calls.in_flight:
        return NONE
    failed = (
        element("span", f", {calls.failed:,} failed", style=coloured("color:{}", WARN))
        if calls.failed
        else ""
    )
    return f"{calls.ended:,}{failed}"
