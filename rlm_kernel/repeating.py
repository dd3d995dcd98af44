"""Runs that begin with what a record says: branches, replays, and runs whose kernel died."""

from __future__ import annotations

from collections.abc import Sequence

from rlm_kernel.events import Event, MessageAdded
from rlm_kernel.history import seconds_running
from rlm_kernel.loop import Loop
from rlm_kernel.rebuild import Rebuild
from rlm_kernel.rejoining import RejoiningClient
from rlm_kernel.rlm import ROOT, Branching, Run
from rlm_kernel.scaffold import Earlier
from rlm_kernel.secrets import mask
from rlm_kernel.starting import record_start


def branch(
    loop: Loop, record: Sequence[Event], client: RejoiningClient, earlier: Earlier, how: Branching
) -> Run:
    """Begin as a branch of a recorded run: repeat `record`, then go on from there as `how` says.

    Pauses where a cell does something else than it did.
    """
    descriptions = loop.look()
    with loop.host(loop.run):
        loop.bind(earlier)
        record_start(loop.parts, descriptions)
        if how.is_replay and not _begins_as(loop.opening(descriptions), record):
            client.is_live = True  # the first turn says what differs
            loop.go(lambda: loop.say_opening(descriptions))
            return loop.run
        rebuild = _rebuild(loop, record, client, stops_at_difference=True)
        assert not isinstance(how.code, str)
        rebuild.edits, rebuild.is_whole = how.code, how.is_replay
        is_as_it_was = _repeat(loop, rebuild)
        budget = loop.parts.shared.budget
        budget.limits = budget.limits.with_changes(dict(how.limits))
        if is_as_it_was:
            loop.go(lambda: _part(loop, how))
        else:
            loop.remember(how.hint, {})
    return loop.run


def revive(loop: Loop, record: Sequence[Event], client: RejoiningClient, earlier: Earlier) -> None:
    """Bring the run back whose kernel died; it is paused then.

    Where its cells did something else than they did, the model is told on resume.
    """
    descriptions = loop.look()
    loop.bind(earlier)
    shared = loop.parts.shared
    rebuild = _rebuild(loop, record, client, stops_at_difference=False)
    loop.ending.set("running")
    with shared.trajectory.repeating():
        rebuild.run()
    loop.say_opening(descriptions)
    shared.queries.take_up(record)
    shared.budget.set_clock(seconds_running(record))
    shared.trajectory.close()  # it stands still, and may be refused to go on
    if not rebuild.differences:
        loop.ending.set("proposed" if loop.run.proposed else "paused", "kernel", "its kernel died")
        return
    loop.pause("diverged", rebuild.differences[0])
    told = "\n".join(rebuild.differences)
    loop.parts.conversation.note(
        f"The kernel died; to bring the names back, your cells were run again:\n{told}"
    )


def _begins_as(opening: Sequence[str], record: Sequence[Event]) -> bool:
    """Whether the messages of a recorded run begin as these do."""
    said = [event.content for event in record if isinstance(event, MessageAdded) and event.parent == ROOT]
    return all(then.startswith(mask(now)) for then, now in zip(said, opening, strict=False))


def _rebuild(
    loop: Loop, record: Sequence[Event], client: RejoiningClient, *, stops_at_difference: bool
) -> Rebuild:
    return Rebuild(
        loop.parts, loop.turns, loop.interlude, client, record, stops_at_difference=stops_at_difference
    )


def _repeat(loop: Loop, rebuild: Rebuild) -> bool:
    """Repeat what was recorded; False, with the run paused, when it is not as it was."""
    try:
        rebuild.run()
    except KeyboardInterrupt:
        done = f"step {loop.turns.step}" if loop.turns.step else "the first step"
        why = f"interrupted while its recorded cells were run again, at {done}: it goes on live from there"
        loop.pause("interrupt", why)
        return False
    except BaseException as bug:  # noqa: BLE001  (ours: the run stays as it is, and resumable)
        loop.ending.failed(bug)
        return False
    if rebuild.differences:
        loop.pause("diverged", rebuild.differences[0])
    return not rebuild.differences


def _part(loop: Loop, how: Branching) -> None:
    """Go another way than the run that was repeated; raises Pause where cells of its last reply wait."""
    with loop.turns.lending():
        loop.turns.close()
    if how.hint:
        loop.turns.reopen()
    loop.parts.conversation.note_hint(how.hint)
    loop.cells.remember_interrupted()
    if how.propose:
        loop.turns.decide("step")
