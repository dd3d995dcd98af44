"""The end of a run whose latest cell left nothing to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm_kernel.offline.source import remark
from rlm_kernel.offline.speech import FAILED, skipped

if TYPE_CHECKING:
    from rlm_kernel.offline.run import Run
    from rlm_kernel.offline.source import Finish


def standstill(run: Run) -> Finish:
    """Say whether the cell failed, or was passed over and so did not run."""
    if run.was_skipped:
        return remark("The cell was skipped, so it did not run.", skipped(run.stage))
    return remark("The cell did not work.", FAILED)
