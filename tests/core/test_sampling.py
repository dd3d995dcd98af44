"""What `llm_query` takes beside its own arguments: honoured, or refused in one sentence."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, cell, launch

from rlm_kernel.calls import CallSettings
from rlm_kernel.interfaces import UsageError

KEY = "sk-live-0123456789abcdef"


def asked(arguments, **options):
    """What `llm_query('p', …)` gives or raises in a cell, the sub-calls made, and the run."""
    client = ScriptedClient(
        [cell(f"try: FINAL(llm_query('p', {arguments}))", "except Exception as error: FINAL([error])")]
    )
    run = launch(client, **options)
    return run.answer, [request for request in client.requests if request.role == "sub"], run


@pytest.mark.parametrize(
    ("given", "timeout"), [("timeout=0.5", 0.5), ("timeout=0", 0), ("timeout=None", 7.0)]
)
def test_a_call_may_have_a_timeout_of_its_own(given, timeout):
    _answer, (request,), _run = asked(given, settings=CallSettings("root", "sub", timeout=7.0))
    assert (request.timeout, request.params) == (timeout, {})


def test_the_second_try_of_a_reply_has_the_same_timeout():
    _answer, requests, _run = asked("schema=int, timeout=0.5")
    assert [request.timeout for request in requests] == [0.5, 0.5]


@pytest.mark.parametrize(
    "name",
    [
        "messages",
        "stream",
        "stream_options",
        "n",
        "api_base",
        "base_url",
        "num_retries",
        "fallbacks",
        "tools",
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(name):
    (error,), requests, _run = asked(f"{name}=True")
    assert isinstance(error, UsageError)
    assert str(error).startswith(f"llm_query takes no {name}=: ")
    assert requests == []


@pytest.mark.parametrize(
    "given",
    [
        "api_key={!r}",
        "aws_secret_access_key={!r}",
        "azure_ad_token={!r}",
        "vertex_credentials={!r}",
        "extra_headers={{'X-Api-Key': {!r}}}",
        "extra_body={{'auth': [{{'password': {!r}}}]}}",
    ],
)
def test_a_key_is_refused_and_not_recorded(given):
    # Put together in the cell: what the model itself wrote is its reply, and on the record.
    (error,), requests, run = asked(given.format(KEY).replace(repr(KEY), f"{KEY[:9]!r} + {KEY[9:]!r}"))
    assert isinstance(error, UsageError)
    assert "set it in the environment" in str(error)
    assert KEY not in str(error)
    assert requests == []
    assert KEY not in "".join(map(repr, run.trajectory.events))


def test_names_that_only_look_like_those_of_keys_are_passed_on():
    given = (
        "max_tokens=9, prompt_cache_key='k', response_format={'properties': {'password': {'type': 'string'}}}"
    )
    _answer, (request,), _run = asked(given)
    assert list(request.params) == ["max_tokens", "prompt_cache_key", "response_format"]


@pytest.mark.parametrize("value", ["object()", "float('nan')", "{1, 2}", "int"])
def test_a_value_that_json_cannot_hold_is_refused_before_any_call(value):
    (error,), requests, _run = asked(f"temperature={value}")
    assert isinstance(error, UsageError)
    assert str(error).startswith("llm_query cannot send temperature, which JSON cannot hold")
    assert requests == []


@pytest.mark.parametrize(
    "given", ["timeout='5'", "timeout=-1", "timeout=True", "max_tokens='9'", "max_tokens=0", "max_tokens=1.5"]
)
def test_a_number_that_is_none_is_refused(given):
    (error,), requests, _run = asked(given)
    assert isinstance(error, UsageError)
    assert str(error).startswith(given.partition("=")[0])
    assert requests == []
