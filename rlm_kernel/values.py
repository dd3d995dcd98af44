"""What the value of an option may be, read from the text that was given."""

from __future__ import annotations

from pathlib import Path

from rlm_kernel.dialects import dialect

APPROVE = ("none", "risky", "all")
"""Which cells wait for the human."""


def text(value: object) -> str:
    """A text, or a path as one; raises ValueError."""
    if not isinstance(value, (str, Path)):
        raise ValueError("it must be a text")  # noqa: TRY004  (as of every other value)
    return str(value)


def texts(value: object) -> tuple[str, ...]:
    """Texts, or one; raises ValueError."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, (list, tuple)) or not all(isinstance(item, str) for item in values):
        raise ValueError("it must be a text or a list of texts")
    return tuple(values)


def count(text: str) -> int:
    """A whole number, 0 or more; raises ValueError."""
    try:
        number = int(str(text).replace(",", "").replace("_", ""))
    except ValueError:
        raise ValueError("it must be a whole number") from None
    if number < 0:
        raise ValueError("it must be 0 or more")
    return number


def amount(text: str) -> float:
    """A number, 0 or more; raises ValueError."""
    number = float(str(text).lstrip("$"))
    if not 0 <= number < float("inf"):
        raise ValueError("it must be 0 or more")
    return number


def positive(text: str) -> int:
    """A whole number, 1 or more; raises ValueError."""
    number = count(text)
    if number < 1:
        raise ValueError("it must be 1 or more")
    return number


def size(text: str) -> int:
    """Bytes: ``10 MB``, ``500kB``, ``1048576``; raises UsageError."""
    from rlm_kernel.context import parse_size  # noqa: PLC0415  (loading the extension reads this module)

    return parse_size(text)


def switch(text: str) -> bool:
    """``1``, ``true``, ``yes`` or their opposites; raises ValueError."""
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    if str(text).lower() not in known:
        raise ValueError("it must be true or false")
    return known[str(text).lower()]


def known_dialect(text: str) -> str:
    """The name of a dialect; raises UsageError."""
    return dialect(text).name


def known_approval(text: str) -> str:
    """Which cells wait for the human; raises ValueError."""
    if text not in APPROVE:
        raise ValueError(f"it must be {', '.join(APPROVE[:-1])} or {APPROVE[-1]}")
    return text
