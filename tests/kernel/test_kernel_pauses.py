"""What the human does to a paused run, and what becomes of it."""

from __future__ import annotations

from live_kernel import ask

FINISH_WITH_CONTEXT = "finish('context')"


def pause(kernel, then=FINISH_WITH_CONTEXT, line="-c \"'theirs'\""):
    """A run that a step limit of one stops after its extra turn."""
    return ask(kernel, "cell('x = 1')", "cell('y = 2')", then, line=f"{line} --max-steps 1")


def test_a_context_that_the_human_changes_is_the_runs_context_from_then_on(quiet):
    pause(quiet)
    quiet.run("context = [1, 2]")
    quiet.run("%rlm resume --max-steps 9")
    assert quiet.value("result") == [1, 2]
    assert "`context` rebound (list, 2 items)" in quiet.value("told(model)")
    assert "put back" not in quiet.value("told(model)")


def test_a_context_that_the_human_deletes_is_there_again(quiet):
    pause(quiet)
    quiet.run("del context")
    quiet.run("%rlm resume --max-steps 9")
    assert quiet.value("result") == "theirs"


def test_names_given_back_while_paused_are_taken_again_on_resume(quiet):
    quiet.run("context = 'mine'")
    pause(quiet)
    quiet.run("%rlm restore")
    assert quiet.value("context") == "mine"
    quiet.run("%rlm resume --max-steps 9")
    assert quiet.value("result") == "theirs"
    assert quiet.value("_rlm.shadowed['context']") == "mine"


def test_what_earlier_runs_bound_is_not_taken_for_the_users_own(quiet):
    quiet.run("a, b = 'aaa', 'bbb'")
    ask(quiet, "finish('1')", line="-c a")
    ask(quiet, "finish('2')")
    pause(quiet)
    ask(quiet, "finish('3')", line="-c b")
    assert quiet.value("_rlm.shadowed") == {}


def test_a_change_of_the_working_folder_leaves_the_trajectory_whole(quiet, tmp_path):
    pause(quiet)
    quiet.run("import os; os.makedirs('below'); os.chdir('below')")
    quiet.run("%rlm resume --max-steps 9")
    assert quiet.value("len(_rlm.trajectory.path.read_bytes().splitlines()) == len(_rlm.trajectory)")
    assert quiet.value("os.path.exists('rlm_runs')") is False
    quiet.run("os.chdir('..')")


def test_the_run_that_was_resumed_last_is_the_latest(quiet):
    pause(quiet)
    quiet.run("first = _rlm")
    ask(quiet, "finish('2')")
    quiet.run("first.resume(max_steps=9)")
    assert first_is_latest(quiet)


def first_is_latest(kernel) -> bool:
    """Whether the run kept in `first` is the one that commands mean."""
    return kernel.value("list(__import__('rlm_kernel').runs.values())[-1] is first and _rlm is first")


def test_a_run_without_a_card_still_says_what_its_user_must_know(quiet):
    quiet.run("context = 'mine'")
    reply = ask(quiet, "finish('1')", line="-c '[1]' --max-cost 1")
    assert "rlm: " in reply.text
    assert "%rlm restore" in reply.text


def test_a_models_cell_cannot_unload_the_extension(quiet):
    reply = ask(quiet, "cell('%unload_ext rlm_kernel')", "finish('1')")
    assert reply.status == "ok"
    assert "cannot unload" in quiet.value("_rlm.steps[0].cells[0].error.evalue")
    assert quiet.run("%rlm runs").status == "ok"
