"""The runs of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlm_kernel.rlm import Run

runs: dict[str, Run] = {}
"""The root runs, by id, oldest first."""


def latest_run() -> Run | None:
    """The run that was started last."""
    return next(reversed(runs.values()), None)
