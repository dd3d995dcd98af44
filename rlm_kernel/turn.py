"""One turn of a run: how far its reply has come, and what ends it for now."""

from __future__ import annotations

from dataclasses import dataclass, field


class Pause(Exception):
    """Ends the loop for now; never seen outside it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(slots=True)
class Reply:
    """A model's reply, and how far its cells have run."""

    thought: str = ""
    cells: tuple[str, ...] = ()
    was_cut: bool = False
    """It ended at the model's output limit."""
    ran: set[int] = field(default_factory=set)
    """The numbers of the cells that have run, or were passed over."""
    went_well: bool = True
    goes_on: bool = True
    """No cell has ended the turn by failing, or by finishing the run."""
    is_closed: bool = False
    """Whether all has been noted that the model will be told of it."""

    @property
    def left(self) -> list[tuple[int, str]]:
        """The cells that have not run, each with its number."""
        return [(number, code) for number, code in enumerate(self.cells, 1) if number not in self.ran]

    @property
    def next(self) -> int:
        """The number of the cell that is to run next."""
        return self.left[0][0] if self.left else len(self.ran) + 1
