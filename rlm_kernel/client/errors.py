"""Foreign errors -> ours, by one table.

litellm, the openai SDK, httpx, aiohttp and the socket wrap one another's errors and lose
something at every step: litellm calls a refused connection an HTTP 500, and drops the
headers of a 429.  So the whole chain is read: every class name in it, the innermost HTTP
status, and the message of the body.  `RULES` then decides, first match first.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm_kernel.interfaces import (
    ConnectionFailed,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    MissingKey,
    ProviderDown,
    ProviderFailed,
    QueryError,
    RateLimited,
    RLMError,
    TimedOut,
    UnknownModel,
)
from rlm_kernel.secrets import mask_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more is not waited for."""

LONGEST_MESSAGE = 300
"""Characters of a provider's own message that are passed on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of failure: it applies if any one of its three signs is there."""

    error: type[QueryError]
    sentence: str
    """With {model}, {address}, {key} and {seconds}."""
    kinds: frozenset[str] = frozenset()
    """Names of exception classes anywhere in the chain, or of their bases."""
    statuses: frozenset[int] = frozenset()
    says: re.Pattern[str] | None = None

    def applies(self, facts: Facts) -> bool:
        """Whether `facts` are of this kind."""
        said = self.says is not None and self.says.search(facts.evidence)
        return bool(self.kinds & facts.kinds or facts.status in self.statuses or said)


def _says(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# "litellm.BadRequestError: OpenAIException - …": these names say nothing to a reader.
_FOREIGN_NAMES = re.compile(r"^(litellm\.)?((\w+(Error|Exception)|LiteLLM)\s*[:-]\s*(litellm\.)?)+")

RULES = (
    Rule(
        ConnectionFailed,
        "no server answered for {model} at {address}: check the address, and that the server is running",
        kinds=frozenset({"ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError"}),
    ),
    Rule(
        TimedOut,
        "{address} did not answer for {model} within {seconds:g} s: raise the timeout or ask for less",
        kinds=frozenset({"TimeoutError", "TimeoutException", "APITimeoutError"}),
        statuses=frozenset({408, 504}),
    ),
    Rule(
        MissingKey,
        "{model} needs a key of {address}: set {key} or choose another model",
        says=_says(
            r"api_key\ client\ option\ must\ be\ set | didn't\ provide\ an\ api\ key | missing\ .*api.?key"
        ),
    ),
    Rule(
        ProviderFailed,
        "the account at {address} has no credit for {model}: add credit or choose another provider",
        statuses=frozenset({402}),
        says=_says(r"insufficient_quota | credit\ balance\ is\ too\ low"),
    ),
    Rule(
        RateLimited,
        "{address} takes no more requests for {model} for now: ask fewer at once or try again later",
        kinds=frozenset({"RateLimitError"}),
        statuses=frozenset({429}),
    ),
    Rule(
        ContextTooLong,
        "the prompt does not fit the context window of {model}: send a smaller piece or choose another model",
        kinds=frozenset({"ContextWindowExceededError"}),
        statuses=frozenset({413}),
        says=_says(
            r"""context_length_exceeded | maximum\ context\ length | context\ (window|length|limit|size)
            | prompt\ is\ too\ long | input\ (is|was)\ too\ long | too\ many\ (input\ )?tokens"""
        ),
    ),
    Rule(
        ContentFiltered,
        "{address} declined what {model} was asked: change the prompt or choose another model",
        kinds=frozenset({"ContentPolicyViolationError"}),
        says=_says(r"content_policy_violation | content_filter | content\ management\ policy"),
    ),
    Rule(
        KeyRefused,
        "{address} does not accept the key for {model}: set {key} to one that it accepts",
        statuses=frozenset({401, 403}),
    ),
    Rule(
        UnknownModel,
        "{address} does not know {model}: check the model's name and the server's address",
        statuses=frozenset({404}),
        says=_says(r"model_not_found | llm\ provider\ not\ provided | unknown\ model | no\ such\ model"),
    ),
    Rule(
        ProviderDown,
        "{address} broke off or sent no valid reply for {model}: try again, or look at the server",
        kinds=frozenset({"TransportError", "ClientError", "JSONDecodeError", "NoReplyError"}),
    ),
    Rule(
        ProviderDown,
        "{address} failed at answering for {model}: try again later or choose another provider",
        kinds=frozenset({"APIConnectionError"}),
        statuses=frozenset(range(500, 600)),
    ),
    Rule(
        ProviderFailed,
        "{address} refused the request for {model}: change what its message names",
        kinds=frozenset({"BaseException"}),
    ),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a chain of foreign errors tells."""

    kinds: frozenset[str]
    status: int | None
    said: str
    """The provider's message, or that of the innermost error."""
    evidence: str
    """`said`, with the codes that came with it."""
    retry_after: float | None


class NoReplyError(Exception):
    """A stream ended before it had begun, which litellm passes over."""


def translate(foreign: BaseException, *, model: str, address: str, key: str, seconds: float) -> QueryError:
    """Our error for a foreign one: one sentence, no keys, with the provider's own message."""
    facts = read(foreign)
    rule = next(rule for rule in RULES if rule.applies(facts))
    sentence = rule.sentence.format(model=model, address=address, key=key, seconds=seconds)
    # Not chained to the foreign error, whose traceback would show what is masked here.
    return rule.error(sentence + _quotation(facts), retry_after=facts.retry_after)


def one_line(text: str) -> str:
    """`text` as it may stand in a sentence of ours: one line, not long, no keys and no markup."""
    message = text.partition("Traceback (most recent call last)")[0]  # litellm puts its own in some
    line = " ".join(re.sub(r"<[^<>]*>", " ", mask_foreign(message)).split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"


def read(foreign: BaseException) -> Facts:
    """The facts that `foreign` and the errors it was made from tell together."""
    chain = list(_chain(foreign))
    bodies = [body for error in chain for body in _bodies(error)]
    messages = [str(body["message"]) for body in bodies if body.get("message")]
    said = next(iter(messages), "") or _innermost_text(chain)
    codes = [str(body.get(name) or "") for body in bodies for name in ("code", "type")]
    return Facts(
        kinds=frozenset(kind.__name__ for error in chain for kind in type(error).__mro__),
        status=_status(chain, bodies),
        said=one_line(said),
        evidence=" ".join([said, *codes]),
        retry_after=_retry_after(chain),
    )


def _quotation(facts: Facts) -> str:
    parts = [f'it said "{facts.said}"'] if facts.said else []
    if facts.retry_after:
        much = f", more than the {LONGEST_WAIT:g} s allowed for" if facts.retry_after > LONGEST_WAIT else ""
        parts.append(f"it asks to wait {facts.retry_after:g} s{much}")
    return f" ({' and '.join(parts)})" if parts else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what it was raised from, the outermost first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen and not isinstance(error, RLMError):
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _bodies(error: BaseException) -> Iterator[dict[str, Any]]:
    """The error objects of the reply, which providers wrap in an `error` or leave bare."""
    body = getattr(error, "body", None)
    if not isinstance(body, dict):
        body = _json_within(str(error))
    inner = body.get("error")
    yield inner if isinstance(inner, dict) else body


def _json_within(text: str) -> dict[str, Any]:
    """The JSON object in litellm's "AnthropicException - {…}"."""
    start, end = text.find("{"), text.rfind("}")
    try:
        found = json.loads(text[start : end + 1]) if 0 <= start < end else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _innermost_text(chain: list[BaseException]) -> str:
    texts = [body for error in chain if isinstance(body := getattr(error, "body", None), str)]
    texts += [text for error in reversed(chain) if " " in (text := str(error))]  # more than a bare value
    return _FOREIGN_NAMES.sub("", next(iter(texts), ""))


def _status(chain: list[BaseException], bodies: list[dict[str, Any]]) -> int | None:
    """The innermost HTTP status, or the one that an error in mid-stream brings as its code."""
    in_body = [body["code"] for body in bodies if isinstance(body.get("code"), int)]
    in_chain = [status for error in chain if isinstance(status := getattr(error, "status_code", None), int)]
    return next(iter(in_body or reversed(in_chain)), None)


def _retry_after(chain: list[BaseException]) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date."""
    for error in chain:
        for holder in (error, getattr(error, "response", None)):
            value = (getattr(holder, "headers", None) or {}).get("retry-after")
            if value and (seconds := _seconds(str(value))) is not None:
                return seconds
    return None


def _seconds(value: str) -> float | None:
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, round(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 1))
    except ValueError:
        return None
