"""Sub-calls: what `llm_query` and its family ask, return and raise, inside a run."""

from __future__ import annotations

import asyncio
import threading

import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare

from rlm_kernel.calls import CallSettings
from rlm_kernel.events import BatchFinished, BatchStarted, CallFailed, CallFinished, CallStarted
from rlm_kernel.interfaces import (
    BatchError,
    ContentFiltered,
    LimitExceeded,
    ProviderFailed,
    RateLimited,
    Request,
    SchemaMismatch,
    UsageError,
)
from rlm_kernel.limits import Limits


def run_code(*lines, sub=None, **options):
    """The answer and the client of a run whose only cell has these lines, the last one the answer."""
    client = ScriptedClient([cell(*lines[:-1], f"FINAL({lines[-1]})")], **({"sub": sub} if sub else {}))
    run = launch(client, **options)
    assert run.status == "finished", run.message
    error = run.steps[0].cells[0].error
    assert error is None, error and error.traceback
    return run.answer, client


def subs(client) -> list[Request]:
    return [request for request in client.requests if request.role == "sub"]


def caught(call, sub):
    """What `call`, an expression, raises in a cell, as an object."""
    answer, _client = run_code(
        "try: value = " + call, "except Exception as error: value = error", "value", sub=sub
    )
    return answer


# -- llm_query ------------------------------------------------------------------------


def test_a_sub_call_is_a_plain_completion_by_the_sub_model():
    answer, client = run_code("llm_query('Is it so?')")
    assert answer == "reply to Is it so?"
    (request,) = subs(client)
    assert (request.model, [(m.role, m.content) for m in request.messages]) == (
        "sub-model",
        [("user", "Is it so?")],
    )


def test_a_model_a_system_message_and_sampling_are_passed_on():
    _answer, client = run_code(
        "llm_query('p', model='other', system='Be brief.', temperature=0.5, max_tokens=9)"
    )
    (request,) = subs(client)
    assert request.model == "other"
    assert [(m.role, m.content) for m in request.messages] == [("system", "Be brief."), ("user", "p")]
    assert request.params == {"temperature": 0.5, "max_tokens": 9}


def test_images_go_with_the_prompt():
    _answer, client = run_code(
        "llm_query('What is this?', images=['https://example.org/a.png', b'\\x89PNG....'])"
    )
    urls = subs(client)[0].messages[0].images
    assert urls[0] == "https://example.org/a.png"
    assert urls[1].startswith("data:image/png;base64,")


def test_one_image_need_not_be_in_a_list():
    _answer, client = run_code(
        "class Drawing:",
        "    def _repr_png_(self): return b'\\x89PNG....'",
        "llm_query('What is this?', images=Drawing())",
    )
    assert subs(client)[0].messages[0].images[0].startswith("data:image/png;base64,")


def test_the_root_call_has_its_own_model_and_temperature():
    _answer, client = run_code(
        "1", settings=CallSettings("big", "small", temperature=0.2, timeout=7.0, fallbacks=("b",))
    )
    (request,) = client.root_requests
    assert (request.model, request.params, request.timeout, request.fallbacks) == (
        "big",
        {"temperature": 0.2},
        7.0,
        ("b",),
    )


def test_a_failing_call_raises_the_error_with_the_providers_message():
    error = caught("llm_query('p')", lambda prompt: RateLimited("slow down, said the provider"))
    assert type(error) is RateLimited
    assert str(error) == "slow down, said the provider"


def test_a_bug_in_the_client_is_a_provider_failure():
    def sub(prompt):
        raise KeyError("choices")

    error = caught("llm_query('p')", sub)
    assert type(error) is ProviderFailed
    assert "KeyError: 'choices'" in str(error)


def test_a_prompt_that_is_no_string_is_refused():
    assert "takes prompts as str, not int" in str(caught("llm_query(5)", str))
    assert "takes a list of prompts, not one string" in str(caught("llm_query_batched('abc')", str))
    assert isinstance(caught("llm_query_batched(['a'], on_error='ignore')", str), UsageError)


@pytest.mark.parametrize("number", [0, -1])
def test_a_concurrency_below_one_is_refused_and_nothing_is_asked(number):
    asking = f"try: llm_query_batched(['a', 'b'], concurrency={number})"
    client = ScriptedClient([cell(asking, "except Exception as e: FINAL(e)")])
    loop = prepare(client)
    assert isinstance(loop.start().answer, UsageError)
    assert loop._shared.budget._reserved_calls == 0
    assert subs(client) == []


# -- batches --------------------------------------------------------------------------


def test_the_replies_of_a_batch_are_in_the_order_of_the_prompts():
    async def later(self, request, on_progress=None):
        if request.role == "sub":
            await asyncio.sleep(0.002 * (20 - int(request.messages[0].content)))
        return await ScriptedClient.complete(self, request, on_progress)

    class Backwards(ScriptedClient):
        complete = later

    client = Backwards([cell("FINAL(llm_query_batched([str(i) for i in range(20)]))")])
    assert launch(client).answer == [f"reply to {i}" for i in range(20)]


def test_an_iterator_of_prompts_will_do_and_so_will_none():
    assert run_code("llm_query_batched(str(i) for i in range(2))")[0] == ["reply to 0", "reply to 1"]
    assert run_code("llm_query_batched([])")[0] == []


def test_llm_batch_is_a_synonym():
    assert run_code("llm_batch(['a'])")[0] == ["reply to a"]


def sometimes(prompt):
    return ContentFiltered(f"no {prompt}") if int(prompt) % 3 == 1 else f"yes {prompt}"


def test_a_failing_batch_lets_every_call_finish_and_then_raises_with_the_results():
    answer, client = run_code(
        "try: llm_query_batched([str(i) for i in range(5)])",
        "except Exception as e: error = e",
        "error",
        sub=sometimes,
    )
    assert isinstance(answer, BatchError)
    assert answer.failed == [1, 4]
    assert [answer.results[i] for i in (0, 2, 3)] == ["yes 0", "yes 2", "yes 3"]
    assert isinstance(answer.results[1], ContentFiltered)
    assert "2 of 5 calls failed; the first: no 1" in str(answer)
    assert len(subs(client)) == 5


def test_on_error_return_gives_the_exceptions_in_their_places():
    answer, _client = run_code("llm_query_batched(['0', '1', '2'], on_error='return')", sub=sometimes)
    assert [answer[0], str(answer[1]), answer[2]] == ["yes 0", "no 1", "yes 2"]
    assert isinstance(answer[1], ContentFiltered)


def test_a_batch_is_recorded_with_its_calls():
    client = ScriptedClient(
        [cell("FINAL(llm_query_batched(['0', '1', '2'], on_error='return'))")], sub=sometimes
    )
    run = launch(client)
    (began,), (ended,) = run.trajectory.of(BatchStarted), run.trajectory.of(BatchFinished)
    assert (began.span, began.parent, began.kind, began.size) == ("r/1.1/b1", "r/1.1", "llm", 3)
    assert (ended.span, ended.done, ended.failed) == ("r/1.1/b1", 2, 1)
    calls = [event for event in run.trajectory.of(CallStarted) if event.role == "sub"]
    assert [(call.batch, call.index, call.parent) for call in calls] == [
        ("r/1.1/b1", i, "r/1.1") for i in range(3)
    ]
    assert len({call.span for call in calls}) == 3


@pytest.mark.parametrize(("asked", "allowed", "peak"), [(None, 5, 5), (3, 64, 3), (50, 4, 4)])
def test_no_more_calls_are_in_flight_than_the_run_and_the_batch_allow(asked, allowed, peak):
    client = ScriptedClient(
        [cell(f"FINAL(len(llm_query_batched(['a'] * 30, concurrency={asked})))")], together=peak
    )
    run = launch(client, settings=CallSettings("root", "sub", concurrency=allowed))
    assert run.answer == 30
    assert client.peak == peak


# -- schemas --------------------------------------------------------------------------


def test_with_a_schema_the_reply_is_that_object():
    answer, client = run_code("llm_query('How many?', schema=int)", sub=lambda prompt: "42")
    assert answer == 42
    assert "JSON Schema" in subs(client)[0].messages[0].content


def test_a_pydantic_model_made_in_a_cell_is_a_schema():
    answer, _client = run_code(
        "import pydantic",
        "class Person(pydantic.BaseModel):",
        "    name: str",
        "person = llm_query('Who?', schema=Person)",
        "(type(person).__name__, person.name)",
        sub=lambda prompt: '```json\n{"name": "Ada"}\n```',
    )
    assert answer == ("Person", "Ada")


def test_a_reply_that_does_not_validate_is_asked_for_once_more_with_the_error():
    replies = ["about forty", "40"]
    answer, client = run_code("llm_query('How many?', schema=int)", sub=lambda prompt: replies.pop(0))
    assert answer == 40
    again = subs(client)[1].messages
    assert [m.role for m in again] == ["user", "assistant", "user"]
    assert again[1].content == "about forty"
    assert "does not validate" in again[2].content


def test_the_second_mismatch_raises():
    error = caught("llm_query('How many?', schema=int)", lambda prompt: "many")
    assert type(error) is SchemaMismatch


def test_a_validator_that_raises_is_a_mismatch():
    validator = "pydantic.AfterValidator(lambda n: 1 / n)"
    answer, client = run_code(
        "import pydantic, typing",
        f"try: llm_query('n', schema=typing.Annotated[int, {validator}])",
        "except Exception as error: value = error",
        "value",
        sub=lambda prompt: "0",
    )
    assert type(answer) is SchemaMismatch
    assert "the validator raised ZeroDivisionError: division by zero" in str(answer)
    assert len(subs(client)) == 2


def test_in_a_batch_only_the_reply_that_does_not_validate_is_asked_for_again():
    answer, client = run_code(
        "llm_query_batched(['1', '2', '3'], schema=int, on_error='return')",
        sub=lambda prompt: prompt.split("\n", maxsplit=1)[0] if not prompt.startswith("2") else "two",
    )
    assert (answer[0], type(answer[1]), answer[2]) == (1, SchemaMismatch, 3)
    assert len(subs(client)) == 4


def test_the_second_try_counts_as_a_call():
    client = ScriptedClient(
        [cell("try: llm_query('n', schema=int)", "except Exception as e: FINAL(e)")], sub=lambda p: "x"
    )
    run = launch(client, limits=Limits(max_calls=1))
    assert isinstance(run.answer, LimitExceeded)


def test_something_that_is_no_type_is_refused_in_one_sentence():
    error = caught("llm_query('p', schema=object())", str)
    assert isinstance(error, UsageError)
    assert "is not a schema" in str(error)


def test_a_reply_cannot_be_of_a_type_that_json_cannot_hold():
    answer, client = run_code(
        "import pydantic",
        "class Frame: pass",
        "try: llm_query('p', schema=pydantic.InstanceOf[Frame])",
        "except Exception as error: value = error",
        "value",
    )
    assert isinstance(answer, UsageError)
    assert "has no JSON Schema" in str(answer)
    assert subs(client) == []


# -- awaiting -------------------------------------------------------------------------


def test_the_awaitable_twins_can_be_awaited_at_the_top_level_of_a_cell():
    assert run_code("x = await allm_query('a')", "x")[0] == "reply to a"
    assert run_code("x = await allm_query_batched(['a', 'b'])", "x")[0] == ["reply to a", "reply to b"]


def test_gathered_calls_are_concurrent():
    client = ScriptedClient(
        [
            cell(
                "import asyncio",
                "xs = await asyncio.gather(*(allm_query(str(i)) for i in range(16)))",
                "FINAL(xs)",
            )
        ],
        together=16,
    )
    assert launch(client).answer == [f"reply to {i}" for i in range(16)]
    assert client.peak == 16


def test_an_awaited_batch_fails_like_the_other():
    answer, _client = run_code(
        "try: await allm_query_batched(['0', '1'])",
        "except Exception as e: error = e",
        "error.failed",
        sub=sometimes,
    )
    assert answer == [1]


def test_a_cancelled_await_cancels_its_call():
    client = ScriptedClient(
        [
            cell(
                "import asyncio",
                "try: await asyncio.wait_for(allm_query('slow'), 0.05)",
                "except asyncio.TimeoutError: FINAL('in time')",
            )
        ]
    )

    class Slow(ScriptedClient):
        async def complete(self, request, on_progress=None):
            if request.role == "sub":
                await asyncio.sleep(30)
            return await super().complete(request, on_progress)

    run = launch(Slow(client.script))
    assert run.answer == "in time"
    assert run.steps[0].cells[0].seconds < 1
    (failed,) = run.trajectory.of(CallFailed)
    assert failed.cancelled


# -- threads --------------------------------------------------------------------------


def test_threads_of_a_cell_may_call_too():
    answer, _client = run_code(
        "import threading",
        "found = {}",
        "def ask(i): found[i] = llm_query(str(i))",
        "threads = [threading.Thread(target=ask, args=(i,)) for i in range(20)]",
        "for t in threads: t.start()",
        "for t in threads: t.join()",
        "found",
    )
    assert answer == {i: f"reply to {i}" for i in range(20)}


def test_calls_of_threads_are_recorded_under_the_cell_that_made_them():
    client = ScriptedClient(
        [
            cell(
                "import concurrent.futures",
                "with concurrent.futures.ThreadPoolExecutor(8) as pool: xs = list(pool.map(llm_query, 'abcdefgh'))",
                "FINAL(xs)",
            )
        ]
    )
    run = launch(client)
    calls = [event for event in run.trajectory.of(CallStarted) if event.role == "sub"]
    assert {call.parent for call in calls} == {"r/1.1"}
    assert len({call.span for call in calls}) == 8
    assert threading.active_count() < 50


# -- the record -----------------------------------------------------------------------


def test_a_call_is_recorded_with_its_exact_request_and_reply():
    client = ScriptedClient([cell("FINAL(llm_query('p', system='s', temperature=0.1))")])
    run = launch(client)
    call = next(event for event in run.trajectory.of(CallStarted) if event.role == "sub")
    (request,) = subs(client)
    assert call.messages == [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}]
    assert (call.params, call.key, call.model) == ({"temperature": 0.1}, request.key(), "sub-model")
    reply = next(event for event in run.trajectory.of(CallFinished) if event.span == call.span)
    assert (reply.text, reply.usage["input_tokens"]) == ("reply to p", 100)


def test_the_key_of_a_request_tells_different_requests_apart():
    _answer, client = run_code(
        "[llm_query('p'), llm_query('p'), llm_query('q'), llm_query('p', temperature=1), llm_query('p', model='n')]"
    )
    keys = [request.key() for request in subs(client)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 4


def test_an_address_belongs_to_the_model_it_was_given_for():
    settings = CallSettings("openai/a", "openai/b", api_base="http://a", sub_api_base="http://b")
    asked = {model: settings.api_base_of(model, "sub") for model in ("openai/a", "openai/b", "c", "x/y")}
    assert asked == {"openai/a": "http://a", "openai/b": "http://b", "c": "http://b", "x/y": None}
    same = CallSettings("openai/a", "openai/a", api_base="http://a")
    assert same.api_base_of("openai/a", "sub") == "http://a"


def test_one_model_may_be_asked_at_two_addresses():
    settings = CallSettings("big", "big", api_base="http://a", sub_api_base="http://b")
    assert [settings.api_base_of("big", role) for role in ("root", "sub")] == ["http://a", "http://b"]


def test_a_sub_model_without_a_provider_is_asked_where_the_root_model_is():
    settings = CallSettings("big", "small", api_base="http://a")
    assert settings.api_base_of("small", "sub") == "http://a"
    assert CallSettings("big", "openai/small", api_base="http://a").api_base_of("openai/small", "sub") is None
    only_sub = CallSettings("big", "big", sub_api_base="http://b")
    assert [only_sub.api_base_of("big", role) for role in ("root", "sub")] == [None, "http://b"]


def test_a_run_that_was_closed_makes_no_more_calls():
    client = ScriptedClient([cell("FINAL(llm_query('p'))")])
    loop = prepare(client)
    loop.cells.close("no more")
    run = loop.start()
    assert (run.status, run.reason) == ("paused", "interrupt")
    assert client.requests == []


def test_a_key_tells_what_was_asked_and_only_the_masked_text_is_sent(monkeypatch):
    keys = []
    for secret in (None, "hunter2hunter2"):
        if secret:
            monkeypatch.setenv("SOME_API_KEY", secret)
        client = ScriptedClient([cell("FINAL(llm_query('say hunter2hunter2'))")])
        run = launch(client)
        keys += [event.key for event in run.trajectory.of(CallStarted) if event.role == "sub"]
    assert keys[0] == keys[1]
    assert "hunter2" not in client.requests[-1].messages[-1].content


def test_a_secret_in_a_models_own_reply_does_not_go_back_to_the_provider(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "hunter2hunter2")
    client = ScriptedClient(["I saw hunter2hunter2.\n" + cell("x = 1"), finish("1")])
    launch(client)
    assert "hunter2" not in client.requests[-1].messages[2].content
