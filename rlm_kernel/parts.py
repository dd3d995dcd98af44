"""What one run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.cells import Cells
from rlm_kernel.context import Context
from rlm_kernel.conversation import Conversation
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import REPL
from rlm_kernel.rlm import Run
from rlm_kernel.scaffold import Scaffold
from rlm_kernel.shared import Shared


@dataclass(eq=False)
class Parts:
    """One run, root or child, and what whoever drives it works with."""

    shared: Shared
    """What the root run and its children share."""
    run: Run
    repl: REPL
    """Where its cells run."""
    contexts: Sequence[Context]
    model: str
    """Who is asked for its turns."""
    depth: int = 0
    """The root's is 0."""
    schema: Any = None
    """What its answer must validate as, if anything."""
    parent_span: str | None = None
    """Of a child: the cell that started it."""
    scaffold: Scaffold = field(init=False)
    """The names that are kept in place for it."""
    cells: Cells = field(init=False)
    """What runs its cells."""
    conversation: Conversation = field(init=False)
    """What its model is told."""

    def __post_init__(self) -> None:
        values = {context.name: context.value for context in self.contexts}
        out = self.shared.out if self.is_root else None
        self.scaffold = Scaffold(self.repl, values, FUNCTIONS, out, self.shared.dialect.functions)
        self.cells = Cells(self.shared, self.run, self.repl, self.scaffold, self.depth)
        self.conversation = Conversation(self.shared.trajectory, self.run.span)

    @property
    def is_root(self) -> bool:
        """Whether it is the user's own run, and not one that a cell has started."""
        return self.depth == 0
