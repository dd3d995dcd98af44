"""Runs that go on from a record: a branch of one, and one whose kernel died."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from rlm_kernel import repeating, rlm
from rlm_kernel.asked import Asked
from rlm_kernel.cells import unseen
from rlm_kernel.closing import close_record, closed
from rlm_kernel.context import Context, fingerprint, resolve
from rlm_kernel.earlier import bound_by_runs
from rlm_kernel.events import CellFinished, CellStarted, Event
from rlm_kernel.expressions import evaluator, schema_in
from rlm_kernel.history import (
    check_secrets,
    is_cell_of_root,
    is_of_death,
    label_of,
    limits_set_in,
    start_of,
    up_to,
)
from rlm_kernel.interfaces import REPL, UsageError
from rlm_kernel.leftovers import clear, displace, family, mutated, shadowed_by, unchanged_on_error
from rlm_kernel.loop import Loop, loop_of
from rlm_kernel.options import Options, limits_from
from rlm_kernel.records import client_for, options_of
from rlm_kernel.registry import runs
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.reopenable import (
    check_contexts,
    check_names,
    check_schema,
    check_step,
    check_unread,
    edits_in,
    unchecked_contexts,
    whole_record,
)
from rlm_kernel.replay import ReplayClient
from rlm_kernel.report.figures import listed
from rlm_kernel.risks import touches
from rlm_kernel.rlm import Branching, Run
from rlm_kernel.session import Session, current_session
from rlm_kernel.trajectory import Trajectory, new_run_id
from rlm_kernel.whereabouts import beside, where_it_began


def install() -> None:
    """Let runs be branched and brought back."""
    if not rlm.reopenings:
        rlm.reopenings.append(Reopener())


class Reopener:
    """Branches runs and brings them back, in the session of the running shell or script."""

    def branch(self, run: Run, how: Branching) -> Run:
        """See `Run.branch`."""
        run = runs.get(run.id, run)  # of a run of this kernel more is known than its file tells
        session, record = current_session(), whole_record(run)
        check_step(run, how)
        check_schema(run, record, how.schema)
        check_secrets(up_to(record.events, how.step))
        limits = limits_set_in(record) | limits_from(how.limits)
        how = replace(how, code=edits_in(run, how), limits=limits)
        repl = session.repl()
        folder = beside(run.trajectory, session.folder())
        with unchanged_on_error(repl.namespace), _where_it_began(session, record):
            return self._branch(session, run, closed(record), how, repl, folder)

    def _branch(
        self, session: Session, run: Run, record: Trajectory, how: Branching, repl: REPL, folder: Path
    ) -> Run:
        options = _options(session, record)
        members = family(run, runs.values())
        events = up_to(record.events, how.step)
        theirs = clear(repl.namespace, filter(None, map(loop_of, members)), events)
        if loop_of(run) is None:
            theirs |= displace(repl.namespace, record)
        contexts = _contexts(run, record, options, repl)
        check_unread(run, record, contexts)
        notes = [f"A branch of run {run.id} after step {how.step}."]
        notes += [*_notes(record, loop_of(run), contexts, theirs), *_beyond_names(events)]
        schema = _schema(session, run, options, how.schema)
        options = replace(options, schema=options.schema or schema)
        run_id = new_run_id()
        trajectory = Trajectory(run_id, folder / f"{run_id}.jsonl")
        client = _client(session, record, options, trajectory)
        asked = Asked(run.question, options, repl, contexts, schema, notes)
        branch_of = {"run": run.id, "step": how.step, "hint": how.hint, "limits": dict(how.limits)}
        loop = session.loop(asked, trajectory, client, branch_of=branch_of)
        loop.run.shadowed = shadowed_by(members) | theirs
        return repeating.branch(loop, events, client, bound_by_runs(), how)

    def revive(self, run: Run, schema: Any = None) -> None:
        """Bring back a run whose kernel died, so that it can be resumed; see `Run.resume`."""
        session, record = current_session(), whole_record(run)
        check_schema(run, record, schema)
        with _where_it_began(session, record):
            self._check_and_revive(session, run, record, schema)

    def _check_and_revive(self, session: Session, run: Run, record: Trajectory, schema: Any) -> None:
        options = _options(session, record)
        repl = session.repl()
        try:
            contexts = _contexts(run, record, options, repl)
        except UsageError as error:
            raise UsageError(f"{error}: run the cells above, then resume") from None
        check_contexts(record, contexts)
        check_unread(run, record, contexts)
        check_names(record, contexts, repl)
        check_secrets(record.events)
        schema = _schema(session, run, options, schema)
        asked = Asked(run.question, options, repl, contexts, schema, ())
        before = run.status, run.reason, run.message, run.shadowed
        try:
            if unwritten := record.go_on_in(Path(record.source)):
                session.display.write(f"rlm: {unwritten}")
            with unchanged_on_error(repl.namespace):
                self._revive(session, run, record, asked)
        except BaseException:
            run.status, run.reason, run.message, run.shadowed = before
            run._driver = None  # noqa: SLF001  (a run and its loop are two sides of one thing)
            raise
        finally:
            record.close()
        runs.setdefault(run.id, run)

    def _revive(self, session: Session, run: Run, record: Trajectory, asked: Asked) -> None:
        close_record(record)
        for sentence in [*unchecked_contexts(record), *_beyond_names(record.events)]:
            session.display.write(f"rlm: {sentence}")
        client = _client(session, record, asked.options, record)
        run.children.clear()  # they are made again
        run.shadowed = displace(asked.repl.namespace, record)
        loop = session.loop(asked, record, client, run=run)
        with unseen(asked.repl):
            repeating.revive(loop, list(record.events), client, bound_by_runs())


def _client(
    session: Session, record: Trajectory, options: Options, trajectory: Trajectory
) -> RejoiningClient:
    """What answers from the record first, and then as the run's own options say."""
    replay = ReplayClient(record.events)
    live = client_for(options, None, session.client, trajectory.warn)
    client = RejoiningClient(replay, live, beside(record, session.folder()))
    client.has_given_all = replay.has_given_all
    return client


def _where_it_began(session: Session, record: Trajectory) -> AbstractContextManager[None]:
    return where_it_began(start_of(record).cwd, lambda sentence: session.display.write(f"rlm: {sentence}"))


# -- the parts of a run ---------------------------------------------------------------


def _options(session: Session, record: Trajectory) -> Options:
    kept = {"cache": start_of(record).options.get("cache")}
    options, _ = session.with_model(session.options(options_of(record), kept))
    return options


def _contexts(run: Run, record: Trajectory, options: Options, repl: REPL) -> list[Context]:
    """The contexts of a recorded run: files are read again, objects are found by their names."""
    given = options.context
    recorded = start_of(record).contexts
    objects = recorded[: len(recorded) - len(given)]
    contexts = [
        Context(name=c["name"], expression=c["expression"], value=_object(c["name"], run, repl))
        for c in objects
    ]
    return contexts + resolve(given, repl.namespace, evaluator(repl), max_file_size=options.max_file_size)


def _object(name: str, run: Run, repl: REPL) -> Any:
    if name in run.objects:
        return run.objects[name]
    loop = loop_of(run)
    if loop is not None:
        return loop.contexts[name]
    if name not in repl.namespace:
        raise UsageError(
            f"the run was given an object as {name!r}: bind it to that name again first,"
            f" or, in a script, give resume or branch contexts={{{name!r}: …}}"
        )
    return repl.namespace[name]


def _schema(session: Session, run: Run, options: Options, given: Any) -> Any:
    loop = loop_of(run)
    if loop is not None:
        return loop.parts.schema
    return schema_in(session.repl(), options.schema if given is None else given)


def _notes(
    record: Trajectory, loop: Loop | None, contexts: Sequence[Context], theirs: Mapping[str, Any]
) -> list[str]:
    notes = [
        f"{name} was there before the run and was changed in place by {f'cell {cell}' if cell else 'it'}:"
        " that stays."
        for name, cell in mutated(record.events, loop).items()
    ]
    now = {context.name: fingerprint(context.value) for context in contexts}
    notes += [
        f"{then['name']} is not what it was when the run began."
        for then in start_of(record).contexts
        if then["fingerprint"] != now.get(then["name"])
    ]
    notes += unchecked_contexts(record) if loop is None else []
    if theirs:
        verb = "is" if len(theirs) == 1 else "are"
        notes.append(f"{listed(list(theirs))} {verb} not the run's own: kept in _rlm.shadowed.")
    return notes


def _beyond_names(record: Iterable[Event]) -> list[str]:
    """A sentence on the cells that touch what running them again does not repeat, if there are any."""
    record = list(record)
    died = {e.span for e in record if isinstance(e, CellFinished) and is_of_death(e)}
    found = [
        (label_of(event), touches(event.code))
        for event in record
        if isinstance(event, CellStarted) and is_cell_of_root(event) and event.span not in died
    ]
    cells = [f"{label} {', '.join(what)}" for label, what in found if what]
    return [f"Run again, and may not be as they were: {'; '.join(cells)}."] if cells else []
