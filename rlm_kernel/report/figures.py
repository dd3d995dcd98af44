"""Numbers as people read them: short, with a unit, `n/a` rather than a guess."""

from __future__ import annotations

from collections.abc import Sequence

from rlm_kernel.interfaces import Proposed

MINUTE, HOUR = 60, 3600
CENT = 0.01


def tokens(count: int) -> str:
    """``950``, ``12.3k``, ``1.24M``."""
    if count < 10_000:  # noqa: PLR2004
        return f"{count:,}"
    if count < 999_500:  # noqa: PLR2004
        return f"{count / 1e3:.1f}k" if count < 99_950 else f"{count / 1e3:.0f}k"  # noqa: PLR2004
    return f"{count / 1e6:.2f}M"


def dollars(amount: float) -> str:
    """``$0``, ``$0.0031``, ``$1.27``: two significant digits below a cent, cents above."""
    if not amount:
        return "$0"
    if abs(amount) < CENT:
        return f"${amount:.2g}" if abs(amount) >= 1e-4 else "<$0.0001"  # noqa: PLR2004
    return f"${amount:.3f}" if abs(amount) < 1 else f"${amount:,.2f}"


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 m 05 s``, ``2 h 07 m``."""
    if seconds < 9.95:  # noqa: PLR2004
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} m {whole % MINUTE:02d} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d} m"


def rate(per_second: float) -> str:
    """``31/s``, or ``4.2/min`` where there is less than one a second."""
    if per_second >= 1:
        return f"{per_second:.0f}/s" if per_second >= 9.95 else f"{per_second:.1f}/s"  # noqa: PLR2004
    return f"{per_second * MINUTE:.1f}/min"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """``1 call``, ``1,204 calls``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def what_waits(cells: Sequence[Proposed]) -> str:
    """Why cells wait for the human: the first one's own reason, or else how many there are."""
    return cells[0].why or ("a cell waits for you" if len(cells) == 1 else f"{len(cells)} cells wait for you")
