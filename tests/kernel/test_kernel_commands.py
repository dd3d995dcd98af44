"""``%rlm``, the settings, and what a human does while a run is paused."""

from __future__ import annotations

import json

import pytest
from live_kernel import DONE, SETUP, ask, lines


def paused(kernel, *later, line="--max-steps 1"):
    """A run that is paused after two steps (its last turn included)."""
    step = lines("made = globals().get('made', 0) + 1")
    reply = ask(kernel, step, step, *(later or ("finish('made')",)), line=line)
    assert kernel.value("[_rlm.status, _rlm.reason]") == ["paused", "max_steps"]
    return reply


# -- pausing and going on ---------------------------------------------------------------


def test_a_paused_run_ends_its_cell_with_one_sentence_so_that_run_all_stops(quiet):
    reply = paused(quiet)
    assert reply.status == "error"
    (sentence,) = reply.errors
    assert sentence.startswith("rlm: paused after step 2 (")
    assert sentence.endswith('Go on with %rlm resume --max-steps N [--hint "…"]')


def test_cells_queued_behind_a_paused_run_are_not_run(quiet):
    quiet.run(f"model = script({lines('pass')})")
    ids = [
        quiet.client.execute("%%rlm --max-steps 1\nq", stop_on_error=True),
        quiet.client.execute("ran_after = True", stop_on_error=True),
    ]
    replies = {}
    while set(ids) - set(replies):
        message = quiet.client.get_shell_msg(timeout=20)
        replies[message["parent_header"]["msg_id"]] = message["content"]["status"]
    assert [replies[i] for i in ids] == ["error", "aborted"]
    assert quiet.value("'ran_after' in globals()") is False


def test_resuming_with_a_new_limit_goes_on(quiet):
    paused(quiet)
    refused = quiet.run("%rlm resume")
    assert refused.status == "error"
    assert "--max-steps N" in "".join(refused.errors) + refused.text
    reply = quiet.run("%rlm resume --max-steps 9")
    assert reply.status == "ok"
    assert reply.outputs[-1]["data"]["text/plain"] == "2"
    assert quiet.value("[result, made, _rlm.status, len(_rlm.steps)]") == [2, 2, "finished", 3]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("--hint 'look there'", "look there"),
        ("'look there'", "look there"),
        ("--hint='look there'", "look there"),
        ('"again"', "again"),
    ],
)
def test_a_hint_reaches_the_model(quiet, line, hint):
    paused(quiet)
    quiet.run(f"%rlm resume {line} --max-steps 9")
    assert f"The user says:\n<hint>\n{hint}\n</hint>" in quiet.value("told(model)")


def test_a_bare_word_names_a_run_by_its_id_or_the_end_of_it(quiet):
    paused(quiet)
    run_id = quiet.value("_rlm.id")
    for word in ("again", run_id[-3:], f"{run_id[-4:]} more", "'one hint' --hint another"):
        assert quiet.run(f"%rlm resume {word} --max-steps 9").status == "error"
    assert quiet.run(f"%rlm status {run_id[-1:]}").status == "error"
    assert quiet.run(f"%rlm resume {run_id[-4:]} --max-steps 9").status == "ok"
    assert quiet.value("_rlm.status") == "finished"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("_rlm.resume(max_steps='40x')", "--max-steps cannot be '40x': it must be a whole number"),
        ("_rlm.resume(max_steps=1.5)", "max_steps cannot be 1.5: it must be a whole number"),
        ("_rlm.resume(max_stepz=3)", "there is no limit 'max_stepz'"),
    ],
)
def test_a_bad_limit_is_one_sentence_and_the_run_stays_as_it_is(quiet, call, said):
    paused(quiet)
    reply = quiet.run(call)
    assert (reply.content["ename"], reply.content["evalue"].startswith(said)) == ("UsageError", True)
    assert quiet.run("_rlm.resume(max_steps='40')").status == "ok"
    assert quiet.value("[_rlm.status, result]") == ["finished", 2]


def test_the_humans_cells_are_told_to_the_model(quiet):
    paused(quiet)
    quiet.run("print('I looked'); extra = 5")
    quiet.run("1 / 0")
    quiet.run("%rlm resume --max-steps 9")
    message = quiet.value("told(model)")
    assert "the user ran this cell:\n```python\nprint('I looked'); extra = 5\n```" in message
    assert "I looked" in message
    assert "ZeroDivisionError" in message
    assert "`extra` set (int)" in message
    assert quiet.value("[e.author for e in _rlm.trajectory.events if e.type == 'cell_started']") == [
        "model",
        "model",
        "human",
        "human",
        "model",
    ]


def test_a_human_cell_with_await_is_recorded_too(quiet):
    paused(quiet)
    reply = quiet.run("import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')")
    assert [reply.status, reply.text] == ["ok", "awaited\n"]
    quiet.run("%rlm resume --max-steps 9")
    assert "awaited" in quiet.value("told(model)")


def test_the_humans_cells_show_what_they_show(quiet):
    paused(quiet)
    reply = quiet.run("print('text')\ndisplay('shown')\n6 * 7")
    kinds = [o["output_type"] for o in reply.outputs]
    assert kinds == ["stream", "display_data", "execute_result"]


def test_what_the_human_runs_after_the_end_is_not_recorded(quiet):
    ask(quiet, DONE)
    before = quiet.value("len(_rlm.trajectory.events)")
    quiet.run("print('unrelated')")
    assert quiet.value("len(_rlm.trajectory.events)") == before


@pytest.mark.parametrize(
    "code",
    ["# go on\n%rlm resume --max-steps 9", "_rlm.resume(max_steps=9)", "x = 1\n%rlm resume --max-steps 9"],
)
def test_a_cell_that_resumes_the_run_is_no_cell_of_the_run(quiet, code):
    paused(quiet)
    assert quiet.run(code).status == "ok"
    assert quiet.value("[_rlm.status, result]") == ["finished", 2]
    assert quiet.value("[e.type for e in _rlm.trajectory.events][-1]") == "run_finished"


def test_an_answer_that_the_human_sets_finishes_the_run(quiet):
    paused(quiet)
    quiet.run("answer['content'] = 'by hand'; answer['ready'] = True")
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("[_rlm.status, result, len(model.root_requests)]") == ["finished", "by hand", 2]


def test_a_model_that_cannot_be_reached_pauses_and_resumes(quiet):
    quiet.run("from rlm_kernel.interfaces import ConnectionFailed")
    reply = ask(quiet, lines("x = 1"), "ConnectionFailed('no server answered')", "finish('x')")
    assert reply.status == "error"
    assert "no server answered" in reply.errors[-1]
    assert quiet.value("[_rlm.status, _rlm.reason]") == ["paused", "error"]
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result") == 1


def test_stop_ends_a_paused_run_for_good(quiet):
    paused(quiet)
    assert quiet.run("%rlm stop").status == "ok"
    assert quiet.value("_rlm.status") == "stopped"
    assert quiet.run("%rlm resume --max-steps 9").status == "error"


def test_a_paused_run_gets_its_names_back_after_another_question(quiet):
    paused(quiet, "finish('context')", line="-c '[1]' --max-steps 1")
    quiet.run("first, first_model = _rlm, model; model = script(finish('context'))")
    quiet.run("%%rlm -c '[2]'\nanother")
    assert quiet.value("result") == [2]
    first = quiet.value("first.id")
    assert quiet.run(f"%rlm resume {first} --max-steps 9").status == "ok"
    assert quiet.value("[first.status, result, context]") == ["finished", [1], [1]]


# -- the other commands -----------------------------------------------------------------


def test_status_shows_the_latest_run(quiet):
    ask(quiet, DONE, question="What is it?")
    for command in ("%rlm", "%rlm status"):
        data = quiet.run(command).outputs[0]["data"]
        assert "What is it?" in data["text/plain"]
        assert "What is it?" in data["text/html"]
    run_id = quiet.value("_rlm.id")
    assert quiet.run(f"%rlm status {run_id[-4:]}").status == "ok"


def test_runs_lists_those_of_the_kernel_and_of_the_folder(quiet):
    assert quiet.run("%rlm runs").text == "there is no run yet: start one with %%rlm\n"
    ask(quiet, DONE, question="What is it?")
    listed = quiet.run("%rlm runs").text
    assert quiet.value("_rlm.id") in listed
    assert "finished" in listed
    assert "What is it?" in listed
    quiet.run("__import__('rlm_kernel').runs.clear()")
    assert "on disk" in quiet.run("%rlm runs").text


def test_models_names_the_models_in_use_and_no_key(quiet):
    quiet.run("import os; os.environ['OPENAI_API_KEY'] = 'sk-secret-value-123'")
    text = quiet.run("%rlm models").text
    quiet.run("del os.environ['OPENAI_API_KEY']")
    assert "root model: scripted" in text
    assert "key set" in text
    assert "sk-secret" not in text


def test_ask_is_the_question_in_one_line(quiet):
    quiet.run("model = script(finish('context'))")
    assert quiet.run("%rlm ask -c '[1, 2]' What is in it?").status == "ok"
    assert quiet.value("[result, _rlm.question]") == [[1, 2], "What is in it?"]


def test_after_two_dashes_nothing_is_an_option(quiet):
    quiet.run("model = script(finish('context'))")
    assert quiet.run("%rlm ask -c '[1]' -- --dash is what for?").status == "ok"
    assert quiet.value("[result, _rlm.question]") == [[1], "--dash is what for?"]
    assert quiet.run("%rlm ask What's --dash for?").status == "ok"
    assert quiet.value("_rlm.question") == "What's --dash for?"
    refused = quiet.run("%rlm ask --dash for?")
    assert "there is no option --dash" in "".join(refused.errors) + refused.text


def test_an_export_that_fails_is_one_sentence(quiet):
    ask(quiet, DONE)
    reply = quiet.run("%rlm export none/run.ipynb")
    assert reply.status == "error"
    assert "cannot write none/run.ipynb: No such file or directory" in "".join(reply.errors) + reply.text


def test_an_exported_notebook_runs_without_asking_again(quiet, tmp_path):
    ask(quiet, lines("n = len(context)"), "finish('n')", line="-c '[1, 2]'")
    quiet.run("%rlm export run.ipynb")
    notebook = json.loads((tmp_path / "run.ipynb").read_text("utf-8"))
    quiet.run("del n, answer, result")
    asked = quiet.value("len(model.requests)")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert quiet.run("".join(cell["source"])).status == "ok"
    assert quiet.value("[n, answer, len(model.requests)]") == [2, {"content": 2, "ready": True}, asked]


def test_a_run_is_exported_and_imported(quiet, tmp_path):
    ask(quiet, lines("x = 1", "print('hello')"), "finish('x')", question="What is it?")
    for name in ("run.ipynb", "run.jsonl"):
        assert quiet.run(f"%rlm export {name}").text == f"wrote {name}\n"
        quiet.run("__import__('rlm_kernel').runs.clear()")
        reply = quiet.run(f"%rlm import {name}")
        assert reply.status == "ok"
        assert "What is it?" in reply.outputs[0]["data"]["text/plain"]
        said = quiet.run("%rlm resume").text
        assert "is finished: only a paused run can be resumed" in said
    notebook = json.loads((tmp_path / "run.ipynb").read_text("utf-8"))
    tags = [tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", [])]
    assert "skip-execution" not in tags
    assert any("x = 1" in "".join(cell["source"]) for cell in notebook["cells"])


def test_an_earlier_run_is_exported_by_its_id(quiet, tmp_path):
    ask(quiet, "finish('1')", question="The first?")
    first = quiet.value("_rlm.id")
    ask(quiet, "finish('2')", question="The second?")
    quiet.run(f"%rlm export {first} first.ipynb")
    assert "The first?" in (tmp_path / "first.ipynb").read_text("utf-8")


def test_help_documents_options_and_commands(quiet):
    for code, words in (
        ("%%rlm?", ["--max-cost", "--context", "question"]),
        ("%rlm?", ["resume", "restore", "stop"]),
    ):
        payload = quiet.run(code).content["payload"]
        text = payload[0]["data"]["text/plain"]
        assert all(word in text for word in words)


# -- settings ---------------------------------------------------------------------------


def test_options_override_config_overrides_environment(new_kernel, tmp_path):
    kernel = new_kernel(
        environment={"RLM_MODEL": "from-environment", "RLM_MAX_STEPS": "7", "RLM_OUT": "env_out"}
        | {"RLM_TRAJECTORY_DIR": "env_runs", "RLM_SESSION_MAX_COST": "0.001"}
    )
    kernel.run(SETUP)
    ask(kernel, "finish('1')")
    assert kernel.value(
        "[model.requests[-1].model, _rlm.trajectory.events[0].limits['max_steps'], env_out]"
    ) == [
        "from-environment",
        7,
        1,
    ]
    assert list((tmp_path / "env_runs").glob("*.jsonl"))
    dear = "from rlm_kernel.interfaces import Price\nmodel = script('', price=Price(1.0, 1.0))"
    assert kernel.run(f"{dear}\nllm_query('a' * 1000)").content["ename"] == "LimitExceeded"
    kernel.run("%config RLM.session_max_cost = 0.0")
    assert kernel.run(f"{dear}\nllm_query('a' * 1000)").status == "ok"
    kernel.run("%config RLM.model = 'from-config'\n%config RLM.max_steps = 8")
    ask(kernel, "finish('1')")
    assert kernel.value("[model.requests[-1].model, _rlm.trajectory.events[0].limits['max_steps']]") == [
        "from-config",
        8,
    ]
    ask(kernel, "finish('1')", line="-m from-cell --max-steps 9")
    assert kernel.value("[model.requests[-1].model, _rlm.trajectory.events[0].limits['max_steps']]") == [
        "from-cell",
        9,
    ]


def test_a_bad_setting_is_one_sentence(quiet):
    quiet.run("%config RLM.max_steps = 'many'")
    reply = ask(quiet, DONE)
    quiet.run("%config RLM.max_steps = None")
    assert reply.status == "error"
    assert "cannot be 'many'" in "".join(reply.errors) + reply.text


def test_trajectories_go_where_the_setting_says(quiet, tmp_path):
    quiet.run("%config RLM.trajectory_dir = 'elsewhere'")
    ask(quiet, DONE)
    quiet.run("%config RLM.trajectory_dir = None")
    assert [path.suffix for path in sorted((tmp_path / "elsewhere").iterdir())] == ["", ".jsonl"]


# -- outside a run ----------------------------------------------------------------------


def test_calls_outside_a_run_are_recorded_in_a_session_trajectory(quiet, tmp_path):
    quiet.run("model = script('')")
    assert quiet.run("print(llm_query('a'), llm_query_batched(['b', 'c']))").text == (
        "reply to a ['reply to b', 'reply to c']\n"
    )
    assert quiet.run("print(await allm_query('d'))").text == "reply to d\n"
    (file,) = (tmp_path / "rlm_runs").glob("session-*.jsonl")
    events = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [e["text"] for e in events if e["type"] == "call_finished"] == [f"reply to {c}" for c in "abcd"]


def test_a_child_run_that_a_human_starts_has_a_namespace_of_its_own_and_returns_an_object(quiet, tmp_path):
    quiet.run("model = script(cell('x = len(context)'), finish('[x, context]'))")
    assert quiet.run("print(rlm_query('how long?', context=[1, 2, 3]))").text == "[3, [1, 2, 3]]\n"
    assert quiet.value("['x' in globals(), 'context' in globals(), '_rlm' in globals()]") == [False] * 3
    assert quiet.value("__import__('rlm_kernel').runs") == {}
    (file,) = (tmp_path / "rlm_runs").glob("session-*.jsonl")
    kinds = [json.loads(line)["type"] for line in file.read_text("utf-8").splitlines()]
    assert (kinds[0], kinds[-1]) == ("run_started", "run_finished")


def test_children_that_a_human_starts_can_be_interrupted_and_others_started(quiet):
    quiet.run("model = script(cell('while True: pass'), finish('1'))")
    reply = quiet.run("rlm_query_batched(['a', 'b'])", interrupt_after=1.0)
    assert reply.content["ename"] in {"KeyboardInterrupt", "RunInterrupted"}
    assert reply.seconds_after_interrupt < 6
    quiet.run("model = script(finish('7'))")
    assert quiet.run("print(rlm_query('c'))").text == "7\n"


def test_where_no_children_are_allowed_a_plain_call_answers_a_human_too(quiet):
    quiet.run("model = script('')")
    quiet.run("%config RLM.max_depth = 0")
    reply = quiet.run("print(rlm_query('d'))")
    quiet.run("%config RLM.max_depth = None")
    assert reply.text == "reply to d\n"


def test_the_sessions_calls_keep_to_their_cost_limit(quiet):
    quiet.run("from rlm_kernel.interfaces import Price\nmodel = script('', price=Price(1.0, 1.0))")
    quiet.run("%config RLM.session_max_cost = 0.001")
    reply = quiet.run("llm_query('a' * 1000)")
    quiet.run("%config RLM.session_max_cost = None")
    assert reply.content["ename"] == "LimitExceeded"


def test_the_sessions_cost_limit_holds_from_when_it_is_set(quiet):
    quiet.run("from rlm_kernel.interfaces import Price\nmodel = script('', price=Price(0.001, 0.001))")
    assert quiet.run("llm_query('a')").status == "ok"
    quiet.run("%config RLM.session_max_cost = 0.01")
    reply = quiet.run("llm_query('a')")
    quiet.run("%config RLM.session_max_cost = None")
    assert reply.content["ename"] == "LimitExceeded"


def test_a_setting_that_changes_does_not_give_the_session_its_budget_again(quiet):
    quiet.run("from rlm_kernel.interfaces import Price\nmodel = script('', price=Price(0.0001, 0.0))")
    quiet.run("%config RLM.session_max_cost = 0.015")
    assert quiet.run("llm_query('a' * 400)").status == "ok"
    quiet.run("%config RLM.concurrency = 3")
    reply = quiet.run("llm_query('a' * 400)")
    quiet.run("%config RLM.session_max_cost = None\n%config RLM.concurrency = None")
    assert "does not fit the $0.015 that calls outside runs may take" in reply.content["evalue"]


def test_a_run_inside_a_run_gets_all_its_contexts_and_refuses_what_it_cannot_take(quiet):
    inside = "__import__('rlm_kernel').run('sub', contexts={'a': 1, 'b': 2}"
    ask(quiet, f'cell("{inside}, max_steps=3)")', f'cell("{inside})")', "finish('[a, b]')", "finish('1')")
    assert "not max_steps" in quiet.value("_rlm.steps[0].cells[0].error.evalue")
    assert quiet.value("_rlm.children[0].answer") == [1, 2]


def test_every_paused_run_is_told_of_the_humans_cells(quiet):
    quiet.run("first = model = script(cell('x = 1'), cell('x = 2'), finish('x'))")
    quiet.run("%%rlm --max-steps 1\nq")
    run = quiet.value("_rlm.id")
    quiet.run("model = script(finish('1'))")
    quiet.run("%%rlm\nanother")
    quiet.run("after_the_other = 1")
    quiet.run(f"%rlm resume {run} --max-steps 9")
    assert quiet.value("'after_the_other = 1' in told(first) or 'after_the_other = 1' in told(model)") is True
