"""What has been said so far, as the root needs it: question, contexts, own steps and what they printed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlm_kernel.offline.shapes import AnswerType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm_kernel.interfaces import Message

_QUESTION = re.compile(r"<question>\n?([\s\S]*?)\n?</question>")
_CONTEXT = re.compile(
    r"^<context name=\"([^\"\n]*)\" type=\"([^\"\n]*)\"[^\n]*(?:\n[^\n]*\n([^\n]*))?", re.MULTILINE
)
_WANTED = re.compile(r"^The answer must validate as this type: (.+), in JSON Schema ([{].*[}])$", re.DOTALL)
_REFUSED = re.compile(
    r"^The answer does not validate as the schema: (.*)\. Correct it", re.MULTILINE | re.DOTALL
)
_HINT = re.compile(r"<hint>\s*([\s\S]*?)\s*</hint>")
_STAGE = re.compile(r"```repl\n# ([^:\n]+):")
_INTERRUPTED = re.compile(r"^Cell \S+: was interrupted", re.MULTILINE)
_SKIPPED = re.compile(r"^The user skipped cells? \d", re.MULTILINE)
_LAST_TURN = re.compile(r"\b(?:last|final) turn\b", re.IGNORECASE)
_NOTICE = 600
"""Characters at the end of the newest message in which a notice is looked for."""


@dataclass(frozen=True, slots=True)
class ContextNote:
    """A context as the opening names it."""

    name: str
    type: str
    about: str = ""
    """What its description says first, after its type and size."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the root's own steps: which it was, and all that was said after it."""

    stage: str
    seen: str

    @property
    def refusal(self) -> str:
        """Why the answer that its cell gave is not of the type asked for; empty if it was not refused."""
        refused = _REFUSED.search(self.seen)
        return refused[1] if refused else ""

    @property
    def was_skipped(self) -> bool:
        """Whether the human passed its cell over, so that it did not run."""
        return bool(_SKIPPED.search(self.seen))

    def printed(self, marker: str) -> Any:
        """The JSON that the step's cell printed after `marker`; None if it did not."""
        match = re.search(rf"^{marker} ([{{\[].*)$", self.seen, re.MULTILINE)
        try:
            return json.loads(match[1]) if match else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Hint:
    """What the human said while the run stood still."""

    text: str
    after: int
    """How many of the steps had been made."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The whole conversation of a run, read anew for every request."""

    question: str
    contexts: tuple[ContextNote, ...]
    steps: tuple[Step, ...]
    hints: tuple[Hint, ...] = ()
    hint_is_new: bool = False
    """Whether the root has not had a turn since the latest hint."""
    last_turn: bool = False
    wanted: AnswerType | None = None


def read(messages: Sequence[Message]) -> Conversation:
    """Read the messages of a root request; what is not there is left empty."""
    opening = next((message.content for message in messages if message.role == "user"), "")
    question = _QUESTION.search(opening)
    steps: list[Step] = []
    hints: list[tuple[str, int]] = []
    for message in messages[2:]:
        if message.role == "assistant":
            stage = _STAGE.search(message.content)
            steps.append(Step(stage[1] if stage else "", ""))
        elif steps:
            steps[-1] = Step(steps[-1].stage, f"{steps[-1].seen}\n{message.content}")
        if message.role == "user":
            hints += [(hint, len(steps)) for hint in _HINT.findall(message.content)]
    newest = messages[-1].content if len(messages) > _OPENING and messages[-1].role == "user" else ""
    return Conversation(
        question[1].strip() if question else "",
        tuple(ContextNote(*found) for found in _CONTEXT.findall(opening)),
        _completed(steps),
        tuple(Hint(text, len(_completed(steps[:since]))) for text, since in hints),
        bool(hints) and hints[-1][1] == len(steps),
        bool(_LAST_TURN.search(newest[-_NOTICE:])),
        _wanted(opening),
    )


def _wanted(opening: str) -> AnswerType | None:
    """The type asked for, which the last paragraphs of the opening name."""
    for paragraph in reversed(opening.split("\n\n")):
        if match := _WANTED.search(paragraph):
            return AnswerType(match[1], json.loads(match[2]))
        if paragraph.endswith(("</context>", "</question>")):
            break
    return None


def _completed(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that count: those that were interrupted are made again, those without a cell did nothing."""
    return tuple(step for step in steps if step.stage and not _INTERRUPTED.search(step.seen))


_OPENING = 2
"""Messages of the opening: system prompt and question."""
