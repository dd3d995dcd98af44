"""A kernel that dies in mid-run: what the notebook says of it, and how the run goes on in the next one."""

from __future__ import annotations

import os
import re
import signal

from playwright.sync_api import expect
from test_cells import ASK, model_cells, setup
from test_survival import DIRTY, expect_cells

from rlm_kernel.report.share import TRAJECTORY_MIME

SLOW = "cell('import time', 'print(42)', 'time.sleep(60)')"
AGAIN = setup("finish('x')")
WITH_PID = "\nimport os; open('kernel.pid', 'w').write(str(os.getpid()))"
RESTART = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
LATER = 60_000
IS_TOLD = """() => window.jupyterapp.shell.currentWidget.content.model.cells.get(1).outputs.toJSON()
    .some(output => output.data?.['text/plain']?.match(/^‖ (Interrupted|Paused)/))"""
"""Whether the card is what the next kernel says of the run."""


def died_in_mid_run(lab, name, end):
    """A notebook whose kernel has ended in the second step of a run, and the next one has begun."""
    notebook = lab.new(name, [setup("'I look.\\n' + cell('x = 6 * 7')", SLOW) + WITH_PID, ASK, AGAIN])
    notebook.run(0)
    notebook.start(1)
    expect(model_cells(notebook).last.locator(".jp-OutputArea-output")).to_have_text("42", timeout=LATER)
    end(lab)
    card = notebook.panel.locator(".rlm-card").first
    expect(card.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=LATER)
    return notebook, card


def kill(lab):
    os.kill(int((lab.server.folder / "kernel.pid").read_text()), signal.SIGKILL)
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()


def restart(lab):
    lab.page.evaluate(RESTART)  # which interrupts it first: the run may come to pause


def card_in(saved, index=1):
    """What the file has of the card of a cell, in each of its forms."""
    data = saved["cells"][index]["outputs"][0]["data"]
    return {mime: "".join(form) if isinstance(form, list) else form for mime, form in data.items()}


def test_the_card_and_the_cell_say_that_the_kernel_died_and_the_next_kernel_goes_on(equipped):
    notebook, card = died_in_mid_run(equipped, "died.ipynb", kill)
    expect(card).to_contain_text("Interrupted")
    for name in ("With a hint…", "Details"):
        expect(card.get_by_role("button", name=name)).to_be_visible()
    for name in ("Pause", "Step", "Stop"):
        expect(card.get_by_role("button", name=name, exact=True)).to_have_count(0)
    header = model_cells(notebook).last.locator(".rlm-cell-header")
    expect(header).to_contain_text("Interrupted: the kernel died")
    equipped.screenshot("died")

    notebook.run(5)
    card.get_by_role("button", name="Resume", exact=True).click()
    newest = notebook.panel.locator(".rlm-card").last
    expect(newest).to_contain_text("Finished", timeout=LATER)
    expect(notebook.panel.locator(".rlm-card")).to_have_count(1)  # the earlier one is none that acts
    expect(notebook.output(1)).to_contain_text("Interrupted at step 2, then resumed below")
    expect(notebook.cell(5).locator(".cm-content").first).to_have_text(re.compile(r"%rlm resume \d{8}-"))
    died = notebook.cell(4)
    expect(died.locator(".rlm-cell-header")).to_contain_text("Interrupted: the kernel died")
    expect(died.locator(".jp-OutputArea-output")).to_have_text("42")
    expect(newest.get_by_role("row", name=re.compile("^2"))).to_contain_text("interrupted")
    equipped.screenshot("died-resumed")
    saved = notebook.save()
    assert saved["cells"][4]["metadata"]["rlm"]["interrupted"] == "kernel died"
    assert "seconds" in saved["cells"][4]["metadata"]["rlm"]  # as the record has it
    assert TRAJECTORY_MIME not in card_in(saved)


def test_the_saved_card_of_a_run_whose_kernel_died_says_so_in_every_form(equipped):
    notebook, card = died_in_mid_run(equipped, "died-saved.ipynb", restart)
    notebook.page.wait_for_function(IS_TOLD, timeout=LATER)
    shown = card_in(notebook.save())
    status = shown["text/plain"].split()[1]
    expect(card).to_contain_text(status)
    for form in ("text/plain", "text/html"):
        assert status in shown[form]
        assert "Running" not in shown[form]
    assert shown[TRAJECTORY_MIME]["events"]
    notebook.page.reload()
    notebook.wait_for_kernel()
    card = notebook.panel.locator(".rlm-card").first
    expect(card).to_contain_text(status)
    expect(card).to_contain_text("I look.")
    expect(card.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=LATER)
    equipped.theme("JupyterLab Dark")
    equipped.screenshot("died-dark")


def test_of_two_windows_the_one_that_asked_has_to_save_what_the_next_kernel_says(equipped, other_window):
    asked = setup("'I look.\\n' + cell('x = 6 * 7')", SLOW) + WITH_PID
    notebook = equipped.new("died-twice.ipynb", [asked, ASK, AGAIN])
    notebook.run(0)
    notebook.save()
    other = other_window.open("died-twice.ipynb")
    notebook.start(1)
    expect(model_cells(notebook).last.locator(".jp-OutputArea-output")).to_have_text("42", timeout=LATER)
    expect_cells(other, 3)
    kill(equipped)
    other.page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()
    for window in (notebook, other):
        window.page.wait_for_function(IS_TOLD, timeout=LATER)
    assert notebook.page.evaluate(DIRTY)
    assert not other.page.evaluate(DIRTY)
