"""The root's steps for counts, lists and rankings.

Look → (other spellings) → answer in plain Python, or fan out → combine.  What the look printed
decides: few hits or a short text are read directly, a long text goes to the sub-model in chunks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm_kernel.offline import writing
from rlm_kernel.offline.names import (
    absent,
    absent_in_any_case,
    names_of,
    similar_forms,
    told_apart,
    written_hits,
)
from rlm_kernel.offline.settle import has_phrases, settled, unclear
from rlm_kernel.offline.source import cell, finish, remark, turn
from rlm_kernel.offline.speech import (
    NO_ANSWER_YET,
    declined,
    in_words,
    nothing_similar,
    nothing_to_read,
    quoted_names,
    unread,
)
from rlm_kernel.offline.standstill import standstill
from rlm_kernel.offline.task import NotUnderstoodError

if TYPE_CHECKING:
    from rlm_kernel.offline.run import Run
    from rlm_kernel.offline.source import Finish, Reply
    from rlm_kernel.offline.task import Task

SMALL = 40_000
"""Characters that are read in one go, without sub-calls."""
FEW = 20
"""Hits that are looked at directly, however long the text is."""


def next_turn(run: Run) -> Reply:
    """What to do after the latest step, by what it printed."""
    if run.just_printed("LOOK"):
        return _after_look(run)
    if run.just_printed("REPLIES"):
        return _combine(run)
    if run.just_printed("CHECK"):
        return _report(run)
    if (similar := run.just_printed("SIMILAR")) is not None:
        return _not_there(run, similar)
    if run.stage in {"Fan out", "Combine"}:
        what = "were skipped" if run.was_skipped else "failed"
        thought = "The cell was skipped." if run.was_skipped else "That did not work."
        return turn(
            f"{thought} The offline model goes on without sub-calls, in plain Python.",
            _in_one_go(run, f"the sub-calls {what}, so read everything in one go."),
        )
    return standstill(run)


def last_turn(run: Run) -> Reply:
    """Answer with what can be had in one cell."""
    if not run.look and has_phrases(run.task):
        return NO_ANSWER_YET
    if run.look and (refusal := _refusal(run)):
        return refusal
    code = _in_one_go(run, "this is the last turn, so read everything in one go.")
    return turn("This is the last turn: the offline model answers in plain Python.", code)


def _in_one_go(run: Run, why: str) -> str:
    """The cell that answers in plain Python, with what no cell before it may have defined."""
    meant = _settled(run)
    code = writing.answer(meant, why)
    if not run.look:
        return writing.preceded(code, f"{writing.look(run.task, run.contexts, told_apart(run.task))}\n\n")
    return code if meant == run.task else writing.preceded(code, f"{writing.finding(meant)}\n\n\n")


def _after_look(run: Run) -> Reply:
    """Decide from sizes and hits how to go on."""
    task, seen = run.task, run.look
    if refusal := _nothing_to_read(task, seen):
        return refusal
    try:
        meant = settled(task, seen["hits"])
    except NotUnderstoodError as why:
        return _ambiguous(why)
    missing = unclear(meant, seen["hits"]) or absent(meant, seen["hits"])
    if missing and absent_in_any_case(missing, seen["hits"]):
        return turn(
            f"{quoted_names(missing)} does not occur, in whatever case; so to other spellings.",
            cell("other_spellings", patterns=similar_forms(missing)),
        )
    if refusal := _refusal(run):
        return refusal
    if meant == task:
        return _read(task, seen, "")
    return _read(meant, seen, _note(task, meant, seen["hits"]), f"{writing.finding(meant)}\n\n\n")


def _nothing_to_read(task: Task, seen: dict[str, Any]) -> Finish | None:
    """The end of a run whose files or values are not there."""
    if not seen["texts"]:
        return remark("There is nothing to read.", nothing_to_read(task.scope))
    if task.unit == "field" and not seen["hits"].get(task.field):
        why = (
            f"the context has no values named {task.field!r}, and nothing else is named that could be counted"
        )
        return remark("There are no such values.", declined(why), "say what it can do.")
    return None


def _note(task: Task, meant: Task, hits: dict[str, int]) -> str:
    """How the question was read in the light of what the context holds, in a sentence or two."""
    said = ""
    for asked, read in zip(task.conditions, meant.conditions, strict=True):
        if read != asked:
            said += f"{quoted_names(asked.values)} is in the context as {quoted_names(names_of(read))}. "
    if missing := absent(meant, hits):
        said += f"{quoted_names(missing)} occurs only in another case, so case is ignored. "
    return said


def _refusal(run: Run) -> Finish | None:
    """The end of a run whose question is still unclear after the look; None where it is clear."""
    try:
        names = unclear(settled(run.task, run.look["hits"]), run.look["hits"])
    except NotUnderstoodError as why:
        return _ambiguous(why)
    return remark("It is not clear what is meant.", declined(unread(names))) if names else None


def _ambiguous(why: NotUnderstoodError) -> Finish:
    return remark("That can be read in more than one way.", declined(str(why)))


def _read(task: Task, seen: dict[str, Any], note: str, definition: str = "") -> str:
    """Read directly or by sub-calls; `definition` is what the cell must define anew."""
    few = 0 < written_hits(seen["hits"]) <= FEW and task.kind in {"list", "needle"}
    held = f"{in_words(seen['characters'], 'character')} in {in_words(seen['texts'], 'text')}"
    size = f"{note}The context has {held}"
    if few or seen["characters"] <= SMALL:
        why = "there are few hits, so look at them directly." if few else "it is short, so read it in one go."
        code = writing.answer(task, why)
        return turn(f"{size}; this is answered without sub-calls.", writing.preceded(code, definition))
    code = writing.fan_out(task, seen["characters"], seen["texts"])
    return turn(
        f"{size}, too much to read in one go. A sub-model is asked about one chunk at a time.",
        writing.preceded(code, definition),
    )


def _combine(run: Run) -> str:
    calls = run.just_printed("REPLIES")["chunks"]
    return turn(
        f"There are replies to {in_words(calls, 'sub-call')}. The offline model combines them and checks the "
        "result in plain Python.",
        writing.combine(_settled(run)),
    )


def _report(run: Run) -> str:
    """The check failed, else the run would be over."""
    check = run.just_printed("CHECK")
    return turn(
        f"The sub-calls found {check['calls']:,} and plain Python {check['python']:,}: they disagree, which "
        "can come of where the text was cut. The answer is plain Python's, which read it in one piece.",
        writing.report(_settled(run)),
    )


def _settled(run: Run) -> Task:
    """The task as the look settled it; as it was asked where there was none."""
    return settled(run.task, run.look["hits"]) if run.look else run.task


def _not_there(run: Run, similar: list[list[Any]]) -> Reply:
    """Say that nothing is there, where that is an answer; decline where another form may be meant."""
    task, said = _settled(run), f"It occurs nowhere{nothing_similar(similar)}"
    inexact = [name for condition in task.conditions if condition.plain for name in names_of(condition)]
    if names := unclear(task, run.look["hits"]) or (inexact if similar else []):
        return remark(said, declined(unread(names, similar)))
    thought, why = f"{said} The answer says that it is not there.", "it is not there."
    if task.kind == "count":
        return finish(thought, 0, why)
    if task.kind == "list" or task.number:
        return finish(thought, [], why)
    return remark(thought, f"The offline model did not find it. {said}", why)
