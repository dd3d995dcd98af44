"""A question made plain: names and quotations set apart, the rest in lower case.

Every quotation, and every name that cannot be an ordinary word (``os.path``, ``ERROR``,
``unit-7``, ``Ada Lovelace``), is replaced by one private-use character, so that the grammar
sees where a name stands and never what it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FIRST_MARK = 0xE000
MARK = "[\ue000-\uf8ff]"
"""A regular expression of one name that was set apart."""

_QUOTED = re.compile(
    r"`([^`\n]+)`|\"([^\"\n]+)\"|(?<!\w)'([^\n]+?)'(?!\w)|«([^»\n]+)»|“([^”\n]+)”|‘([^\n]+?)’(?!\w)"
)
_SUFFIXES = (
    "py|pyi|txt|md|rst|jsonl?|csv|tsv|log|js|tsx?|jsx|java|c|h|cpp|hpp|cc|rs|go|rb|php|sh|html?|css|xml|"
    "ya?ml|toml|ini|cfg|conf|sql|ipynb"
)
_PATH = re.compile(rf"(?<![\w.])[\w*./-]*[\w*]\.(?:{_SUFFIXES})\b(?!\.\w|\()")
_SUFFIX = re.compile(rf"(?<![\w*/])\.(?:{_SUFFIXES})\b")
_LANGUAGE = re.compile(r"\b(Python|JavaScript|Markdown|JSON|CSV|YAML|HTML|text) (?=files?\b)", re.IGNORECASE)
_SUFFIX_OF = {
    "python": ".py", "javascript": ".js", "markdown": ".md", "json": ".json", "csv": ".csv", "yaml": ".yaml",
    "html": ".html", "text": ".txt",
}  # fmt: skip
_IDENTIFIER = re.compile(
    r"(?<![\w])(?:\w*[a-z]\w*[A-Z]\w*|_\w+|\w+_\w*|\w+(?:\.\w+)+|\w+(?:::\w+)+|\w+(?=\(\))|[A-Z][A-Z0-9]+|"
    r"\w+(?:-\w+)*-\d[\w-]*|\w*\d\w*[A-Za-z]\w*|[A-Za-z]+\d\w*)(?:\(\))?(?![\w])"
)
_ORDINARY = re.compile(
    r"(?:[Ii]Pv?4?s?|IPS|UR[LI]s?|[GU]UIDs?|ISO|E-?MAILS?|AND|OR|NOT|TOP|LLM|e\.g|"
    r"i\.e|P\.S|\d+(?:st|nd|rd|th)|\d+)"
)
_PROPER = re.compile(r"(?<=[a-z,;'’] )[A-Z][\w-]*(?: [A-Z][\w-]*)*")
_NOT_PROPER = re.compile(
    r"I|I'm|IP|IPs|URLs?|E-?mails?|Python|ISO|IPv4|UUIDs?|Find|List|Count|What|Which|How|Where"
)


@dataclass(slots=True)
class Plain:
    """A question without its names; the grammar takes away from `text` what it has understood."""

    text: str
    names: list[str] = field(default_factory=list)
    quoted: int = 0
    """How many of the names were quotations."""
    scope: str = ""
    """The files that are meant, as a path in which * stands for anything."""

    def name(self, mark: str) -> str:
        """The name that `mark` stands for."""
        return self.names[ord(mark) - _FIRST_MARK]

    def is_quoted(self, mark: str) -> bool:
        """Whether `mark` stands for a quotation, and not for a name or an ordinary word."""
        return 0 <= ord(mark[0]) - _FIRST_MARK < self.quoted

    def spelled(self, text: str) -> str:
        """`text` with each name in the place of its mark."""
        return re.sub(MARK, lambda mark: self.name(mark[0]), text)

    def take(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """Find `pattern` and take it out of the text."""
        match = re.search(pattern, self.text)
        if match:
            self.cut(match)
        return match

    def take_all(self, pattern: str) -> bool:
        """Take every match of `pattern` out; whether there was one."""
        found = self.take(pattern) is not None
        while self.take(pattern):
            pass
        return found

    def cut(self, match: re.Match[str]) -> None:
        """Take a match of the present text out of it."""
        self.text = tidy(self.text[: match.start()] + " " + self.text[match.end() :])

    def set_apart(self, name: str) -> str:
        """Keep `name`; the mark that stands for it from now on."""
        self.names.append(name)
        return chr(_FIRST_MARK + len(self.names) - 1)


def tidy(text: str) -> str:
    """`text` with single spaces."""
    return " ".join(text.split())


def plain(question: str) -> Plain:
    """The question with its names set apart and its files' scope taken out."""
    made = Plain("")
    text = tidy(question)
    text = _QUOTED.sub(lambda m: made.set_apart(next(g for g in m.groups() if g is not None)), text)
    made.quoted = len(made.names)
    text = _take_scope(text, made)
    text = _IDENTIFIER.sub(lambda m: _apart_unless(_ORDINARY, m, made), text)
    text = _PROPER.sub(lambda m: _apart_unless(_NOT_PROPER, m, made), text)
    made.text = text.replace("’", "'").lower()
    return made


def _apart_unless(ordinary: re.Pattern[str], match: re.Match[str], made: Plain) -> str:
    word = match[0]
    return word if ordinary.fullmatch(word) else made.set_apart(word)


def _take_scope(text: str, made: Plain) -> str:
    """Take out which files are meant: ``in json/encoder.py``, ``.py files``, ``Python files``."""
    in_file = re.search(rf"(?:\bfile|\bmodule|\bin|\bfrom) ({MARK})(?!\w)", text)
    if in_file and _PATH.fullmatch(made.name(in_file[1])):
        made.scope = made.name(in_file[1])
        return text.replace(in_file[0], " ")
    path = _PATH.search(text)
    if path:
        made.scope = path[0]
        before = re.sub(
            r"\b(?:(?:in|from|of|within|by)\s+)?(?:the\s+)?(?:file|module|script)?\s*$",
            "",
            text[: path.start()],
        )
        return f"{before.rstrip(' ')} {text[path.end() :]}"
    suffix = _SUFFIX.search(text)
    if suffix:
        made.scope = f"*{suffix[0]}"
        return _SUFFIX.sub("", text, count=1)
    language = _LANGUAGE.search(text)
    if language:
        made.scope = f"*{_SUFFIX_OF[language[1].lower()]}"
        return _LANGUAGE.sub("", text, count=1)
    return text
