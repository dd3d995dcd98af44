"""The model's cells in JupyterLab and Notebook 7: real cells, while the run runs and afterwards."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

ASK = "%%rlm -m scripted\nWhat is it?"


def setup(*replies, **how):
    """A cell that lets the next run ask a model that says `replies`."""
    options = "".join(f", {name}={value!r}" for name, value in how.items())
    return f"from scripted import *\nscript({', '.join(replies)}{options})"


def codes(notebook):
    """Source and prompt of each code cell."""
    cells = notebook.panel.locator(".jp-Notebook .jp-CodeCell")
    return [
        (
            cell.locator(".jp-InputPrompt").first.inner_text(),
            cell.locator(".jp-InputArea .cm-content").first.inner_text(),
        )
        for cell in cells.all()
    ]


def model_cells(notebook):
    return notebook.panel.locator(".jp-Notebook .jp-Cell.rlm-cell")


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_run_writes_its_steps_as_cells_with_their_own_outputs_and_numbers(equipped, front_end):
    cells = [
        setup("'First I look.\\n' + cell('print(6 * 7)', 'x = 42')", "finish('x')"),
        ASK,
        "'after'",
    ]
    notebook = equipped.open(equipped.write(f"cells-{front_end}.ipynb", cells), front_end)
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(3)
    prompts = [prompt for prompt, _ in codes(notebook)]
    assert prompts == ["[1]:", "[2]:", "[3]:", "[4]:", "[ ]:"]
    expect(notebook.cell(2).locator(".jp-MarkdownOutput")).to_have_text("First I look.")
    expect(notebook.cell(3).locator(".jp-OutputArea-output")).to_have_text("42")
    expect(notebook.cell(3).locator(".rlm-cell-header")).to_contain_text("Step 1.1")
    saved = notebook.save()
    about = saved["cells"][3]["metadata"]["rlm"]
    assert (about["step"], about["cell"], about["author"], about["model"]) == (1, 1, "model", "scripted")
    assert about["owner"] == saved["cells"][1]["id"]
    assert saved["cells"][3]["outputs"][0]["text"] in ("42\n", ["42\n"])


def test_asking_again_replaces_the_cells_and_keeps_what_the_user_edited(equipped):
    again = "; script(cell('print(2)'), finish('2'))"
    notebook = equipped.new(
        "again.ipynb", [setup("cell('print(1)')", "finish('1')") + again.replace(";", "\n#"), ASK]
    )
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(2)
    notebook.cell(2).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("  # mine")
    notebook.panel.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute("
        "{code: \"script(cell('print(2)'), finish('2'))\"}).done"
    )
    notebook.cell(1).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")
    expect(notebook.panel.locator(".jp-OutputArea-output", has_text=re.compile("^2$")).first).to_be_visible()
    notebook.wait(1)
    sources = [source for _, source in codes(notebook)]
    assert sources[2] == "print(1)  # mine"
    assert sources[3].strip() == "print(2)"
    assert len(sources) == 5


def test_a_thought_shows_while_it_is_written(equipped):
    endless = "' '.join(f'word{i}' for i in range(1_000))"
    notebook = equipped.new("thought.ipynb", [setup(endless, pace=0.1), ASK])
    notebook.run(0)
    notebook.start(1)
    thought = notebook.cell(2).locator(".jp-MarkdownOutput")
    expect(thought).to_contain_text("word10 ", timeout=60_000)
    assert notebook.prompt(1) == "[*]:"
    notebook.interrupt()
    notebook.wait(1)


def test_somebody_who_types_meanwhile_notices_nothing(equipped):
    slow = "cell('import time', 'for i in range(8): print(i); time.sleep(0.2)')"
    notebook = equipped.new("typing.ipynb", [setup(slow, slow, "finish('1')", pace=0.05), ASK, "", ""])
    notebook.run(0)
    notebook.start(1)
    mine = notebook.cell(2).locator(".cm-content")
    mine.click()
    identity = "window.jupyterapp.shell.currentWidget.content.activeCell.model.id"
    active = notebook.page.evaluate(identity)
    text = "the quick brown fox jumps over the lazy dog"
    notebook.page.keyboard.type(text, delay=100)
    assert notebook.page.evaluate(identity) == active
    assert notebook.page.evaluate("document.activeElement.closest('.jp-Cell') !== null")
    source = "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
    assert notebook.page.evaluate(source) == text
    notebook.wait(1)


def test_after_a_reload_in_mid_run_the_cells_are_all_there(equipped):
    slow = "cell('import time', 'for i in range(10): print(i); time.sleep(0.3)')"
    notebook = equipped.new(
        "reload.ipynb", [setup("'Look.\\n' + cell('print(42)')", slow, "finish('1')"), ASK]
    )
    notebook.save()
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook)).to_have_count(3)
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(model_cells(notebook)).to_have_count(4, timeout=60_000)
    outputs = notebook.panel.locator(".jp-Cell.rlm-cell .jp-OutputArea-output")
    expect(outputs.first).to_have_text("42")
    expect(outputs.nth(1)).to_contain_text("9", timeout=60_000)


def test_one_undo_takes_back_a_step(equipped):
    notebook = equipped.new("undo.ipynb", [setup("'Look.\\n' + cell('1')", "'Done.\\n' + finish('2')"), ASK])
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(4)
    notebook.page.keyboard.press("Escape")
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:undo-cell-action')")
    expect(model_cells(notebook)).to_have_count(2)


def test_run_all_twice_runs_each_cell_of_the_model_once_a_run(equipped):
    cells = [
        "times = globals().get('times', 0)\n" + setup("cell('times += 1')", "finish('times')"),
        ASK,
        "times",
    ]
    notebook = equipped.new("run-all.ipynb", cells)
    notebook.run_all()
    last = notebook.panel.locator(".jp-Notebook .jp-CodeCell").last
    expect(last.locator(".jp-OutputArea-output")).to_have_text("1")
    notebook.run_all()
    expect(last.locator(".jp-OutputArea-output")).to_have_text("2", timeout=60_000)
    expect(model_cells(notebook)).to_have_count(2)


def test_the_buttons_of_a_card_pause_and_resume_a_run(equipped):
    slow = "cell('import time', 'time.sleep(30)')"
    notebook = equipped.new("buttons.ipynb", [setup(slow, "finish('42')"), ASK, "'mine'"])
    notebook.run(0)
    notebook.start(1)
    card = notebook.panel.locator(".rlm-card").first
    expect(model_cells(notebook)).to_have_count(1)
    card.get_by_role("button", name="Pause", exact=True).click()
    expect(card).to_contain_text("Paused")
    mine = notebook.panel.locator(".jp-Notebook .jp-CodeCell").last
    mine.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")
    expect(mine.locator(".jp-OutputArea-output")).to_have_text("'mine'")
    card.get_by_role("button", name="Resume", exact=True).click()
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("Finished", timeout=60_000)
    expect(model_cells(notebook)).to_have_count(2)
    sources = [source.strip() for _, source in codes(notebook)]
    assert sources[3:5] == ["'mine'", "%rlm resume"]
    assert sources[5].startswith("answer")
    equipped.screenshot("cells-resumed")


def test_in_a_narrow_window_the_buttons_of_a_card_cover_nothing_and_are_all_there(equipped):
    notebook = equipped.new("narrow.ipynb", [setup("cell('import time', 'time.sleep(60)')"), ASK])
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook)).to_have_count(1)
    notebook.interrupt()
    card = notebook.panel.locator(".rlm-card")
    expect(card).to_contain_text("Paused")
    notebook.page.set_viewport_size({"width": 400, "height": 900})
    apart = """card => {
        const boxOf = element => element.getBoundingClientRect();
        const [whole, line] = [card, card.querySelector('.rlm-card-line')].map(boxOf);
        const buttons = [...card.querySelectorAll('.rlm-card-actions button')].map(boxOf);
        const isApart = box => box.left >= line.right || box.top >= line.bottom;
        return whole.width < 400 && buttons.length === 5
            && buttons.every(box => isApart(box) && box.right <= whole.right);
    }"""
    try:
        notebook.page.wait_for_function(apart, arg=card.element_handle())
    finally:
        equipped.screenshot("cells-narrow")
        notebook.page.set_viewport_size({"width": 1180, "height": 900})


def test_a_run_that_is_resumed_after_another_was_asked_goes_on_below_that_ones_cells(equipped):
    slow = "'Wait.\\n' + cell('import time', 'time.sleep(60)')"
    other = setup("'Other.\\n' + cell('print(2)')", "'Done.\\n' + finish('2')")
    asked = setup(slow, "'End.\\n' + finish('1')")
    notebook = equipped.new("another.ipynb", [asked, ASK, other, ASK, "'mine'"])
    notebook.run(0)
    notebook.start(1)
    first = notebook.panel.locator(".rlm-card").first
    expect(model_cells(notebook)).to_have_count(2)
    first.get_by_role("button", name="Pause", exact=True).click()
    expect(first).to_contain_text("Paused")
    notebook.run(4)
    notebook.run(5)
    expect(model_cells(notebook)).to_have_count(6)
    first.get_by_role("button", name="Resume", exact=True).click()
    expect(model_cells(notebook)).to_have_count(8, timeout=60_000)
    resumed = notebook.panel.locator(".jp-Notebook .jp-CodeCell", has_text="%rlm resume")
    expect(resumed.locator(".rlm-card")).to_contain_text("Finished", timeout=60_000)
    steps = notebook.panel.locator(".jp-Notebook .jp-Cell")
    beginnings = ["Other.", "print(2)", "Done.", "answer", "%rlm resume", "End.", "answer", "'mine'"]
    for index, text in enumerate(beginnings, 6):
        expect(steps.nth(index)).to_contain_text(text)


def test_the_panel_shows_the_run_its_messages_and_the_names(equipped):
    replies = ["'Ask.\\n' + cell('xs = llm_query_batched([str(i) for i in range(5)])')", "finish('xs')"]
    notebook = equipped.new("panel.ipynb", [setup(*replies), ASK])
    notebook.run(0)
    notebook.run(1)
    notebook.panel.locator(".rlm-card").get_by_role("button", name="Details").click()
    panel = notebook.page.locator("#rlm-panel")
    expect(panel.get_by_role("treeitem", name=re.compile("Step 1"))).to_be_visible()
    expect(panel.get_by_role("combobox")).to_contain_text("What is it?")
    panel.get_by_role("tab", name="Namespace").click()
    row = panel.get_by_role("row", name=re.compile("^xs"))
    expect(row).to_contain_text("step 1")
    row.get_by_role("button").click()
    expect(panel.locator(".rlm-names pre:visible")).to_contain_text("list")
    panel.get_by_role("tab", name="Messages").click()
    expect(panel.locator(".rlm-messages")).to_contain_text("New in this step")
    equipped.screenshot("cells-panel")
    panel.get_by_role("tab", name="Timeline").click()
    equipped.screenshot("cells-timeline")


def test_cells_that_the_user_deleted_do_not_come_back_with_a_reload(equipped):
    notebook = equipped.new("deleted.ipynb", [setup("cell('1')", "cell('2')", "finish('3')"), ASK])
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(3)
    notebook.page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCellRange(2, 4)"
    )
    expect(model_cells(notebook)).to_have_count(1)
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(notebook.panel.locator(".rlm-card")).to_contain_text("Finished")
    notebook.page.wait_for_timeout(1_000)
    expect(model_cells(notebook)).to_have_count(1)


def test_outputs_of_every_kind_are_the_cell_s_own(equipped):
    shown = (
        "from IPython.display import display, clear_output, HTML",
        "print('gone'); clear_output(wait=True)",
        "handle = display('first', display_id=True)",
        "display(HTML('<b>bold</b>'))",
        "handle.update('updated')",
    )
    typed = ("name = input('Who? ')", "print('hello', name)", "1 / 0")
    steps = [f"cell({', '.join(map(repr, step))})" for step in (shown, typed)]
    notebook = equipped.new("outputs.ipynb", [setup(*steps, "finish('name')"), ASK])
    notebook.run(0)
    notebook.start(1)
    first, second = notebook.cell(2), notebook.cell(3)
    box = second.locator(".jp-Stdin-input")
    box.fill("Ada")
    box.press("Enter")
    notebook.wait(1)
    expect(first.locator(".jp-OutputArea")).to_contain_text("'updated'")
    expect(first.locator(".jp-OutputArea")).not_to_contain_text("gone")
    expect(first.locator(".jp-OutputArea b")).to_have_text("bold")
    expect(second.locator(".jp-OutputArea")).to_contain_text("hello Ada")
    expect(second.locator(".jp-OutputArea")).to_contain_text("ZeroDivisionError")
    assert "hello" not in notebook.output(1).inner_text()


def test_a_kernel_that_is_restarted_in_mid_run_leaves_cells_and_a_card_that_says_so(equipped):
    # A kernel is interrupted before it is shut down, and its run paused where there is time for it: not here.
    deaf = "'import signal, time', 'signal.signal(signal.SIGINT, signal.SIG_IGN)'"
    slow = f"cell({deaf}, 'print(42)', 'time.sleep(30)')"
    notebook = equipped.new("restart.ipynb", [setup(slow), ASK])
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook).locator(".jp-OutputArea-output")).to_have_text("42")
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(notebook.panel.locator(".rlm-card")).to_contain_text("Interrupted")
    expect(model_cells(notebook)).to_have_count(1)
    expect(model_cells(notebook).locator(".jp-OutputArea-output")).to_have_text("42")


def test_a_reply_that_was_cut_off_comes_again_below_the_cell_that_resumes(equipped):
    slow = "'I look at all of it, word by word.\\n' + cell('x = 1')"
    notebook = equipped.new(
        "cut-off.ipynb",
        [setup(slow, slow, "finish('x')", pace=0.5), ASK, "mine = 1", "%rlm resume"],
    )
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook).first).to_contain_text("I look")
    notebook.interrupt()
    notebook.wait(1)
    expect(model_cells(notebook)).to_have_count(0)
    notebook.run(2)
    notebook.run(3)
    expect(model_cells(notebook)).to_have_count(3)
    expect(notebook.cell(3)).to_contain_text("%rlm resume")
    expect(notebook.cell(4)).to_contain_text("I look at all of it, word by word.")
