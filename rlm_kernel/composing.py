"""Puts together what one root run needs, from its question and the options it is asked with."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from rlm_kernel._version import __version__
from rlm_kernel.asked import Asked
from rlm_kernel.budget import Budget
from rlm_kernel.calls import CallSettings
from rlm_kernel.dialects import dialect
from rlm_kernel.engine import Engine
from rlm_kernel.interfaces import Client
from rlm_kernel.limits import Limits
from rlm_kernel.loop import Host, Loop
from rlm_kernel.options import Options
from rlm_kernel.queries import Queries
from rlm_kernel.replay import recorded_model
from rlm_kernel.rlm import Run
from rlm_kernel.trajectory import Trajectory


def compose(
    asked: Asked,
    trajectory: Trajectory,
    client: Client,
    host: Host,
    *,
    run: Run | None = None,
    branch_of: Mapping[str, Any] | None = None,
) -> Loop:
    """What drives a run that has not begun, or `run`, read from a file, that is to go on.

    Raises QueryError when a model of it cannot be called.
    """
    options = asked.options
    budget = Budget(options.limits)
    queries = Queries(client, budget, trajectory, call_settings(options))
    infos = queries.describe(list(dict.fromkeys([asked.model, asked.sub_model])), lambda: None)
    unpriced = [info.name for info in infos if info.price is None]
    engine = Engine(
        queries,
        budget,
        trajectory,
        dialect(options.dialect),
        asked.model,
        asked.sub_model,
        sub_window=infos[-1].window,
        out=options.out,
        step=options.step,
        approve=options.approve,
        keep_answer=options.keep_answer,
        options=options.to_json(),
        notes=[*asked.notes, *_price_notes(unpriced, options.limits)],
        unpriced=unpriced,
        models={info.name: recorded_model(info) for info in infos},
        versions={"rlm_kernel": __version__, "python": platform.python_version()},
        branch_of=branch_of or {},
    )
    return engine.root(asked.question, asked.repl, asked.contexts, schema=asked.schema, host=host, run=run)


def call_settings(options: Options) -> CallSettings:
    """How the calls of a run, or of a session, are made."""
    assert options.model is not None
    return CallSettings(
        model=options.model,
        sub_model=options.sub_model or options.model,
        api_base=options.api_base,
        sub_api_base=options.sub_api_base,
        fallbacks=options.fallback,
        temperature=options.temperature,
        timeout=options.timeout,
        concurrency=options.concurrency,
    )


def _price_notes(unpriced: Sequence[str], limits: Limits) -> list[str]:
    if not unpriced or not limits.max_cost:
        return []
    them = "it" if len(unpriced) == 1 else "them"
    return [f"No price is known for {', '.join(unpriced)}: --max-cost does not apply to {them}"]
