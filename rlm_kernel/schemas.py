"""Typed replies and answers: anything pydantic's TypeAdapter takes is a schema."""

from __future__ import annotations

import json
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rlm_kernel.interfaces import UsageError

_FENCED = re.compile(r"```[\w-]*\s*\n(.*?)\n\s*```", re.DOTALL)
_OURS = __name__.partition(".")[0]
_SHOWN, _SAID = 80, 160
"""Characters of a schema that a refusal shows, and of what pydantic says of it."""


# -- what is a schema -------------------------------------------------------------------


def resolved(schema: Any, namespace: Mapping[str, Any]) -> Any:
    """`schema` with the names in it, as in ``list["Person"]``, looked up.

    A name means what it means where our caller stands, or what it means in `namespace`.
    Raises UsageError when `schema` is not something values can be validated as.
    """
    frame = _calling_frame()
    # A call that is awaited may come from asyncio itself, whose globals are not to hide a cell's names.
    known = {**frame.f_globals, **namespace, **frame.f_locals}
    with _refusing(schema):
        found = _looked_up(schema, known)
        _complete(found, known)
    check(found)
    return found


def check(schema: Any) -> None:
    """Raise UsageError when `schema` is not something values can be validated as."""
    _adapter(schema)


def name_of(schema: Any) -> str:
    """A type as a person would write it, and its JSON Schema where it has one."""
    name, shape = _name(schema), _json_schema(schema)
    return name if shape is None else f"{name}, in JSON Schema {json.dumps(shape, ensure_ascii=False)}"


# -- validating -------------------------------------------------------------------------


def instruction(schema: Any) -> str:
    """What is added to a prompt whose reply must validate as `schema`.

    Raises UsageError when `schema` is not a type, or one whose values JSON cannot hold.
    """
    shape = _json_schema(schema)
    if shape is None:
        raise UsageError(
            f"a reply cannot be a {_shortened(schema)}, which has no JSON Schema:"
            " give a type that JSON can hold, such as int, list[str] or a pydantic model of these"
        )
    shown = json.dumps(shape, ensure_ascii=False)
    return f"Reply with JSON only, without any other text, valid for this JSON Schema:\n{shown}"


def parse(schema: Any, reply: str) -> Any:
    """The object a reply stands for; raises ValueError, with the reason, when it is none."""
    if schema is str:
        return _text(reply)
    adapter = _adapter(schema)
    first_error: Exception | None = None
    for candidate in [reply.strip(), *(match.strip() for match in _FENCED.findall(reply)), *_embedded(reply)]:
        try:
            return adapter.validate_json(candidate)
        except Exception as error:  # noqa: BLE001  (a validator of the user's may raise anything)
            first_error = first_error or error
    assert first_error is not None
    raise ValueError(explain(first_error))


def validate(schema: Any, value: Any) -> Any:
    """`value` as `schema` wants it; raises ValueError with the reason."""
    adapter = _adapter(schema)
    try:
        return adapter.validate_python(value)
    except Exception as error:  # noqa: BLE001  (as above)
        raise ValueError(explain(error)) from None


def explain(error: Exception) -> str:
    """Why a value does not validate, in one line per problem, without links."""
    import pydantic  # noqa: PLC0415  (71 ms that loading the extension must not take)

    if not isinstance(error, pydantic.ValidationError):
        return f"the validator raised {type(error).__name__}: {error}"
    problems = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False)[:10]:
        where = ".".join(str(part) for part in problem["loc"])
        problems.append(f"{where}: {problem['msg']}" if where else str(problem["msg"]))
    return "; ".join(problems)


def _text(reply: str) -> str:
    """A reply asked for as a str: what it quotes if it is nothing but a quotation in JSON, else all of it."""
    fenced = _FENCED.fullmatch(reply.strip())
    try:
        quoted = json.loads(fenced.group(1) if fenced else reply)
    except (ValueError, RecursionError):
        return reply
    return quoted if isinstance(quoted, str) else reply


def _embedded(reply: str) -> list[str]:
    spans = [(reply.find(a), reply.rfind(b)) for a, b in ("{}", "[]")]
    return [reply[start : end + 1] for start, end in sorted(spans) if 0 <= start < end]


# -- pydantic's side --------------------------------------------------------------------


def _adapter(schema: Any) -> Any:
    import pydantic  # noqa: PLC0415  (as above)

    with _refusing(schema):
        if isinstance(schema, Mapping):  # pydantic would read some as schemas of its own core
            raise TypeError("a JSON Schema is not taken, write it as a pydantic model")
        adapter = pydantic.TypeAdapter(schema)
        _ = adapter.validator.title  # which is there once all the types it names are defined
    return adapter


def _json_schema(schema: Any) -> Any:
    """What models are told of a type; None for one whose values JSON cannot hold."""
    adapter = _adapter(schema)
    try:
        return adapter.json_schema()
    except Exception:  # noqa: BLE001  (a type of the user's says itself what its schema is)
        return None


@contextmanager
def _refusing(schema: Any) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001  (pydantic raises anything for what is no type)
        raise UsageError(
            f"{_shortened(schema)} is not a schema: give a type such as int or list[str],"
            f" a pydantic model, or pydantic.InstanceOf[…] for any other class ({_reason(error)})"
        ) from None


def _reason(error: Exception) -> str:
    """The first sentence of an error: what follows is advice to programmers of pydantic."""
    text = str(getattr(error, "message", error)).strip()
    first = text.partition("\n")[0].partition(". ")[0].rstrip(".")
    return _cut(first if " " in first else f"{type(error).__name__}: {first}", _SAID)


def _name(schema: Any) -> str:
    return schema.__name__ if isinstance(schema, type) else str(schema)


def _shortened(schema: Any) -> str:
    shown = _name(schema) if isinstance(schema, type) else repr(schema)
    return _cut(" ".join(shown.split()), _SHOWN)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 1]}…"


# -- names in a schema ------------------------------------------------------------------


def _looked_up(schema: Any, known: dict[str, Any]) -> Any:
    """The type with a type in the place of each name; raises NameError or SyntaxError."""

    def annotated() -> None: ...

    annotated.__annotations__ = {"schema": schema}
    # Two mappings, or typing would remember what a name meant when a cell last used it.
    return typing.get_type_hints(annotated, globalns={}, localns=known, include_extras=True)["schema"]


def _complete(schema: Any, known: dict[str, Any]) -> None:
    """Let models that were written before the types they name find those now."""
    import pydantic  # noqa: PLC0415  (as above)

    if isinstance(schema, type) and issubclass(schema, pydantic.BaseModel):
        schema.model_rebuild(raise_errors=False, _types_namespace=known)
    for part in typing.get_args(schema):
        _complete(part, known)


def _calling_frame() -> Any:
    """The innermost frame that is not of this package."""
    frame = sys._getframe()  # noqa: SLF001
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _OURS:
        frame = frame.f_back
    return frame
