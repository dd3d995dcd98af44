"""Evenly spaced samples, and numbers that come from them."""

from __future__ import annotations

from math import floor, log10


def spread(length: int, number: int) -> list[int]:
    """At most `number` positions in a sequence of `length`, the first and the last among them."""
    if length <= number:
        return list(range(length))
    return [(length - 1) * i // (number - 1) for i in range(number)]


def rounded(estimate: float) -> int:
    """An estimate without the digits that are not known anyway: three are kept."""
    if estimate < 1:
        return 0
    return int(round(estimate, 2 - floor(log10(estimate))))
