"""The names of the chat models that litellm knows prices of, read without importing litellm."""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rlm_kernel.providers import PROVIDERS

TABLE = "model_prices_and_context_window_backup.json"
"""The price list in litellm's package."""

_PROVIDERS = frozenset(provider.id for provider in PROVIDERS)
_CHATS = frozenset({"chat", "responses"})


@functools.cache
def chat_models() -> tuple[str, ...]:
    """The models of `PROVIDERS` as ``provider/name``, in order; none where litellm has no such table."""
    try:
        table = json.loads(_path().read_bytes())
    except (OSError, ValueError):
        return ()
    return tuple(sorted({_name(name, entry) for name, entry in table.items() if _can_chat(name, entry)}))


def _path() -> Path:
    package = importlib.util.find_spec("litellm")
    places = (package.submodule_search_locations if package else None) or ["."]
    return Path(places[0]) / TABLE


def _can_chat(name: str, entry: Mapping[str, Any]) -> bool:
    # What has no size is a price class; what begins with ft: is a base for the user's own models.
    is_model = "max_input_tokens" in entry and not name.startswith("ft:")
    return is_model and entry.get("litellm_provider") in _PROVIDERS and entry.get("mode") in _CHATS


def _name(name: str, entry: Mapping[str, Any]) -> str:
    provider = entry["litellm_provider"]
    return name if name.startswith(f"{provider}/") else f"{provider}/{name}"
