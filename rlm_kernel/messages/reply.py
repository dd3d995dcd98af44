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
    closing = re.compile(rf"^[ \t]*`{{{len(opening['ticks'])},}}[ \t]*$", re.MULTILINE)
    body = "\n".join(lines[at + 1 :])
    end = _first_outside_strings(body, closing) if runs else closing.search(body)
    code = body if end is None else body[: max(0, end.start() - 1)]
    stop = len(lines) if end is None else at + 2 + body.count("\n", 0, end.start())
    if opening["indent"]:
        code = textwrap.dedent(code)
    return _Block(code, stop, runs, end is not None)


def _tagged(lines: list[str], at: int) -> _Block:
    body = "\n".join([_CODE_TAG.sub("", lines[at], count=1), *lines[at + 1 :]])
    end = _first_outside_strings(body, _CODE_END)
    code = (body if end is None else body[: end.start()]).strip("\n")
    stop = len(lines) if end is None else at + 1 + body.count("\n", 0, end.start())
    return _Block(code, stop, runs=True, closed=end is not None)


_STRING_OR_COMMENT = re.compile(
    r"""
    (?P<comment> \#[^\n]*)
    | (?P<long> \"{3} | '{3})
    | "(?:[^"\\\n]|\\.)*"  # a quote that is not closed before the line ends begins no string
    | '(?:[^'\\\n]|\\.)*'
    """,
    re.VERBOSE | re.DOTALL,
)
_LONG_END = {quote: re.compile(rf"(?:[^\\]|\\.)*?{quote}", re.DOTALL) for quote in ('"""', "'''")}


def _first_outside_strings(body: str, closing: re.Pattern[str]) -> re.Match[str] | None:
    """The first match of `closing` that does not stand inside a string literal.

    When every one does, and the last string has no end, the string itself may be the
    mistake: the first match ends the block.  Else the block is unclosed.
    """
    first = match = closing.search(body)
    for start, end in _strings(body):
        while match is not None and match.start() < end:
            if match.start() < start:
                return match
            match = closing.search(body, match.end())
        if match is None:
            return first if end > len(body) else None
    return match


def _strings(body: str) -> Iterator[tuple[int, int]]:
    """Where the string literals of some code begin and end; one without an end does beyond the code."""
    at = 0
    while (match := _STRING_OR_COMMENT.search(body, at)) is not None:
        at = match.end()
        if match["comment"]:
            continue
        if match["long"]:
            closed = _LONG_END[match["long"]].match(body, at)
            at = closed.end() if closed else len(body) + 1
        yield match.start(), at


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
