"""What the loop itself costs: per step, over a long run, and over HTTP."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from rlm_kernel.replay import ReplayClient
from tests.bench.runs import milliseconds, run_script, step_seconds
from tests.doubles import ScriptedClient, cell, finish


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


def replay(_full: bool) -> None:
    """200 steps and 10,000 sub-calls, answered from the record, against the same cells without calls."""
    asks = cell("replies = llm_query_batched([f'{i} of {n}' for i in range(50)])", "n += 1")
    counts = cell("replies = [f'{i} of {n}' for i in range(50)]", "n += 1")
    recorded = run_script(ScriptedClient([cell("n = 0"), *[asks] * 200, finish("n")]))
    seconds = []
    for _ in range(3):  # in turn, so that what else the machine does falls on both alike
        began = time.perf_counter()
        run_script(ScriptedClient([cell("n = 0"), *[counts] * 200, finish("n")]))
        alone = time.perf_counter() - began
        began = time.perf_counter()
        assert run_script(ReplayClient(recorded.trajectory.events)).answer == 200
        seconds.append((alone, time.perf_counter() - began))
    alone, replayed = (statistics.median(times) for times in zip(*seconds, strict=True))
    print(f"  200 steps without calls:                         {alone:.2f} s")
    print(f"  200 steps and 10,000 sub-calls from the record:  {replayed:.2f} s   (goal ≤ 5 more)")


def http_overhead(_full: bool) -> None:
    """Trivial steps over HTTP, against the same streamed litellm calls alone."""
    from tests.servers.openai_server import OpenAIServer, Reply

    rounds = []
    for _ in range(5):  # in turn, so that what else the machine does falls on both alike
        with OpenAIServer(Reply(text=cell("x = 1"))) as server:
            steps = _steps_over_http(server, 20)
            conversations = [request.body["messages"] for request in server.requests]
            alone = _streamed_calls(server.url, conversations)[2:-1]
        rounds.append((milliseconds(alone), milliseconds(steps)))
    call, step = (statistics.median(times) for times in zip(*rounds, strict=True))
    more = statistics.median(step - call for call, step in rounds)
    print(f"  a streamed litellm call alone: {call:.2f} ms")
    print(f"  a trivial step over HTTP:      {step:.2f} ms, {step / call:.2f} ×")
    print(f"  more per step: {more:.2f} ms   (goal ≤ 3)")


def _steps_over_http(server: Any, count: int) -> list[float]:
    from rlm_kernel.client import LiteLLMClient
    from tests.servers.openai_server import Reply

    server.will(*[Reply(text=cell("x = 1"))] * (count + 2), Reply(text=finish("1")))
    run = run_script(LiteLLMClient(), model="openai/bench", api_base=server.url)
    return step_seconds(run)[2:]


def _streamed_calls(base: str, conversations: list[list[dict[str, str]]]) -> list[float]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    async def one(messages: list[dict[str, str]]) -> float:
        began = time.perf_counter()
        stream = await litellm.acompletion(
            model="openai/bench",
            messages=messages,
            api_base=base,
            api_key="none",
            stream=True,
            stream_options={"include_usage": True},
        )
        async for _chunk in stream:
            pass
        return time.perf_counter() - began

    async def in_turn() -> list[float]:
        return [await one(messages) for messages in conversations]

    return asyncio.run(in_turn())
