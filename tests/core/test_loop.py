"""The whole algorithm, with a scripted model and a real namespace."""

from __future__ import annotations

from collections.abc import Callable

import pydantic
import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare, told

from rlm_kernel.events import CellFinished, MessageAdded, RunFinished, RunStarted, StepStarted, Warned
from rlm_kernel.interfaces import (
    Completion,
    ConnectionFailed,
    ContextTooLong,
    EmptyReply,
    KeyRefused,
    ProviderDown,
    RateLimited,
    TimedOut,
    Usage,
    UsageError,
)
from rlm_kernel.limits import Limits
from rlm_kernel.scaffold import Earlier
from rlm_kernel.shell.namespace import NamespaceREPL


def answered(*replies, **options):
    """The answer of a run in which the model says `replies`; it must come to one."""
    run = launch(ScriptedClient(replies), **options)
    assert (run.status, run.reason) == ("finished", "answer"), run.message
    return run.answer


# -- ways to finish -------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines",
    [
        ("answer['content'] = [1, 2]", "answer['ready'] = True"),
        ("answer['ready'] = True", "answer['content'] = [1, 2]"),
        ("answer.update(content=[1, 2], ready=True)",),
        ("answer = {'content': [1, 2], 'ready': True}",),
        ("FINAL([1, 2])",),
        ("value = [1, 2]", "FINAL_VAR('value')"),
        ("SUBMIT([1, 2])",),
        ("final_answer([1, 2])",),
    ],
)
def test_each_way_to_finish_gives_the_python_object(lines):
    assert answered(cell(*lines)) == [1, 2]


def test_the_answer_is_the_very_object_of_the_namespace():
    run = launch(ScriptedClient([cell("class Odd: pass", "odd = Odd()", "FINAL(odd)")]))
    assert run.answer is run.namespace["odd"]


def test_the_parts_of_the_answer_may_be_set_in_different_cells():
    assert answered(cell("answer['content'] = 'a'"), cell("answer['ready'] = True")) == "a"
    assert answered(cell("answer['content'] = 'a'") + "\n" + cell("answer['ready'] = True")) == "a"


def test_submit_with_names_answers_a_dict():
    assert answered(cell("SUBMIT(name='x', count=3)")) == {"name": "x", "count": 3}


@pytest.mark.parametrize("falsy", ["None", "0", "''", "[]", "False"])
def test_a_falsy_value_is_an_answer(falsy):
    assert answered(cell(f"FINAL({falsy})")) == eval(falsy)
    assert answered(finish(falsy)) == eval(falsy)


def test_the_finishing_functions_do_not_stop_the_cell():
    run = launch(ScriptedClient([cell("FINAL(1)", "after = True")]))
    assert run.answer == 1
    assert run.namespace["after"] is True


def test_the_first_call_wins_over_later_ones_and_over_the_dictionary():
    assert answered(cell("FINAL('first')", "SUBMIT('second')")) == "first"
    assert answered(cell("answer.update(content='dict', ready=True)", "FINAL('call')")) == "call"


def test_a_cell_that_finishes_and_then_raises_has_finished_and_its_error_is_kept():
    run = launch(ScriptedClient([cell("FINAL(7)", "1 / 0")]))
    assert (run.status, run.answer) == ("finished", 7)
    assert run.steps[0].cells[0].error.ename == "ZeroDivisionError"


def test_cells_after_the_one_that_finished_do_not_run():
    run = launch(ScriptedClient([finish("1") + "\n" + cell("late = True")]))
    assert run.answer == 1
    assert "late" not in run.namespace


@pytest.mark.parametrize(
    ("limits", "last"),
    [
        (Limits(max_steps=1), ""),
        (Limits(max_calls=2), "llm_query_batched(['a', 'b'])"),
        (Limits(max_calls=2), "llm_query_batched(['a', 'b', 'c'])"),
        (Limits(max_seconds=0.05), "import time; time.sleep(0.1)"),
        (Limits(max_seconds=0.05), "import time; time.sleep(0.1); llm_query('late')"),
    ],
)
def test_a_ready_answer_is_never_lost_to_a_limit(limits, last):
    assert answered(cell("answer.update(content=[1], ready=True)", last), limits=limits) == [1]


def test_an_answer_in_the_extra_turn_counts_whatever_else_the_cell_does():
    client = ScriptedClient([cell("1"), cell("answer.update(content=5, ready=True)", "1 / 0")])
    assert launch(client, limits=Limits(max_steps=1)).answer == 5


def test_a_plain_value_in_answer_is_reported_back_and_does_not_finish():
    client = ScriptedClient([cell("answer = 42"), cell("answer = {'content': answer, 'ready': True}")])
    assert launch(client).answer == 42
    assert "`answer` is now a plain int" in told(client)


def test_none_in_answer_is_reported_back_too():
    client = ScriptedClient([cell("answer = None"), cell("FINAL(1)")])
    launch(client)
    assert "`answer` is now a plain NoneType" in told(client)


def test_a_ready_that_has_no_truth_value_does_not_break_the_run():
    odd = cell("class Odd:", "    def __bool__(self): raise ValueError('no')", "answer['ready'] = Odd()")
    assert answered(odd, cell("FINAL(2)")) == 2


def test_final_var_of_an_unknown_name_raises_in_the_cell():
    client = ScriptedClient([cell("FINAL_VAR('nowhere')"), cell("FINAL(1)")])
    assert launch(client).answer == 1
    assert "there is no variable 'nowhere'" in told(client)


def test_the_answer_is_bound_to_the_out_name():
    run = launch(ScriptedClient([finish("[3]")]), out="found")
    assert run.namespace["found"] is run.answer
    assert "result" not in run.namespace


def test_the_latest_run_is_in_the_namespace():
    run = launch(ScriptedClient([cell("seen = _rlm.question", "FINAL(seen)")]), question="Who?")
    assert run.answer == "Who?"
    assert run.namespace["_rlm"] is run


# -- the schema of the answer ---------------------------------------------------------


def test_a_schema_violation_is_fed_back_and_the_run_goes_on():
    client = ScriptedClient([finish("'many'"), finish("'12'")])
    run = launch(client, schema=int)
    assert run.answer == 12
    assert "does not validate as the schema" in told(client)
    assert run.namespace["answer"]["ready"] is True


def test_a_validator_that_raises_is_a_schema_violation_and_no_failure_of_ours():
    class Known(pydantic.BaseModel):
        code: int

        @pydantic.field_validator("code")
        @classmethod
        def _look_up(cls, code):
            return {7: 7}[code]

    client = ScriptedClient([finish("{'code': 5}"), finish("{'code': 7}")])
    run = launch(client, schema=Known)
    assert (run.status, run.answer) == ("finished", Known(code=7))
    assert "does not validate as the schema: the validator raised KeyError: 5" in told(client)


def test_an_answer_may_be_of_a_type_that_json_cannot_hold():
    client = ScriptedClient([finish("1"), finish("{1}.add")])
    run = launch(client, schema=Callable)
    assert callable(run.answer)
    assert "The answer must validate as this type: " in told(client, 0)


def test_a_refused_answer_is_reopened():
    client = ScriptedClient([finish("'many'"), cell("still = answer['ready']"), cell("FINAL(1)")])
    run = launch(client, schema=int)
    assert run.namespace["still"] is False


def test_cells_after_a_refused_answer_do_run():
    assert answered(finish("'x'") + "\n" + finish("5"), schema=int) == 5


def test_a_schema_that_is_none_is_refused_before_any_call():
    client = ScriptedClient([finish("1")])
    with pytest.raises(UsageError, match="is not a schema"):
        launch(client, schema=object())
    assert client.requests == []


def test_the_opening_names_the_type_of_the_answer():
    client = ScriptedClient([finish("[1]")])
    launch(client, schema=list[int])
    assert "list[int]" in told(client, 0)


# -- replies --------------------------------------------------------------------------


def test_several_cells_run_in_order_in_one_namespace():
    assert answered(cell("x = 1") + "\nthen\n" + cell("x += 1") + "\n" + cell("FINAL(x)")) == 2


def test_the_cells_stop_at_the_first_error_and_the_model_is_told():
    client = ScriptedClient(
        ["\n".join([cell("a = 1"), cell("1 / 0"), cell("b = 2"), cell("c = 3")]), cell("FINAL(a)")]
    )
    run = launch(client)
    assert "b" not in run.namespace
    assert "Cell 1.2: raised ZeroDivisionError" in told(client)
    assert "2 more cells of your reply did not run." in told(client)


def test_a_reply_without_code_gets_a_short_reminder():
    client = ScriptedClient(["I will now think.", finish("1")])
    assert launch(client).answer == 1
    assert "There was no code to run in your reply" in told(client)
    assert len(told(client)) < 400


def test_a_reply_with_only_other_languages_gets_the_reminder():
    client = ScriptedClient(["```bash\nrm -rf x\n```", finish("1")])
    launch(client)
    assert "There was no code to run" in told(client)


def test_a_cell_left_unfinished_by_a_cut_reply_is_not_run():
    cut = Completion(cell("a = 1") + "\n```repl\nb = 2\nFINAL(", Usage(10, 10), finish_reason="length")
    client = ScriptedClient([cut, cell("FINAL(a)")])
    run = launch(client)
    assert run.answer == 1
    assert "b" not in run.namespace
    assert "cut at the model's output limit" in told(client)


def test_an_unclosed_last_fence_of_a_whole_reply_is_run():
    assert answered("```repl\nFINAL(3)") == 3


# -- prose finals: dialect paper ------------------------------------------------------


def test_prose_finishes_in_dialect_paper_only():
    assert answered("FINAL(42 (forty-two))", dialect="paper") == "42 (forty-two)"
    client = ScriptedClient(["FINAL(42)", finish("1")])
    assert launch(client).answer == 1


def test_final_var_in_prose_gives_the_object():
    assert answered(cell("xs = [1, 2]") + "\nFINAL_VAR(xs)", dialect="paper") == [1, 2]
    assert answered(cell("xs = [1, 2]"), 'FINAL_VAR("xs")', dialect="paper") == [1, 2]


def test_a_prose_final_counts_only_when_all_cells_succeeded():
    client = ScriptedClient([cell("x = 5", "1 / 0") + "\nFINAL(x)", "FINAL(done)"])
    assert launch(client, dialect="paper").answer == "done"


def test_a_final_in_a_fence_does_not_count():
    client = ScriptedClient(["like this:\n```text\nFINAL(no)\n```", "FINAL(yes)"])
    assert launch(client, dialect="paper").answer == "yes"


def test_a_final_in_the_middle_of_a_line_does_not_count():
    client = ScriptedClient(["I will say FINAL(no) later.", "  FINAL(yes)"])
    assert launch(client, dialect="paper").answer == "yes"


def test_final_var_of_an_unknown_name_in_prose_is_told_without_a_contradicting_reminder():
    client = ScriptedClient(["FINAL_VAR(nowhere)", "FINAL(yes)"])
    assert launch(client, dialect="paper").answer == "yes"
    assert "there is no variable 'nowhere'" in told(client)
    assert "neither code" not in told(client)


# -- what is said ---------------------------------------------------------------------


def test_the_context_never_enters_a_prompt():
    client = ScriptedClient([cell("print(len(context))"), finish("1")])
    launch(client, contexts={"context": "x" * 50_000 + "SECRET-MIDDLE" + "y" * 50_000})
    for request in client.root_requests:
        assert all("SECRET-MIDDLE" not in message.content for message in request.messages)
        assert sum(len(message.content) for message in request.messages) < 10_000


def test_the_opening_has_the_question_and_a_description_of_each_context():
    client = ScriptedClient([finish("1")])
    launch(client, "How many?", contexts={"a": "text here", "b": [1, 2, 3]})
    system, opening = client.root_requests[0].messages
    assert (system.role, opening.role) == ("system", "user")
    assert "<question>\nHow many?\n</question>" in opening.content
    assert '<context name="a" type="str">' in opening.content
    assert '<context name="b" type="list">' in opening.content


def test_each_request_begins_with_the_whole_one_before():
    client = ScriptedClient(
        [cell("print(1)"), "no code", cell("1/0"), cell("x = llm_query('a')"), finish("x")]
    )
    launch(client)
    lists = [[(m.role, m.content) for m in request.messages] for request in client.root_requests]
    assert len(lists) == 5
    for earlier, later in zip(lists, lists[1:], strict=False):
        assert later[: len(earlier)] == earlier
        assert [role for role, _ in later[len(earlier) :]] == ["assistant", "user"]


def test_only_the_newest_message_says_which_step_it_is():
    client = ScriptedClient([cell("1"), cell("2"), finish("3")])
    launch(client)
    assert [told(client, i).count(f"Step {i + 1} of 20.") for i in range(3)] == [1, 1, 1]


def test_names_that_changed_are_listed_with_type_and_size():
    client = ScriptedClient(
        [
            cell("xs = [1, 2]", "old = 'abc'"),
            cell("xs.append(3)", "old = 5", "new = {}"),
            cell("del old"),
            finish("1"),
        ]
    )
    launch(client)
    assert "Names: `xs` set (list, 2 items); `old` set (str, 3 characters)" in told(client, 1)
    assert "`xs` changed (list, 3 items); `old` rebound (int); `new` set (dict, 0 items)" in told(client, 2)
    assert "`old` deleted" in told(client, 3)


def test_rebound_and_deleted_tools_and_contexts_are_told_and_put_back():
    client = ScriptedClient(
        [cell("llm_query = 5", "context = 'mine'"), cell("del context"), cell("FINAL(llm_query(context))")]
    )
    run = launch(client)
    assert "`llm_query` is one of your tools and was put back" in told(client, 1)
    assert "`context` was rebound" in told(client, 1)
    assert "`context` was deleted" in told(client, 2)
    assert run.answer == "reply to hello world"


def test_a_cut_sub_call_is_told_once():
    long = Completion("part", Usage(10, 10), finish_reason="length")
    client = ScriptedClient(
        [cell("xs = llm_query_batched(['a', 'b'])"), cell("FINAL(xs)")], sub=lambda prompt: long
    )
    assert launch(client).answer == ["part", "part"]
    assert told(client).count("cut at max_tokens") == 1


def transcripts(delay):
    """The messages of every root request of one eventful run."""
    replies = [
        cell("class Thing: pass", "Thing()"),
        cell(
            "ys = llm_query_batched([str(i) for i in range(8)])",
            "z = rlm_query('child?', context=[1])",
            "print(ys, z)",
        ),
        cell("def f(): raise ValueError(object())", "f()"),
        "prose",
        finish("[ys, z]"),
    ]

    def reply(request):
        if "child?" in request.messages[1].content:
            return cell("print(object())", "FINAL(context)")
        return replies[sum(message.role == "assistant" for message in request.messages)]

    client = ScriptedClient([reply], delay=delay)
    run = launch(client)
    assert run.status == "finished", run.message
    return [request.messages for request in client.root_requests]


def test_equal_runs_send_equal_messages():
    quick = transcripts(0.0)
    elsewhere = [object() for _ in range(10_000)]  # what is made next gets other addresses
    assert transcripts(0.03) == quick
    assert elsewhere


def test_addresses_are_masked_and_tracebacks_name_step_and_cell():
    client = ScriptedClient([cell("object()"), cell("def f():", "    1 / 0", "f()"), finish("1")])
    launch(client)
    assert "<object object at 0x…>" in told(client, 1)
    assert "Cell 2.1, line 3" in told(client, 2)
    assert "Cell 2.1, line 2, in f" in told(client, 2)
    assert "File " not in told(client, 2)


def test_a_hexadecimal_number_is_data_and_no_address():
    client = ScriptedClient([cell("print(hex(0xDEADBEEF))"), finish("1")])
    launch(client)
    assert "0xdeadbeef" in told(client)


def test_messages_hold_no_known_secret(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-quite-secret-value")
    client = ScriptedClient([cell("import os", "print(os.environ['SOME_API_KEY'])"), finish("1")])
    run = launch(client, "Is it sk-quite-secret-value?")
    said = [message.content for request in client.root_requests for message in request.messages]
    assert all("sk-quite-secret-value" not in text for text in said)
    assert "[SOME_API_KEY]" in told(client)
    assert all("sk-quite-secret-value" not in str(event.to_json()) for event in run.trajectory)


# -- our own failures -----------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ConnectionFailed, TimedOut, RateLimited, KeyRefused, ContextTooLong, EmptyReply, ProviderDown]
)
def test_a_failed_root_call_pauses_the_run_and_resume_asks_again(error):
    client = ScriptedClient([cell("x = 1"), error("the provider's own words"), finish("x")])
    run = launch(client)
    assert (run.status, run.reason, run.message) == ("paused", "error", "the provider's own words")
    run.resume()
    assert (run.status, run.answer) == ("finished", 1)
    assert client.root_requests[1].messages == client.root_requests[2].messages


def test_a_client_with_a_bug_pauses_the_run_too():
    def broken(request):
        raise RuntimeError("oops")

    run = launch(ScriptedClient([broken, finish("1")]))
    assert (run.status, run.reason) == ("paused", "error")
    assert "RuntimeError: oops" in run.message
    assert run.resume().answer == 1


def test_a_bug_of_ours_fails_the_run_which_stays_resumable():
    class Fragile(NamespaceREPL):
        broken = True

        def run_cell(self, code, label, running):
            if self.broken:
                raise RuntimeError("a bug")
            return super().run_cell(code, label, running)

    repl = Fragile()
    run = launch(ScriptedClient([cell("x = 1"), finish("2")]), repl=repl)
    assert (run.status, run.reason) == ("failed", "error")
    assert "RuntimeError: a bug" in run.message
    assert any("Traceback" in event.message for event in run.trajectory.of(Warned))
    repl.broken = False
    assert run.resume().answer == 2


# -- pausing and resuming -------------------------------------------------------------


def paused(*more, **options):
    """A run that paused at its step limit, with the client that goes on with `more`."""
    client = ScriptedClient([cell("x = 1"), cell("x += 1"), *more])
    run = launch(client, limits=Limits(max_steps=1), **options)
    assert (run.status, run.reason) == ("paused", "max_steps")
    return run, client


def test_resume_goes_on_with_the_same_conversation():
    run, client = paused(cell("FINAL(x)"))
    assert run.resume(max_steps=5).answer == 2
    before, after = client.root_requests[-2:]
    assert after.messages[: len(before.messages)] == before.messages


def test_a_hint_reaches_the_model():
    run, client = paused(cell("FINAL(x)"))
    run.resume("Look at the appendix.", max_steps=5)
    assert "The user says:\n<hint>\nLook at the appendix.\n</hint>" in told(client)


def test_what_the_human_changed_is_told():
    run, client = paused(cell("FINAL(x)"))
    run.namespace["x"] = 10
    run.namespace["extra"] = "abc"
    assert run.resume(max_steps=5).answer == 10
    assert "the user changed names: `x` rebound (int); `extra` set (str, 3 characters)" in told(client)


def test_a_cell_the_human_ran_becomes_part_of_the_transcript():
    run, client = paused(cell("FINAL(x)"))
    loop = run._driver
    result = loop.parts.repl.run_cell("x = 50\nprint('by hand')", "1", loop.cells.thread.running_code())
    loop.human_cell("x = 50\nprint('by hand')", result)
    assert run.resume(max_steps=5).answer == 50
    assert "the user ran this cell:\n```python\nx = 50" in told(client)
    assert "by hand" in told(client)
    assert [c.author for step in run.steps for c in step.cells].count("human") == 1


def test_a_human_who_sets_ready_finishes_the_run_on_resume():
    run, client = paused()
    asked = len(client.requests)
    run.namespace["answer"].update(content="by hand", ready=True)
    assert run.resume().answer == "by hand"
    assert len(client.requests) == asked


def test_the_answer_of_a_human_must_validate_too():
    run, client = paused(finish("3"), schema=int)
    run.namespace["answer"].update(content="no number", ready=True)
    assert run.resume(max_steps=5).answer == 3
    assert "does not validate as the schema" in told(client)


def test_a_run_whose_limit_is_spent_is_not_resumed_without_a_higher_one():
    run, client = paused(finish("x"))
    with pytest.raises(UsageError, match="--max-steps N"):
        run.resume()
    with pytest.raises(UsageError, match="--max-steps N"):
        run.resume(max_steps=2)
    assert run.status == "paused"
    assert run.resume(max_steps=3).answer == 2
    assert run.trajectory.of(MessageAdded)


def test_an_unknown_limit_is_refused_in_one_sentence():
    run, _client = paused(finish("x"))
    with pytest.raises(UsageError, match="max_step"):
        run.resume(max_step=5)


@pytest.mark.parametrize("status", ["finished", "stopped"])
def test_only_a_paused_run_can_be_resumed_or_stopped(status):
    run = launch(ScriptedClient([finish("1")])) if status == "finished" else paused()[0]
    if status == "stopped":
        run.stop()
    for act in (run.resume, run.stop):
        with pytest.raises(UsageError, match="only a paused run"):
            act()


def test_stop_ends_a_paused_run_for_good_and_keeps_what_it_made():
    run, _client = paused()
    run.stop()
    assert (run.status, run.reason) == ("stopped", "stop")
    assert run.namespace["x"] == 2
    assert run.trajectory.of(RunFinished)[-1].status == "stopped"


def test_what_surrounds_a_run_is_entered_for_each_stretch_of_it():
    from contextlib import contextmanager

    entered = []

    @contextmanager
    def host(run):
        entered.append(run.status)
        yield
        entered.append(run.status)

    run, _client = paused(finish("x"), host=host)
    run.resume(max_steps=5)
    assert entered == ["running", "paused", "paused", "finished"]


# -- the record -----------------------------------------------------------------------


def test_the_trajectory_grows_linearly_with_the_steps():
    def size(steps):
        replies = [cell("print('x' * 1000)")] * (steps - 1)
        run = launch(ScriptedClient([*replies, finish("1")]), limits=Limits(max_steps=100))
        return sum(len(str(event.to_json())) for event in run.trajectory)

    ten, twenty, forty = size(10), size(20), size(40)
    assert (forty - twenty) / (twenty - ten) == pytest.approx(2, rel=0.05)


def test_names_of_the_user_that_a_run_takes_are_kept_in_shadowed():
    repl = NamespaceREPL()
    mine = {"context": "my context", "answer": "my answer", "result": "my result", "llm_query": "mine"}
    repl.namespace.update(mine)
    run = launch(ScriptedClient([finish("1")]), repl=repl)
    assert run.shadowed == mine


def test_what_an_earlier_run_bound_is_nobodys_loss():
    repl = NamespaceREPL()
    first = prepare(ScriptedClient([finish("1")]), repl=repl)
    first.start()
    earlier = Earlier({**first.bound, "_rlm": [first.run]})
    second = prepare(ScriptedClient([finish("2")]), repl=repl, contexts={"context": "other"})
    assert second.start(earlier).shadowed == {}
    assert repl.namespace["result"] == 2


def test_what_an_earlier_run_displaced_is_kept_by_the_next_one_too():
    repl = NamespaceREPL()
    repl.namespace.update({"context": "mine", "result": "mine too"})
    first = prepare(ScriptedClient([finish("1")]), repl=repl, contexts={"context": "data"})
    first.start()
    earlier = Earlier({**first.bound, "_rlm": [first.run]}, first.run.shadowed)
    second = prepare(ScriptedClient([finish("2")]), repl=repl, contexts={"context": "other"})
    assert second.start(earlier).shadowed == {"context": "mine", "result": "mine too"}


def test_the_user_s_own_rlm_is_kept():
    repl = NamespaceREPL()
    repl.namespace["_rlm"] = "mine"
    assert launch(ScriptedClient([finish("1")]), repl=repl).shadowed == {"_rlm": "mine"}


def test_a_value_that_the_human_set_while_paused_is_kept_when_the_answer_takes_its_place():
    run, _client = paused(finish("x"))
    run.namespace["result"] = "set by hand"
    run.resume(max_steps=5)
    assert run.shadowed == {"result": "set by hand"}


def test_a_function_that_the_human_hid_while_paused_is_kept_and_works_again():
    run, _client = paused(cell("FINAL(callable(llm_query))"))
    run.namespace["llm_query"] = 3
    assert run.resume(max_steps=5).answer is True
    assert run.shadowed["llm_query"] == 3


@pytest.mark.parametrize(
    ("said", "answer"),
    [('FINAL("Paris")', "Paris"), ("FINAL(it's Paris)", "it's Paris"), ("FINAL(42)", "42")],
)
def test_a_final_in_prose_is_the_text_between_its_brackets_or_quotes(said, answer):
    assert launch(ScriptedClient([said]), dialect="paper").answer == answer


def test_an_empty_answer_named_in_prose_is_none():
    run = launch(ScriptedClient(["FINAL(answer)", "FINAL(3 of them)"]), dialect="paper")
    assert run.answer == "3 of them"


def test_a_refused_resume_changes_nothing():
    repl = NamespaceREPL()
    repl.namespace["context"] = "mine"
    run, _client = paused(finish("x"), repl=repl, contexts={"context": "data"})
    repl.namespace.update(run.shadowed)
    run.shadowed.clear()
    with pytest.raises(UsageError, match="--max-steps N"):
        run.resume()
    assert repl.namespace["context"] == "mine"


def test_a_run_that_had_no_room_for_its_first_turn_is_not_resumed_without_a_higher_limit():
    run = launch(ScriptedClient([finish("1")]), limits=Limits(max_tokens=10))
    assert (run.status, run.reason) == ("paused", "max_tokens")
    assert "has no room for another turn" in run.message
    with pytest.raises(UsageError, match="--max-tokens N"):
        run.resume()
    assert run.resume(max_tokens=0).status == "finished"


def test_an_interrupt_while_the_contexts_are_described_leaves_no_run():
    class Slow(list):
        def __len__(self):
            raise KeyboardInterrupt

    loop = prepare(ScriptedClient([finish("1")]), contexts={"context": Slow()})
    with pytest.raises(KeyboardInterrupt):
        loop.start()
    assert len(loop.run.trajectory) == 0


def test_an_answer_that_raises_whatever_it_likes_when_it_is_looked_at_is_none():
    code = "class Odd(dict):\n    def get(self, *a): raise SystemExit\nanswer = Odd(content=1, ready=True)"
    run = launch(ScriptedClient([cell(code), cell("answer = {'content': 2, 'ready': True}")]))
    assert (run.status, run.answer) == ("finished", 2)


def test_the_record_begins_with_everything_the_run_was_given():
    run = launch(
        ScriptedClient([finish("1")]),
        "How many?",
        contexts={"logs": ["a", "b"]},
        limits=Limits(max_steps=7),
        options={"max_steps": 7},
        notes=["no price is known"],
        versions={"python": "3"},
    )
    (started,) = run.trajectory.of(RunStarted)
    assert (started.question, started.model, started.sub_model) == ("How many?", "root-model", "sub-model")
    (context,) = started.contexts
    assert (context["name"], context["expression"], context["type"]) == ("logs", "logs", "list")
    assert context["fingerprint"]
    assert (started.limits["max_steps"], started.options) == (7, {"max_steps": 7})
    assert (started.notes, started.versions) == (["no price is known"], {"python": "3"})


def test_the_names_a_cell_reads_are_on_record():
    run = launch(ScriptedClient([cell("def f(): return len(context) + offset", "offset = 1", "FINAL(f())")]))
    (ran,) = run.trajectory.of(CellFinished)
    assert "context" in ran.reads


def test_every_step_is_announced_before_its_call():
    run = launch(ScriptedClient([cell("1"), finish("2")]))
    assert [event.step for event in run.trajectory.of(StepStarted)] == [1, 2]


def test_what_an_earlier_run_made_is_new_to_the_next_and_what_the_user_made_since_is_not():
    repl = NamespaceREPL()
    code = cell("total = [1]", "mine = 1")
    first = prepare(ScriptedClient([code, finish("1")]), repl=repl)
    first.start()
    repl.namespace["mine"] = [2]
    client = ScriptedClient([code, cell("total = [2]"), finish("1")])
    made = {name: {value} for name, value in first.made.items()}
    prepare(client, repl=repl).start(Earlier(made=made))
    assert "`total` set (list, 1 item)" in told(client, 1)
    assert "`mine` rebound (int)" in told(client, 1)
    assert "`total` rebound" in told(client, 2)
