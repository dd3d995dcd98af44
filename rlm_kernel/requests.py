"""The requests of a run: what a turn, a sub-call and a correction ask of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rlm_kernel import schemas
from rlm_kernel.calls import CallSettings
from rlm_kernel.images import image_urls
from rlm_kernel.interfaces import CallRole, Message, Request
from rlm_kernel.scope import Ask


def turn_request(settings: CallSettings, model: str, messages: Sequence[Message]) -> Request:
    """What a root model is asked at a turn."""
    params = {} if settings.temperature is None else {"temperature": settings.temperature}
    return _request(settings, "root", model, tuple(messages), params)


def repeated_turn_request(settings: CallSettings) -> Request:
    """A turn whose reply is on the record of another run: nothing is asked."""
    return _request(settings, "root", settings.model, (), {})


def sub_request(settings: CallSettings, ask: Ask) -> Request:
    """What one `llm_query` asks."""
    prompt = ask.prompt if ask.schema is None else f"{ask.prompt}\n\n{schemas.instruction(ask.schema)}"
    system = [] if ask.system is None else [Message("system", ask.system)]
    user = Message("user", prompt, image_urls(ask.images))
    params = dict(ask.sampling)
    timeout = params.pop("timeout", None)  # decides when the reply is there, not what it says
    request = _request(settings, "sub", ask.model or settings.sub_model, (*system, user), params)
    return request if timeout is None else replace(request, timeout=timeout, within=timeout or None)


def corrected(request: Request, reply: str, error: str) -> Request:
    """The same request once more, with the reply and what is wrong with it."""
    said = (
        *request.messages,
        Message("assistant", reply),
        Message("user", f"That does not validate: {error}\nReply again, with the corrected JSON only."),
    )
    return replace(request, messages=said)


def _request(
    settings: CallSettings,
    role: CallRole,
    model: str,
    messages: tuple[Message, ...],
    params: Mapping[str, Any],
) -> Request:
    return Request(
        role,
        model,
        messages,
        params,
        settings.api_base_of(model, role),
        settings.timeout,
        settings.fallbacks,
    )
