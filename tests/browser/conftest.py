"""A Jupyter server and a browser for the tests that look at a run as its user does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from lab import Lab, Server
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=30_000)  # what is waited for comes late on a busy machine
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ARTIFACTS = Path(__file__).parents[2] / ".artifacts" / "screenshots"
HERE = Path(__file__).parent
FAILED = pytest.StashKey[list[bool]]()


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        reason = "these tests need Chromium: install the system's package `chromium`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for JupyterLab and Notebook 7, with settings and kernels of its own."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def equipped_server(tmp_path_factory):
    """The same with our labextension."""
    server = Server(tmp_path_factory.mktemp("equipped"), with_labextension=True)
    yield server
    server.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let the page's fixture know whether its test failed."""
    report = yield
    item.stash.setdefault(FAILED, []).append(report.failed)
    return report


@pytest.fixture(scope="session")
def profile(browser):
    """One for all tests, as a user's: JupyterLab is fetched and compiled once."""
    profile = browser.new_context(viewport={"width": 1180, "height": 900})
    profile.set_default_timeout(60_000)
    yield profile
    profile.close()


@pytest.fixture
def page(profile, request):
    page = profile.new_page()
    yield page
    if any(request.node.stash.get(FAILED, [])):
        page.screenshot(path=ARTIFACTS / f"failed-{request.node.name}.png")
    for left in profile.pages:
        left.close()
    profile.clear_cookies()
    profile.clear_permissions()


@pytest.fixture
def lab(page, server):
    """Opens notebooks in JupyterLab or Notebook 7; their kernels and the theme end with the test."""
    yield Lab(page, server, ARTIFACTS)
    server.let_kernels_end()
    server.forget_theme()


@pytest.fixture
def equipped(page, equipped_server):
    """Opens notebooks where our labextension is."""
    yield Lab(page, equipped_server, ARTIFACTS)
    equipped_server.let_kernels_end()
    equipped_server.forget_theme()


@pytest.fixture
def other_window(browser, equipped_server, equipped):
    """Another window on the same server, as of another browser."""
    context = browser.new_context(viewport={"width": 1180, "height": 900})
    context.set_default_timeout(60_000)
    yield Lab(context.new_page(), equipped_server, equipped._artifacts)
    context.close()
