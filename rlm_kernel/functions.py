"""The functions a cell calls: `llm_query` and its family, and the ways to finish.

They are the same objects for the model and for the human.  What they act on is decided
when they are called, by the current scope: the run whose cell is calling, or the session.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from rlm_kernel import names, namespaces
from rlm_kernel.hiding import hiding_frames
from rlm_kernel.interfaces import UsageError
from rlm_kernel.scope import Ask, ChildAsk, OnError, current_scope, run_scope

T = TypeVar("T")

_NO_CONTEXT: Any = object()


@hiding_frames
def llm_query(
    prompt: str,
    *,
    model: str | None = None,
    schema: Any = None,
    system: str | None = None,
    images: Any = None,
    **sampling: Any,
) -> Any:
    """Ask a sub-model one question; it sees the prompt and nothing else.

    Parameters
    ----------
    prompt
        Everything the sub-model is to know, the piece of the context included.
    model
        A litellm model name; the run's sub-model by default.
    schema
        Anything pydantic's TypeAdapter takes; the reply is then that Python object.
        A reply that does not validate is asked for once more, with the error.
    system
        A system message to go before the prompt.
    images
        URLs, paths, bytes of image files, or objects such as PIL images.
    **sampling
        Passed to the model under litellm's names: ``temperature``, ``max_tokens``…

    Returns
    -------
    str or object
        The reply, or the object it stands for when a `schema` is given.

    Raises
    ------
    QueryError
        One of its subclasses, with the provider's own message, when the call fails.
    LimitExceeded
        When the run's budget has no room for the call.
    """
    scope = current_scope()
    return scope.door.query(scope, _ask(prompt, model, schema, system, images, sampling))


@hiding_frames
def llm_query_batched(
    prompts: Iterable[str],
    *,
    model: str | None = None,
    schema: Any = None,
    concurrency: int | None = None,
    on_error: OnError = "raise",
) -> list[Any]:
    """Ask a sub-model many questions at once; the replies come in the order of the prompts.

    Parameters
    ----------
    prompts
        One string a call.
    model, schema
        As for `llm_query`.
    concurrency
        Calls in flight at most, where that should be fewer than the run allows.
    on_error
        ``"raise"`` lets every other call finish and then raises `BatchError`;
        ``"return"`` puts the exceptions into the list, in their places.

    Raises
    ------
    BatchError
        When calls failed: ``.results`` has the others' replies, ``.failed`` the indices.
    LimitExceeded
        When the batch does not fit the budget: no call was made, ``.fits`` says how many would.
    """
    asks, scope = _asks(prompts, model, schema, concurrency, on_error), current_scope()
    return scope.door.query_batch(scope, asks, concurrency, on_error)


@hiding_frames
async def allm_query(
    prompt: str,
    *,
    model: str | None = None,
    schema: Any = None,
    system: str | None = None,
    images: Any = None,
    **sampling: Any,
) -> Any:
    """`llm_query`, to be awaited."""
    scope = current_scope()
    return await scope.door.aquery(scope, _ask(prompt, model, schema, system, images, sampling))


@hiding_frames
async def allm_query_batched(
    prompts: Iterable[str],
    *,
    model: str | None = None,
    schema: Any = None,
    concurrency: int | None = None,
    on_error: OnError = "raise",
) -> list[Any]:
    """`llm_query_batched`, to be awaited."""
    asks, scope = _asks(prompts, model, schema, concurrency, on_error), current_scope()
    return await scope.door.aquery_batch(scope, asks, concurrency, on_error)


@hiding_frames
def rlm_query(
    prompt: str, *, context: Any = _NO_CONTEXT, model: str | None = None, schema: Any = None
) -> Any:
    """Let a child run answer: a model with a Python namespace of its own, one level deeper.

    Parameters
    ----------
    prompt
        The question.
    context
        Any object: the child finds it in the variable ``context``; without one, the prompt.
    model
        The child's root model; the run's own by default.
    schema
        A type that the child's answer must validate as.

    Returns
    -------
    object
        The child's answer, the Python object itself.  Where no deeper run is allowed, the
        reply of a plain sub-call.

    Raises
    ------
    LimitExceeded
        When the child ran out of its budget without an answer.
    QueryError
        When a call to the child's root model failed.
    """
    scope = current_scope()
    return scope.spawn(scope, [_child_ask(prompt, context, model, schema)], "raise", batch=False)[0]


@hiding_frames
def rlm_query_batched(
    prompts: Iterable[str],
    *,
    contexts: Iterable[Any] | None = None,
    model: str | None = None,
    schema: Any = None,
    on_error: OnError = "raise",
) -> list[Any]:
    """Child runs side by side, one a prompt; their answers in the order of the prompts.

    `contexts` gives each child its ``context``, in the same order.  Errors as for
    `llm_query_batched`.
    """
    scope = current_scope()
    asks = _child_asks(prompts, contexts, model, schema, on_error)
    return scope.spawn(scope, asks, on_error, batch=True)


@hiding_frames
async def arlm_query(
    prompt: str, *, context: Any = _NO_CONTEXT, model: str | None = None, schema: Any = None
) -> Any:
    """`rlm_query`, to be awaited; several may be gathered."""
    return await on_thread(lambda: rlm_query(prompt, context=context, model=model, schema=schema))


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


def FINAL(value: Any) -> Any:  # noqa: N802
    """Finish the run with `value`; outside a run, return it."""
    return _finish(value)


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


def final_answer(value: Any) -> Any:
    """Finish the run with `value`; outside a run, return it."""
    return _finish(value)


llm_batch = llm_query_batched
"""What verifiers' models call it."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: globals()[name] for name in names.FUNCTIONS}
"""Every name a cell finds, with its function."""


async def on_thread(call: Callable[[], T]) -> T:
    """What `call` returns, run on a thread of its own in the caller's context."""
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    done.set_running_or_notify_cancel()  # who gives up awaiting loses the answer; the call goes on

    def run() -> None:
        try:
            done.set_result(call())
        except BaseException as error:  # noqa: BLE001  (whatever ended it is the awaiter's to see)
            done.set_exception(error)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True).start()
    return await asyncio.wrap_future(done)


def _finish(value: Any) -> Any:
    scope = run_scope()
    if scope is not None:
        if asyncio.iscoroutine(value):
            raise TypeError("that is no answer yet, it was not awaited: finish with `await` before the call")
        scope.finish_with(value)
        return None
    return value


def _ask(prompt: Any, model: Any, schema: Any, system: Any, images: Any, sampling: Mapping[str, Any]) -> Ask:
    return Ask(_text(prompt, "llm_query"), model, schema, system, images, sampling)


def _asks(prompts: Any, model: Any, schema: Any, concurrency: int | None, on_error: str) -> list[Ask]:
    if concurrency is not None and concurrency < 1:
        raise UsageError(f"concurrency is 1 or more, not {concurrency!r}")
    return [
        Ask(_text(prompt, "llm_query_batched"), model, schema)
        for prompt in _many(prompts, "llm_query_batched", on_error)
    ]


def _child_ask(prompt: Any, context: Any, model: Any, schema: Any) -> ChildAsk:
    contexts = {} if context is _NO_CONTEXT or context is None else {"context": context}
    return ChildAsk(_text(prompt, "rlm_query"), contexts, model, schema)


def _child_asks(prompts: Any, contexts: Any, model: Any, schema: Any, on_error: str) -> list[ChildAsk]:
    questions = _many(prompts, "rlm_query_batched", on_error)
    given = [_NO_CONTEXT] * len(questions) if contexts is None else list(contexts)
    if len(given) != len(questions):
        raise UsageError(
            f"rlm_query_batched got {len(questions)} prompts and {len(given)} contexts: give one each"
        )
    return [
        _child_ask(question, context, model, schema)
        for question, context in zip(questions, given, strict=True)
    ]


def _text(prompt: Any, function: str) -> str:
    if not isinstance(prompt, str):
        raise TypeError(f"{function} takes prompts as str, not {type(prompt).__name__}")
    return prompt


def _many(prompts: Any, function: str, on_error: str) -> list[Any]:
    if isinstance(prompts, str):
        raise TypeError(f"{function} takes a list of prompts, not one string")
    if on_error not in {"raise", "return"}:
        raise UsageError(f'on_error is "raise" or "return", not {on_error!r}')
    return list(prompts)
