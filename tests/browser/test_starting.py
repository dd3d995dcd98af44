"""Where a question begins: launcher, file browser, namespace, menus; and Tab in its line."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

SLOWLY = 60_000
ACTIVE = """() => {
    const { content } = window.jupyterapp.shell.currentWidget;
    const cell = content.activeCell;
    return [cell.model.sharedModel.getSource(), content.mode, cell.editor.getCursorPosition().line,
            cell.editor.hasFocus()];
}"""
EXECUTE = "([id, args]) => void window.jupyterapp.commands.execute(id, args)"


def active(lab):
    """Source, mode, cursor line and focus of the active cell of the current notebook."""
    return lab.page.evaluate(ACTIVE)


def wait_for_question(lab, source):
    """Wait until a question is to be written below `source`."""
    lab.page.wait_for_function(
        f"source => {{ try {{ return JSON.stringify(({ACTIVE})()) === source }} catch {{ return false }} }}",
        arg=json.dumps([source, "edit", 1, True], separators=(",", ":")),
        timeout=SLOWLY,
    )


def sources(lab):
    return lab.page.evaluate(
        "Array.from(window.jupyterapp.shell.currentWidget.content.model.cells, c => c.sharedModel.getSource())"
    )


def execute(lab, command, **arguments):
    lab.page.evaluate(EXECUTE, [command, arguments])


def browse(lab, folder=""):
    """The file browser, showing a folder."""
    lab.page.evaluate("window.jupyterapp.commands.execute('filebrowser:activate')")
    lab.page.evaluate(
        "path => window.jupyterapp.commands.execute('filebrowser:open-path', {path})", folder or "/"
    )
    return lab.page.locator(".jp-DirListing-content")


def ask_about(lab, listing, name):
    listing.locator(".jp-DirListing-item", has_text=name).click(button="right", timeout=SLOWLY)
    lab.page.locator(".lm-Menu-item", has_text="Ask About This File…").click()


def test_the_launcher_opens_a_notebook_with_a_question_to_be_written(equipped):
    equipped.page.goto(f"{equipped.server.url}/lab?reset")
    card = equipped.page.locator(".jp-LauncherCard", has_text="RLM Notebook")
    card.wait_for(timeout=SLOWLY)
    equipped.screenshot("launcher")
    card.click()
    wait_for_question(equipped, "%%rlm\n")
    equipped.page.keyboard.type("Which is the largest?")
    assert active(equipped)[0] == "%%rlm\nWhich is the largest?"
    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.name === 'rlm'"
    equipped.page.wait_for_function(kernel, timeout=SLOWLY)
    equipped.screenshot("new-notebook")


def test_a_file_is_asked_about_in_the_notebook_by_its_path_from_there(equipped):
    folder = equipped.server.folder
    (folder / "work").mkdir(exist_ok=True)
    (folder / "sales figures.csv").write_text("1")
    equipped.new("work/about-file.ipynb", ["1 + 1", "2"])
    listing = browse(equipped)
    ask_about(equipped, listing, "sales figures.csv")
    wait_for_question(equipped, "%%rlm --context '../sales figures.csv'\n")
    assert sources(equipped)[0] == "1 + 1"
    assert sources(equipped)[1].startswith("%%rlm")
    assert (
        equipped.page.evaluate(
            "window.jupyterapp.shell.currentWidget.content.activeCell.model.executionCount"
        )
        is None
    )
    equipped.screenshot("ask-about-file")


def test_where_no_notebook_is_open_a_file_is_asked_about_in_a_new_one_beside_it(equipped):
    (equipped.server.folder / "apart").mkdir(exist_ok=True)
    (equipped.server.folder / "apart" / "letters.txt").write_text("1")
    equipped.page.goto(f"{equipped.server.url}/lab?reset")
    equipped.page.locator(".jp-Launcher").wait_for(timeout=SLOWLY)
    listing = browse(equipped, "apart")
    listing.locator(".jp-DirListing-item", has_text="letters.txt").click(button="right", timeout=SLOWLY)
    equipped.page.locator(".lm-Menu-item", has_text="Ask About This File…").wait_for()
    equipped.screenshot("file-menu")
    equipped.page.locator(".lm-Menu-item", has_text="Ask About This File…").click()
    wait_for_question(equipped, "%%rlm --context letters.txt\n")
    assert equipped.page.evaluate("window.jupyterapp.shell.currentWidget.context.path").startswith("apart/")


def test_a_kernel_without_the_extension_is_given_it_by_a_cell_above(equipped):
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    equipped.open(equipped.write("plain-kernel.ipynb", ["1 + 1"], python))
    execute(equipped, "rlm:ask")
    wait_for_question(equipped, "%%rlm\n")
    assert sources(equipped) == ["1 + 1", "%load_ext rlm_kernel", "%%rlm\n"]
    execute(equipped, "rlm:ask")  # the empty question below is not one to be kept
    wait_for_question(equipped, "%%rlm\n")
    assert sources(equipped).count("%load_ext rlm_kernel") == 1


def test_a_variable_is_asked_about_from_the_namespace(equipped):
    setup = "from scripted import *\norders = [1, 2]\nscript(cell('x = 1'), finish('1'))"
    notebook = equipped.new("about-variable.ipynb", [setup, "%%rlm -m scripted\nWhat is it?", "'mine'"])
    panel = equipped.page.locator("#rlm-panel")
    equipped.page.evaluate("window.jupyterapp.shell.activateById('rlm-panel')")
    expect(panel).to_contain_text("Ask a question in a cell with %%rlm.", timeout=SLOWLY)
    notebook.run(0)
    notebook.run(1)
    execute(equipped, "rlm:open-trajectory")
    panel.get_by_role("tab", name="Namespace").click(timeout=SLOWLY)
    panel.get_by_role("button", name="orders", exact=True).click(timeout=SLOWLY)
    ask = panel.get_by_role("button", name="Ask About This Variable…")
    ask.wait_for(timeout=SLOWLY)
    expect(panel.locator("pre:visible")).to_contain_text("list", timeout=SLOWLY)
    equipped.screenshot("namespace-ask")
    notebook.panel.locator(".jp-Cell", has_text="'mine'").locator(".cm-content").click()
    ask.click()
    wait_for_question(equipped, "%%rlm --context orders\n")
    assert sources(equipped)[-2:] == ["'mine'", "%%rlm --context orders\n"]
    notebook.cell(1).locator(".cm-content").click()  # between the question and its steps is no place
    ask.click()
    equipped.page.wait_for_function("window.jupyterapp.shell.currentWidget.content.widgets.length === 7")
    *_, last_step, question, mine, _ = sources(equipped)
    assert last_step.startswith("answer['content'] = 1")
    assert (question, mine) == ("%%rlm --context orders\n", "'mine'")


def test_tab_offers_the_options_and_the_names(equipped):
    notebook = equipped.new("completion.ipynb", ["orders = [1]", "%%rlm --ma"])
    notebook.run(0)
    notebook.cell(1).locator(".cm-content").click()
    equipped.page.keyboard.press("Control+End")
    equipped.page.keyboard.press("Tab")
    offered = equipped.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item")
    expect(offered.filter(has_text="--max-cost")).to_have_count(1, timeout=SLOWLY)
    expect(offered.filter(has_text="--max-steps")).to_have_count(1)
    equipped.screenshot("completion")
    equipped.page.keyboard.press("Escape")
    equipped.page.keyboard.press("Enter")
    equipped.page.keyboard.press("Control+a")
    equipped.page.keyboard.type("%%rlm -c orde")
    equipped.page.keyboard.press("Tab")
    expect(offered).to_contain_text("orders", timeout=SLOWLY)
    equipped.page.keyboard.press("Enter")
    source = "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
    equipped.page.wait_for_function(f"{source} === '%%rlm -c orders'", timeout=SLOWLY)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_launchers_card_is_seen_in_every_theme(equipped, theme):
    equipped.page.goto(f"{equipped.server.url}/lab?reset")
    card = equipped.page.locator(".jp-LauncherCard", has_text="RLM Notebook")
    card.wait_for(timeout=SLOWLY)
    equipped.theme(theme)
    equipped.page.locator("#jupyterlab-splash").wait_for(state="hidden", timeout=SLOWLY)
    expect(card.locator("img")).to_be_visible()
    equipped.screenshot(f"launcher-{theme.split()[-1].lower()}")
