"""What `llm_query` takes beside its own arguments: the names litellm gives the settings of a call."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rlm_kernel.interfaces import UsageError
from rlm_kernel.secrets import conceal, mask_foreign

_SECRET = re.compile(r"api[-_]?key|(access|private)_key|secret|password|credential|authorization|(^|_)token$")

_SERVER = "a run's server is chosen with --api-base and --sub-api-base"
_WHOLE = "a reply comes whole"
_NO_TOOLS = "a sub-model has no tools, rlm_query starts one that has Python"
_RETRIES = "a call that fails in passing is made again without it"
_NOT_TAKEN: Mapping[str, str] = {
    "messages": "the prompt is the message, and system= goes before it",
    "stream": _WHOLE,
    "stream_options": _WHOLE,
    "n": "llm_query_batched asks several times",
    "api_base": _SERVER,
    "base_url": _SERVER,
    "custom_llm_provider": "the provider is part of the model's name, provider/model",
    "fallbacks": "a run's other models are chosen with --fallback",
    "num_retries": _RETRIES,
    "max_retries": _RETRIES,
    "tools": _NO_TOOLS,
    "tool_choice": _NO_TOOLS,
    "functions": _NO_TOOLS,
    "function_call": _NO_TOOLS,
}
"""Settings of litellm's that would be overridden, or whose replies are no text; with what to do instead."""


def checked(sampling: Mapping[str, Any]) -> Mapping[str, Any]:
    """`sampling` as it was given; raises UsageError for what cannot be honoured, and for keys."""
    for name, value in sampling.items():
        _refuse_secrets(name, value)
        if name in _NOT_TAKEN:
            raise UsageError(f"llm_query takes no {name}=: {_NOT_TAKEN[name]}")
        _refuse_what_json_cannot_hold(name, value)
    _check_timeout(sampling.get("timeout"))
    for name in ("max_tokens", "max_completion_tokens"):
        _check_count(name, sampling.get(name))
    return sampling


def _refuse_secrets(name: str, value: Any) -> None:
    secrets = list(_secrets(name, value))
    for _, secret in secrets:
        # A key that was typed is on the screen already; "none", for a server of one's own, is none.
        if isinstance(secret, str) and mask_foreign(secret) != secret:
            conceal(secret)
    if secrets:
        raise UsageError(
            f"llm_query takes no keys, so no {secrets[0][0]}: set it in the environment,"
            " as the variable that its provider reads"
        )


def _secrets(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is a key by its name: the setting itself, or a text somewhere in it."""
    if _SECRET.search(name.lower()):
        yield name, value
    yield from (pair for pair in _named_texts(value) if _SECRET.search(pair[0].lower()))


def _named_texts(value: Any) -> Iterator[tuple[str, str]]:
    """The texts in a value of JSON, each with the name it stands under."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _named_texts(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(item, str):
                yield str(name), item
            else:
                yield from _named_texts(item)


def _refuse_what_json_cannot_hold(name: str, value: Any) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        kind = repr(value) if isinstance(value, float) else type(value).__name__
        raise UsageError(
            f"llm_query cannot send {name}, which JSON cannot hold: give a number or a text, not {kind}"
        ) from None


def _check_timeout(value: Any) -> None:
    if value is not None and not (_is_number(value, int, float) and 0 <= value < math.inf):
        raise UsageError(f"timeout is in seconds, 0 for no limit, not {value!r}")


def _check_count(name: str, value: Any) -> None:
    if value is not None and not (_is_number(value, int) and value >= 1):
        raise UsageError(f"{name} is a whole number, 1 or more, not {value!r}")


def _is_number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)
