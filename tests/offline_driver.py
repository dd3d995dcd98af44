"""The smallest loop that runs the offline model's cells: what the real loop does, without its care."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from rlm_kernel.interfaces import Message, Request
from rlm_kernel.offline import OfflineClient

BLOCK = re.compile(r"```repl\n(.*?)\n```", re.DOTALL)
MAX_STEPS = 12


@dataclass(frozen=True)
class Document:
    path: str
    text: str


class Documents(list):
    """A list of documents under the name that the real one has."""


@dataclass
class Trajectory:
    answer: Any = None
    replies: list[str] = field(default_factory=list)
    observations: list[str] = field(default_factory=list)
    calls: int = 0
    namespace: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)


def opening(question: str, contexts: dict[str, Any]) -> list[Message]:
    described = "\n".join(
        f'<context name="{name}" type="{type(value).__name__}">\n(a description)\n</context>'
        for name, value in contexts.items()
    )
    return [Message("system", "…"), Message("user", f"<question>\n{question}\n</question>\n\n{described}")]


def complete(role: str, messages: list[Message], params: dict[str, Any] | None = None) -> str:
    request = Request(role, "offline", tuple(messages), params or {})
    return asyncio.run(OfflineClient().complete(request)).text


def ask(prompt: str, **params: Any) -> str:
    return complete("sub", [Message("user", prompt)], params)


def run(
    question: str,
    *,
    ask=ask,
    notes: dict[int, str] | None = None,
    skipped: Collection[int] = (),
    **contexts: Any,
) -> Trajectory:
    """Run a question to its answer.

    `notes` are texts added to the observation of a step; of the steps `skipped` no cell runs.
    """
    trajectory = Trajectory(messages=opening(question, contexts))
    answer: dict[str, Any] = {"content": None, "ready": False}

    def batched(prompts: list[str]) -> list[str]:
        trajectory.calls += len(prompts)
        return [ask(prompt) for prompt in prompts]

    space = trajectory.namespace
    space |= {**contexts, "answer": answer, "llm_query_batched": batched}
    for step in range(1, MAX_STEPS):
        reply = complete("root", trajectory.messages)
        trajectory.replies.append(reply)
        code = BLOCK.search(reply)[1]
        told = f"The user skipped cell {step}.1: it did not run."
        seen = (told if step in skipped else observe(code, space)) + (notes or {}).get(step, "")
        trajectory.observations.append(seen)
        trajectory.messages += [Message("assistant", reply), Message("user", seen)]
        if answer["ready"]:
            trajectory.answer = answer["content"]
            return trajectory
    raise AssertionError(
        f"no answer after {MAX_STEPS} steps: {trajectory.replies[-1]}\n{trajectory.observations[-1]}"
    )


def observe(code: str, namespace: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(code, "<cell>", "exec"), namespace)
        except Exception:  # noqa: BLE001  (whatever a cell raises is an observation)
            printed.write(traceback.format_exc())
    text = printed.getvalue()
    return text if len(text) <= 20_000 else f"{text[:10_000]}\n…\n{text[-10_000:]}"
