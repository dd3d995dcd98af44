"""What LiteLLMClient asks a server for, and what it makes of the reply."""

from __future__ import annotations

import asyncio
import time

import pytest
from servers.openai_server import Reply

from rlm_kernel.client import LiteLLMClient
from rlm_kernel.interfaces import Completion, Delta, Message, Request, Retrying, UnknownModel
from rlm_kernel.models import AnyClient


def asking(server, prompt="hi", role="sub", **more):
    more = {"model": "m", "api_base": server.url, **more}
    return Request(role, messages=(Message("user", prompt),), **more)


def complete(client, request, on_progress=None) -> Completion:
    return asyncio.run(client.complete(request, on_progress))


def test_a_reply_comes_back_with_its_usage(client, server):
    server.will(Reply("Hello.", usage={"prompt_tokens": 11, "completion_tokens": 7}))
    reply = complete(client, asking(server))
    assert (reply.text, reply.model, reply.finish_reason, reply.attempts) == ("Hello.", "m", "stop", 1)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (11, 7)


def test_messages_and_parameters_arrive_unchanged(client, server):
    request = Request(
        "sub",
        "m",
        (
            Message("system", "be brief"),
            Message("user", "hi"),
            Message("assistant", "yes?"),
            Message("user", "é€😀"),
        ),
        {"temperature": 0.25, "max_tokens": 9},
        server.url,
    )
    complete(client, request)
    body = server.requests[0].body
    assert body["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "yes?"},
        {"role": "user", "content": "é€😀"},
    ]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("m", 0.25, 9)
    assert "stream" not in body


def test_half_characters_do_not_keep_a_prompt_from_being_sent(client, server):
    complete(client, asking(server, "caf\udce9"))
    assert server.requests[0].body["messages"][0]["content"] == "caf?"


def test_images_become_parts_of_the_message(client, server):
    url = "data:image/png;base64,iVBORw0KGgo="
    complete(client, Request("sub", "m", (Message("user", "what is it?", (url,)),), api_base=server.url))
    assert server.requests[0].body["messages"][0]["content"] == [
        {"type": "text", "text": "what is it?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def test_a_root_reply_is_streamed_and_a_sub_reply_is_not(client, server):
    seen = []
    server.default = Reply("one two three", pieces=("one ", "two ", "three"))
    root = complete(client, asking(server, role="root"), seen.append)
    assert seen == [Delta("one "), Delta("two "), Delta("three")]
    assert root.text == "one two three"
    assert root.usage.tokens == 18
    sub = complete(client, asking(server), seen.append)
    assert sub.text == root.text
    assert len(seen) == 3
    assert [request.body.get("stream", False) for request in server.requests] == [True, False]


@pytest.mark.parametrize("role", ["root", "sub"])
def test_reasoning_is_kept_apart(client, server, role):
    seen = []
    server.will(Reply("\n\nBlue.", reasoning="It is the sky."))
    reply = complete(client, asking(server, role=role), seen.append)
    assert (reply.text, reply.reasoning) == ("Blue.", "It is the sky.")
    assert "".join(d.reasoning for d in seen) == ("It is the sky." if role == "root" else "")


@pytest.mark.parametrize("role", ["root", "sub"])
def test_think_tags_are_reasoning(client, server, role):
    server.will(Reply("<think>It is the sky.</think>\n\nBlue, not <think>.", pieces=()))
    reply = complete(client, asking(server, role=role), lambda _: None)
    assert reply.text.startswith("Blue")
    assert reply.reasoning == "It is the sky."


def test_cached_and_reasoning_tokens_are_read(client, server):
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 80},
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    server.default = Reply(usage=usage)
    for role in ("root", "sub"):
        used = complete(client, asking(server, role=role), lambda _: None).usage
        assert (used.cached_tokens, used.reasoning_tokens) == (80, 30)


def test_usage_is_estimated_when_the_server_gives_none(client, server):
    server.default = Reply("x" * 400, usage=None)
    used = complete(client, asking(server, "y" * 800)).usage
    assert 50 <= used.output_tokens <= 200
    assert 100 <= used.input_tokens <= 400


def test_cost_is_the_list_price_and_unknown_where_there_is_none(client, server):
    server.default = Reply(
        usage={
            "prompt_tokens": 1000,
            "completion_tokens": 100,
            "prompt_tokens_details": {"cached_tokens": 400},
        }
    )
    priced = asking(server, model="openai/gpt-4o-mini")
    price = asyncio.run(client.describe(priced.model, server.url)).price
    paid = complete(client, priced).usage.cost
    assert paid == pytest.approx(600 * price.input + 400 * price.cached + 100 * price.output)
    assert complete(client, asking(server)).usage.cost is None


def test_what_a_router_says_it_charged_is_the_cost(client, server):
    server.will(Reply(usage={"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.125}))
    assert complete(client, asking(server)).usage.cost == 0.125


def test_a_cut_reply_is_returned_as_cut(client, server):
    server.will(Reply("def f(", finish_reason="length"))
    reply = complete(client, asking(server, role="root"), lambda _: None)
    assert (reply.text, reply.finish_reason) == ("def f(", "length")


def test_a_failure_that_may_pass_is_tried_again_and_reported(client, server):
    seen = []
    server.will(Reply(status=500), Reply(status=429), Reply("third time lucky"))
    reply = complete(client, asking(server), seen.append)
    assert (reply.text, reply.attempts) == ("third time lucky", 3)
    assert [(type(r), type(r.error).__name__, r.attempt) for r in seen] == [
        (Retrying, "ProviderDown", 1),
        (Retrying, "RateLimited", 2),
    ]
    assert all(0 <= r.wait <= 0.02 for r in seen)


def test_retry_after_is_honoured(client, server):
    seen = []
    server.will(Reply(status=429, headers={"Retry-After": "0.3"}), Reply())
    begun = time.monotonic()
    complete(client, asking(server), seen.append)
    assert time.monotonic() - begun >= 0.3
    assert 0.3 <= seen[0].wait <= 0.31


def test_retry_after_may_be_a_date(client, server):
    seen = []
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
    server.will(Reply(status=503, headers={"Retry-After": date}), Reply())
    complete(client, asking(server), seen.append)
    assert 0.5 <= seen[0].wait <= 2.1


def test_a_stream_that_breaks_starts_anew_and_its_cost_counts(client, server):
    seen = []
    server.will(Reply("abcdefgh" * 20, break_after=30), Reply("good", pieces=("go", "od")))
    reply = complete(client, asking(server, role="root"), seen.append)
    kinds = [type(item) for item in seen]
    assert reply.text == "good"
    assert seen[-2:] == [Delta("go"), Delta("od")]
    assert kinds[kinds.index(Retrying) - 1] is Delta
    assert reply.usage.output_tokens > 7 + 20


def test_the_same_connection_serves_the_next_call(client, server):
    async def twice():
        await client.complete(asking(server, timeout=30))
        await client.complete(asking(server, timeout=30))

    asyncio.run(twice())
    assert server.connections == 1


def test_many_calls_are_in_flight_at_once(client, server):
    server.default = Reply(latency=0.5)

    async def many():
        return await asyncio.gather(*(client.complete(asking(server, f"{i}")) for i in range(100)))

    assert len(asyncio.run(many())) == 100
    assert server.most_at_once == 100


def test_a_fallback_answers_when_the_model_does_not(client, server):
    seen = []
    server.default = lambda body: Reply(status=404) if body["model"] == "m" else Reply("from the spare")
    reply = complete(client, asking(server, fallbacks=("spare",)), seen.append)
    assert (reply.text, reply.model, reply.attempts) == ("from the spare", "spare", 2)
    assert [type(item.error).__name__ for item in seen] == ["UnknownModel"]


def test_when_all_fallbacks_fail_the_first_error_is_raised_and_says_why_they_did(client, server):
    server.default = lambda body: Reply(status=404 if body["model"] == "m" else 401)
    with pytest.raises(
        UnknownModel, match=r"does not know m: .*; and its fallback spare: .* the key for spare"
    ):
        complete(client, asking(server, fallbacks=("spare",)))


def test_the_offline_program_can_be_a_fallback(server):
    server.default = Reply(status=404)
    seen = []
    asked = "How many times does the word 'x' occur in this text?\n\nx y x"
    reply = complete(AnyClient(), asking(server, asked, fallbacks=("spare", "offline", "late")), seen.append)
    assert (reply.text, reply.model) == ("2", "offline")
    assert [request.body["model"] for request in server.requests] == ["m", "spare"]
    assert [type(item) for item in seen] == [Retrying, Retrying, Delta]


@pytest.mark.usefixtures("no_keys")
def test_a_fallback_of_another_provider_is_not_asked_at_the_same_server(client, server):
    server.default = Reply(status=404)
    with pytest.raises(Exception, match="does not know m"):
        complete(client, asking(server, fallbacks=("anthropic/claude-sonnet-4-5",)))
    assert [request.body["model"] for request in server.requests] == ["m"]


@pytest.mark.parametrize(
    ("role", "reply"), [("sub", Reply(hang=True)), ("root", Reply("a" * 4000, pause=0.05))]
)
def test_cancelling_closes_the_connection_at_once(client, server, role, reply):
    server.default = reply

    async def cancel():
        call = asyncio.create_task(client.complete(asking(server, role=role), lambda _: None))
        await asyncio.to_thread(server.wait_for, 1)
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        return await asyncio.to_thread(server.requests[0].gone.wait, 1)

    assert asyncio.run(cancel())
    assert len(server.requests) == 1


def test_cancelling_between_two_tries_makes_no_more(server):
    patient = LiteLLMClient(base_delay=60)
    server.default = Reply(status=500)

    async def cancel():
        call = asyncio.create_task(patient.complete(asking(server)))
        await asyncio.to_thread(server.wait_for, 1)
        await asyncio.sleep(0.2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(cancel())
    assert len(server.requests) == 1


def test_the_view_s_own_errors_are_not_taken_for_the_provider_s(client, server):
    def broken_view(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        complete(client, asking(server, role="root"), broken_view)
    assert len(server.requests) == 1


def test_a_key_in_the_environment_is_sent(client, server, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-environment")
    complete(client, asking(server))
    assert server.requests[0].headers["authorization"] == "Bearer sk-from-the-environment"


@pytest.mark.usefixtures("no_keys")
def test_a_server_on_this_machine_needs_no_key(client, server):
    assert complete(client, asking(server)).text == "Hello."


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(client, server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "example.org")
    assert complete(client, asking(server)).text == "Hello."
