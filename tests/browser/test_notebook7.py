"""Notebook 7, where the same extension is: a run survives there what it does in JupyterLab."""

from __future__ import annotations

from playwright.sync_api import expect
from test_cells import ASK, setup
from test_survival import (
    CELLS,
    END,
    LONG,
    LOOK,
    expect_cells,
    expect_prompt,
    expect_whole_run,
    open_gate,
    waiting,
)


def opened(equipped, name, *replies):
    """A saved notebook, open in Notebook 7, whose run has begun."""
    cells = [setup(*replies), ASK, "'mine'"]
    notebook = equipped.open(equipped.write(f"{name}.ipynb", cells), "notebook")
    notebook.run(0)
    notebook.save()
    notebook.start(1)
    return notebook


def test_after_a_reload_in_mid_run_the_run_is_whole_and_its_cells_in_order(equipped):
    notebook = opened(equipped, "reload7", LOOK, waiting("reload7"), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    notebook.page.reload()
    notebook.cell(0).wait_for(timeout=LONG)
    expect_cells(notebook, 4)
    open_gate(equipped, "reload7")
    expect_whole_run(notebook)


def test_a_page_that_is_closed_and_opened_in_mid_run_has_all_that_happened(equipped):
    notebook = opened(equipped, "closed7", LOOK, waiting("closed7"), END)
    expect_cells(notebook, 4)
    notebook.page.goto("about:blank")
    open_gate(equipped, "closed7")
    notebook = equipped.open("closed7.ipynb", "notebook")
    expect_whole_run(notebook)


def test_asking_again_after_a_reload_replaces_the_cells_and_leaves_the_users(equipped):
    again = "'Look.\\n' + cell('print(1)')", END
    notebook = opened(equipped, "again7", *again)
    expect_cells(notebook, 4)
    notebook.wait(1)
    notebook.save()
    notebook.page.reload()
    notebook.cell(0).wait_for(timeout=LONG)
    notebook.wait_for_kernel()
    expect_cells(notebook, 4)
    before = [cell["id"] for cell in notebook.page.evaluate(CELLS)]
    notebook.run(0)
    notebook.run(1)
    notebook.page.wait_for_function(
        f"before => !({CELLS})().some(cell => cell.rlm && before.includes(cell.id))",
        arg=before,
        timeout=LONG,
    )
    expect_cells(notebook, 4)
    expect(notebook.cell(6).locator(".cm-content")).to_have_text("'mine'", timeout=LONG)
