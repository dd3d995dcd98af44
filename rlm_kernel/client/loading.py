"""The import of litellm: late, once, off the main thread, and silent.

It takes seconds.  Left alone it also fetches a price list from the network, prints
banners, and writes to the log.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import threading
import warnings
from typing import Any

_lock = threading.Lock()
_litellm: Any = None


def load() -> Any:
    """The module litellm, imported on the first call, which takes seconds."""
    global _litellm  # noqa: PLW0603 - as lasting as the module it holds
    with _lock:
        if _litellm is None:
            # Read at import: prices come from the installed package and not from the network.
            os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            _ignore_warnings()
            _litellm = _hush(importlib.import_module("litellm"))
    return _litellm


async def loaded() -> Any:
    """`load` without holding up the event loop."""
    return _litellm or await asyncio.to_thread(load)


def warm() -> None:
    """Start the import on a thread of its own, to overlap it with other work; returns at once."""
    if _litellm is None:
        threading.Thread(target=load, name="rlm-import-litellm", daemon=True).start()


def _ignore_warnings() -> None:
    """Those that litellm causes, at its import and later, and a user can do nothing about."""
    warnings.filterwarnings("ignore", module=r"litellm\b")
    warnings.filterwarnings("ignore", message=r"Items? '.*' on TypedDict class '\w+' \w+ using the `Read")


def _hush(litellm: Any) -> Any:
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    if "LITELLM_LOG" not in os.environ:  # whoever sets it wants to read that log
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
