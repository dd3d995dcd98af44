"""Which names a cell reads: what a resumed run needs to find.

A name that the cell has bound for certain before it loads it is the cell's own, not read.
Where that is not certain (after a branch, a loop, a handler) the name counts as read.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator, Sequence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def names_read(code: str, known: Container[str]) -> tuple[str, ...]:
    """The global names `code` needs that are in `known`, sorted; none if it does not parse."""
    try:
        found = _of_block(ast.parse(code).body, set())
    except (SyntaxError, ValueError, RecursionError):
        return ()
    return tuple(sorted({name for name in found if name in known}))


def _of_block(statements: Iterable[ast.stmt], bound: set[str]) -> set[str]:
    """What statements that run one after the other read; adds to `bound` what they bind for certain."""
    read: set[str] = set()
    for statement in statements:
        read |= _of_statement(statement, bound)
    return read


def _of_statement(statement: ast.stmt, bound: set[str]) -> set[str]:
    parts = _parts(statement)
    read: set[str] = set()
    for nodes, targets, block, stays in parts:
        read |= {name for node in nodes for name in _loads(node)} - bound
        inner = bound if stays else set(bound)
        inner |= targets
        read |= _of_block(block, inner)
    bound -= set(_deleted(statement))
    return read


Part = tuple[Sequence[ast.AST], set[str], Sequence[ast.stmt], bool]
"""What is loaded, which names are bound then, the statements after that, and whether it all surely runs."""


def _parts(statement: ast.stmt) -> list[Part]:
    """A statement as what runs in it, in order."""
    parts: list[Part]
    match statement:
        case ast.Assign(targets, value):
            parts = [([value, *targets], _stored(*targets), (), True)]
        case ast.AnnAssign(target, annotation, ast.expr() as value):
            parts = [([value, annotation, target], _stored(target), (), True)]
        case ast.Import(names) | ast.ImportFrom(names=names):
            parts = [((), {alias.asname or alias.name.partition(".")[0] for alias in names}, (), True)]
        case ast.FunctionDef() | ast.AsyncFunctionDef() if not statement.decorator_list:
            before = [statement.args, *filter(None, [statement.returns])]
            parts = [(before, {statement.name}, (), True), ([statement], set(), (), True)]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            parts = [([statement], {statement.name}, (), True)]
        case ast.With() | ast.AsyncWith():
            parts = [*_opened(statement), ((), set(), statement.body, False)]
        case ast.For() | ast.AsyncFor():
            parts = [
                ([statement.iter], set(), (), True),
                ([statement.target], _stored(statement.target), statement.body, False),
                ((), set(), statement.orelse, False),
            ]
        case ast.If(test, body, orelse) | ast.While(test, body, orelse):
            parts = [([test], set(), (), True), ((), set(), body, False), ((), set(), orelse, False)]
        case ast.Try() | ast.TryStar():
            blocks = (statement.body, statement.orelse, statement.finalbody)
            parts = [*map(_handled, statement.handlers), *(((), set(), block, False) for block in blocks)]
        case _:
            parts = [([statement], set(), (), True)]
    return parts


def _opened(statement: ast.With | ast.AsyncWith) -> Iterator[Part]:
    for item in statement.items:
        targets = [item.optional_vars] if item.optional_vars is not None else []
        yield [item.context_expr, *targets], _stored(*targets), (), True


def _handled(handler: ast.ExceptHandler) -> Part:
    kinds = [handler.type] if handler.type is not None else []
    return kinds, {handler.name} if handler.name else set(), handler.body, False


def _stored(*targets: ast.expr) -> set[str]:
    """The names that assignment targets are: not those inside ``x[i]`` and ``x.y``."""
    nodes = (node for target in targets for node in ast.walk(target))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _deleted(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


# -- names that are loaded anywhere in a node --------------------------------------------


def _loads(node: ast.AST) -> set[str]:
    """The global names that a node loads, or changes, at some time."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Store) else {node.id}
    inside = {name for child in ast.iter_child_nodes(node) for name in _loads(child)}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        return inside | {node.target.id}
    if isinstance(node, _COMPREHENSIONS):
        # The first iterable is looked up outside, where the targets are not yet anything.
        own = _stored(*(part.target for part in node.generators))
        return (inside - own) | _loads(node.generators[0].iter)
    if isinstance(node, ast.Lambda):
        return (inside - _parameters(node.args)) | _loads(node.args)
    if isinstance(node, _FUNCTIONS):
        outside = [node.args, *node.decorator_list, *filter(None, [node.returns])]
        return (inside - _locals(node)) | {name for each in outside for name in _loads(each)}
    return inside


def _parameters(arguments: ast.arguments) -> set[str]:
    return {node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg)}


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The names that are a function's own: its parameters, and what it binds without saying ``global``."""
    own, shared = _parameters(function.args), set()
    for node in _own_nodes(function.body):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                own.add(name)
            case ast.Import(names) | ast.ImportFrom(names=names):
                own |= {alias.asname or alias.name.partition(".")[0] for alias in names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.ExceptHandler(name=str() as name):
                own.add(name)
            case ast.Global(names):
                shared |= set(names)
    return own - shared


def _own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of a function's body, without those that belong to the scopes inside it."""
    for node in nodes:
        yield node
        if not isinstance(node, (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef, ast.Lambda)):
            yield from _own_nodes(ast.iter_child_nodes(node))
