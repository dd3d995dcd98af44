"""The cells of a step as plain text: who wrote them, their code, and what they showed."""

from __future__ import annotations

from collections.abc import Iterable

from rlm_kernel.events import CellFinished, CellsProposed, CellStarted, Event
from rlm_kernel.messages.observation import output_text
from rlm_kernel.report import figures
from rlm_kernel.report.plain import plain
from rlm_kernel.report.spans import ROOT

OUTPUT_LIMIT = 20_000


def cells_text(events: Iterable[Event], step: int, run: str = ROOT) -> str:
    """Every cell of a step, in order, those that a human ran after it included; empty where there is none.

    Cells that were proposed and did not run come last.
    """
    started: dict[str, CellStarted] = {}
    finished: dict[str, CellFinished] = {}
    waiting: dict[str, str] = {}
    for event in events:
        if isinstance(event, CellsProposed) and event.span == f"{run}/{step}":
            waiting = {f"{event.span}.{cell['cell']}": cell["code"] for cell in event.cells}
        if isinstance(event, CellStarted) and event.parent == f"{run}/{step}":
            started[event.span] = event
            waiting.pop(event.span, None)
        elif isinstance(event, CellFinished) and event.span in started:
            finished[event.span] = event
    ran = [_cell_text(cell, finished.get(span)) for span, cell in started.items()]
    proposed = [
        f"── cell {span.rpartition('/')[2]} · proposed, did not run ──\n{plain(code.rstrip())}"
        for span, code in waiting.items()
    ]
    return "\n\n".join([*ran, *proposed])


def _cell_text(cell: CellStarted, end: CellFinished | None) -> str:
    parts = [f"── {' · '.join(_facts(cell, end))} ──", plain(cell.code.rstrip("\n"))]
    shown = plain(output_text(end.outputs), OUTPUT_LIMIT).rstrip("\n") if end else ""
    parts += [f"→ {shown}"] if shown else []
    if end and end.error:
        parts.append(plain(str(end.error["traceback"]).rstrip("\n"), OUTPUT_LIMIT))
    if end and end.names:
        parts.append("names: " + ", ".join(f"{change['name']} ({change['change']})" for change in end.names))
    return "\n".join(parts)


def _facts(cell: CellStarted, end: CellFinished | None) -> list[str]:
    name = f"cell {cell.step}.{cell.cell}" if cell.cell else f"a cell after step {cell.step}"
    facts = [name, f"by the {cell.author}"]
    if end is None:
        return [*facts, "has not ended"]
    if end.execution_count is not None:
        facts.append(f"In [{end.execution_count}]")
    return [*facts, figures.duration(end.seconds), *(["interrupted"] if end.interrupted else [])]
