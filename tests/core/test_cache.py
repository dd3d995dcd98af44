"""``--cache``: no identical call is paid twice, whatever process makes it."""

from __future__ import annotations

import sqlite3

import pytest
from doubles import ScriptedClient, cell, finish, launch

from rlm_kernel.cache import Cache, CachingClient
from rlm_kernel.interfaces import Completion, Price, RateLimited, Usage, UsageError

SCRIPT = [cell("replies = llm_query_batched(['a', 'b', 'a'])"), finish("replies")]


def complain(sentence):
    raise AssertionError(sentence)


def cached(client, path, warn=complain):
    return CachingClient(client, Cache(path, warn))


def test_a_second_run_asks_nothing_costs_nothing_and_gives_the_same(tmp_path):
    def client():
        return ScriptedClient(
            SCRIPT, price=Price(1e-6, 1e-6), sub=lambda p: Completion(p, Usage(5, 5, cost=0.1))
        )

    first, second = client(), client()
    run = launch(cached(first, tmp_path / "replies.db"))
    again = launch(cached(second, tmp_path / "replies.db"))
    assert again.answer == run.answer == ["a", "b", "a"]
    assert second.requests == []
    assert run.usage.cost > 0
    assert again.usage == Usage()
    finished = [event for event in again.trajectory if event.type == "call_finished"]
    assert all(event.cached for event in finished)
    assert finished[1].usage["cost"] == 0.1


def test_equal_calls_at_the_same_time_are_one(tmp_path):
    client = ScriptedClient([cell("replies = llm_query_batched(['same'] * 8)"), finish("1")], delay=0.02)
    launch(cached(client, tmp_path / "replies.db"))
    assert sum(request.role == "sub" for request in client.requests) == 1


@pytest.mark.parametrize(
    "other", ["llm_query('a', temperature=1)", "llm_query('a', model='m2')", "llm_query('a', system='s')"]
)
def test_another_question_is_asked(tmp_path, other):
    client = ScriptedClient([cell("llm_query('a')", other), finish("1")])
    launch(cached(client, tmp_path / "replies.db"))
    assert sum(request.role == "sub" for request in client.requests) == 2


def test_a_failure_is_not_kept(tmp_path):
    replies = iter([RateLimited("not now"), "fine"])
    code = cell("try: llm_query('a')", "except Exception: pass", "x = llm_query('a')")
    run = launch(cached(ScriptedClient([code, finish("x")], sub=lambda _: next(replies)), tmp_path / "c.db"))
    assert run.answer == "fine"


def test_a_key_in_a_prompt_or_a_reply_is_not_in_the_file(tmp_path, monkeypatch):
    secret = "sk-test-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", secret)
    code = cell("x = llm_query(context)")
    launch(cached(ScriptedClient([code, finish("x")]), tmp_path / "c.db"), contexts={"context": secret})
    assert all(secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_file_of_another_kind_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "notes.txt").write_text("hello " * 1_000)
    with pytest.raises(UsageError, match=r"--cache .*notes.txt: it is a file of another kind"):
        Cache(tmp_path / "notes.txt", complain)
    with pytest.raises(UsageError, match=r"--cache .*: there is no folder .*missing$"):
        Cache(tmp_path / "missing" / "c.db", complain)
    with pytest.raises(UsageError, match=r"--cache .*: that is a folder; name a file"):
        Cache(tmp_path, complain)


def test_a_cache_that_fails_warns_once_and_the_run_goes_on(tmp_path):
    warnings = []
    client = cached(ScriptedClient(SCRIPT), tmp_path / "c.db", warnings.append)
    with sqlite3.connect(tmp_path / "c.db") as file:
        file.execute("DROP TABLE replies")
    assert launch(client).answer == ["reply to a", "reply to b", "reply to a"]
    assert len(warnings) == 1
    assert warnings[0].endswith("is not used: no such table: replies")
