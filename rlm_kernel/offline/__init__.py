"""The offline model: a small deterministic program that plays root and sub-model.

It is not a language model, and says so wherever it speaks.  It answers four kinds of questions
(find a fact, count, list all matches, rank by frequency) by writing cells that really read the context, and
declines all others.  It needs no key and no network, and equal requests get equal replies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm_kernel.interfaces import Completion, Delta, ModelInfo, Price, Usage
from rlm_kernel.offline import root, sub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlm_kernel.interfaces import Progress, Request

__all__ = ["OfflineClient"]

_PIECES = 8
"""How many pieces a streamed reply comes in, at most."""


class OfflineClient:
    """A `Client` whose model is this program.  It keeps no state between requests."""

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:  # noqa: ARG002  (the protocol's)
        """The model is free, and reads texts of any length."""
        return ModelInfo(model, Price(0.0, 0.0, 0.0))

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """The reply; what it cannot do it declines in words.

        Raises SchemaMismatch for a root whose answer must have a type that has no room for them.
        """
        text = _reply(request)
        if on_progress:
            for piece in _pieces(text):
                on_progress(Delta(text=piece))
        read = sum(len(message.content) for message in request.messages)
        return Completion(text, Usage(input_tokens=read // 4, output_tokens=len(text) // 4), request.model)


def _reply(request: Request) -> str:
    if request.role == "root":
        return root.reply(request.messages)
    prompt = next(message.content for message in reversed(request.messages) if message.role == "user")
    return sub.reply(prompt, request.params)


def _pieces(text: str) -> Iterator[str]:
    size = max(len(text) // _PIECES, 1)
    for start in range(0, len(text), size):
        yield text[start : start + size]
