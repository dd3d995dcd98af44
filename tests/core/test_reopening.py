"""Runs that go on from a record: branches, and runs whose kernel died."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, cell, finish
from one_namespace import ask, conversation, died, killed, notebook, own_folder, paid  # noqa: F401  (each test has one)
from planned import CONTEXT, QUESTION, next_of_plan

import rlm_kernel
from rlm_kernel.events import CallFinished, CallStarted, RunResumed, RunStarted
from rlm_kernel.interfaces import CellResult, ProviderFailed, UsageError
from rlm_kernel.registry import runs

STEPS = (
    cell("xs = [len(context)]"),
    cell("said = llm_query_batched(['a', 'b'])"),
    cell("xs.append(len(said))"),
)


# -- branching ------------------------------------------------------------------------


def test_a_branch_goes_back_to_a_step_and_goes_on_from_there_live():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    assert run.answer == [5, 2]
    client = book.client = ScriptedClient([cell("xs.append('new')"), finish("(xs, said)")])
    branch = run.branch(2)
    assert branch.answer == ([5, "new"], ["reply to a", "reply to b"])
    assert [len(run.steps), len(branch.steps)] == [4, 4]
    assert len(client.requests) == len(paid(branch)) == 2
    assert branch.usage.tokens == 2 * 110
    assert branch.trajectory.of(RunStarted)[0].branch_of == {
        "run": run.id,
        "step": 2,
        "hint": None,
        "limits": {},
    }
    assert run.status == "finished"
    assert run.answer is not branch.answer


def test_the_model_is_told_the_same_as_in_the_first_run_and_then_the_hint():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    before = conversation(book.client)
    book.client = ScriptedClient([finish("said")])
    run.branch(3, hint="look at what was said")
    now = conversation(book.client)
    assert now[:-1] == before[:-1]
    assert before[-1][1].removesuffix("\n\nStep 4 of 20.") in now[-1][1]
    assert "<hint>\nlook at what was said\n</hint>" in now[-1][1]


def test_a_cell_of_the_human_that_needs_earlier_outputs_is_named():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    book.namespace["_"] = 5
    run._driver.human_cell("more = _", result_of_nothing())
    run.resume(max_steps=9)
    book.client = ScriptedClient([finish("xs")])
    branch = run.branch(3, max_steps=9)
    assert "your cell after step 2 outputs of earlier cells (_)" in branch.trajectory.events[0].notes[-1]


def test_a_branch_of_a_branch_is_as_good_as_one_of_a_run():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    book.client = ScriptedClient([cell("ys = xs * 2"), finish("ys")])
    first = run.branch(3)
    assert first.answer == [5, 2, 5, 2]
    book.client = ScriptedClient([finish("(ys, 'z' in globals())")])
    second = first.branch(4)
    assert second.answer == ([5, 2, 5, 2], False)
    assert len(paid(second)) == 1


def test_names_of_the_abandoned_steps_are_gone_and_what_they_replaced_is_back():
    book = notebook(cell("xs = 1"), cell("late = 2; mine = 'taken'; del other"), finish("late"))
    book.namespace.update(mine="my own", other="as well")
    run = ask(context="hello")
    assert book.namespace["mine"] == "taken"
    book.client = ScriptedClient([finish("('late' in globals(), mine, other)")])
    assert run.branch(1).answer == (False, "my own", "as well")


def test_what_the_human_has_changed_since_is_kept_and_named():
    book = notebook(cell("xs = 1"), cell("ys = 2"), finish("ys"))
    run = ask(context="hello")
    book.namespace["ys"] = "mine now"
    book.client = ScriptedClient([finish("'ys' in globals()")])
    branch = run.branch(1)
    assert branch.answer is False
    assert branch.shadowed["ys"] == "mine now"
    assert "ys is not the run's own: kept in _rlm.shadowed." in branch.trajectory.events[0].notes


def test_what_the_human_set_in_a_later_pause_is_kept_and_named():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    book.namespace["helper"] = 5
    run._driver.human_cell("helper = 5", result_of_nothing())
    run.resume(max_steps=9)
    book.client = ScriptedClient([finish("'helper' in globals()")])
    branch = run.branch(1)
    assert branch.answer is False
    assert branch.shadowed["helper"] == 5
    assert "helper is not the run's own: kept in _rlm.shadowed." in branch.trajectory.events[0].notes


def test_what_the_human_rebound_in_a_pause_is_kept_and_named_unless_it_is_repeated():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    book.namespace["xs"] = [7]
    run._driver.human_cell("xs = [7]", result_of_nothing())
    run.resume(max_steps=9)
    book.client = ScriptedClient([finish("xs")])
    branch = run.branch(2, max_steps=9)
    assert branch.answer == [5]
    assert branch.shadowed["xs"] == [7, 2]
    assert "xs is not the run's own: kept in _rlm.shadowed." in branch.trajectory.events[0].notes
    branch = run.branch(3)
    assert branch.answer == [7, 2]
    assert not [note for note in branch.trajectory.events[0].notes if "xs" in note]


def test_what_cells_bound_to_the_runs_own_names_is_not_the_humans():
    book = notebook(
        cell("context = 4; answer = 5"),
        cell("answer = {}"),
        cell("answer = {'content': context, 'ready': True}"),
    )
    run = ask(context="hello")
    book.client = ScriptedClient([cell("answer = {'content': context, 'ready': True}")])
    branch = run.branch(1)
    assert (branch.status, branch.answer, branch.shadowed) == ("finished", "hello", {})
    assert "`context` rebound (int); `answer` rebound (int)" in conversation(book.client)[-1][1]


def test_a_branch_has_the_limits_that_its_run_went_on_with():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    run.resume(max_steps=9)
    book.client = ScriptedClient([cell("ys = 1"), cell("zs = 2"), finish("xs")])
    branch = run.branch(2)
    assert branch.status == "finished"
    book.client = ScriptedClient([finish("xs")])
    assert branch.branch(3).status == "finished"


def test_a_branch_of_a_run_whose_limit_is_spent_asks_for_a_higher_one_before_it_pays():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    assert (run.status, len(run.steps)) == ("paused", 2)
    client = book.client = ScriptedClient([finish("xs")])
    branch = run.branch(2)
    assert [branch.status, branch.reason, client.requests] == ["paused", "max_steps", []]
    with pytest.raises(UsageError, match="resume it with a higher one, --max-steps N"):
        branch.resume()
    assert branch.resume(max_steps=9).status == "finished"


def test_a_context_that_has_given_its_values_is_asked_for_anew():
    book = notebook(cell("xs = list(context)"), finish("xs"))
    run = ask(context=(n for n in range(3)))
    client = book.client = ScriptedClient([finish("xs + [3]")])
    before = dict(book.namespace)
    with pytest.raises(UsageError, match=r"context is a generator that has been read from.*make it anew"):
        run.branch(1)
    assert client.requests == []
    assert book.namespace == before
    assert run.branch(1, contexts={"context": (n for n in range(3))}).answer == [0, 1, 2, 3]


def test_a_branch_may_leave_where_the_human_gave_the_answer():
    book = notebook(*STEPS)
    run = ask(context="hello", max_steps=1)
    book.namespace["answer"].update(content=77, ready=True)
    run._driver.human_cell("answer.update(content=77, ready=True)", result_of_nothing())
    assert run.resume().answer == 77
    book.client = ScriptedClient([finish("xs")])
    assert run.branch(2, max_steps=9).answer == [5]


@pytest.mark.parametrize("before", [{}, {"ys": 1}])
def test_what_earlier_branches_made_is_nobodys_to_keep(before):
    book = notebook(cell("xs = [0]"), cell("ys = [1]"), finish("ys"), **before)
    run = ask(context="hello")
    book.client = ScriptedClient([cell("ys = [2]"), finish("ys")])
    first = run.branch(1)
    book.client = ScriptedClient([cell("ys = [3]"), finish("ys")])
    second = run.branch(1)
    book.client = ScriptedClient([finish("ys")])
    third = second.branch(2)
    assert [first.answer, second.answer, third.answer] == [[2], [3], [3]]
    for branch in (first, second, third):
        assert "kept in _rlm.shadowed" not in " ".join(branch.trajectory.events[0].notes)
        assert "ys" not in branch.shadowed


def test_objects_that_were_there_before_and_were_changed_in_place_are_named():
    book = notebook(cell("xs = 1"), cell("mine.append(1)"), finish("mine"), mine=[])
    run = ask(context="hello")
    book.client = ScriptedClient([finish("mine")])
    branch = run.branch(1)
    notes = branch.trajectory.events[0].notes
    assert "mine was there before the run and was changed in place by cell 2.1: that stays." in notes


def test_a_branch_pauses_where_an_output_is_another_and_goes_on_live_when_resumed(folder):
    (folder / "number").write_text("1")
    reading = cell("print(open('number').read())")
    book = notebook(cell("xs = 1"), reading, cell("ys = xs"), finish("xs"))
    run = ask(context="hello")
    (folder / "number").write_text("2")
    client = book.client = ScriptedClient([finish("'went on'")])
    branch = run.branch(3)
    assert [branch.status, branch.reason, client.requests] == ["paused", "diverged", []]
    assert branch.message == "cell 2.1 did not do what it did then: line 2: recorded '1', now '2'"
    assert len(branch.steps) == 2
    branch.resume()
    assert branch.answer == "went on"
    assert conversation(client)[-1][1].startswith("Cell 2.1: ran\n2\n")


def test_a_call_that_was_not_made_then_is_not_made_by_a_branch_without_asking(folder):
    (folder / "number").write_text("1")
    asking = cell("a = llm_query('x'); b = llm_query(open('number').read())")
    book = notebook(asking, cell("ys = 1"), finish("b"))
    run = ask(context="hello")
    (folder / "number").write_text("2")
    client = book.client = ScriptedClient([asking, finish("(a, b)")], lambda prompt: f"now {prompt}")
    branch = run.branch(2)
    assert [branch.status, branch.reason, client.requests] == ["paused", "diverged", []]
    assert "the recording has no reply to '2' in cell 1.1" in branch.message
    branch.resume()
    assert branch.answer == ("reply to x", "now 2")  # the first was answered before, and is not paid again


def test_a_paused_run_is_branched_with_the_cells_of_the_human():
    book = notebook(cell("xs = 1"), cell("zs = 0"), cell("ys = xs + more"), finish("ys"))
    run = ask(context="hello", max_steps=1)
    assert run.status == "paused"
    book.namespace["more"] = 5
    run._driver.human_cell("more = 5", result_of_nothing())
    run.resume(hint="there is more", max_steps=9)
    book.client = ScriptedClient([finish("more + 1")])
    branch = run.branch(3)
    assert branch.answer == 6
    assert "there is more" in "".join(text for _, text in conversation(book.client))


def result_of_nothing():
    from rlm_kernel.interfaces import CellResult

    return CellResult()


def test_a_branch_after_the_step_that_gave_the_answer_needs_a_hint():
    book = notebook(finish("1"))
    run = ask(context="hello")
    with pytest.raises(UsageError, match="step 1 gave the answer: branch after an earlier one, or give a"):
        run.branch(1)
    book.client = ScriptedClient([finish("2")])
    assert run.branch(1, hint="that is wrong").answer == 2
    assert run.answer == 1


def test_a_branch_takes_new_limits_and_knows_what_was_used():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_calls=3)
    book.client = ScriptedClient([cell("llm_query_batched(['c', 'd'])"), finish("1")])
    branch = run.branch(2)
    assert "1 would fit" in branch.steps[2].cells[0].error.evalue
    branch = run.branch(2, max_calls=30)
    assert branch.status == "finished"
    assert branch.trajectory.events[0].limits["max_calls"] == 3


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (0, "has no step 0: it has 4"),
        (5, "has no step 5: it has 4"),
        ("2", "a step is a number from 1 to 4, not '2'"),
        (1.5, "not 1.5"),
    ],
)
def test_a_step_that_is_not_there_is_refused(step, why):
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    with pytest.raises(UsageError, match=why):
        run.branch(step)
    assert len(runs) == 1


def test_a_branch_takes_another_cell_for_one_and_tells_the_model():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    client = book.client = ScriptedClient([finish("(xs, said)")], lambda prompt: f"now {prompt}")
    branch = run.branch(2, code="said = llm_query_batched(['a', 'new'])")
    assert branch.answer == ([5], ["reply to a", "now new"])
    assert len(client.requests) == 2
    told = conversation(client)[-1][1]
    assert (
        "The user edited cell 2.1 before it ran:\n```python\nsaid = llm_query_batched(['a', 'new'])" in told
    )
    assert [(cell.author, cell.code[:8]) for cell in branch.steps[1].cells] == [("human", "said = l")]
    again = branch.branch(2, hint="once more")
    assert again.steps[1].cells[0].author == "human"
    assert conversation(client)[-1][1].count("The user edited cell 2.1") == 1


@pytest.mark.parametrize(
    ("code", "why"),
    [({"2.2": "x = 1"}, "step 2 has no cell '2.2' to edit: it ran 2.1"), ({"1.1": "x = 1"}, "no cell '1.1'")],
)
def test_a_cell_that_did_not_run_cannot_be_edited(code, why):
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    with pytest.raises(UsageError, match=why):
        run.branch(2, code=code)


def test_a_branch_may_propose_its_next_step():
    book = notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    book.client = ScriptedClient([finish("xs + ['of the branch']")])
    branch = run.branch(1, propose=True)
    assert [branch.status, len(branch.proposed)] == ["proposed", 1]
    book.namespace["xs"] = ["mine"]
    assert branch.accept().answer == ["mine", "of the branch"]


def test_cells_that_reach_beyond_names_are_named(folder):
    (folder / "number").write_text("1")
    book = notebook(
        cell("n = open('number').read()"), cell("import random; r = random.Random(1).random()"), finish("n")
    )
    run = ask(context="hello")
    book.client = ScriptedClient([finish("n")])
    notes = run.branch(2).trajectory.events[0].notes
    assert any(
        note.startswith("Run again, and may not be as they were: 1.1 files (open); 2.1 rand")
        for note in notes
    )


def test_a_branch_that_is_refused_leaves_every_name_as_it_was(folder):
    (folder / "data.txt").write_text("some text")
    book = notebook(cell("xs = 1"), cell("ys = 2"), finish("ys"))
    run = book.ask("What?", {"model": "m", "max_cost": 0, "context": ["data.txt"]})
    book.namespace["xs"] = ["mine now"]
    before = dict(book.namespace)
    (folder / "data.txt").unlink()
    with pytest.raises(UsageError, match="no variable, file or folder called data"):
        run.branch(1)
    assert {name: id(value) for name, value in book.namespace.items()} == {
        name: id(value) for name, value in before.items()
    }


def test_a_branch_with_a_hint_after_the_answer_can_be_branched_and_replayed_itself():
    book = notebook(cell("xs = 1"), finish("'first'"))
    run = ask(context="hello")
    book.client = ScriptedClient([cell("xs = 2"), cell("xs = 3"), finish("'second'")])
    second = run.branch(2, hint="better")
    assert second.answer == "second"
    client = book.client = ScriptedClient([finish("['third', xs]")])
    third = second.branch(3)
    assert [third.answer, len(client.requests)] == [["third", 2], 1]
    book.client = ScriptedClient(["no"])
    again = ask(context="hello", replay=str(second.trajectory.path))
    assert [again.answer, again.usage.tokens] == ["second", 0]


def test_what_the_human_put_where_the_model_had_deleted_a_name_is_kept():
    book = notebook(cell("xs = 1"), cell("del mine"), finish("xs"), mine="original")
    run = ask(context="hello")
    book.namespace["mine"] = "precious"
    book.client = ScriptedClient([finish("mine")])
    branch = run.branch(1)
    assert branch.answer == "original"
    assert branch.shadowed["mine"] == "precious"


def test_what_was_kept_of_the_human_stays_with_the_next_branch():
    book = notebook(cell("xs = 1"), cell("ys = 2"), finish("ys"))
    run = ask(context="hello")
    book.namespace["ys"] = "precious"
    for _ in range(2):
        book.client = ScriptedClient([finish("xs")])
        branch = run.branch(1)
        assert branch.shadowed["ys"] == "precious"


def test_objects_changed_in_place_are_named_also_where_their_size_stays():
    book = notebook(cell("count['a'] += 1"), cell("ys = 2"), finish("ys"), count={"a": 1})
    run = ask(context="hello")
    book.client = ScriptedClient([finish("ys")])
    notes = run.branch(2).trajectory.events[0].notes
    assert "count was there before the run and was changed in place by it: that stays." in notes


def test_the_hint_of_a_branch_that_differs_is_told_when_it_goes_on(folder):
    (folder / "number").write_text("1")
    book = notebook(cell("print(open('number').read())"), cell("ys = 2"), finish("ys"))
    run = ask(context="hello")
    (folder / "number").write_text("2")
    book.client = ScriptedClient([finish("1")])
    branch = run.branch(2, hint="look again", max_steps=55)
    assert branch.reason == "diverged"
    branch.resume()
    assert "<hint>\nlook again\n</hint>" in conversation(book.client)[-1][1]
    assert "Step 2 of 55." in conversation(book.client)[-1][1]


# -- replaying what the human did --------------------------------------------------------


def test_a_replay_repeats_what_the_human_did_while_the_run_stood_still():
    book = notebook(cell("xs = 1"), cell("zs = 0"), cell("ys = xs + more"), finish("ys"))
    run = ask(context="hello", max_steps=1)
    book.namespace["more"] = 5
    run._driver.human_cell("more = 5", result_of_nothing())
    run.resume(hint="there is more", max_steps=9)
    assert run.answer == 6
    book = notebook("no")
    again = ask(context="hello", replay=str(run.trajectory.path))
    assert again.answer == 6
    assert [book.client.requests, again.usage.tokens] == [[], 0]
    kept = ("message_added", "run_paused", "run_resumed", "cell_started")
    assert [(e.span, getattr(e, "content", "")) for e in again.trajectory if e.type in kept] == [
        (e.span, getattr(e, "content", "")) for e in run.trajectory if e.type in kept
    ]


# -- bringing back a run whose kernel died --------------------------------------------


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"question": "Another?"}, "line 2: recorded 'What is it?', now 'Another?'"),
        ({"context": "hello!"}, "line 6: recorded 'str, 5 characters', now 'str, 6 characters'"),
    ],
)
def test_a_replay_of_a_run_that_had_stood_still_says_that_something_else_is_asked(asked, line):
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello", max_steps=1)
    run.resume(max_steps=9)
    again = ask(**{"context": "hello", "replay": str(run.trajectory.path)} | asked)
    where = "the replay leaves its recording at step 1: message 2 (user) differs in "
    assert (again.status, again.message) == ("paused", where + line)
    assert not again.steps or not again.steps[0].cells


def test_a_run_goes_on_from_wherever_its_kernel_died_and_pays_for_no_call_twice():
    notebook(next_of_plan)
    run = ask(QUESTION, context=CONTEXT)
    expected = (run.answer, len(paid(run)))
    assert run.status == "finished"
    lines = run.trajectory.path.read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines)):
        path = killed(run, count, torn=lines[count][: len(lines[count]) // 2])
        book = notebook(next_of_plan, context=CONTEXT)
        again = rlm_kernel.load(path)
        again.resume()
        assert again.answer == expected[0], f"after {count} events: {again.reason}: {again.message}"
        started = {event.span: event for event in again.trajectory.of(CallStarted)}
        keys = [started[event.span].key or event.span for event in paid(again)]
        assert len(set(keys)) == len(keys), f"after {count} events"
        assert len(started) == len(again.trajectory.of(CallStarted)), "a span is used twice"
        assert len(paid(again)) - len(book.client.requests) == sum(
            isinstance(event, CallFinished) for event in again.trajectory.events[:count]
        )
        stored = rlm_kernel.load(path)
        assert stored.status == "finished"
        assert len(stored.trajectory) == len(again.trajectory)


def test_a_paused_run_whose_kernel_died_is_brought_back_with_the_cells_of_the_human():
    book = notebook(cell("xs = 1"), cell("zs = 0"))
    run = ask(context="hello", max_steps=1)
    run._driver.human_cell("more = 41", result_of_nothing())
    path = killed(run, len(run.trajectory))
    book = notebook(finish("xs + more"), context="hello")
    again = rlm_kernel.load(path)
    assert again.status == "paused"
    again.resume(hint="go on", max_steps=5)
    assert again.answer == 42
    told = conversation(book.client)[-1][1]
    assert "the user ran this cell:\n```python\nmore = 41\n```" in told
    assert "go on" in told


def test_other_data_than_the_run_began_with_are_refused():
    path = died()
    notebook(finish("ys"), context="another text")
    with pytest.raises(UsageError, match="context is not what the run began with"):
        rlm_kernel.load(path).resume()


def test_an_object_that_is_not_there_is_asked_for():
    path = died()
    notebook(finish("ys"))
    with pytest.raises(UsageError, match="the run was given an object as 'context': bind it to that name"):
        rlm_kernel.load(path).resume()


def test_a_script_gives_the_object_to_the_run_that_comes_back():
    path = died()
    notebook(finish("ys"))
    again = rlm_kernel.load(path)
    with pytest.raises(UsageError, match="context is not what the run began with"):
        again.resume(contexts={"context": "other"})
    assert again.resume(contexts={"context": "hello"}).answer == [5, 1]


def test_names_that_cells_read_and_nobody_has_made_are_named():
    notebook(cell("ys = mine + [len(theirs)]"), cell("zs = ys"), finish("zs"), mine=[1], theirs="x")
    run = ask(context="hello")
    path = killed(run, [e.seq for e in run.trajectory if e.type == "step_started"][2])
    size = path.stat().st_size
    notebook(finish("zs"), context="hello", mine=[1])
    again = rlm_kernel.load(path)
    with pytest.raises(UsageError, match="read theirs, which this kernel does not have: run the cells above"):
        again.resume()
    assert path.stat().st_size == size
    notebook(finish("zs"), context="hello", mine=[1], theirs="x")
    assert again.resume().answer == [1, 1]


def test_cells_that_do_something_else_now_pause_the_run_and_the_model_is_told(folder):
    (folder / "number").write_text("1")
    notebook(cell("n = open('number').read(); print(n)"), cell("ys = 1"), finish("n"))
    run = ask(context="hello")
    path = killed(run, [e.seq for e in run.trajectory if e.type == "step_started"][2])
    (folder / "number").write_text("2")
    book = notebook(finish("n"), context="hello")
    again = rlm_kernel.load(path).resume()
    assert [again.status, again.reason] == ["paused", "diverged"]
    assert "recorded '1', now '2'" in again.message
    assert book.client.requests == []
    assert again.resume().answer == "2"
    assert "your cells were run again:\ncell 1.1 did not do" in conversation(book.client)[-1][1]


def test_the_step_in_which_the_kernel_died_is_not_run_by_a_branch(folder):
    dying = cell("a = llm_query('x'); open('log', 'a').write('ran ')")
    notebook(cell("xs = 1"), dying, finish("a"))
    run = ask(context="hello")
    cut = next(e.seq for e in run.trajectory if e.type == "cell_finished" and e.span == "r/2.1")
    path = killed(run, cut)
    book = notebook(dying, finish("a"), context="hello")
    branch = rlm_kernel.load(path).branch(2)
    assert branch.answer == "reply to x"
    assert (folder / "log").read_text() == "ran ran "  # in the first kernel, and when the model asked for it
    assert "The kernel died while cell 2.1 was running" in conversation(book.client, 0)[-1][1]
    assert len(book.client.requests) == 2


def test_what_is_asked_of_a_run_that_comes_back_another_is_kept_for_its_going_on(folder):
    (folder / "number").write_text("1")
    notebook(cell("print(open('number').read())"), cell("ys = 1"), finish("ys"))
    run = ask(context="hello")
    path = killed(run, [e.seq for e in run.trajectory if e.type == "step_started"][2])
    (folder / "number").write_text("2")
    book = notebook(finish("ys"), context="hello")
    again = rlm_kernel.load(path).resume(hint="mind the number", max_steps=77)
    assert again.reason == "diverged"
    again.resume()
    assert "mind the number" in conversation(book.client)[-1][1]
    assert [e.limits for e in again.trajectory if e.type == "run_resumed"] == [{"max_steps": 77}]


def test_a_run_that_another_kernel_is_running_is_not_brought_back():
    path = died()
    fcntl = pytest.importorskip("fcntl")
    notebook(finish("ys"), context="hello")
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UsageError, match="is running in another kernel: stop it there first"):
            rlm_kernel.load(path).resume()
    assert rlm_kernel.load(path).resume().answer == [5, 1]


def test_a_finished_run_read_from_a_file_can_be_branched_but_not_resumed():
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    path = killed(run, len(run.trajectory))
    book = notebook(finish("said"), context="hello", xs="the user's own")
    again = rlm_kernel.load(path)
    with pytest.raises(UsageError, match="is finished: only a paused run can be resumed"):
        again.resume()
    branch = again.branch(2)
    assert branch.answer == ["reply to a", "reply to b"]
    assert len(book.client.requests) == 1


def test_the_ledger_counts_what_was_used_before():
    path = died(max_calls=7)
    notebook(finish("ys"), context="hello")
    again = rlm_kernel.load(path).resume()
    assert again.usage.tokens == 3 * 110
    assert again.trajectory.events[-1].usage["input_tokens"] == 300


def test_a_notebooks_shortened_copy_is_not_brought_back(folder):
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    run.save(folder / "run.ipynb")
    runs.clear()
    with pytest.raises(UsageError, match="a shortened copy of the run: read its"):
        rlm_kernel.load(folder / "run.ipynb").branch(1)


@pytest.mark.parametrize("resumed", [False, True])
def test_a_step_that_was_taken_back_is_taken_back_again(resumed):
    last = finish("(x, 'y' in globals())")
    book = notebook(cell("x = 1"), cell("y = 2", "x = 3"), ProviderFailed("down"), last)
    run = ask(context="hello")
    run.undo()
    if resumed:
        assert run.resume().answer == (1, False)
        told_then = conversation(book.client)
        events = next(event.seq for event in run.trajectory.of(RunResumed)) + 3
    else:
        told_then, events = None, len(run.trajectory)
    path = killed(run, events)
    book = notebook(last, context="hello")
    again = rlm_kernel.load(path).resume()
    assert again.answer == (1, False)
    told = conversation(book.client)
    assert "The user took back what step 2 did to names: removed: `y`" in told[-1][1]
    assert told_then in (None, told)
    assert again.undo().step == 3


def test_a_branch_ends_what_its_parent_could_take_back():
    notebook(*STEPS, finish("xs"))
    run = ask(context="hello")
    run.branch(2, "go on")
    with pytest.raises(UsageError, match="another run has begun since"):
        run.undo()


# -- steps that wait for the human ----------------------------------------------------


def test_a_run_that_waited_when_its_kernel_ended_waits_again_and_can_be_accepted():
    notebook(cell("xs = [1]"), cell("xs.append(2)") + "\n" + cell("ys = xs"))
    path = ask(step=True).accept().trajectory.path
    runs.clear()
    notebook(finish("ys"))
    again = rlm_kernel.load(path)
    assert (again.status, [c.code for c in again.proposed]) == ("proposed", ["xs.append(2)", "ys = xs"])
    again.accept()
    assert (again.status, again.namespace["ys"]) == ("proposed", [1, 2])
    assert again.accept().answer == [1, 2]


def test_a_run_that_waited_when_its_kernel_ended_can_be_skipped():
    notebook(cell("xs = [1]"))
    path = ask(step=True).trajectory.path
    runs.clear()
    book = notebook(finish("0"))
    again = rlm_kernel.load(path).skip()
    assert again.status == "proposed"
    assert "xs" not in again.namespace
    assert "The user skipped cell 1.1" in conversation(book.client)[-1][1]


def test_cells_that_the_human_edited_run_again_as_they_ran():
    notebook(cell("xs = 1"), finish("xs"))
    run = ask(step=True)
    run._driver.by_hand.begin("xs = 5", f"{run.id}-r-1-1")
    run.namespace["xs"] = 5
    run._driver.end_by_hand(CellResult())
    path = run.trajectory.path
    runs.clear()
    book = notebook(finish("xs"))
    again = rlm_kernel.load(path)
    assert (again.status, again.reason) == ("paused", "turn")
    again.accept()
    assert again.namespace["xs"] == 5
    assert (
        "The user edited cell 1.1 before it ran:\n```python\nxs = 5\n```" in conversation(book.client)[-1][1]
    )
    assert again.accept().answer == 5


def test_a_branch_of_a_run_that_waited_waits_too():
    book = notebook(cell("xs = 1"), cell("xs = 2"))
    run = ask(step=True)
    run.accept()
    book.client = ScriptedClient([finish("xs")])
    branch = run.branch(1)
    assert (branch.status, branch.namespace["xs"], len(branch.steps)) == ("proposed", 1, 2)
    assert branch.accept().answer == 1
