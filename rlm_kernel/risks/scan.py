"""Reading the syntax tree of a cell: what it does to the world beyond its own names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from rlm_kernel.risks import tables as known
from rlm_kernel.risks.arguments import given, has, is_plain_text, last_name, writes_a_file
from rlm_kernel.risks.behind import behind
from rlm_kernel.risks.lookup import does, is_allowed, is_dunder, is_listed, is_mode_to_write, of_method

Finding = tuple[str, str]
"""What is done, and how it is written: ``deletes files``, ``shutil.rmtree``."""


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
        self._assigned: dict[str, ast.expr] = {}
        """What the cell assigns to single names, the last one to each."""
        self._called: ast.expr | None = None
        """The function of the call that is looked at."""

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
        elif isinstance(node, ast.Assign):
            self._assigned |= {each.id: node.value for each in node.targets if isinstance(each, ast.Name)}

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
            if alias.name == "open":
                self._find(known.FILES_WRITTEN, f"{module}.open, handed on")

    def _judge_import(self, module: str) -> None:
        what = does(module)
        top = module.partition(".")[0]
        if what is not None:
            self._find(what, module)
        elif top not in known.HARMLESS and top not in known.PARTLY:
            self._find(known.UNLISTED, module)

    # -- names and attributes ---------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        name = node.id
        if name in known.FUNCTIONS:
            self._find(known.FUNCTIONS[name], name)
        elif name == "open":
            self._find(known.FILES_WRITTEN, "open, handed on")
        elif is_dunder(name) and name not in known.DUNDERS:
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
        if is_dunder(name) and name not in known.DUNDERS:
            self._find(known.REACHES, f".{name}")
        elif dotted is not None:
            self._judge_dotted(dotted)
            if name == "open" and node is not self._called:
                self._find(known.FILES_WRITTEN, f"{dotted}, handed on")
            if isinstance(node.ctx, ast.Store | ast.Del) and ".options." not in dotted:
                self._find(known.REACHES, f"{dotted} = …")
            return  # its parts were judged with it
        elif name.lstrip("_") in known.LEADING_OUT:
            self._find(known.REACHES, f".{name}")
        elif (what := of_method(name)) is not None and isinstance(node.ctx, ast.Load):
            self._find(what, f".{name}")
        elif name in known.WRITES_ON and not self._is_judged(node.value):
            self._find(known.FILES_WRITTEN, f".{name}")
        self.visit(node.value)

    def _is_judged(self, node: ast.expr) -> bool:
        """Whether writing into it says nothing new: a text in memory, or a file that is opened there."""
        if isinstance(node, ast.Name) and node.id in self._assigned:
            node = self._assigned[node.id]
        elif isinstance(node, ast.Name) and node.id not in self._own:
            return type(self._namespace.get(node.id)).__name__ in known.BUFFERS
        return isinstance(node, ast.Call) and last_name(node.func) in {*known.BUFFERS, "open"}

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
        is_module = name in known.PARTLY or does(name) is not None
        return name if is_unbound and is_module else None

    def _judge_whole(self, module: str) -> None:
        """A module that is handed on, or something imported from one that is used."""
        top = module.partition(".")[0]
        if module in known.PARTLY:
            self._find(known.REACHES, f"{module}, handed on")
        elif "." in module:
            self._judge_dotted(module)
        elif (what := does(module)) is not None:
            self._find(what, module)
        elif top not in known.HARMLESS:
            self._find(known.UNLISTED, module)

    def _judge_dotted(self, dotted: str) -> None:
        what = does(dotted)
        parts = dotted.split(".")
        leads_out = any(part.lstrip("_") in known.LEADING_OUT for part in parts[1:])
        if what is not None:
            self._find(what, dotted)
        elif any(is_dunder(part) and part not in known.DUNDERS for part in parts):
            self._find(known.REACHES, dotted)
        elif not is_listed(dotted):
            self._find(known.UNLISTED, dotted)
        elif leads_out:
            self._find(known.REACHES, dotted)
        elif (what := of_method(parts[-1])) is not None and len(parts) > 1 and not is_allowed(dotted):
            self._find(what, dotted)

    def _judge_value(self, name: str) -> None:
        """A name of the namespace that is no module: whose code a call of it would run."""
        if name in self._own or self._namespace.get(name) is None:
            return
        for what, how in behind(name, self._namespace):
            self._find(what, how)

    # -- calls ------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        for argument in given(node):
            self.visit(argument)
        if isinstance(function, ast.Name):
            if function.id == "open":
                self._judge_open(node, is_method=False)
                return
            if function.id in known.NAMED:
                self._judge_named(node)
        if isinstance(function, ast.Attribute):
            self._judge_method(function.attr, node)
        name = (self._dotted(function) or last_name(function)).rpartition(".")[2]
        if name in known.GETTERS:
            self._judge_getter(name, node)
        if name.startswith(known.READS_ADDRESS) and any(map(self._is_address, given(node))):
            self._find(known.NETWORK, f"{name} of an address")
        self._called = function
        self.visit(function)

    def _is_address(self, node: ast.expr) -> bool:
        """Whether a text is an address on the network, as far as it is written out."""
        if isinstance(node, ast.Name):
            value = self._namespace.get(node.id) if node.id not in self._own else None
            node = self._assigned.get(node.id, ast.Constant(value))
        if isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        text = node.value if isinstance(node, ast.Constant) else None
        return type(text) is str and known.ADDRESS.match(text) is not None

    def _judge_method(self, name: str, node: ast.Call) -> None:
        if name == "open":
            self._judge_open(node, is_method=True)
        elif writes_a_file(name, node):
            self._find(known.FILES_WRITTEN, f".{name}")
        elif name == "query" and not all(is_plain_text(argument) for argument in node.args):
            self._find(known.CODE, ".query")

    def _judge_open(self, node: ast.Call, *, is_method: bool) -> None:
        """``open(path, mode)``; of a method the first argument may be the mode too."""
        modes = [*node.args[1:2], *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
        if any(not isinstance(mode, ast.Constant) for mode in modes):
            self._find(known.FILES_WRITTEN, "open, in a mode that is not written out")
        if has(node, None) or any(isinstance(argument, ast.Starred) for argument in node.args):
            self._find(known.FILES_WRITTEN, "open(*…)")
        for mode in [*modes, *(node.args[:1] if is_method else [])]:
            text = mode.value if isinstance(mode, ast.Constant) else ""
            if isinstance(text, str) and is_mode_to_write(text):
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

    def _judge_getter(self, which: str, node: ast.Call) -> None:
        """``attrgetter("a.b")`` is ``.a.b``; of ``methodcaller`` the first argument alone is a name."""
        names = node.args[:1] if which == "methodcaller" else node.args
        for name in names:
            if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
                self._find(known.REACHES, f"{which} by a name that is not written out")
                continue
            for part in name.value.split("."):
                self.visit(ast.Attribute(ast.Constant(None), part, ast.Load()))
