"""What the system asks of each page: its own colours only, and less motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_cells import setup
from test_step_by_step import command

PATIENCE = 60_000
ASK = "%%rlm -m scripted\nWhat is it?"
WAIT = "while not __import__('os').path.exists('go-NAME'): __import__('time').sleep(0.05)"
OURS = "document.getAnimations().filter(one => one.effect.target.closest('[class*=rlm-]')).length"
LOOK = """element => {
    const {backgroundColor, color, borderTopColor, borderBottomColor} = getComputedStyle(element);
    return {backgroundColor, color, borderTopColor, borderBottomColor};
}"""


@pytest.fixture
def running(equipped, request):
    """A notebook with a run that is busy with its second step, and its panel."""
    name = request.node.name
    replies = ("'I look.\\n' + cell('x = 1')", f"'I wait.\\n' + cell({WAIT.replace('NAME', name)!r})")
    notebook = equipped.new(f"{name}.ipynb", [setup(*replies, "finish('x')"), ASK])
    notebook.run(0)
    notebook.start(1)
    command(notebook, "rlm:open-trajectory")
    panel = notebook.page.locator("#rlm-panel")
    expect(panel.get_by_role("treeitem").filter(has_text="I wait.")).to_be_visible(timeout=PATIENCE)
    yield notebook, panel
    (equipped.server.folder / f"go-{name}").touch()


def test_where_less_motion_is_asked_for_nothing_of_ours_moves(running):
    notebook, _ = running
    turning = notebook.panel.locator(".rlm-card .rlm-icon[data-icon='running']").first
    expect(turning).to_be_visible(timeout=PATIENCE)
    notebook.page.wait_for_function(f"{OURS} > 0", timeout=PATIENCE)
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.page.wait_for_function(f"{OURS} === 0", timeout=PATIENCE)
    expect(turning).to_be_visible()


def assert_told_apart(chosen, other):
    marked, plain = chosen.evaluate(LOOK), other.evaluate(LOOK)
    assert marked["backgroundColor"] != plain["backgroundColor"]
    assert marked["color"] != plain["color"]


def test_where_colours_are_forced_what_is_chosen_and_what_is_a_button_shows(running, equipped):
    notebook, panel = running
    page = notebook.page
    page.emulate_media(forced_colors="active")
    row = panel.get_by_role("treeitem").filter(has_text="I look.").first
    row.click()
    expect(row).to_have_attribute("aria-selected", "true", timeout=PATIENCE)
    waits = panel.get_by_role("treeitem").filter(has_text="I wait.").first
    assert_told_apart(row, waits)
    assert_told_apart(panel.get_by_role("tab", name="Tree"), panel.get_by_role("tab", name="Timeline"))
    failed = panel.get_by_role("button", name="Failed")
    failed.click()
    expect(failed).to_have_attribute("aria-pressed", "true", timeout=PATIENCE)
    assert_told_apart(failed, panel.get_by_role("button", name="Expensive"))
    failed.click()
    expect(row).to_be_visible(timeout=PATIENCE)
    tab = panel.get_by_role("tab", name="Timeline").evaluate(LOOK)
    assert tab["borderBottomColor"] != tab["color"]  # else each tab would seem to be chosen
    button = notebook.panel.locator(".rlm-card").get_by_role("button", name="Pause", exact=True)
    look = button.evaluate(LOOK)
    assert look["borderTopColor"] != look["backgroundColor"]
    equipped.screenshot("forced-colours")
    panel.get_by_role("tab", name="Timeline").click()
    expect(panel.locator("canvas")).to_be_visible(timeout=PATIENCE)
    page.evaluate("() => new Promise(requestAnimationFrame)")
    equipped.screenshot("forced-colours-timeline")
