"""Runs where a notebook is shared by several pages, and where a server executes its cells.

jupyter-collaboration and jupyter-server-nbmodel are no dependencies of ours: see
`tests/together.sh`, which installs them and runs these tests.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lab import Lab, Server
from playwright.sync_api import expect
from test_cells import ASK, setup
from test_survival import (
    END,
    LONG,
    LOOK,
    begin,
    expect_card,
    expect_cells,
    expect_prompt,
    expect_whole_run,
    open_gate,
    reopened,
    waiting,
)

pytestmark = pytest.mark.together
SHARING = ("@jupyter/collaboration-extension", "@jupyter/docprovider-extension")
SERVING = ("@datalayer/jupyter-server-nbmodel",)


class Equipped(Server):
    """A server with our labextension, and with some of the two packages' extensions."""

    without: tuple[str, ...] = ()

    def _configure(self):
        super()._configure()
        config = Path(self.environment["JUPYTER_CONFIG_DIR"])
        (config / "labconfig").mkdir()
        page = {"disabledExtensions": dict.fromkeys(self.without, True)}
        (config / "labconfig" / "page_config.json").write_text(json.dumps(page))


class Serving(Equipped):
    without = SHARING


class Sharing(Equipped):
    without = SERVING


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    running = {}

    def start(kind):
        if kind not in running:
            running[kind] = kind(tmp_path_factory.mktemp(kind.__name__), with_labextension=True)
        return running[kind]

    yield start
    for server in running.values():
        server.close()


@pytest.fixture
def windows(browser, servers):
    """Opens windows on a server of a kind, each a page of its own."""
    contexts, used = [], []

    def window(kind):
        context = browser.new_context(viewport={"width": 1180, "height": 900})
        context.set_default_timeout(LONG)
        contexts.append(context)
        used.append(servers(kind))
        return Lab(context.new_page(), used[-1], Path(__file__).parents[2] / ".artifacts" / "screenshots")

    yield window
    for context in contexts:
        context.close()
    for server in used:
        server.end_kernels()


@pytest.mark.parametrize("kind", [Equipped, Serving, Sharing])
def test_a_run_is_below_its_question_and_can_be_watched(windows, kind):
    lab = windows(kind)
    name = f"below-{kind.__name__}"
    notebook = begin(lab, name, LOOK, waiting(name), END)
    expect_cells(notebook, 4)
    expect_card(notebook, "Running")
    expect_prompt(notebook, 5, "[*]:")
    open_gate(lab, name)
    expect_whole_run(notebook)
    notebook.save()
    notebook.page.reload()
    expect_whole_run(reopened(lab, name))


@pytest.mark.parametrize("kind", [Equipped, Sharing])
def test_a_window_that_comes_late_doubles_nothing(windows, kind):
    lab, other = windows(kind), windows(kind)
    name = f"late-{kind.__name__}"
    notebook = begin(lab, name, LOOK, waiting(name), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    other.page.goto(f"{lab.server.url}/lab/tree/{name}.ipynb?reset")
    late = reopened(other, name)
    expect_cells(late, 4)
    expect_card(late, "Running")
    open_gate(lab, name)
    for window in (notebook, late):
        expect_whole_run(window)


@pytest.mark.parametrize("kind", [Equipped, Sharing])
@pytest.mark.parametrize("leaves", ["reloaded", "closed"])
def test_the_other_window_goes_on_when_the_one_that_asked_is(windows, kind, leaves):
    lab, other = windows(kind), windows(kind)
    name = f"{leaves}-{kind.__name__}"
    notebook = begin(lab, name, LOOK, waiting(name), END)
    expect_cells(notebook, 4)
    expect_prompt(notebook, 5, "[*]:")
    other.page.goto(f"{lab.server.url}/lab/tree/{name}.ipynb?reset")
    late = reopened(other, name)
    expect_cells(late, 4)
    expect_card(late, "Running")
    if leaves == "closed":
        notebook.page.close()
        shown = [late]
    else:
        notebook.page.reload()
        shown = [late, reopened(lab, name)]
        expect_cells(shown[1], 4)
    open_gate(lab, name)
    for window in shown:
        expect_whole_run(window)


@pytest.mark.parametrize("kind", [Equipped, Serving])
def test_run_all_runs_the_cells_of_an_earlier_run_once(windows, kind):
    lab = windows(kind)
    name = f"all-{kind.__name__}"
    count = f"import pathlib; pathlib.Path({name!r}).open('a').write('x')"
    reply = f"'Count.\\n' + cell({count!r})"
    notebook = lab.new(f"{name}.ipynb", [setup(reply, END), ASK, "'mine'"])
    for times in (1, 2):
        notebook.run_all()
        expect_card(notebook, "Finished")
        expect(notebook.panel.locator(".jp-CodeCell").last.locator(".jp-InputPrompt").first).to_have_text(
            f"[{5 * times}]:", timeout=LONG
        )
        expect_cells(notebook, 4)
        assert (lab.server.folder / name).read_text() == "x" * times
