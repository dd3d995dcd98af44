"""The trajectory of a run: an append-only log of events, kept in memory and on disk.

Everything else that shows a run (the card, the notebook, the cost line, the resumed run)
is a view of this list.  On disk it is JSON Lines, one event a line, flushed per event, so
that a killed process loses at most the line it was writing.
"""

from __future__ import annotations

import json
import os
import secrets as random_bytes
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rlm_kernel.events import Event, NewerVersion, Warned, from_json
from rlm_kernel.interfaces import UsageError
from rlm_kernel.log_file import LogFile, Overtaken
from rlm_kernel.secrets import mask_values

E = TypeVar("E", bound=Event)
Subscriber = Callable[[Event], None]


def new_run_id() -> str:
    """An id that sorts by time: ``20261122-184501-3f9a02c7``."""
    return time.strftime("%Y%m%d-%H%M%S-") + random_bytes.token_hex(4)


class Trajectory:
    """The events of one root run with all its children, in order.

    Parameters
    ----------
    run
        The id of the root run.
    path
        The JSON Lines file to append to; None keeps the events in memory only.
    """

    def __init__(self, run: str, path: Path | None = None) -> None:
        self.run = run
        self.path = path
        self.source = ""
        """The file it was read from, if it was."""
        self._size_read: int | None = None
        self.events: list[Event] = []
        self._log = LogFile(path) if path is not None else None
        self._is_overtaken = False
        """Whether another process has gone on with the run, so that the file is no more of this one."""
        self._subscribers: list[Subscriber] = []
        self._counters: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._seq = 0
        self._is_muted = False
        self._lock = threading.RLock()

    def record(
        self, kind: type[E], /, *, span: str, parent: str | None, at: float | None = None, **fields: Any
    ) -> E:
        """Append an event, write it, and show it to the subscribers; thread-safe.

        Values of secret environment variables are masked in it.  `at` is when it happened,
        in Unix seconds, where that was not now.
        """
        with self._lock:
            masked = mask_values(fields)
            when = at or time.time()
            event = kind(seq=self._seq, time=when, run=self.run, span=span, parent=parent, **masked)
            if self._is_muted:
                return event
            if not kind.transient:
                self._seq += 1
                self._keep(event)
            self._publish(event)
            return event

    def child_span(self, parent: str, kind: str) -> str:
        """The next free span id below `parent`: ``r/3.1`` and ``q`` give ``r/3.1/q1``, then ``q2``."""
        with self._lock:
            self._counters[parent, kind] += 1
            return f"{parent}/{kind}{self._counters[parent, kind]}"

    @contextmanager
    def repeating(self) -> Iterator[None]:
        """While what is on the record happens again: it is not recorded twice.

        Spans are counted from the start, as they were the first time; afterwards on from there.
        """
        self._counters.clear()
        self._is_muted = True
        try:
            yield
        finally:
            self._is_muted = False
            for event in self.events:
                self._count(event.span)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each event from now on; returns what ends that.

        It is called on whatever thread records the event, must not block, and is detached,
        with one warning, when it raises: a view never steers a run.
        """
        with self._lock:
            self._subscribers.append(subscriber)
        return lambda: self._unsubscribe(subscriber)

    def go_on_in(self, path: Path) -> str:
        """Append to the file the trajectory was read from; what is torn at its end goes.

        Returns why it is kept in memory only, where the file cannot be written; else nothing.
        Raises UsageError when another process is writing it, or has since it was read.
        """
        log = LogFile(path, self._size_read)
        try:
            self._take(log)
            log.mend_end()
        except OSError as error:
            with suppress(OSError):
                log.close()
            return _in_memory_only(path, error)
        self.path, self._log = path, log
        return ""

    def check_ours(self) -> None:
        """Raise UsageError when another process is writing the file, or has since this one did."""
        with self._lock:
            if self._log is not None and self._is_overtaken:
                raise UsageError(self._overtaken_in(self._log))
            if self._log is not None and self.path is not None:
                with suppress(OSError):  # what cannot be written is said, and kept in memory, when it is
                    self._take(self._log)

    def _take(self, log: LogFile) -> None:
        try:
            log.open()
        except Overtaken:
            raise UsageError(self._overtaken_in(log)) from None
        except BlockingIOError:
            raise UsageError(f"run {self.run} is running in another kernel: stop it there first") from None

    def _overtaken_in(self, log: LogFile) -> str:
        return f"another kernel has gone on with run {self.run}: %rlm import {log.path} reads it"

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        with self._lock:
            if self._log is not None:
                self._log.close()

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __repr__(self) -> str:
        count = "1 event" if len(self.events) == 1 else f"{len(self.events):,} events"
        where = f": {self.path.parent.name}/{self.path.name}" if self.path is not None else ""
        return f"<Trajectory of {count}{where}>"

    def of(self, kind: type[E]) -> list[E]:
        """The events of one type."""
        return [event for event in self.events if isinstance(event, kind)]

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the whole trajectory to `path` as JSON Lines; raises UsageError where that fails."""
        target = Path(path)
        try:
            with self._lock, target.open("wb") as file:
                for event in self.events:
                    file.write(encode(event))
        except OSError as error:
            raise UsageError(f"cannot write {target}: {error.strerror or error}") from None
        return target

    def _count(self, span: str) -> None:
        parent, _, last = span.rpartition("/")
        kind, number = last[:1], last[1:]
        if kind.isalpha() and number.isdecimal():
            self._counters[parent, kind] = max(self._counters[parent, kind], int(number))

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        if self.path is not None:
            self._write(encode(event))

    def _write(self, line: bytes) -> None:
        assert self._log is not None
        try:
            self._log.append(line)
        except (Overtaken, BlockingIOError):
            self._is_overtaken = True
            said = self._overtaken_in(self._log)
            self._write_no_more(f"{said}; what happens to it here is kept in memory only")
        except OSError as error:
            assert self.path is not None
            self._write_no_more(_in_memory_only(self.path, error))

    def _write_no_more(self, why: str) -> None:
        self.path = None
        with suppress(OSError):
            self.close()
        self.warn(why)

    def _publish(self, event: Event) -> None:
        for subscriber in list(self._subscribers):
            try:
                subscriber(event)
            except Exception as error:  # noqa: BLE001  (a view never stops a run)
                self._unsubscribe(subscriber)
                self.warn(
                    f"a view of the run was detached because it failed: {type(error).__name__}: {error}"
                )

    def warn(self, message: str) -> None:
        """Record what went wrong beside the run, which goes on."""
        self.record(Warned, span="r", parent=None, message=message)

    def _unsubscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)


def _in_memory_only(path: Path, error: OSError) -> str:
    return (
        f"cannot write the trajectory to {path} ({error.strerror or error}): "
        "the run goes on and its trajectory is kept in memory only"
    )


@dataclass(slots=True)
class Node:
    """A span with the events about it and the spans that are part of it."""

    span: str
    events: list[Event] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


def tree(events: Iterable[Event]) -> Node:
    """Nest a flat list of events by span; the root is the first span that has no parent."""
    nodes: dict[str, Node] = {}
    root: Node | None = None
    for event in events:
        node = nodes.get(event.span)
        if node is None:
            node = nodes[event.span] = Node(event.span)
            if event.parent is None:
                root = root or node
            else:
                # A parent may first be named by its child: a torn file can lack its own events.
                nodes.setdefault(event.parent, Node(event.parent)).children.append(node)
        node.events.append(event)
    return root or next(iter(nodes.values()), Node("r"))


def runs_above(span: str) -> list[str]:
    """The runs a span belongs to: ``r/3.1/r2/1/q1`` is part of ``r`` and of ``r/3.1/r2``."""
    parts = span.split("/")
    return ["/".join(parts[: i + 1]) for i, part in enumerate(parts) if part[0] in "rs"]


def encode(event: Event) -> bytes:
    """One line of JSON, with its newline."""
    data = event.to_json()
    try:
        return (json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str) + "\n").encode()
    except UnicodeEncodeError:  # a lone surrogate, as reading files with surrogateescape gives
        return (json.dumps(data, separators=(",", ":"), default=str) + "\n").encode()


def read(path: str | os.PathLike[str]) -> Trajectory:
    """The trajectory in a JSON Lines file; a torn last line is passed over.

    Raises UsageError, with one sentence, for a file that is not a trajectory.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    events, lines = [], content.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            events.append(from_json(json.loads(line)))
        except NewerVersion as error:
            raise UsageError(f"cannot read {file}: {error}") from None
        except (ValueError, TypeError, RecursionError) as error:
            if number == len(lines):  # the event that was being written when the process ended
                break
            reason = "is not JSON" if isinstance(error, json.JSONDecodeError) else f"is no event: {error}"
            raise UsageError(f"{file} is not a trajectory: its line {number} {reason}") from error
    trajectory = from_events(events, str(file))
    trajectory.source = str(file.absolute())  # the working directory may be another when it goes on
    trajectory._size_read = len(content)  # noqa: SLF001
    return trajectory


def from_events(events: list[Event], source: str) -> Trajectory:
    """A trajectory made of recorded events; raises UsageError when there are none."""
    if not events:
        raise UsageError(f"{source} holds no events of a run")
    trajectory = Trajectory(events[0].run)
    trajectory.events = events
    trajectory.source = source
    trajectory._seq = events[-1].seq + 1  # noqa: SLF001
    return trajectory
