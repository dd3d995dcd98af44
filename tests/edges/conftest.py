"""Servers to talk to, and a client that retries quickly."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from servers.openai_server import OpenAIServer  # noqa: E402

from rlm_kernel.client import LiteLLMClient  # noqa: E402

AIMOCK = "@copilotkit/aimock"


@pytest.fixture
def server():
    """A scripted OpenAI-compatible server of our own."""
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def client():
    return LiteLLMClient(base_delay=0.005)


@pytest.fixture
def no_keys(monkeypatch):
    """An environment in which no provider has a key."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_TOKEN")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def aimock():
    """The address of an OpenAI server that others wrote, from npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        _not_here("node and npm are not installed")
    process = subprocess.Popen(
        [node, str(TESTS / "servers" / "aimock.mjs"), str(_installed_aimock(npm))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().strip() + "/v1"
    finally:
        process.communicate(timeout=10)


def _installed_aimock(npm):
    """The entry point of the package, installed once into a folder that git ignores."""
    folder = TESTS.parent / ".artifacts" / "aimock"
    entry = folder / "node_modules" / AIMOCK / "dist" / "index.js"
    if not entry.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), AIMOCK]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            _not_here(f"{AIMOCK} cannot be installed: {done.stderr[-500:]}")
    return entry


def _not_here(reason):
    """Skip on a developer's machine, fail where everything should be there."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
