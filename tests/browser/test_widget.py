"""The widget of a run, in JupyterLab without our labextension: what VS Code and Colab users get."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

import rlm_kernel

SETUP = "from scripted import *\nimport os, time, rlm_kernel\nreports = [f'report {n}' for n in range(40)]"
WAIT = "while not os.path.exists('go-NAME'): time.sleep(0.05)"
"""A cell that takes as long as the test wants."""
REPLIES = """script(
    "I'll ask about every report.\\n"
        + cell("replies = llm_query_batched([f'Is there a leak? {r}' for r in context])"),
    "All replies are there.\\n" + cell("print(len(replies), 'replies')"),
    "I look once more.\\n" + cell("print('at work')", WAIT),
    finish("{'leaks': len(context)}"))"""
QUESTION = "%%rlm -c reports -m scripted OPTIONS\nHow many of the reports mention a leak?"
SHOW = "rlm_kernel.widget(_rlm)"
PATIENT = 60_000
BUNDLE = Path(rlm_kernel.__file__).parent / "frontend" / "bundle"


class Scene:
    """A notebook with a question to a scripted model, whose third step lasts until `go`."""

    def __init__(self, lab, name, *cells, options="--max-steps 1"):
        wait = WAIT.replace("NAME", name)
        replies = REPLIES.replace("WAIT", repr(wait))
        self._go = lab.server.folder / f"go-{name}"
        question = QUESTION.replace("OPTIONS", options)
        cells = [cell.replace("WAIT", wait) for cell in cells]
        self.notebook = lab.new(f"{name}.ipynb", [SETUP, replies, question, *cells])
        for index in range(3):
            self.notebook.run(index)

    def go(self):
        self._go.touch()

    def widget(self, index):
        found = self.notebook.output(index).locator(".rlm-widget")
        expect(found).to_be_visible(timeout=PATIENT)
        return found


def says(locator, text):
    expect(locator).to_contain_text(text, timeout=PATIENT)


def test_a_run_is_resumed_from_the_widget_with_a_hint_and_its_card_follows(lab):
    scene = Scene(lab, "widget-resume", SHOW, "result")
    notebook = scene.notebook
    notebook.run(3)
    widget = scene.widget(3)
    says(widget, "Paused: out of steps")
    says(widget.get_by_role("tree"), "Step 2")
    lab.screenshot("widget-paused", notebook.show_all(3))
    widget.get_by_label("Hint for the model").fill('What\'s in the "appendix"?')
    widget.get_by_role("button", name="Resume").click()
    says(widget, "The kernel is busy with this run")
    says(widget.get_by_role("tree"), "I look once more.")
    says(notebook.output(3).locator(".jupyter-widgets .jp-OutputArea"), "at work")
    says(notebook.card(2), "3")  # the card of the question goes on
    lab.screenshot("widget-running", notebook.show_all(3))
    scene.go()
    says(widget, "{'leaks': 40}")
    expect(widget.get_by_role("button", name="Resume")).to_have_count(0)
    says(notebook.card(2), "✓ Finished")
    notebook.run(4)
    says(notebook.output(4), "{'leaks': 40}")
    lab.screenshot("widget-finished", notebook.show_all(3))


def test_a_run_branches_after_the_step_that_is_chosen_in_the_widget(lab):
    scene = Scene(lab, "widget-branch", SHOW, "[len(r.steps) for r in rlm_kernel.runs.values()]")
    notebook = scene.notebook
    notebook.run(3)
    widget = scene.widget(3)
    expect(widget.get_by_role("button", name="Branch")).to_be_disabled(timeout=PATIENT)
    widget.get_by_role("treeitem", name=re.compile("Step 1")).click()
    widget.get_by_label("Hint for the model").fill("leave the appendix out")
    branch = widget.get_by_role("button", name="Branch after step 1")
    expect(branch).to_be_enabled(timeout=PATIENT)
    lab.screenshot("widget-branch-chosen", notebook.show_all(3))
    scene.go()  # the step that the model takes now looks for it
    branch.click()
    below = notebook.output(3).locator(".jupyter-widgets .jp-OutputArea")
    says(below, "after step 1")
    says(below, "Finished")  # it has more of the limit at which the run paused
    expect(below).not_to_contain_text("Running")
    expect(branch).to_be_enabled(timeout=PATIENT)
    lab.screenshot("widget-branched", notebook.show_all(3))
    notebook.run(4)
    says(notebook.output(4), "[2, 3]")


def test_a_node_is_found_and_read(lab):
    scene = Scene(lab, "widget-read", SHOW)
    scene.notebook.run(3)
    widget = scene.widget(3)
    widget.get_by_role("searchbox").fill("report 17")
    row = widget.get_by_role("treeitem").filter(has_text="report 17").last
    row.click(timeout=PATIENT)
    details = widget.get_by_label("Details of the chosen step or call")
    says(details, "Is there a leak? report 17")
    widget.get_by_role("tab", name="Timeline").click()
    expect(widget.locator("canvas")).to_be_visible(timeout=PATIENT)
    lab.screenshot("widget-timeline", scene.notebook.show_all(3))
    lab.theme("JupyterLab Dark")
    lab.page.wait_for_timeout(300)
    lab.screenshot("widget-dark", scene.notebook.show_all(3))


def test_a_button_waits_for_a_busy_kernel_and_says_so(lab):
    scene = Scene(lab, "widget-busy", SHOW, "WAIT")
    scene.notebook.run(3)
    widget = scene.widget(3)
    scene.notebook.start(4)
    widget.get_by_role("button", name="Stop").click()
    says(widget, "The kernel is busy: this happens as soon as it is free.")
    expect(widget.get_by_role("button", name="Resume")).to_be_disabled()
    says(widget, "Paused: out of steps")
    scene.go()
    says(widget, "Stopped")


def test_two_widgets_follow_a_run_that_goes_on_in_a_cell(lab):
    scene = Scene(lab, "widget-two", SHOW, SHOW, "%rlm resume --max-steps 9")
    scene.notebook.run(3)
    scene.notebook.run(4)
    both = [scene.widget(3), scene.widget(4)]
    scene.notebook.start(5)
    for widget in both:
        says(widget, "The kernel is busy with this run")
        says(widget.get_by_role("tree"), "I look once more.")
    scene.go()
    for widget in both:
        says(widget, "{'leaks': 40}")
    ids = lab.page.evaluate("[...document.querySelectorAll('.rlm-widget [id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def test_of_a_run_with_many_calls_the_saved_copy_is_completed(lab):
    setup = f"{SETUP}\nreports = [f'report {{n}}' for n in range(700)]"
    ask = "script(cell(\"replies = llm_query_batched([f'Leak? {r}' for r in context])\"), finish('1'))"
    notebook = lab.new("widget-many.ipynb", [setup, ask, QUESTION.replace("OPTIONS", ""), SHOW])
    for index in range(4):
        notebook.run(index)
    widget = notebook.output(3).locator(".rlm-widget")
    widget.get_by_role("searchbox").fill("report 350")  # in the middle, which the copy leaves out
    says(widget.locator(".rlm-found"), "1")
    expect(widget.get_by_role("tree")).not_to_contain_text("left out", timeout=PATIENT)
    says(widget.get_by_role("tree"), "Batch of 700")
    assert widget.get_by_role("searchbox").input_value() == "report 350"


def test_a_run_from_a_file_is_looked_at_without_buttons(lab):
    scene = Scene(lab, "widget-file", "rlm_kernel.widget(rlm_kernel.load(_rlm.trajectory.path))")
    scene.notebook.run(3)
    widget = scene.widget(3)
    says(widget, "Paused: out of steps")
    says(widget.get_by_role("tree"), "Step 2")
    expect(widget.get_by_role("button", name="Resume")).to_have_count(0)


def test_after_a_restart_the_widget_stays_to_be_read_and_the_file_has_the_card(lab):
    scene = Scene(lab, "widget-restart", SHOW)
    scene.notebook.run(3)
    widget = scene.widget(3)
    says(widget, "Paused: out of steps")
    saved = scene.notebook.save()
    (output,) = saved["cells"][3]["outputs"]
    assert "Paused" in "".join(output["data"]["text/plain"])
    assert "Paused" in "".join(output["data"]["text/html"])
    lab.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    says(widget, "The kernel of this run is gone.")
    says(widget.get_by_role("tree"), "Step 2")
    expect(widget.get_by_role("button", name="Resume")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_theme_of_jupyterlab_it_has_colours_of_its_own(page, lab, theme):
    events = Path(__file__).parents[1] / "data" / "trajectories" / "failed_calls.jsonl"
    saved = {"events": [json.loads(line) for line in events.read_text().splitlines()]}
    colours = {"light": "color: #111; background: #fff", "dark": "color: #eee; background: #1e1e1e"}[theme]
    page.set_content(f"<body style='{colours}; font: 14px sans-serif'><div id='host'></div></body>")
    page.add_style_tag(content=(BUNDLE / "widget.css").read_text("utf-8"))
    page.evaluate(
        """async ([source, saved]) => {
            const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
            const state = {saved, chosen: '', can_act: true, own_id: 'x', was_interrupted: false};
            const model = {get: name => state[name], on() {}, send() {},
                widget_manager: {get_model: async () => ({comm_live: true})}};
            const widget = (await import(url)).default();
            widget.initialize({model});
            widget.render({model, el: document.getElementById('host')});
        }""",
        [(BUNDLE / "widget.js").read_text("utf-8"), saved],
    )
    widget = page.locator(".rlm-widget")
    expect(widget).to_have_attribute("data-theme", theme, timeout=PATIENT)
    says(widget.get_by_role("tree"), "Step 1")
    widget.get_by_role("tab", name="Timeline").click()
    page.wait_for_timeout(300)
    lab.screenshot(f"widget-unthemed-{theme}")
    unset = page.evaluate(
        """() => {
            const used = new Set();
            for (const sheet of document.styleSheets)
                for (const rule of sheet.cssRules)
                    for (const [, name] of rule.cssText.matchAll(/var\\((--jp-[\\w-]+)\\)/g)) used.add(name);
            const style = getComputedStyle(document.querySelector('.rlm-widget'));
            return [...used].filter(name => style.getPropertyValue(name).trim() === '');
        }"""
    )
    assert unset == []
    other = {"light": "dark", "dark": "light"}[theme]
    page.evaluate("colour => document.body.style.color = colour", {"light": "#111", "dark": "#eee"}[other])
    expect(widget).to_have_attribute("data-theme", other, timeout=PATIENT)
