"""A saved notebook, opened again by somebody who has no reason to trust it."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

HOSTILE = """script(
    HOSTILE + "\\n" + cell("print(context)", "context"),
    HOSTILE.replace("\\n", " ") + "\\n" + finish("context"),
)"""
FETCHES = """\
<script>window.hacked=1</script> <img src="{url}/img" onerror="window.hacked=2"> ![x]({url}/markdown)
<b style="background:url({url}/style)">b</b> <style>@import url({url}/import);</style>
<svg/onload="window.hacked=3"> [![y][1]]({url}) <iframe src="{url}/frame"></iframe>

[1]: {url}/reference
"""


@pytest.fixture
def listener():
    """A server that counts who asks it."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.asked = asked
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def untrusted_copy(notebook, name):
    """The saved notebook as if it came from elsewhere: other text, so no signature fits it."""
    content = notebook.save()
    content["metadata"]["from"] = "elsewhere"
    path = notebook.path.with_name(name)
    path.write_text(json.dumps(content))
    return name


def assert_nothing_happened(lab, listener):
    lab.page.wait_for_timeout(700)
    assert lab.page.evaluate("window.hacked") is None
    assert listener.asked == []


def test_nothing_that_a_model_or_a_document_says_is_executed_or_fetched(lab, listener):
    hostile = FETCHES.format(url=listener.url)
    setup = f"from scripted import *\nHOSTILE = data = {hostile!r}"
    question = f"%%rlm -c data -m scripted\n{hostile}"
    notebook = lab.new("hostile.ipynb", [setup, HOSTILE, question])
    for index in range(3):
        notebook.run(index)
    expect(notebook.card(2)).to_contain_text("✓ Finished")
    expect(notebook.card(2)).to_contain_text("<script>window.hacked=1</script>")
    assert_nothing_happened(lab, listener)
    lab.screenshot("hostile", notebook.show_all(2))
    for name in ("hostile.ipynb", untrusted_copy(notebook, "hostile_copy.ipynb")):
        notebook = lab.open(name)
        expect(notebook.output(2)).to_contain_text("✓ Finished")
        assert_nothing_happened(lab, listener)


def test_a_written_notebook_of_hostile_thoughts_fetches_nothing(lab, server, listener):
    hostile = FETCHES.format(url=listener.url)
    code = f"from scripted import *\nHOSTILE = {hostile!r}\ndata = 'x'"
    export = "_rlm.save('written.ipynb')"
    notebook = lab.new("writes.ipynb", [code, HOSTILE, "%%rlm -c data -m scripted\nq", export])
    for index in range(4):
        notebook.run(index)
    written = lab.open("written.ipynb")
    expect(written.cell(1)).to_contain_text("window.hacked=1")
    assert_nothing_happened(lab, listener)


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "untrusted"])
def test_card_and_answer_are_still_there(lab, trusted):
    setup = "from scripted import *\ndata = 'x'\nscript('Let me see.\\n' + cell('1 + 1'), finish('[1, 2]'))"
    name = f"again_{trusted}.ipynb"
    notebook = lab.new(name, [setup, "%%rlm -c data -m scripted\nWhat is it?"])
    notebook.run(0)
    notebook.run(1)
    again = untrusted_copy(notebook, f"copy_{name}") if not trusted else notebook.save() and name
    lab.server.end_kernels()
    notebook = lab.open(again)
    expect(notebook.card(1)).to_contain_text("✓ Finished")
    expect(notebook.card(1)).to_contain_text("Answer [1, 2] list")
    assert notebook.displays(1)[-1] == "[1, 2]"
    status = notebook.card(1).locator("strong").first
    colour = status.evaluate("element => getComputedStyle(element).color")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    assert green > max(red, blue), f"a finished run is green, not {colour}"
    expect(notebook.output(1)).to_contain_text("Let me see.")
    lab.screenshot(f"reopened-{'trusted' if trusted else 'untrusted'}", notebook.show_all(1))
