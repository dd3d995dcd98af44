"""Reading a model's reply: what is thought, what is code, what finishes the run.

Which fences and finishing forms models use is set down by the projects that taught them:
`repl` fences by the RLM paper and its reference code, `python` by most chat models,
``<code>`` by smolagents.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

RUNNABLE = frozenset({"repl", "python", "py", ""})
"""The info strings of fences whose content is run."""

_NEWLINE = re.compile(r"\r\n?|\n")  # str.splitlines also splits where a string literal may not end
_OPENING = re.compile(r"^(?P<indent>[ \t]*)(?P<ticks>`{3,})[ \t]*(?P<info>[^`]*)$")
_CODE_TAG = re.compile(r"^[ \t]*<code>", re.IGNORECASE)
_CODE_END = re.compile(r"</code>", re.IGNORECASE)
_FINAL = re.compile(r"^[ \t]*(?P<name>FINAL_VAR|FINAL)\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReplyParts:
    """A reply taken apart."""

    thought: str
    """The text outside the code that runs."""
    cells: tuple[str, ...]
    unclosed: bool = False
    """The last cell's fence is not closed."""


@dataclass(frozen=True, slots=True)
class ProseFinal:
    """``FINAL(text)`` or ``FINAL_VAR(name)`` in the prose of a reply."""

    function: str
    argument: str


def split_reply(text: str) -> ReplyParts:
    """The thought and the cells of a reply, in order."""
    prose: list[str] = []
    cells: list[str] = []
    unclosed = False
    lines = _NEWLINE.split(text)
    at = 0
    while at < len(lines):
        block = _block_at(lines, at)
        if block is None:
            prose.append(lines[at])
            at += 1
            continue
        if block.runs:
            unclosed = not block.closed
            if block.code.strip():
                cells.append(block.code)
        else:
            prose.extend(lines[at : block.end])
        at = block.end
    return ReplyParts("\n".join(prose).strip(), tuple(cells), unclosed and bool(cells))


def prose_final(thought: str) -> ProseFinal | None:
    """The first finishing form at the start of a line of prose; its parentheses balance.

    Text inside fences does not count: pass the thought of `split_reply`.
    """
    plain = _without_fences(thought)
    match = _FINAL.search(plain)
    if match is None:
        return None
    argument = _balanced(plain, match.end())
    if argument is None:
        return None
    return ProseFinal(match["name"], argument.strip())


@dataclass(frozen=True, slots=True)
class _Block:
    code: str
    end: int
    """The line after the block."""
    runs: bool
    closed: bool


def _block_at(lines: list[str], at: int) -> _Block | None:
    opening = _OPENING.match(lines[at])
    if opening is not None:
        return _fenced(lines, at, opening)
    if _CODE_TAG.match(lines[at]):
        return _tagged(lines, at)
    return None


def _fenced(lines: list[str], at: int, opening: re.Match[str]) -> _Block:
    language = opening["info"].strip().lower().split(maxsplit=1)[:1]
    runs = (language[0] if language else "") in RUNNABLE
    closing = re.compile(rf"^[ \t]*`{{{len(opening['ticks'])},}}[ \t]*$")
    body = lines[at + 1 :]
    candidates = [i for i, line in enumerate(body) if closing.match(line)]
    end = _first_outside_strings(body, candidates) if runs else next(iter(candidates), None)
    stop = len(body) if end is None else end
    code = "\n".join(body[:stop])
    if opening["indent"]:
        code = textwrap.dedent(code)
    return _Block(code, at + 1 + stop + (end is not None), runs, end is not None)


def _tagged(lines: list[str], at: int) -> _Block:
    first = _CODE_TAG.sub("", lines[at], count=1)
    body = [first, *lines[at + 1 :]]
    candidates = [i for i, line in enumerate(body) if _CODE_END.search(line)]
    end = _first_outside_strings(body, candidates)
    if end is None:
        return _Block("\n".join(body).strip("\n"), at + len(body), runs=True, closed=False)
    last = _CODE_END.split(body[end], maxsplit=1)[0]
    code = "\n".join([*body[:end], last]).strip("\n")
    return _Block(code, at + end + 1, runs=True, closed=True)


def _first_outside_strings(body: list[str], candidates: list[int]) -> int | None:
    """The first candidate line that does not stand inside a triple-quoted string.

    When every candidate does, the string itself may be the mistake: the first one ends
    the block, unless the string is closed further down (then the block is unclosed).
    """
    if not candidates:
        return None
    inside = list(_open_strings(body))
    for candidate in candidates:
        if not inside[candidate]:
            return candidate
    return candidates[0] if inside[-1] else None


def _open_strings(body: list[str]) -> Iterator[str]:
    """For each line, the triple quote that is open where it begins; at last, at the end."""
    quote = ""
    for line in body:
        yield quote
        quote = _quote_after(line, quote)
    yield quote


_QUOTE_OR_COMMENT = re.compile(r"\\.|\"\"\"|'''|\"|'|#", re.DOTALL)


def _quote_after(line: str, quote: str) -> str:
    """The triple quote open after `line`, given the one open before it."""
    single = ""
    for match in _QUOTE_OR_COMMENT.finditer(line):
        token = match[0]  # a quote, a comment sign, or an escaped character
        if token.startswith("\\"):
            continue
        if quote:
            quote = "" if token == quote else quote
        elif single:
            # Inside '…' a triple quote is the end of the string and the start of another.
            single = "" if token[0] == single else single
        elif token == "#":
            return quote
        elif len(token) == 3:  # noqa: PLR2004
            quote = token
        else:
            single = token
    return quote


def _without_fences(text: str) -> str:
    kept: list[str] = []
    lines = _NEWLINE.split(text)
    at = 0
    while at < len(lines):
        opening = _OPENING.match(lines[at])
        if opening is None:
            kept.append(lines[at])
            at += 1
        else:
            at = _fenced(lines, at, opening).end
    return "\n".join(kept)


def _balanced(text: str, start: int) -> str | None:
    depth, at, quote = 1, start, ""
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "\"'" and (char == '"' or not text[at - 1].isalnum()):  # not the ' of "don't"
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return text[start:at]
        at += 1
    # A stray quote may have hidden the end: the last parenthesis is then the best reading.
    end = text.rfind(")", start)
    return text[start:end] if end != -1 else None
