"""The names a run puts into its namespace, and keeps there.

A model's cell may do anything to the namespace.  What the next cell relies on is put back
before it runs, and the model is told; what the user had before is kept in `shadowed`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.interfaces import REPL
from rlm_kernel.scope import Finish

ANSWER, RUN = "answer", "_rlm"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs did to the namespace."""

    bound: Mapping[str, Sequence[object]] = field(default_factory=dict)
    """The values they bound, by name: nobody's loss."""
    displaced: Mapping[str, Any] = field(default_factory=dict)
    """The user's values that they took the places of and that were not put back."""
    made: Mapping[str, Collection[int]] = field(default_factory=dict)
    """The ids of the values that their cells left, by name: what a run finds of them is new to it."""


NOTHING_EARLIER = Earlier()


class Scaffold:
    """Binds and restores the names of one run.

    Parameters
    ----------
    repl
        Whose namespace it is.
    contexts
        The contexts, by name.
    functions
        `llm_query` and its family, by name.
    out
        The name the answer will be bound to, if any.
    lent
        The dialect's own functions, by name, which stand in the namespace itself and only
        while the run is running: what is in `builtins` is the user's too.
    """

    def __init__(
        self,
        repl: REPL,
        contexts: Mapping[str, Any],
        functions: Mapping[str, Callable[..., Any]],
        out: str | None = None,
        lent: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self._repl = repl
        self._contexts = dict(contexts)
        self._functions = functions
        self._out = out
        self._lent = dict(lent or {})
        self._told_about: object = self
        self._answer: Any = new_answer()

    @property
    def lent(self) -> frozenset[str]:
        """Names that stand in the namespace only while the run is running."""
        return frozenset(self._lent)

    @property
    def _namespace(self) -> MutableMapping[str, Any]:
        return self._repl.namespace

    def bind(self, earlier: Earlier) -> dict[str, Any]:
        """Bind the run's names; returns the user's own values that they took the places of."""
        functions = dict.fromkeys([*self._functions, *self._lent])
        root_only = [RUN, self._out] if self._out else []
        shadowed = {}
        for name in [ANSWER, *self._contexts, *functions, *root_only]:
            if name not in self._namespace:
                continue
            if not self._is_known(name, self._namespace[name], earlier.bound):
                shadowed[name] = self._namespace[name]
            elif name in earlier.displaced:
                shadowed[name] = earlier.displaced[name]
        for name in functions:
            self._namespace.pop(name, None)
        self._repl.functions.update(self._functions)
        self._namespace.update(self._contexts)
        self._namespace[ANSWER] = self._answer
        return shadowed

    @contextmanager
    def lending(self) -> Iterator[dict[str, Any]]:
        """Around the turns of the run: the lent functions stand in the namespace.

        Yields the user's own values that have come into their places since `bind`.
        """
        shadowed = {name: self._namespace[name] for name in self._lent if name in self._namespace}
        self._namespace.update(self._lent)
        try:
            yield shadowed
        finally:
            for name, function in self._lent.items():
                if self._namespace.get(name) is function:
                    del self._namespace[name]

    def rebind(self) -> None:
        """Bind the run's names again, after another run or the user has had them."""
        self._namespace.update(self._contexts)
        self._namespace[ANSWER] = self._answer

    def adopt(self) -> dict[str, Any]:
        """Take what the human has put into the contexts' places for the contexts.

        Returns what they have put into the functions' places, which is theirs and is kept.
        """
        for name, value in self._contexts.items():
            self._contexts[name] = self._namespace.setdefault(name, value)
        hiding = [name for name in self._functions if name in self._namespace and name not in self._lent]
        return {name: self._namespace.pop(name) for name in hiding}

    def adopt_answer(self) -> None:
        """Take what stands in the place of `answer` for the run's own dictionary."""
        self._answer = self._namespace.get(ANSWER, self._answer)

    def is_empty_answer(self) -> bool:
        """Whether `answer` is the run's own dictionary, with nothing in it yet."""
        return bool(self._namespace.get(ANSWER) == new_answer())

    def bound(self) -> dict[str, Sequence[object]]:
        """What this run has bound by now, by name, for later runs to know."""
        answers = (self._answer, self._namespace.get(ANSWER))
        return {**{name: (value,) for name, value in self._contexts.items()}, ANSWER: answers}

    def restore(self) -> list[str]:
        """Put back what the last cell took away; one sentence for the model on each."""
        return [*self._restore_functions(), *self._restore_contexts(), *self._look_at_answer()]

    def ready_answer(self, *, rebound: bool = False) -> Finish | None:
        """The answer, if the dictionary says that it is ready.

        With `rebound`, the run's own dictionary, as it will stand after `rebind`.
        """
        answer = self._answer if rebound else self._namespace.get(ANSWER)
        try:
            if isinstance(answer, Mapping) and answer.get("ready"):
                return Finish(answer.get("content"))
        except BaseException:  # noqa: BLE001  (the code of whatever object that is; signals do not raise here)
            return None
        return None

    def reopen(self) -> None:
        """Unset ``ready`` after an answer was refused."""
        answer = self._namespace.get(ANSWER)
        if isinstance(answer, MutableMapping):
            answer["ready"] = False

    def _is_known(self, name: str, value: Any, ours: Mapping[str, Any]) -> bool:
        own = (names[name] for names in (self._contexts, self._functions) if name in names)
        return any(value is known for known in (*ours.get(name, ()), *own))

    def _restore_functions(self) -> list[str]:
        told = []
        for name, function in self._functions.items():
            hidden = name in self._namespace and name not in self._lent
            if hidden:
                del self._namespace[name]
            if hidden or self._repl.functions.get(name) is not function:
                self._repl.functions[name] = function
                told.append(_put_back(name))
        for name, function in self._lent.items():
            if self._namespace.get(name) is not function:
                self._namespace[name] = function
                told.append(_put_back(name))
        return told

    def _restore_contexts(self) -> list[str]:
        told = []
        for name, value in self._contexts.items():
            if name not in self._namespace:
                told.append(f"`{name}` was deleted; it holds the data and was put back.")
            elif self._namespace[name] is not value:
                told.append(f"`{name}` was rebound; it holds the data and was put back: use another name.")
            self._namespace[name] = value
        return told

    def _look_at_answer(self) -> list[str]:
        if ANSWER not in self._namespace:
            self._answer = self._namespace[ANSWER] = new_answer()
            return ["`answer` was deleted; an empty one was put back."]
        answer = self._answer = self._namespace[ANSWER]
        if answer is self._told_about or (isinstance(answer, Mapping) and {"content", "ready"} & set(answer)):
            return []
        self._told_about = answer
        kind = type(answer).__name__
        how = '`answer = {"content": answer, "ready": True}`'
        return [
            f"`answer` is now a plain {kind}, which does not finish the work: to finish with it, run {how}."
        ]


def _put_back(name: str) -> str:
    return f"`{name}` is one of your tools and was put back: use another name for your own."


def new_answer() -> dict[str, Any]:
    """The dictionary a model fills in to finish."""
    return {"content": "", "ready": False}
