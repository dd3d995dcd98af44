"""A run in a widget, for front ends without the labextension: VS Code, Colab, a plain JupyterLab.

ipywidgets alone cannot show views of our own; anywidget brings their TypeScript along with the
widget's state.  They are the labextension's own, in a bundle of their own.  Everything goes
over the widget's comm, which the kernel answers when it is free: events of the run as they
come, shortened; the rest when the views ask for it; and the buttons, which are ``%rlm``
commands.
"""

from __future__ import annotations

import shlex
import threading
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from rlm_kernel import events as e
from rlm_kernel.frontend.channel import answer
from rlm_kernel.frontend.feed import Feed
from rlm_kernel.frontend.requests import PAGE, events_of, spans_of
from rlm_kernel.interfaces import UsageError
from rlm_kernel.options import LIMITS
from rlm_kernel.report.share import shareable
from rlm_kernel.report.spans import ROOT
from rlm_kernel.rlm import Run

BUNDLE = Path(__file__).parent / "bundle"
SAVED_SIZE = 400_000
"""Bytes of the copy that a widget holds: it travels with each notebook that keeps widgets."""

Json = dict[str, Any]


class RunView(anywidget.AnyWidget):
    """What is drawn: the card, the tree, the timeline, and all there is to read about a node.

    Parameters
    ----------
    run
        A root run.
    chosen
        The span that is chosen at first; empty: none.
    execute
        Executes a line when the kernel is free; None where nothing can be executed.
    """

    _esm = BUNDLE / "widget.js"
    _css = BUNDLE / "widget.css"

    own_id = traitlets.Unicode().tag(sync=True)
    saved = traitlets.Dict().tag(sync=True)
    was_interrupted = traitlets.Bool().tag(sync=True)
    can_act = traitlets.Bool().tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)

    def __init__(self, run: Run, chosen: str, execute: Callable[[str], None] | None) -> None:
        self._run = run
        self._execute = execute
        self._feed = Feed(self.send, run.id)
        self._handlers: Mapping[str, Callable[[Json], Json]] = {
            "events": self._events,
            "span": self._span,
            **{name: partial(self._go_on, name) for name in ("resume", "step", "accept", "skip")},
            "branch": self._branch,
            "stop": self._stop,
        }
        is_live = run._driver is not None  # noqa: SLF001  (nobody drives a run that was read from a file)
        own_id = uuid.uuid4().hex
        super().__init__(
            model_id=own_id,
            own_id=own_id,
            chosen=chosen,
            can_act=execute is not None and is_live,
            **self._standing(),
        )
        self.on_msg(self._receive)
        # What came since the copy the front end asks for: it sees where its events end.
        self._unsubscribe = run.trajectory.subscribe(self._take)

    def close(self) -> None:
        """Show the run no more."""
        self._unsubscribe()
        super().close()

    # -- to the front end -------------------------------------------------------------

    def _take(self, event: e.Event) -> None:
        self._feed.event(event)
        if isinstance(event, e.RunPaused | e.RunFinished) and event.span == ROOT:
            threading.Thread(target=self._save, name="rlm-widget", daemon=True).start()

    def _save(self) -> None:
        """Keep a copy of the run as it stands, for places it is shown in later."""
        self.set_trait("saved", self._standing()["saved"])

    def _standing(self) -> Json:
        copy = shareable(list(self._run.trajectory.events), SAVED_SIZE)
        return {"saved": copy, "was_interrupted": self._run.status == "interrupted"}

    # -- from the front end -----------------------------------------------------------

    def _receive(self, _widget: Any, request: Json, _buffers: Any) -> None:
        # What it says is no `id`: ipykernel would take that for a request of the kernel's own.
        self.send({"kind": "reply", "request": request.get("request"), **answer(self._handlers, request)})

    def _events(self, request: Json) -> Json:
        return events_of(self._run, int(request.get("after", -1)), int(request.get("size", PAGE)))

    def _span(self, request: Json) -> Json:
        return spans_of(self._run, request.get("spans", []))

    def _go_on(self, command: str, request: Json) -> Json:
        return self._command([command, self._run.id, *_limits(request), *_hint(request)])

    def _branch(self, request: Json) -> Json:
        step = str(int(request["step"]))
        return self._command(["branch", step, self._run.id, *_limits(request), *_hint(request)])

    def _stop(self, _request: Json) -> Json:
        return self._command(["stop", self._run.id])

    def _command(self, words: list[str]) -> Json:
        if self._execute is None or not self.can_act:
            raise UsageError(f"run {self._run.id} was read from a file: it can be looked at")
        self._execute(f"%rlm {shlex.join(words)}")
        return {}


class RunWidget(ipywidgets.VBox):  # type: ignore[misc]
    """A run to look into and to act on, and below it what its cells show when it goes on from here.

    Parameters
    ----------
    run
        Any run; of a child the whole run is shown, the child chosen.
    shell
        The IPython shell; None in a plain script.
    """

    def __init__(self, run: Run, shell: Any = None) -> None:
        self._run = run
        root = run
        while root.parent is not None:
            root = root.parent
        self._shell = shell
        self._output = ipywidgets.Output()
        chosen = run.span if run is not root else ""
        has_kernel = getattr(shell, "kernel", None) is not None
        self._view = RunView(root, chosen, self._when_free if has_kernel else None)
        super().__init__([self._view, self._output])

    def close(self) -> None:
        """Show the run no more."""
        self._view.close()
        self._output.close()
        super().close()

    def __repr__(self) -> str:
        return f"<RunWidget of {self._run!r}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget; for whoever cannot show it, or finds it without its kernel, the card."""
        data = super()._repr_mimebundle_(**kwargs) or {}
        _, metadata = self._view._repr_mimebundle_() or ({}, {})  # what Colab wants to know of anywidget
        fallback = {"text/plain": str(self._run), "text/html": self._run._repr_html_()}
        return {**data, **fallback}, metadata

    def _when_free(self, line: str) -> None:
        """Execute a line on the main thread, between the cells; returns when it is done.

        The message that asks for it has waited until the kernel was free; but where a front end
        has comms handled on a thread of their own, it has not.  That thread waits here: the
        front end takes what is shown for the message only as long as it is being handled.
        """
        if threading.current_thread() is threading.main_thread():
            self._execute(line)
            return
        done = threading.Event()

        def execute() -> None:
            try:
                self._execute(line)
            finally:
                done.set()

        self._shell.kernel.io_loop.add_callback(execute)
        done.wait()

    def _execute(self, line: str) -> None:
        if "rlm" not in self._shell.magics_manager.magics["line"]:
            self._shell.extension_manager.load_extension("rlm_kernel")
        with self._output:
            self._shell.run_cell(line, store_history=True)


def _limits(request: Json) -> list[str]:
    """The limits that are raised, as they are typed."""
    limits = request.get("limits", {})
    given = [option for option in LIMITS if option.name in limits]
    return [word for option in given for word in (option.flag, _number(limits[option.name]))]


def _hint(request: Json) -> list[str]:
    """What the model is to be told, as it is typed."""
    hint = " ".join(str(request.get("hint", "")).split())
    return ["--hint", hint] if hint else []


def _number(value: Any) -> str:
    """A limit as it is typed."""
    number = float(value)
    return str(int(number)) if number.is_integer() else str(number)
