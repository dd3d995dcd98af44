"""What a call to a model is, on its way and on the record."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from rlm_kernel.budget import Estimate
from rlm_kernel.interfaces import CallRole, Message, Origin, Request, Usage
from rlm_kernel.secrets import mask


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How calls are made unless the caller says otherwise."""

    model: str
    sub_model: str
    api_base: str | None = None
    sub_api_base: str | None = None
    fallbacks: tuple[str, ...] = ()
    temperature: float | None = None
    """Of root calls."""
    timeout: float | None = None
    concurrency: int = 64
    """Sub-calls in flight at most."""

    def api_base_of(self, model: str, role: CallRole) -> str | None:
        """The server a model is asked at; None is its provider's own."""
        if role == "sub" and model == self.sub_model and self.sub_api_base:
            return self.sub_api_base
        if model == self.model:
            return self.api_base
        # A name with a provider, of the sub-model or given in a call, has an address of its own.
        if "/" in model:
            return None
        return (self.sub_api_base if role == "sub" else None) or self.api_base


SETTLED = Estimate("", 0, 0, 0.0)
"""The estimate of a call whose reservation has been settled or given back."""


@dataclass(slots=True)
class Call:
    """One request on its way."""

    request: Request
    span: str
    parent: str
    estimate: Estimate = SETTLED
    is_call: bool = True
    batch: str | None = None
    index: int | None = None
    function: str = ""
    streamed: int = 0
    """Characters of the reply that have arrived."""
    started: float = field(default_factory=time.monotonic)
    key: str = field(init=False, default="")
    """Tells requests apart by what was asked, secrets included; only the masked request is sent."""

    def __post_init__(self) -> None:
        if self.is_call:  # a turn of the root is never asked for again, and its conversation may be long
            self.key = self.request.key()
        if self.request.role == "sub":
            self.request = _masked(self.request)
        origin = Origin(self.span, self.parent, self.key, self.batch, self.index)
        self.request = replace(self.request, origin=origin)


def usage_json(usage: Usage) -> dict[str, Any]:
    """Usage as events store it."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost": usage.cost,
    }


def message_json(message: Message) -> dict[str, Any]:
    """A message as events store it."""
    data: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.images:
        data["images"] = list(message.images)
    return data


def _masked(request: Request) -> Request:
    messages = tuple(replace(message, content=mask(message.content)) for message in request.messages)
    return replace(request, messages=messages)
