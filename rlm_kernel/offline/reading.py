"""What the sub-model does with a text: the items of a task, counted, listed or tallied."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from rlm_kernel.offline.patterns import search_of
from rlm_kernel.offline.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rlm_kernel.offline.patterns import Search
    from rlm_kernel.offline.task import Task

HEADER = re.compile(r"^=== file: (.+) ===$", re.MULTILINE)
"""The line that begins a file where a text holds several."""


def files_of(text: str) -> dict[str, str]:
    """The files that `text` holds, by the paths in their header lines; one without a name if it has none."""
    headers = list(HEADER.finditer(text))
    if not headers:
        return {"": text}
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return {header[1]: text[header.end() + 1 : end] for header, end in zip(headers, ends, strict=True)}


def items(search: Search, text: str) -> list[str]:
    """The items of one text, in order, with repetitions; of a document, the text itself or nothing."""
    test = re.compile(search.test, search.flags) if search.test else None
    if search.shape == "document":
        held = not search.find or any(re.findall(search.find, text, search.flags))
        return [text] if held and (not test or test.search(text)) else []
    if search.shape == "line":
        return [line for line in lines_of(text) if not test or test.search(line)]
    if search.folds:
        text = text.lower()
    found = re.findall(search.find, text, search.flags)
    if search.splits:
        found = [item.split(maxsplit=1)[0] for match in found if match for item in match.split(",")]
    return [item for item in found if item and (not test or test.search(item))]


def lines_of(text: str) -> list[str]:
    """The lines as an editor numbers them; a last line break does not begin another."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def tally(task: Task, texts: Iterable[tuple[str, str]]) -> Counter[str]:
    """How often each different item occurs; for a task by file, how many items each file has."""
    search = search_of(task)
    counts: Counter[str] = Counter()
    for path, text in texts:
        found = items(search, text)
        if task.by_file:
            counts[path] += len(found)
        else:
            counts.update(ranked(task, found))
    return +counts


def ranked(task: Task, found: list[str]) -> list[str]:
    """The items as they are compared: lines without indentation, and no blank ones."""
    if UNITS[task.unit].shape != "line":
        return found
    return [line.strip() for line in found if line.strip()]


def answer(task: Task, texts: Mapping[str, str]) -> int | list[str] | list[tuple[str, int]]:
    """The answer to a count, list, tally or most-frequent task over `texts`, by path."""
    if task.kind in {"top", "tally"} or task.at_least:
        counts = tally(task, texts.items())
        order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        kept = [(item, count) for item, count in order if count >= task.at_least]
        if task.kind in {"top", "tally"}:
            return kept[: task.number or (1 if task.kind == "top" else None)]
        return len(kept) if task.kind == "count" else [item for item, _ in kept]
    found = everything(task, texts)
    return len(found) if task.kind == "count" else sorted(found) if task.in_order else found


def everything(task: Task, texts: Mapping[str, str]) -> list[str]:
    """All items of all texts; each once if different ones are meant."""
    search = search_of(task)
    if search.shape == "document":
        return [path for path, text in texts.items() if items(search, text)]
    found = [item for text in texts.values() for item in items(search, text)]
    once = task.distinct or (task.kind != "count" and search.shape == "match")
    return list(dict.fromkeys(found)) if once else found
