"""One kernel that several things in the page have: two notebooks, a console; and a kernel that goes."""

from __future__ import annotations

from lab import Notebook
from playwright.sync_api import expect
from test_cells import ASK, setup
from test_survival import (
    END,
    LONG,
    LOOK,
    begin,
    cells,
    choose,
    execute,
    expect_card,
    expect_cells,
    expect_prompt,
    open_gate,
    reopened,
    waiting,
)

KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"
OPEN = """([path, id]) => window.jupyterapp.commands
    .execute('docmanager:open', {path, ...(id ? {kernel: {id}} : {})}).then(() => null)"""


def settled(notebook):
    """Nothing has come into a notebook that is not its own."""
    assert [cell["source"] for cell in cells(notebook) if cell["rlm"]] == []


def begin_console(notebook):
    execute(notebook, "notebook:create-console")
    prompt = notebook.page.locator(".jp-CodeConsole-input .cm-content")
    prompt.wait_for(timeout=LONG)
    banner = notebook.page.locator(".jp-CodeConsole-banner")
    expect(banner).to_contain_text("IPython", timeout=LONG)
    return prompt


def test_two_notebooks_with_one_kernel_have_each_its_own_cells(equipped):
    equipped.write("shares.ipynb", [setup("'Other.\\n' + cell('print(2)')", END), ASK])
    first = begin(equipped, "shared", LOOK, END)
    expect_cells(first, 4)
    expect_prompt(first, 1, "[2]:")
    kernel = first.page.evaluate(KERNEL)
    first.page.evaluate(OPEN, ["shares.ipynb", kernel])
    second = Notebook(equipped.page, equipped.server.folder / "shares.ipynb")
    second.wait_for_kernel()
    assert second.page.evaluate(KERNEL) == kernel
    second.run(0)
    second.run(1)
    expect_cells(second, 4)
    assert [cell["outputs"] for cell in cells(second)][2:4] == [[], ["2\n"]]
    expect_card(second, "Finished")
    first.page.evaluate(OPEN, ["shared.ipynb", ""])
    expect_card(first, "Finished")
    assert len([cell for cell in cells(first) if cell["rlm"]]) == 4


def test_of_two_notebooks_with_one_kernel_a_run_is_resumed_in_its_own(equipped):
    equipped.write("resumes.ipynb", [setup(waiting("resumes"), END), ASK])
    first = equipped.new("first.ipynb", [setup(LOOK, END), ASK])
    first.page.evaluate(OPEN, ["resumes.ipynb", first.page.evaluate(KERNEL)])
    second = Notebook(equipped.page, equipped.server.folder / "resumes.ipynb")
    second.wait_for_kernel()
    second.run(0)
    second.start(1)
    expect_cells(second, 2)
    second.interrupt()
    expect_card(second, "Paused")
    second.panel.locator(".rlm-card").get_by_role("button", name="Resume", exact=True).click()
    resumes = second.panel.locator(".jp-InputArea .cm-content", has_text="%rlm resume")
    expect(resumes).to_have_count(1, timeout=LONG)
    open_gate(equipped, "resumes")
    first.page.evaluate(OPEN, ["first.ipynb", ""])
    first.cell(0).wait_for(timeout=LONG)
    assert [cell["source"] for cell in cells(first) if cell["source"].startswith("%rlm ")] == []


def test_what_is_asked_in_a_notebook_s_console_stays_there(equipped):
    notebook = equipped.new("beside.ipynb", [setup(LOOK, END), "'mine'"])
    notebook.run(0)
    begin_console(notebook).click()
    notebook.page.keyboard.insert_text(ASK)
    notebook.page.keyboard.press("Shift+Enter")
    console = notebook.page.locator(".jp-CodeConsole-content")
    expect(console).to_contain_text("Look.", timeout=LONG)
    expect(console).to_contain_text("Finished", timeout=LONG)
    notebook.page.evaluate(OPEN, ["beside.ipynb", ""])
    notebook.cell(0).wait_for(timeout=LONG)
    settled(notebook)


def test_a_notebook_that_is_opened_beside_its_console_has_its_cells(equipped):
    notebook = equipped.new("late.ipynb", [setup(LOOK, END), ASK])
    notebook.run(0)
    notebook.save()
    begin_console(notebook)
    notebook.page.evaluate(OPEN, ["late.ipynb", ""])
    notebook.cell(0).wait_for(timeout=LONG)
    execute(notebook, "application:close")
    expect(notebook.page.locator(".jp-NotebookPanel")).to_have_count(0, timeout=LONG)
    notebook.page.evaluate(OPEN, ["late.ipynb", ""])
    notebook = reopened(equipped, "late")
    notebook.wait_for_kernel()
    notebook.run(1)
    expect_cells(notebook, 4)
    expect_card(notebook, "Finished")


def test_a_question_that_is_moved_while_it_runs_is_saved_with_its_whole_run(equipped):
    notebook = begin(equipped, "moved-question", LOOK, waiting("moved-question"), END)
    expect_cells(notebook, 4)
    choose(notebook, 1)
    execute(notebook, "notebook:move-cell-up")
    open_gate(equipped, "moved-question")
    expect_prompt(notebook, 0, "[2]:")
    expect_cells(notebook, 6)
    card = "window.jupyterapp.shell.currentWidget.content.widgets[0].model.outputs.toJSON()[0].data"
    notebook.page.wait_for_function(
        f"{card}['application/vnd.rlm.trajectory.v1+json'].events.length > 0", timeout=LONG
    )
    data = notebook.page.evaluate(card)
    assert data["text/plain"].startswith("✓ Finished")
    assert cells(notebook)[0]["outputs"][-1] == "7"


def test_a_run_whose_kernel_was_shut_down_offers_nothing_that_needs_it(equipped):
    notebook = begin(equipped, "shut-down", LOOK, waiting("shut-down"))
    expect_cells(notebook, 4)
    notebook.interrupt()
    expect_card(notebook, "Paused")
    resume = notebook.panel.locator(".rlm-card").get_by_role("button", name="Resume")
    expect(resume).to_be_visible(timeout=LONG)
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => null)"
    )
    expect(resume).to_be_hidden(timeout=LONG)
    expect(notebook.panel.locator(".rlm-card").get_by_role("button", name="Details")).to_be_visible()
