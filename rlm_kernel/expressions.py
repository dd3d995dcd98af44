"""The user's own expressions, evaluated where the cells of a run find their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.interfaces import REPL, UsageError


def evaluator(repl: REPL) -> Callable[[str], Any]:
    """Evaluates an expression of the user's in the namespace."""

    def evaluate(source: str) -> Any:
        # One mapping, as a cell has: what is nested in the expression looks names up in the globals.
        return eval(source, {**repl.namespace, "__builtins__": repl.functions})  # noqa: S307  (the user's own)

    return evaluate


def schema_in(repl: REPL, schema: Any) -> Any:
    """The type that an answer must validate as; raises UsageError where there is none of that name."""
    if isinstance(schema, str):
        schema = _named(schema, repl)
    return None if schema is None else schemas.resolved(schema, repl.namespace)


def _named(name: str, repl: REPL) -> Any:
    try:
        return evaluator(repl)(name)
    except Exception as error:  # noqa: BLE001  (the user's own expression may raise anything)
        raise UsageError(
            f"--schema {name}: there is no such type in the namespace ({type(error).__name__}: {error})"
        ) from None
