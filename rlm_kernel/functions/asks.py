"""What the functions are given → what is asked; a mistake in the call is refused here, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.functions.sampling import checked
from rlm_kernel.interfaces import UsageError
from rlm_kernel.scope import Ask, ChildAsk

Names = Mapping[str, Any]
"""The namespace of the cell that calls, for the names in a schema."""


def sub_call(
    names: Names, prompt: Any, model: Any, schema: Any, system: Any, images: Any, sampling: Mapping[str, Any]
) -> Ask:
    """What `llm_query` asks."""
    function = "llm_query"
    return Ask(
        text(prompt, function, "prompts"),
        model_name(model, function),
        schema_type(schema, names),
        None if system is None else text(system, function, "system"),
        images,
        checked(sampling),
    )


def sub_calls(
    names: Names, prompts: Any, model: Any, schema: Any, concurrency: Any, on_error: Any
) -> list[Ask]:
    """What `llm_query_batched` asks."""
    function = "llm_query_batched"
    if concurrency is not None:
        _check_concurrency(concurrency)
    questions = _questions(prompts, function, on_error)
    named, kind = model_name(model, function), schema_type(schema, names)
    return [Ask(question, named, kind) for question in questions]


def child(names: Names, prompt: Any, context: Any, model: Any, schema: Any) -> ChildAsk:
    """What `rlm_query` asks."""
    function = "rlm_query"
    named, kind = model_name(model, function), schema_type(schema, names)
    return _child(text(prompt, function, "prompts"), context, named, kind)


def children(
    names: Names, prompts: Any, contexts: Any, model: Any, schema: Any, on_error: Any
) -> list[ChildAsk]:
    """What `rlm_query_batched` asks."""
    function = "rlm_query_batched"
    questions = _questions(prompts, function, on_error)
    given = [None] * len(questions) if contexts is None else _listed(contexts, function, "contexts")
    if len(given) != len(questions):
        raise UsageError(f"{function} got {len(questions)} prompts and {len(given)} contexts: give one each")
    named, kind = model_name(model, function), schema_type(schema, names)
    return [
        _child(question, context, named, kind) for question, context in zip(questions, given, strict=True)
    ]


def text(value: Any, function: str, what: str) -> str:
    """`value`; raises TypeError when it is no str."""
    if not isinstance(value, str):
        raise TypeError(f"{function} takes {what} as str, not {type(value).__name__}")
    return value


def model_name(model: Any, function: str) -> str | None:
    """`model`; raises TypeError when it is neither None nor a name."""
    return None if model is None else text(model, function, "model")


def schema_type(schema: Any, names: Names) -> Any:
    """The type that a schema given in a call stands for; raises UsageError for what is none."""
    return None if schema is None else schemas.resolved(schema, names)


def _child(question: str, context: Any, model: str | None, schema: Any) -> ChildAsk:
    return ChildAsk(question, {} if context is None else {"context": context}, model, schema)


def _questions(prompts: Any, function: str, on_error: Any) -> list[str]:
    if on_error not in ("raise", "return"):
        raise UsageError(f'on_error is "raise" or "return", not {on_error!r}')
    return [text(prompt, function, "prompts") for prompt in _listed(prompts, function, "prompts")]


def _listed(values: Any, function: str, what: str) -> list[Any]:
    if isinstance(values, str):
        raise TypeError(f"{function} takes a list of {what}, not one string")
    if not isinstance(values, Iterable):
        raise TypeError(f"{function} takes a list of {what}, not {type(values).__name__}")
    return list(values)


def _check_concurrency(number: Any) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise UsageError(f"concurrency is a whole number, 1 or more, not {number!r}")
