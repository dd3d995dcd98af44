"""What ``jupyter rlm`` makes and serves, in a front end."""

from __future__ import annotations

import subprocess
import sys

import pytest
from lab import Lab, Server
from playwright.sync_api import expect

from rlm_kernel.cli import DEMO, DEMOS


@pytest.fixture(scope="module")
def written(server):
    """A notebook of a headless run."""
    (server.folder / "log.txt").write_text("INFO fine\nERROR disk full\n" * 50)
    command = [sys.executable, "-m", "rlm_kernel.cli", "run", "How many lines contain the word ERROR?"]
    options = ["--context", "log.txt", "-m", "offline", "--notebook", "headless.ipynb"]
    subprocess.run(
        [*command, *options],
        cwd=server.folder,
        env=server.environment,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return "headless.ipynb"


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_the_notebook_of_a_headless_run_opens_cleanly(lab, written, front_end):
    notebook = lab.open(written, front_end)
    expect(notebook.card(0)).to_contain_text("✓ Finished")
    expect(notebook.output(0)).to_contain_text("50")
    expect(notebook.panel.locator(".jp-MarkdownCell").first).to_be_visible()
    assert lab.page.locator(".jp-Dialog").count() == 0
    code = notebook.panel.locator('.jp-CodeCell:has-text("LOOK")').first
    expect(code.locator(".jp-OutputArea-output").first).to_be_visible()
    lab.screenshot(f"headless-{front_end}")


def test_the_demo_serves_and_its_first_notebook_opens(page, tmp_path):
    server = Server(tmp_path, ("-m", "rlm_kernel.cli", "demo", "--no-browser"))
    try:
        lab = Lab(page, server, tmp_path)
        notebook = lab.open(DEMO)
        assert all((tmp_path / name).is_file() for name in DEMOS)
        expect(notebook.cell(0)).to_be_visible()
        assert page.locator(".jp-Dialog").count() == 0
    finally:
        server.close()
