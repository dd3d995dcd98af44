"""The cells that the root writes: templates from the folder `cells`, filled in for a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlm_kernel.offline import access
from rlm_kernel.offline.facts import stem
from rlm_kernel.offline.instruct import for_chunks, instruction
from rlm_kernel.offline.patterns import search_of
from rlm_kernel.offline.shapes import fitted
from rlm_kernel.offline.source import cell, pattern
from rlm_kernel.offline.task import Condition, Task
from rlm_kernel.offline.units import CODE, PASSED_OVER, UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlm_kernel.offline.conversation import ContextNote
    from rlm_kernel.offline.shapes import Found

CHUNKS_AT_LEAST, CHUNKS_AT_MOST = 40, 160
CHUNK = 64_000
"""Characters of a chunk, while that makes neither too few nor too many of them."""


def look(task: Task, contexts: Sequence[ContextNote], names: Mapping[str, str]) -> str:
    """The first cell: read the texts, define what is looked for, print sizes and hits."""
    found = finding(task)
    code = cell(
        "look", read=access.reading(contexts, task.scope, task.selections), found=found, names=_dict(names)
    )
    return code if found else code.replace("\n\n\n\n\n", "\n\n")


def finding(task: Task) -> str:
    """The definition of ``found(text)``."""
    if task.ask:
        return ""
    search = search_of(task)
    name = f"found_{search.shape}"
    if search.shape == "document":
        name += "_code" if search.find else ""
    elif task.located:
        name += "_located"
    elif search.shape == "line" and task.kind == "top" and not task.by_file:
        name += "_ranked"
    else:
        name += ("_split" if search.splits else "") + ("_tested" if search.test else "")
    in_code = search.find.startswith(PASSED_OVER)
    find = (
        f"passed_over + {pattern(search.find.removeprefix(PASSED_OVER))}" if in_code else pattern(search.find)
    )
    return (cell("passed_over") + "\n" if in_code else "") + cell(
        name,
        find=find,
        test=pattern(search.test),
        flags=flags(task),
        plural=UNITS[task.unit].plural,
        lower=".lower()" if search.folds else "",
    )


def answer(task: Task, why: str) -> str:
    """The cell that answers in plain Python."""
    show = 'print(f"{total:,}")' if _mode(task) == "count" else 'print(*matches[:20], sep="\\n")'
    if _mode(task) == "tally":
        show = (
            "ranking = sorted(counts.items(), key=lambda pair: (-pair[1], "
            'pair[0]))\nprint(*ranking[:20], sep="\\n")'
        )
    head = "from collections import Counter\n\n" if _mode(task) == "tally" else ""
    return cell("answer", why=why, plain=head + _plain(task), show=show, value=value(task))


def preceded(code: str, definition: str) -> str:
    """`code` with a definition after its first line, which names the step."""
    first, _, rest = code.partition("\n")
    return f"{first}\n{definition}{rest}"


def fan_out(task: Task, characters: int, texts: int = 1) -> str:
    """The cell that asks the sub-model about every chunk of `texts` texts with so many `characters`.

    Files are kept whole where cutting one would change what is found in it.
    """
    size, part = str(_size(characters)), for_chunks(task)
    if task.unit == "document" or task.by_file or (task.unit in CODE and texts > 1):
        return cell("fan_out_files", instruction=repr(instruction(part, files=True)), size=size)
    boundary = r"\n(?=def |class |async def |@)" if task.unit in CODE else r"\n"
    return cell("fan_out", boundary=pattern(boundary), instruction=repr(instruction(part)), size=size)


def fan_out_lines(words: Sequence[str], characters: int) -> str:
    """The cell that asks for the lines of every chunk that mention one of `words`."""
    named = Condition("regex", ("|".join(stem(word) for word in words),))
    return fan_out(Task("list", "line", (named,), ignore_case=True), characters)


def combine(task: Task) -> str:
    """The cell that combines the replies, checks them, and answers if they agree."""
    mode = _mode(task)
    once = "" if _plain_name(task) in {"plain_list", "plain_list_located"} else "dict.fromkeys"
    return cell(f"combine_{mode}", plain=_plain(task), value=value(task), once=once or "list")


def report(task: Task) -> str:
    """The cell that answers in spite of sub-calls that disagree."""
    return cell("report", value=value(task))


def value(task: Task) -> str:
    """The expression of the answer, from the names that the plain cells leave; raises NoRoomError."""
    return fitted(*_found(task), task.wanted)


def _found(task: Task) -> tuple[str, Found]:
    """The expression of what was found, and what it holds."""
    mode = _mode(task)
    if mode == "count":
        return "total", "number"
    if task.kind == "top":
        kept = f"[pair for pair in ranking if pair[1] >= {task.at_least}]" if task.at_least else "ranking"
        return (f"{kept}[:{task.number}]", "ranking") if task.number else ("ranking", "first")
    often = f"[item for item, count in ranking if count >= {task.at_least}]"
    items = "matches" if mode == "list" else often
    if task.kind == "count":
        return f"len({items})", "number"
    if task.kind == "needle" and mode == "list":
        return items, "some"
    if task.located:
        return '[f"{place}: {line}" for place, line in places]', "items"
    return f"sorted({items})" if task.in_order else items, "items"


def _mode(task: Task) -> str:
    part = for_chunks(task)
    return part.kind


def _plain(task: Task) -> str:
    return cell(_plain_name(task))


def _plain_name(task: Task) -> str:
    mode = _mode(task)
    if mode == "count":
        return "plain_count"
    if mode == "tally":
        return "plain_tally_by_file" if task.by_file else "plain_tally"
    if task.located:
        return "plain_list_located"
    shape = UNITS[task.unit].shape
    if shape == "document":
        return "plain_list_document"
    return "plain_list_once" if task.distinct or shape == "match" else "plain_list"


def _size(characters: int) -> int:
    chunks = min(max(characters // CHUNK, CHUNKS_AT_LEAST), CHUNKS_AT_MOST)
    return characters // chunks + 1


def flags(task: Task) -> str:
    """The flags of the task's regular expressions, as further arguments."""
    return ", re.MULTILINE | re.IGNORECASE" if task.ignore_case else ", re.MULTILINE"


def _dict(names: Mapping[str, str]) -> str:
    rows = "".join(f"    {name!r}: {pattern(form)},\n" for name, form in names.items())
    return f"{{\n{rows}}}" if rows else "{}"
