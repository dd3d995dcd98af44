"""What crosses a boundary of the core, and how things fail.

The core talks to the world through two protocols: a `Client` answers requests to
models, a `REPL` runs cells in a namespace.  Any object of that shape will do, which
is why the whole algorithm can be tested with a scripted client and a fake REPL.

Errors::

    RLMError
    ├── UsageError                 the call itself is wrong; nothing has been started
    ├── LimitExceeded              the budget has no room for the call; it was not made
    ├── BatchError                 some calls of a batch failed (.results, .failed)
    └── QueryError                 one call to a model failed
        ├── MissingKey             no key for that provider
        ├── KeyRefused             the provider does not accept the key
        ├── UnknownModel           nobody knows that model
        ├── ConnectionFailed       no server answered
        ├── TimedOut               the server did not answer in time
        ├── RateLimited            too many requests, also after retrying
        ├── ContextTooLong         the prompt does not fit the model
        ├── ContentFiltered        the provider declined the prompt or its reply
        ├── EmptyReply             the model answered with nothing
        ├── ReplyCut               the reply ended at max_tokens
        ├── SchemaMismatch         the reply does not validate as the schema
        ├── NotRecorded            the trajectory that is replayed has no such call
        └── ProviderFailed         anything else the provider said
    KeyboardInterrupt
    └── RunInterrupted             the run was stopped while this code was waiting

`RunInterrupted` is a `KeyboardInterrupt` so that ``except Exception`` in a model's
cell does not swallow it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Mapping, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]
CallRole = Literal["root", "sub"]
Author = Literal["model", "human"]

Output = dict[str, Any]
"""One output of a cell, as nbformat 4 stores it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; `images` are URLs or ``data:`` URLs."""

    role: Role
    content: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in a run a request is made; equal runs make equal requests at equal places."""

    span: str
    parent: str
    """The step of a root model's turn, the cell of a sub-call."""
    key: str = ""
    """Of a sub-call: see `Request.key`, of what was asked before secrets were masked."""
    batch: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Everything that decides a model's reply, and nothing secret."""

    role: CallRole
    model: str
    messages: tuple[Message, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    """Sampling parameters under litellm's names: temperature, max_tokens, response_format…"""
    api_base: str | None = None
    timeout: float | None = None
    """Seconds one attempt may take; None leaves it to the client."""
    fallbacks: tuple[str, ...] = ()
    """Models to ask, in order, when `model` fails."""
    origin: Origin | None = None
    """For clients that answer from a record; decides nothing, and is not sent."""
    within: float | None = None
    """Seconds all attempts may take together, with the waits between them; None: no limit."""

    def key(self) -> str:
        """A hash that is equal for equal requests, whatever process makes them."""
        said = [[m.role, m.content, *m.images] for m in self.messages]
        text = json.dumps([self.model, said, dict(self.params)], sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls used: tokens, and US dollars (None where no price is known)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    """The part of `input_tokens` that the provider read from its prompt cache."""
    reasoning_tokens: int = 0
    """The part of `output_tokens` spent on reasoning."""
    cost: float | None = 0.0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        unknown = self.cost is None or other.cost is None
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            None if unknown else (self.cost or 0.0) + (other.cost or 0.0),
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's reply to one request."""

    text: str
    usage: Usage = Usage()
    model: str = ""
    """The model that answered, which a fallback makes different from the one asked."""
    reasoning: str = ""
    finish_reason: str = "stop"
    attempts: int = 1
    cached: bool = False
    """Answered from a record, so that nothing was paid; `usage` is then what was paid at the time."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply as it is being written."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A call failed in a way that may pass; it is made again after `wait` seconds."""

    error: QueryError
    wait: float
    attempt: int


Progress = Delta | Retrying


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per token."""

    input: float
    output: float
    cached: float | None = None

    def of(self, usage: Usage) -> float:
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input_tokens - usage.cached_tokens
        return fresh * self.input + usage.cached_tokens * cached + usage.output_tokens * self.output


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model before it is called."""

    name: str
    price: Price | None = None
    window: int | None = None
    """Tokens that fit its context window."""


class Client(Protocol):
    """Answers requests to models.  Called on one background event loop."""

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        """What is known of `model`; raises `QueryError` if it cannot be called at all."""
        ...

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """The reply; with `on_progress`, streamed to it as it is written.

        Raises `QueryError`, after the retries the client thinks worth while.
        Cancelling the coroutine closes the connection.
        """
        ...


@dataclass(frozen=True, slots=True)
class CellError:
    """What a cell raised; `traceback` is plain text, trimmed to the cells' own frames."""

    ename: str
    evalue: str
    traceback: str


@dataclass(slots=True)
class CellResult:
    """What one cell did, apart from its effect on names."""

    outputs: list[Output] = field(default_factory=list)
    error: CellError | None = None
    interrupted: bool = False
    seconds: float = 0.0
    execution_count: int | None = None
    omitted: int = 0
    """Characters of output that were too many to keep, and are not in `outputs`."""
    reads: tuple[str, ...] = ()
    """Names the cell reads but did not set first."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A cell that waits for the human: its number in the step, its code, and why it waits."""

    number: int
    code: str
    why: str = ""
    """A reason of its own, such as ``deletes files: shutil.rmtree``; empty where every cell waits."""


class REPL(Protocol):
    """A live Python namespace that runs cells."""

    is_seen: bool
    """Whether what cells show goes to the user as well."""

    @property
    def namespace(self) -> MutableMapping[str, Any]:
        """The names the cells see, live."""
        ...

    @property
    def hidden(self) -> Container[str]:
        """Names that belong to the REPL itself, not to its user."""
        ...

    @property
    def functions(self) -> MutableMapping[str, Any]:
        """Where the cells find `llm_query` and its family when the namespace has no such name."""
        ...

    def run_cell(self, code: str, label: str, running: AbstractContextManager[None]) -> CellResult:
        """Run `code`; never raises what the code raised.

        `label` names the cell in tracebacks; `running` is entered around the code itself,
        where an interrupt may strike, and not around what the REPL does before and after.
        """
        ...

    def wake(self) -> None:
        """Let a cell that awaits notice that its thread was interrupted; from another thread."""
        ...

    def close(self) -> None:
        """The run is over: what its cells have left to go on is not to."""
        ...

    def child(self) -> REPL:
        """A REPL with a fresh namespace of its own, usable on another thread."""
        ...


class RLMError(Exception):
    """Anything this package raises on purpose; its text is one sentence for a person."""


class UsageError(RLMError):
    """The call itself is wrong; nothing has been started."""


class LimitExceeded(RLMError):
    """The budget has no room for a call, which therefore was not made."""

    def __init__(self, message: str, limit: str, fits: int = 0) -> None:
        super().__init__(message)
        self.limit = limit
        self.fits = fits
        """How many calls of the refused batch would fit."""


class QueryError(RLMError):
    """One call to a model failed; the text carries the provider's own message."""

    retryable = False

    def __init__(self, message: str, *, retry_after: float | None = None, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the provider asked to wait, if it did."""
        self.usage = usage
        """What the failed call is known to have used."""


class MissingKey(QueryError):
    """There is no key for the provider of the model."""


class KeyRefused(QueryError):
    """The provider does not accept the key."""


class UnknownModel(QueryError):
    """Neither litellm nor the provider knows the model."""


class ConnectionFailed(QueryError):
    """No server answered at the address."""

    retryable = True


class TimedOut(QueryError):
    """The server did not answer within the timeout."""

    retryable = True


class RateLimited(QueryError):
    """The provider answers no more requests for now."""

    retryable = True


class ContextTooLong(QueryError):
    """The prompt does not fit the model's context window."""


class ContentFiltered(QueryError):
    """The provider declined the prompt, or withheld the reply."""


class EmptyReply(QueryError):
    """The model answered with nothing."""

    retryable = True


class ReplyCut(QueryError):
    """The reply was cut at max_tokens."""


class SchemaMismatch(QueryError):
    """The reply does not validate as the schema, also on the second try."""


class NotRecorded(QueryError):
    """The trajectory that is replayed has no such call; `cell` is the span of what asked."""

    def __init__(self, message: str, cell: str = "") -> None:
        super().__init__(message)
        self.cell = cell


class ProviderFailed(QueryError):
    """The provider reported another error."""


class ProviderDown(ProviderFailed):
    """The provider reported an error of its own, which may pass (HTTP 5xx, broken reply)."""

    retryable = True


class BatchError(RLMError):
    """Some calls of a batch failed; the others' results are kept.

    `results` is in the order of the prompts, with the exception in the place of each
    call that failed; `failed` lists their indices.
    """

    def __init__(self, results: list[Any], failed: list[int] | None = None) -> None:
        self.results = results
        # An answer may be an exception object too: children say which of theirs have failed.
        raised = [i for i, result in enumerate(results) if isinstance(result, BaseException)]
        self.failed = raised if failed is None else failed
        first = results[self.failed[0]] if self.failed else None
        super().__init__(
            f"{len(self.failed)} of {len(results)} calls failed; the first: {first} "
            "(the error's .results holds the others' replies)"
        )


class RunInterrupted(KeyboardInterrupt):
    """The run was stopped while this code was waiting for a model or a child."""
