"""The outputs of a model's cells look as those of a user's do, however many and large they are."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

SETUP = "from scripted import *\ndata = 'x'"
QUESTION = "%%rlm -c data -m scripted\nWhat is it?"

FIGURE = "import matplotlib.pyplot as plt; plt.figure(figsize=(3, 1)); plt.plot([1, 4, 9]); plt.show()"
FRAME = "import pandas as pd; pd.DataFrame({'city': ['Bern', 'Oslo'], 'rain': [3, 5]})"
UPDATE = "handle = display('before the update', display_id=True); handle.update('after the update')"
CLEAR = "from IPython.display import clear_output; print('wiped away'); clear_output(); print('what stays')"
CELLS = [FIGURE, FRAME, UPDATE, "1 / 0"]


def scripted(*codes):
    replies = ", ".join(f"'Cell {number}.\\n' + cell({code!r})" for number, code in enumerate(codes, 1))
    return f"script({replies}, finish('42'))"


def looks(output):
    """What a cell's output is made of, as far as a user can tell."""
    return {
        "figures": output.locator(".jp-RenderedImage img").count(),
        "tables": output.locator("table.dataframe").count(),
        "errors": output.locator("pre", has_text="Traceback (most recent call last)").count(),
        "updated": output.locator("pre", has_text=re.compile(r"^'after the update'$")).count(),
        "not updated": output.locator("pre", has_text=re.compile(r"^'before the update'$")).count(),
    }


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_figures_tables_updates_and_errors_look_as_a_users(lab, theme):
    kind = theme.rpartition(" ")[2].lower()
    notebook = lab.new(f"outputs_{kind}.ipynb", [SETUP, scripted(*CELLS), QUESTION, *CELLS])
    lab.theme(theme)
    for index in range(3 + len(CELLS)):
        notebook.run(index)
    users = [looks(notebook.output(3 + number)) for number in range(len(CELLS))]
    together = {name: sum(user[name] for user in users) for name in users[0]}
    assert together == {"figures": 1, "tables": 1, "errors": 1, "updated": 1, "not updated": 0}
    assert looks(notebook.output(2)) == together
    model, user = (notebook.output(index).locator(".jp-RenderedImage img") for index in (2, 3))
    assert model.bounding_box()["width"] == user.bounding_box()["width"]
    lab.screenshot(f"outputs-{kind}", notebook.show_all(2))


def test_clear_output_of_a_models_cell_leaves_the_card_and_earlier_steps(lab):
    notebook = lab.new("clear.ipynb", [SETUP, scripted("'earlier'", CLEAR), QUESTION])
    for index in range(3):
        notebook.run(index)
    shown = notebook.displays(2)
    assert "what stays" in "".join(shown)
    assert "earlier" in shown[2]
    assert "✓ Finished" in shown[0]


def test_a_model_that_prints_100_megabytes_leaves_the_notebook_usable(lab):
    flood = "for _ in range(1000): print('x' * 100_000)"
    notebook = lab.new("flood.ipynb", [SETUP, scripted(flood), QUESTION, "'still '\\\n'here'"])
    notebook.run(0)
    notebook.run(1)
    notebook.run(2)
    expect(notebook.output(2)).to_contain_text("100,001,000")
    shown = notebook.output(2).evaluate("element => element.textContent.length")
    assert shown < 3_000_000
    notebook.cell(3).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type(" ' and alive'")
    notebook.page.keyboard.press("Control+Enter")
    notebook.wait(3)
    expect(notebook.output(3)).to_contain_text("still here and alive")
