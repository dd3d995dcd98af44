"""`%rlm undo`: taking back what the last step did to names of the notebook."""

from __future__ import annotations


def told_by(reply):
    """What a reply says, however it says it."""
    return "".join(reply.errors) + reply.text


def paused(kernel, *cells):
    """A run that paused after `cells`, because its provider was down; it goes on to 7."""
    kernel.run("from rlm_kernel.interfaces import ProviderFailed")
    replies = "".join(f"cell({code!r}), " for code in cells)
    kernel.run(f"model = script({replies}ProviderFailed('down'), finish('7'))")
    reply = kernel.run("%%rlm\nWhat is it?")
    assert "paused" in "".join(reply.errors)


def test_names_of_the_notebook_are_taken_back_and_the_model_is_told(quiet):
    quiet.run("mine = before = object(); xs = [1]; gone = 'here'")
    paused(quiet, "mine = 1\nnew = 2\nxs.append(2)\ndel gone")
    shown = quiet.run("%rlm undo").text
    assert shown.splitlines() == [
        "Took back what step 1 did to names.",
        "Removed: new.",
        "Put back: gone, mine.",
        "Changed in place, not restored: xs.",
    ]
    assert quiet.value("[mine is before, gone, xs, 'new' in globals()]") == [True, "here", [1, 2], False]
    quiet.run("later = 1")
    assert quiet.run("%rlm resume").status == "ok"
    said = quiet.value("told(model)")
    assert "The user took back what step 1 did to names: removed: `new`" in said
    assert "`mine` rebound" not in said
    assert "`later` set" in said


def test_a_step_is_taken_back_once_and_another_run_ends_it(quiet):
    paused(quiet, "x = 1")
    assert quiet.run("print(_rlm.undo())").text.startswith("Took back what step 1 did to names.")
    assert "step 1 has been taken back" in told_by(quiet.run("%rlm undo"))
    quiet.run("%rlm resume")
    quiet.run("first = _rlm; model = script(finish('8'))")
    quiet.run("%%rlm\nAgain?")
    assert "another run has begun since" in told_by(quiet.run("first.undo()"))
    assert quiet.run("%rlm undo").status == "ok"


def test_a_finished_run_is_taken_back_and_stays_finished(quiet):
    quiet.run("result = 'mine'; model = script(cell('x = 1'), finish('x'))")
    quiet.run("%%rlm\nWhat is it?")
    assert quiet.value("result") == 1
    shown = quiet.run("%rlm undo").text
    assert "Put back: answer, result." in shown
    assert "is still finished" in shown
    assert quiet.value("[result, _rlm.status, _rlm.answer, x]") == ["mine", "finished", 1, 1]


def test_what_the_human_changed_since_stays(quiet):
    paused(quiet, "x = 1\ny = 2")
    quiet.run("x = 'by hand'")
    assert "Changed since, and left as they are: x." in quiet.run("%rlm undo").text
    assert quiet.value("[x, 'y' in globals()]") == ["by hand", False]


def test_magics_and_results_in_a_step_are_taken_back(quiet):
    quiet.run("table = {'a': 1}")
    paused(quiet, "%time made = 1\ntable", "%time table['b'] = 2\nmade")
    shown = quiet.run("%rlm undo").text
    assert "step 2" in shown
    assert "Changed in place, not restored: table." in shown


def test_there_may_be_nothing_to_take_back(quiet):
    assert "there is no run yet" in told_by(quiet.run("%rlm undo"))
    paused(quiet)
    assert "has run no cell yet" in told_by(quiet.run("%rlm undo"))
    assert "usage: %rlm undo [RUN]" in told_by(quiet.run("%rlm undo a b"))
