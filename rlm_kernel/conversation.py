"""The conversation with a root model: append-only, so that providers' prompt caches hit."""

from __future__ import annotations

from rlm_kernel.events import MessageAdded
from rlm_kernel.interfaces import Message, Role
from rlm_kernel.secrets import mask
from rlm_kernel.tokens import estimate_tokens
from rlm_kernel.trajectory import Trajectory


class Conversation:
    """The messages of one run, and what the next one will say."""

    def __init__(self, trajectory: Trajectory, run_span: str) -> None:
        self.messages: list[Message] = []
        self.tokens = 0
        """Estimated, of all messages."""
        self._pending: list[str] = []
        self._trajectory = trajectory
        self._run_span = run_span

    @property
    def pending_tokens(self) -> int:
        """Estimated, of what the next message will say."""
        return sum(estimate_tokens(text) for text in self._pending)

    @property
    def awaits_reply(self) -> bool:
        """Whether the last message has no reply and nothing is to be added to it."""
        return not self._pending and bool(self.messages) and self.messages[-1].role == "user"

    def note(self, text: str) -> None:
        """Keep something to tell the model with the next message."""
        self._pending.append(text)

    def note_hint(self, hint: str | None) -> None:
        """Keep what the user says, if anything, to tell the model with the next message."""
        if hint:
            self.note(f"The user says:\n<hint>\n{hint}\n</hint>")

    def say_pending(self, step: int, *more: str) -> None:
        """One user message with everything the model has not been told yet."""
        self.add("user", "\n\n".join([*self._pending, *more]), step)
        self.drop_pending()

    def drop_pending(self) -> None:
        """Forget what the model has not been told yet."""
        self._pending.clear()

    def add(self, role: Role, content: str, step: int) -> None:
        """Add a message, and record it as part of `step`."""
        message = Message(role, mask(content))
        self._keep(message)
        self._trajectory.record(
            MessageAdded,
            span=f"{self._run_span}/{step}",
            parent=self._run_span,
            role=role,
            content=message.content,
        )

    def add_reply(self, text: str) -> None:
        """Add the model's reply, which is recorded as the end of its call."""
        self._keep(Message("assistant", mask(text)))

    def _keep(self, message: Message) -> None:
        self.messages.append(message)
        self.tokens += estimate_tokens(message.content)
