"""Writing runs as notebooks, which only those pay for who do it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlm_kernel.events import Event
from rlm_kernel.rlm import Run, notebook_writers


def install() -> None:
    """Let runs be saved as notebooks."""
    if not notebook_writers:
        notebook_writers.append(_write)


def export(run: Run, path: Path) -> None:
    """Write a run as a plain notebook whose cells run by themselves, or as ``.jsonl``."""
    if path.suffix == ".ipynb":
        _write(run.trajectory.events, path, runnable=True)
    else:
        run.save(path)


def _write(events: Sequence[Event], target: Path, *, runnable: bool = False) -> None:
    from rlm_kernel.views.notebook import write_notebook  # noqa: PLC0415

    write_notebook(events, target, runnable=runnable)
