"""What a call in a cell is given, as far as that tells what it does."""

from __future__ import annotations

import ast

from rlm_kernel.risks import tables as known


def writes_a_file(name: str, node: ast.Call) -> bool:
    """Whether a method that may do so writes or moves a file, by what it is given."""
    if name in known.WRITES_IF_GIVEN:
        return bool(node.args) or has(node, "path_or_buf", "path", "buf", None)
    if name in {"replace", "rename"}:  # of a text or a table, or of a path
        is_one = len(node.args) == 1 and not node.keywords
        return has(node, "target") or (is_one and not isinstance(node.args[0], ast.Dict | ast.Lambda))
    return name == "basicConfig" and has(node, "filename", "handlers", None)


def last_name(function: ast.expr) -> str:
    """``read_csv`` of ``pd.read_csv``."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def given(node: ast.Call) -> list[ast.expr]:
    """All its arguments, with a name or without."""
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def has(node: ast.Call, *names: str | None) -> bool:
    """Whether a call has a keyword of these names; None is ``**``."""
    return any(keyword.arg in names for keyword in node.keywords)


def is_plain_text(argument: ast.expr) -> bool:
    """Whether it is a text with no ``@variable`` and no ``__name__`` in it."""
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return is_text and "@" not in argument.value and "__" not in argument.value  # type: ignore[attr-defined]
