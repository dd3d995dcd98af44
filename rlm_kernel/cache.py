"""A client that asks nothing twice: replies of earlier identical requests come from a file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import weakref
from collections.abc import Callable
from pathlib import Path

from rlm_kernel.calls import usage_json
from rlm_kernel.interfaces import Client, Completion, Delta, ModelInfo, Progress, Request, Usage, UsageError
from rlm_kernel.secrets import mask


class Cache:
    """Replies on disk, in an SQLite file; several kernels may share it.

    Parameters
    ----------
    path
        The file, made if it is missing.  Raises UsageError where it cannot be a cache.
    warn
        Is told, once, when a reply cannot be written.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        self._path = path
        self._warn: Callable[[str], None] | None = warn
        try:
            # Opened here to refuse a bad path at once, and used on the background loop alone.
            self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = WAL")  # no wait for the disk at every reply
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT)")
        except sqlite3.Error as error:
            raise UsageError(f"--cache {path}: {_obstacle(path) or _in_words(error)}") from None

    def find(self, key: str) -> Completion | None:
        """The reply kept under `key`, marked as cached."""
        try:
            found = self._file.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._complain(error)
            return None
        if found is None:
            return None
        reply = json.loads(found[0])
        return Completion(**{**reply, "usage": Usage(**reply["usage"])}, cached=True)

    def keep(self, key: str, completion: Completion) -> None:
        """Keep a reply; where that fails the run goes on without."""
        reply = {
            "text": mask(completion.text),
            "reasoning": mask(completion.reasoning),
            "model": completion.model,
            "finish_reason": completion.finish_reason,
            "usage": usage_json(completion.usage),
        }
        try:
            self._file.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, json.dumps(reply)))
        except sqlite3.Error as error:
            self._complain(error)

    def _complain(self, error: sqlite3.Error) -> None:
        warn, self._warn = self._warn, None
        if warn is not None:
            warn(f"the cache {self._path} is not used: {_in_words(error)}")


class CachingClient:
    """Asks `client` what `cache` does not know yet; one request at a time of those that are equal."""

    def __init__(self, client: Client, cache: Cache) -> None:
        self._client = client
        self._cache = cache
        self._asking: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        """See `Client.describe`."""
        return await self._client.describe(model, api_base)

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """See `Client.complete`; errors are not kept."""
        key = _key_of(request)
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = self._cache.find(key)
            if known is None:
                completion = await self._client.complete(request, on_progress)
                self._cache.keep(key, completion)
                return completion
        if on_progress is not None:
            on_progress(Delta(known.text, known.reasoning))
        return known


def _key_of(request: Request) -> str:
    """Tells requests apart by everything that decides the reply."""
    asked = (request.origin.key if request.origin else "") or request.key()
    where = json.dumps([asked, request.api_base, request.fallbacks])
    return hashlib.sha256(where.encode()).hexdigest()


def _obstacle(path: Path) -> str:
    """What stands in the way of a file there, where that shows without trying; empty if nothing does."""
    if path.is_dir():
        return "that is a folder; name a file"
    return "" if path.parent.is_dir() else f"there is no folder {path.parent}"


def _in_words(error: sqlite3.Error) -> str:
    return "it is a file of another kind" if "not a database" in str(error) else str(error)
