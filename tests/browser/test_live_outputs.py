"""Widgets and displays of a model's cell stay alive: during the run, and for the user afterwards."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_cells import ASK, setup
from test_survival import LONG, expect_cells, expect_prompt, open_gate, waiting

WIDGETS = ("import ipywidgets as widgets", "from IPython.display import display")


def cell(*lines):
    return f"cell({', '.join(map(repr, lines))})"


@pytest.fixture
def asked(equipped):
    """Starts a run of these replies, in a notebook with cells of the user's below it."""

    def start(name, *replies, then=()):
        notebook = equipped.new(f"{name}.ipynb", [setup(*replies), ASK, *then])
        notebook.run(0)
        notebook.start(1)
        return notebook

    return start


def test_a_slider_follows_later_cells_and_the_user_follows_the_slider(asked, equipped):
    notebook = asked(
        "slider",
        cell(*WIDGETS, "slider = widgets.IntSlider(value=3, max=9); display(slider)"),
        cell("slider.value = 7"),
        waiting("slider"),
        "finish('slider.value')",
        then=["print('slider at', slider.value)"],
    )
    expect_cells(notebook, 4)
    readout = notebook.output(2).locator(".widget-readout")
    expect(readout).to_have_text("7", timeout=LONG)  # while the run runs
    open_gate(equipped, "slider")
    notebook.wait(1)
    notebook.output(2).locator(".noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(readout).to_have_text("8", timeout=LONG)
    notebook.run(7)
    expect(notebook.output(7)).to_contain_text("slider at 8", timeout=LONG)


def test_an_output_widget_takes_what_later_cells_write_into_it(asked):
    notebook = asked(
        "output_widget",
        cell(*WIDGETS, "box = widgets.Output(); display(box); print('beside')"),
        cell("with box: print('inside'); display('shown inside')", "print('outside')"),
        "finish('1')",
    )
    notebook.wait(1)
    first, second = notebook.output(2), notebook.output(3)
    inside = first.locator(".jp-OutputArea .widget-output, .jp-OutputArea .jupyter-widgets-output-area")
    expect(inside.first).to_contain_text("inside", timeout=LONG)
    expect(inside.first).to_contain_text("'shown inside'", timeout=LONG)
    expect(first).to_contain_text("beside", timeout=LONG)
    expect(second).to_contain_text("outside", timeout=LONG)
    expect(second).not_to_contain_text("inside")


def test_interact_answers_the_user_after_the_run(asked):
    notebook = asked(
        "interact",
        cell(*WIDGETS, "@widgets.interact(x=(0, 9))\ndef square(x=4): print('square', x * x)"),
        "finish('1')",
    )
    notebook.wait(1)
    expect(notebook.output(2)).to_contain_text("square 16", timeout=LONG)
    notebook.output(2).locator(".noUi-handle").focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(notebook.output(2)).to_contain_text("square 25", timeout=LONG)
    expect(notebook.output(2)).not_to_contain_text("square 16")


def test_a_display_is_updated_by_later_cells_of_the_model_and_of_the_user(asked):
    notebook = asked(
        "update_display",
        cell(*WIDGETS, "from IPython.display import update_display", "display('first', display_id='shown')"),
        cell("update_display('second', display_id='shown')"),
        "finish('1')",
        then=["update_display('third', display_id='shown')"],
    )
    notebook.wait(1)
    shown = notebook.output(2)
    expect(shown).to_contain_text("'second'", timeout=LONG)
    expect(shown).not_to_contain_text("'first'")
    expect_cells(notebook, 3)
    notebook.run(5)
    expect(shown).to_contain_text("'third'", timeout=LONG)
    assert "shown" not in notebook.output(5).inner_text()


def test_progress_that_clears_itself_shows_its_last_state_and_nothing_else(asked):
    counts = "for i in range(5): clear_output(wait=True); print('at', i); time.sleep(0.05)"
    notebook = asked(
        "progress",
        cell("import time", "from IPython.display import clear_output", counts),
        cell("print('wiped'); clear_output()"),
        "finish('1')",
    )
    notebook.wait(1)
    expect(notebook.output(2)).to_have_text("at 4", timeout=LONG)
    expect(notebook.cell(3).locator(".jp-OutputArea-output")).to_have_count(0, timeout=LONG)
    expect(notebook.panel.locator(".rlm-card")).to_contain_text("Finished", timeout=LONG)


def test_input_is_asked_for_in_the_models_cell_twice_and_a_password_is_hidden(asked):
    asks = (
        "from getpass import getpass",
        "who = input('Who? ')",
        "key = getpass('Key? ')",
        "print(who, len(key))",
    )
    notebook = asked("asked", cell(*asks), "finish('who')")
    box = notebook.cell(2).locator(".jp-Stdin-input")
    box.wait_for(timeout=LONG)
    assert box.get_attribute("type") != "password"
    box.fill("Ada")
    box.press("Enter")
    hidden = notebook.cell(2).locator(".jp-Stdin-input[type='password']")
    hidden.wait_for(timeout=LONG)
    hidden.fill("secret")
    hidden.press("Enter")
    notebook.wait(1)
    expect(notebook.output(2)).to_contain_text("Ada 6", timeout=LONG)
    expect(notebook.output(2)).not_to_contain_text("secret")
    expect_prompt(notebook, 2, "[3]:")
