"""Every way in which a call can fail: the right class, one clear sentence, no key."""

from __future__ import annotations

import asyncio
import re
import time

import pytest
from servers.openai_server import Reply

from rlm_kernel import interfaces
from rlm_kernel.client import LiteLLMClient
from rlm_kernel.interfaces import Message, QueryError, Request

KEY = "sk-proj-THE-SECRET-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def failure(client, url, role="sub", **more) -> QueryError:
    request = Request(role, "m", (Message("user", "hi"),), api_base=url, **more)
    with pytest.raises(QueryError) as caught:
        asyncio.run(client.complete(request, lambda _: None))
    return caught.value


def sentences(error: QueryError) -> tuple[str, str]:
    """Ours, and the provider's own message that it carries."""
    ours, _, theirs = str(error).partition(' (it said "')
    return ours, theirs


TOO_LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens."
FAULTS = {
    "KeyRefused": [Reply(status=401, error=f"Incorrect API key provided: {KEY}"), Reply(status=403)],
    "UnknownModel": [
        Reply(status=404, error="The model `m` does not exist", code="model_not_found"),
        Reply(status=404, raw=b"<html><body><h1>Not Found</h1></body></html>"),
        Reply(status=400, error="no such thing", code="model_not_found"),
    ],
    "RateLimited": [Reply(status=429, error="Rate limit reached for requests")],
    "ContextTooLong": [
        Reply(status=400, error=TOO_LONG, code="context_length_exceeded"),
        Reply(status=400, error="the request exceeds the available context size"),
        Reply(status=413, error="payload too large"),
    ],
    "ContentFiltered": [
        Reply(status=400, error="Your request was rejected", code="content_policy_violation"),
        Reply("half a sen", finish_reason="content_filter"),
    ],
    "ProviderDown": [
        Reply(status=500),
        Reply(status=502, raw=b"<html>bad\ngateway</html>"),
        Reply(status=503),
        Reply(status=529, error="Overloaded"),
        Reply(raw=b"this is not JSON"),
        Reply(raw=b'{"some": "other JSON"}'),
    ],
    "ProviderFailed": [
        Reply(status=400, error="temperature must be at most 2"),
        Reply(status=402, error="Payment required"),
        Reply(status=429, error="You exceeded your current quota", code="insufficient_quota"),
        Reply(status=418),
    ],
    "EmptyReply": [Reply("")],
    "ReplyCut": [
        Reply("", finish_reason="length"),
        Reply("", reasoning="long thoughts", finish_reason="length"),
    ],
    "TimedOut": [Reply(status=408), Reply(status=504)],
}
CASES = [(name, reply) for name, replies in FAULTS.items() for reply in replies]


@pytest.mark.parametrize("role", ["sub", "root"])
@pytest.mark.parametrize(("name", "reply"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_each_fault_is_told_as_what_it_is(client, server, name, reply, role):
    server.default = reply
    error = failure(client, server.url, role)
    assert type(error).__name__ == name
    check_the_sentence(error)
    assert len(server.requests) == (4 if error.retryable else 1)


def check_the_sentence(error: QueryError) -> None:
    ours, theirs = sentences(error)
    assert "\n" not in str(error)
    assert not re.search(r"[.!?] ", ours), f"more than one sentence: {ours}"
    assert ": " in ours, f"does not say what to do: {ours}"
    assert len(theirs) <= 330
    assert KEY not in str(error)
    assert "litellm" not in str(error).lower()
    assert error.__cause__ is None
    assert error.__context__ is None


def test_every_kind_of_error_that_a_server_can_cause_is_tested():
    ours = {
        name
        for name, kind in vars(interfaces).items()
        if isinstance(kind, type) and issubclass(kind, QueryError)
    }
    elsewhere = {"QueryError", "SchemaMismatch", "NotRecorded", "ConnectionFailed", "MissingKey"}
    assert ours - elsewhere == set(FAULTS)


def test_the_provider_s_message_is_carried_on_one_line(client, server):
    server.default = Reply(status=400, error="first line\n  second line " + "x" * 1000)
    _, theirs = sentences(failure(client, server.url))
    assert theirs.startswith("first line second line xxx")
    assert theirs.endswith('…")')
    assert len(theirs) < 310


def test_a_key_in_the_provider_s_message_is_masked(client, server):
    server.default = Reply(status=401, error=f"Incorrect API key provided: {KEY}. Find yours online.")
    assert "[OPENAI_API_KEY]. Find" in str(failure(client, server.url))
    server.default = Reply(
        status=401, error="Incorrect API key provided: sk-ab***********yz. Find yours online."
    )
    message = str(failure(client, server.url))
    assert "provided: [key]" in message
    assert "ab***" not in message


def test_a_password_in_the_address_is_not_shown(client):
    error = failure(client, "http://me:open-sesame@127.0.0.1:9/v1")
    assert "127.0.0.1:9" in str(error)
    assert "sesame" not in str(error)


def test_a_refused_connection_names_the_address(client):
    error = failure(client, "http://127.0.0.1:9/v1")
    assert isinstance(error, interfaces.ConnectionFailed)
    assert "http://127.0.0.1:9/v1" in str(error)
    check_the_sentence(error)


def test_a_host_that_does_not_exist_is_a_failed_connection(client):
    error = failure(client, "http://no-such-host.invalid/v1")
    assert isinstance(error, interfaces.ConnectionFailed)
    check_the_sentence(error)


@pytest.mark.usefixtures("no_keys")
def test_without_a_key_no_request_is_made(client):
    request = Request("sub", "openai/gpt-4o", (Message("user", "hi"),))
    with pytest.raises(interfaces.MissingKey, match="OPENAI_API_KEY") as caught:
        asyncio.run(client.complete(request))
    check_the_sentence(caught.value)


@pytest.mark.parametrize("role", ["sub", "root"])
def test_a_server_that_accepts_and_hangs_is_ended_by_the_timeout(client, server, role):
    server.will(Reply())
    asyncio.run(client.complete(Request("sub", "m", (Message("user", "hi"),), api_base=server.url)))
    server.default = Reply(hang=True)
    begun = time.monotonic()
    error = failure(client, server.url, role, timeout=0.25)
    assert isinstance(error, interfaces.TimedOut)
    assert "0.25 s" in str(error)
    assert time.monotonic() - begun >= 1.0  # four tries
    check_the_sentence(error)


def test_a_request_may_bound_all_its_tries_together(client, server):
    server.default = Reply(hang=True)
    begun = time.monotonic()
    error = failure(client, server.url, timeout=0.5, within=0.5)
    assert isinstance(error, interfaces.TimedOut)
    assert "0.5 s" in str(error)
    assert len(server.requests) <= 1
    assert time.monotonic() - begun < 60
    check_the_sentence(error)


def test_a_stream_that_falls_silent_is_ended_by_the_timeout(server):
    impatient = LiteLLMClient(tries=1, timeout=0.4)
    server.default = Reply("a" * 100, hang_after=3)
    error = failure(impatient, server.url, "root")
    assert isinstance(error, interfaces.TimedOut)
    assert error.usage.output_tokens > 0


def test_a_stream_that_keeps_coming_outlives_the_client_s_timeout(server):
    server.will(Reply("a" * 80, pause=0.05))
    request = Request("root", "m", (Message("user", "hi"),), api_base=server.url)
    reply = asyncio.run(LiteLLMClient(tries=1, timeout=0.6).complete(request, lambda _: None))
    assert len(reply.text) == 80


@pytest.mark.parametrize("role", ["sub", "root"])
def test_a_timeout_of_0_is_no_limit(server, role):
    impatient = LiteLLMClient(tries=1, timeout=0.2)
    server.default = Reply("slow but sure", latency=0.6)
    request = Request(role, "m", (Message("user", "hi"),), api_base=server.url, timeout=0.0)
    assert asyncio.run(impatient.complete(request, lambda _: None)).text == "slow but sure"


def test_a_request_s_timeout_bounds_the_whole_stream(server):
    server.default = Reply("a" * 800, pause=0.05)
    begun = time.monotonic()
    error = failure(LiteLLMClient(tries=1), server.url, "root", timeout=0.5)
    assert isinstance(error, interfaces.TimedOut)
    assert time.monotonic() - begun < 20  # the whole stream takes 40 s


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_no_wait_is_told_where_none_was_asked_for(client, server, headers):
    server.default = Reply(status=429, headers=headers)
    assert "asks to wait" not in str(failure(client, server.url))


def test_a_wait_that_is_too_long_is_not_waited_for(client, server):
    server.default = Reply(status=429, headers={"Retry-After": "3600"})
    error = failure(client, server.url)
    assert isinstance(error, interfaces.RateLimited)
    assert error.retry_after == 3600
    assert "3600 s, more than the 60 s" in str(error)
    assert len(server.requests) == 1


def test_an_error_within_a_stream_is_told(client, server):
    server.default = Reply(raw=b'data: {"error": {"message": "Overloaded", "code": 529}}\n\n')
    error = failure(client, server.url, "root")
    assert isinstance(error, interfaces.ProviderDown)
    assert "Overloaded" in str(error)


def test_a_stream_that_breaks_each_time_is_an_error(client, server):
    server.default = Reply("abcdefgh", break_after=1)
    error = failure(client, server.url, "root")
    assert isinstance(error, interfaces.ProviderDown)
    assert error.usage.output_tokens > 0
    check_the_sentence(error)


def test_what_failed_calls_used_is_known(client, server):
    server.default = Reply("", usage={"prompt_tokens": 10, "completion_tokens": 1})
    assert failure(client, server.url).usage.input_tokens == 40
