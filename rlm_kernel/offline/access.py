"""How a cell gets at the texts of the contexts, whatever their type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rlm_kernel.offline.patterns import quote
from rlm_kernel.offline.source import cell, pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlm_kernel.offline.conversation import ContextNote
    from rlm_kernel.offline.task import Selection

_DOCUMENTS = re.compile(r"\bdocuments$", re.IGNORECASE)
_FRAME = re.compile(r"\bdataframe$", re.IGNORECASE)
_MAPPING = re.compile(r"(?:dict|\bcounter)$", re.IGNORECASE)
_ARRAY = re.compile(r"\bndarray$")
_SEQUENCE = re.compile(rf"(?:list|tuple|set|deque|\b(?:series|index)|{_ARRAY.pattern})$", re.IGNORECASE)
_SEVERAL = (_DOCUMENTS, _FRAME, _MAPPING, _SEQUENCE)


_NOT_READ = (
    (
        re.compile("An iterator:"),
        "an iterator, whose values come only once: give what it goes through, or a list",
    ),
    (
        re.compile("The (?:file|folder|path) '"),
        "a path, and not what stands there: give it as text, such as -c notes.txt",
    ),
    (
        re.compile(r"<(?:module|function|built-in|class|bound method)\b|<\S+ object\b"),
        "no text, list or table",
    ),
)
"""What a description says first of values whose own text is not what they hold, and why they are not read."""


def unreadable(contexts: Sequence[ContextNote]) -> str:
    """Why the contexts cannot be read, of the first of which that is so; empty if all can."""
    said = (
        f"{context.name} is {why}"
        for context in contexts
        for begins, why in _NOT_READ
        if begins.match(context.about)
    )
    return next(said, "")


def has_several_texts(contexts: Sequence[ContextNote]) -> bool:
    """Whether the contexts hold several texts, rather than be one."""
    return len(contexts) > 1 or any(kind.search(context.type) for kind in _SEVERAL for context in contexts)


def holds_files(contexts: Sequence[ContextNote]) -> bool:
    """Whether the texts are files, and not records or items."""
    return any(_DOCUMENTS.search(context.type) for context in contexts)


def names_texts(contexts: Sequence[ContextNote]) -> bool:
    """Whether the texts have names that a human may know them by, and not numbers."""
    named = any(_MAPPING.search(context.type) for context in contexts)
    return named or holds_files(contexts) or len(contexts) > 1


def called(contexts: Sequence[ContextNote]) -> str:
    """What the texts are called, in the plural: rows of a table, files of a folder, items of a list."""
    names = {_called(context) for context in contexts}
    return names.pop() if len(names) == 1 else "texts"


def _called(context: ContextNote) -> str:
    kinds = ((_DOCUMENTS, "files"), (_FRAME, "rows"), (_MAPPING, "items"), (_SEQUENCE, "items"))
    return next((name for kind, name in kinds if kind.search(context.type)), "texts")


def reading(contexts: Sequence[ContextNote], scope: str = "", selections: Sequence[Selection] = ()) -> str:
    """The definition of ``texts``: every text of the contexts, by its path or name, within `scope`.

    Of these, hints may have selected some.
    """
    only = len(contexts) == 1
    parts = [_reading_of(context, only=only) for context in contexts]
    helper = [cell("as_text"), "", ""] if any("as_text(" in part for part in parts) else []
    first = [] if only and parts[0].startswith("texts = ") else ["texts = {}"]
    within = [_within(scope)] if scope and has_several_texts(contexts) else []
    return "\n".join([*helper, *first, *parts, *within, *map(_by_hint, selections)])


def _reading_of(context: ContextNote, *, only: bool) -> str:
    """The statement that puts the texts of one context into ``texts``."""
    name, kind = context.name, context.type
    if _DOCUMENTS.search(kind):
        path = "document.path" if only else f'f"{name}/{{document.path}}"'
        return cell("read_documents", name=name, path=path)
    if _FRAME.search(kind):
        items = f'as_text(record) for row, record in enumerate({name}.to_dict("records"))'
        made = f'{{f"{name}[{{row}}]": {items}}}'
    elif _MAPPING.search(kind):
        made = f'{{f"{name}[{{key!r}}]": as_text(item) for key, item in {name}.items()}}'
    elif _SEQUENCE.search(kind):
        items = f"{name}.tolist()" if _ARRAY.search(kind) else name  # as it prints, an array is cut short
        made = f'{{f"{name}[{{place}}]": as_text(item) for place, item in enumerate({items})}}'
    else:
        value = f"bytes({name})" if kind == "memoryview" else name
        made = f'{{"{name}": {name}}}' if kind == "str" else f'{{"{name}": as_text({value})}}'
    return f"texts = {made}" if only else f"texts |= {made}"


def _within(scope: str) -> str:
    return cell("within", scope=pattern(f"(?:^|/){_name_form(scope)}$"))


def names_pattern(selection: Selection) -> str:
    """A regular expression, whatever the letter case, for the names of the texts that are selected."""
    return "|".join(_name_form(name) for name in selection.names)


def _name_form(name: str) -> str:
    return quote(name).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")


_KEPT = {
    "out": "{path: text for path, text in texts.items() if path not in by_hint}",
    "only": "{path: text for path, text in texts.items() if path in by_hint}",
    "first": "dict(sorted(texts.items(), key=lambda item: item[0] not in by_hint))",
}


def _by_hint(selection: Selection) -> str:
    named = pattern(names_pattern(selection))
    return cell("by_hint", named=named, kept=_KEPT[selection.manner], manner=selection.manner)
