"""The cells of a run as notebook cells: each step with its thought, and what the human did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.history import is_of_death
from rlm_kernel.interfaces import Proposed
from rlm_kernel.messages.reply import split_reply
from rlm_kernel.report.html import answer_html
from rlm_kernel.report.parts import Step
from rlm_kernel.report.plain import encodable, map_texts, plain
from rlm_kernel.report.spans import ROOT, cell_id, run_of, step_of
from rlm_kernel.report.state import RunReport

SKIP = "skip-execution"
"""The tag by which `jupyter execute` and papermill leave a cell alone."""

_FETCHING = re.compile(r"!(?=\[)|<(?=[A-Za-z][\w-]*[\s/>])")

Json = dict[str, Any]


def step_cells(report: RunReport, events: Sequence[e.Event], *, heads: bool = True) -> list[Json]:
    """The cells of the root's steps, in the order in which they came.

    With `heads` each step has a heading, and a cell that has not run a note that says so;
    without, a step that says nothing has none: the labextension's headers say it.
    """
    steps = {step.number: step for step in report.steps}
    finished = {event.span: event for event in events if isinstance(event, e.CellFinished)}
    noted = _noted if heads else list
    left_out = {step.number: noted(left_out_cells(report, step)) for step in report.steps}
    cells: list[Json] = []
    at, after_human = 0, False
    for event in events:
        if run_of(event.span) != ROOT:
            continue
        if _goes_past(event):
            cells += left_out.pop(at, [])
        if isinstance(event, e.CallFinished) and event.role == "root":
            at = step_of(event.span) or at
            cells += [thought_cell(event)] if heads else thought_alone(event)
        elif isinstance(event, e.RunResumed) and event.hint:
            cells.append(_hint_cell(event, event.hint))
        elif isinstance(event, e.CellStarted):
            is_human = not event.cell
            cells += [_human_note(event)] if is_human and not after_human else []
            cells.append(ran_cell(report.run, event, finished.get(event.span), steps.get(event.step)))
            after_human = is_human
    return [*cells, *left_out.pop(at, []), *noted(proposed_cells(report))]


def _goes_past(event: e.Event) -> bool:
    """Whether the cells that waited before an event, and did not run, never will."""
    return isinstance(event, e.StepStarted) or (isinstance(event, e.RunResumed) and event.command == "skip")


def thought_cell(reply: e.CallFinished) -> Json:
    """What a reply says beside its code."""
    number, parts = step_of(reply.span), split_reply(reply.text)
    said = [f"### Step {number}", fetching_nothing(parts.thought), "" if parts.cells else "*(no code)*"]
    about = {"run": reply.run, "step": number, "author": "model"}
    return _told(reply, reply.span, about, *said)


def thought_alone(reply: e.CallFinished) -> list[Json]:
    """What a reply says beside its code, where it says anything."""
    thought = split_reply(reply.text).thought
    about = {"run": reply.run, "step": step_of(reply.span), "author": "model"}
    return [_told(reply, reply.span, about, fetching_nothing(thought))] if thought.strip() else []


def _hint_cell(resumed: e.RunResumed, hint: str) -> Json:
    quoted = "\n".join(f"> {line}" for line in fetching_nothing(hint).splitlines())
    about = {"run": resumed.run, "author": "human"}
    return _told(resumed, f"{ROOT}-hint-{resumed.seq}", about, "*You resumed the run with a hint:*", quoted)


def _human_note(started: e.CellStarted) -> Json:
    about = {"run": started.run, "step": started.step, "author": "human"}
    return _told(started, f"{started.span}-note", about, "*You ran this while the run was paused:*")


def _told(event: e.Event, name: str, about: Json, *paragraphs: str) -> Json:
    source = "\n\n".join(filter(None, paragraphs))
    return markdown_cell(cell_id(event.run, name), {"rlm": about}, source)


def ran_cell(run: str, started: e.CellStarted, finished: e.CellFinished | None, step: Step | None) -> Json:
    """A cell with the outputs it had, and in its metadata whose it is and what it took."""
    about: Json = {"run": run, "step": started.step, "cell": started.cell, "author": started.author}
    if started.cell and step is not None:
        about |= _spent(step, first=started.cell == 1)
    if started.cell and started.author == "human":
        about["edited"] = True  # by the human, before it ran
    if finished is not None:
        is_first = started.cell == 1
        about["seconds"] = step.seconds if is_first and step is not None else finished.seconds
        if finished.interrupted:
            about["interrupted"] = "kernel died" if is_of_death(finished) else True
    metadata = {"rlm": about, **({"tags": [SKIP]} if started.author == "model" else {})}
    outputs = finished.outputs if finished is not None else []
    count = finished.execution_count if finished is not None else None
    return code_cell(cell_id(run, started.span), started.code, metadata, outputs, count)


def _spent(step: Step, *, first: bool) -> Json:
    """The model, and with the step's first cell what the whole step used."""
    if not first:
        return {"model": step.model}
    cost = None if step.usage.unpriced else step.usage.cost
    return {"model": step.model, "tokens": step.usage.tokens, "cost": cost}


def proposed_cells(report: RunReport) -> list[Json]:
    """The cells of a step that waits to be accepted."""
    if report.status != "proposed" or report.step is None:
        return []
    step = report.step
    return [_not_run(report, step, cell, {"proposed": cell.why}) for cell in step.waiting.values()]


def left_out_cells(report: RunReport, step: Step) -> list[Json]:
    """The cells of a step that were proposed and not run, as what they are kept."""
    return [_not_run(report, step, cell, {"left_out": step.fate}) for cell in step.left_out.values()]


def _noted(cells: list[Json]) -> list[Json]:
    """The cells of a step that have not run, below a note that says so."""
    if not cells:
        return []
    about = cells[0]["metadata"]["rlm"]
    if "proposed" in about:
        note = "*This waits for you; it has not been run:*"
    else:
        note = (
            "*You skipped this; it was not run:*" if about["left_out"] == "skipped" else "*This was not run:*"
        )
    name = f"{ROOT}/{about['step']}-note"
    of = {"run": about["run"], "step": about["step"], "author": "human"}
    return [markdown_cell(cell_id(about["run"], name), {"rlm": of}, note), *cells]


def _not_run(report: RunReport, step: Step, cell: Proposed, why: Json) -> Json:
    about = {
        "run": report.run,
        "step": step.number,
        "cell": cell.number,
        "author": "model",
        "model": step.model,
        **why,
    }
    identity = cell_id(report.run, f"{ROOT}/{step.number}.{cell.number}")
    return code_cell(identity, cell.code, {"rlm": about, "tags": [SKIP]}, [], None)


# -- pieces ---------------------------------------------------------------------------


def code_cell(identity: str, code: str, metadata: Json, outputs: Iterable[Json], count: int | None) -> Json:
    """A code cell that has run as often as `count` says."""
    return {
        "cell_type": "code",
        "id": identity,
        "metadata": metadata,
        "execution_count": count,
        "source": encodable(code),
        "outputs": [map_texts(output, encodable) for output in outputs],
    }


def markdown_cell(identity: str, metadata: Json, source: str) -> Json:
    """A cell of Markdown."""
    return {"cell_type": "markdown", "id": identity, "metadata": metadata, "source": source}


def fetching_nothing(text: str) -> str:
    """Markdown in which what would fetch something from elsewhere is text: see report/markdown.py."""
    return _FETCHING.sub(r"\\\g<0>", encodable(text))


def answer_output(events: Iterable[e.Event]) -> list[Json]:
    """The answer as the run showed it: text as text, anything else in the shell's own spelling."""
    ends = [event for event in events if isinstance(event, e.RunFinished) and event.span == ROOT]
    answer = ends[-1].answer if ends else None
    if answer is None:
        return []
    text = str(answer.get("text", ""))
    if answer.get("type") == "str":
        return [display({"text/html": answer_html(text), "text/plain": plain(text)})]
    return [display({"text/plain": plain(_spelled(answer, text))})]


def _spelled(answer: Json, text: str) -> str:
    """The value in lines, as IPython breaks them, where the trajectory has it; else its `text`."""
    value = answer.get("json")
    if type(value).__name__ != answer.get("type"):
        return text
    from IPython.lib.pretty import pretty  # noqa: PLC0415 - as late as nbformat

    return str(pretty(value))


def display(bundle: Json) -> Json:
    """An output that shows a MIME bundle."""
    return {"output_type": "display_data", "data": bundle, "metadata": {}}
