"""A run as a notebook of real cells, and a run read back from the notebook it is in."""

from __future__ import annotations

import json
import os
import re
import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.interfaces import UsageError
from rlm_kernel.options import BY_NAME
from rlm_kernel.report.plain import one_line, plain
from rlm_kernel.report.share import TRAJECTORY_MIME
from rlm_kernel.report.spans import ROOT, cell_id
from rlm_kernel.report.state import RunReport
from rlm_kernel.views.bundles import final_bundle
from rlm_kernel.views.notebook_cells import (
    Json,
    answer_output,
    code_cell,
    display,
    fetching_nothing,
    markdown_cell,
    step_cells,
)

KERNELSPEC = {"name": "rlm", "display_name": "Python 3 (RLM)", "language": "python"}
ANSWER_SHOWN = 20_000
"""Characters of the answer that the beginning of a runnable notebook shows."""
EXPRESSION_SHOWN = 120
_SAID_ALREADY = ("context", "model", "sub_model")


def write_notebook(
    events: Sequence[e.Event],
    path: str | os.PathLike[str],
    source: str | None = None,
    *,
    runnable: bool = False,
) -> Path:
    """Write the run as a notebook; see `to_notebook`.  Raises UsageError where that fails."""
    import nbformat  # noqa: PLC0415 - it takes a second, and most kernels never write a notebook

    target = Path(path)
    # Jupyter runs a notebook in its own folder: the paths in its line are as seen from there.
    source = source or _question_source(RunReport.of(events), target.parent)
    notebook = to_notebook(events, source=source, runnable=runnable)
    try:
        nbformat.write(notebook, target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from None
    return target


def to_notebook(events: Sequence[e.Event], *, source: str | None = None, runnable: bool = False) -> Any:
    """The run as an nbformat 4.5 notebook.

    Its first cell is the ``%%rlm`` cell (`source`, or one made of what the run was given)
    with the card, the trajectory and the answer; then come, for each step, its number and
    the thought as Markdown and the cells with the outputs they had.  What the human did in
    between, by a hint or a cell, is marked as such.  The model's cells carry the tag
    ``skip-execution``, so that executing the notebook runs the ``%%rlm`` cell alone.  A
    `runnable` notebook is the other way round: its cells have no tag and run as anybody's,
    and in the place of the ``%%rlm`` cell, which would start and pay for the run again, are
    question and answer as Markdown and a cell that says which names are expected.
    Equal trajectories make equal notebooks.
    """
    import nbformat  # noqa: PLC0415

    report = RunReport.of(events)
    if runnable:
        steps = [_without_tags(cell) for cell in step_cells(report, events)]
        cells = [_about_cell(report), _setup_cell(report, events), *steps]
    else:
        cells = [_question_cell(report, events, source), *step_cells(report, events)]
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def read_notebook(path: str | os.PathLike[str]) -> list[e.Event]:
    """The events of the last run whose card is in a notebook file; a warning says that there are others.

    Raises UsageError, with one sentence, where there is none.
    """
    bundles = _run_bundles(path)
    if not bundles:
        raise UsageError(f"{path} holds no run: save the notebook after a %%rlm cell has ended")
    try:
        events = [e.from_json(event) for event in bundles[-1][TRAJECTORY_MIME]["events"]]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"the run in {path} cannot be read: {error}") from error
    runs = {_run_of(bundle) for bundle in bundles}
    if len(runs) > 1:
        warnings.warn(
            f"{path} holds {len(runs)} runs: this is the last, {_run_of(bundles[-1])}", stacklevel=4
        )
    return events


def _run_of(bundle: Json) -> Any:
    """The id of the run that a card shows; None for a broken one."""
    try:
        return bundle[TRAJECTORY_MIME]["events"][0]["run"]
    except (LookupError, TypeError):
        return None


def _run_bundles(path: str | os.PathLike[str]) -> list[Json]:
    """The outputs of a notebook file that show runs; raises UsageError for what is no notebook."""
    try:
        notebook = json.loads(Path(path).read_text("utf-8"))
        return [
            output["data"]
            for cell in notebook["cells"]
            for output in cell.get("outputs", ())
            if TRAJECTORY_MIME in output.get("data", {})
        ]
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not a notebook") from error


# -- the %%rlm cell -------------------------------------------------------------------


def _question_cell(report: RunReport, events: Sequence[e.Event], source: str | None) -> Json:
    outputs = [display(final_bundle(report, events)), *answer_output(events)]
    code = source if source is not None else _question_source(report)
    return code_cell(cell_id(report.run, ROOT), code, {"rlm": {"run": report.run}}, outputs, None)


def _question_source(report: RunReport, folder: Path = Path()) -> str:
    """A ``%%rlm`` cell, in a notebook in `folder`, that asks the same of the same contexts and models."""
    return f"{_magic_line(report, folder)}\n{report.question}"


def _magic_line(report: RunReport, folder: Path) -> str:
    words = ["%%rlm"]
    for number, context in enumerate(report.contexts, 1):
        name, expression = context.get("name"), _seen_from(folder, str(context.get("expression") or ""))
        default = "context" if number == 1 else f"context_{number}"
        if expression:
            words += ["-c", shlex.quote(expression if name == default else f"{name}={expression}")]
    words += ["-m", shlex.quote(report.model)]
    if report.sub_model != report.model:
        words += ["-s", shlex.quote(report.sub_model)]
    for name, value in report.options.items():
        if name not in _SAID_ALREADY:
            words += _option_words(name, value)
    return " ".join(words)


def _option_words(name: str, value: Any) -> list[str]:
    """An option as it is written on the line; none for a schema that was a type and has no name."""
    option = BY_NAME.get(name)
    if option is None:
        return []
    if option.is_switch:
        return [option.flag]
    values = value if isinstance(value, list) else [value]
    return [word for each in values for word in (option.flag, shlex.quote(str(each)))]


def _seen_from(folder: Path, expression: str) -> str:
    """A relative path as it is written from another folder; any other expression as it is."""
    path = Path(expression)
    is_relative = bool(expression) and not path.is_absolute() and folder.resolve() != Path.cwd()
    return os.path.relpath(path, folder) if is_relative and path.exists() else expression


# -- what a runnable notebook begins with ---------------------------------------------


def _about_cell(report: RunReport) -> Json:
    """The question, whom it was asked, and the answer as text."""
    asked = f"`{report.model}`" + (f" and `{report.sub_model}`" if report.sub_model != report.model else "")
    if report.answer is None:
        answer = "There was no answer."
    else:
        answer = f"The answer was:\n\n{_fenced(plain(report.answer.text, ANSWER_SHOWN))}"
    text = f"{fetching_nothing(plain(report.question))}\n\n*Asked of {asked}.*  {answer}"
    return markdown_cell(cell_id(report.run, "about"), {"rlm": {"run": report.run}}, text)


def _setup_cell(report: RunReport, events: Sequence[e.Event]) -> Json:
    """A cell that binds what the cells below need, and holds the card and the trajectory."""
    lines = [
        f"# The cells below are those of run {report.run}; a call of llm_query in one asks a model again."
    ]
    if report.contexts:
        lines.append("# They read these names, which are yours to set:")
    lines += [_expected(context) for context in report.contexts]
    lines.append('answer = {"content": "", "ready": False}')
    outputs = [display(final_bundle(report, events))]
    return code_cell(cell_id(report.run, "setup"), "\n".join(lines), {}, outputs, None)


def _expected(context: Json) -> str:
    """A comment of one line, whatever is in the context's expression."""
    was = one_line(str(context.get("expression") or "an object"), EXPRESSION_SHOWN)
    kind = ", ".join(str(part) for part in (context.get("type"), context.get("size")) if part)
    return f"# {context.get('name')} = …  (it was {was}: {kind})"


def _fenced(text: str) -> str:
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _without_tags(cell: Json) -> Json:
    return cell | {"metadata": {key: value for key, value in cell["metadata"].items() if key != "tags"}}
