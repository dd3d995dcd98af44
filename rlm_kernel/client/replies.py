"""litellm's replies and streams -> Completion, Delta, Usage."""

from __future__ import annotations

from typing import Any

from rlm_kernel.client.errors import one_line
from rlm_kernel.client.thinking import ThinkSplitter
from rlm_kernel.interfaces import (
    Completion,
    ContentFiltered,
    Delta,
    EmptyReply,
    Price,
    QueryError,
    ReplyCut,
    Request,
    Usage,
)
from rlm_kernel.tokens import estimate_tokens


class Reply:
    """One reply while it comes in, whole or in pieces."""

    def __init__(self, request: Request, model: str, price: Price | None) -> None:
        self._request = request
        self._model = model
        self._price = price
        self._split = ThinkSplitter()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal = ""
        self._finish_reason = "stop"
        self._usage: Any = None

    def add_whole(self, response: Any) -> None:
        """Take in a reply that came in one piece."""
        self._add(response, "message")
        self._keep(self._split.finish())

    def add_chunk(self, chunk: Any) -> Delta:
        """Take in a piece of a stream; what it adds to the reply."""
        return self._add(chunk, "delta")

    def end(self) -> Delta:
        """The stream has ended; what had been held back until then."""
        return self._keep(self._split.finish())

    @property
    def begun(self) -> bool:
        """Whether the model has written anything yet."""
        return any(self._text) or any(self._reasoning)

    @property
    def usage(self) -> Usage:
        """What the reply used so far, estimated where the server did not say."""
        if self._usage is None or not self._usage.prompt_tokens:
            return self._priced(self._estimate())
        return self._priced(_read_usage(self._usage))

    def judge(self) -> Completion | QueryError:
        """The finished reply, or what is wrong with it."""
        completion = Completion(
            text="".join(self._text),
            usage=self.usage,
            model=self._model,
            reasoning="".join(self._reasoning),
            finish_reason=self._finish_reason,
        )
        return self._fault(completion) or completion

    def _fault(self, completion: Completion) -> QueryError | None:
        model, reason = self._model, completion.finish_reason
        if reason == "content_filter" or (self._refusal and not completion.text):
            said = f' (it said "{one_line(self._refusal)}")' if self._refusal else ""
            return ContentFiltered(
                f"the reply of {model} was withheld: change the prompt or choose another model{said}",
                usage=completion.usage,
            )
        if completion.text:
            return None
        if reason == "length":
            return ReplyCut(
                f"{model} reached max_tokens before it wrote any text: raise max_tokens",
                usage=completion.usage,
            )
        if completion.reasoning:
            return None
        return EmptyReply(
            f"{model} answered with nothing: ask again, or choose another model", usage=completion.usage
        )

    def _add(self, response: Any, part: str) -> Delta:
        self._usage = getattr(response, "usage", None) or self._usage
        if not response.choices:
            return Delta()
        choice = response.choices[0]
        message = getattr(choice, part)
        self._finish_reason = choice.finish_reason or self._finish_reason
        self._refusal += (getattr(message, "provider_specific_fields", None) or {}).get("refusal") or ""
        reasoning = getattr(message, "reasoning_content", None) or ""
        if reasoning:
            self._split.reasoned()
        split = self._split.feed(message.content or "")
        return self._keep(Delta(split.text, reasoning + split.reasoning))

    def _keep(self, delta: Delta) -> Delta:
        self._text.append(delta.text)
        self._reasoning.append(delta.reasoning)
        return delta

    def _estimate(self) -> Usage:
        asked = sum(estimate_tokens(message.content) for message in self._request.messages)
        reasoning = estimate_tokens("".join(self._reasoning))
        return Usage(asked, estimate_tokens("".join(self._text)) + reasoning, reasoning_tokens=reasoning)

    def _priced(self, usage: Usage) -> Usage:
        if self._price:
            cost: float | None = self._price.of(usage)
        else:  # a router that has no list price, such as OpenRouter's, says what it charged
            cost = getattr(self._usage, "cost", None)
        return Usage(
            usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens, cost
        )


def _read_usage(raw: Any) -> Usage:
    into = getattr(raw, "prompt_tokens_details", None)
    out = getattr(raw, "completion_tokens_details", None)
    cached = getattr(into, "cached_tokens", None) or getattr(raw, "cache_read_input_tokens", None)
    return Usage(
        input_tokens=raw.prompt_tokens,
        output_tokens=raw.completion_tokens or 0,
        cached_tokens=cached or 0,
        reasoning_tokens=getattr(out, "reasoning_tokens", None) or 0,
    )
