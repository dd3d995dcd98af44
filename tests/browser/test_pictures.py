"""The pictures of the README, taken of a run that anybody can repeat.

They lie in ``notebooks/pictures``; to take them again: ``RLM_PICTURES=notebooks/pictures
.venv/bin/python -m pytest tests/browser/test_pictures.py``.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

MANUAL = (
    "from pydoc_data.topics import topics\n\n"
    'manual = "\\n\\n".join(topics[name] for name in sorted(topics))\n'
    'f"{len(manual):,} characters"'
)
ASK = "%%rlm -c manual -m offline\nHow many lines contain the word 'iterator'?"
KEPT = Path(__file__).parents[2] / "notebooks" / "pictures"


LETTERS = """letters = {
    "report": "The port is 8080.",
    "appendix": "The port is 9090.",
}"""
STEPWISE = "%%rlm -c letters -m offline --step\nWhat is the port?"
LIMITED = "%%rlm -c letters -m offline --max-steps 1\nWhat is the port?"


@pytest.fixture
def finished(equipped):
    """A notebook with a finished run, its panel open at a call."""
    notebook = equipped.new("pictures.ipynb", [MANUAL, ASK])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.panel.locator(".rlm-card")).to_contain_text("Finished")
    notebook.panel.locator(".rlm-card").get_by_role("button", name="Details").click()
    return notebook


def take(lab, name):
    taken = lab.screenshot(name)
    if "RLM_PICTURES" in os.environ:
        shutil.copy(taken, os.environ["RLM_PICTURES"])
    assert taken.stat().st_size > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_cells_and_panel(equipped, finished, theme):
    if theme == "dark":
        equipped.theme("JupyterLab Dark")
    panel = finished.page.locator("#rlm-panel")
    panel.get_by_role("treeitem").filter(has_text="Batch of").last.click()
    expect(panel.get_by_role("treeitem").first).to_be_visible()
    take(equipped, f"run-{theme}")


def test_timeline(equipped, finished):
    panel = finished.page.locator("#rlm-panel")
    panel.get_by_role("tab", name="Timeline").click()
    expect(panel.locator("canvas").first).to_be_visible()
    take(equipped, "timeline")


def test_proposed_cell(equipped):
    notebook = equipped.new("proposed.ipynb", [LETTERS, STEPWISE])
    notebook.run(0)
    notebook.run(1)
    expect(notebook.panel.locator(".rlm-card")).to_contain_text("Proposed")
    expect(notebook.panel.locator(".rlm-cell-state").last).to_have_text("Proposed, not run yet")
    take(equipped, "proposed")


def test_paused_run_and_what_its_model_saw(equipped):
    notebook = equipped.new("paused.ipynb", [LETTERS, LIMITED])
    notebook.run(0)
    notebook.run(1)
    card = notebook.panel.locator(".rlm-card")
    expect(card).to_contain_text("Paused")
    card.get_by_role("button", name="Details").click()
    panel = notebook.page.locator("#rlm-panel")
    panel.get_by_role("tab", name="Messages").click()
    expect(panel.locator(".rlm-messages").get_by_text("Cell 1.1: ran")).to_be_visible()
    take(equipped, "paused")


def test_every_picture_of_the_readme_is_kept():
    readme = (KEPT.parents[1] / "README.md").read_text()
    assert {f"notebooks/pictures/{path.name}" in readme for path in KEPT.glob("*.png")} == {True}
