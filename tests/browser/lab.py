"""Driving JupyterLab and Notebook 7 through what is on the page."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page, expect

HERE = Path(__file__).parent
RLM_KERNEL = {"name": "rlm", "display_name": "Python 3 (RLM)", "language": "python"}
PROMPT_DONE = re.compile(r"\[\d+\]:")
SECRET = ("_API_KEY", "_TOKEN")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(folder: Path) -> dict[str, str]:
    """This environment, with Jupyter's settings below `folder` and no provider's key."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(SECRET) and not name.startswith(("RLM_", "JUPYTER", "JPY_"))
    }
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    kept |= {name: str(folder / ".jupyter" / place) for name, place in own.items()}
    path = os.pathsep.join([str(HERE), str(HERE.parent)])
    return kept | {"PYTHONPATH": path, "RLM_MODEL": "offline", "PYTHONUNBUFFERED": "1"}


KERNEL_READY = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""


class Server:
    """A Jupyter server of its own, serving `folder`.

    Parameters
    ----------
    folder
        What it serves, and where all that it writes goes.
    command
        What to run; JupyterLab with Notebook 7 beside it by default.
    with_labextension
        Whether the front ends have ours; without it they are as anybody's.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str] = ("-m", "jupyterlab", "--no-browser"),
        *,
        with_labextension: bool = False,
    ) -> None:
        self.folder = folder
        self.with_labextension = with_labextension
        self._ending = ThreadPoolExecutor(max_workers=1)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment(folder)
        self._configure()
        self._log = (folder / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=self.environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait_until_ready()

    def _configure(self) -> None:
        """Settings by file, so that they hold however the server is started."""
        config = Path(self.environment["JUPYTER_CONFIG_DIR"])
        config.mkdir(parents=True)
        served = {
            "port": self.port,
            "port_retries": 0,
            "allow_root": True,
            "disable_check_xsrf": True,
        }
        settings = {
            "ServerApp": served,
            "IdentityProvider": {"token": ""},
            "LabApp": {"expose_app_in_browser": True},
            "JupyterNotebookApp": {"expose_app_in_browser": True},
        }
        (config / "jupyter_server_config.json").write_text(json.dumps(settings))
        if not self.with_labextension:
            (config / "labconfig").mkdir()
            disabled = {"disabledExtensions": {"rlm-labextension": True}}
            (config / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
        news = Path(self.environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab" / "apputils-extension"
        news.mkdir(parents=True)
        (news / "notification.jupyterlab-settings").write_text(
            '{"fetchNews": "false", "checkForUpdates": false}'
        )

    def _wait_until_ready(self) -> None:
        for _ in range(600):
            assert self._process.poll() is None, f"the server ended:\n{self.log()}"
            try:
                if self.request("GET", "/api/status"):
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the server did not answer in a minute:\n{self.log()}")

    def request(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path)
        body = connection.getresponse().read()
        connection.close()
        return json.loads(body) if body else None

    def end_kernels(self) -> None:
        wait(self.let_kernels_end())

    def let_kernels_end(self) -> list[Future[Any]]:
        """End the kernels there are now, each of which takes its time, without waiting for that."""
        return [
            self._ending.submit(self.request, "DELETE", f"/api/sessions/{session['id']}")
            for session in self.request("GET", "/api/sessions")
        ]

    def forget_theme(self) -> None:
        settings = Path(self.environment["JUPYTERLAB_SETTINGS_DIR"])
        (settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings").unlink(
            missing_ok=True
        )

    def log(self) -> str:
        self._log.flush()
        return (self.folder / "server.log").read_text()

    def close(self) -> None:
        self._ending.shutdown()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()


class Lab:
    """The front end in a page: opens notebooks that are files of the server's folder."""

    def __init__(self, page: Page, server: Server, artifacts: Path) -> None:
        self.page = page
        self.server = server
        self._artifacts = artifacts

    def write(self, name: str, cells: Sequence[str], kernel: dict[str, str] = RLM_KERNEL) -> str:
        """A notebook of code cells that have not run; returns its name."""
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(notebook, self.server.folder / name)
        return name

    def new(self, name: str, cells: Sequence[str]) -> Notebook:
        return self.open(self.write(name, cells))

    def open(self, name: str, front_end: str = "lab") -> Notebook:
        """Open a notebook in ``lab`` or in ``notebook`` (Notebook 7) and wait for its kernel."""
        path = {"lab": "lab/tree", "notebook": "notebooks"}[front_end]
        query = "?reset" if front_end == "lab" else ""
        self.page.goto(f"{self.server.url}/{path}/{name}{query}")
        notebook = Notebook(self.page, self.server.folder / name)
        notebook.wait_for_kernel()
        if front_end == "lab":
            self.page.evaluate("window.jupyterapp.shell.collapseLeft()")
        return notebook

    def theme(self, name: str) -> None:
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        self.page.locator(f'body[data-jp-theme-name="{name}"]').wait_for(state="attached")

    def screenshot(self, name: str, of: Locator | None = None) -> Path:
        """Keep what is on the page, or one element of it in full, for people to look at."""
        path = self._artifacts / f"{name}.png"
        (of or self.page).screenshot(path=path)
        return path


class Notebook:
    """A notebook that is open in the page."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def wait_for_kernel(self) -> None:
        self.cell(0).wait_for()
        self.page.evaluate(KERNEL_READY)

    def cell(self, index: int) -> Locator:
        return self.panel.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-Cell-outputWrapper")

    def card(self, index: int) -> Locator:
        """The card of the run under a cell."""
        return self.output(index).locator(".jp-OutputArea-child").first

    def displays(self, index: int) -> list[str]:
        """The text of each output of a cell, from top to bottom."""
        outputs = self.output(index).locator(".jp-OutputArea-output")
        return [text.strip() for text in outputs.all_inner_texts()]

    def prompt(self, index: int) -> str:
        return self.cell(index).locator(".jp-InputPrompt").first.inner_text()

    def start(self, index: int) -> None:
        """Run a cell and do not wait for its end."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def run(self, index: int, timeout: float = 120) -> None:
        self.start(index)
        self.wait(index, timeout)

    def wait(self, index: int, timeout: float = 120) -> None:
        """Wait, for at most `timeout` seconds, until a cell that was started has its number."""
        prompt = self.cell(index).locator(".jp-InputPrompt").first
        expect(prompt).to_have_text(PROMPT_DONE, timeout=1_000 * timeout)

    def run_all(self) -> None:
        """Choose Run All and do not wait for its end."""
        self.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")

    def interrupt(self) -> None:
        """Press the toolbar's stop button."""
        self.panel.locator('.jp-Toolbar [data-jp-item-name="interrupt"]').click()

    def save(self) -> dict[str, Any]:
        """Save as a user does; returns what is in the file then."""
        before = self.path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        for _ in range(200):
            if self.path.stat().st_mtime_ns != before:
                break
            self.page.wait_for_timeout(50)
        self.page.wait_for_timeout(200)
        return json.loads(self.path.read_text("utf-8"))

    def show_all(self, index: int) -> Locator:
        """Make the window as high as a cell, so that a screenshot has all of it."""
        box = self.cell(index).bounding_box()
        assert box is not None
        self.page.set_viewport_size({"width": 1180, "height": min(4_000, max(700, int(box["height"]) + 160))})
        self.cell(index).scroll_into_view_if_needed()
        return self.cell(index)
