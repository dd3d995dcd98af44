"""Steps that wait for the human, in a real kernel: accepted, skipped, run by hand, edited."""

from __future__ import annotations

import pytest
from live_kernel import SETUP, ask, lines

FINISH_WITH_X = "finish('x')"


def proposals(kernel):
    return kernel.value("[[c.number, c.code, c.why] for c in _rlm.proposed]")


def authors(kernel):
    return kernel.value("[[c.author, c.code] for s in _rlm.steps for c in s.cells]")


def told(kernel):
    return kernel.value("told(model)")


def payload(reply):
    """What the front end is asked to put before its user."""
    return [item["text"] for item in reply.content.get("payload", []) if item["source"] == "set_next_input"]


# -- commands -------------------------------------------------------------------------


def test_a_step_waits_and_accept_goes_on_to_the_next(quiet):
    reply = ask(quiet, lines("x = 1"), FINISH_WITH_X, line="--step")
    assert "rlm: step 1 is proposed: 1 cell waits for you." in reply.errors[0]
    assert "%rlm accept" in reply.errors[0]
    assert proposals(quiet) == [[1, "x = 1", ""]]
    again = quiet.run("%rlm accept")
    assert "step 2 is proposed" in again.errors[0]
    assert quiet.value("x") == 1
    assert quiet.run("%rlm accept").status == "ok"
    assert quiet.value("[result, _rlm.status]") == [1, "finished"]


def test_skip_and_a_hint_are_told(quiet):
    ask(quiet, lines("x = 1"), "finish('2')", line="--step")
    quiet.run('%rlm skip "use two"')
    assert "The user skipped cell 1.1: it did not run." in told(quiet)
    assert "<hint>\nuse two\n</hint>" in told(quiet)
    quiet.run("%rlm accept")
    assert quiet.value("result") == 2
    assert quiet.value("'x' in globals()") is False


@pytest.mark.parametrize("skip", ["%rlm skip", "_rlm.skip()"])
def test_the_offline_model_knows_that_its_cell_was_skipped(new_kernel, skip):
    kernel = new_kernel()
    kernel.run("%load_ext rlm_kernel\nletters = 'The port is 8080.'")
    kernel.run("%%rlm -c letters -m offline --step\nWhat is the port?")
    kernel.run(skip)
    assert "was skipped" in kernel.value("_rlm.proposed[0].code")
    kernel.run("%rlm accept")
    said = "The offline model has no answer: the cell that reads the context was skipped."
    assert kernel.value("[_rlm.status, result]") == ["finished", said]


def test_step_asks_for_one_step_of_a_paused_run(quiet):
    ask(quiet, lines("x = 1"), lines("x = 2"), lines("x = 3"), FINISH_WITH_X, line="--max-steps 1")
    quiet.run("%rlm step --max-steps 9")
    assert proposals(quiet) == [[1, "x = 3", ""]]
    quiet.run("%rlm accept")
    assert quiet.value("result") == 3


def test_resume_is_refused_in_a_sentence(quiet):
    ask(quiet, lines("x = 1"), FINISH_WITH_X, line="--step")
    reply = quiet.run("%rlm resume --hint 'go on'")
    assert "%rlm accept runs them, %rlm skip leaves them out" in reply.text + "".join(reply.errors)
    assert quiet.value("_rlm.status") == "proposed"


def test_risky_cells_wait_and_say_why(quiet):
    ask(quiet, lines("x = 1"), lines("open('made.txt', 'w').close()"), FINISH_WITH_X, line="--approve risky")
    assert quiet.value("[x, _rlm.status, _rlm.message]") == [1, "proposed", "writes files: open(…, 'w')"]
    assert quiet.value("os.path.exists('made.txt')") is False
    quiet.run("%rlm accept")
    assert quiet.value("[result, os.path.exists('made.txt')]") == [1, True]


def test_names_of_the_notebook_are_judged_by_what_they_stand_for(quiet):
    quiet.run("import subprocess as tools")
    ask(quiet, lines("tools.run(['true'])"), "finish('1')", line="--approve risky")
    assert quiet.value("_rlm.message") == "starts or ends processes: subprocess.run"


def test_every_cell_waits_where_all_are_to(quiet):
    ask(quiet, lines("x = 1"), FINISH_WITH_X, line="--approve all")
    assert quiet.value("_rlm.status") == "proposed"
    quiet.run("%rlm accept")
    assert quiet.value("_rlm.status") == "proposed"


def test_a_bad_choice_is_told_before_anything_runs(quiet):
    reply = ask(quiet, lines("x = 1"), line="--approve some")
    assert "--approve cannot be 'some': it must be none, risky or all" in reply.text + "".join(reply.errors)


def test_run_all_stops_at_a_proposed_step(quiet):
    quiet.run("model = script(cell('x = 1'), finish('x'))")
    first = quiet.client.execute("%%rlm --step\nq")
    second = quiet.client.execute("after = 1")
    statuses = {}
    while len(statuses) < 2:
        reply = quiet.client.get_shell_msg(timeout=60)
        statuses[reply["parent_header"]["msg_id"]] = reply["content"]["status"]
    assert (statuses[first], statuses[second]) == ("error", "aborted")


# -- by hand --------------------------------------------------------------------------


def test_the_proposed_code_is_put_before_the_user_and_runs_as_the_models(quiet):
    ask(quiet, lines("print('looked')", "x = 1"), FINISH_WITH_X, line="--step")
    reply = quiet.run("print('looked')\nx = 1")
    assert reply.text == "looked\n"
    assert authors(quiet) == [["model", "print('looked')\nx = 1"]]
    assert quiet.value("[_rlm.status, _rlm.reason]") == ["paused", "turn"]
    quiet.run("%rlm resume")
    assert "Cell 1.1: ran\nlooked\nNames: `x` set (int)" in told(quiet)
    assert "the user" not in told(quiet)


def test_an_edited_cell_is_known_by_the_line_above_it(quiet):
    ask(quiet, lines("x = 1"), FINISH_WITH_X, line="--step")
    offered = quiet.value("_rlm._driver.by_hand.next_input()")
    assert offered.startswith("# proposed step 1.1 of run ")
    quiet.run(offered.replace("x = 1", "x = 5"))
    assert authors(quiet) == [["human", "x = 5"]]
    quiet.run("%rlm accept")
    assert "The user edited cell 1.1 before it ran:" in told(quiet)
    quiet.run("%rlm accept")
    assert quiet.value("result") == 5


def test_the_next_cell_is_offered_when_one_has_run(quiet):
    ask(quiet, "cell('x = 1') + '\\n' + cell('y = x')", FINISH_WITH_X, line="--step")
    reply = quiet.run("x = 1")
    assert payload(reply)[0].endswith("\ny = x")
    assert quiet.value("_rlm.status") == "proposed"
    last = quiet.run(payload(reply)[0])
    assert payload(last) == []
    assert authors(quiet) == [["model", "x = 1"], ["model", "y = x"]]


def test_calls_of_a_cell_run_by_hand_are_the_runs_in_threads_too(quiet):
    code = (
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as pool: x = list(pool.map(llm_query, ['a', 'b']))",
        "y = await allm_query('c')",
    )
    ask(quiet, lines(*code), FINISH_WITH_X, line="--step")
    reply = quiet.run("\n".join(code))
    assert reply.status == "ok", reply.errors
    assert quiet.value("x") == ["reply to a", "reply to b"]
    made = quiet.value("[e.span for e in _rlm.trajectory if e.type == 'call_started' and e.role == 'sub']")
    assert sorted(made) == ["r/1.1/q1", "r/1.1/q2", "r/1.1/q3"]
    quiet.run("z = llm_query('afterwards')")
    assert len(quiet.value("[e.span for e in _rlm.trajectory if e.type == 'call_started']")) == 4


@pytest.mark.parametrize("code", ["FINAL(3)", "answer['content'] = 3; answer['ready'] = True"])
def test_a_cell_run_by_hand_may_answer(quiet, code):
    ask(quiet, lines(code), line="--step")
    quiet.run(code)
    assert quiet.run("%rlm accept").status == "ok"
    assert quiet.value("[result, _rlm.status]") == [3, "finished"]


def test_an_error_by_hand_is_shown_and_told(quiet):
    ask(quiet, lines("1 / 0"), "finish('1')", line="--step")
    reply = quiet.run("1 / 0")
    assert "ZeroDivisionError" in reply.errors[0]
    quiet.run("%rlm accept")
    assert "Cell 1.1: raised ZeroDivisionError" in told(quiet)
    assert "In [" not in told(quiet)


def test_a_cell_interrupted_by_hand_is_told_so(quiet):
    ask(quiet, lines("import time", "print('going')", "time.sleep(60)"), "finish('1')", line="--step")
    quiet.run("import time\nprint('going')\ntime.sleep(60)", interrupt_on="going", timeout=60)
    assert quiet.value("_rlm.steps[0].cells[0].interrupted") is True
    assert quiet.value("[_rlm.status, _rlm.message]") == ["paused", "what you ran was interrupted"]
    seconds = quiet.value("[_rlm.steps[0].cells[0].seconds, _rlm._driver.parts.shared.budget.seconds]")
    assert seconds[0] <= seconds[1]
    quiet.run("%rlm accept")
    assert "The user interrupted cell 1.1 after" in told(quiet)


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_a_child_interrupted_by_hand_is_told_so(quiet, code):
    quiet.run(f"root, child = {lines('x = 1')}, {lines(code)}")
    quiet.run("model = script(lambda r: root if 'the child' not in r.messages[1].content else child)")
    quiet.run("%%rlm --step\nq")
    offered = quiet.value("_rlm._driver.by_hand.next_input()")
    edited = offered.replace("x = 1", "print('going'); x = rlm_query('the child')")
    quiet.run(edited, interrupt_on="going", interrupt_after=0.5, timeout=60)
    assert quiet.value("_rlm.steps[0].cells[0].interrupted") is True
    assert quiet.value("[_rlm.status, _rlm.message]") == ["paused", "what you ran was interrupted"]
    assert quiet.value("[child.status for child in _rlm.children if child.status != 'stopped']") == []


def test_other_cells_are_the_users_own_and_told_in_order(quiet):
    ask(quiet, lines("x = data"), FINISH_WITH_X, line="--step")
    quiet.run("data = 7")
    quiet.run("x = data")
    quiet.run("%rlm accept")
    said = told(quiet)
    assert said.index("the user ran this cell:\n```python\ndata = 7") < said.index("Cell 1.1: ran")
    assert authors(quiet)[:2] == [["human", "data = 7"], ["model", "x = data"]]


def test_a_proposed_cell_run_twice_is_recorded_once(quiet):
    ask(quiet, lines("x = 1"), FINISH_WITH_X, line="--step")
    quiet.run("x = 1")
    quiet.run("x = 1")
    spans = quiet.value("[e.span for e in _rlm.trajectory if e.type == 'cell_started']")
    assert spans == ["r/1.1", "r/1/h1"]


def test_a_helper_made_by_hand_is_named_as_its_cell_in_later_tracebacks(quiet):
    ask(quiet, lines("def helper():", "    1 / 0"), lines("helper()"), "finish('1')", line="--step")
    quiet.run("def helper():\n    1 / 0")
    quiet.run("%rlm accept")
    quiet.run("%rlm accept")
    assert "1.1" in told(quiet)
    assert "In [" not in told(quiet)


# -- from Python ----------------------------------------------------------------------


def test_a_run_from_python_waits_too(quiet):
    quiet.run("model = script(cell('x = 1'), finish('x'))")
    quiet.run("run = rlm_kernel.run('q', step=True)")
    assert quiet.value("run.status") == "proposed"
    quiet.run("run.step(); run.accept()")
    assert quiet.value("run.answer") == 1


def test_commands_are_refused_inside_a_proposed_cell(quiet):
    ask(quiet, lines("_rlm.accept()"), "finish('1')", line="--step")
    reply = quiet.run("_rlm.accept()")
    assert "a cell of run" in reply.errors[0]
    assert quiet.value("_rlm.reason") == "turn"


# -- in a front end of a Jupyter server -------------------------------------------------


def test_a_new_cell_gets_the_code_and_what_was_queued_behind_is_aborted(new_kernel):
    kernel = new_kernel(environment={"JPY_SESSION_NAME": "a.ipynb"})
    kernel.run(f"{SETUP}\n%config RLM.model = 'scripted'\n%config RLM.quiet = True")
    kernel.run("model = script(cell('x = 1'), finish('x'))")
    first = kernel.client.execute("%%rlm --step\nq")
    second = kernel.client.execute("after = 1")
    replies = {}
    while len(replies) < 2:
        reply = kernel.client.get_shell_msg(timeout=60)
        replies[reply["parent_header"]["msg_id"]] = reply["content"]
    assert replies[first]["status"] == "ok"
    assert replies[first]["payload"][0]["text"].endswith("edit it first\nx = 1")
    assert replies[second]["status"] == "aborted"
    assert kernel.value("'after' in globals()") is False
    assert kernel.run("after = 1").status == "ok"
