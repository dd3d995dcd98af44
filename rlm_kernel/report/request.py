"""What a step's model was sent, message by message, with what it did not get to see."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rlm_kernel.events import CallFinished, Event
from rlm_kernel.interfaces import Message
from rlm_kernel.messages.observation import CUT_MARK
from rlm_kernel.recording import Recording, Turn
from rlm_kernel.report import figures
from rlm_kernel.report.plain import plain
from rlm_kernel.report.spans import ROOT

_CUT = re.compile(CUT_MARK)


def request_text(events: Iterable[Event], step: int, run: str = ROOT) -> str | None:
    """The request of a step as it went to the model; None where the run has no such step.

    Each message is whole, with its size and whether it was new in this step.  What was cut
    from it, before it was sent, is counted in its heading.
    """
    turns = Recording.of(events).turns
    turn = turns.get(f"{run}/{step}")
    if turn is None:
        return None
    before = turns.get(f"{run}/{step - 1}")
    known = len(before.messages) + 1 if before is not None else 0  # its reply is known too
    parts = [_heading(turn, step, known)]
    for number, message in enumerate(turn.messages, 1):
        parts.append(_message_heading(number, message, is_new=number > known))
        parts.append(plain(message.content.rstrip("\n")))
    return "\n".join(parts)


def cuts_in(text: str) -> list[int]:
    """For each place where `text` was cut before it was sent, the characters that are missing there."""
    return [
        int(total.replace(",", "")) - int(head.replace(",", "")) - int(tail.replace(",", ""))
        for total, head, tail in _CUT.findall(text)
    ]


def _heading(turn: Turn, step: int, known: int) -> str:
    characters = sum(len(message.content) for message in turn.messages)
    new = len(turn.messages) - known
    said = [
        f"step {step}",
        turn.model,
        f"{figures.counted(len(turn.messages), 'message')}, {new} new",
        figures.counted(characters, "character"),
    ]
    if isinstance(turn.reply, CallFinished):
        said.append(_tokens(turn.reply))
    return " · ".join(said)


def _tokens(reply: CallFinished) -> str:
    given, read = reply.usage.get("input_tokens") or 0, reply.usage.get("cached_tokens") or 0
    if reply.cached:
        return f"{figures.tokens(given)} tokens when it was recorded; answered from the record"
    return f"{figures.tokens(given)} tokens, {figures.tokens(read)} of them from the provider's cache"


def _message_heading(number: int, message: Message, *, is_new: bool) -> str:
    said = [f"{number} {message.role}", figures.counted(len(message.content), "character")]
    said += ["new"] if is_new else []
    cuts = cuts_in(message.content)
    if cuts:
        said.append(f"cut: {sum(cuts):,} characters of output were not sent")
    return f"\n── {' · '.join(said)} ──"
