"""Python source as text: templates from the folder `cells`, literals, and the turn that carries them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from string import Template
from typing import Any


def turn(thought: str, code: str) -> str:
    """A reply of the root: a sentence or two, and a cell."""
    return f"{thought}\n\n```repl\n{code}\n```"


def finish(thought: str, value: Any, why: str = "this is what was found.") -> str:
    """The reply that ends a run with `value`; `why` is the cell's comment."""
    return turn(thought, cell("finish", why=why, value=repr(value)))


def cell(name: str, /, **values: str) -> str:
    """The template `name`, filled in."""
    return _template(name).substitute(values).rstrip("\n")


@cache
def _template(name: str) -> Template:
    path = resources.files(__package__).joinpath("cells", f"{name}.py.txt")
    return Template(path.read_text(encoding="utf-8"))


def pattern(text: str) -> str:
    """A regular expression as a raw string literal."""
    for mark in ('"', "'", '"""', "'''"):
        if mark not in text and not text.endswith((mark[0], "\\")):
            return f"r{mark}{text}{mark}"
    return repr(text)
