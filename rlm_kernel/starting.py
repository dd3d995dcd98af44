"""What is recorded of a run when it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rlm_kernel.context import Context, Description, fingerprint
from rlm_kernel.events import RunStarted
from rlm_kernel.parts import Parts
from rlm_kernel.whereabouts import here


def record_start(parts: Parts, descriptions: Sequence[Description]) -> None:
    """Record that a run begins, of whose contexts these are the descriptions, in their order."""
    shared, run = parts.shared, parts.run
    described = zip(parts.contexts, descriptions, strict=True)
    shared.trajectory.record(
        RunStarted,
        span=run.span,
        parent=parts.parent_span,
        question=run.question,
        model=parts.model,
        sub_model=shared.sub_model,
        dialect=shared.dialect.name,
        depth=parts.depth,
        contexts=[_context_json(context, description) for context, description in described],
        limits=shared.budget.limits.to_json(),
        options=dict(shared.options),
        shadowed=sorted(run.shadowed),
        notes=[*shared.notes, *(note for context in parts.contexts for note in context.notes)],
        unpriced=list(shared.unpriced),
        models=dict(shared.models),
        versions=dict(shared.versions),
        branch_of=dict(shared.branch_of),
        cwd=here() if parts.is_root else "",
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
