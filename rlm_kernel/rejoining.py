"""A client that answers from a record while a run is brought back, and from models afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rlm_kernel.asides import Asides
from rlm_kernel.events import CellFinished
from rlm_kernel.interfaces import Client, Completion, ModelInfo, NotRecorded, Progress, Request
from rlm_kernel.replay import NeverAnswered, NeverAsked

POLL = 0.02
"""Seconds between two looks."""
SETTLING = 0.1
"""Seconds the code of a cell gets to take in the last replies."""


class RejoiningClient:
    """Answers from a record until it `is_live`.

    Parameters
    ----------
    record
        What was answered before.
    live
        What answers from then on.
    folder
        Where the session keeps what the human asked beside the run.
    """

    def __init__(self, record: Client, live: Client, folder: Path) -> None:
        self.is_live = False
        self.may_ask = False
        """Whether a call that the record has no reply to is asked live, instead of being missing."""
        self.on_missing: Callable[[NotRecorded], None] = lambda _missing: None
        """Called, on the calls' thread, for a call that the record has no reply to."""
        self.has_given_all: Callable[[str], bool] = lambda _cell: True
        """Whether every reply that the record has to a cell's calls has been given."""
        self._record = record
        self._live = live
        self._folder = folder
        self._asides: Asides | None = None

    @contextmanager
    def human_cell(self, then: CellFinished) -> Iterator[None]:
        """Around a cell of the human's that runs again: what it asked then, the session has recorded."""
        self._asides = Asides(self._folder, then)
        try:
            yield
        finally:
            self._asides = None

    async def describe(self, model: str, api_base: str | None = None) -> ModelInfo:
        """What is known of `model`; raises QueryError if it cannot be called."""
        return await self._live.describe(model, api_base)

    async def complete(
        self, request: Request, on_progress: Callable[[Progress], None] | None = None
    ) -> Completion:
        """The reply; a call that the record has none to waits, until its cell is interrupted."""
        if self.is_live:
            return await self._live.complete(request, on_progress)
        try:
            return await self._record.complete(request, on_progress)
        except NotRecorded as missing:
            aside = self._asides.reply_to(request) if self._asides is not None else None
            if aside is not None:
                return aside
            if self.may_ask:
                return await self._live.complete(request, on_progress)
            await self._be_interrupted(missing)
            raise

    async def _be_interrupted(self, missing: NotRecorded) -> None:
        """Wait for the end of the cell that asked; raises NeverAsked."""
        try:
            if isinstance(missing, NeverAnswered):
                await self._other_replies(missing)
            self.on_missing(missing)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise NeverAsked from None

    async def _other_replies(self, missing: NeverAnswered) -> None:
        """Until the calls beside this one have their replies, which it was given up after."""
        while not self.has_given_all(missing.cell):  # noqa: ASYNC110  (it is asked of others' calls)
            await asyncio.sleep(POLL)
        await asyncio.sleep(SETTLING)
