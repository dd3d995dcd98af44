"""Another way from a cell of a run, in JupyterLab."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from test_cells import codes, model_cells, setup
from test_step_by_step import command, evaluated

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
    dialog.locator("input").fill(hint)
    dialog.get_by_role("button", name="Branch").click()


def branch_cell(notebook):
    return notebook.panel.locator(".jp-Notebook .jp-CodeCell", has_text=re.compile("%rlm branch 2"))


def test_a_branch_replaces_the_cells_of_the_steps_that_are_abandoned(equipped):
    notebook = asked(equipped, "branch.ipynb")
    branch_from(notebook, model_cells(notebook).nth(1), hint="another way, please")
    done = branch_cell(notebook)
    expect(done.locator(".jp-InputPrompt").first).to_have_text(re.compile(r"\[\d+\]:"))
    expect(done.locator(".jp-OutputArea-output").last).to_contain_text("[1, 2, 'branched']")
    expect(model_cells(notebook)).to_have_count(3)
    sources = [source for _, source in codes(notebook)]
    assert sources[2:4] == ["xs = [1]", "xs.append(2)"]
    assert sources[4].startswith("answer['content'] = xs + [\"branched\"]")
    assert sources[5].startswith("%rlm branch 2 ")
    assert sources[6] == "'mine'"
    assert evaluated(notebook, "'late' in globals()") == "False"
    command(notebook, "rlm:open-trajectory")
    expect(notebook.page.locator("#rlm-panel select option")).to_have_count(2)
    equipped.screenshot("branch-light")
    saved = notebook.save()
    runs = {cell["metadata"]["rlm"]["run"] for cell in saved["cells"] if "rlm" in cell["metadata"]}
    assert len(runs) == 1


def test_an_edited_cell_is_the_branchs_cell(equipped):
    notebook = asked(equipped, "branch-edited.ipynb")
    second = model_cells(notebook).nth(1)
    second.locator(".cm-content").click()
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.type("xs.append('edited')")
    branch_from(notebook, second)
    done = branch_cell(notebook)
    expect(done.locator(".jp-OutputArea-output").last).to_contain_text("[1, 'edited', 'branched']")
    expect(model_cells(notebook)).to_have_count(3)
    sources = [source for _, source in codes(notebook)]
    assert [source for source in sources if source.startswith("xs.append")] == ["xs.append('edited')"]


def test_a_step_that_is_chosen_in_the_panel_is_branched_from_and_the_list_tells_the_runs_apart(equipped):
    notebook = asked(equipped, "branch-panel.ipynb")
    command(notebook, "rlm:open-trajectory")
    panel = notebook.page.locator("#rlm-panel")
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
    panel.get_by_role("combobox").select_option(label=names[0])
    expect(panel.get_by_role("treeitem", name=re.compile("Step 4"))).to_have_count(0)
    expect(panel.get_by_role("treeitem", name=re.compile("Step 3"))).to_be_visible()
    equipped.screenshot("branch-panel")
