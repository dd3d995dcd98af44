"""A copy of a trajectory small enough to travel in the notebook that its run is in.

Long texts keep their head and tail and say their true length; the prompts of sub-calls, which
are pieces of the context and most of a trajectory, keep a few lines: what tells one call from
another is its key, and its reply stays.  Where a run has so many sub-calls that even short
texts would not do, the first and the last ones of each cell stay and one event stands for
those between them, with all they used, so that the copy still adds up to what the run cost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import MISSING, fields, replace
from typing import Any

from rlm_kernel import events as e
from rlm_kernel.messages.observation import cut
from rlm_kernel.report.ledger import LEFT_OUT
from rlm_kernel.report.parts import Tally
from rlm_kernel.report.plain import encodable, map_texts
from rlm_kernel.report.spans import ROOT

TRAJECTORY_MIME = "application/vnd.rlm.trajectory.v1+json"
SHARED_SIZE = 1_000_000
"""Bytes of JSON that a shared copy may take."""

CALL_EVENTS_SHARE = 0.5
"""The part of the size that sub-calls may take; the conversation needs the rest."""
BARE_CALL = 900
"""Bytes of a call's two events without their texts."""
LIMITS = (20_000, 5_000, 1_200, 300, 80)
"""Characters of a text, the largest that fits being taken."""

PROMPT_LIMIT = 200
"""Characters of a prompt of a sub-call."""

_DEFAULTS = {
    kind: {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in fields(kind)
        if field.default is not MISSING or field.default_factory is not MISSING
    }
    for kind in e.EVENT_TYPES.values()
}

_IDS = frozenset({"type", "span", "parent", "run", "key", "batch", "model", "role", "label", "name"})

Json = dict[str, Any]


def shareable(events: Iterable[e.Event], size: int = SHARED_SIZE) -> Json:
    """``{"v": 1, "run": id, "events": [...]}`` of at most about `size` bytes of JSON."""
    stored = [event for event in events if not event.transient]
    kept = thin_calls(stored, int(size * CALL_EVENTS_SHARE / BARE_CALL))
    for limit in LIMITS:
        copies = [_shortened(event, limit) for event in kept]
        if sum(len(json.dumps(copy, ensure_ascii=False, default=str).encode()) for copy in copies) <= size:
            return _document(stored, copies)
    return _document(stored, [_shortened(event, LIMITS[-1]) for event in _ends(stored)])


def thin_calls(events: list[e.Event], most: int) -> list[e.Event]:
    """`events` with at most about `most` sub-calls, the others of a cell merged into one."""
    calls: defaultdict[str | None, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event, e.CallFinished | e.CallFailed) and event.role == "sub":
            calls[event.parent].append(event.span)
    if sum(map(len, calls.values())) <= most:
        return events
    share = max(1, most // (2 * len(calls)))
    dropped = {span for spans in calls.values() for span in spans[share:-share]}
    return _merged(events, dropped)


def _merged(events: list[e.Event], dropped: set[str]) -> list[e.Event]:
    """`events` without those of the spans `dropped`, one event for each cell standing for them."""
    kept: list[e.Event] = []
    merged: dict[str | None, tuple[int, Tally, int]] = {}
    for event in events:
        if event.span not in dropped:
            kept.append(event)
        elif isinstance(event, e.CallFinished | e.CallFailed):
            place, usage, count = merged.get(event.parent, (len(kept), Tally(), 0))
            if not count:
                kept.append(event)
            if not getattr(event, "cached", False):
                usage.add(event.usage)
            merged[event.parent] = place, usage, count + 1
    for place, usage, count in merged.values():
        kept[place] = _stand_in(kept[place], usage, count)
    return kept


def _stand_in(event: e.Event, usage: Tally, count: int) -> e.CallFinished:
    """One finished call for `count` that are left out."""
    assert isinstance(event, e.CallFinished | e.CallFailed)
    return e.CallFinished(
        seq=event.seq,
        time=event.time,
        run=event.run,
        span=event.span,
        parent=event.parent,
        role="sub",
        model=event.model,
        finish_reason=LEFT_OUT,
        text=f"[… {count:,} calls are left out of this copy; their usage is added up here …]",
        usage={
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "cost": None if usage.unpriced else usage.cost,
        },
    )


def _ends(events: list[e.Event]) -> list[e.Event]:
    """How the run began and ended, for one that is too large however it is cut."""
    kept = [event for event in events if event.span == ROOT and not isinstance(event, e.MessageAdded)]
    last = kept[-1]
    note = e.Warned(
        seq=last.seq,
        time=last.time,
        run=last.run,
        span=ROOT,
        parent=None,
        message=f"This copy of the trajectory holds {len(kept):,} of its {len(events):,} events.",
    )
    return [*kept, note]


def _document(events: list[e.Event], copies: list[Json]) -> Json:
    return {"v": e.SCHEMA_VERSION, "run": events[0].run if events else "", "events": copies}


def light(event: e.Event, limit: int) -> Json:
    """An event with every field, its texts cut to about `limit` characters and without pictures."""
    if isinstance(event, e.CellFinished):
        event = replace(event, outputs=[_light(output) for output in event.outputs])
    if isinstance(event, e.RunFinished) and event.answer is not None:
        event = replace(event, answer=_light_answer(event.answer, limit))
    shortened: Json = map_texts(event.to_json(), lambda text: encodable(cut(text, limit)), _IDS)
    return shortened


def whole(event: e.Event) -> Json:
    """An event with every field as it is recorded, in what can be sent as UTF-8."""
    sent: Json = map_texts(event.to_json(), encodable, _IDS)
    return sent


# -- texts ----------------------------------------------------------------------------


def _shortened(event: e.Event, limit: int) -> Json:
    if isinstance(event, e.CellFinished):
        event = replace(event, outputs=[_light(output) for output in event.outputs])
    if isinstance(event, e.RunFinished) and event.answer is not None:
        event = replace(event, answer=_light_answer(event.answer, limit))
    if isinstance(event, e.RunStarted):
        event = replace(event, cwd="")  # where it was is nobody else's business
    if isinstance(event, e.CallStarted):
        limit = min(limit, PROMPT_LIMIT)
    shortened: Json = map_texts(_without_defaults(event), lambda text: encodable(cut(text, limit)), _IDS)
    return shortened


def _without_defaults(event: e.Event) -> Json:
    """An event as JSON without the fields that reading it fills in by itself."""
    defaults = _DEFAULTS[type(event)]
    return {
        name: value
        for name, value in event.to_json().items()
        if name not in defaults or value != defaults[name]
    }


def _light(output: Json) -> Json:
    """An output without pictures and the like, which the notebook holds in the cell itself."""
    data = output.get("data")
    if not isinstance(data, dict):
        return output
    return {**output, "data": {mime: value for mime, value in data.items() if mime.startswith("text/")}}


def _light_answer(answer: Json, limit: int) -> Json:
    """An answer without its value where that is long; a value that was cut would be another one."""
    if len(json.dumps(answer.get("json"), default=str)) <= limit:
        return answer
    return {name: value for name, value in answer.items() if name != "json"}
