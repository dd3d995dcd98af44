"""What it costs to bring a long run back: by a branch, by a resume after a death, by a replay.

It is counted in processor time: nothing is waited for, and other work of the machine does not count.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rlm_kernel
from rlm_kernel import reopening, session
from rlm_kernel.registry import runs
from rlm_kernel.rlm import Run
from rlm_kernel.session import Session
from rlm_kernel.shell.namespace import NamespaceREPL
from tests.doubles import ScriptedClient, cell, finish

STEPS, CALLS = 200, 50
"""Steps, and the sub-calls of each."""
ASKS = cell(f"replies = llm_query_batched([f'{{i}} of {{n}}' for i in range({CALLS})])", "n += 1")
COUNTS = cell(f"replies = [f'{{i}} of {{n}}' for i in range({CALLS})]", "n += 1")
WITHOUT_LIMITS = {"model": "m", "max_cost": 0, "max_steps": 0, "max_calls": 0}
ROUNDS = 3


class _Kernel(Session):
    """A new kernel, whose runs share one namespace and whose model replies as scripted."""

    def __init__(self, *replies: str) -> None:
        super().__init__(make_view=lambda _run: None)
        self.client: Any = ScriptedClient(replies)
        self.namespace: dict[str, Any] = {"context": "hello"}
        session._script[:] = [self]

    def repl(self) -> NamespaceREPL:
        repl = NamespaceREPL(is_root=True)
        repl.namespace = self.namespace
        return repl


def rebuild(_full: bool) -> None:
    """200 steps and 10,000 sub-calls, brought back in four ways, against the same cells without calls."""
    reopening.install()
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            rounds = [_round(Path(folder)) for _ in range(ROUNDS)]  # in turn, so that all have the same noise
        finally:
            os.chdir(before)
            session._script.clear()
            runs.clear()
    alone = statistics.median(each["the cells alone"] for each in rounds)
    for name in rounds[0]:
        seconds = statistics.median(each[name] for each in rounds)
        print(f"  {name + ':':<20} {seconds:6.2f} s   {seconds / alone:5.2f} ×")
    print(f"  {STEPS} steps, {STEPS * CALLS:,} sub-calls, processor time   (goal: the cells alone and ≤ 5 s)")


def _round(folder: Path) -> dict[str, float]:
    """Processor seconds of each way, by name; each has to come to the answer of the run as it was."""
    runs.clear()
    _Kernel(cell("n = 0"), *[COUNTS] * STEPS, finish("n"))
    seconds = {"the cells alone": _seconds(_ask)}
    runs.clear()
    kernel = _Kernel(cell("n = 0"), *[ASKS] * STEPS, finish("n"))
    run = _ask()
    path = run.trajectory.path
    assert path is not None
    died = folder / "died.jsonl"
    last_step = [event.seq for event in run.trajectory if event.type == "step_started"][-1]
    died.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:last_step]))

    kernel.client = ScriptedClient([finish("n")])
    seconds["branch from live"] = _seconds(lambda: run.branch(STEPS + 1))
    for name, bring_back in (
        ("branch from disk", lambda: rlm_kernel.load(path).branch(STEPS + 1)),
        ("resume", lambda: rlm_kernel.load(died).resume()),
        ("replay", lambda: _ask(replay=str(path))),
    ):
        runs.clear()
        _Kernel(finish("n"))
        seconds[name] = _seconds(bring_back)
    return seconds


def _ask(**more: Any) -> Run:
    return rlm_kernel.run("How many?", context="hello", **WITHOUT_LIMITS, **more)


def _seconds(work: Callable[[], Run]) -> float:
    began = time.process_time()
    run = work()
    seconds = time.process_time() - began
    assert (run.status, run.answer) == ("finished", STEPS), run.message
    return seconds
