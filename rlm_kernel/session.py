"""The composition root: puts client, budget, trajectory, REPL and views together.

One session belongs to one shell, or to a plain script.  It is the only place that knows
every name; what it makes knows only what it was given.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

from rlm_kernel import finding, models, names, saving, shelf
from rlm_kernel.asked import Asked, check_question
from rlm_kernel.composing import call_settings, compose
from rlm_kernel.config import settings_of
from rlm_kernel.context import Context, resolve
from rlm_kernel.dialects import dialect
from rlm_kernel.display import Display, MakeView
from rlm_kernel.earlier import bound_by_runs, let_go_of_steps
from rlm_kernel.events import RunResumed, RunStarted
from rlm_kernel.expressions import evaluator, schema_in
from rlm_kernel.frontend.lab import lab_of
from rlm_kernel.history import check_secrets
from rlm_kernel.interfaces import REPL, Client, UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.loop import Loop, loop_of
from rlm_kernel.options import Options, combine, from_environment, limits_from
from rlm_kernel.outside import Outside
from rlm_kernel.records import client_for, question_of, recorded_options, recording_of
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.repeating import branch
from rlm_kernel.rlm import Branching, Run
from rlm_kernel.scope import Scope
from rlm_kernel.shell.namespace import NamespaceREPL
from rlm_kernel.stopped import proposed_sentence
from rlm_kernel.trajectory import Trajectory, new_run_id


class Session:
    """What the runs of one shell, or of one script, share.

    Parameters
    ----------
    shell
        The IPython shell; None in a plain script, where each run gets a fresh namespace.
    live
        Whether the output of cells is shown as it comes.
    make_view
        Makes what shows a run; by default the view that fits the shell.
    """

    def __init__(self, shell: Any = None, *, live: bool = True, make_view: MakeView | None = None) -> None:
        self.shell = shell
        self._lab = lab_of(shell)
        self.display = Display(shell, live=live, make_view=make_view, lab=self._lab)
        self._live = live
        self.config = settings_of(shell)
        self.client = models.AnyClient()
        saving.install()
        self._outside: Outside | None = None
        self._first_call = threading.Lock()

    # -- runs -------------------------------------------------------------------------

    def options(self, *given: Mapping[str, Any]) -> Options:
        """The options of a call over ``%config``, the environment, JupyterLab's settings and the built-in."""
        from_lab = self._lab.defaults() if self._lab is not None else {}
        return combine(*given, self.config.settings(), from_environment(os.environ), from_lab)

    def ask(self, question: str, given: Mapping[str, Any], objects: Mapping[str, Any] | None = None) -> Run:
        """Run one question to its answer, or until it is paused.

        Parameters
        ----------
        question
            What is to be found out.
        given
            Options, by name.
        objects
            Contexts that are objects already, by the names to bind.

        Raises
        ------
        UsageError, QueryError
            Before anything was bound or asked: a mistake in the call, or a model that
            cannot be called.
        """
        recording = recording_of(given.get("replay"))
        if recording is not None and not question.strip():
            question = question_of(recording)
        check_question(question)
        recorded = recorded_options(recording)
        if objects:
            recorded.pop("context", None)
        options, notes = self.with_model(self.options(given, recorded))
        if recording is None:
            settings = call_settings(options)
            models.warm(settings.model, settings.sub_model)
        repl = self.repl()
        schema = schema_in(repl, options.schema)
        contexts = _contexts(options, repl, objects or {})
        asked = Asked(question.strip(), options, repl, contexts, schema, notes)
        run_id = new_run_id()
        trajectory = Trajectory(run_id, self.folder() / f"{run_id}.jsonl")
        client = client_for(options, recording, self.client, trajectory.warn)
        if recording is not None:
            check_secrets(recording.events)
            if recording.of(RunResumed) or _branch_of(recording):
                limits = {name: value for name, value in given.items() if hasattr(options.limits, name)}
                return self._repeat(asked, trajectory, client, recording, limits_from(limits))
        return self.loop(asked, trajectory, client).start(bound_by_runs())

    def _repeat(
        self,
        asked: Asked,
        trajectory: Trajectory,
        client: Client,
        recording: Trajectory,
        limits: Mapping[str, float],
    ) -> Run:
        """Replay a run with what the human did while it stood still."""
        repeating = RejoiningClient(client, client, Path(recording.source).parent)
        loop = self.loop(asked, trajectory, repeating)
        how = Branching(0, limits=limits, is_replay=True)
        return branch(loop, recording.events, repeating, bound_by_runs(), how)

    def latest(self, run_id: str | None = None) -> Run:
        """The run of that id, or the latest; raises UsageError where there is none."""
        return finding.latest() if run_id is None else finding.run_called(run_id, self.folder())

    def loop(
        self,
        asked: Asked,
        trajectory: Trajectory,
        client: Client,
        *,
        run: Run | None = None,
        branch_of: Mapping[str, Any] | None = None,
    ) -> Loop:
        """What drives a run that has not begun, or `run`, read from a file, that is to go on.

        Raises QueryError when a model of it cannot be called.
        """
        host = self.display.host(quiet=asked.options.quiet)
        loop = compose(asked, trajectory, client, host, run=run, branch_of=branch_of)
        if run is None:
            let_go_of_steps(loop)
        return loop

    def with_model(self, options: Options, cap: float | None = None) -> tuple[Options, list[str]]:
        """`options` with a model, and a sentence on the choice where none was given."""
        if options.model is not None:
            return options, []
        if options.api_base is not None:
            raise UsageError("which model should the server be asked for? Name it with -m")
        choice = models.default_model(options.max_cost if cap is None else cap)
        chosen = combine({"model": choice.model, "api_base": choice.api_base}, _as_dict(options))
        return chosen, [choice.note]

    def repl(self) -> REPL:
        """Where the cells of a run are run."""
        if self.shell is None:
            return NamespaceREPL(is_root=True)  # a script's output is its own
        from rlm_kernel.shell.repl import ShellREPL  # noqa: PLC0415  (needs no IPython, but a shell)

        placing = self._lab.placing if self._lab is not None else None
        return ShellREPL(self.shell, live=self._live, placing=placing)

    def folder(self) -> Path:
        """Where trajectories are written."""
        # Absolute: a cell may change the working directory, and the file is opened again after a pause.
        return self.config.folder(os.environ).absolute()

    # -- for the commands -------------------------------------------------------------

    def is_run(self, word: str) -> bool:
        """Whether a word names a run of this kernel, or of the trajectory folder."""
        return finding.is_run(word, self.folder())

    def to_branch(self) -> Run:
        """The run that a branch comes from where none is named: a cell that runs again branches as it did."""
        run = self.latest()
        return run if self._lab is None else self._lab.asked_again(run)

    def stored_runs(self) -> list[shelf.RunSummary]:
        """The runs of the trajectory folder, oldest first."""
        return shelf.summaries(self.folder())

    def hidden(self) -> Container[str]:
        """The names of the namespace that are not the user's."""
        return self.repl().hidden

    def chosen_models(self) -> list[str]:
        """A line on each model a run would use now."""
        options, notes = self.with_model(self.options({}))
        lines = [f"root model: {options.model}", f"sub-model: {options.sub_model or options.model}"]
        return [*lines, *notes]

    def offer_proposed(self, run: Run) -> bool:
        """Put the first proposed cell before the human, where cells of a notebook do not show it.

        Returns whether the front end makes a cell of it, and the executing one may end as usual.
        """
        loop = loop_of(run)
        if run.status != "proposed" or loop is None or self.shell is None or self.card_tells(run):
            return False
        from rlm_kernel.shell.next_input import offer  # noqa: PLC0415

        is_taken = offer(self.shell, loop.by_hand.next_input())
        if is_taken:
            self.display.write(f"rlm: {proposed_sentence(run)}")
        return is_taken

    def take_edits(self, run: Run) -> None:
        """Let what was edited in JupyterLab of the cells that wait run as it stands there."""
        loop = loop_of(run)
        if loop is not None and self._lab is not None:
            loop.take_edits(self._lab.edits_of(run))

    def card_tells(self, run: Run) -> bool:
        """Whether a card of JupyterLab says how a run stands, with buttons for what can be done."""
        return self._lab is not None and self._lab.shows_cells(run)

    # -- outside runs -----------------------------------------------------------------

    def scope(self) -> Scope:
        """What `llm_query` acts on outside any run."""
        max_cost = self.config.outside_max_cost(os.environ)
        options, notes = self.with_model(self.options({}), max_cost)
        assert options.model is not None
        settings = call_settings(options)
        with self._first_call:
            if self._outside is None:
                self._outside = Outside(self.client, self.folder(), self.display.write)
        limits = Limits(options.max_steps, 0, 0, max_cost, 0.0, options.max_depth)
        return self._outside.scope(settings, dialect(options.dialect), limits, self.repl(), notes)


def _contexts(options: Options, repl: REPL, objects: Mapping[str, Any]) -> list[Context]:
    """What a run is asked about: objects as they are given, and what ``--context`` stands for."""
    given = [Context(name=name, expression=name, value=value) for name, value in objects.items()]
    named = resolve(options.context, repl.namespace, evaluator(repl), max_file_size=options.max_file_size)
    names.check_apart([context.name for context in (*given, *named)], options.out)
    return [*given, *named]


def _as_dict(options: Options) -> dict[str, Any]:
    return {name: getattr(options, name) for name in Options.__dataclass_fields__}


def _branch_of(recording: Trajectory) -> Mapping[str, Any]:
    started = recording.events[0]
    return started.branch_of if isinstance(started, RunStarted) else {}


# -- the session of this process ------------------------------------------------------

_sessions: weakref.WeakKeyDictionary[Any, Session] = weakref.WeakKeyDictionary()
_script: list[Session] = []


def session_of(shell: Any) -> Session:
    """The session of a shell, or of the script when there is none."""
    if shell is None:
        if not _script:
            _script.append(Session())
        return _script[0]
    if shell not in _sessions:
        _sessions[shell] = Session(shell)
    return _sessions[shell]


def forget(shell: Any) -> None:
    """Give back to a shell's user what runs took, and let its next session be a fresh one."""
    earlier = bound_by_runs()
    for name, value in earlier.displaced.items():
        if any(shell.user_ns.get(name) is bound for bound in earlier.bound.get(name, ())):
            shell.user_ns[name] = value
    _sessions.pop(shell, None)


def current_session() -> Session:
    """The session of the running shell, or the script's."""
    return session_of(running_shell())


def running_shell() -> Any:
    """The IPython shell of this process; None in a plain script."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None
