"""The cells that a branch was given in the places of recorded ones, for the command to be repeatable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rlm_kernel.events import CellStarted
from rlm_kernel.interfaces import UsageError
from rlm_kernel.registry import edited
from rlm_kernel.rlm import ROOT, Run
from rlm_kernel.secrets import unmasked
from rlm_kernel.shelf import RunSummary
from rlm_kernel.trajectory import Trajectory, read


class Edits(NamedTuple):
    """What the cells of a step are to be."""

    cells: dict[str, str]
    """By label."""
    branch: str = ""
    """The id of the earlier branch they are taken from, if they are."""


def edits_of(run: Run, step: int, stored: Sequence[RunSummary]) -> Edits:
    """The edited cells of a step, from the notebook or else from an earlier branch on disk.

    A branch of the same question counts, the newest first, whose cells before that step are those of
    `run`: so a notebook that runs again as a whole, in another kernel, branches as it did.  Raises
    UsageError where nothing is known of an edit.
    """
    cells = edited.get(run.id, {})
    told = {label: code for label, code in cells.items() if label.partition(".")[0] == str(step)}
    if told:
        return Edits(told)
    codes = _codes(run.trajectory)
    for branch in reversed(stored):
        if branch.question == run.question and branch.branch_of.get("step") == step:
            cells = _edits_in(branch.path, codes, step)
            if cells:
                return Edits(cells, branch.id)
    raise UsageError(
        "--edited is for *Branch From This Cell* of JupyterLab, which tells what was edited;"
        f' in Python: run.branch({step}, code={{"{step}.1": "…"}})'
    )


def _edits_in(branch: Path, codes: dict[str, str], step: int) -> dict[str, str]:
    """The cells that a branch has in the places of others of a step, where all before them are the same."""
    try:
        theirs = _codes(read(branch))
    except UsageError:
        return {}
    if _before(theirs, step) != _before(codes, step):
        return {}
    here = {label: code for label, code in theirs.items() if _step(label) == step and label in codes}
    return {label: code for label, code in here.items() if code != codes[label]}


def _codes(record: Trajectory) -> dict[str, str]:
    """The code of the root run's cells, by label."""
    return {
        label: unmasked(cell.code, cell.secrets)
        for cell in record.of(CellStarted)
        if cell.cell and cell.span == f"{ROOT}/{(label := f'{cell.step}.{cell.cell}')}"
    }


def _before(codes: dict[str, str], step: int) -> dict[str, str]:
    return {label: code for label, code in codes.items() if _step(label) < step}


def _step(label: str) -> int:
    return int(label.partition(".")[0])
