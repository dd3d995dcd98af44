"""The first thing a user does: a question over a folder, with the offline model."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

QUESTION = "%%rlm -c letters -m offline\nHow many lines contain the word ERROR?"


@pytest.fixture(scope="module")
def letters(server):
    folder = server.folder / "letters"
    folder.mkdir(exist_ok=True)
    for number in range(12):
        lines = ["ERROR disk full" if n % 5 == number % 5 else "INFO all is well" for n in range(40)]
        (folder / f"day_{number:02}.txt").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_question_shows_card_steps_outputs_and_answer_in_that_order(lab, letters, front_end):
    name = lab.write(f"first_{front_end}.ipynb", [QUESTION, "result"])
    notebook = lab.open(name, front_end)
    notebook.run(0)
    expect(notebook.card(0)).to_contain_text("✓ Finished")
    expect(notebook.card(0)).to_contain_text("Answer 96")
    shown = notebook.displays(0)
    order = ["✓ Finished", "Step 1", "LOOK", "Step 2", "96", "Answer · int", "96"]
    assert [text for text, expected in zip(shown, order, strict=True) if expected not in text] == []
    assert notebook.output(0).locator(".jp-RenderedMarkdown pre span[class]").count() > 20, (
        "code is not highlighted"
    )
    lab.screenshot(f"finished-{front_end}", notebook.show_all(0))


def test_the_question_keeps_its_number_and_the_models_cells_have_their_own(lab, letters):
    notebook = lab.new("numbers.ipynb", ["1 + 1", QUESTION, "result"])
    for index in range(3):
        notebook.run(index)
    assert [notebook.prompt(index) for index in range(3)] == ["[1]:", "[2]:", "[5]:"]
    expect(notebook.output(2)).to_contain_text("96")


def test_the_kernel_with_the_extension_loaded_is_offered(page, server):
    page.goto(f"{server.url}/lab?reset")
    card = page.locator(".jp-LauncherCard", has_text="Python 3 (RLM)").first
    expect(card).to_be_visible()


def test_the_steps_of_a_finished_card_unfold(lab, letters):
    notebook = lab.new("unfold.ipynb", [QUESTION])
    notebook.run(0)
    rows = notebook.card(0).locator("tbody tr")
    expect(rows.first).to_be_hidden()
    notebook.card(0).locator("summary").click()
    expect(rows.first).to_be_visible()
    assert rows.count() == 2
    expect(rows.first).to_contain_text(re.compile(r"\d s$"))
