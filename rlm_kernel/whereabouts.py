"""The folder a run began in: its relative paths, and its cells, start from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rlm_kernel.trajectory import Trajectory


def here() -> str:
    """The working directory; empty where it is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


@contextmanager
def where_it_began(folder: str, say: Callable[[str], None]) -> Iterator[None]:
    """In the folder a run began in, if it is there; afterwards too, where nothing failed.

    What the run's own cells make of the working directory is theirs, as it was then.
    """
    before = here()
    if folder and folder != before:
        if Path(folder).is_dir():
            os.chdir(folder)
            say(f"the working directory is {folder} again, where the run began")
        else:
            say(f"{folder}, where the run began, is not there: its files are looked for in {before}")
    try:
        yield
    except BaseException:
        if before:
            os.chdir(before)
        raise


def beside(trajectory: Trajectory, otherwise: Path) -> Path:
    """The folder of a run's file, for those of its branches; `otherwise` where it cannot be written."""
    file = trajectory.path or (Path(trajectory.source) if trajectory.source else None)
    return file.parent if file is not None and os.access(file.parent, os.W_OK) else otherwise
