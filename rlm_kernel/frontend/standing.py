"""Which cells of the notebook are those of a run: a branch shares its first steps with another run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rlm_kernel.report.spans import ROOT, cell_id, step_of

Json = dict[str, Any]


class Standing:
    """Where the cells of one run stand.

    The steps that a branch has in common with the run it comes from run again in the cells
    that stand there already; what is new stands below the cell in which the branch began.

    Parameters
    ----------
    run
        The id of the run.
    owner
        The id of the cell it began in.
    """

    def __init__(self, run: str, owner: str) -> None:
        self.run = run
        self.owner = owner
        self.origin: Standing | None = None
        """Of the run that this one, a branch, comes from, where its cells stand in the notebook."""
        self._left: frozenset[str] = frozenset()
        self._last_common = (0, 0)
        self._codes: Mapping[str, Collection[str]] = {}

    def part_from(self, origin: Standing, step: int, codes: Mapping[str, Collection[str]]) -> None:
        """Be that of a branch after a step; `codes` has by span what may stand in a cell of `origin`."""
        self.origin, self._codes = origin, codes
        self._last_common = (step + 1, -1)

    def leave(self, cells: Iterable[str]) -> None:
        """Let cells be in the notebook no more: a branch goes another way."""
        self._left |= frozenset(cells)

    def home(self, span: str) -> Standing:
        """The standing of the run whose cell shows a span."""
        if self.origin is None or _place_of(span) > self._last_common:
            return self
        return self.origin.home(span)

    def shares(self, span: str) -> bool:
        """Whether a span is shown by the cell of another run."""
        return self.home(span) is not self

    def identity(self, span: str) -> str:
        """The id of a span's cell."""
        return cell_id(self.home(span).run, span)

    def take(self, span: str, code: str) -> None:
        """A cell runs as `code`: where something else stands, it and what follows are new cells."""
        if self.shares(span) and code not in self._codes.get(span, ()):
            step, number = _place_of(span)
            self._last_common = (step, number - 1)

    def has(self, cell: Json) -> bool:
        """Whether the notebook has a recorded cell as one of the run's own, and not the human's."""
        about = cell["metadata"]["rlm"]
        is_models = about["author"] == "model" or about.get("edited", False)
        return is_models and cell["id"] not in self._left and not self.shares(span_of(about))


def span_of(about: Json) -> str:
    """The span that the metadata of a cell is about."""
    number = about.get("cell")
    return f"{ROOT}/{about.get('step')}" + (f".{number}" if number else "")


def _place_of(span: str) -> tuple[int, int]:
    """The step, and the cell in it; a thought comes before the cells."""
    number = span.removeprefix(f"{ROOT}/{step_of(span)}.").partition("/")[0]
    return step_of(span) or 0, int(number) if number.isdecimal() else 0
