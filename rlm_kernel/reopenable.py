"""What must be so for a recorded run to be branched or brought back, each a sentence where it is not."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from inspect import GEN_CREATED, getgeneratorstate, isgenerator
from typing import Any

from rlm_kernel.context import Context, fingerprint
from rlm_kernel.events import CellFinished, CellStarted
from rlm_kernel.history import is_cell_of_root, start_of, up_to
from rlm_kernel.interfaces import REPL, UsageError
from rlm_kernel.loop import loop_of
from rlm_kernel.options import SCHEMA_TYPE
from rlm_kernel.report.figures import listed
from rlm_kernel.rlm import ROOT, Branching, Run, refuse_schema
from rlm_kernel.trajectory import Trajectory


def whole_record(run: Run) -> Trajectory:
    """The trajectory of a root run; raises UsageError for one that cannot be repeated."""
    if run.parent is not None:
        raise UsageError(f"{run.id} is a child run: branch the run it is part of")
    if run.status == "running":
        raise UsageError(f"run {run.id} is running")
    trajectory = run.trajectory
    if start_of(trajectory).shortened:
        raise UsageError(
            f"{trajectory.source} holds a shortened copy of the run: read its .jsonl in rlm_runs instead"
        )
    return trajectory


def check_step(run: Run, how: Branching) -> None:
    """Raise UsageError for a step that the run does not have, or that leaves no other way to go."""
    step, steps = how.step, len(run.steps)
    if type(step) is not int:
        raise UsageError(f"a step is a number from 1 to {steps}, not {step!r}")
    if not 1 <= step <= steps:
        raise UsageError(f"run {run.id} has no step {step}: it has {steps}")
    if step == steps and run.status == "finished" and not (how.hint or how.code or _human_after(run, step)):
        raise UsageError(f"step {step} gave the answer: branch after an earlier one, or give a hint")


def _human_after(run: Run, step: int) -> bool:
    """Whether the human ran cells after those of a step, which may have given the answer."""
    events = run.trajectory.events
    rest = events[len(up_to(events, step)) :]
    return any(isinstance(event, CellStarted) and event.cell == 0 for event in rest)


def check_schema(run: Run, record: Trajectory, given: Any) -> None:
    """Raise UsageError where the answer's type is on no record, or is given where it is known."""
    recorded = start_of(record).options
    if loop_of(run) is not None:
        refuse_schema(run, given)
    elif SCHEMA_TYPE in recorded and given is None:
        raise UsageError(
            f"the answer of run {run.id} must be of a type that was given as an object, which no record holds"
            f" ({recorded[SCHEMA_TYPE]}): rlm_kernel.load({record.source!r}).resume(schema=…), or branch(…,"
            " schema=…)"
        )


def edits_in(run: Run, how: Branching) -> dict[str, str]:
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


def check_contexts(record: Trajectory, contexts: Sequence[Context]) -> None:
    """Raise UsageError where contexts are, by their fingerprints, not what the run began with."""
    now = {context.name: fingerprint(context.value) for context in contexts}
    changed = [then["name"] for then in start_of(record).contexts if then["fingerprint"] != now[then["name"]]]
    if changed:
        raise UsageError(
            f"{listed(changed)} {'is' if len(changed) == 1 else 'are'} not what the run began with:"
            " bring the same data back, then resume; or ask again"
        )


def check_unread(run: Run, record: Trajectory, contexts: Sequence[Context]) -> None:
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


def unchecked_contexts(record: Trajectory) -> list[str]:
    """A sentence on the contexts of which nobody can tell whether they are the same, if there are any."""
    names = [then["name"] for then in start_of(record).contexts if not then["fingerprint"]]
    return [f"{listed(names)} could not be checked to be what the run began with."] if names else []


def check_names(record: Trajectory, contexts: Sequence[Context], repl: REPL) -> None:
    """Raise UsageError when cells read names that nothing in this kernel has made."""
    known = {*repl.namespace, *repl.functions, *vars(builtins), *(context.name for context in contexts)}
    known |= {"answer", "_rlm"}
    missing: dict[str, None] = {}
    for event in record:
        if isinstance(event, CellFinished) and is_cell_of_root(event):
            known |= {name["name"] for name in event.names if name["change"] == "set"}
            missing |= dict.fromkeys(name for name in event.reads if name not in known)
            known |= {name["name"] for name in event.names}
    if missing:
        raise UsageError(
            f"the cells of the run read {listed(list(missing))}, which this kernel does not have:"
            " run the cells above, then resume"
        )
