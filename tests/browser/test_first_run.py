"""The first thing a user does: a question over a folder, with the offline model."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

QUESTION = "%%rlm -c letters -m offline\nHow many lines contain the word ERROR?"


@pytest.fixture(scope="module")
def letters(server):
    folder = server.folder / "letters"
    folder.mkdir(exist_ok=True)
    for number in range(12):
        lines = [
            f"2026-03-{number + 1:02} {'ERROR disk full' if n % 5 == number % 5 else 'INFO fine'}"
            for n in range(40)
        ]
        (folder / f"day_{number:02}.txt").write_text("\n".join(lines))
    return folder


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_the_first_run(lab, letters, front_end):
    name = lab.write(f"first_{front_end}.ipynb", ["%load_ext rlm_kernel", QUESTION, "result"])
    notebook = lab.open(name, front_end)
    notebook.run(0)
    notebook.run(1)
    lab.screenshot(f"finished_{front_end}", notebook.show_all(1))
    lab.screenshot(f"page_{front_end}")
    expect(notebook.card(1)).to_contain_text("Finished")
