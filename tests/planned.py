"""A run with fan-out whose model is a function of what it is told, however often it was stopped.

It repeats a cell that it is told was interrupted, so that every such run has the same answer.
"""

from __future__ import annotations

from typing import Any

from doubles import cell, finish

PLAN = (
    cell("xs = list(range(6))", "print(len(context))") + "\n" + cell("ys = [x * x for x in xs]"),
    cell("a = llm_query_batched([f'q{y}' for y in ys])", "print(a)"),
    cell(
        "b = rlm_query_batched(['count it', 'count it again'], contexts=['abc', 'de'])", "c = llm_query(b[0])"
    )
    + "\n"
    + cell("import asyncio", "e = await asyncio.gather(*[allm_query(f'e{x}') for x in xs])", "1 / 0")
    + "\n"
    + cell("never = 1"),
    cell("d = len(a) + len(c)"),
    finish("(d, b, c, e)"),
)
CHILDS_PLAN = (cell("k = len(context)", "v = llm_query(f'child {k}')"), finish("f'{k}{v}'"))
QUESTION, CONTEXT = "What is it?", "hello world"


def next_of_plan(request: Any) -> str:
    """The next reply; the same again where its cell was interrupted."""
    said = request.messages
    plan = CHILDS_PLAN if "count it" in said[1].content.split("</question>")[0] else PLAN
    return plan[sum("it was not run again" not in message.content for message in said[3::2])]
