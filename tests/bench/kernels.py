"""What the extension costs in a real kernel."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

TESTS = str(Path(__file__).parents[1])

SETUP = """
from doubles import ScriptedClient, cell, finish
from rlm_kernel.session import current_session
import time

def timed(steps, quiet, delay=0.0, code="x = 1"):
    session = current_session()
    session.client = ScriptedClient([cell(code)] * steps + [finish("1")], delay=delay)
    began = time.perf_counter()
    session.ask("question", {"model": "m", "quiet": quiet, "max_steps": 0, "max_cost": 0})
    return (time.perf_counter() - began) / (steps + 1)
"""


def load_ext(_full: bool) -> None:
    """`%load_ext rlm_kernel` in a fresh kernel, against an empty cell."""
    empty, loaded = [], []
    for _ in range(5):
        with _kernel() as client:
            _run(client, "pass")
            empty.append(_timed(client, "pass"))
            loaded.append(_timed(client, "%load_ext rlm_kernel"))
            heavy = _value(
                client, "sorted({'litellm', 'pydantic', 'nbformat'} & set(__import__('sys').modules))"
            )
    more = 1000 * (statistics.median(loaded) - statistics.median(empty))
    print(f"  %load_ext rlm_kernel: {more:.0f} ms more than an empty cell   (goal ≤ 100)")
    print(f"  of litellm, pydantic and nbformat it imports: {heavy}   (goal [])")


def step_overhead(_full: bool) -> None:
    """A trivial step with a client that takes no time, without and with the inline view."""
    with _kernel() as client:
        _run(client, "%load_ext rlm_kernel")
        _run(client, SETUP)
        _value(client, "timed(20, False)")
        # In turn, so that what else the machine does falls on both alike.
        pairs = [
            (_seconds(client, "timed(200, True)"), _seconds(client, "timed(200, False)")) for _ in range(7)
        ]
    without, with_view = zip(*pairs, strict=True)
    plain, viewed = 1000 * statistics.median(without), 1000 * statistics.median(with_view)
    print(f"  a trivial step in the kernel, no view:     {plain:.2f} ms   (goal ≤ 1.2)")
    print(
        f"  a trivial step in the kernel, inline view: {viewed:.2f} ms   (goal ≤ 3), {viewed / plain:.2f} ×"
    )


def view_share(full: bool) -> None:
    """What the inline view costs of a run whose model takes its time."""
    steps, delay = (30, 1.0) if full else (10, 0.3)
    with _kernel() as client:
        _run(client, "%load_ext rlm_kernel")
        _run(client, SETUP)
        code = f"{{quiet: timed({steps}, quiet, {delay}, 'import time; time.sleep(0.02)') for quiet in (True, False)}}"
        seconds = eval(_value(client, code))
    share = 100 * (seconds[False] / seconds[True] - 1)
    print(f"  {steps} steps of {delay:g} s and 20 ms of code: the view adds {share:.2f} %   (goal < 2)")


@contextmanager
def _kernel() -> Iterator[Any]:
    environment = {**os.environ, "PYTHONPATH": TESTS}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(client: Any, code: str) -> dict[str, Any]:
    reply = client.execute_interactive(code, output_hook=lambda _message: None, timeout=300)
    assert reply["content"]["status"] == "ok", reply["content"].get("evalue")
    return reply["content"]


def _timed(client: Any, code: str) -> float:
    began = time.perf_counter()
    _run(client, code)
    return time.perf_counter() - began


def _value(client: Any, expression: str) -> str:
    reply = client.execute(
        expression_cell(expression), user_expressions={"value": "value"}, store_history=False
    )
    while True:
        message = client.get_shell_msg(timeout=300)
        if message["parent_header"].get("msg_id") == reply:
            return message["content"]["user_expressions"]["value"]["data"]["text/plain"]


def _seconds(client: Any, expression: str) -> float:
    return float(_value(client, expression))


def expression_cell(expression: str) -> str:
    """A cell that leaves the value of an expression in `value`."""
    return f"value = {expression}"
