"""JupyterLab's own debugger on the cells that a model proposes: they are ordinary cells."""

from __future__ import annotations

from playwright.sync_api import expect
from test_cells import model_cells, setup
from test_step_by_step import STEP, command, evaluated, has_run, proposed

REPLIES = ("'I count.\\n' + cell('lines = 3', 'double = lines * 2', 'print(double)')", "finish('double')")


def test_a_breakpoint_in_a_proposed_cell_stops_it(equipped):
    notebook = equipped.new("debugged.ipynb", [setup(*REPLIES), STEP])
    page = notebook.page
    page.locator(".jp-DebuggerBugButton[aria-disabled=false]").click()
    notebook.run(0)
    notebook.run(1)
    expect(proposed(notebook)).to_have_count(1)
    cell = proposed(notebook).first
    cell.locator(".cm-content").click()
    # The gutter's first element is a spacer.
    cell.locator(".cm-breakpoint-gutter .cm-gutterElement").nth(2).click()
    expect(cell.locator(".cm-breakpoint-icon")).to_have_count(1)
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-DebuggerCallstackFrame").first).to_contain_text("Cell [*]:2")
    equipped.screenshot("debugger-in-a-proposed-cell")
    command(notebook, "debugger:continue")
    ran = model_cells(notebook).last
    has_run(ran)
    expect(ran.locator(".jp-OutputArea-output")).to_have_text("6")
    assert evaluated(
        notebook, "[(c.author, c.code.count('double')) for s in _rlm.steps for c in s.cells]"
    ) == ("[('model', 2)]")
