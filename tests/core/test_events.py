"""Events as JSON and back."""

from __future__ import annotations

import dataclasses
import json

import pytest

from rlm_kernel.events import EVENT_TYPES, SCHEMA_VERSION, Event, from_json

VALUES = {
    "str": "text",
    "int": 3,
    "float": 1.5,
    "bool": True,
    "Json": {"a": [1, None]},
    "list[Json]": [{"b": 2}],
    "list[str]": ["x"],
}


def example(kind: type[Event]) -> Event:
    """An event with a value in every field."""
    fields = {}
    for field in dataclasses.fields(kind):
        fields[field.name] = VALUES[str(field.type).removesuffix(" | None")]
    return kind(**fields)


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES.keys())
def test_every_event_comes_back_from_its_json(kind):
    event = example(kind)
    assert from_json(json.loads(json.dumps(event.to_json()))) == event


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES.keys())
def test_every_event_is_flat_and_says_version_and_type(kind):
    data = example(kind).to_json()
    assert (data["v"], data["type"]) == (SCHEMA_VERSION, kind.type)
    assert {"seq", "time", "run", "span", "parent"} <= set(data)


def test_an_event_cannot_be_changed():
    event = example(EVENT_TYPES["warned"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.message = "other"


@pytest.mark.parametrize(
    "data", [{"type": "no_such"}, {}, [], 3, None, {"v": SCHEMA_VERSION + 1, "type": "warned"}]
)
def test_what_is_no_event_of_ours_is_refused(data):
    with pytest.raises(ValueError):
        from_json(data)
