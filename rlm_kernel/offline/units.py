"""The things that can be counted, listed and found, by the names people give them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Shape = Literal["match", "line", "document"]


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of thing in a text.

    `find` is a regular expression with at most one group, which then is the thing; a
    match whose group is empty is passed over.  Lines and documents need none.
    """

    name: str
    singular: str
    plural: str
    nouns: str
    """A regular expression of what people call it."""
    shape: Shape = "match"
    find: str = ""
    splits: bool = False
    """A match may hold several things, with commas between them; a new name (``as x``) is no part of one."""
    folds: bool = False
    """Upper and lower case count as the same when different things are told apart."""


CODE = frozenset({"function", "class", "import"})
"""Units that only a program's text has."""

# Strings and comments are matched first, without a group, so that a definition inside one is passed over.
PASSED_OVER = (
    r'"""[\s\S]*?"""|'
    r"'''[\s\S]*?'''|"
    r'"(?:\\[\s\S]|[^"\\\n])*"|'
    r"'(?:\\[\s\S]|[^'\\\n])*'|"
    r"#[^\n]*|"
)
_MODIFIERS = r"(?:(?:export|default|pub|public|private|protected|static|async|final|abstract)[ \t]+)*"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

_ALL = (
    Unit("occurrence", "occurrence", "occurrences", r"occurrences?|times|instances?|hits"),
    Unit("blank", "blank line", "blank lines", r"(?:blank|empty) lines?", "line"),
    Unit("line", "line", "lines", r"(?:(?:log|text|code|source) )?lines?(?: of (?:code|text))?", "line"),
    Unit("entry", "entry", "entries", r"(?:log )?(?:entry|entries|records?|rows?)", "line"),
    Unit(
        "document",
        "file",
        "files",
        (
            r"(?:source |text |code |python )?(?:files?|documents?|docs?|modules?|scripts?)|"
            r"items?|elements?|letters?|messages?|"
            r"articles?|pages?|chapters?|posts?|reviews?|tickets?|papers?|reports?|notes?|"
            r"transcripts?|texts?|strings?"
        ),
        "document",
    ),
    Unit(
        "function",
        "function",
        "functions",
        r"(?:function|method)(?:s| definitions?| names?)?",
        find=PASSED_OVER
        + rf"^[ \t]*{_MODIFIERS}(?:def|function\*?|func|fn)[ \t]+(?:\([^()\n]*\)[ \t]*)?(\w+)\s*[(\[<]",
    ),
    Unit(
        "class",
        "class",
        "classes",
        r"class(?:es)?(?: definitions?| names?)?",
        find=PASSED_OVER + rf"^[ \t]*{_MODIFIERS}class[ \t]+(\w+)",
    ),
    Unit(
        "import",
        "imported module",
        "imported modules",
        r"(?:module )?import(?:s|ed)?(?: statements?)?|imported (?:modules?|packages?|libraries)",
        find=PASSED_OVER
        + r"(?:^|[;:])[ \t]*(?:import|from(?=.*\bimport\b))[ \t]+(?!\.+[ \t])"
        + r"([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+(?:[ \t]+as[ \t]+\w+)?)*)"
        + r"(?=[ \t]*(?:$|[;#\\])|[ \t]+import\b)",
        splits=True,
    ),
    Unit(
        "email",
        "e-mail address",
        "e-mail addresses",
        r"e-?mails?(?:[ -]addresse?s?)?|mail addresse?s?",
        find=r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b",
    ),
    Unit(
        "ip",
        "IP address",
        "IP addresses",
        r"ip(?:v4)?s?(?:[ -]addresse?s?)?",
        find=rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\d|\.\d)",
    ),
    Unit(
        "url",
        "URL",
        "URLs",
        r"ur[li]s?|(?:hyper|web )?links?|web addresse?s?",
        find=r"\bhttps?://[^\s<>\"'`)\]}]*[^\s<>\"'`)\]}.,;:!?]",
    ),
    Unit("date", "date", "dates", r"(?:iso )?dates?", find=r"\b\d{4}-\d{2}-\d{2}(?!\d)"),
    Unit(
        "uuid",
        "UUID",
        "UUIDs",
        r"[ug]uids?",
        find=r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    ),
    Unit("hashtag", "hashtag", "hashtags", r"hash ?tags?", find=r"(?<![\w&])#[A-Za-z_]\w*"),
    Unit(
        "number",
        "number",
        "numbers",
        r"(?:whole )?numbers?|integers?",
        find=r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])",
    ),
    Unit("identifier", "identifier", "identifiers", r"identifiers?|variable names?", find=r"\b[A-Za-z_]\w*"),
    Unit("word", "word", "words", r"words?|terms?|tokens?", find=r"\w+", folds=True),
    Unit("field", "value", "values", r"values?"),
)

UNITS = {unit.name: unit for unit in _ALL}

_NOUN = re.compile("|".join(rf"(?P<{unit.name}>\b(?:{unit.nouns})\b(?!\s+[\ue000-\uf8ff]))" for unit in _ALL))


def first_noun(text: str) -> tuple[str, re.Match[str]] | None:
    """The unit that `text` (in lower case) names first, and where."""
    match = _NOUN.search(text)
    return (str(match.lastgroup), match) if match else None
