"""How long a page is kept from answering, and how much of that is the labextension's doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

OURS = "rlm-labextension"
"""What the address of every script of the labextension has in it."""
SAMPLING_INTERVAL = 1_000
"""Microseconds between two samples of the page's stack."""
WATCH = """
window.tasks = []; window.keys = [];
new PerformanceObserver(list => tasks.push(...list.getEntries().map(task => task.duration)))
  .observe({type: 'longtask'});
new PerformanceObserver(list => keys.push(...list.getEntries()
    .filter(event => event.name === 'keydown')
    .map(event => [event.duration, event.processingStart - event.startTime])))
  .observe({type: 'event', durationThreshold: 16});
"""
"""Lets a page keep its long tasks, and of each key how long it took to show and to be handled."""


class Tasks:
    """The tasks of a page while something happened.

    Attributes
    ----------
    long
        Milliseconds of each task of more than 50.
    longest_of_ours
        Milliseconds of the longest stretch with the labextension's code on the stack, with
        all that it called; the profiler that tells makes it rather longer.
    """

    def __init__(self) -> None:
        self.long: list[float] = []
        self.longest_of_ours = 0.0

    def __str__(self) -> str:
        ours = f"our code at most {self.longest_of_ours:.0f} ms at a time"
        if not self.long:
            return f"no long task, {ours}"
        return f"{len(self.long)} long tasks, the longest of {max(self.long):.0f} ms; {ours}"


@contextmanager
def watched(page: Page) -> Iterator[Tasks]:
    """Around what happens in a page; what is yielded is known at the end."""
    tasks = Tasks()
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": SAMPLING_INTERVAL})
    page.evaluate("tasks.length = 0")
    session.send("Profiler.start")
    yield tasks
    profile = session.send("Profiler.stop")["profile"]
    session.detach()
    page.wait_for_timeout(500)  # the browser tells of long tasks a little later
    tasks.long = page.evaluate("tasks")
    tasks.longest_of_ours = _longest_stretch(profile) / 1_000


def _longest_stretch(profile: dict[str, Any]) -> float:
    """Microseconds that code of ours was on the stack without a break."""
    ours = _nodes_of_ours(profile["nodes"])
    longest = stretch = 0
    # A sample stands for the time until the next one.
    for sample, lasted in zip(profile["samples"], [*profile["timeDeltas"][1:], 0], strict=True):
        stretch = stretch + lasted if sample in ours else 0
        longest = max(longest, stretch)
    return longest


def _nodes_of_ours(nodes: list[dict[str, Any]]) -> set[int]:
    """The stacks that have our code in them: its own and all that it called; parents come first."""
    ours: set[int] = set()
    called: set[int] = set()
    for node in nodes:
        if node["id"] in called or OURS in node["callFrame"]["url"]:
            ours.add(node["id"])
            called.update(node.get("children", []))
    return ours
