"""The side panel in JupyterLab: exact texts, what the model was sent, from cells to nodes and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from test_cells import ASK, model_cells, setup

PATIENCE = 60_000
SLOW = """
from rlm_kernel.frontend.channel import channels
answers = channels[get_ipython()]._handlers
at_once, gate = answers["span"], __import__("threading").Event()
answers["span"] = lambda request: (gate.wait(60), at_once(request))[1]
"""
"""A kernel that gives whole texts only once a file is there: for looking at what shows until then."""

LONG = "cell('text = \"word \" * 3_000', 'x = llm_query(text)', 'print(text * 2)')"


@pytest.fixture
def notebook(equipped, request):
    """A notebook with a run that has a long prompt, a long output and an answer."""
    name = f"{request.node.name[:40].replace('[', '-').replace(']', '')}.ipynb"
    return equipped.new(name, [setup(f"'I ask.\\n' + {LONG}", "'Done.\\n' + finish('x')"), ASK, "'mine'"])


def panel_of(notebook):
    return notebook.page.locator("#rlm-panel")


def ask(notebook):
    notebook.run(0)
    notebook.run(1)
    notebook.panel.locator(".rlm-card").get_by_role("button", name="Details").click()
    expect(notebook.page.locator(".rlm-side-panel :focus")).to_have_count(1)  # keys go on from there
    panel = panel_of(notebook)
    expect(row(panel, "Step 1")).to_be_visible(timeout=PATIENCE)
    return panel


def row(panel, name):
    return panel.get_by_role("treeitem", name=re.compile(name)).first


def section(panel, title):
    """The section of the details with a title."""
    found = panel.locator(".rlm-fold").filter(has=panel.page.get_by_text(title, exact=True))
    return found.first


def test_the_details_are_the_exact_texts_and_can_be_copied(notebook, equipped):
    panel = ask(notebook)
    # A search finds what only the exact text holds, which the kernel looks through.
    panel.get_by_role("searchbox").fill("word " * 60)
    expect(row(panel, "Cell 1.1")).to_be_visible(timeout=PATIENCE)
    expect(panel.locator(".rlm-found")).to_have_text(re.compile(r"^\d+$"), timeout=PATIENCE)
    expect(panel.locator(".rlm-search-note")).to_be_hidden()
    row(panel, "llm_query").click()
    prompt = section(panel, "Prompt")
    expect(prompt.locator(".rlm-text")).to_have_text("word " * 3_000, timeout=PATIENCE)
    expect(prompt).to_contain_text("15,000 characters")
    expect(panel.locator(".rlm-note:visible")).to_have_count(0)
    equipped.screenshot("panel-detail")
    notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    prompt.get_by_role("button", name="Copy").click()
    expect(prompt.get_by_role("button", name="Copied")).to_be_visible(timeout=PATIENCE)
    assert notebook.page.evaluate("navigator.clipboard.readText()") == "word " * 3_000
    panel.get_by_role("tab", name="Namespace").click()
    panel.get_by_role("searchbox", name="Search names").fill("TEX")
    names = panel.locator(".rlm-names tbody th:visible")
    expect(names).to_have_text(["text"], timeout=PATIENCE)
    expect(panel.get_by_role("button", name="Failed")).to_be_hidden()
    equipped.screenshot("panel-names")


def test_what_came_shortened_shows_at_once_and_nothing_moves_when_the_whole_comes(notebook, equipped):
    panel = ask(notebook)
    run_code(notebook, SLOW)
    row(panel, "llm_query").click()
    prompt = section(panel, "Prompt")
    expect(prompt).to_contain_text("[… cut: 15,000 characters in all", timeout=PATIENCE)
    expect(prompt).to_contain_text("15,000 characters")
    before = [fold.bounding_box() for fold in panel.locator(".rlm-fold").all()]
    equipped.screenshot("panel-shortened")
    run_code(notebook, "gate.set()")
    expect(prompt.locator(".rlm-text")).to_have_text("word " * 3_000, timeout=PATIENCE)
    assert [fold.bounding_box() for fold in panel.locator(".rlm-fold").all()] == before


def test_where_the_kernel_is_gone_the_panel_says_what_is_shortened(notebook, equipped):
    panel = ask(notebook)
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    row(panel, "llm_query").click()
    note = panel.locator(".rlm-detail .rlm-note")
    expect(note).to_contain_text("The kernel of this run is not running", timeout=PATIENCE)
    row(panel, "Step 2").click()
    panel.get_by_role("tab", name="Messages").click()
    expect(panel.locator(".rlm-messages > .rlm-note")).to_be_visible(timeout=PATIENCE)
    equipped.screenshot("panel-without-kernel")


def test_a_notebook_opened_without_its_kernel_shows_its_runs(notebook, equipped):
    ask(notebook)
    notebook.save()
    equipped.server.end_kernels()
    again = equipped.open(notebook.path.name)
    again.panel.locator(".rlm-card").get_by_role("button", name="Details").click()
    panel = panel_of(again)
    expect(panel.get_by_role("combobox")).to_contain_text("What is it?", timeout=PATIENCE)
    expect(row(panel, "Step 1")).to_be_visible(timeout=PATIENCE)


def test_what_the_model_was_sent_stands_beside_what_its_cells_showed(notebook, equipped):
    panel = ask(notebook)
    row(panel, "Step 2").click()
    panel.get_by_role("tab", name="Messages").click()
    messages = panel.locator(".rlm-messages")
    expect(messages.get_by_role("heading", name="Step 2")).to_be_visible(timeout=PATIENCE)
    said = messages.locator(".rlm-observed-said")
    sentence = "10,001 characters were cut: the model did not see 12,001 to 22,001."
    expect(said).to_have_text(sentence, timeout=PATIENCE)
    expect(messages.locator(".rlm-unseen-part .rlm-text")).to_have_text(re.compile(r"^[word\s]+$"))
    panel.get_by_role("button", name="Close").click()
    messages.locator(".rlm-message-text mark").scroll_into_view_if_needed()
    equipped.screenshot("panel-messages")
    equipped.theme("JupyterLab Dark")
    equipped.screenshot("panel-messages-dark")
    equipped.theme("JupyterLab Dark High Contrast")
    equipped.screenshot("panel-messages-contrast")
    messages.get_by_role("button", name="The step before").click()
    expect(messages.get_by_role("heading", name="Step 1")).to_be_visible(timeout=PATIENCE)


def test_a_cell_leads_to_its_node_and_a_node_to_its_cell(notebook, equipped):
    notebook.run(0)
    notebook.run(1)
    page, panel = notebook.page, panel_of(notebook)
    code = model_cells(notebook).nth(1)
    code.locator(".cm-content").click()
    page.evaluate("window.jupyterapp.commands.execute('rlm:show-in-trajectory')")
    detail = panel.locator(".rlm-detail")
    expect(detail.get_by_role("heading", name="Cell 1.1")).to_be_visible(timeout=PATIENCE)
    model_cells(notebook).last.get_by_role("button", name=re.compile("written by the model")).click()
    expect(detail.get_by_role("heading", name="Cell 2.1")).to_be_visible(timeout=PATIENCE)
    notebook.panel.locator(".jp-Cell", has_text="'mine'").last.locator(".cm-content").click()
    enabled = "window.jupyterapp.commands.isEnabled('rlm:show-in-trajectory')"
    assert page.evaluate(enabled) is False
    row(panel, "llm_query").click()
    detail.get_by_role("button", name="Go to the cell").click()
    expect(code).to_have_class(re.compile("jp-mod-active"), timeout=PATIENCE)
    code.click(button="right", position={"x": 200, "y": 40})
    expect(page.get_by_role("menuitem", name="Show in the Trajectory")).to_be_visible(timeout=PATIENCE)


def run_code(notebook, code):
    """Run code in the kernel, in no cell."""
    notebook.page.evaluate(
        "code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
        ".requestExecute({code, store_history: false}).done",
        code,
    )
