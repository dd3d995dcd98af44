"""Another way from a cell of a run, in JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from test_cells import model_cells, setup
from test_step_by_step import command, evaluated, has_run

ASK = "%%rlm -m scripted\nWhat is it?"
REPLIES = ("cell('xs = [1]')", "cell('xs.append(2)')", "cell('late = xs * 2')", "finish('late')")


def asked(equipped, name):
    """A notebook with a finished run of four steps, whose model has one more reply."""
    notebook = equipped.new(name, [setup(*REPLIES, "finish('xs + [\"branched\"]')"), ASK, "'mine'"])
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(4)
    return notebook


def branch_from(notebook, cell, hint=""):
    """Choose *Branch From This Cell…* in a cell's menu, and answer its question."""
    cell.locator(".jp-InputPrompt").first.click()
    cell.locator(".jp-InputPrompt").first.click(button="right")
    notebook.page.locator(".lm-Menu-item", has_text="Branch From This Cell").click()
    answer(notebook, hint)


def answer(notebook, hint):
    dialog = notebook.page.locator(".jp-Dialog")
    dialog.get_by_role("textbox").fill(hint)
    dialog.get_by_role("button", name="Branch").click()


def expect_sources(notebook, beginnings):
    """Wait until the code cells below the one that asked begin so, in this order."""
    patterns = [re.compile(rf"^\s*{re.escape(beginning)}") for beginning in beginnings]
    below = notebook.panel.locator(".jp-Notebook .jp-CodeCell .jp-InputArea .cm-content")
    expect(below).to_have_count(len(beginnings) + 2 + (below.last.inner_text().strip() == ""))
    for place, pattern in enumerate(patterns):
        expect(below.nth(place + 2)).to_have_text(pattern)


def expect_active(notebook, beginning):
    active = notebook.panel.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").first
    expect(active).to_have_text(re.compile(rf"^{re.escape(beginning)}"))


def wait_until_idle(notebook):
    """Until all that was sent has run, and what the kernel has said of it has arrived."""
    evaluated(notebook, "0")
    expect(notebook.panel.locator(".jp-Notebook .jp-InputPrompt", has_text="[*]")).to_have_count(0)


def branch_cell(notebook):
    return notebook.panel.locator(".jp-Notebook .jp-CodeCell", has_text=re.compile("%rlm branch 2"))


def test_a_branch_goes_on_below_its_cell_again_too_and_after_a_reload(equipped):
    notebook = asked(equipped, "branch.ipynb")
    branch_from(notebook, model_cells(notebook).nth(1), hint="another way, please")
    done = branch_cell(notebook)
    has_run(done)
    expect(done.locator(".jp-OutputArea-output").last).to_contain_text("[1, 2, 'branched']")
    in_order = ["xs = [1]", "xs.append(2)", "%rlm branch 2 --hint", "answer", "'mine'"]
    expect_sources(notebook, in_order)
    assert evaluated(notebook, "'late' in globals()") == "False"
    command(notebook, "rlm:open-trajectory")
    panel = notebook.page.locator("#rlm-panel")
    expect(panel.locator("select option")).to_have_count(2)
    equipped.screenshot("branch-light")
    abandoned = notebook.panel.locator(".rlm-card").first.get_by_role("row", name=re.compile("^3"))
    abandoned.get_by_role("button").click()  # its cell is gone from the notebook, and all is in the panel
    expect(panel.locator(".rlm-detail-label")).to_contain_text("3")
    expect(panel.get_by_role("treeitem", name=re.compile("Step 4"))).to_be_visible()
    notebook.save()
    notebook.page.reload()
    notebook.wait_for_kernel()
    expect(model_cells(notebook)).to_have_count(3)
    assert evaluated(notebook, "script(finish('xs + [\"again\"]'))") == "None"
    branch_cell(notebook).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+Enter")
    expect(branch_cell(notebook).locator(".jp-OutputArea-output").last).to_contain_text("[1, 2, 'again']")
    expect_sources(notebook, in_order)


def test_an_edited_cell_is_the_branchs_cell(equipped):
    notebook = asked(equipped, "branch-edited.ipynb")
    second = model_cells(notebook).nth(1)
    second.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("xs.append('edited')")
    branch_from(notebook, second)
    done = branch_cell(notebook)
    expect(done.locator(".jp-OutputArea-output").last).to_contain_text("[1, 'edited', 'branched']")
    expect_sources(
        notebook, ["xs = [1]", "xs.append('edited')", "%rlm branch 2 --edited", "answer", "'mine'"]
    )


def test_who_walks_down_a_notebook_of_branches_comes_to_its_end_each_time(equipped):
    cells = [
        setup(*REPLIES, "finish('1')", "finish('2')"),
        ASK,
        "first = _rlm",
        "%rlm branch 2",
        "'between'",
        "other = first.branch(2, code='xs.append(3)')",
        "'the end'",
        "",
    ]
    notebook = equipped.new("walk.ipynb", cells)
    in_order = [
        "xs = [1]",
        "xs.append(2)",
        "first = _rlm",
        "%rlm branch 2",
        "answer",
        "'between'",
        "other = ",
        "xs.append(3)",
        "answer",
        "'the end'",
    ]
    for _ in range(2):
        notebook.cell(0).locator(".jp-InputPrompt").first.click()
        for source in ("from scripted", "%%rlm", "first", "%rlm", "'between'", "other", "'the end'"):
            expect_active(notebook, source)
            notebook.page.keyboard.press("Shift+Enter")
            wait_until_idle(notebook)
        expect_sources(notebook, in_order)


def test_a_step_that_is_chosen_in_the_panel_is_branched_from_and_the_list_tells_the_runs_apart(equipped):
    notebook = asked(equipped, "branch-panel.ipynb")
    command(notebook, "rlm:open-trajectory")
    panel = notebook.page.locator("#rlm-panel")
    # Nobody has given the side area a width yet: there is room to read.
    notebook.page.wait_for_function("document.querySelector('#rlm-panel').offsetWidth > 390")
    panel.get_by_role("treeitem", name=re.compile("Step 2")).click()
    panel.locator(".rlm-detail").get_by_role("button", name="Branch after this step").click()
    answer(notebook, "another way, please")
    done = branch_cell(notebook)
    expect(done.locator(".jp-OutputArea-output").last).to_contain_text("[1, 2, 'branched']")
    first, second = evaluated(notebook, "' '.join(i[-4:] for i in __import__('rlm_kernel').runs)")[
        1:-1
    ].split()
    names = [f"Branch {second} of {first} after step 2 · What is it?", f"What is it? · {first}"]
    expect(panel.locator("select option")).to_have_text(names)
    # The branch shows; a step that it shares leads to its cell, which is the first run's.
    expect(panel.locator("select option").nth(0)).to_have_js_property("selected", True)  # noqa: FBT003
    expect(panel.get_by_role("treeitem", name=re.compile("Step 4"))).to_have_count(0)
    expect(panel.get_by_role("treeitem", name=re.compile("Step 3"))).to_be_visible()
    panel.get_by_role("treeitem", name=re.compile("Step 2")).click()
    panel.locator(".rlm-detail").get_by_role("button", name="Go to the cell").click()
    expect(model_cells(notebook).nth(1)).to_have_class(re.compile("jp-mod-active"))
    equipped.screenshot("branch-panel")
