"""Reading the syntax tree of a cell: what it does to the world beyond its own names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from rlm_kernel.risks import tables as known

Finding = tuple[str, str]
"""What is done, and how it is written: ``deletes files``, ``shutil.rmtree``."""

_MODE = frozenset("rwaxbt+U")


class Scan(ast.NodeVisitor):
    """Collects what a cell does that is not known to be harmless.

    Parameters
    ----------
    namespace
        What the names stand for that the cell does not set; it is only looked at.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.found: list[Finding] = []
        self._namespace = namespace
        self._imported: dict[str, str] = {}
        """The dotted names of what the cell imports, by the names they are bound to."""
        self._own: set[str] = set()
        """Names that the cell itself binds to something else."""

    def read(self, tree: ast.Module) -> list[Finding]:
        """What the cell does, in the order in which it is written."""
        for node in ast.walk(tree):
            self._note_binding(node)
        self.visit(tree)
        return self.found

    def _note_binding(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self._imported[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._own.add(node.name)
        elif isinstance(node, ast.arg):
            self._own.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            self._own.add(node.id)

    def _find(self, what: str, how: str) -> None:
        if (what, how) not in self.found:
            self.found.append((what, how))

    # -- imports ----------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._judge_import(alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level or any(alias.name == "*" for alias in node.names):
            self._find(known.REACHES, f"from {'.' * node.level}{module} import …")
            return
        for alias in node.names:
            self._judge_dotted(f"{module}.{alias.name}")

    def _judge_import(self, module: str) -> None:
        does = _does(module)
        top = module.partition(".")[0]
        if does is not None:
            self._find(does, module)
        elif top not in known.HARMLESS and top not in known.PARTLY:
            self._find(known.UNLISTED, module)

    # -- names and attributes ---------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        name = node.id
        if name in known.FUNCTIONS:
            self._find(known.FUNCTIONS[name], name)
        elif name == "open":
            self._find(known.FILES_WRITTEN, "open, handed on")
        elif _is_dunder(name) and name not in known.DUNDERS:
            self._find(known.REACHES, name)
        elif not isinstance(node.ctx, ast.Load):
            return
        elif (module := self._module(name)) is not None:
            self._judge_whole(module)
        else:
            self._judge_value(name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        dotted = self._dotted(node)
        if _is_dunder(name) and name not in known.DUNDERS:
            self._find(known.REACHES, f".{name}")
        elif dotted is not None:
            self._judge_dotted(dotted)
            if isinstance(node.ctx, ast.Store | ast.Del) and ".options." not in dotted:
                self._find(known.REACHES, f"{dotted} = …")
            return  # its parts were judged with it
        elif name.lstrip("_") in known.LEADING_OUT:
            self._find(known.REACHES, f".{name}")
        elif name in known.METHODS and isinstance(node.ctx, ast.Load):
            self._find(known.METHODS[name], f".{name}")
        self.visit(node.value)

    def _dotted(self, node: ast.expr) -> str | None:
        """``os.path.join`` as the modules themselves have it; None for what is no part of a module."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        module = self._module(node.id)
        return None if module is None else ".".join([module, *reversed(parts)])

    def _module(self, name: str) -> str | None:
        """The dotted name of the module, or of the part of one, that a name stands for."""
        if name in self._imported:
            return self._imported[name]
        if name in self._own:
            return None
        value = self._namespace.get(name)
        if type(value) is ModuleType:
            return str(value.__name__)
        is_unbound = value is None and name not in self._namespace
        is_module = name in known.PARTLY or _does(name) is not None
        return name if is_unbound and is_module else None

    def _judge_whole(self, module: str) -> None:
        """A module that is handed on, or something imported from one that is used."""
        top = module.partition(".")[0]
        if module in known.PARTLY:
            self._find(known.REACHES, f"{module}, handed on")
        elif "." in module:
            self._judge_dotted(module)
        elif (does := _does(module)) is not None:
            self._find(does, module)
        elif top not in known.HARMLESS:
            self._find(known.UNLISTED, module)

    def _judge_dotted(self, dotted: str) -> None:
        does = _does(dotted)
        parts = dotted.split(".")
        leads_out = any(part.lstrip("_") in known.LEADING_OUT for part in parts[1:])
        if does is not None:
            self._find(does, dotted)
        elif any(_is_dunder(part) and part not in known.DUNDERS for part in parts):
            self._find(known.REACHES, dotted)
        elif not _is_listed(dotted):
            self._find(known.UNLISTED, dotted)
        elif leads_out:
            self._find(known.REACHES, dotted)
        elif parts[-1] in known.METHODS and len(parts) > 1:
            self._find(known.METHODS[parts[-1]], dotted)

    def _judge_value(self, name: str) -> None:
        """A name of the namespace that is no module: whose code a call of it would run."""
        value = self._namespace.get(name)
        if name in self._own or value is None:
            return
        if isinstance(value, FunctionType) and value.__module__ in {"__main__", None}:
            for written in _names_in(value):
                what = known.FUNCTIONS.get(written) or known.METHODS.get(written) or _does(written)
                if what is not None or written in known.PARTLY:
                    self._find(what or known.REACHES, f"{written}, in your {name}")
            return
        is_code = isinstance(value, type | FunctionType | BuiltinFunctionType)
        home = value.__module__ if is_code else type(value).__module__
        home = home if isinstance(home, str) else "builtins"
        top = home.partition(".")[0]
        if top not in known.HARMLESS and top not in {"builtins", "__main__", "_io"}:
            does = _does(home)
            self._find(does or known.UNLISTED, f"{name}, of {top}")

    # -- calls ------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(argument)
        if isinstance(function, ast.Name):
            if function.id == "open":
                self._judge_open(node, is_method=False)
                return
            if function.id in known.NAMED:
                self._judge_named(node)
        if isinstance(function, ast.Attribute):
            self._judge_method(function.attr, node)
        self.visit(function)

    def _judge_method(self, name: str, node: ast.Call) -> None:
        if name == "open":
            self._judge_open(node, is_method=True)
        elif name in known.WRITES_IF_GIVEN and (node.args or _has(node, "path_or_buf", "path", "buf")):
            self._find(known.FILES_WRITTEN, f".{name}")
        elif name in {"replace", "rename"} and len(node.args) == 1 and not node.keywords:
            if not isinstance(node.args[0], ast.Dict | ast.Lambda):
                self._find(known.FILES_WRITTEN, f".{name}")
        elif name == "query" and not all(_is_plain_text(argument) for argument in node.args):
            self._find(known.CODE, ".query")

    def _judge_open(self, node: ast.Call, *, is_method: bool) -> None:
        """``open(path, mode)``; of a method the first argument may be the mode too."""
        modes = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
        if any(not isinstance(mode, ast.Constant) for mode in modes):
            self._find(known.FILES_WRITTEN, "open, in a mode that is not written out")
        if any(keyword.arg is None for keyword in node.keywords):
            self._find(known.FILES_WRITTEN, "open(**…)")
        for mode in [*modes, *(node.args[:1] if is_method else [])]:
            text = mode.value if isinstance(mode, ast.Constant) else ""
            if isinstance(text, str) and set(text) <= _MODE and set(text) & set("wax+"):
                self._find(known.FILES_WRITTEN, f"open(…, {text!r})")

    def _judge_named(self, node: ast.Call) -> None:
        """``getattr(x, "name")`` is ``x.name``; any other name cannot be judged."""
        function = node.func
        assert isinstance(function, ast.Name)
        name = node.args[1] if len(node.args) > 1 else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            self.visit(ast.Attribute(node.args[0], name.value, ast.Load()))
        else:
            self._find(known.REACHES, f"{function.id} by a name that is not written out")


def _does(dotted: str) -> str | None:
    """What a module, or a part of one, does; None for what is in no table."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        does = known.DOES.get(".".join(parts[:end]))
        if does is not None:
            return does
    return None


def _is_listed(dotted: str) -> bool:
    """Whether a part of a module is known to be harmless by itself."""
    parts = dotted.split(".")
    for end in range(len(parts) - 1, 0, -1):
        allowed = known.PARTLY.get(".".join(parts[:end]))
        if allowed is not None:
            return parts[end] in allowed
    return parts[0] in known.HARMLESS


def _names_in(function: FunctionType) -> Iterator[str]:
    """The names that a function's code, and what is nested in it, mentions."""
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        yield from code.co_names
        codes += [constant for constant in code.co_consts if isinstance(constant, type(code))]


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _has(node: ast.Call, *names: str) -> bool:
    return any(keyword.arg in names for keyword in node.keywords)


def _is_plain_text(argument: ast.expr) -> bool:
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return is_text and "@" not in argument.value and "__" not in argument.value  # type: ignore[attr-defined]
