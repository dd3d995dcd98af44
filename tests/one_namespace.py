"""For tests of the core: kernels whose runs share one namespace, as those of a notebook do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from doubles import Reply, ScriptedClient, cell, finish

import rlm_kernel
from rlm_kernel import reopening, session
from rlm_kernel.events import CallFinished
from rlm_kernel.registry import runs
from rlm_kernel.rlm import Run
from rlm_kernel.session import Session
from rlm_kernel.shell.namespace import NamespaceREPL


class Notebook(Session):
    """A session whose runs share one namespace."""

    client: ScriptedClient

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__(make_view=lambda _run: None)
        self.namespace = namespace

    def repl(self) -> NamespaceREPL:
        repl = NamespaceREPL(is_root=True)
        repl.namespace = self.namespace
        return repl


@pytest.fixture(name="folder", autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory; no kernel of the test's outlives it."""
    monkeypatch.chdir(tmp_path)
    reopening.install()
    runs.clear()
    yield tmp_path
    session._script.clear()
    runs.clear()


def notebook(
    *replies: Reply, sub: Callable[[str], Any] = lambda prompt: f"reply to {prompt}", **names: Any
) -> Notebook:
    """A new kernel with `names`, whose model replies as scripted."""
    book = Notebook(names)
    book.client = ScriptedClient(replies, sub)
    session._script[:] = [book]
    return book


def ask(question: str = "What is it?", **options: Any) -> Run:
    return rlm_kernel.run(question, **{"model": "m", "max_cost": 0, **options})


def paid(run: Run) -> list[CallFinished]:
    return [event for event in run.trajectory if isinstance(event, CallFinished) and not event.cached]


def conversation(client: ScriptedClient, turn: int = -1) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in client.root_requests[turn].messages]


def killed(run: Run, events: int, torn: bytes = b"") -> Path:
    """The file of a run whose kernel died after so many events, and a new kernel."""
    assert run.trajectory.path is not None
    lines = run.trajectory.path.read_bytes().splitlines(keepends=True)
    path = run.trajectory.path.with_name(f"cut{events}.jsonl")
    path.write_bytes(b"".join(lines[:events]) + torn)
    runs.clear()
    return path


def died(*, after: str = "xs", **options: Any) -> Path:
    """A run of three steps whose kernel died after the second."""
    notebook(cell("xs = [len(context)]"), cell("ys = xs + [1]"), finish(after))
    return died_in_third_step(ask(**{"context": "hello", **options}))


def died_in_third_step(run: Run) -> Path:
    return killed(run, [e.seq for e in run.trajectory if e.type == "step_started"][2])
