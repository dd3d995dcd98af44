"""Settings, menus, shortcuts and the toolbar; and a kernel that speaks another version."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

SLOWLY = 60_000
STEPS = "script('Let me think.\\n' + cell('x = 1'), 'And now.\\n' + cell('x = 2'), finish('x'))"
SETUP = f"from scripted import *\n{STEPS}"
ASK = "%%rlm -m scripted\nWhat is it?"
DISABLED = re.compile("lm-mod-disabled")
ENABLED = "([id, args]) => window.jupyterapp.commands.isEnabled(id, args)"
OURS = ("rlm:pause", "rlm:pause-after-step", "rlm:resume", "rlm:resume-with-hint", "rlm:stop", "rlm:export")


@pytest.fixture(autouse=True)
def settings(equipped):
    """Writes the user's settings as the settings editor does; they are gone with the test."""
    folder = Path(equipped.server.environment["JUPYTERLAB_SETTINGS_DIR"]) / "rlm-labextension"
    file = folder / "settings.jupyterlab-settings"

    def write(**given):
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(given))

    file.unlink(missing_ok=True)
    yield write
    equipped.page.goto("about:blank")  # an open settings editor would write the file once more
    file.unlink(missing_ok=True)


def can(lab, *commands):
    return [lab.page.evaluate(ENABLED, [command, {}]) for command in commands]


def wait_until_enabled(lab, command, is_enabled=True):
    lab.page.wait_for_function(
        "([id, is]) => window.jupyterapp.commands.isEnabled(id, {}) === is",
        arg=[command, is_enabled],
        timeout=SLOWLY,
    )


def model_cells(notebook):
    return notebook.panel.locator(".jp-Notebook .jp-Cell.rlm-cell")


def test_settings_are_defaults_that_a_cell_overrides(equipped, settings):
    settings(max_steps=1)
    notebook = equipped.new("defaults.ipynb", [SETUP, ASK, STEPS, ASK.replace("-m", "--max-steps 5 -m")])
    for index in (0, 1):
        notebook.run(index)
    expect(notebook.card(1)).to_contain_text("Paused", timeout=SLOWLY)
    expect(notebook.card(1)).to_contain_text("out of steps")
    notebook.panel.locator(".jp-Cell", has_text="script(").last.locator(".cm-content").click()
    equipped.page.keyboard.press("Control+Enter")
    last = notebook.panel.locator(".jp-Cell", has_text="--max-steps 5").last
    last.locator(".cm-content").click()
    equipped.page.keyboard.press("Control+Enter")
    expect(last.locator(".jp-OutputArea")).to_contain_text("Finished", timeout=SLOWLY)


def test_thoughts_become_cells_only_where_the_user_likes_them_to(equipped, settings):
    settings(thought_cells=False)
    notebook = equipped.new("thoughtless.ipynb", [SETUP, ASK])
    notebook.run(0)
    notebook.run(1)
    expect(model_cells(notebook)).to_have_count(3, timeout=SLOWLY)
    expect(notebook.panel.locator(".jp-Notebook .jp-MarkdownCell")).to_have_count(0)
    expect(notebook.card(1)).to_contain_text("Let me think.")


def test_the_panel_stands_where_the_user_likes_it_and_moves_at_once(equipped, settings):
    settings(panel_side="left")
    equipped.new("side.ipynb", ["1"])
    tab = '[data-id="rlm-panel"]'
    expect(equipped.page.locator(f".jp-SideBar.jp-mod-left {tab}")).to_have_count(1, timeout=SLOWLY)
    equipped.page.evaluate("window.jupyterapp.commands.execute('settingeditor:open', {query: 'Recursive'})")
    editor = equipped.page.locator(".jp-SettingsForm")
    editor.wait_for(timeout=SLOWLY)
    expect(editor).to_contain_text("--max-cost")
    equipped.screenshot("settings-editor", editor)
    editor.locator('select[id$="_panel_side"]').select_option(label="Right")
    expect(equipped.page.locator(f".jp-SideBar.jp-mod-right {tab}")).to_have_count(1, timeout=SLOWLY)


def test_a_change_of_the_settings_reaches_a_kernel_that_runs_already(equipped, settings):
    equipped.new("later.ipynb", ["%rlm models"])
    wait_until_enabled(equipped, "rlm:provider-keys")
    equipped.page.evaluate("window.jupyterapp.commands.execute('settingeditor:open', {query: 'Recursive'})")
    field = equipped.page.locator('.jp-SettingsForm input[id$="_sub_model"]')
    field.fill("tiny", timeout=SLOWLY)
    field.blur()
    chosen = "__import__('rlm_kernel.session').session.current_session().options({}).sub_model"
    equipped.page.wait_for_function(
        """async code => {
            const panel = window.jupyterapp.shell.widgets('main').find(w => w.sessionContext);
            const future = panel.sessionContext.session.kernel.requestExecute(
                {code: '', silent: true, user_expressions: {chosen: code}});
            const reply = await future.done;
            return reply.content.user_expressions.chosen.data['text/plain'] === "'tiny'";
        }""",
        arg=chosen,
        timeout=SLOWLY,
    )


def test_commands_can_act_only_when_they_can_and_the_toolbar_shows_which(equipped):
    slow = "script(cell('import time', 'while not globals().get(\"go\"): time.sleep(0.05)'), finish('1'))"
    notebook = equipped.new("commands.ipynb", [f"from scripted import *\n{slow}", ASK, "1"])
    notebook.run(0)
    assert can(equipped, *OURS, "rlm:open-trajectory") == [False] * 7
    item = notebook.panel.locator('.jp-Toolbar [data-jp-item-name="rlm-pause"] jp-button')
    resume = notebook.panel.locator('.jp-Toolbar [data-jp-item-name="rlm-resume"] jp-button')
    expect(item).to_be_hidden()
    notebook.start(1)
    expect(item).to_be_visible(timeout=SLOWLY)
    expect(resume).to_be_hidden()
    assert can(equipped, *OURS, "rlm:open-trajectory") == [True, True, False, False, False, False, True]
    equipped.screenshot("toolbar-running")
    item.click()
    notebook.wait(1)
    expect(resume).to_be_visible(timeout=SLOWLY)
    expect(item).to_be_hidden()
    assert can(equipped, *OURS) == [False, False, True, True, True, True]
    equipped.screenshot("toolbar-paused")
    notebook.panel.locator(".jp-Cell").last.locator(".cm-content").click()
    equipped.page.keyboard.press("Escape")
    equipped.page.keyboard.press("q")
    equipped.page.keyboard.press("r")
    expect(notebook.panel.locator(".jp-InputArea", has_text="%rlm resume")).to_have_count(1, timeout=SLOWLY)
    expect(resume).to_be_hidden(timeout=SLOWLY)
    wait_until_enabled(equipped, "rlm:export")


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_no_shortcut_of_ours_is_in_the_way_of_another(equipped, front_end):
    equipped.open(equipped.write(f"keys-{front_end}.ipynb", ["1"]), front_end)
    equipped.page.wait_for_function(
        "window.jupyterapp.commands.keyBindings.some(b => b.command === 'rlm:resume')", timeout=SLOWLY
    )
    keys = equipped.page.evaluate(
        "window.jupyterapp.commands.keyBindings.map(b => [b.command, b.keys.join(' ')])"
    )
    ours = {sequence for command, sequence in keys if command.startswith("rlm:")}
    others = {sequence for command, sequence in keys if not command.startswith("rlm:")}
    assert {"Q A", "Q P", "Q R", "Q Y", "Q B"} <= ours
    assert {sequence.split()[0] for sequence in ours} == {"Q"}
    assert not [sequence for sequence in others if sequence.split(" ")[0] == "Q"]


def test_the_run_menu_has_what_can_be_done_with_a_run(equipped):
    notebook = equipped.new("menu.ipynb", [SETUP, ASK + " ", "1"])
    notebook.run(0)
    notebook.run(1)
    wait_until_enabled(equipped, "rlm:export")
    menu = open_menu_of_runs(equipped)
    for label in ("Ask a Question…", "Resume the Run", "Export the Run as a Notebook…", "Provider Keys…"):
        expect(menu.locator(".lm-Menu-item", has_text=label)).to_be_visible()
    expect(menu.locator(".lm-Menu-item", has_text="Resume the Run")).to_have_class(DISABLED)
    expect(menu.locator(".lm-Menu-item", has_text="Branch From This Cell")).to_have_class(DISABLED)
    equipped.screenshot("menu")
    equipped.page.keyboard.press("Escape")
    equipped.page.keyboard.press("Escape")
    notebook.panel.locator(".jp-CodeCell.rlm-cell .jp-InputPrompt").first.click()
    branch = open_menu_of_runs(equipped).locator(".lm-Menu-item", has_text="Branch From This Cell")
    expect(branch).to_be_visible()
    expect(branch).not_to_have_class(DISABLED)


def open_menu_of_runs(lab):
    """Open *Run › Recursive Language Model*."""
    lab.page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
    lab.page.locator(".lm-Menu-item", has_text="Recursive Language Model").hover()
    menu = lab.page.locator(".lm-Menu", has_text="Open the Trajectory").last
    menu.wait_for(timeout=SLOWLY)
    return menu


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_names_of_the_keys_are_shown(equipped, theme):
    notebook = equipped.new(
        f"names-{theme.split()[-1]}.ipynb", ["import os; os.environ['MISTRAL_API_KEY'] = 'sk-secret'"]
    )
    notebook.run(0)
    wait_until_enabled(equipped, "rlm:provider-keys")
    equipped.theme(theme)
    equipped.page.evaluate("void window.jupyterapp.commands.execute('rlm:provider-keys')")
    dialog = equipped.page.locator(".jp-Dialog-content")
    expect(dialog.locator("li")).to_have_text(["Mistral"], timeout=SLOWLY)
    expect(dialog).not_to_contain_text("sk-secret")
    equipped.screenshot(f"keys-{theme.split()[-1].lower()}")
    dialog.get_by_role("button", name="Close").click()
    equipped.page.evaluate(
        "void window.jupyterapp.commands.execute('settingeditor:open', {query: 'Recursive'})"
    )
    field = equipped.page.locator(".jp-SettingsPanel .rlm-keys")
    expect(field.locator("li")).to_have_text(["Mistral"], timeout=SLOWLY)
    field.scroll_into_view_if_needed()
    equipped.screenshot(f"settings-keys-{theme.split()[-1].lower()}")


def test_a_kernel_of_another_version_is_told_in_one_sentence_and_shows_its_runs_itself(equipped):
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    other = "%load_ext rlm_kernel\nimport rlm_kernel.frontend.channel as channel\nchannel.PROTOCOL += 1"
    notebook = equipped.open(equipped.write("version.ipynb", [other, SETUP, ASK], python))
    notebook.run(0)
    told = equipped.page.locator(".Toastify__toast")
    expect(told).to_contain_text("update rlm-kernel where JupyterLab is installed", timeout=SLOWLY)
    equipped.page.wait_for_timeout(1_000)  # for the picture: it slides in
    equipped.screenshot("version")
    notebook.run(1)
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("Let me think.", timeout=SLOWLY)
    expect(model_cells(notebook)).to_have_count(0)
    expect(told).to_have_count(1)
