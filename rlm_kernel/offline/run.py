"""A run as far as it went, which is all that the next turn depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlm_kernel.offline.conversation import ContextNote, Step
    from rlm_kernel.offline.task import Task


@dataclass(frozen=True, slots=True)
class Run:
    """Its task, its contexts, and the root's own steps with what they printed."""

    task: Task
    contexts: tuple[ContextNote, ...]
    steps: tuple[Step, ...]

    @property
    def stage(self) -> str:
        """The step made last; empty before the first."""
        return self.steps[-1].stage if self.steps else ""

    @property
    def was_skipped(self) -> bool:
        """Whether the human passed over the cell of the step made last."""
        return bool(self.steps) and self.steps[-1].was_skipped

    @property
    def look(self) -> dict[str, Any]:
        """What the first look printed: texts, characters, hits; empty if there was none."""
        return self.printed("LOOK") or {}

    def printed(self, marker: str) -> Any:
        """The JSON printed last after `marker`; None if no step did."""
        found = (step.printed(marker) for step in reversed(self.steps))
        return next((value for value in found if value is not None), None)

    def just_printed(self, marker: str) -> Any:
        """The JSON that the latest step printed after `marker`; None if it did not."""
        return self.steps[-1].printed(marker) if self.steps else None
