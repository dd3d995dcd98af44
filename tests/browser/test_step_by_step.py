"""Steps that wait for the human, in JupyterLab: proposed cells, run by hand, edited, skipped."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from test_cells import model_cells, setup

STEP = "%%rlm -m scripted --step\nWhat is it?"
RISKY = "%%rlm -m scripted --approve risky\nWhat is it?"
CELLS = "[(c.author, c.code) for s in _rlm.steps for c in s.cells]"


def proposed(notebook):
    return notebook.panel.locator(".jp-Notebook .jp-Cell.rlm-mod-proposed")


def button(notebook, label):
    """A button of the latest card."""
    return notebook.panel.locator(".rlm-card").last.get_by_role("button", name=label, exact=True)


def command(notebook, name):
    notebook.page.evaluate("name => void window.jupyterapp.commands.execute(name)", name)


def run_by_hand(notebook, cell, *, edit=None):
    cell.locator(".cm-content").click()
    if edit is not None:
        notebook.page.keyboard.press("Control+a")
        notebook.page.keyboard.type(edit)
    notebook.page.keyboard.press("Shift+Enter")


def has_run(cell):
    expect(cell.locator(".jp-InputPrompt").first).to_have_text(re.compile(r"\[\d+\]:"))


def evaluated(notebook, expression):
    """What an expression is, evaluated outside the notebook's cells."""
    return notebook.page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const future = kernel.requestExecute({code: '', user_expressions: {it: code}, silent: true});
            const reply = await future.done;
            return reply.content.user_expressions.it.data['text/plain'];
        }""",
        expression,
    )


def test_a_proposed_cell_is_edited_run_by_hand_and_the_step_button_goes_on(equipped):
    replies = (
        "'I will count the **lines** first.\\n' + cell('lines = 3', 'print(lines)')",
        "'Now I double it.\\n' + cell('total = lines * 2')",
        "finish('total')",
    )
    notebook = equipped.new("step.ipynb", [setup(*replies), STEP, "'after'"])
    notebook.run(0)
    notebook.run(1)
    expect(proposed(notebook)).to_have_count(1)
    waiting = proposed(notebook).first
    expect(waiting.locator(".rlm-cell-header")).to_contain_text("Proposed, not run yet")
    expect(waiting.locator(".jp-InputPrompt").first).to_have_text("[ ]:")
    expect(button(notebook, "Accept")).to_be_visible()
    expect(button(notebook, "Skip")).to_be_visible()
    equipped.screenshot("proposed-light")
    equipped.theme("JupyterLab Dark")
    expect(notebook.page.locator("#jupyterlab-splash")).to_have_count(0)
    equipped.screenshot("proposed-dark")
    run_by_hand(notebook, model_cells(notebook).nth(1), edit="lines = 21; print(lines)")
    ran = model_cells(notebook).nth(1)
    has_run(ran)
    expect(ran.locator(".jp-OutputArea-output")).to_have_text("21")
    expect(proposed(notebook)).to_have_count(0)
    expect(ran.locator(".rlm-cell-header")).to_contain_text("edited")
    expect(button(notebook, "Resume")).to_be_visible()
    equipped.screenshot("proposed-ran-dark")
    button(notebook, "Step").click()
    expect(proposed(notebook)).to_have_count(1)
    expect(proposed(notebook)).to_contain_text("total = lines * 2")
    command(notebook, "rlm:accept")
    expect(proposed(notebook)).to_contain_text("answer")
    command(notebook, "rlm:accept")
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("Finished")
    assert evaluated(notebook, "[total, result]") == "[42, 42]"
    assert "'human', 'lines = 21; print(lines)'" in evaluated(notebook, CELLS)


def test_a_typed_accept_runs_what_was_edited_as_it_stands_in_the_notebook(equipped):
    notebook = equipped.new("edited.ipynb", [setup("cell('x = 1')", "finish('x')"), STEP, "'typed'"])
    notebook.run(0)
    notebook.run(1)
    expect(proposed(notebook)).to_have_count(1)
    proposed(notebook).first.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("x = 5")
    expect(proposed(notebook).first.locator(".rlm-cell-header")).to_contain_text("edited")
    run_by_hand(notebook, notebook.panel.locator(".jp-Notebook .jp-Cell").last, edit="%rlm accept")
    expect(proposed(notebook)).to_contain_text("answer")
    assert evaluated(notebook, "x") == "5"
    expect(model_cells(notebook).first).to_contain_text("x = 5")
    button(notebook, "Accept").click()
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("Finished")
    assert evaluated(notebook, "result") == "5"


def test_risky_cells_say_why_they_wait_and_skipping_takes_them_away(equipped):
    risky = """cell('import shutil', "shutil.rmtree('nothing-there')")"""
    notebook = equipped.new("risky.ipynb", [setup("cell('x = 1')", risky, "finish('x')"), RISKY])
    notebook.run(0)
    notebook.run(1)
    expect(proposed(notebook)).to_have_count(1)
    expect(proposed(notebook).locator(".rlm-cell-header")).to_contain_text("deletes files: shutil.rmtree")
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("deletes files: shutil.rmtree")
    equipped.screenshot("proposed-risky")
    button(notebook, "Skip").click()
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("Finished")
    expect(proposed(notebook)).to_have_count(0)
    assert evaluated(notebook, "result") == "1"
    skipped = notebook.panel.locator(".jp-Notebook .jp-Cell.rlm-mod-left-out")
    expect(skipped.locator(".rlm-cell-header")).to_contain_text("Skipped, not run")
    expect(notebook.panel.locator(".rlm-card").last).to_contain_text("skipped")
    expect(
        notebook.panel.locator(".jp-mod-error, [data-mime-type='application/vnd.jupyter.error']")
    ).to_have_count(0)
    equipped.screenshot("skipped")
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(skipped.locator(".rlm-cell-header")).to_contain_text("Skipped, not run")
    expect(skipped).to_contain_text("shutil.rmtree")


def test_a_proposed_cell_waits_on_after_a_reload(equipped):
    notebook = equipped.new("reloaded.ipynb", [setup("cell('x = 1')", "finish('x')"), STEP])
    notebook.save()
    notebook.run(0)
    notebook.run(1)
    expect(proposed(notebook)).to_have_count(1)
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(proposed(notebook)).to_have_count(1)
    run_by_hand(notebook, proposed(notebook).first)
    expect(proposed(notebook)).to_have_count(0)
    assert "('model', 'x = 1')" in evaluated(notebook, CELLS)


def test_without_the_labextension_a_new_cell_has_the_proposed_code(lab):
    notebook = lab.new("plain.ipynb", [setup("cell('x = 1')", "finish('x')"), STEP, "'after'"])
    notebook.run(0)
    notebook.run(1)
    offered = notebook.cell(2)
    expect(offered).to_contain_text("# proposed step 1.1 of run")
    expect(notebook.card(1)).to_contain_text("Proposed")
    lab.screenshot("proposed-without-labextension", notebook.show_all(1))
    notebook.run(2)
    assert "('model', 'x = 1')" in evaluated(notebook, CELLS)


def test_run_all_stops_at_a_proposed_step(lab):
    notebook = lab.new("stops.ipynb", [setup("cell('x = 1')", "finish('x')"), STEP, "after = 1"])
    notebook.run_all()
    offered = notebook.cell(2)
    expect(offered).to_contain_text("# proposed step 1.1 of run")
    expect(notebook.cell(3).locator(".jp-InputPrompt").first).to_have_text("[ ]:")
    assert evaluated(notebook, "'after' in globals()") == "False"
