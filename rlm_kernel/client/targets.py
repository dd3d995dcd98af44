"""What a model's name means: provider, server, key, price and window.

Everything comes from litellm's installed tables; nothing here uses the network.
"""

from __future__ import annotations

import difflib
import os
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from rlm_kernel.interfaces import MissingKey, ModelInfo, Price, UnknownModel, UsageError
from rlm_kernel.providers import PROVIDERS, Provider, is_loopback
from rlm_kernel.secrets import conceal, mask

PLACEHOLDER_KEY = "no-key-needed"
"""For servers on this machine: the protocol demands some key, they accept any."""

_PROVIDERS_BY_ID = {provider.id: provider for provider in PROVIDERS}


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests for one model go."""

    model: str
    """As the user wrote it."""
    provider: str
    """litellm's name of the provider."""
    litellm_model: str
    """What to ask litellm for."""
    api_base: str | None
    info: ModelInfo

    @property
    def address(self) -> str:
        """What a person would call the server."""
        if self.api_base:
            return without_password(self.api_base)
        known = _PROVIDERS_BY_ID.get(self.provider)
        return known.name if known else self.provider

    @property
    def key_variable(self) -> str:
        """Where its key is looked for, in words."""
        known = _PROVIDERS_BY_ID.get(self.provider)
        return " or ".join(known.key_variables) if known else "its environment variable"

    @property
    def keyless(self) -> bool:
        """Whether the server needs no key, being on this machine."""
        return self.api_base is not None and is_loopback(self.api_base)


def resolve(litellm: Any, model: str, api_base: str | None) -> Target:
    """Where requests for `model` go.

    Raises UnknownModel if its provider cannot be told, and UsageError for an `api_base` that
    is no URL.
    """
    if api_base:
        _check_address(api_base)
        _conceal_password(api_base)
        _keep_proxies_out(api_base)
    name = model if api_base is None or _has_provider(litellm, model) else f"openai/{model}"
    try:
        bare, provider, *_ = litellm.get_llm_provider(model=name)
    except litellm.exceptions.BadRequestError:
        bare = ""
    if not bare:  # "openai/" alone is a provider, and litellm would ask it for nothing
        raise UnknownModel(_unknown(litellm, model))
    entry = _price_entry(litellm, provider, bare)
    info = ModelInfo(model, _price(entry), entry.get("max_input_tokens") or entry.get("max_tokens"))
    return Target(model, provider, name, api_base, info)


def key_for(litellm: Any, target: Target) -> str | None:
    """The key to pass to litellm; None where it finds the right one itself.

    Raises MissingKey if the provider needs a key and the environment has none.
    """
    missing = _missing_variables(litellm, target)
    if not missing:
        return None
    if target.keyless:
        return PLACEHOLDER_KEY
    raise MissingKey(
        f"{target.model} needs a key of {target.address}: set the environment variable "
        f"{' or '.join(missing)}, or choose another model"
    )


def without_password(url: str) -> str:
    """`url` without the user and password it may hold."""
    parts = urlsplit(url)
    return mask(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        is_address = False
    if not is_address:
        said = mask(url.rpartition("@")[2])
        raise UsageError(
            f"{said!r} is not the URL of a server: write it in full, such as http://localhost:8000/v1"
        )


def _conceal_password(url: str) -> None:
    password = urlsplit(url).password
    if password:
        conceal(password, "password")


def _keep_proxies_out(url: str) -> None:
    """Have a proxy that is meant for the outside not asked for a server on this machine."""
    host = urlsplit(url).hostname or ""
    if is_loopback(url) and urllib.request.getproxies() and not urllib.request.proxy_bypass(host):
        # The environment is the only place where litellm's transport looks.
        bypassed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = f"{bypassed},{host}" if bypassed else host


def _has_provider(litellm: Any, model: str) -> bool:
    prefix, slash, _ = model.partition("/")
    return bool(slash) and prefix in {getattr(p, "value", p) for p in litellm.provider_list}


def _unknown(litellm: Any, model: str) -> str:
    chat = [name for name, entry in litellm.model_cost.items() if entry.get("mode") == "chat"]
    close = difflib.get_close_matches(model, chat, n=3)
    provider, slash, rest = model.partition("/")
    hint = f"check its provider, {provider!r}" if slash else "write it as provider/model"
    if slash and not rest:
        hint = "name a model after the /"
    elif close:
        hint = f"did you mean {' or '.join(close)}"
    return mask(
        f"{model!r} is no model name that litellm knows: {hint}, or give --api-base for a server of your own"
    )


def _missing_variables(litellm: Any, target: Target) -> tuple[str, ...]:
    """The variables of which one should be set and none is."""
    known: Provider | None = _PROVIDERS_BY_ID.get(target.provider)
    if known:
        return () if known.has_key(os.environ) else known.key_variables
    wanted = litellm.validate_environment(model=target.litellm_model)["missing_keys"]
    # Only plain keys: clouds have other ways to sign in, which show when they are called.
    return tuple(name for name in wanted if name.endswith("_API_KEY") and not name.startswith("AZURE"))


def _price_entry(litellm: Any, provider: str, bare: str) -> dict[str, Any]:
    """The record that litellm has of exactly this model of exactly this provider, or nothing."""
    for name in (f"{provider}/{bare}", bare):
        entry = litellm.model_cost.get(name)
        if entry and entry.get("litellm_provider") == provider:
            return dict(entry)
    return {}


def _price(entry: dict[str, Any]) -> Price | None:
    into, out = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
    if not into and not out:
        return None  # the table has zeros for what it does not know, such as every local model
    return Price(into or 0.0, out or 0.0, entry.get("cache_read_input_token_cost"))
