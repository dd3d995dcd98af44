"""Python source as text: templates from the folder `cells`, literals, and the turn that carries them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any

from rlm_kernel.offline.shapes import NoRoomError, fitted, fitted_value

if TYPE_CHECKING:
    from rlm_kernel.offline.shapes import AnswerType


def turn(thought: str, code: str) -> str:
    """A reply of the root: a sentence or two, and a cell."""
    return f"{thought}\n\n```repl\n{code}\n```"


@dataclass(frozen=True, slots=True)
class Finish:
    """The reply that ends a run; how its cell is written hangs on the type that the answer must have."""

    thought: str
    value: Any
    why: str
    """The comment of its cell."""
    is_remark: bool = False
    """It is what the offline model has to say of itself or the context, and not an answer from it."""

    def text(self, wanted: AnswerType | None) -> str:
        """The reply; raises NoRoomError where the type has no room for the value."""
        if self.is_remark:
            return turn(self.thought, cell("finish", why=self.why, value=self._remark(wanted)))
        return turn(self.thought, cell("finish", why=self.why, value=fitted_value(self.value, wanted)))

    def _remark(self, wanted: AnswerType | None) -> str:
        try:
            return fitted(repr(self.value), "remark", wanted)
        except NoRoomError:
            raise NoRoomError(self.value) from None


Reply = str | Finish


def finish(thought: str, value: Any, why: str = "this is what was found.") -> Finish:
    """The reply that ends a run with what was found."""
    return Finish(thought, value, why)


def remark(thought: str, sentence: str, why: str = "say so.") -> Finish:
    """The reply that ends a run with a sentence in place of an answer."""
    return Finish(thought, sentence, why, is_remark=True)


def said_before(sentence: str, reply: Reply) -> Reply:
    """A reply that begins with this sentence, if there is one."""
    if not sentence:
        return reply
    return (
        f"{sentence} {reply}"
        if isinstance(reply, str)
        else replace(reply, thought=f"{sentence} {reply.thought}")
    )


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
