"""Which model answers: the offline program, or litellm; and which is the default."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from rlm_kernel.interfaces import (
    Client,
    Completion,
    ModelInfo,
    Progress,
    QueryError,
    Request,
    Retrying,
    Usage,
)
from rlm_kernel.providers import LocalServer, find_local_server, first_with_key

OFFLINE = "offline"


class AnyClient:
    """Sends each request to the client its model belongs to; each is imported when needed."""

    def __init__(self) -> None:
        self._clients: dict[bool, Client] = {}

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        """See `Client.describe`."""
        return await self._of(model).describe(model, api_base)

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """See `Client.complete`; the offline program can be a fallback too."""
        if request.model == OFFLINE or OFFLINE not in request.fallbacks:
            return await self._of(request.model).complete(request, on_progress)
        before = request.fallbacks[: request.fallbacks.index(OFFLINE)]
        try:
            return await self._of(request.model).complete(replace(request, fallbacks=before), on_progress)
        except QueryError as error:
            if on_progress is not None:
                on_progress(Retrying(error, 0.0, 1))
            reply = await self._of(OFFLINE).complete(replace(request, model=OFFLINE), on_progress)
            return replace(reply, usage=(error.usage or Usage()) + reply.usage)

    def _of(self, model: str) -> Client:
        offline = model == OFFLINE
        if offline not in self._clients:
            self._clients[offline] = _offline_client() if offline else _litellm_client()
        return self._clients[offline]


def warm(*models: str) -> None:
    """Begin to import what calling these models needs, on another thread."""
    if any(model != OFFLINE for model in models):
        from rlm_kernel.client import warm as warm_litellm  # noqa: PLC0415

        warm_litellm()


@dataclass(frozen=True, slots=True)
class Choice:
    """A model chosen for the user, and the line that tells them."""

    model: str
    api_base: str | None
    note: str


def default_model(max_cost: float) -> Choice:
    """The first provider whose key is set; else a local server; else the offline model."""
    provider = first_with_key(os.environ)
    if provider is not None:
        cap = f"at most ${max_cost:g}" if max_cost else "no cost limit"
        return Choice(
            provider.model,
            None,
            f"Model {provider.model}, because {provider.name} has a key in the environment; {cap}",
        )
    server = _local_server()
    if server is not None:
        return Choice(
            server.model, server.api_base, f"Model {server.model}, served by {server.name} on this machine"
        )
    return Choice(
        OFFLINE,
        None,
        "No key and no local server were found: the offline model answers, a small program"
        " that can find, count, list and rank; choose a model with -m",
    )


@functools.cache
def _local_server() -> LocalServer | None:
    return find_local_server()


def _offline_client() -> Client:
    from rlm_kernel.offline import OfflineClient  # noqa: PLC0415

    return OfflineClient()


def _litellm_client() -> Client:
    from rlm_kernel.client import LiteLLMClient  # noqa: PLC0415

    return LiteLLMClient()
