"""The type that an answer must have, and how what was found becomes a value of it.

Only ways that leave nothing to guess are taken: a number becomes the text that writes it, a
ranking a dict of its counts.  Where there is none, the question is not answered at all,
since the nearest value of the type would be one that nothing in the context says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Found = Literal["number", "text", "items", "some", "ranking", "first", "remark"]
"""What an expression holds: a number, a text, a list of texts; such a list of which a single item stands
for itself; pairs of item and count; such pairs of which only the first is meant; a remark of the offline
model on itself or the context."""

JSON = dict[str, Any]

_UNTYPED: Mapping[Found, str] = {
    "some": "{0}[0] if len({0}) == 1 else {0}",
    "first": '{0}[0][0] if {0} else "there is none"',
}
"""The answer where no type is asked for; for what is not here, the expression itself."""

_AS_TEXT: Mapping[Found, str] = {
    "number": "str({0})",
    "items": '"\\n".join({0})',
    "some": '"\\n".join({0})',
    "ranking": '"\\n".join(f"{{item}}: {{count}}" for item, count in {0})',
    "first": _UNTYPED["first"],
}
_AS_LIST: Mapping[Found, str] = {
    "text": "[{0}]",
    "items": "{0}",
    "some": "{0}",
    "ranking": "[item for item, _ in {0}]",
    "first": "[item for item, _ in {0}[:1]]",
}
_AS_PAIRS: Mapping[Found, str] = {"ranking": "{0}", "first": "{0}[:1]"}
_AS_DICT: Mapping[Found, str] = {"ranking": "dict({0})", "first": "dict({0}[:1])"}

_CALLED: Mapping[Found, str] = {
    "number": "a number",
    "text": "a text",
    "items": "a list of texts",
    "some": "a list of texts",
    "ranking": "pairs of item and count",
    "first": "the most frequent item",
    "remark": "a remark",
}
"""What each is called in a sentence."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_NAMING = {"title", "description", "default", "$defs"}
"""What a JSON Schema may say without ruling out any value."""


@dataclass(frozen=True, slots=True)
class AnswerType:
    """The type that the opening asks for: as a person writes it, and as JSON Schema."""

    name: str
    schema: JSON


class NoRoomError(Exception):
    """No value of the type says what was found; the text is what cannot be said, in a sentence."""


def fitted(expression: str, found: Found, wanted: AnswerType | None) -> str:
    """The expression of the answer, from that of what was found; raises NoRoomError."""
    if wanted is None:
        return _untyped(expression, found)
    fit = _fit(expression, found, wanted.schema, wanted.schema.get("$defs", {}))
    if fit is None:
        raise NoRoomError(f"The offline model would answer with {_CALLED[found]}.")
    return fit


def fitted_value(value: Any, wanted: AnswerType | None) -> str:
    """The same for a value that is known: a text that writes a number may be taken for that number."""
    for expression, found in _readings(value):
        try:
            return fitted(expression, found, wanted)
        except NoRoomError:
            continue
    raise NoRoomError(f"The offline model found {value!r:.300}.")


def _readings(value: Any) -> Iterator[tuple[str, Found]]:
    if isinstance(value, str):
        yield repr(value), "text"
        if _NUMBER.fullmatch(value):
            yield value, "number"
    elif isinstance(value, list):
        yield repr(value), "items"
        if not value:
            yield repr(value), "ranking"
    else:
        yield repr(value), "number"


def _fit(expression: str, found: Found, schema: JSON, types: JSON) -> str | None:
    """The expression as a value of `schema`; None where no way is evident."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        others = {other: one for other, one in types.items() if other != name}  # a type may hold itself
        return _fit(expression, found, types[name], others) if name in types else None
    if "anyOf" in schema:
        fits = [_fit(expression, found, one, types) for one in schema["anyOf"]]
        return expression if expression in fits else next((fit for fit in fits if fit is not None), None)
    if not schema.keys() - _NAMING:
        return _untyped(expression, found)
    way = _WAYS.get(schema.get("type", ""))
    return way(expression, found, schema, types) if way else None


def _untyped(expression: str, found: Found) -> str:
    return _UNTYPED.get(found, "{0}").format(expression)


def _number(expression: str, found: Found, _schema: JSON, _types: JSON) -> str | None:
    return expression if found == "number" else None


def _text(expression: str, found: Found, schema: JSON, _types: JSON) -> str | None:
    if found == "remark" and schema.keys() - _NAMING - {"type"}:
        return None  # a remark is no date and none of two words
    return _AS_TEXT.get(found, "{0}").format(expression)


def _list(expression: str, found: Found, schema: JSON, types: JSON) -> str | None:
    """A list of pairs, or of texts."""
    item = schema.get("items", {})
    if "prefixItems" in schema:
        return None
    if found in _AS_PAIRS and item.get("type", "array") == "array":
        return _AS_PAIRS[found].format(expression)
    return _AS_LIST[found].format(expression) if found in _AS_LIST and _takes(item, "text", types) else None


def _object(expression: str, found: Found, schema: JSON, types: JSON) -> str | None:
    """The one property that there is, or a dict of counts."""
    properties = schema.get("properties", {})
    if len(properties) == 1:
        ((name, one),) = properties.items()
        inner = _fit(expression, found, one, types)
        return None if inner is None else f"{{{name!r}: {inner}}}"
    counts = schema.get("additionalProperties", False)
    takes_counts = not properties and (counts is True or (counts and _takes(counts, "number", types)))
    return _AS_DICT[found].format(expression) if takes_counts and found in _AS_DICT else None


_WAYS: Mapping[str, Callable[[str, Found, JSON, JSON], str | None]] = {
    "integer": _number,
    "number": _number,
    "string": _text,
    "array": _list,
    "object": _object,
}


def _takes(schema: JSON, found: Found, types: JSON) -> bool:
    """Whether such a value is one of `schema` as it stands."""
    return _fit("x", found, schema, types) == "x"
