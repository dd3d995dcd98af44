"""What the loop itself costs: per step, over a long run, and over HTTP."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from doubles import ScriptedClient, cell, finish

from tests.bench.runs import milliseconds, run_script, step_seconds


def long_run(_full: bool) -> None:
    """200 steps of 2 KB of output: do late steps cost more than early ones?"""
    ratios = []
    for _ in range(5):
        client = ScriptedClient([cell("print('x' * 2000)")] * 200 + [finish("1")])
        with tempfile.TemporaryDirectory() as folder:
            seconds = step_seconds(run_script(client, Path(folder) / "run.jsonl"))
        ratios.append(sum(seconds[-20:]) / sum(seconds[:20]))
    print(f"  200 steps of 2 KB output: last 20 ÷ first 20 = {statistics.median(ratios):.2f}   (goal ≤ 1.5)")
    print(f"  a step without a view, in a plain namespace: {milliseconds(seconds):.2f} ms")


def http_overhead(_full: bool) -> None:
    """A trivial step over HTTP, against the same streamed litellm call alone."""
    from servers.openai_server import OpenAIServer, Reply

    reply = cell("x = 1")
    with OpenAIServer(Reply(text=reply)) as server:
        base = server.url
        alone = _streamed_calls(base, 40)
        steps = _steps_over_http(server, base, 40)
    print(f"  a streamed litellm call alone: {milliseconds(alone):.2f} ms")
    print(f"  a trivial step over HTTP:      {milliseconds(steps):.2f} ms")
    print(f"  more per step: {milliseconds(steps) - milliseconds(alone):.2f} ms   (goal ≤ 3)")


def _streamed_calls(base: str, count: int) -> list[float]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    async def one() -> float:
        began = time.perf_counter()
        stream = await litellm.acompletion(
            model="openai/bench",
            messages=[{"role": "user", "content": "hello"}],
            api_base=base,
            api_key="none",
            stream=True,
            stream_options={"include_usage": True},
        )
        async for _chunk in stream:
            pass
        return time.perf_counter() - began

    async def all_of_them() -> list[float]:
        await one()
        return [await one() for _ in range(count)]

    return asyncio.run(all_of_them())


def _steps_over_http(server: Any, base: str, count: int) -> list[float]:
    from rlm_kernel.client import LiteLLMClient
    from servers.openai_server import Reply

    server.will(*[Reply(text=cell("x = 1"))] * (count + 2), Reply(text=finish("1")))
    run = run_script(LiteLLMClient(), model="openai/bench", api_base=base)
    return step_seconds(run)[2:]
