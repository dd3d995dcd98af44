"""The functions of the dialect `fast-rlm`, whose models await every question they ask.

Its `llm_query` is recursive by itself: what is asked goes to a child run while depth allows,
and to a plain sub-call at the limit.  Nothing is asked before it is awaited, so that a list
of questions can be gathered, or handed to `batch_llm_query`, and run side by side.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from typing import Any

from rlm_kernel.functions import on_thread
from rlm_kernel.functions.asks import model_name, schema_type
from rlm_kernel.hiding import hiding_frames
from rlm_kernel.interfaces import UsageError
from rlm_kernel.scope import ChildAsk, current_scope, run_scope

TASK_IN_CONTEXT = "Your task, and what you need for it, are in `context`."
_SHOWN = 60
"""Characters of a question that its repr shows."""


class UnawaitedQuery(Coroutine[Any, Any, Any]):
    """What `llm_query(…)` is until it is awaited: a question that nobody was asked yet.

    It is a coroutine, so that `asyncio.gather` and `asyncio.create_task` take it.
    """

    def __init__(self, ask: ChildAsk) -> None:
        self.ask = ask
        self._coroutine: Coroutine[Any, Any, Any] | None = None

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begun().__await__()

    def send(self, value: Any) -> Any:
        return self._begun().send(value)

    def throw(self, *error: Any) -> Any:
        return self._begun().throw(*error)

    def close(self) -> None:
        if self._coroutine is not None:
            self._coroutine.close()

    def __repr__(self) -> str:
        question = " ".join(self.ask.prompt.split())
        shown = question if len(question) <= _SHOWN else f"{question[: _SHOWN - 1]}…"
        return f"<not asked yet, it must be awaited: await llm_query({shown!r})>"

    def _begun(self) -> Coroutine[Any, Any, Any]:
        if self._coroutine is None:
            self._coroutine = _answer(self.ask)
        return self._coroutine


@hiding_frames
def llm_query(
    context: Any,
    schema: Any = None,
    *,
    model: str | None = None,
    instruction: str | None = None,
    tools: Any = None,
    mcp: Any = None,
) -> UnawaitedQuery:
    """Let another model answer: ``await llm_query(…)``.

    Parameters
    ----------
    context
        The task with everything needed for it: a text, or an object such as a dict of a
        task and its data.  A child run finds it in its variable ``context``.
    schema
        What the answer must validate as: a type, or a JSON Schema as a dict.
    model
        The child's root model; the run's own by default.
    instruction
        What the child is told beside its context.

    Returns
    -------
    UnawaitedQuery
        Awaited, it gives the object the child answered with; where no deeper run is
        allowed, the reply of a plain sub-call.

    Raises
    ------
    UsageError
        For `tools` and `mcp`, which a child here does not take, and for a schema that is none.
    LimitExceeded, QueryError
        When awaited, as for `rlm_query`.
    """
    if tools or mcp:
        raise UsageError(
            "llm_query takes no tools= and no mcp= here: a child has Python and the installed packages,"
            " put what else it needs into its context"
        )
    if inspect.isawaitable(context):
        raise TypeError("llm_query got a question that was not awaited: await that one first")
    return UnawaitedQuery(_child_ask(context, schema, model, instruction))


@hiding_frames
async def batch_llm_query(*queries: Any) -> list[Any]:
    """Ask many questions side by side; the answers come in the order of the questions.

    Parameters
    ----------
    *queries
        Prompts, ``llm_query(…)`` not yet awaited, or other awaitables; or one list of these.

    Raises
    ------
    BatchError
        When questions failed, after the others were answered: ``.results`` has their
        answers, ``.failed`` the indices of those that failed.
    LimitExceeded
        At the depth limit, when the batch does not fit the budget: no call was made.
    """
    is_one_list = len(queries) == 1 and isinstance(queries[0], (list, tuple, Iterator))
    listed = queries[0] if is_one_list else queries
    asked = [query if inspect.isawaitable(query) else llm_query(query) for query in listed]
    ours = [query.ask for query in asked if isinstance(query, UnawaitedQuery)]
    theirs = [query for query in asked if not isinstance(query, UnawaitedQuery)]
    answers, *others = await asyncio.gather(_answers(ours, batch=True), *theirs)
    of_ours, of_theirs = iter(answers), iter(others)
    return [next(of_ours if isinstance(query, UnawaitedQuery) else of_theirs) for query in asked]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "llm_query": llm_query,
    "batch_llm_query": batch_llm_query,
}
"""The names that a cell of this dialect finds instead of, or beside, the builtin ones."""


@hiding_frames
async def _answer(ask: ChildAsk) -> Any:
    return (await _answers([ask], batch=False))[0]


async def _answers(asks: Sequence[ChildAsk], *, batch: bool) -> list[Any]:
    if not asks:
        return []
    scope = current_scope()
    return await on_thread(lambda: scope.spawn(scope, asks, "raise", batch=batch))


def _child_ask(context: Any, schema: Any, model: str | None, instruction: str | None) -> ChildAsk:
    scope, named = run_scope(), model_name(model, "llm_query")
    kind = _json_schema_type(schema) if isinstance(schema, Mapping) else schema
    kind = schema_type(kind, scope.namespace if scope else {})
    if isinstance(context, str) and not instruction:
        return ChildAsk(context, model=named, schema=kind)
    question = f"{TASK_IN_CONTEXT}\n\n{instruction}" if instruction else TASK_IN_CONTEXT
    return ChildAsk(question, {"context": context}, model=named, schema=kind)


def _json_schema_type(schema: Mapping[str, Any]) -> Any:
    """A type whose values are those that validate as a JSON Schema."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415  (only who gives one pays for it)
    from jsonschema.exceptions import best_match  # noqa: PLC0415
    from pydantic_core import core_schema  # noqa: PLC0415

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise UsageError(f"llm_query: the dict given as schema is no JSON Schema: {error.message}") from None
    validator = Draft202012Validator(schema)

    def validated(value: Any) -> Any:
        problem = best_match(validator.iter_errors(value))
        if problem is not None:
            raise ValueError(f"{problem.json_path}: {problem.message}")
        return value

    class JSON:
        """What pydantic asks of a type."""

        @classmethod
        def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> Any:
            return core_schema.no_info_plain_validator_function(validated)

        @classmethod
        def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> Any:
            return dict(schema)

    return JSON
