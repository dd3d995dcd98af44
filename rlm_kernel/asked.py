"""A question, with all that its run needs to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rlm_kernel.context import Context
from rlm_kernel.interfaces import REPL, UsageError
from rlm_kernel.options import Options


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, with all that its run needs to begin."""

    question: str
    options: Options
    """With a model."""
    repl: REPL
    """Where the cells of its run are run."""
    contexts: Sequence[Context]
    schema: Any
    """The type that the answer must validate as, if any."""
    notes: Sequence[str]
    """Sentences for the user, shown with the run."""

    @property
    def model(self) -> str:
        """Who is asked for its turns."""
        assert self.options.model is not None
        return self.options.model

    @property
    def sub_model(self) -> str:
        """Who is asked by its cells."""
        return self.options.sub_model or self.model


def check_question(question: object) -> None:
    """Raise UsageError for a question that is none."""
    if not isinstance(question, str):
        raise UsageError(f"the question must be a text, not {type(question).__name__}")
    if not question.strip():
        raise UsageError("there is no question: it is the text below the %%rlm line, or what run is given")
