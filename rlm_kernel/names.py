"""Names that mean something in a run, and which names a user may choose beside them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from rlm_kernel.interfaces import UsageError

FUNCTIONS = (
    *("llm_query", "llm_query_batched", "rlm_query", "rlm_query_batched"),
    *("allm_query", "allm_query_batched", "arlm_query", "llm_batch"),
    *("SHOW_VARS", "FINAL", "FINAL_VAR", "SUBMIT", "final_answer"),
)
"""The functions a cell finds, in every dialect."""
RESULT = "result"
"""Where the answer is bound unless the user says otherwise."""
RESERVED = frozenset({*FUNCTIONS, "batch_llm_query", "answer", "_rlm"})
"""Names that a run binds by itself, in one dialect or in all."""
_IPYTHONS = re.compile(r"In|Out|exit|quit|open|get_ipython|_exit_code|_[dio]h|_i{0,3}\d*")
"""Names that IPython sets anew, needs for every magic, or leaves out of every list of variables."""


def check_contexts(names: Iterable[object]) -> None:
    """Raise UsageError unless each is a name that a context may have, and no two are equal."""
    seen: set[str] = set()
    for given in names:
        name = _checked(given, "a context")
        if name == RESULT:
            raise UsageError(f"a context cannot be called {name}: the answer goes there")
        if name in seen:
            raise UsageError(f"two contexts are called {name}: give each its own name")
        seen.add(name)


def check_out(name: object) -> str:
    """The name, if the answer may be bound to it; raises UsageError otherwise."""
    return _checked(name, "the answer")


def check_apart(contexts: Iterable[str], out: str) -> None:
    """Raise UsageError where the answer would take the place of a context."""
    if out in contexts:
        raise UsageError(f"the answer cannot be bound to {out}: a context is called that")


def _checked(name: object, what: str) -> str:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{what} cannot be called {name!r}: that is no Python name")
    if name in RESERVED or name.startswith("__"):
        raise UsageError(f"{what} cannot be called {name}: that name has a meaning of its own in a run")
    if _IPYTHONS.fullmatch(name):
        raise UsageError(f"{what} cannot be called {name}: IPython keeps that name for itself")
    return name
