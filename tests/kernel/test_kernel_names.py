"""The names of a run in the user's namespace."""

from __future__ import annotations

from live_kernel import DONE, ask, lines


def test_the_run_binds_context_answer_result_and_itself(quiet):
    quiet.run("data = 'some text'")
    ask(quiet, "finish('len(context)')", line="-c data")
    assert quiet.value(
        "[context is data, answer, result, _rlm.id in rlm_kernel.runs]".replace(
            "rlm_kernel", "__import__('rlm_kernel')"
        )
    ) == [
        True,
        {"content": 9, "ready": True},
        9,
        True,
    ]


def test_contexts_have_the_names_they_were_given(quiet):
    ask(quiet, "finish('[context, context_2, b]')", line="-c 1 -c 2 -c 'b=[3]'")
    assert quiet.value("result") == [1, 2, [3]]


def test_the_answer_goes_to_the_name_that_was_asked_for(quiet):
    quiet.run("result = 'mine'")
    ask(quiet, "finish('7')", line="--out found")
    assert quiet.value("[found, result]") == [7, "mine"]


def test_values_that_were_there_are_kept_named_and_restored(kernel):
    kernel.run("context = 'my context'; answer = 'my answer'; result = 'my result'")
    reply = ask(kernel, "finish('7')", line="-c '[1]'")
    card = reply.outputs[0]["data"]["text/plain"]
    assert all(name in card for name in ("answer", "context", "result"))
    assert kernel.value("_rlm.shadowed") == {
        "context": "my context",
        "answer": "my answer",
        "result": "my result",
    }
    assert "put back" in kernel.run("%rlm restore").text
    assert kernel.value("[context, answer, result]") == ["my context", "my answer", "my result"]
    assert kernel.run("%rlm restore").text == "nothing to restore: the run took no name of yours\n"


def test_what_an_earlier_run_bound_is_nobodys_loss(quiet):
    ask(quiet, "finish('7')", line="-c '[1]'")
    ask(quiet, "finish('8')", line="-c '[2]'")
    assert quiet.value("[_rlm.shadowed, result, context]") == [{}, 8, [2]]


def test_a_user_who_changed_the_result_since_gets_it_back(quiet):
    ask(quiet, "finish('7')")
    quiet.run("result = 'mine since'")
    ask(quiet, "finish('8')")
    assert quiet.value("_rlm.shadowed") == {"result": "mine since"}


def test_a_function_of_the_users_with_a_tools_name_is_kept(quiet):
    quiet.run("def llm_query(prompt): return 'the user says ' + prompt")
    ask(quiet, "cell(\"FINAL(llm_query('a'))\")")
    assert quiet.value("[result, list(_rlm.shadowed)]") == ["reply to a", ["llm_query"]]
    quiet.run("%rlm restore")
    assert quiet.value("llm_query('a')") == "the user says a"


def test_everything_else_the_model_sets_stays(quiet):
    ask(quiet, lines("made = {'by': 'the model'}"), DONE)
    assert quiet.value("made") == {"by": "the model"}


def test_the_model_sees_the_users_variables_and_changes_them(quiet):
    quiet.run("mine = [1]")
    ask(quiet, lines("mine.append(2)"), DONE)
    assert quiet.value("mine") == [1, 2]
    assert "`mine` changed (list, 2 items)" in quiet.value("model.root_requests[1].messages[-1].content")


def test_the_context_is_never_in_a_message(quiet):
    quiet.run("data = 'needle ' * 100_000")
    ask(quiet, DONE, line="-c data")
    assert quiet.value("max(len(m.content) for r in model.requests for m in r.messages)") < 20_000


def test_a_finished_answer_stays_the_object_itself(quiet):
    ask(quiet, lines("thing = object()", "FINAL(thing)"))
    assert quiet.value("result is thing") is True


def test_finishing_functions_return_their_argument_outside_a_run(quiet):
    assert quiet.value("[FINAL(1), FINAL_VAR('x'), SUBMIT(2), SUBMIT(a=3), final_answer(4)]") == [
        1,
        "x",
        2,
        {"a": 3},
        4,
    ]


def test_a_schema_of_the_namespace_makes_the_answer_that_type(quiet):
    quiet.run("from pydantic import BaseModel\nclass Found(BaseModel):\n    name: str\n    count: int")
    ask(quiet, "finish(\"{'name': 'a'}\")", "finish(\"{'name': 'a', 'count': 2}\")", line="--schema Found")
    assert quiet.value("[type(result) is Found, result.count, len(_rlm.steps)]") == [True, 2, 2]


def test_a_question_without_context_works(quiet):
    ask(quiet, "finish('1')")
    assert quiet.value("result") == 1


def test_a_name_in_a_schema_is_found_in_the_namespace_outside_runs_too(quiet):
    quiet.run("from pydantic import BaseModel\nclass Found(BaseModel):\n    name: str")
    quiet.run('script(sub=lambda prompt: \'[{"name": "a"}]\')')
    quiet.run(
        "found = llm_query('q', schema=list['Found'])\nagain = await allm_query('q', schema='list[Found]')"
    )
    assert quiet.value("[type(found[0]) is Found, found == again]") == [True, True]
