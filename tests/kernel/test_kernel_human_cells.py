"""Cells that the human runs in a pause, with magics of IPython's and with ours, and once more after a death."""

from __future__ import annotations

from live_kernel import SETUP, lines

MINE = "[e.code for e in _rlm.trajectory if e.type == 'cell_started' and e.author == 'human']"
TWO = lines("xs = [1]"), lines("ys = [2]")


def paused(kernel, *after):
    kernel.run(f"text = 'hello'\nmodel = script({', '.join([*TWO, *after])})")
    kernel.run("%%rlm -c text --max-steps 1\nWhat?")
    assert kernel.value("_rlm.status") == "paused"


def test_a_cell_that_runs_another_inside_is_recorded_once(quiet):
    paused(quiet, "finish('fixed')")
    captured = "%%capture caught\nfixed = [5]\nprint(fixed)"
    quiet.run(captured)
    quiet.run("get_ipython().run_cell('more = 6', store_history=True); last = 7")
    quiet.run("after = 8")
    recorded = quiet.value(MINE)
    assert recorded[0] == captured
    assert [code[:5] for code in recorded[1:]] == ["get_i", "after"]
    quiet.run("%rlm resume --max-steps 9")
    assert quiet.value("result") == [5]
    assert "%%capture caught" in quiet.value("told(model)")


def test_a_cell_that_begins_with_a_command_is_recorded_for_its_code(quiet):
    paused(quiet, "finish('fixed')")
    quiet.run("%rlm cost")
    quiet.run("%rlm undo\nfixed = [5]")
    assert quiet.value(MINE) == ["%rlm undo\nfixed = [5]"]
    quiet.run("%rlm resume --max-steps 9")
    assert "fixed = [5]" in quiet.value("told(model)")


def test_a_cell_that_asks_a_run_of_its_own_is_told_by_its_names(quiet):
    paused(quiet)
    quiet.run("first, waiting = model, _rlm; model = script(finish('41'))")
    quiet.run("found = rlm_kernel.run('Another?').answer + 1")
    quiet.run("model = first; first.script[0] = finish('found')\nwaiting.resume(max_steps=9)")
    assert quiet.value("waiting.answer") == 42
    assert "`found` set (int)" in quiet.value("told(model)")


def test_commands_in_a_cell_are_not_repeated_when_the_run_is_brought_back(new_kernel):
    kernel = new_kernel()
    kernel.run(f"{SETUP}\n%config RLM.quiet = True\n%config RLM.model = 'scripted'")
    paused(kernel)
    kernel.run("if True:\n    %rlm cost\nmine = [3]\nprint('of the first kernel')")
    kernel.run("%%capture caught\n%rlm cost\nmore = 4")
    run = kernel.value("_rlm.id")
    kernel.restart()
    kernel.run(f"{SETUP}\n%config RLM.quiet = True\n%config RLM.model = 'scripted'")
    kernel.run("text = 'hello'\nmodel = script(finish('(mine, more)'))")
    reply = kernel.run(f"%rlm resume {run} --max-steps 9")
    assert reply.status == "ok", reply.errors
    assert kernel.value("[list(result), _rlm.status]") == [[[3], 4], "finished"]
    told = kernel.value("told(model)")
    assert "if True:\n    %rlm cost\nmine = [3]" in told
    assert "of the first kernel" in told
    assert "Error" not in told


def test_a_look_at_the_run_or_the_clock_in_a_pause_does_not_keep_a_branch_from_going_on(quiet):
    paused(quiet, lines("zs = [mine]"), "finish('zs')")
    quiet.run("print(_rlm.status, _rlm.id, _rlm.usage); mine = [3]")
    quiet.run("_rlm")
    quiet.run("%%time\nimport calendar\nmine += [5]")
    quiet.run("%timeit -n 1 -r 2 sum(mine)")
    quiet.run("%rlm resume --max-steps 9")
    quiet.run("model = script(finish('zs + [4]'))")
    reply = quiet.run("%rlm branch 3")
    assert reply.status == "ok", reply.errors
    assert quiet.value("result") == [[3, 5], 4]
    assert "kept" not in reply.text
    quiet.run('model = script(finish(\'["mine" in globals(), "calendar" in globals()]\'))')
    assert quiet.run("%rlm branch 1").status == "ok"
    assert quiet.value("list(result)") == [False, True]
