"""What a front end may ask for, answered on the control thread while a cell runs.

Reading only: what acts on a run goes through ``%rlm``, or, where the kernel is busy, is one
of the few things here that a running loop or a later command looks for by itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from rlm_kernel.config import settings_of
from rlm_kernel.context import describe
from rlm_kernel.frontend.cards import card_left_behind
from rlm_kernel.interfaces import UsageError
from rlm_kernel.inventory import names_of
from rlm_kernel.providers import PROVIDERS
from rlm_kernel.registry import edited, runs
from rlm_kernel.report.searching import search
from rlm_kernel.report.share import light, whole
from rlm_kernel.rlm import Run

PAGE = 1_000_000
"""Bytes of events in one reply, about."""
TEXT_LIMIT = 20_000
"""Characters of a text in a reply."""
SEARCHING = 0.1
"""Seconds of a search in one reply: other requests wait meanwhile, and so does the running cell."""

Json = dict[str, Any]


def handlers(shell: Any) -> dict[str, Callable[[Json], Json]]:
    """By the name of a request, what answers it."""
    return {
        "events": lambda request: events_of(run_named_in(request), int(request.get("after", -1))),
        "span": lambda request: spans_of(run_named_in(request), request.get("spans", [])),
        "search": lambda request: _search(run_named_in(request), request),
        "names": lambda _request: {"names": names_of(shell.user_ns, shell.user_ns_hidden, runs.values())},
        "preview": lambda request: _preview(shell.user_ns, str(request.get("name", ""))),
        "pause": lambda request: _pause(run_named_in(request)),
        "edit": _edit,
        "card": lambda request: {"card": card_left_behind(_folder(shell), str(request.get("run", "")))},
        "keys": lambda _request: {"keys": [p.name for p in PROVIDERS if p.has_key(os.environ)]},
    }


def _folder(shell: Any) -> Path:
    return settings_of(shell).folder(os.environ)


def run_named_in(request: Json) -> Run:
    """The run that a request is about; raises UsageError for one that is not of this kernel."""
    run = runs.get(str(request.get("run", "")))
    if run is None:
        raise UsageError(f"this kernel has no run {request.get('run')!r}")
    return run


def _pause(run: Run) -> Json:
    run.pause_after_step()
    return {}


def _edit(request: Json) -> Json:
    """Keep what the cells of a run were edited to, for ``%rlm branch --edited``."""
    cells = request.get("cells")
    if not isinstance(cells, dict) or not all(isinstance(code, str) for code in cells.values()):
        raise UsageError("an edit names the code of cells by their labels")
    edited[str(request.get("run", ""))] = cells
    return {}


# -- events ---------------------------------------------------------------------------


def events_of(run: Run, after: int, most: int = PAGE) -> Json:
    """The events after a sequence number, as many as a reply of about `most` bytes may hold."""
    page: list[Json] = []
    size = 0
    for event in run.trajectory.events[after + 1 :]:
        if size > most:
            return {"events": page, "more": True}
        page.append(light(event, TEXT_LIMIT if getattr(event, "role", "") != "sub" else 200))
        size += len(json.dumps(page[-1], default=str))
    return {"events": page, "more": False}


def spans_of(run: Run, spans: Iterable[str]) -> Json:
    """The whole events about some spans, for whoever wants to read them."""
    wanted = frozenset(spans)
    return {"events": [whole(event) for event in run.trajectory.events if event.span in wanted]}


def _search(run: Run, request: Json) -> Json:
    """The spans whose exact texts hold another, as far as there was time to look: see `search`."""
    text, after = str(request.get("text", "")), int(request.get("after", -1))
    return search(run.trajectory.events, text, after, SEARCHING)._asdict()


# -- the namespace --------------------------------------------------------------------


def _preview(namespace: Mapping[str, Any], name: str) -> Json:
    """What there is to say of a value in bounded time."""
    if name not in namespace:
        raise UsageError(f"there is no variable {name!r}")
    return {"name": name, "text": describe(name, namespace[name]).text}
