"""A run as a notebook, and back."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel import events as e
from rlm_kernel.interfaces import UsageError
from rlm_kernel.options import parse_line
from rlm_kernel.views.notebook import read_notebook, to_notebook, write_notebook


def stored(story):
    return [event for event in story.events if not event.transient]


def hostile():
    story = t.Story("</script>\ud800")
    story.turn(
        1, "![x](https://example.org/?leak)\n<img src='https://example.org'> a < b\n\n```repl\n'\ud800'\n```"
    )
    story.cell(1, "'\ud800'")
    story.ran(1, t.stream("\x1b[31m\ud800"))
    story.finish("<b>\ud800", "str")
    return story


@pytest.mark.parametrize("tell", [*t.GOLDEN.values(), hostile], ids=[*t.GOLDEN, "hostile"])
def test_a_run_is_a_valid_notebook_that_can_be_saved(tell, tmp_path):
    path = write_notebook(stored(tell()), tmp_path / "run.ipynb")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "rlm"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_thoughts_are_markdown_and_cells_have_the_outputs_they_had():
    notebook = to_notebook(stored(t.simple()))
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["code", "markdown", "code", "markdown", "code", "code"]
    question, _, first, thought, second, _ = notebook.cells
    assert question.source.startswith("%%rlm -c reports -m openai/gpt-5 -s openai/gpt-5-mini\n")
    assert question.source.endswith("\nWhat is the total of the column amount?")
    assert first.outputs[0].ename == "KeyError"
    assert thought.source == "### Step 2\n\nThe column is called `Amount`."
    assert (second.outputs[0].text, second.execution_count) == ("1270.5\n", 3)


def test_the_magic_line_has_every_option_the_run_was_given():
    events = stored(t.simple())
    options = {
        "context": ["reports"],
        "model": "openai/gpt-5",
        "api_base": "http://localhost:1/v1",
        "fallback": ["a", "b c"],
        "max_cost": 2.5,
        "out": "total",
        "schema_type": "<class 'float'>",
        "keep_answer": True,
    }
    started = dataclasses.replace(events[0], options=options)
    line = to_notebook([started, *events[1:]]).cells[0].source.splitlines()[0]
    assert line == (
        "%%rlm -c reports -m openai/gpt-5 -s openai/gpt-5-mini --api-base http://localhost:1/v1"
        " --fallback a --fallback 'b c' --max-cost 2.5 --out total --keep-answer"
    )
    given = parse_line(line.removeprefix("%%rlm"))
    assert given["fallback"] == ["a", "b c"]


def test_the_source_of_the_magic_cell_is_kept_where_it_is_known():
    notebook = to_notebook(stored(t.simple()), source="%%rlm -c df --quiet\nTotal?")
    assert notebook.cells[0].source == "%%rlm -c df --quiet\nTotal?"


def test_cells_say_whose_they_are_and_what_their_step_used():
    *_, human = to_notebook(stored(t.paused())).cells
    model = to_notebook(stored(t.fanout())).cells[4]
    about = model.metadata.rlm
    assert (about.step, about.cell, about.author, about.model) == (2, 1, "model", t.ROOT_MODEL)
    assert about.tokens == 1_900 + 210 + 60 * 423
    assert about.cost == pytest.approx(0.0379, abs=1e-3)
    assert model.metadata.tags == ["skip-execution"]
    assert human.metadata.rlm.author == "human"
    assert "tags" not in human.metadata


def test_an_unknown_cost_is_none():
    story = t.Story(priced=False)
    story.turn(1, t.PEEK)
    story.cell(1, "1")
    story.ran(1)
    assert to_notebook(stored(story)).cells[-1].metadata.rlm.cost is None


def test_a_proposed_cell_is_in_the_notebook_and_has_not_run():
    story = t.Story()
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    *_, note, proposed = to_notebook(stored(story)).cells
    assert note.source == "*This waits for you; it has not been run:*"
    assert proposed.source == t.code_of(t.PEEK)
    assert proposed.execution_count is None


def test_a_skipped_cell_stays_where_it_would_have_run():
    story = t.Story("q")
    story.turn(1, t.PEEK)
    story.propose(1, t.code_of(t.PEEK))
    story.record(e.RunResumed, "r", None, hint="look at the end", command="skip")
    story.turn(2, t.FINISH)
    cells = to_notebook(stored(story)).cells
    note, skipped, hint = cells[2:5]
    assert note.source == "*You skipped this; it was not run:*"
    assert (skipped.source, skipped.execution_count) == (t.code_of(t.PEEK), None)
    assert skipped.metadata["rlm"]["left_out"] == "skipped"
    assert "look at the end" in hint.source


def test_a_runnable_notebook_begins_with_no_cell_that_asks_again():
    about, setup, *cells = to_notebook(stored(t.simple()), runnable=True).cells
    assert about.cell_type == "markdown"
    assert about.source.startswith("What is the total of the column amount?\n\n*Asked of `openai/gpt-5` and")
    assert about.source.endswith("The answer was:\n\n```text\n1270.5\n```")
    assert "# context = …  (it was reports: list, 600)" in setup.source
    assert all("%%rlm" not in cell.source for cell in (about, setup, *cells))
    assert all("tags" not in cell.metadata for cell in cells)


def test_a_runnable_notebook_binds_what_its_cells_need_of_a_run():
    story = t.Story()
    story.turn(1, "```repl\nanswer['content'] = 5\nanswer['ready'] = True\n```")
    story.cell(1, "answer['content'] = 5\nanswer['ready'] = True")
    story.ran(1)
    notebook = to_notebook(stored(story), runnable=True)
    assert "There was no answer." in notebook.cells[0].source
    namespace = {}
    for cell in notebook.cells[1:]:
        exec(cell.source, namespace)
    assert namespace["answer"] == {"content": 5, "ready": True}


def test_the_beginning_of_a_runnable_notebook_is_harmless():
    story = hostile()
    story.events[0] = dataclasses.replace(
        story.events[0],
        question="<img src='https://example.org'>",
        contexts=[{"name": "context", "expression": "a\nimport os", "type": "str", "size": ""}],
    )
    about, setup, *_ = to_notebook(stored(story), runnable=True).cells
    assert about.source.startswith("\\<img")
    assert [line for line in setup.source.splitlines() if not line.startswith("#")] == [
        'answer = {"content": "", "ready": False}'
    ]


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"cannot write .*none/run.ipynb: No such file or directory"):
        write_notebook(stored(t.simple()), tmp_path / "none" / "run.ipynb")


def test_equal_runs_make_equal_notebooks():
    assert to_notebook(stored(t.fanout())) == to_notebook(stored(t.fanout()))


def test_a_thought_fetches_nothing():
    thought = to_notebook(stored(hostile())).cells[1].source
    assert (
        thought == "### Step 1\n\n\\![x](https://example.org/?leak)\n\\<img src='https://example.org'> a < b"
    )


def test_a_step_without_thought_or_code_still_has_its_head():
    story = t.Story()
    story.turn(1, f"```repl\n{t.code_of(t.PEEK)}\n```")
    story.cell(1, t.code_of(t.PEEK))
    story.ran(1)
    story.turn(2, "It is a list.")
    _, first, _, second = to_notebook(stored(story)).cells
    assert first.source == "### Step 1"
    assert second.source == "### Step 2\n\nIt is a list.\n\n*(no code)*"


@pytest.mark.parametrize("runnable", [False, True])
def test_what_the_human_did_is_marked_and_the_hint_is_there(runnable):
    story = t.paused()
    story.record(e.RunResumed, "r", None, hint="Mind <b>leaks</b>\nof gas.")
    t.told_end(story)
    notebook = to_notebook(stored(story), runnable=runnable)
    nbformat.validate(notebook)
    sources = [cell.source for cell in notebook.cells]
    hint = "*You resumed the run with a hint:*\n\n> Mind \\<b>leaks</b>\n> of gas."
    at = sources.index("*You ran this while the run was paused:*")
    assert sources[at + 1 : at + 3] == ["len(context)", hint]
    assert notebook.cells[at + 1].metadata.rlm.author == "human"
    assert sources[at + 3].startswith("### Step 3")


@pytest.mark.parametrize(
    ("text", "kind", "value", "mimes", "shown"),
    [
        ("a < b", "str", "a < b", {"text/plain", "text/html"}, "a < b"),
        (repr(["x" * 30] * 3), "list", ["x" * 30] * 3, {"text/plain"}, f"['{'x' * 30}',\n '{'x' * 30}',\n"),
        ("Counter({'a': 1})", "Counter", {"a": 1}, {"text/plain"}, "Counter({'a': 1})"),
    ],
)
def test_an_answer_looks_in_the_notebook_as_it_did_when_it_came(text, kind, value, mimes, shown):
    story = t.Story()
    story.finish(text, kind, value=value)
    answer = to_notebook(stored(story)).cells[0].outputs[1]
    assert set(answer.data) == mimes
    assert answer.data["text/plain"].startswith(shown)


def test_the_answer_stands_below_the_card():
    card, answer = to_notebook(stored(t.fanout())).cells[0].outputs
    assert "Finished" in card.data["text/html"]
    assert answer.data["text/plain"] == "17"


@pytest.mark.parametrize("runnable", [False, True])
@pytest.mark.parametrize("tell", t.GOLDEN.values(), ids=t.GOLDEN)
def test_a_run_is_read_back_from_its_notebook(tell, runnable, tmp_path):
    events = stored(tell())
    assert read_notebook(write_notebook(events, tmp_path / "run.ipynb", runnable=runnable)) == events


def test_of_several_runs_the_last_is_read_and_that_is_said(tmp_path):
    others = [dataclasses.replace(event, run="another-run") for event in stored(t.simple())]
    first = json.loads(nbformat.writes(to_notebook(others)))
    second = json.loads(nbformat.writes(to_notebook(stored(t.fanout()))))
    first["cells"] += second["cells"]
    path = tmp_path / "two.ipynb"
    path.write_text(json.dumps(first))
    with pytest.warns(UserWarning, match="holds 2 runs: this is the last"):
        assert read_notebook(path) == stored(t.fanout())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read"),
        ("no json", "is not a notebook"),
        ("[]", "is not a notebook"),
        ('{"cells": []}', "holds no run"),
        ('{"cells": [{"outputs": [{"data": {"%s": {"events": [{"type": "?"}]}}}]}]}', "cannot be read"),
    ],
)
def test_a_file_without_a_run_is_refused_in_one_sentence(content, said, tmp_path):
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_text(content.replace("%s", "application/vnd.rlm.trajectory.v1+json"))
    with pytest.raises(UsageError, match=said):
        read_notebook(path)


def test_executing_the_notebook_leaves_the_cells_of_the_model_alone(tmp_path):
    events = [*stored(t.simple())]
    source = "print('the magic cell ran')"
    notebook = to_notebook(events, source=source)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "run.ipynb"
    nbformat.write(notebook, path)
    run = [sys.executable, "-m", "jupyter", "execute", "--inplace", str(path)]
    subprocess.run(run, check=True, capture_output=True, timeout=120)
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[0].outputs[0].text == "the magic cell ran\n"
    assert executed.cells[2].outputs == notebook.cells[2].outputs


def test_importing_the_views_does_not_import_nbformat():
    code = "import sys, rlm_kernel.views.notebook; print('nbformat' in sys.modules, 'IPython' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout.split() == ["False", "False"]


def test_a_copy_that_was_cut_can_be_read_back(tmp_path):
    story, cell = t.told_up_to_fan_out()
    t.run_batch(story, cell, 3_000, 64)
    story.ran(2)
    t.told_end(story)
    path = write_notebook(stored(story), tmp_path / "run.ipynb")
    assert path.stat().st_size < 1_700_000
    assert isinstance(read_notebook(path)[-1], e.RunFinished)
