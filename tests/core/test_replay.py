"""Replaying a trajectory: the same run again, from its record."""

from __future__ import annotations

import dataclasses
import time

from doubles import ScriptedClient, cell, finish, launch

from rlm_kernel.interfaces import Completion, Price, RateLimited, Usage
from rlm_kernel.limits import Limits
from rlm_kernel.replay import ReplayClient

FAN_OUT = cell("replies = llm_query_batched([f'is {i} odd?' for i in range(20)], concurrency=7)", "replies")


def replayed(run, **options):
    """The run again, its calls answered from what is on record."""
    return launch(ReplayClient(run.trajectory.events), **options)


def messages(run):
    return [event.content for event in run.trajectory if event.type == "message_added"]


def kinds(run):
    return sorted(event.type for event in run.trajectory)


def test_a_replayed_run_gets_the_same_messages_and_gives_the_same_answer():
    client = ScriptedClient([FAN_OUT, cell("len(replies)", "rlm_query('child?')"), finish("replies[3]")])
    run = launch(client)
    again = replayed(run)
    assert again.status == "finished"
    assert again.answer == run.answer == "reply to is 3 odd?"
    assert messages(again) == messages(run)
    assert kinds(again) == kinds(run)
    assert all(event.cached for event in again.trajectory if event.type == "call_finished")


def test_a_replay_costs_nothing_and_is_held_to_the_limits_as_the_run_was():
    usage = Usage(1_000, 100, cost=0.02)
    client = ScriptedClient(
        [Completion(FAN_OUT, usage), Completion(FAN_OUT, usage)], price=Price(1e-5, 1e-5), sub=lambda p: p
    )
    limits = Limits(max_tokens=9_000)
    run = launch(client, limits=limits)
    again = replayed(run, limits=limits)
    assert (again.status, again.reason) == (run.status, run.reason) == ("paused", "max_tokens")
    assert messages(again) == messages(run)
    assert run.usage.cost > 0
    assert again.usage == Usage()


def test_calls_that_asked_the_same_are_answered_in_their_places():
    numbers = iter(range(100))
    code = [
        "a = llm_query_batched(['pick'] * 5)",
        "b = llm_query('pick')",
        "c = llm_query_batched(['pick', 'other', 'pick'])",
    ]
    run = launch(ScriptedClient([cell(*code), finish("[a, b, c]")], sub=lambda p: f"{p} {next(numbers)}"))
    assert replayed(run).answer == run.answer
    # Concurrent calls may have been recorded in any order: batch and index say which is which.
    events = list(run.trajectory.events)
    places = [i for i, event in enumerate(events) if event.type == "call_started" and event.batch]
    for place, event in zip(places, [events[i] for i in reversed(places)], strict=True):
        run.trajectory.events[place] = event
    ends = {e.span: e for e in events if e.type == "call_finished" and e.role == "sub"}
    others = [e for e in run.trajectory.events if e.span not in ends or e.type != "call_finished"]
    last = max(i for i, event in enumerate(others) if event.type == "call_started" and event.role == "sub")
    run.trajectory.events[:] = [*others[: last + 1], *ends.values(), *others[last + 1 :]]
    assert replayed(run).answer == run.answer


def test_failed_calls_fail_again_as_they_did():
    def sub(prompt):
        return RateLimited("slow down") if "2" in prompt else prompt.upper()

    code = cell("out = llm_query_batched(['a1', 'a2', 'a3'], on_error='return')", "print(out)")
    run = launch(ScriptedClient([code, finish("[type(x).__name__ for x in out]")], sub=sub))
    again = replayed(run)
    assert again.answer == run.answer == ["str", "RateLimited", "str"]
    assert messages(again) == messages(run)


def test_the_first_line_that_differs_is_named():
    run = launch(ScriptedClient([cell("print(len(context))"), finish("1")]))
    again = replayed(run, contexts={"context": "hello"})
    assert (again.status, again.reason) == ("paused", "error")
    assert again.message.startswith(
        "the replay leaves its recording at step 1: message 2 (user) differs in line"
    )
    assert "now" in again.message


def test_a_missing_sub_call_is_one_error_that_names_the_nearest():
    asks = "llm_query(f'How long is\\n{0}')"
    run = launch(ScriptedClient([cell(asks.format("this?")), finish("1")]))
    events = list(run.trajectory.events)
    place = next(
        i for i, event in enumerate(events) if event.type == "call_finished" and event.role == "root"
    )
    code = cell(f"try: {asks.format('that?')}", "except Exception: pass")
    events[place] = dataclasses.replace(events[place], text=code)
    again = launch(ReplayClient(events))
    assert (again.status, again.reason) == ("paused", "error")
    assert again.message == (
        "the recording has no reply to 'How long is\\nthat?' in cell 1.1; the nearest there, r/1.1/q1,"
        " differs in line 2: recorded 'this?', now 'that?'"
    )


def test_a_recording_that_ends_early_says_where():
    run = launch(ScriptedClient([cell("x = 1")]), limits=Limits(max_steps=1))
    again = replayed(run, limits=Limits(max_steps=9))
    assert again.status == "paused"
    assert "step" in again.message


def test_a_prompt_with_a_key_in_it_is_found_again(monkeypatch):
    secret = "sk-test-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    contexts = {"context": [secret]}
    run = launch(ScriptedClient([cell("x = llm_query(f'use {context[0]}')"), finish("x")]), contexts=contexts)
    assert replayed(run, contexts=contexts).answer == run.answer
    assert secret not in str([event.to_json() for event in run.trajectory])


def test_ten_thousand_recorded_calls_are_indexed_and_answered():
    code = cell("replies = llm_query_batched(['same'] * 5000 + [str(i) for i in range(5000)])")
    run = launch(ScriptedClient([code, finish("len(set(replies))")]), limits=Limits(max_calls=0))
    began = time.monotonic()
    assert replayed(run, limits=Limits(max_calls=0)).answer == 5001
    assert time.monotonic() - began < 60
