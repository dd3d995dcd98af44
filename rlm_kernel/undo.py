"""Taking back what a run's last step did to names.

The snapshot is shallow: it holds the objects that the names stood for, and copies none of them.
So what a step rebinds or deletes stays in memory until the next step begins, or another run
does in the same namespace.  An object that was changed in place cannot be restored; whether it
was is told from signs, for those that the step's code names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from types import CodeType, FunctionType
from typing import Any

from rlm_kernel.interfaces import REPL, UsageError
from rlm_kernel.mutation import Sign, sign_of
from rlm_kernel.namespaces import Snapshot, snapshot

_NOTHING = object()
"""What a name stands for that is not there."""
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True, repr=False)
class Undone:
    """What became of the names that a step had set, rebound, deleted, or may have changed in place."""

    step: int
    removed: tuple[str, ...] = ()
    """Set by the step, and gone again."""
    put_back: tuple[str, ...] = ()
    """Rebound or deleted by the step; they stand for what they stood for before it."""
    left: tuple[str, ...] = ()
    """Changed again since, and left as they are."""
    changed: tuple[str, ...] = ()
    """Their objects were changed in place, which cannot be taken back."""
    doubtful: tuple[str, ...] = ()
    """Their objects may have been changed in place."""

    @property
    def names(self) -> dict[str, list[str]]:
        """The names by what became of them."""
        return {became: list(getattr(self, became)) for became in self.__slots__ if became != "step"}

    def sentences(self) -> list[str]:
        """What was done and what could not be, for the user."""
        told = [
            ("Removed", self.removed),
            ("Put back", self.put_back),
            ("Changed since, and left as they are", self.left),
            ("Changed in place, not restored", self.changed),
            ("May have changed in place", self.doubtful),
        ]
        lines = [f"{what}: {', '.join(names)}." for what, names in told if names]
        return [f"Took back what step {self.step} did to names.", *(lines or ["It had changed none."])]

    def note(self) -> str:
        """The same for the model."""
        told = [
            ("removed", self.removed),
            ("back to what they were", self.put_back),
            ("changed by the user since", self.left),
            ("changed in place and not restored", self.changed),
            ("possibly changed in place", self.doubtful),
        ]
        parts = [f"{what}: {', '.join(f'`{name}`' for name in names)}" for what, names in told if names]
        became = "; ".join(parts) or "it had changed none"
        return f"The user took back what step {self.step} did to names: {became}."

    def __repr__(self) -> str:
        return "\n".join(self.sentences())


@dataclass(frozen=True, slots=True)
class _Contents:
    """A dictionary of the run's own with what it held."""

    owner: dict[Any, Any]
    items: dict[Any, Any]

    @classmethod
    def of(cls, value: Any) -> _Contents | None:
        return cls(value, dict(value)) if type(value) is dict else None

    def is_same_as(self, other: _Contents | None) -> bool:
        if other is None or self.owner is not other.owner or list(self.items) != list(other.items):
            return False
        return all(value is other.items[key] for key, value in self.items.items())

    def restore(self) -> None:
        self.owner.clear()
        self.owner.update(self.items)


@dataclass(slots=True)
class _Kept:
    """What is kept of one step."""

    step: int
    before: dict[str, Any]
    contents: _Contents | None
    """Of the run's own dictionary, before the step."""
    signs: dict[str, Sign | None] = field(default_factory=dict)
    """Of the objects that its code names, as far as they can change."""
    after: dict[str, Any] | None = None
    """Once the run stands still after it."""
    contents_after: _Contents | None = None
    changed: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


class LastStep:
    """The last step that ran cells, as far as names are concerned.

    Parameters
    ----------
    repl
        Where the cells run.
    own
        The name of a dictionary of the run's own, whose contents are kept with it.
    lent
        Names that stand in the namespace only while the run is running.
    """

    def __init__(self, repl: REPL, own: str, lent: Container[str] = ()) -> None:
        self._repl = repl
        self._own = own
        self._lent = lent
        self._kept: _Kept | None = None
        self._first: dict[str, tuple[int, Sign | None]] = {}
        self._refusal = "the run has run no cell yet: there is nothing to take back"

    def before_cell(self, step: int, code: str, names: Snapshot) -> None:
        """Note what a cell is about to find; with the first cell of a step, the earlier step is let go."""
        kept = self._kept
        if kept is None or kept.step != step:
            before = self._objects(names)
            kept = self._kept = _Kept(step, before, _Contents.of(before.get(self._own)))
        elif kept.after is not None:
            self._go_on(kept, kept.after, self._objects(names))
        for name in _reached(code, self._repl.namespace):
            if name in kept.before and name not in kept.signs and name != self._own:
                sign = kept.signs[name] = sign_of(kept.before[name])
                # Without the object: whoever lets it go is not to be kept from that.
                self._first.setdefault(
                    name, (id(kept.before[name]), None if sign is None else replace(sign, value=None))
                )

    def changed_since_first_seen(self) -> set[str]:
        """Names whose objects are the same as when code first named them, and look different now."""
        changed = set()
        for name, (value_id, sign) in self._first.items():
            value = self._repl.namespace.get(name, _NOTHING)
            if sign is not None and id(value) == value_id:
                changed |= {name} if replace(sign, value=value).verdict() == "changed" else set()
        return changed

    def close(self) -> None:
        """The run stands still: what is done to the namespace from now on is not the step's doing."""
        kept = self._kept
        if kept is None or kept.after is not None:
            return
        kept.after = self._objects(snapshot(self._repl.namespace, self._repl.hidden))
        kept.contents_after = _Contents.of(kept.after.get(self._own))
        verdicts = {name: sign.verdict() for name, sign in kept.signs.items() if sign is not None}
        kept.changed |= {name for name, verdict in verdicts.items() if verdict == "changed"}
        kept.doubtful |= {name for name, verdict in verdicts.items() if verdict == "unknown"}
        kept.signs.clear()

    def bind(self, name: str, value: object) -> None:
        """The run itself binds a name, as part of its last step."""
        kept, namespace = self._kept, self._repl.namespace
        self.close()
        if kept is not None and kept.after is not None:
            if name in namespace and name not in kept.before:
                kept.before[name] = namespace[name]
            kept.after[name] = value
        namespace[name] = value

    def forget(self, why: str) -> None:
        """Let the step's objects go; from now on taking it back is refused with `why`."""
        self._kept, self._refusal = None, why

    def take_back(self) -> Undone:
        """Give the names their former objects; raises UsageError where there is no step to take back."""
        self.close()
        kept = self._kept
        if kept is None or kept.after is None:
            raise UsageError(self._refusal)
        names = _names_taken_back(kept.before, kept.after, self._repl.namespace)
        contents = _contents_became(kept)
        if contents is not None:
            names[self._own] = contents
        undone = Undone(
            kept.step,
            removed=_with("removed", names),
            put_back=_with("put_back", names),
            left=_with("left", names),
            changed=tuple(sorted(kept.changed)),
            doubtful=tuple(sorted(kept.doubtful - kept.changed)),
        )
        self.forget(f"step {kept.step} has been taken back: only the last step can be, and once")
        return undone

    def _go_on(self, kept: _Kept, after: dict[str, Any], now: dict[str, Any]) -> None:
        """More cells of a step in which the run stood still: what was done meanwhile is not its doing."""
        for name in [
            name for name in {*after, *now} if after.get(name, _NOTHING) is not now.get(name, _NOTHING)
        ]:
            kept.before.pop(name, None)
            kept.before |= {name: now[name]} if name in now else {}
        contents = _Contents.of(now.get(self._own))
        if contents is not None and not contents.is_same_as(kept.contents_after):
            kept.contents = contents
        kept.after = None

    def _objects(self, names: Snapshot) -> dict[str, Any]:
        return {name: value for name, (value, _) in names.items() if name not in self._lent}


def _names_taken_back(
    before: Mapping[str, Any], after: Mapping[str, Any], namespace: MutableMapping[str, Any]
) -> dict[str, str]:
    """Put former objects into their places, but where there is something newer; what became of each name."""
    became = {}
    for name in dict.fromkeys([*before, *after]):
        was, made, now = (names.get(name, _NOTHING) for names in (before, after, namespace))
        if was is made or now is was:
            continue
        if now is not made:
            became[name] = "left"
        elif was is _NOTHING:
            del namespace[name]
            became[name] = "removed"
        else:
            namespace[name] = was
            became[name] = "put_back"
    return became


def _contents_became(kept: _Kept) -> str | None:
    """Give the run's own dictionary what it held, but for something newer; None where it holds that."""
    contents, after = kept.contents, kept.contents_after
    if contents is None:
        return None
    if after is None or after.owner is not contents.owner:  # it was rebound: its name tells the rest
        contents.restore()
        return None
    if contents.is_same_as(after):
        return None
    if not after.is_same_as(_Contents.of(contents.owner)):
        return "left"
    contents.restore()
    return "put_back"


def _with(became: str, names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name, it in names.items() if it == became))


def _reached(code: str, namespace: Mapping[str, Any]) -> Iterator[str]:
    """The names that code names, and those that functions and classes of the namespace name in turn."""
    found: set[str] = set()
    queue = [*_named(code)]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        yield name
        for function in _functions_of(namespace.get(name)):
            if function.__globals__ is namespace:
                queue += _named_in(function.__code__)


def _named(code: str) -> set[str]:
    """The names whose objects the code can get at; binding or deleting a name leaves its object alone."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError):  # a magic, for one: every word may be a name
        return set(_WORD.findall(code))
    names = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    names += [n.target for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
    return {name.id for name in names}


def _functions_of(value: Any) -> Iterable[FunctionType]:
    if type(value) is FunctionType:
        return (value,)
    if issubclass(type(value), type):
        return [each for each in vars(value).values() if isinstance(each, FunctionType)]
    return ()


def _named_in(code: CodeType) -> set[str]:
    inner = (_named_in(each) for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*inner)
