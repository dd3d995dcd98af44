"""What a root run and all its children share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.budget import Budget
from rlm_kernel.dialects import Dialect
from rlm_kernel.interrupts import Stop
from rlm_kernel.queries import Queries
from rlm_kernel.scope import Spawn
from rlm_kernel.trajectory import Trajectory


@dataclass
class Shared:
    """The collaborators and settings of one root run."""

    queries: Queries
    budget: Budget
    trajectory: Trajectory
    dialect: Dialect
    model: str
    sub_model: str
    sub_window: int | None = None
    """Tokens that fit the sub-model's context window, where known."""
    stop: Stop = field(default_factory=Stop)
    out: str = "result"
    """The name the answer is bound to."""
    keep_answer: bool = False
    """Store a large answer whole."""
    step: bool = False
    """Let the cells of every step wait for the human."""
    approve: str = "none"
    """Which cells wait for the human: ``none``, ``risky`` ones, ``all``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """As given, for the record."""
    notes: Sequence[str] = ()
    """Sentences for the user, shown with the run."""
    unpriced: Sequence[str] = ()
    """The models whose price is not known."""
    models: Mapping[str, Any] = field(default_factory=dict)
    """What is known of them, for the record."""
    versions: Mapping[str, str] = field(default_factory=dict)
    branch_of: Mapping[str, Any] = field(default_factory=dict)
    """Of a branch: the run it comes from, and after which step."""
    spawn: Spawn = field(init=False)
    """Starts child runs."""
