"""Typed replies and answers."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import ForwardRef, Literal, Optional

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


# -- texts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ('Here:\n```json\n"only this"\n```\nand more', 'Here:\n```json\n"only this"\n```\nand more'),
        ('```json\n"only this"\n```\n', "only this"),
        ('```\n"a"\n```\nor\n```\n"b"\n```', '```\n"a"\n```\nor\n```\n"b"\n```'),
        ("```python\nx = 1\n```", "```python\nx = 1\n```"),
        (' "quoted"\n', "quoted"),
        ("42", "42"),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_a_reply_that_is_to_be_a_str_is_all_of_it_unless_all_of_it_is_a_quotation(reply, value):
    assert schemas.parse(str, reply) == value


# -- what is no schema ----------------------------------------------------------------


class Unready:
    @classmethod
    def __get_pydantic_core_schema__(cls, _source, _handler):
        raise KeyError("source")


@pytest.mark.parametrize(
    "schema", [{"type": "object"}, {"type": "int"}, {"a": 1}, {}, 5, object(), Unready, [1] * 1000]
)
def test_a_refusal_is_one_sentence_that_says_what_to_give(schema):
    for use in (schemas.check, schemas.name_of, schemas.instruction):
        with pytest.raises(UsageError, match="is not a schema: give a type such as int") as refusal:
            use(schema)
        assert "\n" not in str(refusal.value)
        assert "https://" not in str(refusal.value)
        assert len(str(refusal.value)) < 400


def test_a_json_schema_is_refused_with_what_to_write_instead():
    with pytest.raises(UsageError, match="a JSON Schema is not taken, write it as a pydantic model"):
        schemas.check({"type": "object", "properties": {}})


# -- types that JSON cannot hold ------------------------------------------------------


class Plain:
    """A class of which pydantic knows only how to validate it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source, _handler):
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(lambda value: [value])


class Box(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    thread: threading.Thread


OBJECT = threading.Thread()


@pytest.mark.parametrize(
    ("schema", "value", "validated"),
    [
        (pydantic.InstanceOf[threading.Thread], OBJECT, OBJECT),
        (Box, {"thread": OBJECT}, Box(thread=OBJECT)),
        (Callable, print, print),
        (Plain, 1, [1]),
    ],
)
def test_a_type_without_json_schema_is_one_for_objects_and_not_for_replies(schema, value, validated):
    schemas.check(schema)
    assert schemas.validate(schema, value) == validated
    assert "JSON" not in schemas.name_of(schema)
    with pytest.raises(
        UsageError, match="which has no JSON Schema: give a type that JSON can hold"
    ) as refusal:
        schemas.instruction(schema)
    assert "\n" not in str(refusal.value)


# -- validators that raise ------------------------------------------------------------


class Broken(pydantic.BaseModel):
    value: int

    @pydantic.field_validator("value")
    @classmethod
    def _look_up(cls, value):
        return {1: 1}[value]


def test_whatever_a_validator_raises_is_a_reason():
    assert schemas.validate(Broken, {"value": 1}).value == 1
    with pytest.raises(ValueError, match="the validator raised KeyError: 5"):
        schemas.validate(Broken, {"value": 5})
    with pytest.raises(ValueError, match="the validator raised KeyError: 5"):
        schemas.parse(Broken, '{"value": 5}')


# -- names ----------------------------------------------------------------------------


LOCAL, MISSING, REDEFINED = "Local", "Missing", "Redefined"


@pytest.mark.parametrize(
    ("schema", "meant"),
    [
        (LOCAL, "Local"),
        (ForwardRef(LOCAL), "Local"),
        (list[LOCAL], "list[Local]"),
        (dict[str, list[LOCAL]], "dict[str, list[Local]]"),
        (Optional[LOCAL], "Local | None"),  # noqa: UP045
        (Literal["Local"], "Literal['Local']"),
        ("list[Elsewhere]", "list[Elsewhere]"),
    ],
)
def test_names_in_a_schema_are_those_of_the_caller_and_of_the_namespace(schema, meant):
    class Local(pydantic.BaseModel):
        n: int

    class Elsewhere(pydantic.BaseModel):
        n: int

    known = {"Local": Local, "Elsewhere": Elsewhere, "Literal": Literal}
    expected = eval(meant, dict(known))
    del Elsewhere
    assert schemas.resolved(schema, {"Elsewhere": known["Elsewhere"]}) == expected


def test_a_name_means_what_it_means_now():
    schema = Optional[REDEFINED]  # noqa: UP045
    for _ in range(2):

        class Redefined(pydantic.BaseModel):
            n: int

        assert schemas.resolved(schema, {}) == Redefined | None


def test_a_model_finds_the_types_that_were_defined_after_it():
    cell = {"__name__": "a cell", "pydantic": pydantic}
    exec("class A(pydantic.BaseModel):\n    b: 'B'\nclass B(pydantic.BaseModel):\n    n: int", cell)
    early = cell["A"]
    found = schemas.resolved(list[early], cell)
    assert schemas.parse(found, '[{"b": {"n": 1}}]')[0].b == cell["B"](n=1)


@pytest.mark.parametrize("schema", [MISSING, list[MISSING], "no type at all"])
def test_a_name_that_nobody_knows_is_refused_in_one_sentence(schema):
    with pytest.raises(UsageError, match="is not a schema") as refusal:
        schemas.resolved(schema, {})
    assert "\n" not in str(refusal.value)


def test_a_model_of_which_a_part_is_missing_is_refused_before_it_is_used():
    cell = {"__name__": "a cell", "pydantic": pydantic}
    exec("class A(pydantic.BaseModel):\n    b: 'B'", cell)
    with pytest.raises(UsageError, match="is not fully defined"):
        schemas.resolved(cell["A"], cell)
