"""A mistake of the user is one sentence; a misbehaving model is an observation."""

from __future__ import annotations

import pytest
from live_kernel import DONE, ask, lines

MEGABYTE = 1_000_000


def observation(kernel, number=1):
    """What the model was told after its cell."""
    return kernel.value(f"model.root_requests[{number}].messages[-1].content")


def user_names(kernel):
    return kernel.value(
        "sorted(k for k in globals() if not k.startswith('_') and k not in get_ipython().user_ns_hidden)"
    )


# -- mistakes of the user ---------------------------------------------------------------

MISTAKES = {
    "unknown option": ("--colour red\nq", "there is no option --colour"),
    "option without value": ("-m\nq", "-m"),
    "unclosed quote": ("-c 'x\nq", "no closing quotation"),
    "stray word": ("report.txt\nq", "'report.txt' is not expected here"),
    "empty question": ("-c numbers\n  \n", "there is no question"),
    "number that is none": ("--max-steps many\nq", "--max-steps cannot be 'many'"),
    "negative number": ("--max-cost -1\nq", "--max-cost"),
    "bad out": ("--out 1x\nq", "the answer cannot be called '1x': that is no Python name"),
    "keyword as out": ("--out class\nq", "the answer cannot be called 'class'"),
    "unknown dialect": ("--dialect klingon\nq", "klingon"),
    "missing file": ("-c no/such/file.txt\nq", "no/such/file.txt"),
    "glob without match": ("-c *.nothing\nq", "*.nothing"),
    "unknown name": ("-c nowhere\nq", "nowhere"),
    "expression that raises": ("-c 1/0\nq", "ZeroDivisionError"),
    "expression that does not parse": ("-c 'f(('\nq", "f(("),
    "unreadable encoding": ("-c latin.txt --max-file-size 1kB\nq", "latin.txt"),
    "unknown schema": ("--schema Nothing\nq", "--schema Nothing: there is no such type"),
    "schema that is none": ("--schema numbers\nq", "[1, 2, 3] is not a schema"),
    "JSON Schema": ("-c [1] --schema \"dict(type='object')\"\nq", "{'type': 'object'} is not a schema"),
    "name taken twice": ("-c a=numbers -c a=numbers\nq", "a"),
}


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_is_one_sentence_and_leaves_no_trace(quiet, tmp_path, mistake):
    (tmp_path / "latin.txt").write_bytes(b"\x00\x01\xff\xfe\x81 not text \x00" * 20)
    quiet.run("numbers = [1, 2, 3]\nmodel = script(finish('1'))\nimport rlm_kernel")
    before = user_names(quiet)
    cell, said = MISTAKES[mistake]
    reply = quiet.run(f"%%rlm {cell}")
    assert reply.status == "error"
    shown = "".join(reply.errors) + reply.text
    assert said in shown
    assert "Traceback" not in shown
    assert shown.count("\n") <= 1
    assert user_names(quiet) == before
    assert quiet.value("len(rlm_kernel.runs)") == 0
    assert quiet.value("len(model.requests)") == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("%rlm dance", "there is no command %rlm dance"),
        ("%rlm", "there is no run yet"),
        ("%rlm resume", "there is no run yet"),
        ("%rlm stop", "there is no run yet"),
        ("%rlm restore", "there is no run yet"),
        ("%rlm export", "usage: %rlm export [RUN] PATH"),
        ("%rlm export here.txt", "there is no run yet"),
        ("%rlm import nowhere.jsonl", "nowhere.jsonl"),
        ("%rlm import nowhere.ipynb", "nowhere.ipynb"),
        ("%rlm status 1 2", "usage: %rlm status [RUN]"),
        ("%rlm ask --colour q", "there is no option --colour"),
        ("%rlm ask", "there is no question"),
    ],
)
def test_a_mistaken_command_is_one_sentence(quiet, command, said):
    reply = quiet.run(command)
    assert reply.status == "error"
    shown = "".join(reply.errors) + reply.text
    assert said in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    ("command", "status"),
    [("resume", "ok"), ("accept", "ok"), ("resume 'a hint'", "error"), ("stop", "error")],
)
def test_a_finished_run_cannot_go_on_and_run_all_need_not_stop_there(quiet, command, status):
    ask(quiet, DONE)
    reply = quiet.run(f"%rlm {command}")
    assert reply.status == status
    assert "is finished: only a paused run can be" in "".join(reply.errors) + reply.text


# -- a model that misbehaves ------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("exit()", "cannot end the kernel"),
        ("quit()", "cannot end the kernel"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("raise SystemExit", "SystemExit"),
        ("input('your name? ')", "input"),
        ("import getpass; getpass.getpass()", "raised"),
        ("get_ipython().run_cell_magic('rlm', '', 'q')", "cannot use %rlm or %%rlm"),
        ("%rlm status", "cannot use %rlm or %%rlm"),
        ("%rlm resume", "cannot use %rlm or %%rlm"),
        ("get_ipython().ask_exit()", "cannot end the kernel"),
        ("def f(): return f()\nf()", "RecursionError"),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt"),
        ("get_ipython().exit_now = True", "ran, no output"),
        ("class Bad:\n    def __repr__(self): raise ValueError('no repr')\nbad = Bad(); bad", "no repr"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "raised"),
        ("%%time\n1 / 0", "raised ZeroDivisionError"),
        ("%run missing.py", "missing.py"),
    ],
)
def test_a_cell_that_would_end_or_block_the_kernel_is_an_observation(quiet, code, said):
    reply = ask(quiet, lines(*code.split("\n")), DONE)
    assert quiet.is_alive()
    assert reply.status == "ok"
    assert quiet.value("_rlm.status") == "finished"
    assert said in observation(quiet)
    payload = [p for p in reply.content.get("payload", []) if p["source"] == "ask_exit"]
    assert payload == []
    assert quiet.run("'next'").status == "ok"


def test_a_cell_magic_in_a_models_cell_is_refused(quiet):
    ask(quiet, lines("%%rlm", "a question"), DONE)
    assert "cannot use %rlm or %%rlm" in observation(quiet)
    assert quiet.value("_rlm.status") == "finished"


def test_input_is_asked_where_the_front_end_takes_it(quiet):
    reply = ask(quiet, lines("name = input('your name? ')"), "finish('name')", answers=["Ada"])
    assert reply.status == "ok"
    assert quiet.value("result") == "Ada"


def test_exit_works_again_for_the_user_after_a_run(quiet):
    ask(quiet, lines("exit()"), DONE)
    assert "ExitAutocall" in quiet.value("type(exit).__name__") or "Exit" in quiet.value(
        "type(exit).__name__"
    )


def test_a_run_called_by_a_models_cell_is_a_child(quiet):
    code = ("import rlm_kernel", "child = rlm_kernel.run('a child', context=5)", "child.answer")
    quiet.run(
        f"root = {lines(*code)}\n"
        "def say(r):\n"
        "    if 'a child' in r.messages[1].content: return finish('context + 1')\n"
        "    return root if len(r.messages) < 3 else finish('child.answer')"
    )
    ask(quiet, "say")
    assert quiet.value("[result, len(_rlm.children), _rlm.children[0].status]") == [6, 1, "finished"]


def test_a_tool_that_was_rebound_is_put_back_and_the_model_is_told(quiet):
    ask(quiet, lines("llm_query = None"), lines("reply = llm_query('a')"), "finish('reply')")
    assert quiet.value("result") == "reply to a"
    assert "`llm_query` is one of your tools and was put back" in observation(quiet)


def test_a_tool_deleted_from_builtins_is_put_back(quiet):
    ask(
        quiet,
        lines("import builtins", "del builtins.llm_query"),
        lines("reply = llm_query('a')"),
        "finish('reply')",
    )
    assert quiet.value("result") == "reply to a"


def test_a_deleted_context_is_put_back_and_the_model_is_told(quiet):
    quiet.run("data = [1, 2]")
    ask(quiet, lines("del context"), "finish('context')", line="-c data")
    assert quiet.value("result") == [1, 2]
    assert "`context` was deleted; it holds the data and was put back." in observation(quiet)


def test_a_rebound_context_is_put_back(quiet):
    ask(quiet, lines("context = 0"), "finish('context')", line="-c '[1, 2]'")
    assert quiet.value("result") == [1, 2]


def test_a_plain_answer_is_reported_back(quiet):
    ask(quiet, lines("answer = 42"), "cell('answer = dict(content=answer, ready=True)')")
    assert "does not finish the work" in observation(quiet)
    assert quiet.value("result") == 42


def test_resetting_the_namespace_leaves_what_the_run_needs(quiet):
    quiet.run("data = [1, 2]")
    ask(
        quiet,
        lines("%reset -f"),
        lines("n = len(context)", "reply = llm_query('a')"),
        "finish('n')",
        line="-c data",
    )
    assert quiet.run("print(result, _rlm.status, [c.error for s in _rlm.steps for c in s.cells])").text == (
        "2 finished [None, None, None]\n"
    )


def test_an_emptied_namespace_gets_back_what_ipython_needs(quiet):
    quiet.run("data = [1, 2]")
    ask(
        quiet,
        lines("globals().clear()"),
        lines("n = len(context)", "class C: pass", "x = %config", "[n, C.__module__, len(Out) > 0]"),
        lines("_oh = _ih = get_ipython = None"),
        lines("llm_query('a')"),
        "finish('n')",
        line="-c data",
    )
    raised = "print(result, [c.error and c.error.ename for s in _rlm.steps for c in s.cells])"
    assert quiet.run(raised).text == "2 [None, None, None, None, None]\n"
    assert quiet.run("%pwd").status == "ok"
    assert quiet.run("[exit, quit, open, In, Out, _dh, _ih];").errors == []


def test_a_model_that_loops_on_errors_pauses_at_the_limit(quiet):
    reply = ask(quiet, lines("1 / 0"), line="--max-steps 3")
    assert reply.status == "error"
    assert quiet.value("[_rlm.status, _rlm.reason]") == ["paused", "max_steps"]
    assert "--max-steps" in reply.errors[-1]
    assert "Traceback" not in reply.errors[-1]


def test_a_model_that_writes_no_code_is_reminded_and_pauses_at_the_limit(quiet):
    ask(quiet, "'I think the answer is 5.'", line="--max-steps 2")
    assert quiet.value("[_rlm.status, _rlm.reason]") == ["paused", "max_steps"]


def test_a_flood_of_output_is_cut_with_its_true_length(quiet):
    flood = lines("for _ in range(100): print('x' * 1_000_000)", "print('the end')")
    reply = ask(quiet, flood, DONE)
    assert reply.seconds < 20
    assert MEGABYTE <= len(reply.text) < 1.1 * MEGABYTE
    assert "100,000,1" in reply.text[-200:]
    message = observation(quiet)
    assert len(message) < 30_000
    assert "the end" in message
    assert "100,000,108 characters in all" in message
    assert quiet.run("print('usable')").text == "usable\n"


def test_a_huge_result_is_cut_with_its_true_length(quiet):
    reply = ask(quiet, lines("'x' * 5_000_000"), DONE)
    assert sum(
        len(m["content"]["data"]["text/plain"]) for m in reply.messages if m["msg_type"] == "execute_result"
    ) < (1.1 * MEGABYTE)
    assert "5,000,002" in str(reply.outputs)
    assert len(observation(quiet)) < 30_000


def test_threads_left_behind_do_not_disturb_the_run(quiet):
    code = (
        "import threading, time",
        "def loop():",
        "    for i in range(20): time.sleep(0.05); print('tick')",
    )
    reply = ask(quiet, lines(*code, "threading.Thread(target=loop, daemon=True).start()"), DONE)
    assert reply.status == "ok"
    assert quiet.run("import time; time.sleep(0.3); print('mine')").status == "ok"
