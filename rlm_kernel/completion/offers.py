"""What there is to choose from where something is being written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, get_origin

from rlm_kernel.client.catalogue import chat_models
from rlm_kernel.commands import COMMANDS
from rlm_kernel.completion.line import Wanted
from rlm_kernel.dialects import DIALECTS
from rlm_kernel.interfaces import UsageError
from rlm_kernel.lines import meaning, quoted
from rlm_kernel.models import OFFLINE
from rlm_kernel.namespaces import is_housekeeping
from rlm_kernel.providers import PROVIDERS
from rlm_kernel.registry import runs
from rlm_kernel.values import APPROVE

if TYPE_CHECKING:
    from rlm_kernel.session import Session

CHOICES: Mapping[str, Iterable[str]] = {"dialect": DIALECTS, "approval": APPROVE}

TYPES = ("bool", "dict[str, int]", "dict[str, str]", "float", "int", "list[int]", "list[str]", "str")
"""Types that answers often have, beside those that the namespace defines."""

LONGEST_FOLDER = 10_000
"""Entries of a folder that are looked at."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that could be written, and what it is."""

    text: str
    kind: str


def offers(wanted: Wanted, session: Session) -> list[Offer]:
    """What fits what is written, the likeliest first."""
    written = meaning(wanted.written)
    return list(dict.fromkeys(_all(wanted, written, session)))


def _all(wanted: Wanted, written: str, session: Session) -> Iterator[Offer]:
    match wanted.kind:
        case "flag":
            yield from _beginning(written, wanted.flags, "option")
        case "command":
            yield from _beginning(written, COMMANDS, "command")
        case "dialect" | "approval":
            yield from _beginning(written, CHOICES[wanted.kind], wanted.kind)
        case "run" | "step":
            yield from _beginning(written, reversed(runs) if wanted.kind == "run" else _steps(), wanted.kind)
            yield from _beginning(written, wanted.flags, "option")
        case "model":
            yield from _models(written, session)
        case "type":
            yield from _beginning(written, _types(_names(session, written)), "class")
            yield from _beginning(written, TYPES, "class")
        case "data":
            yield from _beginning(written, _data(_names(session, written)), "instance")
            yield from _paths(written)
        case "path":
            yield from _paths(written)
        case "":
            return


def _beginning(written: str, texts: Iterable[str], kind: str) -> Iterator[Offer]:
    """Those of `texts` that begin with what is written."""
    for text in texts:
        if text.startswith(written):
            yield Offer(quoted(text), kind)


# -- the namespace --------------------------------------------------------------------


def _names(session: Session, written: str) -> Mapping[str, Any]:
    """What the user's names stand for, in their order; an underscore asks for those that begin with one."""
    shell = session.shell
    private = written.startswith("_")
    names = sorted(name for name in list(shell.user_ns) if name.startswith("_") == private)
    return {
        name: shell.user_ns[name]
        for name in names
        if name not in shell.user_ns_hidden and not is_housekeeping(name)
    }


def _data(names: Mapping[str, Any]) -> list[str]:
    """The names that hold something a question can be about."""
    return [n for n, value in names.items() if not isinstance(value, ModuleType) and not callable(value)]


def _types(names: Mapping[str, Any]) -> list[str]:
    """The names that stand for a type: a class, or one such as ``list[str]``."""
    return [name for name, value in names.items() if isinstance(value, type) or get_origin(value)]


def _steps() -> Iterable[str]:
    """The numbers of the latest run's steps, the latest first."""
    latest = next(reversed(runs.values()), None)
    return [str(number) for number in range(len(latest.steps) if latest else 0, 0, -1)]


# -- files ----------------------------------------------------------------------------


def _paths(written: str) -> Iterator[Offer]:
    """The files and folders whose path begins with what is written; a dot asks for the hidden ones."""
    folder, beginning = os.path.split(written)
    prefix = written[: len(written) - len(beginning)]
    for name, is_folder in sorted(_entries(os.path.expanduser(folder) or ".")):  # noqa: PTH111 - as `resolve` does
        if name.startswith(beginning) and (beginning.startswith(".") or not name.startswith(".")):
            yield Offer(_as_word(f"{prefix}{name}{'/' if is_folder else ''}"), "path")


def _entries(folder: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if len(found) == LONGEST_FOLDER:
                    break
                found.append((entry.name, entry.is_dir()))
    except OSError:
        return []
    return found


def _as_word(path: str) -> str:
    """The path as a word of the line, kept from being read as an option or as NAME=X."""
    is_misread = path.startswith("-") or "=" in path.partition("/")[0]
    return quoted(f"./{path}" if is_misread else path)


# -- models ---------------------------------------------------------------------------


def _models(written: str, session: Session) -> Iterator[Offer]:
    """Those in use, those that can be called, then all that are known, once a letter is written."""
    likely = [*_in_use(session), OFFLINE, *(p.model for p in PROVIDERS if p.has_key(os.environ))]
    yield from (Offer(name, "model") for name in likely if written in name)
    if written:
        known = [name for name in chat_models() if written in name]
        # What begins so is meant before what has it somewhere.
        yield from (Offer(name, "model") for name in sorted(known, key=lambda n: not n.startswith(written)))


def _in_use(session: Session) -> list[str]:
    """The models of the settings, and of this kernel's runs."""
    try:
        options = session.options({})
    except UsageError:  # a bad setting is told when a question is asked
        chosen: list[str | None] = []
    else:
        chosen = [options.model, options.sub_model]
    started = [run.trajectory.events[0] for run in reversed(runs.values()) if run.trajectory.events]
    used = [getattr(event, "model", None) for event in started]
    return [name for name in [*chosen, *used] if name]
