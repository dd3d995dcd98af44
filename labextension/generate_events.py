"""Write ``src/events.ts``: the events of a trajectory, as TypeScript.

``python labextension/generate_events.py`` after every change of ``rlm_kernel/events.py``,
which is the one place where events are described.  A test compares the two.
"""  # noqa: INP001  (a script, part of no package)

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from rlm_kernel import events as e

TARGET = Path(__file__).parent / "src" / "events.ts"
WIDTH = 100

BASE = "BaseEvent"
"""What `Event` is called there, where the DOM has an `Event` of its own."""

SIMPLE = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "Json": "Json"}

HEAD = """// Generated from rlm_kernel/events.py by labextension/generate_events.py: change that, not this.

"""

JSON_TYPE = """/** An object of JSON, whose values are to be looked at before they are used. */
export type Json = Record<string, unknown>;
"""


def typescript() -> str:
    """The whole of ``src/events.ts``, as prettier would have it."""
    parts = [
        f"export const SCHEMA_VERSION = {e.SCHEMA_VERSION};\n",
        JSON_TYPE,
        _interface(e.Event),
        *(_interface(kind) for kind in e.EVENT_TYPES.values()),
        _union(),
        _fields(),
        _defaults(),
    ]
    return HEAD + _comment(inspect.getdoc(e) or "") + "\n" + "\n".join(parts)


def _interface(kind: type[e.Event]) -> str:
    """One event, with only the fields that not every event has."""
    docs = _field_docs(kind)
    base = kind is e.Event
    lines = ["  readonly v: number;"] if base else [f"  readonly type: '{kind.type}';"]
    for name, type_name in _types(kind).items():
        if name in docs:
            lines.append(_comment(docs[name], "  ").rstrip("\n"))
        lines.append(f"  readonly {name}: {type_name};")
    heading = BASE if base else f"{kind.__name__} extends {BASE}"
    body = "\n".join(lines)
    return f"{_comment(_about(kind))}export interface {heading} {{\n{body}\n}}\n"


def _types(kind: type[e.Event]) -> dict[str, str]:
    """The TypeScript types of an event's own fields."""
    return {
        field.name: type_of(str(field.type))
        for field in dataclasses.fields(kind)
        if field.name in kind.__annotations__
    }


def _about(kind: type[e.Event]) -> str:
    """Its docstring, and that it is transient where it is: as prose, for types do not tell."""
    said = inspect.getdoc(kind) or ""
    return f"{said}\n\nTransient: it reaches the views and is not stored." if kind.transient else said


def type_of(annotation: str) -> str:
    """``string | null`` for ``str | None``; raises ValueError for what events do not use."""
    options = [part.strip() for part in annotation.split("|")]
    return " | ".join("null" if option == "None" else _one_type(option) for option in options)


def _one_type(annotation: str) -> str:
    if annotation.startswith("list[") and annotation.endswith("]"):
        return f"{_one_type(annotation[5:-1])}[]"
    if annotation not in SIMPLE:
        raise ValueError(f"no TypeScript type is known for {annotation!r}: add one to {__file__}")
    return SIMPLE[annotation]


def _union() -> str:
    names = [kind.__name__ for kind in e.EVENT_TYPES.values()]
    lines = "\n".join(f"  | {name}" for name in names)
    return f"export type RunEvent =\n{lines};\n\nexport type EventType = RunEvent['type'];\n"


def _fields() -> str:
    """The types once more, as values: what was read from a file is checked against them."""
    kinds = {"every": e.Event, **e.EVENT_TYPES}
    lines = ",\n".join(_entry(name, _types(kind)) for name, kind in kinds.items())
    about = "The types of the fields, to check what a stranger's file holds; `every` event has those."
    of_each = "{ readonly [T in EventType | 'every']: Readonly<Record<string, string>> }"
    return f"{_comment(about)}export const FIELDS: {of_each} = {{\n{lines}\n}};\n"


def _defaults() -> str:
    """What a field holds where a file that an earlier version wrote lacks it."""
    lines = []
    for kind in e.EVENT_TYPES.values():
        fields = {field.name: _default(field) for field in dataclasses.fields(kind)}
        given = {name: value for name, value in fields.items() if value is not dataclasses.MISSING}
        lines.append(_entry(kind.type, given))
    body = ",\n".join(lines)
    about = "The fields that a file may lack, with the values these then have."
    of_each = "{ readonly [T in EventType]: Partial<Extract<RunEvent, { type: T }>> }"
    return f"{_comment(about)}export const DEFAULTS: {of_each} = {{\n{body}\n}};\n"


def _entry(name: str, given: dict[str, Any]) -> str:
    """A line of an object, or several where one would be too long."""
    values = [f"{key}: {_literal(value)}" for key, value in given.items()]
    line = f"  {name}: {{ {', '.join(values)} }}" if values else f"  {name}: {{}}"
    if len(line) < WIDTH:
        return line
    rows = ",\n".join(f"    {value}" for value in values)
    return f"  {name}: {{\n{rows}\n  }}"


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + json.dumps(value)[1:-1].replace("'", "\\'") + "'"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value)


def _field_docs(kind: type[e.Event]) -> dict[str, str]:
    """The string below each field: Python keeps it in the source only."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    docs: dict[str, str] = {}
    for above, below in zip(definition.body, definition.body[1:], strict=False):
        if not (isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            docs[above.target.id] = inspect.cleandoc(str(below.value.value))
    return docs


def _comment(text: str, indent: str = "") -> str:
    """`text` as a doc comment: on one line where it fits, its reStructuredText literals as code."""
    said = text.replace("``", "`").replace("*/", "*\\/")
    if "\n" not in said and len(line := f"{indent}/** {said} */") <= WIDTH:
        return f"{line}\n"
    rows = "\n".join(f"{indent} * {row}".rstrip() for row in said.split("\n"))
    return f"{indent}/**\n{rows}\n{indent} */\n"


if __name__ == "__main__":
    TARGET.write_text(typescript(), encoding="utf-8")
