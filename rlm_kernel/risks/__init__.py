"""What a cell may do to the world beyond its own names, judged by its syntax alone.

The scan runs nothing and asks no object.  What it cannot judge counts as risky: it is there
for cells that a human should see first, and is no fence against code that hides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from rlm_kernel.risks import tables as known
from rlm_kernel.risks.scan import Scan
from rlm_kernel.risks.shells import PROGRAM, take_apart

MOST = 3
"""Findings that are named; the others are counted."""
UNREADABLE = "is no Python that can be judged"


def why_risky(code: str, namespace: Mapping[str, Any] | None = None) -> str:
    """Why a human should see a cell before it runs, in a line; empty where it is harmless.

    `namespace` is what the names stand for that the cell does not set.
    """
    taken = take_apart(code)
    found = list(taken.found)
    if taken.tree is None:
        return UNREADABLE
    try:
        found += Scan(namespace or {}).read(taken.tree)
    except RecursionError:
        return UNREADABLE
    by_what: dict[str, list[str]] = {}
    for what, how in found:
        by_what.setdefault(what, []).append(how)
    said = [f"{what}: {_listed(hows)}" for what, hows in by_what.items()]
    return "; ".join(said[:MOST]) + (" …" if len(said) > MOST else "")


def touches(code: str) -> list[str]:
    """What a cell touches that running it again does not repeat, each with how it is written.

    That is files, network, time, randomness and processes, where they can be recognised, and
    what IPython keeps of earlier cells under names that count them.
    """
    taken = take_apart(code)
    kinds = {
        known.FILES_DELETED: "files",
        known.FILES_WRITTEN: "files",
        known.NETWORK: "network",
        known.PROCESSES: "processes",
        PROGRAM: "processes",
    }
    found = list(taken.found)
    if taken.tree is not None:
        found += Scan({}).read(taken.tree)
    named = [(kinds[what], how.partition("(…")[0].lstrip(".")) for what, how in found if what in kinds]
    if taken.tree is not None:
        named += _unrepeatable(taken.tree)
        named += _earlier_outputs(taken.tree)
    by_kind: dict[str, list[str]] = {}
    for kind, how in named:
        hows = by_kind.setdefault(kind, [])
        hows += [how] if how not in hows else []
    return [f"{kind} ({_listed(hows)})" for kind, hows in by_kind.items()]


def _unrepeatable(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Files that are read, clocks and dice."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        owner = ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""
        written = f"{owner}.{name}" if owner.replace(".", "").isidentifier() else name
        if name == "open" or name in known.READS_FILES:
            yield "files", written
        elif owner.partition(".")[0] in known.RANDOM or name in known.RANDOM_METHODS:
            yield "randomness", written
        elif name in known.TIME:
            yield "time", written


def _earlier_outputs(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names such as ``_`` and ``Out``, where the cell has not set them itself."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
    for name in names:
        if known.EARLIER_OUTPUT.fullmatch(name.id) and name.id not in own:
            yield "outputs of earlier cells", name.id


def _listed(hows: list[str]) -> str:
    hows = [how for how in hows if not any(other.startswith(f"{how}.") for other in hows)]
    more = len(hows) - MOST
    return ", ".join(hows[:MOST]) + (f" and {more:,} more" if more > 0 else "")
