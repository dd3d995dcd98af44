"""A scripted server that speaks OpenAI's chat completions over real sockets.

It says what it was told to say, in order, and remembers what it was asked::

    with OpenAIServer() as server:
        server.will(Reply("first"), Reply(status=500))   # then `server.default` for ever
        ...
        server.requests[0].body["messages"]
        server.requests[0].gone.wait(2)   # True once that client has hung up

It runs on one event loop in a thread of its own and holds thousands of connections.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the server does with one request; the defaults are a plain good reply."""

    text: str = "Hello."
    reasoning: str = ""
    finish_reason: str | None = "stop"
    usage: Json | None = field(default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7})
    latency: float = 0.0
    """Seconds before the first byte."""
    pieces: tuple[str, ...] = ()
    """How a streamed text is cut; by default after every fourth character."""
    pause: float = 0.0
    """Seconds between the pieces of a stream."""
    break_after: int | None = None
    """Drop the connection after so many pieces of the stream."""
    hang: bool = False
    """Accept the request and never answer it."""
    hang_after: int | None = None
    """Say nothing more after so many pieces of the stream."""
    status: int = 200
    error: str = "the server is on fire"
    code: str | None = None
    """OpenAI's code of an error, such as context_length_exceeded."""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """A body to send in place of all of the above."""

    def cut(self) -> tuple[str, ...]:
        return self.pieces or tuple(self.text[i : i + 4] for i in range(0, len(self.text), 4))


@dataclass
class Request:
    """What a client asked, and what became of it."""

    path: str
    headers: dict[str, str]
    body: Any
    time: float
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the client's connection ended before the reply was complete."""


class OpenAIServer:
    """The server, running while the `with` block does."""

    def __init__(self, default: Reply | Callable[[Json], Reply] | None = None) -> None:
        self.default = default or Reply()
        self.requests: list[Request] = []
        self.connections = 0
        """How many were opened so far."""
        self.open_requests = 0
        self.most_at_once = 0
        self._script: deque[Reply] = deque()
        self._asked = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._transports: set[asyncio.BaseTransport] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openai-server", daemon=True)

    def will(self, *replies: Reply) -> None:
        """Answer the next requests with `replies`, in order."""
        self._script.extend(replies)

    def wait_for(self, count: int, timeout: float = 10.0) -> bool:
        """Block until `count` requests have come; False when they have not in time."""
        with self._asked:
            return self._asked.wait_for(lambda: len(self.requests) >= count, timeout)

    def received(self, request: Request) -> None:
        """Note a request that has come."""
        with self._asked:
            self.requests.append(request)
            self._asked.notify_all()

    @property
    def url(self) -> str:
        """The api_base to give to a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=4096)

    async def _close(self) -> None:
        self._server.close()
        for transport in tuple(self._transports):
            transport.abort()
        await asyncio.sleep(0)

    def next_reply(self, body: Any) -> Reply:
        if self._script:
            return self._script.popleft()
        return self.default(body) if callable(self.default) else self.default


class _Connection(asyncio.Protocol):
    """One keep-alive connection: requests one after the other, each answered by a task."""

    def __init__(self, server: OpenAIServer) -> None:
        self.server = server
        self.received = b""
        self.task: asyncio.Task[None] | None = None
        self.request: Request | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.server.connections += 1
        self.server._transports.add(transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.server._transports.discard(self.transport)
        if self.request:
            self.request.gone.set()
        if self.task:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, rest = self.received.partition(b"\r\n\r\n")
        if not blank or self.task:
            return
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.received = rest[length:]
        body = json.loads(rest[:length]) if length else None
        self.request = Request(lines[0].split()[1], headers, body, time.monotonic())
        self.server.received(self.request)
        self.task = asyncio.get_running_loop().create_task(self._answer(self.request))

    async def _answer(self, request: Request) -> None:
        server = self.server
        server.open_requests += 1
        server.most_at_once = max(server.most_at_once, server.open_requests)
        try:
            await self._say(server.next_reply(request.body), request)
        finally:
            server.open_requests -= 1
        self.request = self.task = None
        if self.received:
            self.data_received(b"")

    async def _say(self, reply: Reply, request: Request) -> None:
        await asyncio.sleep(reply.latency)
        if reply.hang:
            await asyncio.Event().wait()
        if reply.raw is not None:
            self._write_whole(reply.status, reply.raw, reply.headers)
        elif reply.status != 200:
            error = {"message": reply.error, "type": "server_error", "code": reply.code}
            self._write_whole(reply.status, json.dumps({"error": error}).encode(), reply.headers)
        elif request.body.get("stream"):
            await self._write_stream(reply, request.body)
        else:
            self._write_whole(200, json.dumps(_completion(reply, request.body)).encode(), reply.headers)

    def _write_whole(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)

    async def _write_stream(self, reply: Reply, body: Json) -> None:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        async for chunk in _chunks(reply, body):
            if chunk is None:
                self.transport.abort()
                return
            self._write_piece(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self._write_piece(b"data: [DONE]\n\n")
        self.transport.write(b"0\r\n\r\n")

    def _write_piece(self, data: bytes) -> None:
        self.transport.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _completion(reply: Reply, body: Json) -> Json:
    message: Json = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    done: Json = {**_envelope("chat.completion", body), "choices": [choice]}
    return done | ({"usage": _usage(reply.usage)} if reply.usage else {})


async def _chunks(reply: Reply, body: Json) -> AsyncIterator[Json | None]:
    """The events of a stream; None stands for a connection that breaks."""

    def chunk(delta: Json, finish_reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**_envelope("chat.completion.chunk", body), "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    if reply.reasoning:
        yield chunk({"reasoning_content": reply.reasoning})
    for i, piece in enumerate(reply.cut()):
        if i == reply.hang_after:
            await asyncio.Event().wait()
        if i == reply.break_after:
            yield None
        yield chunk({"content": piece})
        await asyncio.sleep(reply.pause)
    yield chunk({}, reply.finish_reason)
    if reply.usage and body.get("stream_options", {}).get("include_usage"):
        yield {**_envelope("chat.completion.chunk", body), "choices": [], "usage": _usage(reply.usage)}


def _envelope(kind: str, body: Json) -> Json:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": body["model"]}


def _usage(usage: Json) -> Json:
    return {"total_tokens": usage["prompt_tokens"] + usage["completion_tokens"], **usage}
