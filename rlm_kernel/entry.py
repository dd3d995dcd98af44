"""The Python interface: `rlm_kernel.run`, `rlm_kernel.load` and `rlm_kernel.widget`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlm_kernel import names, reopening, saving
from rlm_kernel.asked import check_question
from rlm_kernel.events import Event, RunStarted
from rlm_kernel.functions.asks import model_name, schema_type
from rlm_kernel.interfaces import UsageError
from rlm_kernel.read_back import run_from
from rlm_kernel.rlm import Run
from rlm_kernel.scope import ChildAsk, run_scope
from rlm_kernel.session import current_session, running_shell
from rlm_kernel.trajectory import from_events, read

if TYPE_CHECKING:
    from rlm_kernel.frontend.widget import RunWidget


reopening.install()


def run(question: str, context: Any = None, **options: Any) -> Run:
    """See `rlm_kernel.run`."""
    check_question(question)
    objects = _objects(context, options.pop("contexts", None))
    if run_scope() is not None:
        return _run_as_child(question, objects, options)
    return current_session().ask(question, options, objects)


def load(path: str | os.PathLike[str]) -> Run:
    """See `rlm_kernel.load`."""
    saving.install()
    file = Path(path)
    if file.suffix == ".ipynb":
        from rlm_kernel.views.notebook import read_notebook  # noqa: PLC0415

        events = [_shortened(event) for event in read_notebook(file)]
        return run_from(from_events(events, str(file)))
    return run_from(read(file))


def _shortened(event: Event) -> Event:
    """An event of a notebook's copy, which says that it is one, in whatever file it is kept next."""
    return replace(event, shortened=True) if isinstance(event, RunStarted) else event


def widget(run: Run) -> RunWidget:
    """See `rlm_kernel.widget`."""
    if not isinstance(run, Run):
        raise UsageError(f"a widget shows a run, not {type(run).__name__}: rlm_kernel.widget(_rlm)")
    try:
        from rlm_kernel.frontend.widget import RunWidget  # noqa: PLC0415  (imports ipywidgets)
    except FileNotFoundError as error:
        raise UsageError(f"the widget was not built, install rlm-kernel again: {error}") from None
    return RunWidget(run, running_shell())


def _objects(context: Any, contexts: Any) -> dict[str, Any]:
    """The contexts given to `run`, by the names to bind; raises UsageError."""
    if not isinstance(contexts, Mapping | None):
        raise UsageError(f"contexts must be a dict of objects by name, not {type(contexts).__name__}")
    given = list((contexts or {}).items())
    if context is not None:
        given.insert(0, ("context", context))
    names.check_contexts(name for name, _ in given)
    return dict(given)


def _run_as_child(question: str, objects: Mapping[str, Any], options: Mapping[str, Any]) -> Run:
    """A model's cell that calls `run` gets a child of its own run."""
    scope = run_scope()
    assert scope is not None
    unknown = set(options) - {"model", "schema"}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise UsageError(f"a run inside a run takes contexts, model and schema, not {names}")
    before = len(scope.owner.children)
    model = model_name(options.get("model"), "run")
    ask = ChildAsk(question, objects, model, schema_type(options.get("schema"), scope.namespace))
    scope.spawn(scope, [ask], "raise", batch=False)
    if len(scope.owner.children) == before:
        raise UsageError("no deeper run is allowed here: use llm_query")
    child: Run = scope.owner.children[-1]
    return child
