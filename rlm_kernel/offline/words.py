"""Word lists, which are files in the folder `words`."""

from __future__ import annotations

from importlib import resources


def words(name: str) -> frozenset[str]:
    """The words of the list `name`; its lines that begin with # are comments."""
    text = resources.files(__package__).joinpath("words", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
