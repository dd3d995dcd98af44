"""Typed replies and answers."""

from __future__ import annotations

import dataclasses
from typing import Literal

import pydantic
import pytest
from typing_extensions import TypedDict

from rlm_kernel import schemas
from rlm_kernel.interfaces import UsageError


class Person(pydantic.BaseModel):
    name: str
    age: int = 0


class Pair(TypedDict):
    a: int
    b: int


@dataclasses.dataclass
class Point:
    x: int
    y: int


@pytest.mark.parametrize(
    ("schema", "reply", "value"),
    [
        (int, "42", 42),
        (int, " 42\n", 42),
        (float, "1", 1.0),
        (bool, "true", True),
        (str, '"quoted"', "quoted"),
        (str, "not JSON at all", "not JSON at all"),
        (list[str], '["a", "b"]', ["a", "b"]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Person, '{"name": "Ada"}', Person(name="Ada")),
        (Pair, '{"a": 1, "b": 2}', {"a": 1, "b": 2}),
        (Point, '{"x": 1, "y": 2}', Point(1, 2)),
        (int | None, "null", None),
        (Literal["yes", "no"], '"yes"', "yes"),
        (Person, 'Here it is:\n```json\n{"name": "Ada"}\n```\nDone.', Person(name="Ada")),
        (Person, 'The person is {"name": "Ada"}.', Person(name="Ada")),
        (list[int], "They are [1, 2, 3], I think.", [1, 2, 3]),
    ],
)
def test_a_reply_becomes_the_object(schema, reply, value):
    assert schemas.parse(schema, reply) == value


@pytest.mark.parametrize(
    ("schema", "reply"), [(int, "about forty"), (Person, '{"age": 3}'), (list[int], '["a"]'), (int, "")]
)
def test_a_reply_that_does_not_validate_raises_with_the_reason(schema, reply):
    with pytest.raises(ValueError) as error:
        schemas.parse(schema, reply)
    assert str(error.value)
    assert "https://" not in str(error.value)


def test_the_reason_names_the_place():
    with pytest.raises(ValueError, match=r"1\.age: Input should be a valid integer"):
        schemas.validate(list[Person], [{"name": "a"}, {"name": "b", "age": "old"}])


def test_validating_gives_the_object_as_the_schema_wants_it():
    assert schemas.validate(int, "3") == 3
    assert schemas.validate(Person, {"name": "Ada"}) == Person(name="Ada")
    person = Person(name="Ada")
    assert schemas.validate(Person, person) is person


@pytest.mark.parametrize("schema", [object(), 3, "NoSuchType"])
def test_what_is_no_type_is_a_usage_error(schema):
    with pytest.raises(UsageError, match="is not a schema"):
        schemas.check(schema)


def test_the_instruction_holds_the_json_schema():
    text = schemas.instruction(Person)
    assert text.startswith("Reply with JSON only")
    assert '"name"' in text


def test_a_type_is_named_as_a_person_would():
    assert schemas.name_of(int).startswith("int, in JSON Schema")
    assert schemas.name_of(list[str]).startswith("list[str], in JSON Schema")
    assert schemas.name_of(Person).startswith("Person, in JSON Schema")
