"""The ways a cell finishes its run, and the one that lists its variables."""

from __future__ import annotations

import asyncio
from typing import Any

from rlm_kernel import namespaces
from rlm_kernel.hiding import hiding_frames
from rlm_kernel.scope import current_scope, run_scope


def SHOW_VARS() -> str:  # noqa: N802  (the name the RLM paper's code taught)
    """The variables of the namespace, one a line, with type and size."""
    scope = current_scope()
    lines = [
        f"{name}: {namespaces.type_name(value)}"
        + (f", {size}" if (size := namespaces.size_text(value)) else "")
        for name, value in sorted(scope.namespace.items())
        if name not in scope.hidden and not namespaces.is_housekeeping(name)
    ]
    return "\n".join(lines) or "no variables yet"


def FINAL(x: Any) -> Any:  # noqa: N802
    """Finish the run with `x`; outside a run, return it."""
    return _finish(x)


@hiding_frames
def FINAL_VAR(name: Any) -> Any:  # noqa: N802
    """Finish the run with the variable called `name`; outside a run, return the argument.

    Raises NameError when there is no such variable.
    """
    scope = run_scope()
    if scope is None or not isinstance(name, str):
        return _finish(name)
    key = name.strip().strip("\"'`")
    if key not in scope.namespace:
        raise NameError(
            f"FINAL_VAR: there is no variable {key!r}: create it first, or call FINAL with the value"
        )
    return _finish(scope.namespace[key])


@hiding_frames
def SUBMIT(*values: Any, **fields: Any) -> Any:  # noqa: N802
    """Finish the run with a value, or with a dict of named fields."""
    if fields and not values:
        return _finish(fields)
    if len(values) == 1 and not fields:
        return _finish(values[0])
    raise TypeError("SUBMIT takes one value, or named fields: SUBMIT(x) or SUBMIT(a=…, b=…)")


def final_answer(x: Any) -> Any:
    """Finish the run with `x`; outside a run, return it."""
    return _finish(x)


def _finish(value: Any) -> Any:
    scope = run_scope()
    if scope is not None:
        if asyncio.iscoroutine(value):
            raise TypeError("that is no answer yet, it was not awaited: finish with `await` before the call")
        scope.finish_with(value)
        return None
    return value
