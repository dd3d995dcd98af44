"""The client against an OpenAI server that others wrote."""

from __future__ import annotations

import asyncio

import pytest

from rlm_kernel.interfaces import ContextTooLong, Delta, Message, RateLimited, Request, Retrying


def ask(client, aimock, prompt, role="sub", on_progress=None):
    request = Request(role, "gpt-4o", (Message("user", prompt),), api_base=aimock)
    return asyncio.run(client.complete(request, on_progress))


def test_a_chat_completion(client, aimock):
    reply = ask(client, aimock, "What is the capital of France?")
    assert reply.text == "The capital of France is Paris."
    assert reply.usage.input_tokens > 0
    assert reply.usage.output_tokens > 0


def test_a_streamed_completion(client, aimock):
    seen = []
    reply = ask(client, aimock, "What is the capital of France?", "root", seen.append)
    assert len(seen) > 3
    assert all(isinstance(delta, Delta) for delta in seen)
    assert "".join(delta.text for delta in seen) == reply.text == "The capital of France is Paris."
    assert reply.usage.output_tokens > 0


@pytest.mark.parametrize("role", ["root", "sub"])
def test_reasoning(client, aimock, role):
    reply = ask(client, aimock, "think first", role, lambda _: None)
    assert (reply.text, reply.reasoning) == ("Forty-two.", "Six times seven.")


def test_a_rate_limit_is_retried_and_then_raised(client, aimock):
    seen = []
    with pytest.raises(RateLimited, match="Rate limit reached for requests"):
        ask(client, aimock, "too much", on_progress=seen.append)
    assert [type(item) for item in seen] == [Retrying] * 3


def test_a_prompt_that_is_too_long(client, aimock):
    with pytest.raises(ContextTooLong, match="128000 tokens"):
        ask(client, aimock, "too long")


@pytest.mark.parametrize("role", ["root", "sub"])
@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "ollama_chat/llama3.2"])
def test_other_providers_protocols(client, aimock, model, role):
    seen = []
    message = Message("user", "What is the capital of France?")
    request = Request(role, model, (message,), api_base=aimock.removesuffix("/v1"))
    reply = asyncio.run(client.complete(request, seen.append))
    assert reply.text == "The capital of France is Paris."
    assert (len(seen) > 1) == (role == "root")
    assert reply.usage.output_tokens > 0
    assert (reply.usage.cost is None) == model.startswith("ollama")


def test_another_provider_s_rate_limit(client, aimock):
    request = Request(
        "sub",
        "anthropic/claude-sonnet-4-5",
        (Message("user", "too much"),),
        api_base=aimock.removesuffix("/v1"),
    )
    with pytest.raises(RateLimited, match='it said "Rate limit reached for requests"'):
        asyncio.run(client.complete(request))
