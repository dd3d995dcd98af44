"""A real kernel, driven as a front end drives it."""

from __future__ import annotations

import ast
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

HERE = Path(__file__).parent
SETUP = "%load_ext rlm_kernel\nfrom kernel_side import *"


@dataclass
class Reply:
    """What a front end got for one execute request."""

    content: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    interrupted_at: float | None = None
    ended_at: float = 0.0

    @property
    def status(self) -> str:
        return self.content["status"]

    @property
    def execution_count(self) -> int:
        return self.content["execution_count"]

    @property
    def input_count(self) -> int:
        """The number that the front end was told when the cell began."""
        return next(
            m["content"]["execution_count"] for m in self.messages if m["msg_type"] == "execute_input"
        )

    @property
    def seconds_after_interrupt(self) -> float:
        assert self.interrupted_at is not None, "the cell was never interrupted"
        return self.ended_at - self.interrupted_at

    @property
    def text(self) -> str:
        """What was written to stdout and stderr."""
        return "".join(m["content"]["text"] for m in self.messages if m["msg_type"] == "stream")

    @property
    def errors(self) -> list[str]:
        """The errors shown, as a front end shows them."""
        return [
            "\n".join(m["content"]["traceback"]) or m["content"]["evalue"]
            for m in self.messages
            if m["msg_type"] == "error"
        ]

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The outputs as the cell keeps them: streams joined, displays updated where they stand."""
        kept: list[dict[str, Any]] = []
        for message in self.messages:
            _add_output(kept, message["msg_type"], message["content"])
        return kept


def _add_output(kept: list[dict[str, Any]], kind: str, content: dict[str, Any]) -> None:
    if kind == "stream" and kept and kept[-1].get("name") == content["name"]:
        kept[-1]["text"] += content["text"]
    elif kind in {"stream", "error", "display_data", "execute_result"}:
        kept.append({"output_type": kind, **content})
    elif kind == "update_display_data":
        for output in kept:
            if output.get("transient", {}).get("display_id") == content["transient"]["display_id"]:
                output["data"] = content["data"]


class Kernel:
    """An ipykernel in a process of its own.

    Parameters
    ----------
    folder
        Its working directory; what it writes of its own goes below it.
    spec
        The kernelspec to start.
    environment
        Variables to add; keys of providers are taken away.
    """

    def __init__(
        self, folder: Path, spec: str = "python3", environment: dict[str, str] | None = None
    ) -> None:
        self.lost = False
        """Whether a cell did not end in time."""
        self.manager = KernelManager(kernel_name=spec)
        self.manager.start_kernel(cwd=str(folder), env=kernel_environment(folder) | (environment or {}))
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(
        self,
        code: str,
        *,
        interrupt_on: str | None = None,
        interrupt_after: float | None = None,
        answers: list[str] | None = None,
        when_shown: Mapping[str, Callable[[], object]] | None = None,
        timeout: float = 30,
    ) -> Reply:
        """Run a cell and wait for its end.

        Parameters
        ----------
        interrupt_on
            Interrupt the kernel when this text has been shown.
        interrupt_after
            Interrupt it so many seconds after the start, or after that text.
        answers
            What to type where the cell asks for input; None: this front end takes no input.
        when_shown
            What to do, by the text that the cell shows while it runs.
        """
        reply = Reply()
        began = time.monotonic()
        to_type = list(answers or [])

        def interrupt() -> None:
            time.sleep(interrupt_after or 0)
            reply.interrupted_at = time.monotonic()
            self.manager.interrupt_kernel()

        def see(message: dict[str, Any]) -> None:
            reply.messages.append(message)
            if message["msg_type"] != "execute_input":
                for text, act in (when_shown or {}).items():
                    if text in str(message["content"]):
                        act()
            if reply.interrupted_at is not None or message["msg_type"] == "execute_input":
                if (
                    message["msg_type"] == "execute_input"
                    and interrupt_on is None
                    and interrupt_after is not None
                ):
                    interrupt()
            elif interrupt_on is not None and interrupt_on in str(message["content"]):
                interrupt()

        self.lost = True  # until the cell has ended
        answered = self.client.execute_interactive(
            code,
            allow_stdin=answers is not None,
            timeout=timeout,
            output_hook=see,
            stdin_hook=lambda _message: self.client.input(to_type.pop(0)),
        )
        self.lost = False
        reply.ended_at = time.monotonic()
        reply.seconds = reply.ended_at - began
        reply.content = answered["content"]
        return reply

    def value(self, expression: str) -> Any:
        """The value of an expression that JSON can hold, evaluated outside the history."""
        code = f"__import__('json').dumps({expression})"
        message_id = self.client.execute(
            "", silent=True, store_history=False, user_expressions={"value": code}
        )
        while True:
            answer = self.client.get_shell_msg(timeout=30)
            if answer["parent_header"].get("msg_id") == message_id:
                break
        value = answer["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", f"{expression}: {value.get('evalue')}"
        text = value["data"]["text/plain"]
        return json.loads(ast.literal_eval(text))

    def restart(self) -> None:
        """Put a new process in the place of one that is lost."""
        self.manager.restart_kernel(now=True)
        self.client.wait_for_ready(timeout=60)
        self.lost = False

    def is_alive(self) -> bool:
        """Whether the kernel still works."""
        return self.manager.is_alive() and self.value("1 + 1") == 2

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def kernel_environment(folder: Path) -> dict[str, str]:
    """This environment, without keys and settings of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_API_KEY", "_TOKEN"))
        and not name.startswith("RLM_")
        and name != "PYTEST_CURRENT_TEST"  # ipykernel would leave out what child processes write
    }
    home = folder / ".ipython"
    paths = [str(HERE), str(HERE.parent)]
    return kept | {"PYTHONPATH": os.pathsep.join(paths), "IPYTHONDIR": str(home), "PYTHONUNBUFFERED": "1"}


# -- one question -----------------------------------------------------------------------

DONE = "finish('None')"
"""A reply, in the kernel's words, that finishes."""


def ask(kernel: Kernel, *replies: str, line: str = "", question: str = "q", **how: Any) -> Reply:
    """Run one question to a model that says `replies`, which are the kernel's expressions."""
    kernel.run(f"model = script({', '.join(replies)})")
    return kernel.run(f"%%rlm {line}\n{question}", **how)


def lines(*code: str) -> str:
    """The source of a call of `cell`, for the kernel."""
    return f"cell({', '.join(map(repr, code))})"
