"""Asking other models from a cell: `llm_query` and its family, `rlm_query` and its."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rlm_kernel.functions import asks
from rlm_kernel.hiding import hiding_frames
from rlm_kernel.scope import OnError, current_scope

T = TypeVar("T")


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
        Passed to the model under litellm's names: ``temperature``, ``max_tokens``…; and
        ``timeout``, the seconds that the call may take, its retries included, 0 for no limit.

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
    UsageError, TypeError
        For what cannot be asked, keys of providers among it: those belong in the environment.
    """
    scope = current_scope()
    call = asks.sub_call(scope.namespace, prompt, model, schema, system, images, sampling)
    return scope.door.query(scope, call)


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
    scope = current_scope()
    calls = asks.sub_calls(scope.namespace, prompts, model, schema, concurrency, on_error)
    return scope.door.query_batch(scope, calls, concurrency, on_error)


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
    call = asks.sub_call(scope.namespace, prompt, model, schema, system, images, sampling)
    return await scope.door.aquery(scope, call)


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
    scope = current_scope()
    calls = asks.sub_calls(scope.namespace, prompts, model, schema, concurrency, on_error)
    return await scope.door.aquery_batch(scope, calls, concurrency, on_error)


@hiding_frames
def rlm_query(prompt: str, *, context: Any = None, model: str | None = None, schema: Any = None) -> Any:
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
    child = asks.child(scope.namespace, prompt, context, model, schema)
    return scope.spawn(scope, [child], "raise", batch=False)[0]


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
    children = asks.children(scope.namespace, prompts, contexts, model, schema, on_error)
    return scope.spawn(scope, children, on_error, batch=True)


@hiding_frames
async def arlm_query(
    prompt: str, *, context: Any = None, model: str | None = None, schema: Any = None
) -> Any:
    """`rlm_query`, to be awaited; several may be gathered."""
    return await on_thread(lambda: rlm_query(prompt, context=context, model=model, schema=schema))


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
