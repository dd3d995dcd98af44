"""What the human does while a run stands still, and what the model is told of it."""

from __future__ import annotations

from rlm_kernel import namespaces
from rlm_kernel.interfaces import CellResult
from rlm_kernel.parts import Parts
from rlm_kernel.scaffold import RUN
from rlm_kernel.undo import Undone


class Interlude:
    """The time between a pause and going on, in which the namespace is the human's.

    Parameters
    ----------
    parts
        The run that stands still.
    """

    def __init__(self, parts: Parts) -> None:
        self._run = parts.run
        self._repl = parts.repl
        self._scaffold = parts.scaffold
        self._cells = parts.cells
        self._conversation = parts.conversation
        self._out = parts.shared.out
        self._at_first: namespaces.Snapshot = {}
        self._after_cell: namespaces.Snapshot = {}
        """After the human's last cell, or as `_at_first` before the first."""
        self._out_at_first: object = None
        self._shadowed: set[str] = set()

    def bound(self, shadowed: set[str]) -> None:
        """The run has taken the places of these names, which the human may put back."""
        self._shadowed = shadowed

    def begin(self) -> None:
        """The namespace is the human's from now on."""
        self._cells.last_step.close()
        self._at_first = self._after_cell = self._snapshot()
        self._out_at_first = self._repl.namespace.get(self._out)

    def cell(self, code: str, result: CellResult, step: int) -> None:
        """Record a cell that the human ran, for the model to know."""
        before, self._after_cell = self._after_cell, self._snapshot()
        names = namespaces.changes(before, self._after_cell)
        self._conversation.note(self._cells.record_human(code, result, names, step))

    def undo(self) -> Undone:
        """Take back what the last step did to names, on the record, and for the model to know."""
        undone = self._cells.undo()
        self._scaffold.adopt_answer()
        self._conversation.note(undone.note())
        self._find({*undone.removed, *undone.put_back})
        return undone

    def take_names_again(self) -> None:
        """Bind the run's names, of which the human may have changed or taken back any."""
        run, namespace = self._run, self._repl.namespace
        if self._out in namespace and namespace[self._out] is not self._out_at_first:
            run.shadowed[self._out] = namespace[self._out]
        if self.names_are_lost:
            run.shadowed |= {name: namespace[name] for name in self._given_back if name in namespace}
            self._scaffold.rebind()
        else:
            run.shadowed |= self._scaffold.adopt()

    @property
    def names_are_lost(self) -> bool:
        """Whether the human has put names back, or a later run has had them."""
        return bool(self._given_back) or self._repl.namespace.get(RUN) is not self._run

    def tell(self) -> None:
        """Tell the model which names have changed; the namespace is the run's again."""
        changed = namespaces.changes(self._at_first, self._snapshot())
        self._at_first = self._after_cell = {}
        if changed:
            names = "; ".join(str(change) for change in changed)
            self._conversation.note(f"While you were paused, the user changed names: {names}")

    def _find(self, names: set[str]) -> None:
        """Take these names, as they stand now, for what the human found."""
        now = self._snapshot()
        for earlier in (self._at_first, self._after_cell):
            for name in names & earlier.keys():
                del earlier[name]
            earlier |= {name: now[name] for name in names & now.keys()}
        self._out_at_first = self._repl.namespace.get(self._out)

    @property
    def _given_back(self) -> set[str]:
        return self._shadowed - set(self._run.shadowed)

    def _snapshot(self) -> namespaces.Snapshot:
        return namespaces.snapshot(self._repl.namespace, self._repl.hidden)
