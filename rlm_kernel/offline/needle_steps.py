"""The root's steps for a needle: a line, an assigned value, a definition, a fact in prose.

Look → look closer at the lines that the hits point to → finish.  For a fact whose words are all
frequent, sub-calls pick the lines first.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from rlm_kernel.offline import facts, writing
from rlm_kernel.offline.access import has_several_texts
from rlm_kernel.offline.names import absent, absent_in_any_case, similar_forms
from rlm_kernel.offline.patterns import definition_of, search_of, value_of
from rlm_kernel.offline.places import MOST, Place, chosen
from rlm_kernel.offline.source import cell, finish, pattern, remark, turn
from rlm_kernel.offline.speech import NO_ANSWER_YET, declined, how_often, nothing_similar, nothing_to_read
from rlm_kernel.offline.standstill import standstill
from rlm_kernel.offline.task import NotUnderstoodError

if TYPE_CHECKING:
    from rlm_kernel.offline.run import Run
    from rlm_kernel.offline.source import Reply
    from rlm_kernel.offline.task import Task

MANY = 200
"""Hits of the rarest word above which sub-models are asked to pick lines."""
LARGE = 40_000
"""Characters below which no sub-model is asked."""


def next_turn(run: Run) -> Reply:
    """What to do after the latest step, by what it printed."""
    if run.just_printed("LOOK"):
        return _after_look(run)
    if (lines := run.just_printed("LINES")) is not None:
        return _after_lines(run, lines)
    if (places := run.just_printed("PLACES")) is not None:
        return _after_places(run, places)
    if (similar := run.just_printed("SIMILAR")) is not None:
        return remark("It is not there.", f"The offline model did not find it{nothing_similar(similar)}")
    if run.stage == "Fan out":
        by_calls = run.just_printed("REPLIES") is not None
        failed = "were skipped" if run.was_skipped else "failed"
        thought = "picked the lines" if by_calls else f"{failed}, but the lines are known"
        return turn(
            f"The sub-calls {thought}; now to what stands around them.",
            _surroundings(run.look, by_calls=by_calls),
        )
    return standstill(run)


def last_turn(run: Run) -> Reply:
    """Finish with what has been seen."""
    if lines := run.printed("LINES"):
        return _after_lines(run, lines)
    if places := run.printed("PLACES"):
        return _after_places(run, places)
    return NO_ANSWER_YET


def _after_look(run: Run) -> Reply:
    task, seen = run.task, run.look
    if not seen["texts"]:
        return remark("There is nothing to read.", nothing_to_read(task.scope))
    if task.ask == "fact":
        return _after_look_for_fact(seen)
    missing = absent(task, seen["hits"])
    if missing and absent_in_any_case(missing, seen["hits"]):
        return turn(
            "What the question names does not occur, in whatever case; so to other spellings.",
            cell("other_spellings", patterns=similar_forms(missing)),
        )
    note = "It occurs in another case only. " if missing else ""
    cased = _cased(run)
    code = cell("lines", test=pattern(_line_pattern(cased)), flags=writing.flags(cased))
    return turn(f"{note}The offline model looks at the lines in question.", code)


def _cased(run: Run) -> Task:
    missing = absent(run.task, run.look["hits"])
    return replace(run.task, ignore_case=True) if missing else run.task


def _line_pattern(task: Task) -> str:
    name = task.conditions[0].values[0]
    if task.ask == "value":
        return value_of(name)
    return definition_of(name) if task.ask == "definition" else search_of(task).test


def _after_lines(run: Run, lines: dict[str, Any]) -> Reply:
    places = lines["places"]
    if not places:
        return remark("No line is as asked.", f"The offline model did not find it{nothing_similar([])}")
    if run.task.ask == "value":
        return _assigned(_cased(run), places)
    several = has_several_texts(run.contexts)
    found = [f"{path}:{number}: {line}" if several else f"{number}: {line}" for path, number, line in places]
    if len(found) == 1:
        return finish("That is the line.", found[0])
    cut = f", of which the answer gives the first {len(found)}" if lines["number"] > len(found) else ""
    return finish(f"There are {lines['number']} such lines{cut}.", found)


def _assigned(task: Task, places: list[Any]) -> Reply:
    """The value assigned; where several are, those of the assignments furthest to the left."""
    form = re.compile(value_of(task.conditions[0].values[0]), re.IGNORECASE if task.ignore_case else 0)
    margins = [len(line) - len(line.lstrip()) for _, _, line in places]
    outer = [line for (_, _, line), margin in zip(places, margins, strict=True) if margin == min(margins)]
    values = list(dict.fromkeys(facts.bare(match[1]) for line in outer if (match := form.search(line))))
    if len(values) == 1:
        return finish(f"It is set in {places[0][0]}, line {places[0][1]}.", values[0])
    return finish(f"It is set to {len(values)} different values.", values)


def _after_look_for_fact(seen: dict[str, Any]) -> Reply:
    """Look around the rarest of the words, or ask sub-models where all are frequent."""
    present = _by_rarity(seen)
    if len(present) < facts.ENOUGH * len(seen["hits"]):
        return remark("Too little of what the question names occurs in the context.", _unmentioned(seen))
    rarest = seen["hits"][present[0]]
    if rarest > MANY and seen["characters"] > LARGE:
        return turn(
            "Even the rarest of the words is frequent. A sub-model is asked about one chunk at a time.",
            writing.fan_out_lines(present[:3], seen["characters"]),
        )
    return turn(
        f"The rarest word, {present[0]!r}, occurs {how_often(rarest)}: few enough to look around each.",
        _surroundings(seen, by_calls=False),
    )


def _by_rarity(seen: dict[str, Any]) -> list[str]:
    """The words that occur, the rarest first."""
    return [word for count, word in sorted((count, word) for word, count in seen["hits"].items()) if count]


def _few(seen: dict[str, Any]) -> list[str]:
    """The rarest words: three, and more while few lines can hold them."""
    rarest = _by_rarity(seen)
    totals = accumulate(seen["hits"][word] for word in rarest)
    return rarest[: max(3, sum(total <= MANY for total in totals))]


def _surroundings(seen: dict[str, Any], *, by_calls: bool) -> str:
    if by_calls:
        candidates, condition = (
            r'picked = {line for reply in replies for line in reply.split("\n")}',
            "line in picked",
        )
    else:
        candidates = f"rare = {_few(seen)!r}"
        condition = "any(words[name].search(line) for name in rare)"
    return cell("surroundings", candidates=candidates, condition=condition, most=str(MOST))


def _after_places(run: Run, printed: list[Any]) -> Reply:
    places = [Place(*row) for row in printed]
    hits = run.look["hits"]
    if not places or facts.share(places[0].around, hits) < facts.ENOUGH:
        return remark("No passage mentions enough of what the question names.", _unmentioned(run.look))
    best = places[0]
    thought = f"The best place is {best.path}, line {best.number}: {best.line.strip()[:200]!r}."
    try:
        place, value = chosen(run.task, places, hits)
    except NotUnderstoodError as why:
        return remark(thought, declined(str(why)))
    if place is not best:
        where = "" if place.path == best.path else f"{place.path}, "
        thought += f" What is asked stands in {where}line {place.number}: {place.line.strip()[:200]!r}."
    if value:
        return finish(thought, value)
    where = f"{place.path}:{place.number}: {place.line.strip()}"
    return finish(f"{thought} It does not single out one part of it.", where)


def _unmentioned(seen: dict[str, Any]) -> str:
    missing = [repr(word) for word, count in seen["hits"].items() if not count]
    if missing:
        return declined(f"the context does not mention {' and '.join(missing)}")
    return declined("no passage of the context mentions all that it names")
