"""What the argument of ``--context`` stands for."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlm_kernel.context import listing
from rlm_kernel.context.files import load_file, notes_on
from rlm_kernel.context.readers import Loaded
from rlm_kernel.context.remote import is_url, load_url, without_password
from rlm_kernel.interfaces import UsageError
from rlm_kernel.names import check_contexts

_NAMED = re.compile(r"\s*(\w+)\s*=(?!=)(.*)", re.DOTALL)
_FILE_NAME = re.compile(r"[^\s()\[\]{}'\"]+\.[A-Za-z][A-Za-z0-9]{0,9}")
_PATH_STARTS = ("/", "./", "../", "~")
_OTHER_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Context:
    """A value that a run will bind to a name."""

    name: str
    expression: str
    """The argument as the user gave it, without a password that an address in it holds."""
    value: Any
    notes: tuple[str, ...] = ()
    """Sentences for the user about how the value was found."""


def resolve(
    specs: Sequence[str],
    namespace: Mapping[str, Any],
    evaluate: Callable[[str], Any],
    *,
    max_file_size: int = 10_000_000,
) -> list[Context]:
    """The contexts that the arguments ``[name=]X`` stand for; binds nothing.

    X is, in this order, a name in `namespace`; a URL, an existing path or a glob that
    matches; an expression, which `evaluate` gets.  `max_file_size` is the size in bytes
    beyond which files of a folder are left out.  Raises UsageError.
    """
    named = [_split(spec) for spec in specs]
    names = _names([name for name, _ in named])
    contexts = []
    for spec, name, (_, source) in zip(specs, names, named, strict=True):
        loaded = _load(source, namespace, evaluate, max_file_size)
        contexts.append(Context(name, without_password(spec), loaded.value, loaded.notes))
    return contexts


def _split(spec: str) -> tuple[str | None, str]:
    match = _NAMED.fullmatch(spec)
    if match is None or not match[1].isidentifier():
        name, source = None, spec.strip()
    else:
        name, source = match[1], match[2].strip()
    if not source:
        raise UsageError("a context is empty: give a variable, a file, a folder, a URL or an expression")
    return name, source


def _names(given: Sequence[str | None]) -> list[str]:
    explicit = [name for name in given if name is not None]
    check_contexts(explicit)
    numbered = (
        "context" if number == 1 else f"context_{number}"
        for number in range(1, len(given) + len(explicit) + 1)
    )
    free = (name for name in numbered if name not in explicit)
    return [next(free) if name is None else name for name in given]


def _load(
    source: str, namespace: Mapping[str, Any], evaluate: Callable[[str], Any], max_file_size: int
) -> Loaded:
    if source in namespace:
        note = f"both a variable and a file are called {source}: took the variable"
        return Loaded(namespace[source], (note,) if _exists(source) else ())
    if is_url(source):
        return load_url(source, max_file_size)
    path = os.path.expanduser(source)  # noqa: PTH111 - a Path refuses unknown users
    if os.path.isdir(path):  # noqa: PTH112 - unlike a Path's, it takes any text
        return _load_folder(path, max_file_size)
    if _exists(path):
        return load_file(path, max_file_size)
    if glob.has_magic(path) and path.isprintable():
        documents = listing.matching(path, max_file_size)
        if documents is not None:
            return Loaded(documents, notes_on(documents, source))
    return Loaded(_evaluate(source, namespace, evaluate))


def _load_folder(path: str, max_file_size: int) -> Loaded:
    try:
        documents = listing.folder(path, max_file_size)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    return Loaded(documents, notes_on(documents, path))


def _exists(path: str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - unlike a Path's, it takes any text


def _evaluate(source: str, namespace: Mapping[str, Any], evaluate: Callable[[str], Any]) -> Any:
    try:
        return evaluate(source)
    except (Exception, SystemExit) as error:  # an expression of the user's may raise anything
        if _OTHER_SCHEME.match(source):
            scheme = source.partition("://")[0]
            raise UsageError(
                f"a context is not read from {scheme}:// addresses, only from http:// and https://:"
                " read it in a cell, and give the variable"
            ) from error
        if _looks_like_path(source, namespace):
            what = (
                "no file matches" if glob.has_magic(source) else "there is no variable, file or folder called"
            )
            raise UsageError(f"{what} {source} (looked in {Path.cwd()})") from error
        kinds = f"variable, file or folder (looked in {Path.cwd()})"
        raise UsageError(f"{source} is no {kinds}, and as an expression it raised {_said(error)}") from error


def _looks_like_path(source: str, namespace: Mapping[str, Any]) -> bool:
    first = re.match(r"\w*", source)
    if first is not None and first[0] in namespace:
        return False
    return (
        source.isidentifier()
        or source.startswith(_PATH_STARTS)
        or source.endswith("/")
        or _FILE_NAME.fullmatch(source) is not None
    )


def _said(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
