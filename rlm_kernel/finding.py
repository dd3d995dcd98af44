"""The run that a word of the user's stands for: of this process, or of the trajectory folder."""

from __future__ import annotations

from pathlib import Path

from rlm_kernel import shelf
from rlm_kernel.interfaces import UsageError
from rlm_kernel.read_back import run_from
from rlm_kernel.registry import latest_run, runs
from rlm_kernel.rlm import Run
from rlm_kernel.trajectory import read


def latest() -> Run:
    """The run that was started, resumed or imported last; raises UsageError where there is none."""
    run = latest_run()
    if run is None:
        raise UsageError(
            "there is no run yet: start one with %%rlm, or name one of an earlier"
            " kernel, which %rlm runs lists"
        )
    return run


def run_called(word: str, folder: Path) -> Run:
    """The run of that id, or whose id ends so; raises UsageError where it is none, or several."""
    found = _in_this_process(word)
    if len(found) > 1:
        raise UsageError(f"several runs match {word!r}: %rlm runs lists them")
    if found:
        return found[0]
    stored = shelf.find(folder, word)
    if stored is None:
        raise UsageError(f"there is no run {word!r}: %rlm runs lists them")
    return run_from(read(stored))


def is_run(word: str, folder: Path) -> bool:
    """Whether a word stands for a run."""
    return bool(_in_this_process(word)) or shelf.find(folder, word) is not None


def _in_this_process(word: str) -> list[Run]:
    return [
        run
        for name, run in runs.items()
        if name == word or (len(word) >= shelf.SHORTEST_ID and name.endswith(word))
    ]
