"""The Markdown that models write in their thoughts, as HTML that is all ours.

A front end's own Markdown would show pictures, which are fetched from anywhere and so can
tell a stranger what a context holds, and HTML, which in a trusted notebook is obeyed.  Here
every character is escaped first; then paragraphs, headings, lists, blocks of code and the
marks of `prose` become elements, and all else, links and images too, stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rlm_kernel.report.elements import MONO, RULE, element, prose, words
from rlm_kernel.report.plain import plain

INDENTED = "    "

_FENCE = re.compile(r"[ \t]*(?P<ticks>`{3,}|~{3,})[^`]*$")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>.*)")
_RULE = re.compile(r" {0,3}(?:-[ \t]*){3,}$|(?:\*[ \t]*){3,}$")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+]|(?P<number>\d{1,9})[.)])[ \t]+(?=\S)")

_SPACING = "margin:2px 0 6px 0;line-height:1.5;overflow-wrap:break-word"


@dataclass(slots=True)
class _Item:
    """One entry of a list."""

    indent: int
    number: int | None
    """None in a list of bullets."""
    lines: list[str]

    def begins_another_list(self, first: _Item) -> bool:
        """Whether this is a number where the `first` item is a bullet, or the other way round."""
        return self.indent <= first.indent and (self.number is None) != (first.number is None)


def markdown_html(text: str, limit: int) -> str:
    """`text`, cut to `limit` characters, as HTML."""
    return "".join(_blocks(plain(text.strip(), limit).split("\n")))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        end = at + 1
        if not lines[at].strip() or _RULE.match(lines[at]):
            pass
        elif fence := _FENCE.match(lines[at]):
            end = _end_of_fence(lines, end, fence["ticks"])
            yield _verbatim(lines[at + 1 : end - 1 if lines[end - 1].strip() == fence["ticks"] else end])
        elif heading := _HEADING.match(lines[at]):
            yield element("div", element("strong", prose(heading["title"].rstrip("# \t"))), style=_SPACING)
        elif _ITEM.match(lines[at]):
            items, end = _items(lines, at)
            yield _list(items)
        elif _is_verbatim(lines[at]):
            while end < len(lines) and _is_verbatim(lines[end]):
                end += 1
            yield _verbatim(lines[at:end])
        else:
            while end < len(lines) and not _begins_block(lines[end]):
                end += 1
            paragraph = prose("\n".join(lines[at:end]))
            yield element("p", paragraph, style=f"{_SPACING};white-space:pre-wrap")
        at = end


def _is_verbatim(line: str) -> bool:
    """Whether a line is shown as it is written: of a table, or of code by its indent."""
    return line.startswith((INDENTED, "\t", "|"))


def _begins_block(line: str) -> bool:
    """Whether a line does not belong to the paragraph above it."""
    patterns = (_FENCE, _HEADING, _ITEM, _RULE)
    return not line.strip() or line.startswith("|") or any(pattern.match(line) for pattern in patterns)


def _end_of_fence(lines: Sequence[str], at: int, ticks: str) -> int:
    """The line after the fence that closes; the end where none does."""
    while at < len(lines):
        at += 1
        if lines[at - 1].strip() == ticks:
            break
    return at


def _verbatim(lines: Sequence[str]) -> str:
    style = f"margin:2px 0 6px 0;padding:4px 8px;border-left:2px solid {RULE};overflow-x:auto;white-space:pre"
    code = element("code", words("\n".join(lines)), style="background:transparent;padding:0;white-space:pre")
    return element("pre", code, style=f"{style};background:transparent;font-size:0.95em;{MONO}")


# -- lists ----------------------------------------------------------------------------


def _items(lines: Sequence[str], at: int) -> tuple[list[_Item], int]:
    """The items of the list that begins at a line, and the line after it."""
    items: list[_Item] = []
    while at < len(lines):
        line = lines[at]
        if found := _ITEM.match(line):
            item = _item(found)
            if items and item.begins_another_list(items[0]):
                break
            items.append(item)
        elif line.strip() and line[0].isspace() and not _FENCE.match(line):
            items[-1].lines.append(line.strip())
        elif line.strip() or not _ITEM.match(lines[min(at + 1, len(lines) - 1)]):
            break
        at += 1
    return items, at


def _item(found: re.Match[str]) -> _Item:
    number = int(found["number"]) if found["number"] else None
    return _Item(len(found["indent"].expandtabs(4)), number, [found.string[found.end() :]])


def _list(items: Sequence[_Item]) -> str:
    """A list; items that are indented further are lists within the entry above them."""
    entries: list[list[_Item]] = []
    for item in items:
        if entries and item.indent > items[0].indent + 1:
            entries[-1].append(item)
        else:
            entries.append([item])
    first = items[0].number
    return element(
        "ul" if first is None else "ol",
        *(_entry(*entry) for entry in entries),
        style="margin:2px 0 6px 0;padding-left:1.6em;line-height:1.5",
        start=None if first in {None, 1} else first,
    )


def _entry(item: _Item, *below: _Item) -> str:
    said = element("span", prose("\n".join(item.lines)), style="white-space:pre-wrap")
    return element("li", said, _list(below) if below else "", style="margin:0")
