"""What a user reads and keeps when a line is wrong, is help, or ends early."""

from __future__ import annotations

import re

import pytest


def plain(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.mark.parametrize("cell", ["%%rlm", "%%rlm -m offline", "%%rlm\n", "%%rlm\n  \n"])
def test_a_cell_without_a_question_is_told_where_to_put_it(quiet, cell):
    assert "it is the text below the %%rlm line" in quiet.run(cell).text


def test_the_help_of_the_cell_magic_stays_help(quiet):
    assert "--max-steps" in str(quiet.run("%%rlm?").content["payload"])


@pytest.mark.parametrize("line", ["%rlm resume?", "%rlm ask?", "%rlm runs?"])
def test_a_command_with_a_question_mark_shows_the_commands(quiet, line):
    assert "%rlm resume [RUN]" in quiet.run(line).text


def test_a_question_without_the_command_is_told_how_to_ask(quiet):
    reply = quiet.run("%rlm How many lines?")
    assert "%rlm? explains them" in reply.text
    assert "a question is asked with %rlm ask QUESTION" in reply.text


def test_options_and_a_hint_may_come_in_any_order(quiet):
    quiet.run("model = script(cell('x = 1'), cell('x = 2'), finish('x'))")
    quiet.run("%%rlm --max-steps 1\nq")
    run = quiet.value("_rlm.id")
    assert quiet.run(f"%rlm resume {run} --max-steps 9 'look here'").status == "ok"
    assert quiet.value("'look here' in told(model)") is True


def test_an_expression_sees_the_user_s_names_in_nested_scopes(quiet):
    quiet.run("docs = ['a', 'b']; keep = {'a'}; model = script(finish('context'))")
    assert quiet.run('%%rlm -c "[d for d in docs if d in keep]"\nq').status == "ok"
    assert quiet.value("result") == ["a"]


def test_an_interrupt_before_the_run_is_one_line(quiet):
    reply = quiet.run("%%rlm -c \"__import__('time').sleep(20)\"\nq", interrupt_after=0.7)
    assert reply.errors == ["rlm: interrupted"]
    assert quiet.value("len(__import__('rlm_kernel').runs)") == 0


@pytest.mark.parametrize("call", ["llm_query(3)", "llm_query_batched(5)", "rlm_query(None)"])
def test_a_mistake_in_a_call_is_shown_at_the_user_s_own_line(quiet, call):
    reply = quiet.run(f"x = 1\n{call}")
    shown = plain(reply.errors[0])
    assert "rlm_kernel" not in shown
    assert f"----> 2 {call}" in shown


@pytest.mark.parametrize(
    "call",
    [
        "rlm_kernel.load('missing.jsonl')",
        "rlm_kernel.run('q', context=1, schema=3)",  # refused within pydantic's and the library's frames
        "rlm_kernel.run('q', context=1, replay='missing.jsonl')",
        "_rlm.save('missing/run.jsonl')",
    ],
)
def test_a_mistake_in_python_is_one_sentence_at_the_user_s_own_line(quiet, call):
    quiet.run("import rlm_kernel; model = script(finish('1'))")
    quiet.run("%%rlm\nq")
    reply = quiet.run(f"def f():\n    {call}\nf()")
    shown = plain(reply.errors[0])
    assert "rlm_kernel/" not in shown
    assert "another exception" not in shown
    assert "direct cause" not in shown
    assert re.search(rf"----> 2 +{re.escape(call)}\n\n+UsageError: ", shown)


def test_an_interrupted_cell_of_a_model_shows_its_own_line_last(quiet):
    quiet.run("model = script(cell('import time', 'print(1)', 'time.sleep(30)'), finish('1'))")
    reply = quiet.run("%%rlm\nq", interrupt_on="1", interrupt_after=0.5)
    shown = plain("\n".join(reply.errors))
    assert "----> 3 time.sleep(30)" in shown
    assert "rlm_kernel" not in shown


def test_importing_a_run_of_this_kernel_leaves_it_able_to_go_on(quiet):
    quiet.run("model = script(*[cell('x = 1')] * 4, finish('x'))")
    quiet.run("%%rlm --max-steps 1\nq")
    file = quiet.value("_rlm.id")
    quiet.run("%%rlm --max-steps 1\nanother")
    reply = quiet.run(f"%rlm import rlm_runs/{file}.jsonl")
    assert f"rlm_kernel.runs['{file}']" in reply.text
    assert quiet.run("%rlm resume --max-steps 9").status == "ok"  # without RUN: what was imported last
    assert quiet.value(f"__import__('rlm_kernel').runs['{file}'].status") == "finished"


def test_a_later_run_can_put_back_what_an_earlier_one_took(quiet):
    quiet.run("context = 'mine'; result = 'mine too'; model = script(finish('1'), finish('2'))")
    quiet.run("%%rlm -c [1,2]\nq")
    quiet.run("%%rlm -c [3]\nq")
    quiet.run("%rlm restore")
    assert quiet.value("[context, result]") == ["mine", "mine too"]


def test_unloading_gives_back_what_runs_took_and_forgets_the_settings(new_kernel):
    kernel = new_kernel()
    kernel.run("%load_ext rlm_kernel\ncontext = 'mine'\n%config RLM.max_steps = 3")
    kernel.run("%%rlm -m offline -c [1,2]\nHow many items are there?")
    kernel.run("%unload_ext rlm_kernel")
    assert kernel.value("context") == "mine"
    kernel.run("%load_ext rlm_kernel")
    assert kernel.run("%config RLM.max_steps").outputs == []


def test_runs_of_the_folder_are_listed_with_their_question_and_can_be_looked_at(quiet):
    quiet.run("model = script(finish('42'))")
    quiet.run("%%rlm\nWhat is it?")
    run = quiet.value("_rlm.id")
    quiet.run("__import__('rlm_kernel').runs.clear()")
    listed = quiet.run("%rlm runs").text
    assert re.search(rf"^{run}  finished +1 step  on disk +What is it\?$", listed, re.MULTILINE)
    assert quiet.run(f"%rlm status {run[-6:]}").status == "ok"


def test_an_endless_recursion_is_shown_by_its_beginning_and_its_end(quiet):
    reply = quiet.run("def f(n): return f(n + 1)\nf(0)")
    shown = plain(reply.errors[0])
    assert 40 < shown.count("in f(n)") < 80
    assert "RecursionError" in shown


def test_a_key_in_an_answer_or_a_question_is_not_shown(new_kernel):
    kernel = new_kernel(environment={"MY_API_KEY": "sk-verysecret-1234567890"})
    kernel.run("%load_ext rlm_kernel\nfrom kernel_side import *\nimport os")
    kernel.run("model = script(finish(\"'the key is ' + os.environ['MY_API_KEY']\"))\nimport os")
    reply = kernel.run("%%rlm -m m\nIs sk-verysecret-1234567890 a key?")
    assert "verysecret" not in str(reply.outputs)
    assert "verysecret" not in kernel.run("%rlm runs").text
    kernel.run("from rlm_kernel.frontend.channel import _summary")  # what the front end is told of a run
    assert kernel.value("_summary(_rlm)['question']") == "Is [MY_API_KEY] a key?"
    assert "verysecret" not in kernel.value("repr(_rlm) + str(_rlm) + _rlm._repr_html_()")
