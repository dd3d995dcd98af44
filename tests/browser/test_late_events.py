"""A run whose events come to the page later than its outputs do."""

from __future__ import annotations

from playwright.sync_api import expect
from test_survival import END, LONG, LOOK, begin, expect_card, expect_whole_run, open_gate, waiting


class Held:
    """The comm messages of kernels, which a page gets only when they are let go."""

    def __init__(self, page):
        self._waiting = []
        self._is_held = True
        page.route_web_socket("**/channels**", self._connect)

    def let_go(self):
        self._is_held = False
        for send, message in self._waiting:
            send(message)

    def _connect(self, page_side):
        server_side = page_side.connect_to_server()
        server_side.on_message(lambda message: self._pass(page_side.send, message))

    def _pass(self, send, message):
        held = message if isinstance(message, bytes) else message.encode()
        if self._is_held and b'"comm_msg"' in held:
            self._waiting.append((send, message))
        else:
            send(message)


def test_a_run_whose_card_comes_before_its_events_is_running(equipped):
    held = Held(equipped.page)
    notebook = begin(equipped, "late-events", LOOK, waiting("late-events"), END)
    expect(notebook.panel.locator(".rlm-card")).to_have_count(1, timeout=LONG)
    held.let_go()
    expect_card(notebook, "Running")
    open_gate(equipped, "late-events")
    expect_whole_run(notebook)
