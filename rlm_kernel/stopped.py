"""What is said of a run that came to a stop, and how it goes on."""

from __future__ import annotations

from rlm_kernel.report.phrases import resume_command
from rlm_kernel.rlm import Run
from rlm_kernel.steps import where_stopped


def stopped_sentence(run: Run) -> str:
    """Where a run stopped, why, and how to go on."""
    if run.status == "proposed":
        return f"rlm: {proposed_sentence(run)}; %rlm cells {len(run.steps)} shows what waits"
    where = f"{run.status} {where_stopped(run.steps)}"
    why = "" if run.message == "interrupted" else f" ({run.message or run.reason})"
    end = ", or end it with %rlm stop" if run.reason == "diverged" else ""
    return f"rlm: {where}{why}. Go on with {resume_command(run.reason)}{end}"


def proposed_sentence(run: Run) -> str:
    """What waits, why, and how to go on."""
    cells = "1 cell waits" if len(run.proposed) == 1 else f"{len(run.proposed)} cells wait"
    whys = dict.fromkeys(cell.why for cell in run.proposed if cell.why)
    why = f" ({'; '.join(whys)})" if whys else ""
    ways = "Run it by hand, edited if you like, or %rlm accept, or %rlm skip"
    return f"step {len(run.steps)} is proposed: {cells} for you{why}. {ways}"
