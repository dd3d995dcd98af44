"""A model's cells survive what people do to notebooks and windows while a run runs, and afterwards."""

from __future__ import annotations

import nbformat
import pytest
from lab import RLM_KERNEL, Notebook
from playwright.sync_api import expect
from test_cells import ASK, model_cells, setup

LONG = 60_000
"""Milliseconds that anything may take on a busy machine."""
WAITS = "import pathlib, time\nwhile not pathlib.Path({gate!r}).exists(): time.sleep(0.05)\nprint('went on')"
LOOK, END = "'Look.\\n' + cell('print(42)')", "'End.\\n' + finish('7')"
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
    id: cell.model.id,
    source: cell.model.sharedModel.getSource(),
    prompt: cell.prompt ?? null,
    outputs: (cell.model.outputs?.toJSON() ?? [])
        .map(output => output.text ?? output.data['text/plain']),
    rlm: cell.model.getMetadata('rlm') ?? null,
    tags: cell.model.getMetadata('tags') ?? [],
    hidden: cell.isHidden,
}))"""
"""The cells of a notebook."""
HIDDEN = "window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.isHidden)"
DIRTY = "window.jupyterapp.shell.currentWidget.context.model.dirty"


def waiting(gate):
    """A reply of a model whose cell runs until the test opens the gate."""
    return f"'Wait.\\n' + cell({WAITS.format(gate=gate)!r})"


def open_gate(lab, gate):
    (lab.server.folder / gate).touch()


def cells(notebook):
    return notebook.page.evaluate(CELLS)


def execute(notebook, command):
    notebook.page.evaluate(f"void window.jupyterapp.commands.execute('{command}')")


def choose(notebook, index):
    """Make a cell the active one, in command mode."""
    notebook.page.evaluate(
        "index => { const notebook = window.jupyterapp.shell.currentWidget.content;"
        " notebook.deselectAll(); notebook.mode = 'command'; notebook.activeCellIndex = index; }",
        index,
    )


def expect_cells(notebook, count):
    expect(model_cells(notebook)).to_have_count(count, timeout=LONG)


def expect_prompt(notebook, index, text):
    prompt = notebook.cell(index).locator(".jp-InputPrompt").first
    expect(prompt).to_have_text(text, timeout=LONG)


def expect_card(notebook, text):
    expect(notebook.panel.locator(".rlm-card")).to_have_count(1, timeout=LONG)
    expect(notebook.panel.locator(".rlm-card")).to_contain_text(text, timeout=LONG)


def expect_folded(notebook, hidden):
    """JupyterLab folds a section bit by bit."""
    notebook.page.wait_for_function(
        f"hidden => String({HIDDEN}) === String(hidden)", arg=hidden, timeout=LONG
    )


def begin(lab, name, *replies):
    """A saved notebook whose run has begun."""
    notebook = lab.new(f"{name}.ipynb", [setup(*replies), ASK, "'mine'"])
    notebook.run(0)
    notebook.save()
    notebook.start(1)
    return notebook


def reopened(lab, name):
    """A notebook that is open again, whether or not its kernel is busy."""
    notebook = Notebook(lab.page, lab.server.folder / f"{name}.ipynb")
    notebook.cell(0).wait_for(timeout=LONG)
    return notebook


def expect_whole_run(notebook):
    """A run of `LOOK`, a step that waited, and `END` is there, once, with all it showed."""
    expect_card(notebook, "Finished")
    expect_prompt(notebook, 1, "[2]:")
    expect_cells(notebook, 6)
    for index, text in enumerate(["[3]:", "[4]:", "[5]:"]):
        expect_prompt(notebook, 3 + 2 * index, text)
    expect(notebook.output(5)).to_contain_text("went on", timeout=LONG)
    shown = cells(notebook)
    assert [cell["source"].split("\n")[0] for cell in shown[2:5]] == ["Look.", "print(42)", "Wait."]
    assert [cell["outputs"] for cell in shown[2:7]] == [[], ["42\n"], [], ["went on\n"], []]
    assert shown[1]["outputs"][-1] == "7"
    assert shown[-1]["source"] == "'mine'"
    assert [cell["rlm"]["step"] for cell in shown if cell["rlm"]] == [1, 1, 2, 2, 3, 3]
    assert all("digest" in cell["rlm"] for cell in shown if cell["rlm"])
    assert notebook.page.locator(".jp-Dialog").count() == 0


def test_two_windows_on_one_notebook_show_the_same_and_one_of_them_saves(equipped, other_window):
    notebook = equipped.new("windows.ipynb", [setup(LOOK, waiting("windows"), END), ASK, "'mine'"])
    notebook.run(0)
    notebook.save()
    other = other_window.open("windows.ipynb")
    notebook.start(1)
    for window in (notebook, other):
        expect_cells(window, 4)
        expect_card(window, "Running")
        expect_prompt(window, 1, "[*]:")
    assert [cell["id"] for cell in cells(other)] == [cell["id"] for cell in cells(notebook)]
    open_gate(equipped, "windows")
    for window in (notebook, other):
        expect_whole_run(window)
    assert notebook.page.evaluate(DIRTY)
    assert not other.page.evaluate(DIRTY)
    notebook.save()
    other.page.reload()
    expect_whole_run(reopened(other_window, "windows"))


def test_a_window_that_is_reloaded_beside_the_one_that_asked_has_it_all(equipped, other_window):
    other_window.open(equipped.write("beside.ipynb", ["1"]))
    notebook = begin(equipped, "beside", LOOK, waiting("beside"), END)
    expect_cells(notebook, 4)
    other_window.page.reload()
    other = reopened(other_window, "beside")
    expect_cells(other, 4)
    expect_prompt(other, 5, "[*]:")
    open_gate(equipped, "beside")
    for window in (notebook, other):
        expect_whole_run(window)
    assert notebook.page.evaluate(DIRTY)
    assert not other.page.evaluate(DIRTY)


def test_the_other_window_saves_when_the_one_that_asked_is_closed(equipped, other_window):
    other_window.open(equipped.write("heir.ipynb", ["1"]))
    notebook = begin(equipped, "heir", LOOK, waiting("heir"), END)
    expect_cells(notebook, 4)
    other_window.page.reload()
    other = reopened(other_window, "heir")
    expect_cells(other, 4)
    expect_prompt(other, 5, "[*]:")
    notebook.page.close()
    other.page.wait_for_function(DIRTY, timeout=LONG)
    open_gate(equipped, "heir")
    expect_whole_run(other)
    assert other.page.evaluate(DIRTY)


def test_a_page_that_is_opened_on_a_copy_saved_in_mid_run_says_that_the_run_goes_on(equipped):
    notebook = begin(equipped, "midway", LOOK, waiting("midway"), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    expect_card(notebook, "step 2")
    notebook.save()
    notebook.page.reload()
    notebook = reopened(equipped, "midway")
    expect_card(notebook, "Running")
    open_gate(equipped, "midway")
    expect_whole_run(notebook)


def test_two_notebooks_side_by_side_keep_their_runs_apart(equipped):
    equipped.write("right.ipynb", [setup("'Right.\\n' + cell('print(2)')", waiting("right"), END), ASK])
    left = begin(equipped, "left", LOOK, waiting("left"), END)
    expect_cells(left, 4)
    left.page.evaluate(
        "window.jupyterapp.commands.execute('docmanager:open',"
        " {path: 'right.ipynb', options: {mode: 'split-right'}})"
    )
    right = Notebook(equipped.page, equipped.server.folder / "right.ipynb")
    right.panel = equipped.page.locator(".jp-NotebookPanel").nth(1)
    right.wait_for_kernel()
    right.run(0)
    right.start(1)
    expect_cells(right, 4)
    open_gate(equipped, "right")
    expect_prompt(right, 1, "[2]:")
    expect_cells(right, 6)
    left.panel = equipped.page.locator(".jp-NotebookPanel").nth(0)
    expect_cells(left, 4)
    open_gate(equipped, "left")
    expect_prompt(left, 1, "[2]:")
    expect_cells(left, 6)
    expect(left.cell(2)).to_contain_text("Look.")
    expect(right.cell(2)).to_contain_text("Right.")


@pytest.mark.parametrize("saves", [True, False], ids=["saved", "discarded"])
def test_a_tab_that_is_closed_and_opened_in_mid_run_has_all_its_cells_again(equipped, saves):
    name = f"tab-{saves}"
    notebook = begin(equipped, name, LOOK, waiting(name), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    execute(notebook, "application:close")
    answer = "Save" if saves else "Discard"
    notebook.page.locator(".jp-Dialog button", has_text=answer).first.click()
    expect(notebook.page.locator(".jp-NotebookPanel")).to_have_count(0, timeout=LONG)
    notebook.page.evaluate(
        f"void window.jupyterapp.commands.execute('docmanager:open', {{path: '{name}.ipynb'}})"
    )
    notebook = reopened(equipped, name)
    expect_cells(notebook, 4)
    expect_card(notebook, "Running")
    open_gate(equipped, name)
    expect_whole_run(notebook)


def test_a_step_that_ran_while_no_tab_was_open_is_there_with_its_outputs(equipped):
    notebook = begin(equipped, "unseen", LOOK, waiting("unseen"), waiting("seen"), END)
    expect_cells(notebook, 4)
    execute(notebook, "application:close")
    notebook.page.locator(".jp-Dialog button", has_text="Discard").click()
    expect(notebook.page.locator(".jp-NotebookPanel")).to_have_count(0, timeout=LONG)
    open_gate(equipped, "unseen")
    notebook.page.evaluate(
        "void window.jupyterapp.commands.execute('docmanager:open', {path: 'unseen.ipynb'})"
    )
    notebook = reopened(equipped, "unseen")
    expect_cells(notebook, 6)
    expect(notebook.output(5)).to_contain_text("went on", timeout=LONG)
    open_gate(equipped, "seen")
    expect_card(notebook, "Finished")
    expect(notebook.output(7)).to_contain_text("went on", timeout=LONG)
    expect_cells(notebook, 8)


def test_a_window_that_is_closed_and_another_that_is_opened_in_mid_run(equipped, other_window):
    notebook = begin(equipped, "window", LOOK, waiting("window"), END)
    expect_cells(notebook, 4)
    notebook.page.close()
    other_window.page.goto(f"{equipped.server.url}/lab/tree/window.ipynb?reset")
    notebook = reopened(other_window, "window")
    expect_cells(notebook, 4)
    expect_prompt(notebook, 1, "[*]:")
    open_gate(equipped, "window")
    expect_whole_run(notebook)
    saved = notebook.save()
    assert [cell["metadata"].get("rlm", {}).get("step") for cell in saved["cells"][2:8]] == [1, 1, 2, 2, 3, 3]


def test_what_a_cell_shows_before_a_reload_is_there_after_it(equipped):
    cell = "print('before')\n" + WAITS.format(gate="shows")
    notebook = begin(equipped, "shows", f"cell({cell!r})", END)
    expect(notebook.output(2)).to_contain_text("before", timeout=LONG)
    notebook.page.reload()
    notebook = reopened(equipped, "shows")
    expect(notebook.output(2)).to_contain_text("before", timeout=LONG)
    open_gate(equipped, "shows")
    expect_prompt(notebook, 2, "[3]:")
    expect(notebook.output(2)).to_contain_text("went on", timeout=LONG)
    expect_card(notebook, "Finished")
    assert "".join(cells(notebook)[2]["outputs"]) == "before\nwent on\n"


def test_a_question_that_waits_its_turn_when_its_page_is_reloaded_has_its_cells(equipped):
    waits = WAITS.format(gate="queued")
    notebook = equipped.new("queued.ipynb", [setup(LOOK, END, LOOK, END), ASK, waits, ASK])
    notebook.run(0)
    notebook.save()
    notebook.run(1)
    expect_cells(notebook, 4)
    notebook.start(6)
    notebook.start(7)
    expect_prompt(notebook, 7, "[*]:")
    notebook.page.reload()
    notebook = reopened(equipped, "queued")
    expect_cells(notebook, 4)  # the kernel has told of them, and knows the new page
    open_gate(equipped, "queued")
    expect_cells(notebook, 8)
    shown = "window.jupyterapp.shell.currentWidget.content.widgets[7].model.outputs.toJSON()"
    is_whole = f"{shown}.at(-1)?.data['text/plain'] === '7'"
    notebook.page.wait_for_function(is_whole, timeout=LONG)


def test_the_card_of_a_run_that_is_resumed_after_a_reload_says_so_in_the_file_too(equipped):
    notebook = begin(equipped, "said", LOOK, waiting("never"), END)
    expect_prompt(notebook, 5, "[*]:")
    notebook.interrupt()
    expect_card(notebook, "Paused")
    notebook.save()
    notebook.page.reload()
    notebook = reopened(equipped, "said")
    resume = notebook.panel.locator(".rlm-card").get_by_role("button", name="Resume", exact=True)
    resume.click(timeout=LONG)
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("Finished", timeout=LONG)
    shown = "window.jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.toJSON()[0].data"
    resumed = f"{shown}['text/plain'].startsWith('‖ Paused at step 2, then resumed below')"
    notebook.page.wait_for_function(resumed, timeout=LONG)
    expect_cells(notebook, 6)


def test_input_is_asked_for_in_the_window_that_took_over(equipped, other_window):
    asks = f"cell({WAITS.format(gate='asks')!r}, \"print('hello', input('Who? '))\")"
    notebook = begin(equipped, "asks", waiting("asked"), asks, END)
    expect_cells(notebook, 2)
    notebook.page.close()
    other_window.page.goto(f"{equipped.server.url}/lab/tree/asks.ipynb?reset")
    notebook = reopened(other_window, "asks")
    expect_cells(notebook, 2)
    open_gate(equipped, "asked")
    expect_cells(notebook, 3)
    open_gate(equipped, "asks")
    box = notebook.panel.locator(".jp-Stdin-input")
    box.wait_for(timeout=LONG)
    box.fill("Ada")
    box.press("Enter")
    expect_card(notebook, "Finished")
    expect(notebook.output(4)).to_contain_text("hello Ada", timeout=LONG)


def test_a_second_view_of_a_notebook_may_be_closed_in_mid_run(equipped):
    notebook = begin(equipped, "views", LOOK, waiting("views"), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    execute(notebook, "docmanager:clone")
    views = notebook.page.locator(".jp-NotebookPanel")
    expect(views).to_have_count(2, timeout=LONG)
    notebook.page.evaluate("[...window.jupyterapp.shell.widgets('main')][0].close()")
    expect(views).to_have_count(1, timeout=LONG)
    open_gate(equipped, "views")
    expect_whole_run(notebook)


def test_a_run_in_a_collapsed_section_is_folded_with_it(equipped):
    new = nbformat.v4
    notebook = new.new_notebook(metadata={"kernelspec": RLM_KERNEL})
    replies = (LOOK, "'### Thoughts have headings\\n' + cell('print(43)')", waiting("section"), END)
    notebook.cells = [
        new.new_code_cell(setup(*replies)),
        new.new_markdown_cell("## Section"),
        new.new_code_cell(ASK),
        new.new_markdown_cell("## Next"),
    ]
    nbformat.write(notebook, equipped.server.folder / "section.ipynb")
    notebook = equipped.open("section.ipynb")
    notebook.run(0)
    notebook.start(2)
    expect_cells(notebook, 6)
    choose(notebook, 1)
    execute(notebook, "notebook:toggle-heading-collapse")
    expect(notebook.cell(2)).to_be_hidden(timeout=LONG)
    expect_folded(notebook, [False] * 2 + [True] * 7 + [False])
    open_gate(equipped, "section")
    expect(model_cells(notebook)).to_have_count(8, timeout=LONG)
    expect_prompt(notebook, 2, "[2]:")
    expect_folded(notebook, [False] * 2 + [True] * 9 + [False])
    execute(notebook, "notebook:toggle-heading-collapse")
    expect(notebook.cell(10)).to_be_visible(timeout=LONG)
    expect_folded(notebook, [False] * 12)


def test_a_copy_is_an_ordinary_cell_and_what_is_moved_stays_the_model_s(equipped):
    notebook = equipped.new("copies.ipynb", [setup("cell('print(1)', 'print(2)')", END), ASK, "'mine'"])
    notebook.run(0)
    notebook.run(1)
    expect_cells(notebook, 3)
    choose(notebook, 2)
    execute(notebook, "notebook:copy-cell")
    choose(notebook, 5)
    execute(notebook, "notebook:paste-cell-below")
    expect(notebook.panel.locator(".jp-Notebook .jp-Cell")).to_have_count(7, timeout=LONG)
    expect_cells(notebook, 3)
    assert (cells(notebook)[6]["rlm"] or {}).get("author") != "model"
    assert cells(notebook)[6]["tags"] == []
    choose(notebook, 2)
    notebook.page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.activeCell.editor.setCursorPosition({line: 1, column: 0})"
    )
    execute(notebook, "notebook:split-cell-at-cursor")
    expect(notebook.panel.locator(".jp-Notebook .jp-Cell")).to_have_count(8, timeout=LONG)
    expect_cells(notebook, 3)
    choose(notebook, 4)
    execute(notebook, "notebook:move-cell-up")
    expect_cells(notebook, 3)
    assert [cell["source"] for cell in cells(notebook)[2:5]] == ["print(1)", "End.", "print(2)"]


def test_a_cell_that_is_moved_while_it_runs_has_all_its_outputs_in_the_end(equipped):
    notebook = begin(equipped, "moved", LOOK, waiting("moved"), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    choose(notebook, 5)
    execute(notebook, "notebook:move-cell-down")
    expect(notebook.cell(6)).to_contain_text("pathlib", timeout=LONG)
    open_gate(equipped, "moved")
    expect_card(notebook, "Finished")
    expect(notebook.output(6)).to_contain_text("went on", timeout=LONG)
    expect_prompt(notebook, 6, "[4]:")


def test_the_run_goes_on_when_its_question_is_deleted(equipped):
    notebook = begin(equipped, "question", LOOK, waiting("question"), END)
    expect_cells(notebook, 4)
    choose(notebook, 1)
    execute(notebook, "notebook:delete-cell")
    expect(notebook.panel.locator(".jp-Notebook .jp-Cell")).to_have_count(6, timeout=LONG)
    open_gate(equipped, "question")
    expect_cells(notebook, 6)
    expect_prompt(notebook, 6, "[5]:")
    assert [cell["source"] for cell in cells(notebook)][-1] == "'mine'"


def test_asking_again_and_a_reload_do_not_bring_the_earlier_cells_back(equipped):
    both = setup("cell('print(1)')", END) + "\nclient = script(cell('print(1)'), finish('1'))"
    notebook = equipped.new("earlier.ipynb", [both, ASK])
    notebook.run(0)
    notebook.run(1)
    expect_cells(notebook, 2)
    notebook.run(0)
    notebook.start(1)
    expect_prompt(notebook, 1, "[6]:")
    expect_cells(notebook, 2)
    notebook.save()
    notebook.page.reload()
    notebook = reopened(equipped, "earlier")
    notebook.wait_for_kernel()
    notebook.page.wait_for_timeout(1_500)
    expect_cells(notebook, 2)


def test_outputs_that_were_cleared_do_not_come_back_with_a_reload(equipped):
    notebook = begin(equipped, "cleared", LOOK, END)
    expect_card(notebook, "Finished")
    expect_prompt(notebook, 5, "[4]:")
    execute(notebook, "notebook:clear-all-cell-outputs")
    expect_prompt(notebook, 5, "[ ]:")
    notebook.save()
    notebook.page.reload()
    notebook = reopened(equipped, "cleared")
    expect_cells(notebook, 4)
    choose(notebook, 1)
    execute(notebook, "rlm:open-trajectory")  # it can when the kernel has told of the run, and of its cells
    expect(notebook.page.locator(".rlm-panel [role=treeitem]").first).to_be_visible(timeout=LONG)
    notebook.page.wait_for_timeout(1_500)
    assert [cell["outputs"] for cell in cells(notebook)] == [[]] * 7
    assert not notebook.page.evaluate(DIRTY)


def test_a_long_thought_is_folded_and_the_keyboard_unfolds_it(equipped):
    long = "'\\n\\n'.join(f'Paragraph {i} of a long thought.' for i in range(20)) + '\\n' + cell('1')"
    notebook = equipped.new("thought.ipynb", [setup(long, END), ASK])
    notebook.run(0)
    notebook.run(1)
    expect_cells(notebook, 4)
    thought = notebook.cell(2)
    fold = thought.get_by_role("button", name="Show all")
    expect(fold).to_be_visible(timeout=LONG)
    expect(thought.locator(".jp-MarkdownOutput")).to_be_visible()
    folded = thought.bounding_box()["height"]
    equipped.screenshot("survival-folded")
    fold.focus()
    notebook.page.keyboard.press("Enter")
    less = thought.get_by_role("button", name="Show less")
    expect(less).to_have_attribute("aria-expanded", "true", timeout=LONG)
    notebook.page.wait_for_function(
        "([cell, folded]) => cell.getBoundingClientRect().height > 2 * folded",
        arg=[thought.element_handle(), folded],
        timeout=LONG,
    )
    notebook.page.keyboard.press("Space")
    expect(thought.get_by_role("button", name="Show all")).to_be_visible()
    assert notebook.page.evaluate("window.jupyterapp.shell.currentWidget.content.mode") == "command"


def test_twenty_steps_move_neither_what_somebody_reads_nor_where_they_type(equipped):
    steps = [f"'Step {i}.\\n' + cell('print({i})', 'import time; time.sleep(0.05)')" for i in range(20)]
    padding = [f"# padding {i}\n" + "\n" * 12 for i in range(6)]
    source = [setup(*steps, END, pace=0.02), ASK, *padding, "typed = 1"]
    notebook = equipped.new("reading.ipynb", source)
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook).first).to_be_attached(timeout=LONG)
    mine = notebook.panel.locator(".jp-CodeCell", has_text="typed = 1").locator(".cm-content")
    mine.click()
    where = """() => {
        const notebook = window.jupyterapp.shell.currentWidget.content;
        const editor = notebook.activeCell.editor;
        const top = notebook.activeCell.node.getBoundingClientRect().top;
        const { line, column } = editor.getCursorPosition();
        return { id: notebook.activeCell.model.id, mode: notebook.mode, line, column,
                 focused: editor.hasFocus(), top: Math.round(top) };
    }"""
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.press("ArrowRight")
    before = notebook.page.evaluate(where)
    expect(model_cells(notebook)).to_have_count(42, timeout=LONG)
    expect_prompt(notebook, 1, "[2]:")
    after = notebook.page.evaluate(where)
    assert abs(after.pop("top") - before.pop("top")) <= 2
    assert after == before


def test_what_is_read_stays_in_place_while_the_question_that_runs_is_the_active_cell(equipped):
    steps = [f"'Step {i}.\\n' + cell('print({i})')" for i in range(4)]
    padding = [f"# padding {i}\n" + "\n" * 12 for i in range(8)]
    source = [setup(*steps, waiting("read"), *steps, END), ASK, *padding]
    notebook = equipped.new("read.ipynb", source)
    notebook.run(0)
    notebook.start(1)
    expect_card(notebook, "Running cell 5.1")
    notebook.page.mouse.move(600, 600)
    notebook.page.mouse.wheel(0, 2_000)
    read = notebook.panel.locator(".jp-CodeCell", has_text="# padding 5")
    top = "cell => Math.round(cell.getBoundingClientRect().top)"
    notebook.page.wait_for_function(
        "cell => { const top = cell.getBoundingClientRect().top; const was = window.was; window.was = top;"
        " return top === was && top > 0 && top < 800; }",
        arg=read.element_handle(),
        polling=500,
        timeout=LONG,
    )
    before = read.evaluate(top)
    open_gate(equipped, "read")
    expect(model_cells(notebook)).to_have_count(20, timeout=LONG)
    expect_prompt(notebook, 1, "[2]:")
    assert abs(read.evaluate(top) - before) <= 2


def test_a_copy_in_another_notebook_is_an_ordinary_cell_too(equipped):
    equipped.write("elsewhere.ipynb", ["'theirs'"])
    notebook = equipped.new("source.ipynb", [setup("cell('print(1)')", END), ASK])
    notebook.run(0)
    notebook.run(1)
    expect_cells(notebook, 3)
    choose(notebook, 2)
    execute(notebook, "notebook:copy-cell")
    notebook.page.evaluate(
        "window.jupyterapp.commands.execute('docmanager:open', {path: 'elsewhere.ipynb'}).then(() => null)"
    )
    other = reopened(equipped, "elsewhere")
    other.wait_for_kernel()
    choose(other, 0)
    execute(other, "notebook:paste-cell-below")
    expect(other.panel.locator(".jp-Notebook .jp-Cell")).to_have_count(2, timeout=LONG)
    expect_cells(other, 0)
    pasted = cells(other)[1]
    assert (pasted["source"], pasted["rlm"]["author"], pasted["tags"]) == ("print(1)", "human", [])
