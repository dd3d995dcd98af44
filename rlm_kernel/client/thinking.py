"""Taking ``<think>…</think>`` off the front of a reply.

Local servers often leave a model's reasoning in the text.  Only a tag that opens the
reply counts; one further on is something the model wrote about.
"""

from __future__ import annotations

from typing import Literal

from rlm_kernel.interfaces import Delta

OPEN, CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Sorts the pieces of one reply into text and reasoning.

    Tags may be split over pieces: what could still become a tag is held back until it
    is known, at the latest by `finish`.
    """

    def __init__(self) -> None:
        self._state: Literal["start", "thinking", "gap", "text"] = "start"
        self._held = ""

    def feed(self, piece: str) -> Delta:
        """What is certain after `piece`."""
        self._held += piece
        reasoning = ""
        if self._state == "start":
            self._look_for_opening()
        if self._state == "thinking":
            reasoning = self._take_reasoning()
        return Delta(self._take_text(), reasoning)

    def reasoned(self) -> None:
        """The provider sent reasoning apart from the text, of which none has come yet."""
        if self._state == "start" and not self._held.strip():
            self._state = "gap"

    def finish(self) -> Delta:
        """What was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return Delta(reasoning=held) if self._state == "thinking" else Delta(held)

    def _look_for_opening(self) -> None:
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            self._state, self._held = "thinking", begun[len(OPEN) :]
        elif not OPEN.startswith(begun):
            self._state = "text"

    def _take_reasoning(self) -> str:
        thought, closed, rest = self._held.partition(CLOSE)
        if closed:
            self._state, self._held = "gap", rest
            return thought
        keep = next(n for n in range(len(CLOSE) - 1, -1, -1) if thought.endswith(CLOSE[:n]))
        self._held = thought[len(thought) - keep :]
        return thought[: len(thought) - keep]

    def _take_text(self) -> str:
        if self._state == "gap":  # the blank lines between the reasoning and the reply
            self._held = self._held.lstrip()
            self._state = "text" if self._held else "gap"
        if self._state != "text":
            return ""
        text, self._held = self._held, ""
        return text
