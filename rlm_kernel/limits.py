"""The limits of a run, and how they are written for a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from rlm_kernel.interfaces import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a run; 0 means none, except for depth, where it means no children."""

    max_steps: int = 20
    """Turns of one model: of the root, and of each child."""
    max_calls: int = 10_000
    """Calls the cells cause: sub-calls, and the turns of child runs."""
    max_tokens: int = 0
    max_cost: float = 1.0
    """US dollars."""
    max_seconds: float = 0.0
    max_depth: int = 1

    def with_changes(self, changes: dict[str, float]) -> Limits:
        """These limits with some set anew; raises UsageError for one there is not."""
        known = asdict(self)
        for name, value in changes.items():
            if name not in known:
                raise UsageError(f"there is no limit {name!r}: the limits are {', '.join(known)}")
            if not 0 <= value < float("inf"):
                raise UsageError(f"{name} cannot be {value!r}: it must be 0 or more")
        return replace(self, **changes)  # type: ignore[arg-type]

    def to_json(self) -> dict[str, float]:
        return asdict(self)


_UNITS = {
    "max_calls": "{:,} calls",
    "max_tokens": "{:,} tokens",
    "max_cost": "${:g}",
    "max_seconds": "{:g} seconds",
    "max_steps": "{:,} steps",
}


def limit_text(name: str, limits: Limits) -> str:
    """``max_cost`` as ``$0.5``: a limit as a person would write it."""
    value = getattr(limits, name)
    text = _UNITS[name].format(value)
    return text.removesuffix("s") if value == 1 else text


def refusal(limit: str, limits: Limits, wanted: int, fits: int) -> str:
    """What is said of calls that a limit has no room for, of which some may fit."""
    what = "this call does" if wanted == 1 else f"these {wanted:,} calls do"
    how_many = "" if wanted == 1 else f"; {fits:,} would fit"
    return f"{what} not fit the run's budget of {limit_text(limit, limits)}{how_many}"
