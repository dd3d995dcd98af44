"""What earlier runs of one question have left in the namespace, before it is asked in another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from rlm_kernel.events import CellFinished, CellStarted, Event, RunStarted
from rlm_kernel.loop import Loop
from rlm_kernel.rlm import ROOT, Run
from rlm_kernel.scaffold import ANSWER


def family(run: Run, runs: Iterable[Run]) -> list[Run]:
    """`run` with all runs that are branches of the same one, the newest first."""
    known = {other.id: other for other in runs}
    known.setdefault(run.id, run)
    origin = _origin(run, known)
    return [other for other in reversed(known.values()) if _origin(other, known) == origin]


@contextmanager
def unchanged_on_error(namespace: MutableMapping[str, Any]) -> Iterator[None]:
    """Around what may fail: then every name stands for what it stood for before."""
    before = dict(namespace)
    try:
        yield
    except BaseException:
        for name in namespace.keys() - before.keys():
            del namespace[name]
        namespace.update(before)
        raise


def clear(
    namespace: MutableMapping[str, Any], loops: Iterable[Loop], record: Iterable[Event]
) -> dict[str, Any]:
    """Take away what the cells of runs have made, the newest run first, and put back what was there.

    Returns what is the human's, and is taken away too: what stands in the places of such names
    since, and what their cells have bound while the runs stood still, but for modules and for what
    those in `record`, which is to be repeated, will bind again.
    """
    record = list(record)
    set_again, bound_again = _set_by_human(record), _bound_last_by_human(record)
    theirs: dict[str, Any] = {}
    is_back: set[str] = set()
    for loop in loops:
        new = _new_names(loop.run.trajectory) - set(loop.bound)
        by_human = _bound_last_by_human(loop.run.trajectory).items() - bound_again.items()
        for name, value_id in loop.made.items():
            if name not in namespace or name not in new or name in is_back:
                continue
            value = namespace.pop(name)
            if id(value) != value_id or name in dict(by_human):
                theirs.setdefault(name, value)
        for name, value in loop.cells.replaced.items():
            now = namespace.get(name, value)
            if now is not value and id(now) != loop.made.get(name):
                theirs.setdefault(name, now)
            if name in {ANSWER, *loop.contexts}:
                namespace.pop(name, None)  # the run's own
                continue
            namespace[name] = value
            is_back.add(name)
        for name in _set_by_human(loop.run.trajectory) - set_again - set(loop.bound):
            if name in namespace and type(namespace[name]) is not ModuleType:
                theirs.setdefault(name, namespace.pop(name))
    return theirs


def shadowed_by(members: Iterable[Run]) -> dict[str, Any]:
    """What earlier runs of a family, the newest first, have kept of the user's and not put back."""
    kept: dict[str, Any] = {}
    for member in members:
        kept = member.shadowed | kept
    return kept


def displace(namespace: MutableMapping[str, Any], record: Iterable[Event]) -> dict[str, Any]:
    """Take away, and return, what stands under names that were free when the recorded run made them."""
    free: set[str] = set()
    known: set[str] = set()
    for event in record:
        if isinstance(event, CellFinished) and _is_of_root(event):
            names = [name["name"] for name in event.names]
            free |= {name["name"] for name in event.names if name["change"] == "set"} - known
            known |= {*names, *event.reads}
    return {name: namespace.pop(name) for name in free if name in namespace}


def _new_names(record: Iterable[Event]) -> set[str]:
    """The names to which cells of a run have bound something new."""
    return {
        name["name"]
        for event in record
        if isinstance(event, CellFinished) and _is_of_root(event)
        for name in event.names
        if name["change"] in {"set", "rebound"}
    }


def _set_by_human(record: Iterable[Event]) -> set[str]:
    """The names that were free until cells of the human's set them, in pauses of a run."""
    return {
        name["name"]
        for event in record
        if isinstance(event, CellFinished) and event.cell == 0
        for name in event.names
        if name["change"] == "set"
    }


def _bound_last_by_human(record: Iterable[Event]) -> dict[str, str]:
    """The names whose last binding was by a cell of the human's, in a pause, each with its code."""
    code: dict[str, str] = {}
    bound: dict[str, str] = {}
    for event in record:
        if isinstance(event, CellStarted) and event.cell == 0:
            code[event.span] = event.code
        elif isinstance(event, CellFinished) and (event.cell == 0 or _is_of_root(event)):
            names = [name["name"] for name in event.names if name["change"] in {"set", "rebound"}]
            for name in names:
                bound.pop(name, None)
            bound |= dict.fromkeys(names, code[event.span]) if event.cell == 0 else {}
    return bound


def _is_of_root(cell: CellFinished) -> bool:
    return cell.span.count("/") == 1 and cell.cell > 0


def mutated(record: Iterable[Event], loop: Loop | None = None) -> dict[str, str]:
    """Names that held something before a run began which its cells have changed in place.

    By name, the cell that did it first, such as ``3.1``, where that is known: what no run can
    take back.  What cells change without changing its size shows only in a run of this kernel.
    """
    bound = {ANSWER}
    found: dict[str, str] = {}
    for event in record:
        if not isinstance(event, CellFinished) or not _is_of_root(event):
            continue
        for name in event.names:
            if name["change"] in {"set", "rebound"}:
                bound.add(name["name"])
            elif name["change"] == "changed" and name["name"] not in bound:
                found.setdefault(name["name"], event.span.removeprefix(f"{ROOT}/"))
    if loop is not None:
        seen = loop.cells.last_step.changed_since_first_seen() - bound - set(loop.bound)
        found |= dict.fromkeys(seen - found.keys(), "")
    return found


def _origin(run: Run, known: dict[str, Run]) -> str:
    """The id of the run that a branch, or a branch of a branch, comes from."""
    started = next((event for event in run.trajectory if isinstance(event, RunStarted)), None)
    above = started.branch_of.get("run") if started is not None else None
    if above is None:
        return run.id
    return _origin(known[above], known) if above in known else above
