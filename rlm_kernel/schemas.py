"""Typed replies and answers: anything pydantic's TypeAdapter takes is a schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rlm_kernel.interfaces import UsageError

_FENCED = re.compile(r"```[\w-]*\s*\n(.*?)\n\s*```", re.DOTALL)


def instruction(schema: Any) -> str:
    """What is added to a prompt whose reply must validate as `schema`.

    Raises UsageError when `schema` is not a type.
    """
    shape = json.dumps(_json_schema(schema), ensure_ascii=False)
    return f"Reply with JSON only, without any other text, valid for this JSON Schema:\n{shape}"


def parse(schema: Any, reply: str) -> Any:
    """The object a reply stands for; raises ValueError, with the reason, when it is none."""
    adapter = _adapter(schema)
    candidates = [reply.strip(), *(match.strip() for match in _FENCED.findall(reply)), *_embedded(reply)]
    first_error: ValueError | None = None
    for candidate in candidates:
        try:
            return adapter.validate_json(candidate)
        except ValueError as error:  # pydantic's ValidationError is one
            first_error = first_error or error
    if schema is str:
        return reply
    assert first_error is not None
    raise ValueError(explain(first_error))


def validate(schema: Any, value: Any) -> Any:
    """`value` as `schema` wants it; raises ValueError with the reason."""
    try:
        return _adapter(schema).validate_python(value)
    except ValueError as error:
        raise ValueError(explain(error)) from None


def check(schema: Any) -> None:
    """Raise UsageError when `schema` is not something values can be validated as."""
    _json_schema(schema)


def name_of(schema: Any) -> str:
    """A type as a person would write it, and its JSON Schema."""
    name = schema.__name__ if isinstance(schema, type) else str(schema)
    return f"{name}, in JSON Schema {json.dumps(_json_schema(schema), ensure_ascii=False)}"


def explain(error: ValueError) -> str:
    """A validation error in one line per problem, without links."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    problems = []
    for problem in errors(include_url=False, include_context=False, include_input=False)[:10]:
        where = ".".join(str(part) for part in problem["loc"])
        problems.append(f"{where}: {problem['msg']}" if where else str(problem["msg"]))
    return "; ".join(problems)


def _embedded(reply: str) -> list[str]:
    spans = [(reply.find(a), reply.rfind(b)) for a, b in ("{}", "[]")]
    return [reply[start : end + 1] for start, end in sorted(spans) if 0 <= start < end]


def _adapter(schema: Any) -> Any:
    import pydantic  # noqa: PLC0415  (71 ms that loading the extension must not take)

    with _refusing(schema):
        return pydantic.TypeAdapter(schema)


def _json_schema(schema: Any) -> Any:
    """What models are told of a type; a forward reference, for one, has none."""
    with _refusing(schema):
        return _adapter(schema).json_schema()


@contextmanager
def _refusing(schema: Any) -> Iterator[None]:
    import pydantic  # noqa: PLC0415

    try:
        yield
    except (
        pydantic.errors.PydanticSchemaGenerationError,
        pydantic.errors.PydanticUserError,
        TypeError,
    ) as error:
        reason = str(error).partition(". ")[0]  # what follows is advice to programmers of pydantic
        raise UsageError(
            f"{schema!r} is not a schema: give a type such as int, list[str], or a pydantic model ({reason})"
        ) from None
