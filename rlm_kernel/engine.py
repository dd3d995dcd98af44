"""Making runs: the root of a question, and the children its cells start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rlm_kernel.children import ChildHandle, Children
from rlm_kernel.context import Context
from rlm_kernel.interfaces import REPL
from rlm_kernel.loop import Host, Loop, loop_of
from rlm_kernel.parts import Parts
from rlm_kernel.rlm import Run
from rlm_kernel.scope import ChildAsk, Scope
from rlm_kernel.shared import Shared


@dataclass
class Engine(Shared):
    """What a root run and its children share, and how each of them is made."""

    def __post_init__(self) -> None:
        self.spawn = Children(self._run_child, self.trajectory, lambda: self.budget.limits.max_depth)

    def root(
        self,
        question: str,
        repl: REPL,
        contexts: Sequence[Context],
        *,
        schema: Any = None,
        host: Host | None = None,
        run: Run | None = None,
    ) -> Loop:
        """A root run that has not begun, or `run`, read from a file, that is to go on."""
        run = run or Run(question, self.trajectory)
        return Loop(Parts(self, run, repl, contexts, self.model, schema=schema), host)

    def _run_child(self, scope: Scope, handle: ChildHandle) -> Any:
        """Run one child to its answer, on the thread made for it."""
        parent = loop_of(scope.owner)
        assert parent is not None
        loop = self._child(scope, handle.ask, parent, handle.span)
        handle.interrupt, handle.close = loop.cells.interrupt, loop.cells.close
        model = loop.parts.model
        if not self.budget.knows(model):
            self.queries.describe([model], scope.check)
        loop.begin()
        return loop.answer_or_raise()

    def _child(self, scope: Scope, ask: ChildAsk, parent: Loop, span: str) -> Loop:
        run = Run(ask.prompt, self.trajectory, span=span, parent=parent.run)
        values = ask.contexts or {"context": ask.prompt}
        parts = Parts(
            self,
            run,
            parent.parts.repl.child(),
            [Context(name=name, expression=name, value=value) for name, value in values.items()],
            ask.model or parent.parts.model,
            depth=scope.depth + 1,
            schema=ask.schema,
            parent_span=scope.span,
        )
        return Loop(parts)
