"""Showing runs and answers, in whatever a session has to show them: a notebook, a terminal, nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rlm_kernel.events import Event
from rlm_kernel.frontend.lab import Lab
from rlm_kernel.registry import make_latest
from rlm_kernel.rlm import MAY_GO_ON, Run
from rlm_kernel.secrets import mask

if TYPE_CHECKING:
    from rlm_kernel.report.diff import Difference

View = Callable[[Event], None]
MakeView = Callable[[Run], View | None]


class Display:
    """What one session shows.

    Parameters
    ----------
    shell
        The IPython shell; None in a plain script, which shows nothing by itself.
    live
        Whether the output of cells is shown as it comes.
    make_view
        Makes what shows a run; by default the view that fits the shell.
    lab
        The labextensions of the front ends, in a kernel that has a line to them.
    """

    def __init__(
        self, shell: Any, *, live: bool, make_view: MakeView | None = None, lab: Lab | None = None
    ) -> None:
        self._lab = lab
        self._shell = shell
        self._live = live
        self._make_view = make_view or self._view
        self._stayed: dict[str, tuple[View, Callable[[], None]]] = {}
        """For each run that has paused under a view that stays, that view and what detaches it."""

    def host(self, *, quiet: bool) -> Callable[[Run], Any]:
        """What surrounds a run while it is running: the view that shows it."""

        @contextmanager
        def host(run: Run) -> Iterator[None]:
            make_latest(run)
            stayed = self._stayed.pop(run.id, None)
            if stayed is not None and self._goes_on_under(stayed[0]):
                view, unsubscribe = stayed
            else:
                view = (None if quiet else self._make_view(run)) or self._notes_view()
                unsubscribe = run.trajectory.subscribe(view)
            try:
                yield
            finally:
                close = getattr(view, "close", None)
                if close is not None:
                    close()
                if stayed is not None and stayed[0] is not view:
                    stayed[1]()
                if run.status in MAY_GO_ON and getattr(view, "stays", False):
                    self._stayed[run.id] = view, unsubscribe
                else:
                    unsubscribe()

        return host

    def show(self, shown: Run | Difference) -> None:
        """Show a run as it stands, or how two differ."""
        if self._is_rich:
            self._surface().show({"text/html": shown._repr_html_(), "text/plain": str(shown)})
        else:
            self.write(str(shown))

    def show_answer(self, answer: Any) -> None:
        """Show an answer in its own rich representation; text as text, escaped."""
        from IPython.display import display  # noqa: PLC0415

        from rlm_kernel.report.html import answer_html  # noqa: PLC0415
        from rlm_kernel.report.plain import encodable, plain  # noqa: PLC0415

        if isinstance(answer, str):
            answer = mask(answer)
        if isinstance(answer, str) and self._is_rich:
            self._surface().show({"text/plain": encodable(answer), "text/html": answer_html(answer)})
        elif isinstance(answer, str):
            self.write(plain(answer))
        else:
            display(answer)

    def write(self, text: str) -> None:
        """Show text."""
        print(text)  # noqa: T201

    def _goes_on_under(self, view: View) -> bool:
        """Whether a run that no cell resumes, but a widget, is shown by the view it was paused under."""
        from rlm_kernel.shell.surface import is_in_cell  # noqa: PLC0415

        go_on = getattr(view, "go_on", None)
        if go_on is None or is_in_cell(self._shell):
            return False
        go_on()
        return True

    def _view(self, run: Run) -> View | None:
        if self._shell is None:
            return None
        surface = self._surface()
        in_lab = self._lab.view(run, surface) if self._lab is not None else None
        if in_lab is not None:
            return in_lab
        from rlm_kernel.shell.surface import is_in_cell  # noqa: PLC0415
        from rlm_kernel.views.inline import InlineView  # noqa: PLC0415
        from rlm_kernel.views.terminal import TerminalView  # noqa: PLC0415

        history = list(run.trajectory.events)

        def is_running() -> bool:
            return run.status == "running"

        if not surface.rich:
            return TerminalView(surface, history=history, is_running=is_running)
        return InlineView(surface, history=history, updates=is_in_cell(self._shell), is_running=is_running)

    def _notes_view(self) -> View:
        from rlm_kernel.views.notes import NotesView  # noqa: PLC0415

        in_notebook = self._shell is not None and self._live
        return NotesView(self.write if in_notebook else _write_aside)

    @property
    def _is_rich(self) -> bool:
        return self._shell is not None and bool(self._surface().rich)

    def _surface(self) -> Any:
        from rlm_kernel.shell.surface import ShellSurface  # noqa: PLC0415

        return ShellSurface(self._shell)


def _write_aside(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  (what a script prints is its own)
