"""Finding a text in all that a run has on record, in whatever case, a slice of time at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import Any, NamedTuple

from rlm_kernel import events as e
from rlm_kernel.messages.observation import output_text


class Found(NamedTuple):
    """What was found in the events up to a sequence number, of which there may be more."""

    spans: list[str]
    after: int
    more: bool


def search(events: Sequence[e.Event], text: str, after: int, seconds: float) -> Found:
    """The spans whose events say `text`, of those after a sequence number, as far as `seconds` allow."""
    pattern = re.compile(re.escape(text), re.IGNORECASE)
    until = monotonic() + seconds
    spans: dict[str, None] = {}
    for event in events[after + 1 :]:
        if monotonic() > until:
            return Found(list(spans), after, more=True)
        if event.span not in spans and any(pattern.search(said) for said in _texts_of(event)):
            spans[event.span] = None
        after = event.seq
    return Found(list(spans), after, more=False)


def _texts_of(event: e.Event) -> Iterator[str]:
    """What an event says: questions, prompts, replies, code, outputs, errors."""
    match event:
        case e.RunStarted():
            yield event.question
        case e.MessageAdded():
            yield event.content
        case e.CallStarted():
            yield from (_message_text(message) for message in event.messages)
        case e.CallFinished():
            yield from (event.text, event.reasoning)
        case e.CallFailed():
            yield from (event.error, event.message)
        case e.CellStarted():
            yield event.code
        case e.CellFinished():
            yield output_text(event.outputs)
            yield "\n".join((event.error or {}).get("traceback", ()))
        case e.RunFinished():
            yield from (str((event.answer or {}).get("text", "")), event.message)
        case e.RunPaused() | e.Warned():
            yield event.message


def _message_text(message: Mapping[str, Any]) -> str:
    content = message.get("content", "")
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
