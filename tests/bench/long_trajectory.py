"""A trajectory of many sub-calls, as a run records it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.trajectory import Trajectory

USAGE = {"input_tokens": 120, "output_tokens": 12, "cost": 0.0001}


def write_long_trajectory(path: Path, calls: int) -> None:
    """A finished run of one step whose cell asked `calls` prompts in one batch, one in a hundred failing."""
    recorded = Trajectory("long", path)

    def record(event: type[e.Event], span: str, parent: str | None, **fields: Any) -> None:
        recorded.record(event, span=span, parent=parent, **fields)

    record(
        e.RunStarted, "r", None, question="How many?", model="big", sub_model="small", dialect="rlm", depth=0
    )
    record(e.StepStarted, "r/1", "r", step=1)
    record(e.CallStarted, "r/1/q1", "r/1", role="root", model="big", key="k")
    record(e.CallFinished, "r/1/q1", "r/1", role="root", model="big", text="I ask all of them.", usage=USAGE)
    record(e.CellStarted, "r/1.1", "r/1", author="model", step=1, cell=1, code="xs = llm_query_batched(ps)")
    record(e.BatchStarted, "r/1.1/b1", "r/1.1", kind="llm", size=calls)
    for number in range(1, calls + 1):
        span = f"r/1.1/q{number}"
        about: dict[str, Any] = {"role": "sub", "model": "small"}
        prompt = [{"role": "user", "content": f"Is there a leak in document {number}? " + 20 * "word "}]
        record(
            e.CallStarted,
            span,
            "r/1.1",
            key=f"k{number}",
            messages=prompt,
            batch="r/1.1/b1",
            index=number - 1,
            **about,
        )
        if number % 100:
            record(e.CallFinished, span, "r/1.1", text="no", usage=USAGE, seconds=0.1, **about)
        else:
            record(e.CallFailed, span, "r/1.1", error="RateLimited", message="try again later", **about)
    failed = calls // 100
    record(e.BatchFinished, "r/1.1/b1", "r/1.1", done=calls - failed, failed=failed, seconds=1.0)
    record(e.CellFinished, "r/1.1", "r/1", author="model", step=1, cell=1, seconds=1.0)
    record(e.RunFinished, "r", None, status="finished", reason="answer", answer={"type": "int", "text": "17"})
