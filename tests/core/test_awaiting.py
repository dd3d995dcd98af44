"""Top-level `await` in a REPL of plain Python."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest

from rlm_kernel.shell.awaiting import Interruptible
from rlm_kernel.shell.namespace import NamespaceREPL


def run(*lines):
    repl = NamespaceREPL()
    return repl, repl.run_cell("\n".join(["import asyncio", *lines]), "1.1", nullcontext())


def test_every_statement_of_a_cell_that_awaits_runs_on_the_loop():
    _repl, result = run("task = asyncio.create_task(asyncio.sleep(0, 5))", "await task")
    assert result.error is None
    assert result.outputs[0]["data"]["text/plain"] == "5"


def test_the_traceback_of_an_awaited_error_shows_the_cells_frames_only():
    _repl, result = run("async def f(): 1 / 0", "await f()")
    assert result.error.traceback.splitlines() == [
        "Traceback (most recent call last):",
        "  Cell 1.1, line 3",
        "    await f()",
        "  Cell 1.1, line 2, in f",
        "    async def f(): 1 / 0",
        "ZeroDivisionError: division by zero",
    ]


async def swallowing(log):
    for _ in range(2):
        try:
            await asyncio.sleep(30)
        except BaseException as error:  # noqa: BLE001  (what is tested)
            log.append(type(error))
    return "through"


def test_an_interrupt_strikes_where_a_coroutine_awaits_in_place_of_its_cancelling():
    log = []

    async def main():
        cell = Interruptible(swallowing(log))
        task = asyncio.create_task(cell)
        for _ in range(2):
            await asyncio.sleep(0)
            cell.interrupt_with(KeyboardInterrupt())
            task.cancel()
        return await task

    assert asyncio.run(main()) == "through"
    assert log == [KeyboardInterrupt, KeyboardInterrupt]


def test_a_coroutine_that_swallows_its_end_is_left_and_goes_on_no_more():
    async def main():
        log = []
        cell = Interruptible(swallowing(log))
        task = asyncio.create_task(cell)
        await asyncio.sleep(0)
        with pytest.raises(KeyboardInterrupt):
            cell.end_with(KeyboardInterrupt())
        task.cancel()
        assert await task is None
        return log

    assert asyncio.run(main()) == [KeyboardInterrupt]
