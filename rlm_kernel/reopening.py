"""Runs that go on from a record: a branch of one, and one whose kernel died."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from inspect import GEN_CREATED, getgeneratorstate, isgenerator
from pathlib import Path
from typing import Any

from rlm_kernel import repeating, rlm
from rlm_kernel.asked import Asked
from rlm_kernel.cells import unseen
from rlm_kernel.closing import close_record, closed
from rlm_kernel.context import Context, fingerprint, resolve
from rlm_kernel.earlier import bound_by_runs
from rlm_kernel.events import CellFinished, CellStarted, Event, RunStarted
from rlm_kernel.history import check_secrets, is_of_death, label_of, limits_set_in, up_to
from rlm_kernel.interfaces import REPL, UsageError
from rlm_kernel.leftovers import clear, displace, family, mutated, shadowed_by, unchanged_on_error
from rlm_kernel.loop import Loop, loop_of
from rlm_kernel.options import SCHEMA_TYPE, Options, limits_from
from rlm_kernel.records import client_for, options_of
from rlm_kernel.registry import runs
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.replay import ReplayClient
from rlm_kernel.report.figures import listed
from rlm_kernel.risks import touches
from rlm_kernel.rlm import ROOT, Branching, Run, refuse_schema
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
        session, record = current_session(), _whole(run)
        _check_step(run, how)
        _check_schema(run, record, how.schema)
        check_secrets(up_to(record.events, how.step))
        limits = limits_set_in(record) | limits_from(how.limits)
        how = replace(how, code=_edits(run, how), limits=limits)
        repl = session.repl()
        folder = beside(run.trajectory, session.folder())
        with unchanged_on_error(repl.namespace), _where_it_began(session, record):
            return self._branch(session, run, closed(record), how, repl, folder)

    def _branch(
        self, session: Session, run: Run, record: Trajectory, how: Branching, repl: REPL, folder: Path
    ) -> Run:
        options = _options(session, record)
        members = family(run, runs.values())
        theirs = clear(repl.namespace, filter(None, map(loop_of, members)))
        if loop_of(run) is None:
            theirs |= displace(repl.namespace, record)
        contexts = _contexts(session, run, record, options, repl)
        _check_unread(run, record, contexts)
        events = up_to(record.events, how.step)
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
        session, record = current_session(), _whole(run)
        _check_schema(run, record, schema)
        with _where_it_began(session, record):
            self._check_and_revive(session, run, record, schema)

    def _check_and_revive(self, session: Session, run: Run, record: Trajectory, schema: Any) -> None:
        options = _options(session, record)
        repl = session.repl()
        try:
            contexts = _contexts(session, run, record, options, repl)
        except UsageError as error:
            raise UsageError(f"{error}: run the cells above, then resume") from None
        _check_contexts(record, contexts)
        _check_unread(run, record, contexts)
        _check_names(record, contexts, repl)
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
        for sentence in [*_unchecked(record), *_beyond_names(record.events)]:
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
    return where_it_began(_started(record).cwd, lambda sentence: session.display.write(f"rlm: {sentence}"))


# -- what must be so ------------------------------------------------------------------


def _whole(run: Run) -> Trajectory:
    """The trajectory of a root run; raises UsageError for one that cannot be repeated."""
    if run.parent is not None:
        raise UsageError(f"{run.id} is a child run: branch the run it is part of")
    if run.status == "running":
        raise UsageError(f"run {run.id} is running")
    trajectory = run.trajectory
    if _started(trajectory).shortened:
        raise UsageError(
            f"{trajectory.source} holds a shortened copy of the run: read its .jsonl in rlm_runs instead"
        )
    return trajectory


def _check_step(run: Run, how: Branching) -> None:
    step, steps = how.step, len(run.steps)
    if not 1 <= step <= steps:
        raise UsageError(f"run {run.id} has no step {step}: it has {steps}")
    if step == steps and run.status == "finished" and not (how.hint or how.code or _human_after(run, step)):
        raise UsageError(f"step {step} gave the answer: branch after an earlier one, or give a hint")


def _human_after(run: Run, step: int) -> bool:
    """Whether the human ran cells after those of a step, which may have given the answer."""
    events = run.trajectory.events
    rest = events[len(up_to(events, step)) :]
    return any(isinstance(event, CellStarted) and event.cell == 0 for event in rest)


def _check_schema(run: Run, record: Trajectory, given: Any) -> None:
    """Raise UsageError where the answer's type is on no record, or is given where it is known."""
    recorded = _started(record).options
    if loop_of(run) is not None:
        refuse_schema(run, given)
    elif SCHEMA_TYPE in recorded and given is None:
        raise UsageError(
            f"the answer of run {run.id} must be of a type that was given as an object, which no record holds"
            f" ({recorded[SCHEMA_TYPE]}): rlm_kernel.load({record.source!r}).resume(schema=…), or branch(…,"
            " schema=…)"
        )


def _edits(run: Run, how: Branching) -> dict[str, str]:
    """The cells that are to be other ones, by label; raises UsageError for one that did not run."""
    labels = [
        f"{cell.step}.{cell.cell}"
        for cell in run.trajectory.of(CellStarted)
        if cell.span == f"{ROOT}/{how.step}.{cell.cell}"
    ]
    if isinstance(how.code, str):
        if len(labels) != 1:
            raise UsageError(
                f"step {how.step} ran {len(labels)} cells: name the one to edit, code={{{labels[:1]}: …}}"
            )
        return {labels[0]: how.code}
    for label in how.code:
        if label not in labels:
            raise UsageError(f"step {how.step} has no cell {label!r} to edit: it ran {listed(labels)}")
    return dict(how.code)


def _check_contexts(record: Trajectory, contexts: Sequence[Context]) -> None:
    now = {context.name: fingerprint(context.value) for context in contexts}
    changed = [then["name"] for then in _started(record).contexts if then["fingerprint"] != now[then["name"]]]
    if changed:
        raise UsageError(
            f"{listed(changed)} {'is' if len(changed) == 1 else 'are'} not what the run began with:"
            " bring the same data back, then resume; or ask again"
        )


def _check_unread(run: Run, record: Trajectory, contexts: Sequence[Context]) -> None:
    """Raise UsageError where the cells would find an iterator that has given its values away."""
    loop, read = loop_of(run), {name for cell in record.of(CellFinished) for name in cell.reads}
    for context in contexts:
        value = context.value
        is_same = loop is not None and loop.contexts.get(context.name) is value
        is_begun = isgenerator(value) and getgeneratorstate(value) != GEN_CREATED
        if is_begun or (is_same and isinstance(value, Iterator) and context.name in read):
            kind = "a generator" if isgenerator(value) else "an iterator"
            raise UsageError(
                f"{context.name} is {kind} that has been read from, and gives its values once:"
                f" make it anew, as {context.expression}, or give contexts={{{context.name!r}: …}} in Python"
            )


def _unchecked(record: Trajectory) -> list[str]:
    """A sentence on the contexts of which nobody can tell whether they are the same, if there are any."""
    names = [then["name"] for then in _started(record).contexts if not then["fingerprint"]]
    return [f"{listed(names)} could not be checked to be what the run began with."] if names else []


def _check_names(record: Trajectory, contexts: Sequence[Context], repl: REPL) -> None:
    """Raise UsageError when cells read names that nothing in this kernel has made."""
    known = {*repl.namespace, *repl.functions, *vars(builtins), *(context.name for context in contexts)}
    known |= {"answer", "_rlm"}
    missing: dict[str, None] = {}
    for event in record:
        if isinstance(event, CellFinished) and _is_cell_of_root(event):
            known |= {name["name"] for name in event.names if name["change"] == "set"}
            missing |= dict.fromkeys(name for name in event.reads if name not in known)
            known |= {name["name"] for name in event.names}
    if missing:
        raise UsageError(
            f"the cells of the run read {listed(list(missing))}, which this kernel does not have:"
            " run the cells above, then resume"
        )


def _is_cell_of_root(cell: CellStarted | CellFinished) -> bool:
    return cell.parent is not None and cell.parent.startswith(f"{ROOT}/") and cell.parent.count("/") == 1


# -- the parts of a run ---------------------------------------------------------------


def _options(session: Session, record: Trajectory) -> Options:
    kept = {"cache": _started(record).options.get("cache")}
    options, _ = session.with_model(session.options(options_of(record), kept))
    return options


def _contexts(session: Session, run: Run, record: Trajectory, options: Options, repl: REPL) -> list[Context]:
    """The contexts of a recorded run: files are read again, objects are found by their names."""
    given = options.context
    recorded = _started(record).contexts
    objects = recorded[: len(recorded) - len(given)]
    contexts = [
        Context(name=c["name"], expression=c["expression"], value=_object(c["name"], run, repl))
        for c in objects
    ]
    return contexts + resolve(
        given, repl.namespace, session.evaluator(repl), max_file_size=options.max_file_size
    )


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
    return session.schema(options.schema if given is None else given, session.repl())


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
        for then in _started(record).contexts
        if then["fingerprint"] != now.get(then["name"])
    ]
    notes += _unchecked(record) if loop is None else []
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
        if isinstance(event, CellStarted) and _is_cell_of_root(event) and event.span not in died
    ]
    cells = [f"{label} {', '.join(what)}" for label, what in found if what]
    return [f"Run again, and may not be as they were: {'; '.join(cells)}."] if cells else []


def _started(record: Trajectory) -> RunStarted:
    started = record.events[0]
    assert isinstance(started, RunStarted)
    return started
