"""A run that takes its time: what moves, and how it is stopped and goes on."""

from __future__ import annotations

from playwright.sync_api import expect

SETUP = "from scripted import *\nreports = [f'report {n}' for n in range(300)]"
SLOW = """script(
    "I'll ask about every report **at once**, and count those where `leak` is found.\\n"
        + cell("replies = llm_query_batched([f'Is there a leak? {r}' for r in context])", "len(replies)"),
    "All replies are there.\\n" + finish("{'leaks': len(context)}"),
    pace=0.12, sub_seconds=0.5)"""
QUESTION = "%%rlm -c reports -m scripted --concurrency 20\nHow many of the reports mention a leak?"


def test_a_running_card_shows_the_thought_the_step_and_a_bar_that_moves(lab):
    notebook = lab.new("running.ipynb", [SETUP, SLOW, QUESTION])
    notebook.run(0)
    notebook.run(1)
    notebook.start(2)
    card = notebook.card(2)
    expect(card).to_contain_text("scripted is writing")
    expect(card).to_contain_text("I'll ask about every")
    expect(card).to_contain_text("step 1 of 20")
    lab.screenshot("running-streaming")
    bar = card.locator("progress")
    bar.wait_for()
    height = card.bounding_box()["height"]
    seen = set()
    for _ in range(4):
        seen.add(float(bar.get_attribute("value")))
        lab.page.wait_for_timeout(700)
    assert len(seen) > 1
    assert card.bounding_box()["height"] == height, "the card jumps while it runs"
    assert notebook.prompt(2) == "[*]:"
    lab.screenshot("running-batch")
    notebook.interrupt()
    notebook.wait(2)


def test_the_stop_button_pauses_run_all_stops_there_and_resume_finishes(lab):
    notebook = lab.new(
        "stopped.ipynb", [SETUP, SLOW, QUESTION, "'after the question'", "%rlm resume", "result"]
    )
    notebook.run_all()
    notebook.card(2).locator("progress").wait_for()
    notebook.interrupt()
    notebook.wait(2)
    expect(notebook.card(2)).to_contain_text("‖ Paused")
    expect(notebook.card(2)).to_contain_text("%rlm resume")
    expect(notebook.output(2)).to_contain_text("rlm: paused in step 1")
    lab.page.wait_for_timeout(500)
    assert [notebook.prompt(index) for index in (3, 4)] == ["[ ]:", "[ ]:"]
    lab.screenshot("paused", notebook.show_all(2))
    notebook.run(4)
    expect(notebook.card(4)).to_contain_text("✓ Finished")
    expect(notebook.card(2)).to_contain_text("‖ Paused at step 1, then resumed below")
    expect(notebook.card(2)).not_to_contain_text("%rlm resume")
    notebook.run(5)
    expect(notebook.output(5)).to_contain_text("{'leaks': 300}")
