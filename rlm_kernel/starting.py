"""What is recorded of a run when it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel.context import Context, Description, fingerprint
from rlm_kernel.events import RunStarted
from rlm_kernel.rlm import Run
from rlm_kernel.shared import Shared
from rlm_kernel.whereabouts import here


def record_start(
    shared: Shared,
    run: Run,
    contexts: Sequence[tuple[Context, Description]],
    *,
    model: str,
    depth: int,
    parent: str | None,
) -> None:
    """Record that a run, whose contexts have been described, begins."""
    shared.trajectory.record(
        RunStarted,
        span=run.span,
        parent=parent,
        question=run.question,
        model=model,
        sub_model=shared.sub_model,
        dialect=shared.dialect.name,
        depth=depth,
        contexts=[_context_json(context, description) for context, description in contexts],
        limits=shared.budget.limits.to_json(),
        options=dict(shared.options),
        shadowed=sorted(run.shadowed),
        notes=[*shared.notes, *(note for context, _ in contexts for note in context.notes)],
        unpriced=list(shared.unpriced),
        models=dict(shared.models),
        versions=dict(shared.versions),
        branch_of=dict(shared.branch_of),
        cwd=here() if parent is None else "",
    )


def _context_json(context: Context, description: Description) -> dict[str, Any]:
    return {
        "name": context.name,
        "expression": context.expression,
        "type": description.type,
        "size": description.size,
        "fingerprint": fingerprint(context.value),
        "description": description.text,
    }
