"""Which models can be called from here: providers with a key, and servers on this machine.

Nothing here talks to a provider.  `find_local_server` asks three ports of the loopback
interface for their list of models, and nothing else.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_MODEL_LIST = 1 << 20
"""Bytes read from a local server that was asked for its models."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A hosted provider of models."""

    name: str
    """As people write it."""
    id: str
    """As litellm writes it: the prefix of its models' names."""
    key_variables: tuple[str, ...]
    """Environment variables, any one of which may hold the key."""
    model: str
    """The root model to use when nobody chose one."""

    def has_key(self, environ: Mapping[str, str]) -> bool:
        """Whether `environ` holds a key for this provider."""
        return any(environ.get(variable) for variable in self.key_variables)


PROVIDERS: tuple[Provider, ...] = (
    Provider("OpenAI", "openai", ("OPENAI_API_KEY",), "openai/gpt-6.1-sol"),
    Provider(
        "Anthropic",
        "anthropic",
        ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        "anthropic/claude-sonnet-5-5",
    ),
    Provider("Google Gemini", "gemini", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "gemini/gemini-pro-latest"),
    Provider("Mistral", "mistral", ("MISTRAL_API_KEY",), "mistral/mistral-large-latest"),
    Provider("DeepSeek", "deepseek", ("DEEPSEEK_API_KEY",), "deepseek/deepseek-v4-pro"),
    Provider("xAI", "xai", ("XAI_API_KEY",), "xai/grok-4.7"),
    Provider("Moonshot", "moonshot", ("MOONSHOT_API_KEY",), "moonshot/kimi-k3"),
    Provider("Groq", "groq", ("GROQ_API_KEY",), "groq/openai/gpt-oss-120b"),
    Provider("Cerebras", "cerebras", ("CEREBRAS_API_KEY",), "cerebras/gpt-oss-120b"),
    Provider(
        "Together AI",
        "together_ai",
        ("TOGETHERAI_API_KEY", "TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHER_AI_TOKEN"),
        "together_ai/moonshotai/Kimi-K3",
    ),
    # Last, because its router's price is not known before the call.
    Provider("OpenRouter", "openrouter", ("OPENROUTER_API_KEY",), "openrouter/openrouter/auto"),
)
"""In the order in which `first_with_key` prefers them."""


def first_with_key(environ: Mapping[str, str]) -> Provider | None:
    """The first of `PROVIDERS` whose key is in `environ`."""
    return next((provider for provider in PROVIDERS if provider.has_key(environ)), None)


def is_loopback(url: str) -> bool:
    """Whether `url` names this very machine: localhost, 127.0.0.0/8 or ::1."""
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A model server that runs on this machine."""

    name: str
    api_base: str
    model: str
    """Its first model, under litellm's name for it."""


LOCAL_PORTS: tuple[tuple[str, int], ...] = (("Ollama", 11434), ("LM Studio", 1234), ("vLLM", 8000))
"""Servers and their usual ports, in order of preference; all speak OpenAI's protocol."""


def find_local_server(
    timeout: float = 0.2, ports: tuple[tuple[str, int], ...] = LOCAL_PORTS
) -> LocalServer | None:
    """The first of `ports` where a server lists at least one model, found within `timeout` seconds.

    All are asked at the same time, once, and never anything but the loopback interface.
    Whatever else may be listening there is passed over.
    """
    deadline = time.monotonic() + timeout
    answers: queue.SimpleQueue[tuple[int, LocalServer | None]] = queue.SimpleQueue()
    for place, (name, port) in enumerate(ports):
        ask = _Question(name, port, deadline)
        threading.Thread(target=lambda p=place, a=ask: answers.put((p, a.answer())), daemon=True).start()
    return _most_preferred(answers, len(ports), deadline)


def _most_preferred(
    answers: queue.SimpleQueue[tuple[int, LocalServer | None]], expected: int, deadline: float
) -> LocalServer | None:
    """The answer from the earliest port; no longer waited for than its place can still change."""
    found: dict[int, LocalServer | None] = {}
    while len(found) < expected:
        try:
            place, server = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[place] = server
        best = next((i for i in range(expected) if found.get(i) or i not in found), None)
        if best in found:
            return found[best]
    return next((found[place] for place in sorted(found) if found[place]), None)


@dataclass(frozen=True, slots=True)
class _Question:
    """One GET of the model list of one port."""

    name: str
    port: int
    deadline: float

    def answer(self) -> LocalServer | None:
        try:
            model = _first_model(json.loads(self._get("/v1/models")))
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            return None  # nobody there, or somebody who is not a model server
        if model is None:
            return None
        return LocalServer(self.name, f"http://127.0.0.1:{self.port}/v1", f"openai/{model}")

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._left())
        try:
            connection.request("GET", path, headers={"Accept": "application/json"})
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise http.client.HTTPException(response.reason)
            return self._read(response)
        finally:
            connection.close()

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        # Piecewise, because the socket's timeout starts anew with every piece that comes.
        body = bytearray()
        while self._left() and (piece := response.read1(LONGEST_MODEL_LIST)):
            body += piece
            if len(body) > LONGEST_MODEL_LIST:
                break
        return bytes(body)

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def _first_model(listing: Any) -> str | None:
    """The first model of an OpenAI model list that can chat, as far as its name tells."""
    if not isinstance(listing, dict) or not isinstance(listing.get("data"), list):
        return None
    names = [entry.get("id") for entry in listing["data"] if isinstance(entry, dict)]
    return next((name for name in names if isinstance(name, str) and name and "embed" not in name), None)
