"""Questions of a kernel to its front ends, which answer them while a cell runs."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Json = dict[str, Any]
Answers = Mapping[str, Any]
"""By session, what a front end says."""


class Questions:
    """Asks all front ends at once, and waits for those that are known to answer.

    Parameters
    ----------
    send
        Sends one message to every front end.
    """

    def __init__(self, send: Callable[[Json], None]) -> None:
        self._send = send
        self._open: dict[str, dict[str, Any]] = {}
        self._silent: set[str] = set()
        self._answered = threading.Condition()

    def ask(
        self,
        what: Json,
        sessions: Iterable[str],
        patience: float,
        is_enough: Callable[[Answers], bool] = lambda _answers: False,
    ) -> Answers:
        """What `sessions` say to a question, as far as they do within `patience` seconds.

        A front end that has said nothing to the last question, because its page is gone, is
        not waited for again until it speaks.
        """
        identity, asked = uuid.uuid4().hex, set(sessions)
        answers: dict[str, Any] = {}
        with self._answered:
            self._open[identity] = answers
            waited = asked - self._silent
        self._send({"kind": "question", "id": identity, **what})
        with self._answered:
            self._answered.wait_for(lambda: waited <= answers.keys() or is_enough(answers), patience)
            del self._open[identity]
            if not is_enough(answers):
                self._silent |= asked - answers.keys()
            return dict(answers)

    def take(self, request: Json) -> bool:
        """Take a front end's answer; returns whether nobody waited for it any more."""
        with self._answered:
            was_silent = request["session"] in self._silent
            self._silent.discard(request["session"])
            if request.get("question") in self._open:
                self._open[request["question"]][request["session"]] = request.get("answer")
                self._answered.notify_all()
        return was_silent
