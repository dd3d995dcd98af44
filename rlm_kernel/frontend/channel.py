"""The line between a kernel and the labextensions of its front ends.

Everything towards the kernel is a control message of type ``rlm_request``: the control
thread answers it while the main thread runs a cell.  Everything towards the front ends is a
message of one comm, opened only when a front end has said hello: any other would log an
error, or count it as output.  The comm has one id for all, so that a front end that
connects later joins it by the next hello.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from rlm_kernel.frontend.comm_log import log_comms_to_server
from rlm_kernel.frontend.questions import Answers, Questions
from rlm_kernel.registry import runs
from rlm_kernel.secrets import mask

if TYPE_CHECKING:
    from rlm_kernel.rlm import Run

REQUEST, REPLY = "rlm_request", "rlm_reply"
COMM = "rlm"
REQUESTS = ("events", "span", "search", "names", "preview", "card", "keys", "pause")
"""What `frontend.requests` answers, once there is a session."""
PROTOCOL = 1
"""The version of what is said on this line; a labextension of another one is told so."""

LOADING = 3.0
"""Seconds that a request which comes before any run waits for what answers it."""

Json = dict[str, Any]
Handler = Callable[[Json], Json]


class Attachment:
    """The front ends that have taken the outputs of a message."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self._changed = threading.Condition()

    def add(self, session: str) -> None:
        """One more has."""
        with self._changed:
            self.sessions.append(session)
            self._changed.notify_all()

    def wait(self, patience: float, session: str | None = None) -> bool:
        """Whether `session`, or else any front end, has or will within `patience` seconds."""
        with self._changed:
            return self._changed.wait_for(
                lambda: session in self.sessions if session else bool(self.sessions), patience
            )


class Channel:
    """What one kernel and the front ends that said hello say to each other.

    Parameters
    ----------
    kernel
        The ipykernel.
    handlers
        By the name of a request, what answers it, on the control thread.  A handler that
        raises answers with the sentence of its error.
    """

    def __init__(self, kernel: Any, handlers: Mapping[str, Handler]) -> None:
        self._kernel = kernel
        self._handlers = {
            "hello": self._hello,
            "goodbye": self._goodbye,
            "windows": lambda _request: {},
            "attach": self._attach,
            "defaults": self._take_defaults,
            "answer": self._take_answer,
            **handlers,
        }
        self._questions = Questions(self.send)
        self._attached: dict[str, Attachment] = {}
        self._addresses: dict[str, Any] = {}
        self._greeted = threading.Condition()
        self._waited = False
        self.clients: list[str] = []
        """The sessions of the front ends that said hello, the latest at the end."""
        self.defaults: Json = {}
        """What the front end's settings say of the options of a run, by name."""
        self.changed: Callable[[], None] = lambda: None
        """Called when a front end has come or gone, or may have; on any thread."""

    def open(self) -> None:
        """Begin to answer requests."""
        self._kernel.control_handlers[REQUEST] = self._on_request

    def close(self) -> None:
        """Answer no more, and tell the front ends that there is nothing here any more."""
        self.send({"kind": "goodbye"})
        self._kernel.control_handlers.pop(REQUEST, None)
        self.clients.clear()

    def send(self, data: Json) -> None:
        """Send a message to every front end that said hello; from any thread."""
        if self.clients:
            self._publish("comm_msg", {"comm_id": COMM, "data": data})

    def answer(self, name: str, handler: Handler) -> None:
        """Let `handler` answer the requests called `name`."""
        self._handlers[name] = handler

    def ask(
        self, what: Json, patience: float, is_enough: Callable[[Answers], bool] = lambda _answers: False
    ) -> Answers:
        """What the front ends say to a question, by session; not on the control thread."""
        return self._questions.ask(what, list(self.clients), patience, is_enough)

    def has_clients(self, patience: float, session: str = "") -> bool:
        """Whether a front end has said hello; the first time `session`, or else any, is waited for a little.

        A front end says hello when it sees the extension being loaded, which in Run All is a
        moment before the first run.
        """
        if not self._waited and "JPY_SESSION_NAME" in os.environ:
            with self._greeted:
                self._greeted.wait_for(
                    lambda: session in self.clients if session else bool(self.clients), patience
                )
        self._waited = True
        return bool(self.clients)

    def expect(self, message_id: str) -> Attachment:
        """Who attaches the outputs of `message_id` to a cell."""
        return self._attached.setdefault(message_id, Attachment())

    def address(self, session: str) -> Any:
        """Where a front end is asked for input; None if it was never heard of."""
        return self._addresses.get(session)

    def lose(self, session: str) -> None:
        """Count on a front end no more, until it is heard of again."""
        if session in self.clients:
            self.clients.remove(session)

    def forget(self, message_id: str) -> None:
        """Expect no front end to attach `message_id` any more."""
        self._attached.pop(message_id, None)

    # -- on the control thread --------------------------------------------------------

    async def _on_request(self, stream: Any, ident: Any, request: Json) -> None:
        self._addresses[request["header"]["session"]] = ident
        reply = self._answer(request)
        self._kernel.session.send(stream, REPLY, reply, request, ident=ident)
        operation = request["content"].get("op")
        if operation == "hello":
            self._publish("comm_open", {"comm_id": COMM, "target_name": COMM, "data": {}})
        if operation in ("hello", "goodbye", "windows"):
            self.changed()

    def _answer(self, request: Json) -> Json:
        header = request["header"]
        return answer(
            self._handlers, {**request["content"], "session": header["session"], "id": header["msg_id"]}
        )

    def _hello(self, request: Json) -> Json:
        self.lose(request["session"])
        self._take_defaults(request)
        with self._greeted:
            self.clients.append(request["session"])
            self._greeted.notify_all()
        # The runs are told without importing anything: some may be older than the session.
        return {"protocol": PROTOCOL, "runs": [_summary(run) for run in list(runs.values())]}

    def _take_defaults(self, request: Json) -> Json:
        self.defaults = request.get("defaults") or {}
        return {}

    def _goodbye(self, request: Json) -> Json:
        self.lose(request["session"])
        self._addresses.pop(request["session"], None)
        return {}

    def _attach(self, request: Json) -> Json:
        self._hear(request["session"])
        expected = self._attached.get(request["id"])
        if expected is not None:
            expected.add(request["session"])
        return {}

    def _take_answer(self, request: Json) -> Json:
        self._hear(request["session"])
        if self._questions.take(request):
            self.changed()  # it was only slow: what was settled without it is settled again
        return {}

    def _hear(self, session: str) -> None:
        if session not in self.clients:  # it was only slow
            self.clients.append(session)

    def _publish(self, kind: str, content: Json) -> None:
        kernel = self._kernel
        kernel.session.send(kernel.iopub_socket, kind, content, parent={}, ident=b"comm", metadata={})


def _summary(run: Run) -> Json:
    return {"id": run.id, "question": mask(run.question), "status": run.status, "owner": run.owner}


def answer(handlers: Mapping[str, Handler], request: Json) -> Json:
    """What the handler named by the request's ``op`` says, or a sentence on why it does not."""
    handler = handlers.get(request.get("op", ""))
    if handler is None:
        return {"status": "error", "message": f"this kernel knows no request {request.get('op')!r}"}
    try:
        return {"status": "ok", **handler(request)}
    except Exception as error:  # noqa: BLE001  (a front end gets a sentence, never silence)
        return {"status": "error", "message": str(error) or type(error).__name__}


channels: weakref.WeakKeyDictionary[Any, Channel] = weakref.WeakKeyDictionary()
"""By shell, the line that the extension opened when it was loaded."""


def open_channel(shell: Any) -> Callable[[], None]:
    """Open the line of a shell that has a kernel; returns what closes it."""
    kernel = getattr(shell, "kernel", None)
    if kernel is None:  # a terminal
        return lambda: None

    early = dict.fromkeys(REQUESTS, lambda request: _answer_late(shell, request))
    channel = channels[shell] = Channel(kernel, early)
    channel.open()
    log_comms_as_before = log_comms_to_server(kernel)

    def undo() -> None:
        log_comms_as_before()
        channel.close()
        channels.pop(shell, None)

    return undo


def _answer_late(shell: Any, request: Json) -> Json:
    """Answer a request that comes before any run.

    What answers is imported late, because loading must be quick, and on the main thread: of
    two threads that import the same packages at once, one sees half of a module.
    """
    loaded: Future[Mapping[str, Handler]] = Future()

    def load() -> None:
        from rlm_kernel.frontend.requests import handlers  # noqa: PLC0415

        loaded.set_result(handlers(shell))

    shell.kernel.io_loop.add_callback(load)
    try:
        return loaded.result(LOADING)[request["op"]](request)
    except TimeoutError:
        raise TimeoutError("the kernel is busy: ask again when it is free") from None
